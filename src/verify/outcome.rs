//! What comes of a token that is not good.

use std::fmt;

use crate::error::{Outage, Reason};
use crate::rejection::{Rejection, RejectionKind};

/// Why [`Verifier::verify_now`](crate::Verifier::verify_now) has no verified token to give.
///
/// # Examples
///
/// ```
/// use keycard::{Miss, Source, Verifier};
///
/// fn status(verifier: &Verifier, token: &[u8]) -> u16 {
///     match verifier.verify_now(token, Source::Custom("queue")) {
///         Ok(_) => 200,
///         Err(Miss::UnknownKey) => 202, // put aside until `verify` has refreshed the keys
///         Err(Miss::Unavailable(_)) => 503,
///         Err(_) => 401,
///     }
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
/// # let issuer = keycard::Issuer::builder(key)
/// #     .issuer("https://desk.example")
/// #     .audience("https://rooms.example")
/// #     .build()?;
/// assert_eq!(status(&issuer.verifier(), b"sesame"), 401);
/// # Ok(())
/// # }
/// ```
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
///
/// # Examples
///
/// ```
/// use keycard::{Source, Verifier, VerifyError};
///
/// async fn status(verifier: &Verifier, token: &[u8]) -> u16 {
///     match verifier.verify(token, Source::Custom("queue")).await {
///         Ok(_) => 200,
///         Err(VerifyError::Unavailable(_)) => 503,
///         Err(_) => 401,
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
/// # let issuer = keycard::Issuer::builder(key)
/// #     .issuer("https://desk.example")
/// #     .audience("https://rooms.example")
/// #     .build()?;
/// assert_eq!(status(&issuer.verifier(), b"sesame").await, 401);
/// # Ok(())
/// # }
/// ```
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
