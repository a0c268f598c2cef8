//! Whether another site caused a request.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::header::{HOST, ORIGIN, UPGRADE};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use tower_http::csrf::CsrfLayer;
use tower_layer::Layer;
use tower_service::Service;

use super::head::RequestHead;
use crate::error::ConfigError;

/// A host name has 253 characters at most; what is longer belongs to nobody and is not compared.
const MAX_VALUE: usize = 512;
const NOBODYS: HeaderValue = HeaderValue::from_static("null");

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The check that a request was not caused by another site.
///
/// Browsers send cookies with every request to their host, whoever caused it. A
/// [`JwtLayer`](crate::JwtLayer) applies this check to tokens from a cookie by itself; login and
/// logout, which stand outside of it, take it as a layer of their own: a form on another site must
/// not log a visitor in as somebody else, or out.
///
/// Requests with `GET`, `HEAD` or `OPTIONS` pass, unless they ask for an upgrade such as a WebSocket;
/// so do those that say `Sec-Fetch-Site: same-origin` or `none`, those whose `Origin` is the host of
/// the request or a trusted origin, and those with neither header, which no current browser sends. The rule
/// is that of [`CsrfLayer`](https://docs.rs/tower-http/latest/tower_http/csrf/) in tower-http.
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
    rule: CsrfLayer,
    report_only: bool,
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
            rule: CsrfLayer::new(),
            report_only: false,
        }
    }

    /// Lets requests from this origin pass too, written as browsers send it: scheme and host in lower
    /// case, a port unless it is the default one, nothing else.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Origin`]: it is not written like that.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, CrossSite};
    ///
    /// let check = CrossSite::new().trust("https://app.example")?.trust("http://localhost:5173")?;
    /// let with_path = CrossSite::new().trust("https://app.example/");
    /// assert!(matches!(with_path, Err(ConfigError::Origin(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trust(mut self, origin: &str) -> Result<Self, ConfigError> {
        let wrong = || ConfigError::Origin(origin.to_owned());
        let (default_port, authority) = match origin.split_once("://") {
            Some(("https", authority)) => ("443", authority),
            Some(("http", authority)) => ("80", authority),
            _ => return Err(wrong()),
        };
        // The rule compares byte by byte: what is written otherwise would never match.
        let fits = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]/_".contains(&byte)
        };
        let canonical = origin.bytes().all(fits) && !origin.ends_with('/');
        if !canonical || !is_authority(authority, default_port) {
            return Err(wrong());
        }
        self.rule = self.rule.add_trusted_origin(origin).map_err(|_| wrong())?;
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
        let mut request = Request::new(());
        // An upgrade is a GET by name only: what follows it goes both ways.
        *request.method_mut() = if head.headers().contains_key(UPGRADE) {
            Method::POST
        } else {
            head.method().clone()
        };
        *request.uri_mut() = head.uri().clone();
        for name in [HOST, ORIGIN, SEC_FETCH_SITE] {
            if let Some(value) = head.headers().get(&name) {
                let is_short = value.len() <= MAX_VALUE;
                let value = if is_short { value.clone() } else { NOBODYS };
                request.headers_mut().insert(name, value);
            }
        }
        let answer = pin!(self.rule.layer(Probe).call(request));
        match answer.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(response)) => response.status().is_success(),
            Poll::Pending => false,
        }
    }
}

/// Stands where the application would, so that the rule can be asked without it.
#[derive(Clone, Copy)]
struct Probe;

impl Service<Request<()>> for Probe {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(())))
    }
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

/// Tells whether this is a host with a port that is not left out, as browsers write it.
fn is_authority(authority: &str, default_port: &str) -> bool {
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |port: &str| {
        let number = port.parse::<u16>();
        port != default_port && number.is_ok_and(|number| number.to_string() == port)
    };
    host.bytes()
        .any(|byte| byte.is_ascii_alphanumeric() || byte == b':')
        && port.is_none_or(is_port)
}
