//! The list of withdrawn tokens, read for every token that is otherwise good.

use std::borrow::Cow;
use std::sync::Arc;

use crate::error::Outage;
use crate::numeric_date::NumericDate;

/// What a revocation list is asked about: the claims by which tokens are withdrawn.
#[non_exhaustive]
#[derive(Clone)]
pub struct TokenIdentity<'a> {
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
/// # Examples
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::{Arc, PoisonError, RwLock};
/// use keycard::{RevocationList, RevocationStatus, TokenIdentity};
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
