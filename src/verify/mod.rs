//! Deciding whether a token is good.
//!
//! A [`Verifier`] takes a token through form, key, signature, claims, binding, revocation and the
//! checks of the application, in this order, and the first that fails is the answer. A
//! [`VerifiedToken`] can be made here and nowhere else: holding one proves that all of it ran.

mod builder;
mod memo;
mod opened;
mod outcome;
mod token;
mod verifier;

pub use self::builder::VerifierBuilder;
pub use self::outcome::{Miss, VerifyError};
pub use self::token::{ClaimsError, Source, VerifiedToken};
pub use self::verifier::Verifier;

pub(crate) use self::verifier::{Closed, UnknownKey};
