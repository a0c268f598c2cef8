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
mod answer;
#[cfg(feature = "axum")]
mod axum;
mod claims;
mod clock;
mod cookie;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod guard;
mod issue;
mod json;
mod jws;
mod keys;
mod layer;
mod numeric_date;
mod rejection;
mod request;
mod revocation;
pub mod rule;
mod trace;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
#[cfg(feature = "axum")]
pub use axum::{Claims, ClaimsAnswer, SharedClaims, claims_endpoint};
pub use claims::{Audience, ClaimPath, RegisteredClaims};
pub use clock::{Clock, ManualClock, SystemClock};
pub use cookie::{CookieToken, SameSite, SetCookie, TokenCookie, TokenCookieBuilder};
pub use error::{ConfigError, Outage, Reason};
pub use guard::{
    CrossSiteService, GuardFuture, Require, RequireLayer, require, require_claims, require_role,
    require_scope,
};
pub use issue::{IssueError, Issuer, IssuerBuilder, SignedToken, TokenBuilder};
pub use keys::{
    BoxFuture, KeyError, KeySet, KeySource, Keys, SignatureError, SigningError, SigningKey,
    VerifyingKey, Wanted,
};
pub use layer::{Jwt, JwtLayer, ResponseFuture};
pub use numeric_date::NumericDate;
pub use rejection::{Rejection, RejectionKind};
pub use request::{CrossSite, Presence, RequestHead, ReturnPath};
pub use revocation::{RevocationList, RevocationStatus, TokenIdentity};
pub use rule::Rule;
pub use verify::{
    ClaimsError, Miss, Source, VerifiedToken, Verifier, VerifierBuilder, VerifyError,
};

/// The README, whose examples compile too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
