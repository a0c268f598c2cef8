//! What must hold for any input, as far as it shows from outside of keycard. What does not is in
//! `keycard::fuzzing`, which is there when fuzzing or testing only. A property that does not hold panics.
#![allow(clippy::missing_panics_doc, reason = "it is all that they do")]

pub mod desk;
pub mod jwks;
pub mod request;
pub mod token;
