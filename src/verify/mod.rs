//! Deciding whether a token is good, with or without HTTP.
//!
//! A [`Verifier`] takes a [`Credential`] through form, trust, key, signature, claims, binding, revocation
//! and the checks of the application, in this order, and the first that fails is the answer. A
//! [`VerifiedToken`] can be made here and nowhere else: holding one proves that all of it ran.
//!
//! - To accept tokens of one issuer: [`Verifier::builder`].
//! - Of several, each with its own keys: [`Verifier::trusting`], and a [`Trust`] for each.
//! - To accept another `typ`: [`token_type`](Trust::token_type). Another place of scopes or roles:
//!   [`scopes_from`](Trust::scopes_from), [`roles_from`](Trust::roles_from).
//! - To decide about a token that came by other ways than HTTP: [`Verifier::verify_now`].
//!
//! Behind HTTP, [`JwtLayer`](crate::JwtLayer) and [`Gate`](crate::gate::Gate) call it. The
//! [chapter on trusts and claims](crate::guide::trusts) says more of each setting.

mod builder;
mod claims_error;
mod credential;
mod header;
mod memo;
mod one_trust;
mod opened;
mod outcome;
mod queue;
mod settings;
mod token;
mod trust;
mod trusted;
mod verifier;

pub use self::builder::VerifierBuilder;
pub use self::claims_error::ClaimsError;
pub use self::credential::{Credential, Source};
pub use self::header::TokenHeader;
pub use self::outcome::VerifyError;
pub use self::token::VerifiedToken;
pub use self::trust::Trust;
pub use self::verifier::Verifier;
pub use crate::error::{Outage, Reason};

pub(crate) use self::outcome::{Cause, Wanting};
pub(crate) use self::trusted::Trusted;
