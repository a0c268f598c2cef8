//! keycard as its users see it: over HTTP wherever HTTP is involved, with real keys and real tokens.

mod support;

mod order;
