//! keycard
#![forbid(unsafe_code)]
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
mod claims;
mod clock;
mod error;
mod json;
mod jws;
mod keys;
mod numeric_date;
mod revocation;
mod trace;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{Audience, ClaimPath, RegisteredClaims};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{ConfigError, Outage, Reason};
pub use keys::{
    BoxFuture, KeyError, KeySet, KeySource, Keys, SignatureError, SigningKey, VerifyingKey,
};
pub use numeric_date::NumericDate;
pub use revocation::{RevocationList, RevocationStatus, TokenIdentity};
pub use verify::{
    ClaimsError, Miss, Source, VerifiedToken, Verifier, VerifierBuilder, VerifyError,
};
