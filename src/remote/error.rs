//! Why there are no keys from elsewhere.

use std::fmt;

/// What kind of thing went wrong when keys were fetched: for metrics, alarms and tests.
///
/// # Examples
///
/// ```
/// use keycard::remote::{Failure, RemoteKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let refused = RemoteKeys::discover("http://idp.example").await;
/// assert_eq!(refused.err().map(|error| error.failure()), Some(Failure::Configuration));
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Failure {
    /// A setting is invalid, whatever the other side answers.
    Configuration,
    /// No connection was made, or it broke.
    Connection,
    /// The certificate of the other side is not trusted.
    Certificate,
    /// There was no whole answer in time.
    Timeout,
    /// The other side answered with this status.
    Status(u16),
    /// The other side pointed to another address.
    Redirect,
    /// The answer is longer than the limit.
    TooLong,
    /// The answer is not of a JSON type, as its `Content-Type` says.
    ContentType,
    /// The answer is not what was asked for: a JWK Set, or the metadata of an issuer.
    Malformed,
    /// The set has more keys than the limit.
    TooManyKeys,
    /// No key of the set can be used.
    NoKeys,
    /// The metadata is that of another issuer.
    Issuer,
    /// The metadata points to keys at an address that cannot be used.
    KeyAddress,
    /// The file with the bearer token cannot be read.
    BearerToken,
    /// The runtime that was to fetch them ended, or something in it panicked.
    Interrupted,
}

impl Failure {
    /// Returns a name for logs and metrics, one of few.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Connection => "connection",
            Self::Certificate => "certificate",
            Self::Timeout => "timeout",
            Self::Status(_) => "status",
            Self::Redirect => "redirect",
            Self::TooLong => "too_long",
            Self::ContentType => "content_type",
            Self::Malformed => "malformed",
            Self::TooManyKeys => "too_many_keys",
            Self::NoKeys => "no_keys",
            Self::Issuer => "issuer",
            Self::KeyAddress => "key_address",
            Self::BearerToken => "bearer_token",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why keys could not be had from elsewhere. `Display` says what to do about it.
///
/// # Examples
///
/// ```
/// use keycard::remote::RemoteKeys;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = RemoteKeys::discover("https://idp.example?tenant=7").await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the issuer \"https://idp.example?tenant=7\" has a query or a fragment, which RFC 8414, section 2, forbids"
/// );
/// # }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct RemoteError {
    failure: Failure,
    sentence: Box<str>,
}

impl RemoteError {
    pub(super) fn new(failure: Failure, sentence: impl Into<Box<str>>) -> Self {
        let sentence = sentence.into();
        Self { failure, sentence }
    }

    pub(super) fn configuration(sentence: impl Into<Box<str>>) -> Self {
        Self::new(Failure::Configuration, sentence)
    }

    /// Returns what kind of thing went wrong.
    pub const fn failure(&self) -> Failure {
        self.failure
    }
}

/// Its kind, and the sentence: a `main` that returns the error prints this and nothing else.
impl fmt::Debug for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.failure)
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for RemoteError {}
