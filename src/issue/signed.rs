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
/// use axum::{extract::State, response::IntoResponse};
/// use keycard::{IssueError, Issuer};
/// use keycard::issue::SignedToken;
///
/// // A token endpoint: the answer is JSON with `access_token`.
/// async fn token(State(issuer): State<Issuer>) -> Result<SignedToken, IssueError> {
///     issuer.token("anna").scope("rooms:read").sign()
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
/// # let issuer = keycard::Issuer::builder(key)
/// #     .issuer("https://desk.example")
/// #     .audience("https://rooms.example")
/// #     .build()?;
/// let answer = token(State(issuer)).await.into_response();
/// assert_eq!(answer.headers()["cache-control"], "no-store");
/// # let body = axum::body::to_bytes(answer.into_body(), 4096).await?;
/// # let body: serde_json::Value = serde_json::from_slice(&body)?;
/// # assert!(body["access_token"].is_string());
/// # Ok(())
/// # }
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
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{Request, header::AUTHORIZATION};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let request = Request::get("https://rooms.example/7")
    ///     .header(AUTHORIZATION, format!("Bearer {}", signed.as_str()))
    ///     .body(())?;
    /// assert!(request.headers()[AUTHORIZATION].to_str()?.starts_with("Bearer eyJ"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_str(&self) -> &str {
        &self.token
    }

    /// Returns how long the token lives, in whole seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let answer = format!(r#"{{"expires_in":{}}}"#, signed.lifetime().as_secs());
    /// assert_eq!(answer, r#"{"expires_in":900}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Returns when the token ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// assert!(signed.expires_at() > SystemTime::now().into());
    /// # Ok(())
    /// # }
    /// ```
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
