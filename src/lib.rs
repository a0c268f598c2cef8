#![doc = include_str!("guide.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs, missing_debug_implementations, unreachable_pub)]
#![cfg_attr(
    not(any(test, fuzzing)),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented,
        clippy::arithmetic_side_effects
    )
)]

mod algorithm;
pub mod answer;
#[cfg(feature = "axum")]
pub mod axum;
pub mod claims;
pub mod clock;
pub mod cookie;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod gate;
mod grammar;
pub mod guard;
pub mod issue;
mod json;
mod jws;
pub mod keys;
pub mod layer;
mod numeric_date;
mod observe;
mod rejection;
pub mod request;
pub mod revocation;
pub mod rule;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;

// The paved path: what most applications name. Everything else stands in its room.
#[cfg(feature = "axum")]
pub use crate::axum::Claims;
pub use crate::cookie::TokenCookie;
pub use crate::error::ConfigError;
pub use crate::guard::{require, require_role, require_scope};
pub use crate::issue::{IssueError, Issuer};
pub use crate::keys::{Algorithm, SigningKey, VerifyingKey};
pub use crate::layer::JwtLayer;
pub use crate::rejection::Rejection;
pub use crate::request::CrossSite;
pub use crate::verify::{Trust, VerifiedToken, Verifier};

/// The README, whose examples compile too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
