//! What comes of a token that is not good.

use std::fmt;

use crate::error::{Outage, Reason};
use crate::rejection::{Rejection, RejectionKind};

/// Why [`Verifier::verify_now`](crate::Verifier::verify_now) has no verified token to give.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Miss {
    /// The token is refused.
    Refused(Reason),
    /// The token names a key that is not known, and the key source may have it by now: ask
    /// [`Verifier::verify`](crate::Verifier::verify), which refreshes first.
    UnknownKey,
    /// Something that the decision needs is out of reach.
    Unavailable(Outage),
}

impl From<Reason> for Miss {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => reason.fmt(f),
            Self::UnknownKey => f.write_str("the token names a key that is not known yet"),
            Self::Unavailable(outage) => outage.fmt(f),
        }
    }
}

impl std::error::Error for Miss {}

/// Why [`Verifier::verify`](crate::Verifier::verify) has no verified token to give.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VerifyError {
    /// The token is refused.
    Refused(Reason),
    /// The token could be good or bad: something that the decision needs is out of reach.
    Unavailable(Outage),
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => reason.fmt(f),
            Self::Unavailable(outage) => outage.fmt(f),
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Refused(reason) => reason.into(),
            VerifyError::Unavailable(outage) => RejectionKind::Unavailable(outage).into(),
        }
    }
}
