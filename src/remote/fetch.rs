//! One question to the other side: the seam below which an HTTP client sits.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response};

use super::error::Failure;
use crate::future::BoxFuture;

/// What is asked for: a GET of one address.
///
/// `Debug` does not show headers, as one may hold a bearer token.
///
/// # Examples
///
/// ```
/// use keycard::remote::FetchRequest;
///
/// fn describe(request: &FetchRequest) -> String {
///     format!("GET {}, at most {} bytes", request.url(), request.max_bytes())
/// }
/// ```
pub struct FetchRequest {
    pub(super) url: Box<str>,
    pub(super) headers: HeaderMap,
    pub(super) max_bytes: usize,
}

impl FetchRequest {
    /// Returns the address, whole. It is `https`, or a plain one that was allowed.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the headers to send: `Accept`, and where they apply `If-None-Match` and `Authorization`.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns how long the body of the answer may be, after it was decompressed if it was compressed.
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest")
            .field("max_bytes", &self.max_bytes)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
///
/// # Examples
///
/// ```
/// use keycard::remote::{Failure, FetchError};
///
/// let error = FetchError::new(Failure::Connection, "connection refused");
/// assert_eq!(error.to_string(), "connection refused");
/// ```
pub struct FetchError {
    failure: Failure,
    cause: Box<dyn Error + Send + Sync>,
}

impl FetchError {
    /// Creates an error of this kind: [`Failure::Connection`], [`Failure::Certificate`], [`Failure::Timeout`] or
    /// [`Failure::TooLong`], as a rule. What `cause` says ends up in the log.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::{Failure, FetchError};
    ///
    /// fn broken(error: std::io::Error) -> FetchError {
    ///     FetchError::new(Failure::Connection, error)
    /// }
    /// ```
    pub fn new(failure: Failure, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        Self { failure, cause }
    }

    pub(super) const fn failure(&self) -> Failure {
        self.failure
    }
}

/// With the causes below it: the first alone seldom says more than that it failed.
impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cause)?;
        let mut cause = self.cause.source();
        while let Some(below) = cause {
            write!(f, ": {below}")?;
            cause = below.source();
        }
        Ok(())
    }
}

impl fmt::Debug for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.failure)
    }
}

impl Error for FetchError {}

/// An HTTP client, as far as keys need one: it asks once and hands on what it is told.
///
/// When to ask, for how long, what is believed, and what happens if there is no answer is not its affair. It must
/// **not follow redirects**, must not read more than [`FetchRequest::max_bytes`], and need not watch the time: the
/// future is dropped when it takes too long. A [`reqwest::Client`] is one; by default there is one with rustls that does all of this.
///
/// # Examples
///
/// Keys through a proxy of the company:
///
/// ```no_run
/// use keycard::remote::RemoteKeys;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = reqwest::Client::builder()
///     .redirect(reqwest::redirect::Policy::none())
///     .proxy(reqwest::Proxy::https("http://proxy.internal:3128")?)
///     .build()?;
/// let keys = RemoteKeys::builder("https://idp.example").fetch(client).connect().await?;
/// # Ok(())
/// # }
/// ```
pub trait Fetch: Send + Sync + 'static {
    /// Sends the request, and returns the answer whatever its status is.
    ///
    /// # Errors
    ///
    /// There was no answer, or one that is too long.
    fn fetch<'a>(
        &'a self,
        request: &'a FetchRequest,
    ) -> BoxFuture<'a, Result<Response<Bytes>, FetchError>>;
}
