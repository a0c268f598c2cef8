//! Who was let in, for layers outside.

use std::borrow::Cow;
use std::fmt;

use http::Extensions;

use crate::verify::{Trusted, VerifiedToken};

/// Who was let in. [`JwtLayer`](crate::JwtLayer) puts one into the extensions of every response to a request with a good
/// token, for layers further out: an access log, metrics.
///
/// Also there if a guard or a handler refused the request afterwards, beside the [`Rejection`](crate::Rejection). Not there
/// if the request was anonymous, or was refused by the layer itself. Where layers nest, it is that of the inner
/// one. It gives no access to the token, its claims or its text.
///
/// # Examples
///
/// ```
/// use http::Response;
/// use keycard::request::Identity;
///
/// fn log_line<B>(response: &Response<B>) -> String {
///     let subject = Identity::of(response.extensions()).and_then(Identity::subject);
///     format!("{} for {}", response.status(), subject.as_deref().unwrap_or("nobody"))
/// }
/// assert_eq!(log_line(&Response::new(())), "200 OK for nobody");
/// ```
#[derive(Clone)]
pub struct Identity {
    // A clone shares what the request has: nothing is copied.
    token: VerifiedToken,
}

impl Identity {
    pub(crate) fn new(token: &VerifiedToken) -> Self {
        Self {
            token: token.clone(),
        }
    }

    /// Returns who was let in, from the extensions of a response.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Extensions;
    /// use keycard::request::Identity;
    ///
    /// fn tenant(of_response: &Extensions) -> Option<&str> {
    ///     Identity::of(of_response).map(Identity::trust)
    /// }
    /// assert_eq!(tenant(&Extensions::new()), None);
    /// ```
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Returns the `sub` claim: whom the token is about. It is personal data.
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.token.subject()
    }

    pub(crate) fn trusted(&self) -> &Trusted {
        self.token.trusted()
    }

    /// Returns the name of the trust whose token it is: see [`VerifiedToken::trust`].
    pub fn trust(&self) -> &str {
        self.token.trust()
    }
}

// A subject is personal data.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}
