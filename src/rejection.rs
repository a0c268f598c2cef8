//! Why a request is refused: one value for layer, guard, extractor and handler.

use std::fmt;
use std::sync::Arc;

use crate::error::{Outage, Reason};

/// Why a request is refused.
///
/// Guards, extractors and [`VerifiedToken::require`](crate::VerifiedToken::require) return one, and
/// [`JwtLayer`](crate::JwtLayer) turns it into the answer on the way out. After that it stays in the
/// extensions of the response, where layers further out can count it.
///
/// # Examples
///
/// ```
/// use http::Response;
/// use keycard::{Rejection, RejectionKind};
///
/// fn was_expired<B>(response: &Response<B>) -> bool {
///     response.extensions().get::<Rejection>().is_some_and(|rejection| {
///         rejection.kind() == RejectionKind::InvalidToken(keycard::Reason::Expired)
///     })
/// }
/// ```
#[derive(Clone, PartialEq)]
pub struct Rejection {
    kind: RejectionKind,
    scope: Option<Arc<str>>,
    answered: bool,
}

/// The classes of refusals, each with its own status and challenge.
///
/// # Examples
///
/// ```
/// use keycard::{Reason, Rejection, RejectionKind};
///
/// // The name of a metric.
/// fn counter(rejection: &Rejection) -> &'static str {
///     match rejection.kind() {
///         RejectionKind::InvalidToken(Reason::Expired) => "token_expired",
///         RejectionKind::InvalidToken(_) => "token_invalid",
///         RejectionKind::InsufficientScope | RejectionKind::Forbidden => "forbidden",
///         _ => "refused",
///     }
/// }
/// assert_eq!(counter(&Rejection::forbidden()), "forbidden");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RejectionKind {
    /// The request has no token, and needs one: 401.
    NoCredential,
    /// The request is malformed, for this reason: 400 (RFC 6750, section 3.1).
    InvalidRequest(&'static str),
    /// The token is refused: 401.
    InvalidToken(Reason),
    /// The token is good and lacks a scope: 403.
    InsufficientScope,
    /// The token is good, and its bearer may not do this: 403.
    Forbidden,
    /// Another site caused the request, and the token came in a cookie: 403.
    CrossSite,
    /// A cookie of the development mode is in use, and the host is no loopback one: 403.
    DevelopmentCookie,
    /// Something that the decision needs is out of reach: 503.
    Unavailable(Outage),
    /// No [`JwtLayer`](crate::JwtLayer) looked at the request, so nobody can tell who it is: 500.
    MissingLayer,
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        Self {
            kind,
            scope: None,
            answered: false,
        }
    }

    /// Names the scopes that would have been enough, as a challenge lists them.
    pub(crate) fn with_scope(mut self, scope: &str) -> Self {
        self.scope = (!scope.is_empty()).then(|| scope.into());
        self
    }

    /// Creates the rejection for "you may not do this": 403 without a word about why.
    ///
    /// For handlers that decide by more than the token.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Rejection;
    ///
    /// fn may_open(door: u32, room: u32) -> Result<(), Rejection> {
    ///     if door == room { Ok(()) } else { Err(Rejection::forbidden()) }
    /// }
    /// assert!(may_open(1, 2).is_err());
    /// ```
    pub fn forbidden() -> Self {
        Self::new(RejectionKind::Forbidden)
    }

    /// Returns the class of the refusal.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Reason, Rejection, RejectionKind};
    ///
    /// let rejection = Rejection::from(Reason::Expired);
    /// assert_eq!(rejection.kind(), RejectionKind::InvalidToken(Reason::Expired));
    /// ```
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// Returns the scopes that would have been enough, divided by spaces, if scopes are the matter.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Rejection;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").scope("rooms:read").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let rejection = token.require("minibar:write").unwrap_err();
    /// assert_eq!(rejection.scope(), Some("minibar:write"));
    /// assert_eq!(Rejection::forbidden().scope(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Tells whether a layer has made the answer already.
    pub(crate) fn is_answered(&self) -> bool {
        self.answered
    }

    pub(crate) fn answered(self) -> Self {
        Self {
            answered: true,
            ..self
        }
    }

    /// The same rejection on a way of its own: its answer has yet to be made.
    pub(crate) fn unanswered(self) -> Self {
        Self {
            answered: false,
            ..self
        }
    }
}

impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self::new(kind)
    }
}

impl From<Reason> for Rejection {
    fn from(reason: Reason) -> Self {
        Self::new(RejectionKind::InvalidToken(reason))
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejection").field(&self.kind).finish()
    }
}

/// For logs: says more than a client may know.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            RejectionKind::NoCredential => f.write_str("the request has no token"),
            RejectionKind::InvalidRequest(what) => f.write_str(what),
            RejectionKind::InvalidToken(reason) => reason.fmt(f),
            RejectionKind::InsufficientScope => {
                let needed = self.scope().unwrap_or_default();
                write!(f, "the token lacks a scope: it takes {needed}")
            }
            RejectionKind::Forbidden => f.write_str("the bearer of the token may not do this"),
            RejectionKind::CrossSite => f.write_str("another site caused the request"),
            RejectionKind::DevelopmentCookie => {
                f.write_str("a cookie of the development mode on a host that is not loopback")
            }
            RejectionKind::Unavailable(outage) => outage.fmt(f),
            RejectionKind::MissingLayer => f.write_str("no JwtLayer looked at the request"),
        }
    }
}

impl std::error::Error for Rejection {}
