//! What comes of a token that is not good.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::trusted::Trusted;
use crate::algorithm::Algorithm;
use crate::error::{Outage, Reason};
use crate::keys::KeySet;
use crate::refusal::{Detail, Refusal};
use crate::rejection::{Rejection, RejectionKind};

/// Why there is no verified token.
///
/// # Examples
///
/// ```
/// use keycard::Verifier;
/// use keycard::verify::{Reason, VerifyError};
///
/// fn advice(verifier: &Verifier, token: &str) -> &'static str {
///     match verifier.verify_now(token) {
///         Ok(_) => "come in",
///         Err(VerifyError::Refused(Reason::Expired)) => "log in again",
///         Err(VerifyError::Refused(_)) => "this is no token for this hotel",
///         Err(_) => "come back later",
///     }
/// }
/// # let verifier = keycard::testing::issuer().verifier();
/// assert_eq!(advice(&verifier, "open sesame"), "this is no token for this hotel");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum VerifyError {
    /// The token is bad.
    Refused(Reason),
    /// The token names a key that is not among those that are known: [`verify`](crate::Verifier::verify) would ask the
    /// key source for it, and never returns this.
    UnknownKey,
    /// Something that the decision needs is out of reach: the token is neither good nor bad.
    Unavailable(Outage),
}

/// Its name, and the sentence: a `main` that returns the error prints this and nothing else.
impl fmt::Debug for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => write!(f, "Refused({reason:?}): {self}"),
            Self::UnknownKey => write!(f, "UnknownKey: {self}"),
            Self::Unavailable(_) => write!(f, "Unavailable: {self}"),
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => reason.fmt(f),
            Self::UnknownKey => f.write_str("the token names a key that is not known yet"),
            Self::Unavailable(outage) => outage.fmt(f),
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<Reason> for VerifyError {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

/// A key that nobody has yet will not do.
impl From<VerifyError> for Rejection {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Refused(reason) => reason.into(),
            VerifyError::UnknownKey => Reason::UnknownKey.into(),
            VerifyError::Unavailable(outage) => RejectionKind::Unavailable(outage).into(),
        }
    }
}

/// Without any keys nobody can tell a good token from a bad one.
pub(super) const NO_KEYS_YET: Outage = Outage::new(Duration::from_secs(5));

/// Why there is no verified token, and everything that is to be known about it.
pub(crate) struct Denied {
    pub(crate) cause: Cause,
    /// Whose token it says to be, as far as that was found.
    pub(crate) trust: Option<Arc<Trusted>>,
}

pub(crate) enum Cause {
    Refused(Refusal),
    /// Boxed, as it is rare and large.
    UnknownKey(Box<Wanting>),
    Unavailable(Outage),
}

/// Which key was looked for, and the keys that did not have it.
pub(crate) struct Wanting {
    pub(super) key_id: Option<Box<str>>,
    pub(super) algorithm: Algorithm,
    pub(super) stale: Option<KeySet>,
}

impl Wanting {
    /// Tells whether there is a key by this name now, or any at all for a token that names none.
    pub(super) fn is_in(&self, keys: Option<&KeySet>) -> bool {
        let tries = keys.map(|keys| keys.tries(self.key_id.as_deref(), self.algorithm));
        tries.is_some_and(|tries| tries.named != Some(0))
    }

    /// Returns how the keys fared that did not have it, if there were any.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        let keys = self.stale.as_ref()?;
        let tries = keys.tries(self.key_id.as_deref(), self.algorithm);
        Some(Reason::UnknownKey.with(Detail::Keys(tries)))
    }
}

impl Denied {
    /// Says whose token it is.
    pub(super) fn of(self, trust: &Arc<Trusted>) -> Self {
        Self {
            trust: Some(Arc::clone(trust)),
            ..self
        }
    }

    /// Returns what a request with this token is told.
    pub(crate) fn rejection(&self) -> Rejection {
        match &self.cause {
            Cause::Refused(refusal) => refusal.clone().into(),
            Cause::UnknownKey(wanting) => match wanting.refusal() {
                Some(refusal) => refusal.into(),
                None => RejectionKind::Unavailable(NO_KEYS_YET).into(),
            },
            Cause::Unavailable(outage) => RejectionKind::Unavailable(*outage).into(),
        }
    }

    pub(super) fn error(&self) -> VerifyError {
        match &self.cause {
            Cause::Refused(refusal) => VerifyError::Refused(refusal.reason),
            Cause::UnknownKey(wanting) if wanting.stale.is_none() => {
                VerifyError::Unavailable(NO_KEYS_YET)
            }
            Cause::UnknownKey(_) => VerifyError::UnknownKey,
            Cause::Unavailable(outage) => VerifyError::Unavailable(*outage),
        }
    }
}

impl From<Cause> for Denied {
    fn from(cause: Cause) -> Self {
        Self { cause, trust: None }
    }
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Cause::Refused(refusal).into()
    }
}

impl From<Reason> for Denied {
    fn from(reason: Reason) -> Self {
        Refusal::from(reason).into()
    }
}
