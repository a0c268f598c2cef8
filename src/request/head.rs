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
///
/// let guard = require_claims(may);
/// ```
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
    /// Whether a proxy asks about this request, in another one that came here.
    is_asked_about: bool,
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
            is_asked_about: false,
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
            is_asked_about: false,
        }
    }

    /// The same head with another method and URI.
    pub(super) fn asking_for(self, method: &'a Method, uri: &'a Uri) -> Self {
        Self {
            method,
            uri,
            is_asked_about: true,
            ..self
        }
    }

    /// Returns the address that the browser has. A router of axum cuts off what it was nested under, and keeps the whole.
    pub(crate) fn address_in_browser(self) -> &'a Uri {
        #[cfg(feature = "axum")]
        if let Some(axum::extract::OriginalUri(whole)) = self.extensions.get()
            && !self.is_asked_about
        {
            return whole;
        }
        self.uri
    }

    /// Returns the method.
    pub fn method(self) -> &'a Method {
        self.method
    }

    /// Returns the URI. Inside a nested axum router its path lacks the prefix.
    pub fn uri(self) -> &'a Uri {
        self.uri
    }

    /// Returns the version of HTTP.
    pub fn version(self) -> Version {
        self.version
    }

    /// Returns the headers.
    pub fn headers(self) -> &'a HeaderMap {
        self.headers
    }

    /// Returns the extensions.
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
    is_asked_about: bool,
}

impl SavedHead {
    pub(crate) fn save(head: RequestHead<'_>) -> Self {
        Self {
            method: head.method.clone(),
            uri: head.uri.clone(),
            version: head.version,
            headers: head.headers.clone(),
            extensions: head.extensions.clone(),
            is_asked_about: head.is_asked_about,
        }
    }

    pub(crate) fn head(&self) -> RequestHead<'_> {
        RequestHead {
            method: &self.method,
            uri: &self.uri,
            version: self.version,
            headers: &self.headers,
            extensions: &self.extensions,
            is_asked_about: self.is_asked_about,
        }
    }
}
