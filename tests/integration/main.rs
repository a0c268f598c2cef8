//! keycard as its users see it: over HTTP wherever HTTP is involved, with real keys and real tokens.

mod support;

mod claims;
mod examples;
mod form;
mod issuing;
mod keys;
mod order;
mod rfc;
mod wycheproof;
