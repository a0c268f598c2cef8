//! Whether another site caused a request.

use std::fmt;
use std::sync::Arc;

use http::header::{HOST, ORIGIN, UPGRADE};
use http::{HeaderName, HeaderValue, Method};

use super::head::RequestHead;
use super::origin::{is_authority_of, is_origin};
use crate::error::ConfigError;
use crate::grammar::SEC_FETCH_SITE;
use crate::observe::{Event, Sparingly};

/// A host name has 253 characters at most; what is longer belongs to nobody and is not compared.
const MAX_VALUE: usize = 512;

/// In every handshake of a WebSocket. Proxies that ask about a request drop `Upgrade`, and not this one.
const SEC_WEBSOCKET_KEY: HeaderName = HeaderName::from_static("sec-websocket-key");

/// A function of the application that knows origins.
type Knows = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The check that a request was not caused by another site.
///
/// Browsers send cookies with every request to their host, whoever caused it. A
/// [`JwtLayer`](crate::JwtLayer) applies this check to tokens from a cookie by itself; login and
/// logout, which stand outside of it, take it as a layer of their own: a form on another site must
/// not log a visitor in as somebody else, or out.
///
/// Of the following, the first that fits decides:
///
/// 1. Requests with `GET`, `HEAD` or `OPTIONS` pass, unless they ask for an upgrade such as a WebSocket.
/// 2. So do those that say `Sec-Fetch-Site: same-origin` or `none`, which a browser says and no page can,
/// 3. and those whose `Origin` is trusted: [`trust`](Self::trust), [`trust_if`](Self::trust_if),
///    [`public_origin`](Self::public_origin).
/// 4. Those that say another `Sec-Fetch-Site` are refused.
/// 5. Those without an `Origin` pass: no browser of today sends an unsafe request with neither header.
/// 6. Those whose `Origin` is the host of the request pass; every other one is refused.
///
/// Browsers send no `Sec-Fetch-Site` over plain http, and Chromium sends none when it opens a WebSocket: then 6 decides.
/// There hosts are compared without case, and a port that is left out is the default one (RFC 9110, section 4.2.3). The
/// scheme is not compared, as a server behind a proxy does not know its own, so a page that came over plain http
/// is taken for one that came over https: `Strict-Transport-Security` mends that, and so does
/// [`public_origin`](Self::public_origin), which is compared with its scheme.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::post};
/// use keycard::CrossSite;
///
/// async fn login() {}
///
/// let same_site = CrossSite::new().trust("https://app.example")?;
/// let app: Router = Router::new().route("/login", post(login).route_layer(same_site));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
#[doc(alias("csrf", "xsrf", "websocket"))]
pub struct CrossSite {
    trusted: Vec<Box<str>>,
    knows: Option<Knows>,
    public_origin: Option<Box<str>>,
    report_only: bool,
    /// Anybody can cause a line of the log.
    sparingly: Arc<Sparingly>,
}

/// Who caused a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Site {
    /// This site, a trusted one, or the request does no harm.
    Own,
    /// Another site, and the log is told only.
    Reported,
    /// Another site: refused.
    Foreign,
}

impl CrossSite {
    /// Creates the check, with no trusted origins.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{Router, routing::post};
    /// use keycard::CrossSite;
    ///
    /// async fn login() {}
    ///
    /// let app: Router = Router::new().route("/login", post(login).route_layer(CrossSite::new()));
    /// ```
    pub fn new() -> Self {
        Self {
            trusted: Vec::new(),
            knows: None,
            public_origin: None,
            report_only: false,
            sparingly: Arc::default(),
        }
    }

    /// Lets requests from this origin pass too, written as browsers send it: scheme and host in lower
    /// case, a port unless it is the default one, nothing else. Each call adds one.
    ///
    /// Applications that bring a browser engine along have a scheme of their own, and so do extensions:
    /// `tauri://localhost`, `capacitor://localhost`, `chrome-extension://` with an id.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Origin`]: it is not written like that, or is of a scheme that never is the origin of a request,
    /// such as `file`, whose pages send `null` as those of any frame can.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, CrossSite};
    ///
    /// let check = CrossSite::new().trust("https://app.example")?.trust("tauri://localhost")?;
    /// let with_path = CrossSite::new().trust("https://app.example/");
    /// assert!(matches!(with_path, Err(ConfigError::Origin(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias("tauri", "capacitor", "extension"))]
    pub fn trust(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.trusted.push(checked(origin)?);
        Ok(self)
    }

    /// Lets requests pass too whose `Origin` this function knows. A further call replaces it.
    ///
    /// It sees what browsers send, such as `https://app.example`, and never `null`, which is what pages send that
    /// nobody can tell apart.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::CrossSite;
    ///
    /// // Each branch has a preview, as in https://branch-7.preview.example.
    /// let check = CrossSite::new().trust_if(|origin| {
    ///     let host = origin.strip_prefix("https://").unwrap_or_default();
    ///     host.ends_with(".preview.example")
    /// });
    /// ```
    pub fn trust_if<F>(mut self, knows: F) -> Self
    where
        F: Fn(&str) -> bool + Send + Sync + 'static,
    {
        self.knows = Some(Arc::new(knows));
        self
    }

    /// Names the origin at which browsers find this service. The host of a request is not looked at then: a
    /// proxy may rewrite `Host` as it likes. The default is to compare with that host.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Origin`]: it is not written as in [`trust`](Self::trust).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{CrossSite, JwtLayer, TokenCookie, testing};
    ///
    /// // Behind nginx, which sends the address of this service as `Host` unless it is told otherwise.
    /// let this_site = CrossSite::new().public_origin("https://rooms.example")?;
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .cookie(TokenCookie::new("session")?)
    ///     .cross_site(this_site);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn public_origin(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.public_origin = Some(checked(origin)?);
        Ok(self)
    }

    /// Refuses nothing, and logs what it would refuse: to try the check on traffic that it may not
    /// understand.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{Router, routing::post};
    /// use keycard::CrossSite;
    ///
    /// async fn login() {}
    ///
    /// let watched = CrossSite::new().dangerous_report_only();
    /// let app: Router = Router::new().route("/login", post(login).route_layer(watched));
    /// ```
    pub fn dangerous_report_only(mut self) -> Self {
        self.report_only = true;
        self
    }

    /// Tells what a request is, whatever its credential.
    pub(crate) fn check(&self, head: RequestHead<'_>) -> Site {
        match (self.is_same_site(head), self.report_only) {
            (true, _) => Site::Own,
            (false, true) => Site::Reported,
            (false, false) => Site::Foreign,
        }
    }

    fn is_same_site(&self, head: RequestHead<'_>) -> bool {
        let headers = head.headers();
        // An upgrade is a GET by name only: what follows it goes both ways.
        let is_upgrade = headers.contains_key(UPGRADE) || headers.contains_key(SEC_WEBSOCKET_KEY);
        let is_safe = matches!(*head.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if is_safe && !is_upgrade {
            return true;
        }
        // Of two lines nobody knows which one the browser wrote.
        let (Ok(site), Ok(origin)) = (
            at_most_one(head, &SEC_FETCH_SITE),
            at_most_one(head, &ORIGIN),
        ) else {
            return false;
        };
        if matches!(site, Some(b"same-origin" | b"none")) {
            return true;
        }
        let is_trusted = origin.is_some_and(|origin| self.trusts(origin));
        if is_trusted || site.is_some() {
            return is_trusted;
        }
        origin.is_none_or(|origin| self.public_origin.is_none() && is_host(head, origin))
    }

    fn trusts(&self, origin: &[u8]) -> bool {
        if origin.len() > MAX_VALUE || origin == b"null" {
            return false;
        }
        let mut named = self.trusted.iter().chain(&self.public_origin);
        let is_named = named.any(|named| named.as_bytes() == origin);
        let is_known =
            |knows: &Knows| std::str::from_utf8(origin).is_ok_and(|origin| knows(origin));
        is_named || self.knows.as_ref().is_some_and(is_known)
    }

    /// Returns what the log is told of a request.
    pub(crate) fn event<'a>(&'a self, site: Site, head: RequestHead<'a>) -> Option<Event<'a>> {
        let refused = match site {
            Site::Own => return None,
            Site::Reported => false,
            Site::Foreign => true,
        };
        let expected = match &self.public_origin {
            Some(origin) => Some(origin.as_bytes()),
            None => host_of(head),
        };
        Some(Event::AnotherSite {
            method: head.method(),
            path: head.address_in_browser().path(),
            headers: head.headers(),
            expected,
            refused,
            count: self.sparingly.pick()?,
        })
    }
}

/// Returns an origin if browsers send one like it.
fn checked(origin: &str) -> Result<Box<str>, ConfigError> {
    if is_origin(origin) {
        Ok(origin.into())
    } else {
        Err(ConfigError::Origin(origin.to_owned()))
    }
}

/// Returns the value of a header, if it has one; an empty one is none. Of two lines neither is meant.
fn at_most_one<'a>(head: RequestHead<'a>, name: &HeaderName) -> Result<Option<&'a [u8]>, ()> {
    let mut lines = head.headers().get_all(name).iter();
    let value = lines.next().map(HeaderValue::as_bytes);
    match lines.next() {
        None => Ok(value.filter(|value| !value.is_empty())),
        Some(_) => Err(()),
    }
}

/// Returns the host that a request was sent to (RFC 9110, section 7.2).
pub(super) fn host_of(head: RequestHead<'_>) -> Option<&[u8]> {
    match head.uri().authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => at_most_one(head, &HOST).ok().flatten(),
    }
}

pub(super) fn is_host(head: RequestHead<'_>, origin: &[u8]) -> bool {
    host_of(head).is_some_and(|host| {
        let is_short = host.len() <= MAX_VALUE && origin.len() <= MAX_VALUE;
        is_short && is_authority_of(host, origin)
    })
}

impl Default for CrossSite {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CrossSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossSite")
            .field("report_only", &self.report_only)
            .finish_non_exhaustive()
    }
}
