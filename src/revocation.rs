//! The list of withdrawn tokens, read for every token that is otherwise good.
//!
//! An application implements [`RevocationList`] and gives it to
//! [`VerifierBuilder::revocation`](crate::verify::VerifierBuilder::revocation). A verifier asks it about each token, also
//! about those that it has seen before, and never waits for the answer.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Outage;
use crate::numeric_date::NumericDate;

/// What a revocation list is asked about: the claims by which tokens are withdrawn.
///
/// # Examples
///
/// ```
/// use keycard::claims::NumericDate;
/// use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
///
/// /// A guest has a new password: tokens from before it are withdrawn.
/// struct NewPassword { subject: String, since: NumericDate }
///
/// impl RevocationList for NewPassword {
///     fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
///         let is_theirs = token.subject.as_deref() == Some(&*self.subject);
///         // A token that does not say when it was issued is older than every date here.
///         if is_theirs && token.issued_at < Some(self.since) {
///             return RevocationStatus::Revoked;
///         }
///         RevocationStatus::Good
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Clone)]
pub struct TokenIdentity<'a> {
    /// The name of the trust whose token it is: see [`VerifiedToken::trust`](crate::VerifiedToken::trust).
    pub trust: &'a str,
    /// The `iss` claim.
    pub issuer: Option<Cow<'a, str>>,
    /// The `sub` claim.
    pub subject: Option<Cow<'a, str>>,
    /// The `jti` claim.
    pub id: Option<Cow<'a, str>>,
    /// The `iat` claim.
    pub issued_at: Option<NumericDate>,
    /// The `exp` claim.
    pub expires_at: Option<NumericDate>,
}

impl std::fmt::Debug for TokenIdentity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenIdentity").finish_non_exhaustive()
    }
}

/// What a revocation list says of a token.
///
/// # Examples
///
/// ```
/// use std::collections::HashSet;
/// use std::time::Duration;
/// use keycard::revocation::RevocationStatus;
/// use keycard::verify::Outage;
///
/// fn status(withdrawn: Option<&HashSet<String>>, id: &str) -> RevocationStatus {
///     match withdrawn {
///         Some(ids) if ids.contains(id) => RevocationStatus::Revoked,
///         Some(_) => RevocationStatus::Good,
///         // The list was not loaded yet.
///         None => RevocationStatus::Unknown(Outage::new(Duration::from_secs(5))),
///     }
/// }
/// assert_eq!(status(Some(&HashSet::new()), "a"), RevocationStatus::Good);
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a list that says something else would be misread"
)]
pub enum RevocationStatus {
    /// The token was not withdrawn.
    Good,
    /// The token was withdrawn.
    Revoked,
    /// Nobody can tell right now: the request is answered with 503. A list that would rather let
    /// tokens pass during an outage says [`Good`](Self::Good).
    Unknown(Outage),
}

/// A list of withdrawn tokens.
///
/// It is asked on every request, also about tokens that were seen before, and must answer from
/// memory: what it needs from elsewhere it fetches on its own time.
///
/// Tokens are withdrawn by what they say, and not by their text: anybody can make a second signature of ECDSA out of the
/// first one, without the key, and both are good.
///
/// # Examples
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::{Arc, PoisonError, RwLock};
/// use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
///
/// struct Withdrawn(Arc<RwLock<HashSet<String>>>);
///
/// impl RevocationList for Withdrawn {
///     fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
///         let ids = self.0.read().unwrap_or_else(PoisonError::into_inner);
///         match &token.id {
///             Some(id) if !ids.contains(id.as_ref()) => RevocationStatus::Good,
///             _ => RevocationStatus::Revoked,
///         }
///     }
/// }
/// ```
pub trait RevocationList: Send + Sync + 'static {
    /// Tells whether a token was withdrawn.
    fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus;
}

impl<L: RevocationList + ?Sized> RevocationList for Arc<L> {
    fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
        (**self).status(token)
    }
}
