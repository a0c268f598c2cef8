//! A token, and what came with it.

use std::fmt;

/// What a verifier decides about: a token, and where it was found.
///
/// Texts, bytes and a [`SignedToken`](crate::issue::SignedToken) convert into one, found in the header
/// unless said otherwise; the log names a source only if it was said. Its `Debug` shows nothing of the token.
///
/// # Examples
///
/// ```
/// use keycard::testing;
/// use keycard::verify::{Credential, Source};
///
/// let (issuer, verifier) = (testing::issuer(), testing::issuer().verifier());
/// let signed = issuer.token("anna").sign()?;
///
/// assert!(verifier.verify_now(&signed).is_ok());
/// assert!(verifier.verify_now(signed.as_str()).is_ok());
/// let message = Credential::from(&signed).found_in(Source::Custom("queue"));
/// assert_eq!(verifier.verify_now(message)?.source(), Source::Custom("queue"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Credential<'a> {
    token: &'a [u8],
    /// As far as somebody said it.
    source: Option<Source>,
}

/// Where a token was found.
///
/// # Examples
///
/// ```
/// use keycard::VerifiedToken;
/// use keycard::verify::Source;
///
/// async fn transfer(token: VerifiedToken) -> &'static str {
///     match token.source() {
///         Source::Cookie => "a browser, and a page of ours",
///         _ => "a program",
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Source {
    /// The `Authorization` header.
    Header,
    /// A cookie. Browsers send it by themselves, so the request was checked for its origin.
    Cookie,
    /// A header that others name, by its name. A proxy may have made it of a cookie, so the request was checked for
    /// its origin.
    NamedHeader(&'static str),
    /// A parameter of the query string, by its name.
    Query(&'static str),
    /// A source of the application, by the name that it was given.
    Custom(&'static str),
}

impl Source {
    /// Returns its name, for the log: that of the header, the application's own, or `header`, `cookie` or `query`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Query(_) => "query",
            Self::NamedHeader(name) | Self::Custom(name) => name,
        }
    }
}

impl Credential<'_> {
    /// Says where the token was found. The default is the header.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::verify::{Credential, Source};
    ///
    /// let credential = Credential::from("eyJ..").found_in(Source::Custom("queue"));
    /// assert_eq!(credential.source(), Source::Custom("queue"));
    /// ```
    #[must_use]
    pub fn found_in(mut self, source: Source) -> Self {
        self.source = Some(source);
        self
    }

    /// Returns where the token was found.
    pub fn source(&self) -> Source {
        self.source.unwrap_or(Source::Header)
    }

    /// For the log, which does not guess.
    pub(crate) fn said_source(&self) -> Option<Source> {
        self.source
    }
}

impl<'a> Credential<'a> {
    pub(crate) fn token(self) -> &'a [u8] {
        self.token
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> From<&'a T> for Credential<'a> {
    fn from(token: &'a T) -> Self {
        Self {
            token: token.as_ref(),
            source: None,
        }
    }
}

impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("source", &self.source())
            .finish_non_exhaustive()
    }
}
