//! What a proxy says of the request that it asks about.

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, Method, Uri};

use super::credential::Malformed;
use super::head::RequestHead;

const ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
const FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");

const USER: HeaderName = HeaderName::from_static("x-auth-request-user");

/// How a proxy asks whether a request may pass: forward authentication.
///
/// The proxy sends the head of the request to this service, always with `GET`, and lets the request pass if the
/// answer is 2xx. What was really asked for stands in headers, which differ from proxy to proxy. With
/// [`JwtLayer::forward_auth`](crate::JwtLayer::forward_auth) the layer reads them, decides by them, and hands the
/// request on to the service inside as it was: with its method, host and path.
///
/// | proxy | reads | answers |
/// | --- | --- | --- |
/// | [`nginx`](Self::nginx) | `X-Original-Method`, `X-Original-URL` | 401 in place of a redirect, whose `Location` stays, and 403 in place of other 4xx: nginx understands no more |
/// | [`traefik`](Self::traefik) | `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri` | whole addresses in `Location`: Traefik would put its own address in front |
/// | [`caddy`](Self::caddy) | the same | as without a proxy |
///
/// A request that lacks one of them is refused, and so is one with two. The endpoint must be in reach of
/// the proxy alone, which must set each of these headers itself: whoever can send them can say anything.
///
/// An answer that lets a request pass says whose it is in `X-Auth-Request-User`: the subject, with what is not visible
/// ASCII and `%` itself percent-encoded; empty if there is none. Have the proxy copy it into the request, in
/// place of one that the client has sent. A subject is unique to its issuer only: with several trusts, the service inside
/// adds a header with [`VerifiedToken::trust`](crate::VerifiedToken::trust), or one issuer names the users of another.
///
/// A path that the proxy or the application behind it may read in another way than a rule here is refused: one
/// with dot segments, empty segments, a backslash, a semicolon, or ASCII that is encoded without need, as in `/%61dmin`.
/// Rules are for paths of ASCII letters, as others stand encoded in the path that they see. A path of more than 8 KiB and a
/// host of more than 512 bytes are refused too.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::any};
/// use keycard::request::ForwardAuth;
/// use keycard::{JwtLayer, TokenCookie, require_role, testing};
/// use tower::Layer;
///
/// // Rules for the addresses of the application behind the proxy.
/// let admin = any(async || "").layer(require_role("manager"));
/// let rules = Router::new()
///     .route("/admin", admin.clone())
///     .route("/admin/", admin.clone())
///     .route("/admin/{*page}", admin)
///     .fallback(async || ""); // every other address, for whoever is logged in
/// let gatekeeper = JwtLayer::new(testing::issuer().verifier())
///     .cookie(TokenCookie::new("session")?)
///     .login_page("/login")
///     .forward_auth(ForwardAuth::nginx())
///     .layer(rules);
/// let app: Router = Router::new().route_service("/auth", gatekeeper);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias("auth_request", "nginx", "traefik", "caddy", "proxy"))]
pub struct ForwardAuth {
    proxy: Proxy,
    user: HeaderName,
    any_path: bool,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Proxy {
    Nginx,
    Traefik,
    Caddy,
}

/// The request that a proxy asks about.
pub(crate) struct Original {
    method: Method,
    uri: Uri,
}

/// Why there is no request to decide about.
pub(crate) enum Unasked {
    /// The proxy does not say what it asks about.
    Missing(&'static str),
    /// It says what cannot be, most likely because the client did.
    Malformed(Malformed),
}

impl ForwardAuth {
    fn of(proxy: Proxy) -> Self {
        Self {
            proxy,
            user: USER,
            any_path: false,
        }
    }

    /// Answers to `auth_request` of nginx, and to the ingress controller made of it.
    ///
    /// It takes `proxy_set_header X-Original-Method $request_method` and `proxy_set_header X-Original-URL
    /// $scheme://$http_host$request_uri`; the [chapter on proxies](crate::guide::proxies#forward-authentication) has
    /// the whole configuration.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::request::ForwardAuth;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).forward_auth(ForwardAuth::nginx());
    /// ```
    pub fn nginx() -> Self {
        Self::of(Proxy::Nginx)
    }

    /// Answers to the middleware `forwardAuth` of Traefik, whose `trustForwardHeader` must be off, as it is by default,
    /// unless a proxy in front of it writes these headers.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::request::ForwardAuth;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).forward_auth(ForwardAuth::traefik());
    /// ```
    pub fn traefik() -> Self {
        Self::of(Proxy::Traefik)
    }

    /// Answers to the directive `forward_auth` of Caddy.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::request::ForwardAuth;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).forward_auth(ForwardAuth::caddy());
    /// ```
    pub fn caddy() -> Self {
        Self::of(Proxy::Caddy)
    }

    /// Names the header that hands on the subject. The default is `X-Auth-Request-User`.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::HeaderName;
    /// use keycard::request::ForwardAuth;
    ///
    /// let remote_user = HeaderName::from_static("remote-user");
    /// let forward_auth = ForwardAuth::caddy().user_header(remote_user);
    /// ```
    pub fn user_header(mut self, name: HeaderName) -> Self {
        self.user = name;
        self
    }

    /// Also lets paths in that can be read in two ways, and those of more than 8 KiB.
    ///
    /// For applications whose addresses have encoded slashes or others inside, if no rule here depends on a path:
    /// `/public/..%2Fadmin` is one page for a rule here, and another one for most applications.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::request::ForwardAuth;
    ///
    /// // There is one rule for all pages.
    /// let forward_auth = ForwardAuth::nginx().dangerous_any_path();
    /// ```
    pub fn dangerous_any_path(mut self) -> Self {
        self.any_path = true;
        self
    }

    pub(crate) fn proxy(&self) -> Proxy {
        self.proxy
    }

    pub(crate) fn user(&self) -> &HeaderName {
        &self.user
    }

    /// Reads what the proxy asks about.
    pub(crate) fn original(&self, headers: &HeaderMap) -> Result<Original, Unasked> {
        let (method, uri) = match self.proxy {
            Proxy::Nginx => {
                let url = exactly_one(headers, &ORIGINAL_URL, "X-Original-URL", MAX_LINE)?;
                let (scheme, rest) = url.split_once("://").ok_or(NO_ADDRESS)?;
                // Whatever a client has sent as its host ends before the first slash, or is none.
                let slash = rest.find('/').ok_or(NO_ADDRESS)?;
                let (authority, path) = rest.split_at_checked(slash).ok_or(NO_ADDRESS)?;
                let method = exactly_one(headers, &ORIGINAL_METHOD, "X-Original-Method", MAX_WORD)?;
                (method, address(scheme, authority, path)?)
            }
            Proxy::Traefik | Proxy::Caddy => {
                let method =
                    exactly_one(headers, &FORWARDED_METHOD, "X-Forwarded-Method", MAX_WORD)?;
                let scheme = exactly_one(headers, &FORWARDED_PROTO, "X-Forwarded-Proto", MAX_WORD)?;
                let authority =
                    exactly_one(headers, &FORWARDED_HOST, "X-Forwarded-Host", MAX_AUTHORITY)?;
                let path = exactly_one(headers, &FORWARDED_URI, "X-Forwarded-Uri", MAX_LINE)?;
                (method, address(scheme, authority, path)?)
            }
        };
        let method = Method::from_bytes(method.as_bytes());
        let method = method.map_err(|_| Unasked::Malformed("not a method"))?;
        let path = uri.path();
        if !self.any_path && (path.len() > MAX_PATH || has_two_readings(path)) {
            return Err(Unasked::Malformed(
                "a path that is too long, or can be read in two ways",
            ));
        }
        Ok(Original { method, uri })
    }
}

const NO_ADDRESS: Unasked = Unasked::Malformed("not the address of a request");

/// No longer line of a proxy is looked at: a client has written most of it. An address has at most 64 kB.
const MAX_LINE: usize = 65 * 1024;

/// Methods and schemes are short.
const MAX_WORD: usize = 64;

/// A name of DNS has 253 bytes.
const MAX_AUTHORITY: usize = 512;

/// How long a path may be whose every segment and code is looked at.
const MAX_PATH: usize = 8 * 1024;

/// Returns the value of the only line of this name, if it is not too long.
fn exactly_one<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    shown: &'static str,
    longest: usize,
) -> Result<&'a str, Unasked> {
    let mut lines = headers.get_all(name).iter();
    let Some(line) = lines.next() else {
        return Err(Unasked::Missing(shown));
    };
    if line.len() > longest {
        return Err(Unasked::Malformed("a header of the proxy is too long"));
    }
    match (line.to_str(), lines.next()) {
        (Ok(text), None) => Ok(text),
        _ => Err(Unasked::Malformed(
            "two lines of a header of the proxy, or other than ASCII",
        )),
    }
}

fn address(scheme: &str, authority: &str, path: &str) -> Result<Uri, Unasked> {
    // A handshake of a WebSocket may have a scheme of its own.
    let scheme = match scheme {
        "https" | "wss" => Scheme::HTTPS,
        "http" | "ws" => Scheme::HTTP,
        _ => return Err(NO_ADDRESS),
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
    // A fragment would be cut off here, and not by whoever gets the request.
    if !(1..=MAX_AUTHORITY).contains(&authority.len())
        || !authority.bytes().all(fits)
        || !path.starts_with('/')
        || path.contains('#')
    {
        return Err(NO_ADDRESS);
    }
    let authority = Authority::try_from(authority).map_err(|_| NO_ADDRESS)?;
    let path = PathAndQuery::try_from(path).map_err(|_| NO_ADDRESS)?;
    let uri = Uri::builder().scheme(scheme).authority(authority);
    uri.path_and_query(path).build().map_err(|_| NO_ADDRESS)
}

/// What browsers encode in a path, as it cannot stand there otherwise, and what means nothing to anybody.
const ENCODED: &[u8] = b" \"<>^`{}";

/// How a character would begin that is encoded in more bytes than it takes: no UTF-8, and ASCII for whoever is not strict
/// about it (RFC 3629, section 10). Older rules had five bytes and more (RFC 2279, section 2).
const OVERLONG: [&str; 9] = [
    "%c0", "%c1", "%e0%8", "%e0%9", "%f0%8", "%f8%8", "%fc%8", "%fe%8", "%ff%8",
];

/// Tells whether proxies and applications disagree about which page this is: some decode before they look for the
/// segments of a path, some merge slashes, some take a backslash for one, some cut a segment at a semicolon.
fn has_two_readings(path: &str) -> bool {
    let is_dot = |segment: &str| matches!(segment, "." | "..");
    let has_odd_code = |code: &str| match code.get(..2).map(|digits| u8::from_str_radix(digits, 16))
    {
        Some(Ok(byte)) => byte.is_ascii() && !ENCODED.contains(&byte),
        _ => true,
    };
    let lower = path.to_ascii_lowercase();
    OVERLONG.iter().any(|odd| lower.contains(odd))
        || ["//", "\\", ";"].iter().any(|odd| path.contains(odd))
        || path.split('/').any(is_dot)
        || path.split('%').skip(1).any(has_odd_code)
}

impl Original {
    /// Looks at the request that the proxy asks about: the rest of its head is that of the question.
    pub(crate) fn head<'a>(&'a self, question: RequestHead<'a>) -> RequestHead<'a> {
        question.asking_for(&self.method, &self.uri)
    }

    pub(crate) fn into_parts(self) -> (Method, Uri) {
        (self.method, self.uri)
    }

    /// Returns where browsers find the application: scheme and host.
    pub(crate) fn origin(&self) -> Option<String> {
        let (scheme, authority) = (self.uri.scheme()?, self.uri.authority()?);
        Some(format!("{scheme}://{authority}"))
    }
}

/// Tells whether a proxy seems to ask about another request: ordinary ones have no such headers.
pub(super) fn is_question(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| {
        let rest = name.as_str().strip_prefix("x-");
        let asked_for = rest.and_then(|rest| {
            rest.strip_prefix("original-")
                .or(rest.strip_prefix("forwarded-"))
        });
        matches!(asked_for, Some("method" | "url" | "uri"))
    })
}
