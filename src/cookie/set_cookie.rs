//! The header that stores or removes a cookie.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;

/// The `Set-Cookie` headers that store or remove a token: one of them, as a rule.
///
/// With the feature `axum` it is a part of any response, and a response itself. `Debug` shows nothing
/// of it.
///
/// # Examples
///
/// ```
/// use axum::response::{IntoResponse, Redirect};
/// use keycard::TokenCookie;
/// use keycard::cookie::SetCookie;
///
/// fn logout(cookie: &TokenCookie) -> (SetCookie, Redirect) {
///     (cookie.clear(), Redirect::to("/login"))
/// }
/// let response = logout(&TokenCookie::new("session")?).into_response();
/// assert!(response.headers().contains_key("set-cookie"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "a cookie is set or removed when this is part of a response"]
pub struct SetCookie {
    values: Vec<HeaderValue>,
}

impl SetCookie {
    pub(super) fn new(values: Vec<HeaderValue>) -> Self {
        Self { values }
    }

    /// Returns the value of each `Set-Cookie` header, marked as sensitive, for responses that are not axum's: all of
    /// them have to be appended.
    ///
    /// The answer should also say `Cache-Control: no-store`.
    pub fn header_values(&self) -> &[HeaderValue] {
        &self.values
    }
}

impl SetCookie {
    /// Tells whether another header stores or removes one of the same cookies.
    #[cfg(any(feature = "axum", test, fuzzing))]
    pub(crate) fn is_same_cookie(&self, other: &HeaderValue) -> bool {
        self.values.iter().any(|own| is_same_cookie(own, other))
    }
}

/// Tells whether two headers are about the same cookie: of the same name, domain and path (RFC 6265bis, section 5.7).
pub(crate) fn is_same_cookie(one: &HeaderValue, other: &HeaderValue) -> bool {
    fn identity(value: &HeaderValue) -> Option<(&str, Vec<String>)> {
        let (pair, attributes) = value.to_str().ok()?.split_once(';')?;
        let (name, _) = pair.split_once('=')?;
        let attributes = attributes
            .split(';')
            .map(|part| part.trim().to_ascii_lowercase());
        let mut places: Vec<String> = attributes
            .filter(|part| part.starts_with("domain=") || part.starts_with("path="))
            .collect();
        places.sort_unstable();
        Some((name, places))
    }
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetCookie([redacted])")
    }
}

/// A token that goes into a cookie, and how long it lives.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::cookie::CookieToken;
/// use keycard::{TokenCookie, testing};
///
/// let cookie = TokenCookie::new("session")?;
/// let signed = testing::issuer().token("anna").sign()?;
/// let ours = CookieToken::from(&signed);
/// // The token of somebody else, who says how long it lives.
/// let theirs = CookieToken::from((signed.as_str(), Duration::from_secs(300)));
/// assert!(cookie.set(ours).is_ok() && cookie.set(theirs).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CookieToken<'t> {
    pub(super) text: &'t str,
    pub(super) lifetime: Duration,
}

impl<'t> From<(&'t str, Duration)> for CookieToken<'t> {
    fn from((text, lifetime): (&'t str, Duration)) -> Self {
        Self { text, lifetime }
    }
}

impl fmt::Debug for CookieToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CookieToken([redacted])")
    }
}
