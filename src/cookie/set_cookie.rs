//! The header that stores or removes a cookie.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use crate::issue::SignedToken;

/// A `Set-Cookie` header that stores or removes a token.
///
/// With the feature `axum` it is a part of any response, and a response itself. `Debug` shows nothing
/// of it.
#[derive(Clone)]
#[must_use = "a cookie is set or removed when this is part of a response"]
pub struct SetCookie {
    value: HeaderValue,
}

impl SetCookie {
    pub(super) fn new(value: HeaderValue) -> Self {
        Self { value }
    }

    /// Returns the value of the header, marked as sensitive, for responses that are not axum's.
    ///
    /// The answer should also say `Cache-Control: no-store`.
    pub fn header_value(&self) -> HeaderValue {
        self.value.clone()
    }
}

#[cfg(feature = "axum")]
impl SetCookie {
    /// Tells whether another header stores or removes a cookie of the same name.
    pub(crate) fn has_name_of(&self, other: &HeaderValue) -> bool {
        fn name(value: &HeaderValue) -> Option<&[u8]> {
            value.as_bytes().split(|byte| *byte == b'=').next()
        }
        name(&self.value) == name(other)
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetCookie([redacted])")
    }
}

/// A token that goes into a cookie, and how long it lives.
pub struct CookieToken<'t> {
    pub(super) text: &'t str,
    pub(super) lifetime: Duration,
}

impl<'t> From<&'t SignedToken> for CookieToken<'t> {
    fn from(token: &'t SignedToken) -> Self {
        Self {
            text: token.as_str(),
            lifetime: token.lifetime(),
        }
    }
}

/// Somebody else's token, and how long it lives from now on.
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
