#![doc = include_str!("guide/front.md")]
// Without the feature, the chapter says how to turn it on.
#![cfg_attr(feature = "testing", doc = "[`testing`]: crate::testing")]
#![cfg_attr(not(feature = "testing"), doc = "[`testing`]: crate::guide::testing")]
#![cfg_attr(feature = "remote", doc = "[`remote`]: crate::remote")]
#![cfg_attr(not(feature = "remote"), doc = "[`remote`]: crate::guide::remote")]
// Shows in the documentation which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
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
mod alphabet;
pub mod answer;
#[cfg(feature = "axum")]
pub mod axum;
pub mod claims;
pub mod clock;
pub mod cookie;
mod error;
mod future;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod gate;
mod grammar;
pub mod guard;
pub mod guide;
pub mod issue;
mod json;
mod jws;
pub mod keys;
pub mod layer;
mod numeric_date;
mod observe;
mod refusal;
mod rejection;
#[cfg(feature = "remote")]
pub mod remote;
pub mod request;
pub mod resource;
pub mod revocation;
pub mod rule;
mod step_up;
#[cfg(feature = "testing")]
#[doc(alias("mock", "test"))]
pub mod testing;
pub mod verify;

// The paved path: what most applications name. Everything else stands in its room.
#[cfg(feature = "axum")]
#[doc(inline)]
pub use crate::axum::Claims;
#[doc(inline)]
pub use crate::cookie::TokenCookie;
#[doc(inline)]
pub use crate::error::ConfigError;
#[doc(inline)]
pub use crate::guard::{require, require_role, require_scope};
#[doc(inline)]
pub use crate::issue::{IssueError, Issuer};
#[doc(inline)]
pub use crate::keys::{Algorithm, SigningKey, VerifyingKey};
#[doc(inline)]
pub use crate::layer::JwtLayer;
#[doc(inline)]
pub use crate::rejection::Rejection;
#[doc(inline)]
pub use crate::request::CrossSite;
#[doc(inline)]
pub use crate::verify::{Trust, VerifiedToken, Verifier};

/// The README, whose examples compile too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
