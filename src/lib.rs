//! keycard
#![forbid(unsafe_code)]
#![warn(missing_docs, missing_debug_implementations, unreachable_pub)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod algorithm;
mod answer;
#[cfg(feature = "axum")]
mod axum;
mod claims;
mod clock;
mod error;
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
pub use axum::{Claims, SharedClaims};
pub use claims::{Audience, ClaimPath, RegisteredClaims};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{ConfigError, Outage, Reason};
pub use guard::{
    Require, RequireFuture, RequireLayer, require, require_claims, require_role, require_scope,
};
pub use issue::{IssueError, Issuer, IssuerBuilder, SignedToken, TokenBuilder};
pub use keys::{
    BoxFuture, KeyError, KeySet, KeySource, Keys, SignatureError, SigningKey, VerifyingKey,
};
pub use layer::{Jwt, JwtLayer, ResponseFuture};
pub use numeric_date::NumericDate;
pub use rejection::{Rejection, RejectionKind};
pub use request::{Presence, RequestHead};
pub use revocation::{RevocationList, RevocationStatus, TokenIdentity};
pub use rule::Rule;
pub use verify::{
    ClaimsError, Miss, Source, VerifiedToken, Verifier, VerifierBuilder, VerifyError,
};
