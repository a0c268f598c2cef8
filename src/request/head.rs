//! A request without its body.

use http::request::Parts;
use http::{Extensions, HeaderMap, Method, Request, Uri, Version};

/// A borrowed view of everything in a request but its body.
///
/// # Examples
///
/// ```
/// use http::Method;
/// use keycard::guard::require_claims;
/// use keycard::request::RequestHead;
///
/// #[derive(serde::Deserialize)]
/// struct Stay { room: u32 }
///
/// // Guests see every room, and change their own.
/// fn may(stay: &Stay, head: RequestHead<'_>) -> bool {
///     head.method() == Method::GET || head.uri().path() == format!("/rooms/{}", stay.room)
/// }
/// # async fn ask(
/// #     guard: &keycard::guard::RequireLayer,
/// #     request: http::request::Builder,
/// # ) -> Result<http::StatusCode, Box<dyn std::error::Error>> {
/// #     use tower::{Layer, ServiceExt};
/// #     let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
/// #     let issuer = keycard::Issuer::builder(key)
/// #         .issuer("https://desk.example")
/// #         .audience("https://rooms.example")
/// #         .build()?;
/// #     let stay = serde_json::json!({"hotel": "seaside", "room": 7});
/// #     let signed = issuer.token("anna").claims(&stay).sign()?;
/// #     let header = format!("Bearer {}", signed.as_str());
/// #     let rooms = tower::service_fn(|_: http::Request<()>| async {
/// #         Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::new()))
/// #     });
/// #     let service = keycard::JwtLayer::new(issuer.verifier()).layer(guard.layer(rooms));
/// #     Ok(service.oneshot(request.header("authorization", header).body(())?).await?.status())
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let guard = require_claims(may);
/// # assert_eq!(ask(&guard, http::Request::get("/rooms/8")).await?, 200);
/// # assert_eq!(ask(&guard, http::Request::put("/rooms/8")).await?, 403);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    /// Looks at the head of a request.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::request::RequestHead;
    ///
    /// let request = Request::get("/rooms").body("not looked at")?;
    /// assert_eq!(RequestHead::of(&request).uri(), "/rooms");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// Looks at the parts of a request whose body is elsewhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::request::RequestHead;
    ///
    /// let (parts, _body) = Request::get("/rooms").body("not looked at")?.into_parts();
    /// assert_eq!(RequestHead::of_parts(&parts).uri(), "/rooms");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn of_parts(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }

    /// Returns the method.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::guard::require_claims;
    ///
    /// # #[derive(serde::Deserialize)]
    /// # struct Stay { room: u32 }
    /// # async fn ask(
    /// #     guard: &keycard::guard::RequireLayer,
    /// #     request: http::request::Builder,
    /// # ) -> Result<http::StatusCode, Box<dyn std::error::Error>> {
    /// #     use tower::{Layer, ServiceExt};
    /// #     let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// #     let issuer = keycard::Issuer::builder(key)
    /// #         .issuer("https://desk.example")
    /// #         .audience("https://rooms.example")
    /// #         .build()?;
    /// #     let stay = serde_json::json!({"hotel": "seaside", "room": 7});
    /// #     let signed = issuer.token("anna").claims(&stay).sign()?;
    /// #     let header = format!("Bearer {}", signed.as_str());
    /// #     let rooms = tower::service_fn(|_: http::Request<()>| async {
    /// #         Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::new()))
    /// #     });
    /// #     let service = keycard::JwtLayer::new(issuer.verifier()).layer(guard.layer(rooms));
    /// #     Ok(service.oneshot(request.header("authorization", header).body(())?).await?.status())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let look_only = require_claims(|_: &Stay, head| head.method().is_safe());
    /// assert_eq!(ask(&look_only, Request::get("/rooms")).await?, 200);
    /// assert_eq!(ask(&look_only, Request::post("/rooms")).await?, 403);
    /// # Ok(())
    /// # }
    /// ```
    pub fn method(self) -> &'a Method {
        self.method
    }

    /// Returns the URI. Inside a nested axum router its path lacks the prefix.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::guard::require_claims;
    ///
    /// # #[derive(serde::Deserialize)]
    /// # struct Stay { room: u32 }
    /// # async fn ask(
    /// #     guard: &keycard::guard::RequireLayer,
    /// #     request: http::request::Builder,
    /// # ) -> Result<http::StatusCode, Box<dyn std::error::Error>> {
    /// #     use tower::{Layer, ServiceExt};
    /// #     let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// #     let issuer = keycard::Issuer::builder(key)
    /// #         .issuer("https://desk.example")
    /// #         .audience("https://rooms.example")
    /// #         .build()?;
    /// #     let stay = serde_json::json!({"hotel": "seaside", "room": 7});
    /// #     let signed = issuer.token("anna").claims(&stay).sign()?;
    /// #     let header = format!("Bearer {}", signed.as_str());
    /// #     let rooms = tower::service_fn(|_: http::Request<()>| async {
    /// #         Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::new()))
    /// #     });
    /// #     let service = keycard::JwtLayer::new(issuer.verifier()).layer(guard.layer(rooms));
    /// #     Ok(service.oneshot(request.header("authorization", header).body(())?).await?.status())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let own = require_claims(|stay: &Stay, head| {
    ///     head.uri().path() == format!("/rooms/{}", stay.room)
    /// });
    /// assert_eq!(ask(&own, Request::get("/rooms/7?light=on")).await?, 200);
    /// assert_eq!(ask(&own, Request::get("/rooms/8")).await?, 403);
    /// # Ok(())
    /// # }
    /// ```
    pub fn uri(self) -> &'a Uri {
        self.uri
    }

    /// Returns the version of HTTP.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderValue, Request, Version, header::CONNECTION};
    /// use keycard::JwtLayer;
    /// use tower::{Layer, ServiceExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let verifier = keycard::Verifier::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let rooms = tower::service_fn(|_: http::Request<()>| async {
    /// #     Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::from("room 7")))
    /// # });
    /// let layer = JwtLayer::new(verifier).on_rejection(|rejection, head| {
    ///     let mut response = rejection.to_response();
    ///     if head.version() < Version::HTTP_2 {
    ///         response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    ///     }
    ///     response
    /// });
    /// let response = layer.layer(rooms).oneshot(Request::new(())).await?;
    /// assert_eq!(response.headers()[CONNECTION], "close");
    /// # Ok(())
    /// # }
    /// ```
    pub fn version(self) -> Version {
        self.version
    }

    /// Returns the headers.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Request, header::ACCEPT_LANGUAGE};
    /// use keycard::JwtLayer;
    /// use tower::{Layer, ServiceExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let verifier = keycard::Verifier::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let rooms = tower::service_fn(|_: http::Request<()>| async {
    /// #     Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::from("room 7")))
    /// # });
    /// let layer = JwtLayer::new(verifier).on_rejection(|rejection, head| {
    ///     let is_german = head.headers().get(ACCEPT_LANGUAGE).is_some_and(|value| value == "de");
    ///     let body = if is_german { "kein Zutritt" } else { "no entry" };
    ///     rejection.to_response().map(|_| Bytes::from(body))
    /// });
    /// let request = Request::get("/").header(ACCEPT_LANGUAGE, "de").body(())?;
    /// assert_eq!(layer.layer(rooms).oneshot(request).await?.body(), "kein Zutritt");
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers(self) -> &'a HeaderMap {
        self.headers
    }

    /// Returns the extensions.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::Request;
    /// use keycard::JwtLayer;
    /// use tower::{Layer, ServiceExt};
    ///
    /// /// From a layer further out.
    /// #[derive(Clone)]
    /// struct RequestId(u64);
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let verifier = keycard::Verifier::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let rooms = tower::service_fn(|_: http::Request<()>| async {
    /// #     Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::from("room 7")))
    /// # });
    /// let layer = JwtLayer::new(verifier).on_rejection(|rejection, head| {
    ///     let id = head.extensions().get::<RequestId>().map_or(0, |id| id.0);
    ///     rejection.to_response().map(|_| Bytes::from(format!("no entry, request {id}")))
    /// });
    /// let request = Request::get("/").extension(RequestId(42)).body(())?;
    /// assert_eq!(layer.layer(rooms).oneshot(request).await?.body(), "no entry, request 42");
    /// # Ok(())
    /// # }
    /// ```
    pub fn extensions(self) -> &'a Extensions {
        self.extensions
    }
}

impl std::fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// The head of a request that has gone on already.
pub(crate) struct SavedHead {
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    extensions: Extensions,
}

impl SavedHead {
    pub(crate) fn save(head: RequestHead<'_>) -> Self {
        Self {
            method: head.method.clone(),
            uri: head.uri.clone(),
            version: head.version,
            headers: head.headers.clone(),
            extensions: head.extensions.clone(),
        }
    }

    pub(crate) fn head(&self) -> RequestHead<'_> {
        RequestHead {
            method: &self.method,
            uri: &self.uri,
            version: self.version,
            headers: &self.headers,
            extensions: &self.extensions,
        }
    }
}
