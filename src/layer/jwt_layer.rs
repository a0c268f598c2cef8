//! The layer and its settings.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderName, Response};
use tower_layer::Layer;

use super::service::Jwt;
use crate::answer::{Answers, is_realm};
use crate::cookie::TokenCookie;
use crate::gate::{Gate, Settings};
use crate::rejection::Rejection;
use crate::request::{CrossSite, Entry, ForwardAuth, Place, RequestHead, is_own_path};
use crate::resource::ResourceMetadata;
use crate::verify::Verifier;

/// Layer that verifies the token of every request before the service inside sees it.
///
/// A request without a good token is refused, unless the layer is [`optional`](Self::optional) and
/// there is no token at all. Otherwise the service finds a [`Presence`](crate::request::Presence) in the
/// extensions of the request. On the way out the layer turns the refusals of guards, extractors and
/// handlers into answers. It never changes the error type of the service.
///
/// Around an axum router `layer` also wraps the fallback, so that unknown paths answer 401;
/// `route_layer` does not. The response body of the service inside must be an
/// [`AnswerBody`](crate::answer::AnswerBody), as axum's is; for others there is [`AnyBodyLayer`](super::AnyBodyLayer). A layer that changes the type of the body, as some of tower-http do, goes on the router
/// in a `.layer(..)` of its own instead of into one `ServiceBuilder` with this one.
///
/// Build a layer once and clone it: clones share their settings, and `jwt.clone().optional()` is the
/// same layer for other routes. Where one stands inside of another, the inner one decides about what the
/// outer one has let in: an optional one greets nobody inside of a strict one.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use keycard::{Claims, JwtLayer, Verifier, VerifyingKey};
///
/// #[derive(serde::Deserialize)]
/// struct Guest { sub: String }
///
/// async fn hello(Claims(guest): Claims<Guest>) -> String {
///     format!("hello, {}", guest.sub)
/// }
///
/// let verifier = Verifier::builder(VerifyingKey::hs256(b"at least thirty-two bytes of it!")?)
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .build()?;
/// let app: Router = Router::new()
///     .route("/hello", get(hello))
///     .layer(JwtLayer::new(verifier).realm("rooms"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
#[doc(alias = "middleware")]
pub struct JwtLayer {
    settings: Arc<Settings>,
}

impl JwtLayer {
    /// Creates a layer that takes tokens from `Authorization: Bearer` (RFC 6750, section 2.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use keycard::{JwtLayer, testing};
    ///
    /// let verifier = testing::issuer().verifier();
    /// let app: Router = Router::new()
    ///     .route("/room", get(async || "room 7"))
    ///     .layer(JwtLayer::new(verifier));
    /// ```
    pub fn new(verifier: Verifier) -> Self {
        Self {
            settings: Arc::new(Settings {
                entry: Entry {
                    verifier,
                    places: vec![Place::Header],
                    cross_site: CrossSite::new(),
                    optional: false,
                    allow_preflight: false,
                    forward_auth: None,
                    sparingly: Arc::default(),
                    hints: Arc::default(),
                    named_headers: Vec::new(),
                },
                answers: Answers::default(),
            }),
        }
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    /// Also takes tokens from this cookie, tried after the places that are there.
    ///
    /// Such a token brings a defence with it: a request that another site caused is refused with 403
    /// if its method is unsafe, or if it asks for an upgrade such as a WebSocket; see [`CrossSite`].
    /// Answers say `Cache-Control: private` unless the service inside says something else. In the
    /// [`optional`](Self::optional) mode a bad cookie counts as absent, and the answer removes it.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, TokenCookie, testing};
    ///
    /// let cookie = TokenCookie::new("session")?;
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .cookie(cookie)
    ///     .login_page("/login");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cookie(mut self, cookie: TokenCookie) -> Self {
        self.settings().entry.places.push(Place::Cookie(cookie));
        self
    }

    /// Also takes tokens from this header, tried after the places that are there. Its value is the token and nothing
    /// else; two lines of it, or something else in it, are malformed (400).
    ///
    /// For proxies that have a login of their own and hand on who it was, such as Cloudflare Access, the Identity-Aware
    /// Proxy of Google and, with [`dangerous_padded_segments`](crate::Trust::dangerous_padded_segments), the load
    /// balancers of AWS. They make the header of a cookie of theirs, which browsers send whoever caused the
    /// request. So it brings the same defence as a [`cookie`](Self::cookie): a request that another site caused is
    /// refused with 403 if its method is unsafe. The proxy has to hand on `Host`, `Origin` and `Sec-Fetch-Site`, and to
    /// take the header out of what clients send. Where it can only write `Authorization`, put a [`CrossSite`] layer around
    /// this one. Programs are not held up by it. The value is marked as sensitive, and
    /// the token remembers [`Source::NamedHeader`](crate::verify::Source::NamedHeader).
    ///
    /// # Panics
    ///
    /// If it is not the name of a header, or it is `Authorization` or `Cookie`, which are read by other rules.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .without_authorization_header()
    ///     .header("cf-access-jwt-assertion");
    /// ```
    #[track_caller]
    pub fn header(mut self, name: &'static str) -> Self {
        let header = HeaderName::from_bytes(name.as_bytes()).ok();
        let header = header.filter(|header| header != AUTHORIZATION && header != COOKIE);
        assert!(
            header.is_some(),
            "not a header for tokens: {name:?} is no name of a header, or is Authorization or Cookie"
        );
        let entry = &mut self.settings().entry;
        entry.named_headers.extend(header.clone());
        let place = header.map(|header| Place::NamedHeader(name, header));
        entry.places.extend(place);
        self
    }

    /// Replaces the check that a request with a cookie was not caused by another site. The default is
    /// [`CrossSite::new`], which trusts no other origin.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{CrossSite, JwtLayer, TokenCookie, testing};
    ///
    /// // Pages of https://app.example may post with the cookie too.
    /// let app = CrossSite::new().trust("https://app.example")?;
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .cookie(TokenCookie::new("session")?)
    ///     .cross_site(app);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cross_site(mut self, cross_site: CrossSite) -> Self {
        self.settings().entry.cross_site = cross_site;
        self
    }

    /// Sends browsers that go to a page without a good token to this path, with 303 and the way back
    /// in the parameter `next`; read it with [`ReturnPath`](crate::request::ReturnPath). Scripts get 401.
    ///
    /// A browser goes to a page if it says `Sec-Fetch-Mode: navigate`, with `GET` or with the `POST` of a form. Over
    /// plain http it does not say so, and there accepting `text/html` does, unless `X-Requested-With` tells of a
    /// script; so it does for what a service worker hands on. After a form the way back is the page that it was on.
    ///
    /// If a guard asks for a [stronger or more recent login](crate::guide::guards#a-stronger-or-more-recent-login), the
    /// address has `acr_values` and `max_age` too (RFC 9470).
    ///
    /// The way back is the address in the browser, also inside of a nested axum router. Without axum it is the one that
    /// the layer sees: where something takes off the beginning of a path, put the layer outside of it.
    ///
    /// # Panics
    ///
    /// If it is not a path of this origin, as in `/login`, or has a fragment, or a `next=`, `acr_values=` or `max_age=` of
    /// its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::gate::Verdict;
    /// use keycard::request::RequestHead;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).login_page("/login");
    /// let page = Request::get("/rooms?floor=3").header("sec-fetch-mode", "navigate").body(())?;
    /// if let (Verdict::Refuse(rejection), reply) = layer.gate().decide(RequestHead::of(&page)) {
    ///     let answer = reply.refuse(&rejection);
    ///     assert_eq!(answer.headers()["location"], "/login?next=/rooms%3Ffloor%3D3");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn login_page(mut self, path: &str) -> Self {
        assert!(
            is_own_path(path)
                && !["#", "next=", "acr_values=", "max_age="]
                    .iter()
                    .any(|it| path.contains(it)),
            "not a login page: {path:?} is no path of this origin such as /login, or has a fragment or a \
             next, an acr_values or a max_age of its own"
        );
        self.settings().answers.login_page = Some(path.into());
        self
    }

    /// Adds a source of tokens of your own, tried after those that are there.
    ///
    /// `name` is how the token remembers it: [`Source::Custom`](crate::verify::Source::Custom). A token that
    /// browsers send by themselves needs a defence against cross-site requests, which a source of
    /// your own does not have. Nor is the header that it reads marked as sensitive: keep it out of logs, or, if the
    /// token is all that stands in it, use [`header`](Self::header).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).source("x-token", |head| {
    ///     head.headers().get("x-token")?.to_str().ok().map(Into::into)
    /// });
    /// ```
    pub fn source<F>(mut self, name: &'static str, find: F) -> Self
    where
        F: for<'a> Fn(RequestHead<'a>) -> Option<Cow<'a, str>> + Send + Sync + 'static,
    {
        let place = Place::Custom(name, Arc::new(find));
        self.settings().entry.places.push(place);
        self
    }

    /// Also takes tokens from this parameter of the query string (RFC 6750, section 2.3).
    ///
    /// The token then stands in the logs of every proxy, in the history of browsers, and in the
    /// `Referer` of what the page loads. A link with the token of somebody else shows its visitor that one's pages. For
    /// clients that cannot do otherwise.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, testing};
    ///
    /// // An `EventSource` of a browser cannot send the header.
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .dangerous_query_parameter("access_token");
    /// ```
    pub fn dangerous_query_parameter(mut self, name: &'static str) -> Self {
        self.settings().entry.places.push(Place::Query(name));
        self
    }

    /// Takes no tokens from the `Authorization` header, only from the sources that were added.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, TokenCookie, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier())
    ///     .without_authorization_header()
    ///     .cookie(TokenCookie::new("session")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn without_authorization_header(mut self) -> Self {
        let places = &mut self.settings().entry.places;
        places.retain(|place| !matches!(place, Place::Header));
        self
    }

    /// Lets requests without a token pass as anonymous. A bad token is refused all the same, unless it
    /// came in a cookie: that counts as absent, and the answer removes it if it will never be good.
    ///
    /// Places are tried in their order until one has a token that decides: a good one, a bad one that is
    /// not in a cookie, or one whose key has to be asked for.
    ///
    /// Anonymous requests are not checked for their site, as nobody's authority is in them: login and
    /// logout take [`CrossSite`] wherever they stand.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use keycard::{JwtLayer, VerifiedToken, testing};
    ///
    /// async fn home(token: Option<VerifiedToken>) -> &'static str {
    ///     if token.is_some() { "welcome back" } else { "welcome" }
    /// }
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).optional();
    /// let app: Router = Router::new().route("/", get(home)).layer(layer);
    /// ```
    pub fn optional(mut self) -> Self {
        self.settings().entry.optional = true;
        self
    }

    /// Answers a proxy that asks whether a request may pass: nginx, Traefik, Caddy.
    ///
    /// The layer decides about the request that is asked about, with its method and address, and so do
    /// guards and handlers inside. Answers are such that the proxy understands them, and say who was let in.
    /// No answer to a request that is refused is 2xx, whatever [`on_rejection`](Self::on_rejection) says. See
    /// [`ForwardAuth`], and the [chapter on proxies](crate::guide::proxies#forward-authentication).
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::gate::Verdict;
    /// use keycard::request::{ForwardAuth, RequestHead};
    /// use keycard::{JwtLayer, TokenCookie, testing};
    ///
    /// let issuer = testing::issuer();
    /// let layer = JwtLayer::new(issuer.verifier())
    ///     .cookie(TokenCookie::new("session")?)
    ///     .forward_auth(ForwardAuth::nginx());
    /// // What nginx asks when the form of another site posts.
    /// let question = Request::get("/auth")
    ///     .header("x-original-method", "POST")
    ///     .header("x-original-url", "https://rooms.example/transfer")
    ///     .header("origin", "https://evil.example")
    ///     .header("cookie", format!("__Host-session={}", issuer.token("anna").sign()?.as_str()))
    ///     .body(())?;
    /// let (verdict, _) = layer.gate().decide(RequestHead::of(&question));
    /// assert!(matches!(verdict, Verdict::Refuse(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forward_auth(mut self, forward_auth: ForwardAuth) -> Self {
        self.settings().entry.forward_auth = Some(forward_auth);
        self
    }

    /// Lets CORS preflight requests pass as anonymous: `OPTIONS` with `Origin` and
    /// `Access-Control-Request-Method`, which anybody can send.
    ///
    /// Handlers that take `OPTIONS`, those of `any(..)` and fallbacks among them, then run without a
    /// token unless a guard or an extractor refuses it. The better place for a `CorsLayer` is outside of
    /// this layer, where it also sees the refusals.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::gate::Verdict;
    /// use keycard::request::RequestHead;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).allow_preflight();
    /// let preflight = Request::options("/")
    ///     .header("origin", "https://app.example")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// let (verdict, _) = layer.gate().decide(RequestHead::of(&preflight));
    /// assert!(matches!(verdict, Verdict::Pass(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "cors")]
    pub fn allow_preflight(mut self) -> Self {
        self.settings().entry.allow_preflight = true;
        self
    }

    /// Names the realm in challenges (RFC 9110, section 11.5). The default is not to name one, but for
    /// challenges that would say nothing else: those have the realm `token` (RFC 6750, section 3).
    ///
    /// # Panics
    ///
    /// If the realm is empty, or has a character that is not printable ASCII, a quote or a backslash.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, testing};
    ///
    /// // A request without a token gets: Bearer realm="rooms"
    /// let layer = JwtLayer::new(testing::issuer().verifier()).realm("rooms");
    /// ```
    #[track_caller]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        assert!(
            is_realm(&realm),
            "not a realm: {realm:?} is empty, or has a quote, a backslash or other than printable ASCII"
        );
        self.settings().answers.realm = Some(realm.into());
        self
    }

    /// Names the metadata of this resource in challenges, with the parameter `resource_metadata` (RFC 9728, section 5.1),
    /// so that clients find out where to get a token. The default is not to.
    ///
    /// It stands in every 401, and in the 403 for a scope that is missing. Clients need to get at the metadata without a
    /// token: its route is added after the layer. Which scopes an operation needs is in the challenge of its guard; this layer answers before it, and knows of none. Inside
    /// of an [`optional`](Self::optional) layer the guard also answers requests without a token.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::resource::ResourceMetadata;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let verifier = testing::issuer().verifier();
    /// let metadata = ResourceMetadata::builder("https://rooms.example").verifier(&verifier).build()?;
    /// let layer = JwtLayer::new(verifier).resource_metadata(&metadata);
    /// # Ok::<(), keycard::ConfigError>(())
    /// ```
    #[doc(alias = "mcp")]
    pub fn resource_metadata(mut self, metadata: &ResourceMetadata) -> Self {
        self.settings().answers.resource_metadata = Some(metadata.url().into());
        self
    }

    /// Tells clients why they are refused, in `error_description`. For development: it helps
    /// attackers too.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{JwtLayer, testing};
    ///
    /// let mut layer = JwtLayer::new(testing::issuer().verifier());
    /// if cfg!(debug_assertions) {
    ///     layer = layer.explain();
    /// }
    /// ```
    pub fn explain(mut self) -> Self {
        self.settings().answers.explain = true;
        self
    }

    /// Makes the answers to refusals with a function of yours, those of gRPC requests included.
    ///
    /// With this on, the head of every request is copied as it came in, for it has to last until the way
    /// out: its extensions have no token of this layer. An answer that says nothing of caches gets
    /// `Cache-Control: no-store`.
    ///
    /// Browsers still go to the [`login_page`](Self::login_page), if there is one: the function is asked about
    /// everything else. [`realm`](Self::realm) and [`explain`](Self::explain) belong to the answers that this
    /// replaces. The text of a rejection (`to_string()`) is for the log: do not send it.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use keycard::{JwtLayer, testing};
    /// use serde_json::json;
    ///
    /// let layer = JwtLayer::new(testing::issuer().verifier()).on_rejection(|rejection, head| {
    ///     // Status and challenge as they would be, with another body.
    ///     let body = json!({"message": "no entry", "path": head.uri().path()});
    ///     rejection.to_response().map(|_| Bytes::from(body.to_string()))
    /// });
    /// ```
    pub fn on_rejection<F>(mut self, answer: F) -> Self
    where
        F: Fn(&Rejection, RequestHead<'_>) -> Response<Bytes> + Send + Sync + 'static,
    {
        self.settings().answers.hook = Some(Arc::new(answer));
        self
    }
}

impl JwtLayer {
    /// Returns the decision by itself, for a server that is not made of tower services.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::gate::Gate;
    /// use keycard::{JwtLayer, testing};
    ///
    /// let gate: Gate = JwtLayer::new(testing::issuer().verifier()).realm("rooms").gate();
    /// ```
    pub fn gate(&self) -> Gate {
        Gate::new(Arc::clone(&self.settings))
    }
}

impl<S> Layer<S> for JwtLayer {
    type Service = Jwt<S>;

    fn layer(&self, inner: S) -> Jwt<S> {
        Jwt::new(inner, self.gate())
    }
}

impl fmt::Debug for JwtLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtLayer")
            .field("verifier", &self.settings.entry.verifier)
            .field("optional", &self.settings.entry.optional)
            .finish_non_exhaustive()
    }
}
