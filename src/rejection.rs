//! Why a request is refused: one value for layer, guard, extractor and handler.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Outage, Reason};
use crate::refusal::{Detail, Refusal};
use crate::step_up::StepUp;

/// The request is malformed, and its browser does not get out of this by itself. A login does, as the cookies are
/// removed.
pub(crate) fn is_about_cookies(what: &str) -> bool {
    matches!(what, TWO_COOKIES | BROKEN_COOKIE)
}

pub(crate) const TWO_COOKIES: &str = "two cookies of the name";
pub(crate) const BROKEN_COOKIE: &str = "parts of a cookie that do not make one";

/// How many bytes of scopes a challenge has at most, as some are made of what a client sent.
const LONGEST_SCOPE: usize = 2048;

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
/// use keycard::Rejection;
/// use keycard::answer::RejectionKind;
///
/// fn was_expired<B>(response: &Response<B>) -> bool {
///     response.extensions().get::<Rejection>().is_some_and(|rejection| {
///         rejection.kind() == RejectionKind::InvalidToken(keycard::verify::Reason::Expired)
///     })
/// }
/// ```
#[derive(Clone)]
pub struct Rejection {
    kind: RejectionKind,
    scope: Option<Arc<str>>,
    step_up: Option<Arc<StepUp>>,
    claim: Option<Cow<'static, str>>,
    detail: Option<Detail>,
    note: Option<Note>,
}

/// A rule, as far as the log shows it.
pub(crate) type RuleText = dyn fmt::Debug + Send + Sync;

/// Two rejections are equal if they say the same: the class, the scopes, the login and the claim.
impl PartialEq for Rejection {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.scope == other.scope
            && self.step_up == other.step_up
            && self.claim == other.claim
    }
}

/// What the log says besides.
#[derive(Clone)]
pub(crate) enum Note {
    /// The payload of a good token does not fit the type of a handler.
    Unfit(Arc<Unfit>),
    /// Who looked for a layer in vain.
    WantedBy(&'static str),
    /// The token does not keep this rule.
    Rule(Arc<RuleText>),
    /// The rule has a part that nobody can satisfy.
    Impossible(Arc<RuleText>),
}

/// How a payload does not fit a type. Never says what stands in it.
pub(crate) struct Unfit {
    pub(crate) wanted: &'static str,
    pub(crate) path: String,
    pub(crate) problem: String,
}

/// The classes of refusals, each with its own status and challenge.
///
/// # Examples
///
/// ```
/// use keycard::Rejection;
/// use keycard::answer::RejectionKind;
/// use keycard::verify::Reason;
///
/// // The name of a metric.
/// fn counter(rejection: &Rejection) -> &'static str {
///     match rejection.kind() {
///         RejectionKind::InvalidToken(reason) if reason.is_expiry() => "token_expired",
///         RejectionKind::InvalidToken(_) => "token_invalid",
///         RejectionKind::InsufficientScope | RejectionKind::Forbidden => "forbidden",
///         _ => "refused",
///     }
/// }
/// assert_eq!(counter(&Rejection::forbidden()), "forbidden");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[doc(alias = "grpc")]
pub enum RejectionKind {
    /// The request has no token, and needs one: 401.
    NoCredential,
    /// The request is malformed, for this reason: 400 (RFC 6750, section 3.1).
    InvalidRequest(&'static str),
    /// The token is refused: 401.
    InvalidToken(Reason),
    /// The token is good and lacks a scope: 403.
    InsufficientScope,
    /// The token is good, and the login behind it was too weak or too long ago: 401 (RFC 9470, section 3).
    InsufficientUserAuthentication,
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

impl RejectionKind {
    /// Tells whether a browser should be sent to the login page.
    pub(crate) fn login_helps(self) -> bool {
        match self {
            Self::NoCredential | Self::InsufficientUserAuthentication => true,
            Self::InvalidRequest(what) => is_about_cookies(what),
            Self::InvalidToken(reason) => reason.login_helps(),
            Self::InsufficientScope
            | Self::Forbidden
            | Self::CrossSite
            | Self::DevelopmentCookie
            | Self::Unavailable(_)
            | Self::MissingLayer => false,
        }
    }

    /// Tells how a cookie fares that is the cause of it, where a request without any would do.
    pub(crate) const fn fate_of_cookie(self) -> Fate {
        match self {
            Self::InvalidToken(reason) if reason.may_become_good() => Fate::Ignored,
            Self::InvalidToken(_) => Fate::Removed,
            Self::NoCredential
            | Self::InvalidRequest(_)
            | Self::InsufficientScope
            | Self::InsufficientUserAuthentication
            | Self::Forbidden
            | Self::CrossSite
            | Self::DevelopmentCookie
            | Self::Unavailable(_)
            | Self::MissingLayer => Fate::Decides,
        }
    }
}

/// What becomes of a cookie whose token is not good, in a layer that greets everybody.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// The request is refused for it.
    Decides,
    /// The request is anonymous.
    Ignored,
    /// The request is anonymous, and the answer removes the cookie.
    Removed,
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        Self {
            kind,
            scope: None,
            step_up: None,
            claim: None,
            detail: None,
            note: None,
        }
    }

    /// Names the scopes that would have been enough, as a challenge lists them.
    pub(crate) fn with_scope(mut self, scope: &str) -> Self {
        let fits = (1..=LONGEST_SCOPE).contains(&scope.len());
        self.scope = fits.then(|| scope.into());
        self
    }

    /// Says what a login has to be like.
    pub(crate) fn with_step_up(mut self, step_up: Option<StepUp>) -> Self {
        self.step_up = step_up.map(Arc::new);
        self
    }

    /// Says which claim is the matter, and how.
    pub(crate) fn with_claim(mut self, claim: &'static str, detail: Detail) -> Self {
        self.claim = Some(Cow::Borrowed(claim));
        self.detail = Some(detail);
        self
    }

    pub(crate) fn with_note(mut self, note: Note) -> Self {
        self.note = Some(note);
        self
    }

    pub(crate) fn missing_layer(wanted_by: &'static str) -> Self {
        Self::new(RejectionKind::MissingLayer).with_note(Note::WantedBy(wanted_by))
    }

    pub(crate) fn unfit(unfit: Unfit) -> Self {
        let claim = Some(Cow::Owned(unfit.path.clone()));
        let rejection = Self::from(Reason::Payload).with_note(Note::Unfit(Arc::new(unfit)));
        Self { claim, ..rejection }
    }

    pub(crate) fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// Returns the rule that the token does not keep, for the log.
    pub(crate) fn rule(&self) -> Option<String> {
        match &self.note {
            Some(Note::Rule(rule) | Note::Impossible(rule)) => Some(format!("{rule:?}")),
            Some(Note::Unfit(_) | Note::WantedBy(_)) | None => None,
        }
    }

    /// Returns what was expected instead, as it was configured, for the log.
    pub(crate) fn expected(&self) -> Option<String> {
        self.detail.as_ref().and_then(Detail::expected)
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
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// Returns the scopes that would have been enough, divided by spaces, if scopes are the matter. More than
    /// 2,048 bytes of them are told to nobody: servers and proxies drop an answer with such a header.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// Returns the classes of which a login has to be one, divided by spaces, the best one first, if that is asked for
    /// (RFC 9470, section 3): the `acr_values` of the challenge, and of an authorization request.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::rule::acr;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let token = issuer.verifier().verify_now(&issuer.token("anna").acr("password").sign()?)?;
    /// let refused = token.require(acr(["passkey", "otp"])).unwrap_err();
    /// assert_eq!(refused.acr_values(), Some("passkey otp"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn acr_values(&self) -> Option<&str> {
        self.step_up.as_deref()?.acr_values()
    }

    /// Returns how long ago a login may be at most, in whole seconds, if that is asked for (RFC 9470, section 3).
    pub fn max_age(&self) -> Option<Duration> {
        self.step_up.as_deref()?.max_age()
    }

    /// Returns the claim that is missing or of the wrong type, `cnf` if it binds the token, or `acr` or `auth_time` if the
    /// login does not do; if the payload
    /// does not fit the type of a handler, the place in it, as in `.rooms[1].number`. Its value is told to
    /// nobody.
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
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

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self {
            claim: refusal.claim,
            detail: refusal.detail,
            ..refusal.reason.into()
        }
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
                let needed = self.scope().unwrap_or("too many to tell");
                write!(f, "the token lacks a scope: it takes {needed}")
            }
            RejectionKind::InsufficientUserAuthentication => {
                f.write_str("the login behind the token is too weak or too long ago")
            }
            RejectionKind::Forbidden => f.write_str("the bearer of the token may not do this"),
            RejectionKind::CrossSite => f.write_str("another site caused the request"),
            RejectionKind::DevelopmentCookie => {
                f.write_str("a cookie of the development mode on a host that is not loopback")
            }
            RejectionKind::Unavailable(outage) => outage.fmt(f),
            RejectionKind::MissingLayer => f.write_str("no JwtLayer looked at the request"),
        }?;
        match (&self.claim, &self.detail) {
            // The log says more about a payload, on a line of its own.
            (Some(_), _) if matches!(self.note, Some(Note::Unfit(_))) => Ok(()),
            (Some(claim), Some(detail)) => write!(f, ": {claim} {detail}"),
            (Some(claim), None) => write!(f, ": {claim}"),
            (None, Some(detail)) => write!(f, ": {detail}"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Kind;

    #[test]
    fn rejections_are_equal_if_they_say_the_same() {
        let missing = |claim: &'static str| Rejection::from(Refusal::missing(claim));
        assert_eq!(missing("exp"), missing("exp"));
        assert_ne!(missing("exp"), missing("aud"));
        assert_ne!(missing("exp"), Rejection::from(Reason::MissingClaim));
        let wanted_by = Rejection::missing_layer("a guard");
        assert_eq!(wanted_by, RejectionKind::MissingLayer.into());
        let scope = |scope| Rejection::new(RejectionKind::InsufficientScope).with_scope(scope);
        assert_ne!(scope("a"), scope("b"));
    }

    #[test]
    fn a_claim_is_named_and_its_value_is_not() {
        let missing = Rejection::from(Refusal::missing("exp"));
        assert_eq!(missing.claim(), Some("exp"));
        assert_eq!(missing.to_string(), "a required claim is missing: exp");
        let ill_typed = Rejection::from(Refusal::ill_typed("sub", Kind::Null, "a string"));
        let text = "a registered claim is of the wrong type: sub has to be a string, and is null";
        assert_eq!(ill_typed.to_string(), text);
    }
}
