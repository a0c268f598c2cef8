//! A token that was just signed.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::cookie::CookieToken;
use crate::numeric_date::NumericDate;
use crate::verify::Credential;

/// A signed token, how long it lives, and when it ends.
///
/// `Debug` shows neither the token nor any part of it; [`as_str`](Self::as_str) hands it out. The
/// text is wiped from memory when this value is dropped.
///
/// With the feature `axum` it is an answer too: the JSON of RFC 6749, section 5.1, with
/// `access_token`, `token_type` and `expires_in`, and `Cache-Control: no-store`.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use keycard::issue::SignedToken;
/// use keycard::{IssueError, Issuer};
///
/// // A token endpoint: the answer is JSON with `access_token`.
/// async fn token(State(issuer): State<Issuer>) -> Result<SignedToken, IssueError> {
///     issuer.token("anna").scope("rooms:read").sign()
/// }
/// ```
pub struct SignedToken {
    token: Zeroizing<String>,
    lifetime: Duration,
    expires_at: NumericDate,
}

impl SignedToken {
    pub(super) fn new(
        token: Zeroizing<String>,
        lifetime: Duration,
        expires_at: NumericDate,
    ) -> Self {
        Self {
            token,
            lifetime,
            expires_at,
        }
    }

    /// Returns the token in its compact form.
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// Returns how long the token lives, in whole seconds.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns when the token ends.
    pub fn expires_at(&self) -> NumericDate {
        self.expires_at
    }
}

impl<'t> From<&'t SignedToken> for Credential<'t> {
    fn from(token: &'t SignedToken) -> Self {
        Self::from(token.as_str())
    }
}

impl<'t> From<&'t SignedToken> for CookieToken<'t> {
    fn from(token: &'t SignedToken) -> Self {
        Self::from((token.as_str(), token.lifetime()))
    }
}

impl fmt::Debug for SignedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedToken")
            .field("token", &"[redacted]")
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
