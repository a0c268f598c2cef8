//! The metadata, and the answer to whoever asks for it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, CONTENT_TYPE,
};
use http::{HeaderValue, Method, Response, StatusCode};

/// What a protected resource says of itself (RFC 9728, section 2): its identifier, whose tokens it takes, and which
/// scopes there are.
///
/// Made by [`ResourceMetadata::builder`]. Cheap to clone. The [module](crate::resource) has examples.
///
/// It stands at an address of its own, and is public: whoever needs it has no token yet. The address is that of the
/// resource with `/.well-known/oauth-protected-resource` between host and path (section 3.1), so that the metadata of
/// `https://rooms.example/mcp` is at `https://rooms.example/.well-known/oauth-protected-resource/mcp`. Where a proxy in
/// front hands on one path only, it has to hand on this one too.
///
/// # Examples
///
/// ```
/// use keycard::resource::ResourceMetadata;
///
/// let metadata = ResourceMetadata::builder("https://rooms.example/mcp")
///     .authorization_server("https://desk.example")
///     .build()?;
/// assert_eq!(metadata.path(), "/.well-known/oauth-protected-resource/mcp");
/// # Ok::<(), keycard::ConfigError>(())
/// ```
#[derive(Clone)]
#[doc(alias = "mcp")]
pub struct ResourceMetadata {
    parts: Arc<Parts>,
}

pub(super) struct Parts {
    pub(super) resource: Box<str>,
    pub(super) path: Box<str>,
    pub(super) url: Box<str>,
    pub(super) body: Bytes,
}

impl ResourceMetadata {
    pub(super) fn new(parts: Parts) -> Self {
        let parts = Arc::new(parts);
        Self { parts }
    }

    /// Returns the identifier of the resource, which tokens have as their `aud` (RFC 8707, section 2).
    pub fn resource(&self) -> &str {
        &self.parts.resource
    }

    /// Returns the path at which the metadata has to stand.
    pub fn path(&self) -> &str {
        &self.parts.path
    }

    /// Returns the address of the metadata, as [`JwtLayer::resource_metadata`](crate::JwtLayer::resource_metadata)
    /// writes it into challenges.
    pub fn url(&self) -> &str {
        &self.parts.url
    }

    /// Returns the metadata: a JSON object.
    pub fn body(&self) -> Bytes {
        self.parts.body.clone()
    }

    /// Makes the answer to a request for [`path`](Self::path), whatever its method is.
    ///
    /// `GET` gets the metadata (section 3.2), which caches may keep for an hour. Scripts of every origin may read it, and
    /// `OPTIONS` says so to browsers that ask first: nothing in it depends on who asks, so a `CorsLayer` around is not
    /// needed for it, and does no harm. Other methods get 405.
    pub fn response(&self, method: &Method) -> Response<Bytes> {
        let (status, body) = match *method {
            Method::GET | Method::HEAD => (StatusCode::OK, self.body()),
            Method::OPTIONS => (StatusCode::NO_CONTENT, Bytes::new()),
            _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let more = match status {
            StatusCode::OK => [
                (CONTENT_TYPE, "application/json"),
                (CACHE_CONTROL, "public, max-age=3600"),
            ],
            // Clients name the version of their protocol in a header, which a browser asks about.
            StatusCode::NO_CONTENT => [
                (ACCESS_CONTROL_ALLOW_METHODS, "GET"),
                (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
            ],
            _ => [(ALLOW, "GET, HEAD, OPTIONS"), (CACHE_CONTROL, "no-store")],
        };
        headers.extend(more.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }
}

impl fmt::Debug for ResourceMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceMetadata")
            .field("resource", &self.parts.resource)
            .field("url", &self.parts.url)
            .finish_non_exhaustive()
    }
}
