//! keycard as its users see it: over HTTP wherever HTTP is involved, with real keys and real tokens.

#![allow(
    clippy::cast_precision_loss,
    reason = "the times of tests are small numbers"
)]

mod support;

mod allocation;
mod claims;
mod examples;
mod form;
mod issuing;
mod keys;
mod order;
mod properties;
mod repository;
mod rfc;
mod wycheproof;
