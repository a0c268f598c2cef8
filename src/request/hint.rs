//! Why a request may have come without a token, where it shows: most of it is wired wrong once, and then silent.

use http::header::{AUTHORIZATION, ORIGIN, REFERER};
use http::{HeaderName, HeaderValue};

use super::cross_site::is_host;
use super::head::RequestHead;
use super::loopback::is_trustworthy;
use crate::cookie::{SameSite, TokenCookie};
use crate::grammar::{SEC_FETCH_MODE, SEC_FETCH_SITE};
use crate::observe::{Event, Sparingly};

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// What is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Hint {
    PlainHttp,
    Frame,
    ThirdParty,
    Strict,
    OtherScheme,
    Preflight,
    LoginPage,
}

/// Each is told once, and then each hundredth time.
#[derive(Debug)]
pub(crate) struct Hints {
    told: [Sparingly; 7],
}

impl Default for Hints {
    fn default() -> Self {
        Self {
            told: std::array::from_fn(|_| Sparingly::after(1)),
        }
    }
}

impl Hints {
    /// Returns what the log is told.
    pub(crate) fn event(&self, hint: Hint) -> Option<Event<'static>> {
        let count = self.told.get(hint as usize)?.pick()?;
        let sentence = hint.sentence();
        Some(Event::Hint { sentence, count })
    }
}

impl Hint {
    /// Looks at a request that has neither this cookie nor another token.
    pub(super) fn of_cookie(cookie: &TokenCookie, head: RequestHead<'_>) -> Option<Self> {
        if cookie.is_foreign() {
            return None;
        }
        let said = |name: &HeaderName| head.headers().get(name).map(HeaderValue::as_bytes);
        let is_foreign = said(&SEC_FETCH_SITE) == Some(b"cross-site");
        let is_framed = matches!(said(&SEC_FETCH_DEST), Some(b"iframe" | b"frame"));
        let is_page = said(&SEC_FETCH_MODE) == Some(b"navigate");
        let is_script = said(&SEC_FETCH_MODE) == Some(b"cors");
        match cookie.same_site() {
            _ if cookie.is_secure() && came_over_plain_http(head) => Some(Self::PlainHttp),
            SameSite::None
                if is_foreign && (is_framed || is_script) && !cookie.is_partitioned() =>
            {
                Some(Self::ThirdParty)
            }
            SameSite::Lax | SameSite::Strict if is_foreign && is_framed => Some(Self::Frame),
            SameSite::Strict if is_foreign && is_page => Some(Self::Strict),
            SameSite::None | SameSite::Lax | SameSite::Strict => None,
        }
    }

    /// Looks at a request without a token.
    pub(super) fn of_header(head: RequestHead<'_>, is_preflight: bool) -> Option<Self> {
        if is_preflight {
            return Some(Self::Preflight);
        }
        let has_line = head.headers().contains_key(AUTHORIZATION);
        has_line.then_some(Self::OtherScheme)
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::PlainHttp => {
                "a page over plain http came without the cookie: browsers keep no Secure cookie there, so nobody stays \
                 logged in. Use https, or at home TokenCookieBuilder::dangerous_plain_http"
            }
            Self::Frame => {
                "a frame of another site came without the cookie: it takes SameSite::None, and partitioned() for browsers \
                 that block third-party cookies"
            }
            Self::ThirdParty => {
                "a frame or a script of another site came without the cookie: browsers that block third-party cookies \
                 keep it in a frame with TokenCookieBuilder::partitioned, and for a script not at all"
            }
            Self::Strict => {
                "a link of another site came without the cookie: SameSite::Strict keeps it back, SameSite::Lax does not"
            }
            Self::OtherScheme => {
                "a request without a token has an Authorization header of another scheme than Bearer"
            }
            Self::Preflight => {
                "a CORS preflight was refused, as these carry no token: put the CorsLayer outside of the JwtLayer, or use \
                 allow_preflight"
            }
            Self::LoginPage => {
                "the login page is inside of its own layer, and nobody who is not logged in sees it: add its route after \
                 the layer"
            }
        }
    }
}

/// Tells whether the page that a request comes from is one of this host, and came over plain http. This machine is an
/// exception for browsers.
fn came_over_plain_http(head: RequestHead<'_>) -> bool {
    [ORIGIN, REFERER].iter().any(|name| {
        let page = head.headers().get(name).map(HeaderValue::as_bytes);
        let rest = page.and_then(|page| page.strip_prefix(b"http://"));
        let Some(rest) = rest.filter(|rest| rest.len() < 8 * 1024) else {
            return false;
        };
        let end = rest
            .iter()
            .position(|byte| *byte == b'/')
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        let origin = [b"http://", authority].concat();
        is_host(head, &origin) && !is_trustworthy(authority)
    })
}
