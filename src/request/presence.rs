//! Who a request comes from, as far as its token tells.

use http::Extensions;

use crate::rejection::Rejection;
use crate::verify::VerifiedToken;

/// Who a request comes from. [`JwtLayer`](crate::JwtLayer) puts one into the extensions of every
/// request that it lets through.
///
/// # Examples
///
/// In any tower service:
///
/// ```
/// use http::Request;
/// use keycard::request::Presence;
///
/// fn greeting<B>(request: &Request<B>) -> String {
///     match Presence::of(request.extensions()) {
///         Some(Presence::Verified(token)) => match token.subject() {
///             Some(subject) => format!("welcome back, {subject}"),
///             None => "welcome back".to_owned(),
///         },
///         Some(Presence::Anonymous) => "welcome".to_owned(),
///         None => unreachable!("the layer is missing"),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is a token or there is none")]
pub enum Presence {
    /// The request has no token, and the layer is optional.
    Anonymous,
    /// The request has a good token.
    Verified(VerifiedToken),
}

impl Presence {
    /// Returns what the layer found; nothing if there is no layer around this code.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::request::Presence;
    ///
    /// fn has_layer<B>(request: &Request<B>) -> bool {
    ///     Presence::of(request.extensions()).is_some()
    /// }
    /// let mut request = Request::new(());
    /// assert!(!has_layer(&request));
    /// request.extensions_mut().insert(Presence::Anonymous);
    /// assert!(has_layer(&request));
    /// ```
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// Returns the token, if there is one.
    pub fn token(&self) -> Option<&VerifiedToken> {
        match self {
            Self::Anonymous => None,
            Self::Verified(token) => Some(token),
        }
    }

    /// Returns the token of a request, nothing if it is anonymous.
    ///
    /// `wanted_by` names the code that cannot do without a layer.
    pub(crate) fn token_of<'a>(
        extensions: &'a Extensions,
        wanted_by: &'static str,
    ) -> Result<Option<&'a VerifiedToken>, Rejection> {
        if let Some(presence) = Self::of(extensions) {
            return Ok(presence.token());
        }
        Err(Rejection::missing_layer(wanted_by))
    }
}

impl VerifiedToken {
    /// Returns the token of a request from its extensions, if it has one.
    ///
    /// For code without extractors: middleware, plain tower services. They have to stand inside of the
    /// [`JwtLayer`](crate::JwtLayer), which with axum is to be added before it.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::VerifiedToken;
    ///
    /// fn log_line<B>(request: &Request<B>) -> String {
    ///     let token = VerifiedToken::of(request.extensions());
    ///     let subject = token.and_then(VerifiedToken::subject);
    ///     format!("{} by {}", request.uri().path(), subject.as_deref().unwrap_or("anybody"))
    /// }
    /// ```
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        Presence::of(extensions)?.token()
    }
}
