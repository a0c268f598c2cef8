//! What to do with a request: let it in, refuse it, or wait for a key.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderName, Method, Uri};
use zeroize::Zeroizing;

use super::credential::{Located, Place, find, tokens_in};
use super::cross_site::{CrossSite, Site, host_of};
use super::forward_auth::{ForwardAuth, Original, Unasked, is_question};
use super::head::RequestHead;
use super::hint::{Hint, Hints};
use super::loopback::is_loopback;
use super::presence::Presence;
use crate::cookie::{SetCookie, TokenCookie};
use crate::observe::{Event, Sparingly, observe};
use crate::rejection::{Fate, Rejection, RejectionKind, is_about_cookies};
use crate::verify::{Cause, Credential, Source, Trusted, VerifiedToken, Verifier, Wanting};

/// How a layer lets requests in.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) verifier: Verifier,
    pub(crate) places: Vec<Place>,
    pub(crate) cross_site: CrossSite,
    pub(crate) optional: bool,
    pub(crate) allow_preflight: bool,
    pub(crate) forward_auth: Option<ForwardAuth>,
    /// Anybody can cause a line of the log.
    pub(crate) sparingly: Arc<Sparingly>,
    pub(crate) hints: Arc<Hints>,
    /// Headers with tokens that are not marked as sensitive anyway.
    pub(crate) named_headers: Vec<HeaderName>,
}

/// What to do with a request.
pub(crate) struct Decision<'a> {
    pub(crate) outcome: Outcome,
    /// Where the token was found that decided.
    pub(crate) source: Option<Source>,
    /// Whose token it says to be.
    pub(crate) trust: Option<Arc<Trusted>>,
    /// Cookies whose tokens never become good again: the answer removes them.
    pub(crate) stale: Vec<SetCookie>,
    /// What is worth a line in the log whatever comes of the request.
    pub(crate) events: Vec<Event<'a>>,
}

pub(crate) enum Outcome {
    Pass(Presence),
    Refuse(Rejection),
    /// The token names a key that may come: ask for it, without the request, and decide then.
    /// Boxed, as it is rare and large.
    Wait(Box<Waiting>),
}

/// A token that waits for a key.
pub(crate) struct Waiting {
    token: Zeroizing<Vec<u8>>,
    source: Source,
    trust: Arc<Trusted>,
    wanting: Box<Wanting>,
    cookie: Option<TokenCookie>,
}

/// What came of a token that had to wait.
pub(crate) enum Settled {
    Pass(Presence),
    Refuse(Rejection),
    /// The cookie counts as absent for this reason, and what becomes of it.
    Ignore(Rejection, Option<SetCookie>),
}

/// What came of one token.
enum Decided {
    Settled(Settled),
    Wait(Box<Waiting>),
}

impl<'a> Decision<'a> {
    fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            source: None,
            trust: None,
            stale: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Whether another site caused the request matters for what browsers send unasked, or a proxy makes of it:
    /// nobody but its client sends another header.
    fn note_site(&mut self, rule: &'a CrossSite, head: RequestHead<'a>) -> Result<(), Rejection> {
        let site = rule.check(head);
        self.events.extend(rule.event(site, head));
        match site {
            Site::Own | Site::Reported => Ok(()),
            Site::Foreign => Err(RejectionKind::CrossSite.into()),
        }
    }
}

impl Entry {
    /// Decides about a request. Never waits.
    pub(crate) fn decide<'a>(&'a self, head: RequestHead<'a>) -> Decision<'a> {
        let mut decision = Decision::new(Outcome::Pass(Presence::Anonymous));
        if self.has_development_cookie() && !is_loopback(head.uri(), head.headers()) {
            let count = self.sparingly.pick();
            let event = count.map(|count| Event::DevelopmentCookie { count });
            decision.events.extend(event);
            decision.outcome = Outcome::Refuse(RejectionKind::DevelopmentCookie.into());
            return decision;
        }
        for located in find(&self.places, head, self.verifier.longest_token()) {
            decision.source = Some(located.source);
            decision.trust = None;
            decision.outcome = match self.decide_located(&mut decision, located, head) {
                Decided::Settled(Settled::Pass(presence)) => Outcome::Pass(presence),
                Decided::Settled(Settled::Refuse(rejection)) => Outcome::Refuse(rejection),
                Decided::Wait(waiting) => Outcome::Wait(waiting),
                Decided::Settled(Settled::Ignore(reason, removed)) => {
                    decision.events.push(Event::CookieIgnored(reason));
                    decision.stale.extend(removed);
                    continue;
                }
            };
            return decision;
        }
        // A preflight never carries a credential: one that does has been decided about.
        let may_pass = self.optional || self.allow_preflight && is_preflight(head);
        if !may_pass {
            decision.events.extend(self.hint(head));
            decision.outcome = Outcome::Refuse(RejectionKind::NoCredential.into());
        }
        decision
    }

    fn decide_located<'a>(
        &'a self,
        decision: &mut Decision<'a>,
        located: Located<'_>,
        head: RequestHead<'a>,
    ) -> Decided {
        let cookie = match located.place {
            Place::Cookie(cookie) => Some(cookie),
            Place::Header | Place::NamedHeader(..) | Place::Query(_) | Place::Custom(..) => None,
        };
        let token = match located.token {
            Ok(token) => token,
            Err(what) => {
                let malformed = RejectionKind::InvalidRequest(what).into();
                let doubled = cookie.filter(|_| is_about_cookies(what));
                let removed = doubled.map(|cookie| cookie.clear_everywhere(&host_name(head)));
                decision.stale.extend(removed);
                return Decided::Settled(match doubled.filter(|_| self.optional) {
                    Some(_) => Settled::Ignore(malformed, None),
                    None => Settled::Refuse(malformed),
                });
            }
        };
        if located.place.may_be_sent_unasked() {
            decision.events.extend(self.note_question(head));
            if let Err(rejection) = decision.note_site(&self.cross_site, head) {
                return Decided::Settled(Settled::Refuse(rejection));
            }
        }
        let credential = Credential::from(&token).found_in(located.source);
        let denied = match self.verifier.decide(credential) {
            Ok(token) => return Decided::Settled(Settled::pass(token)),
            Err(denied) => denied,
        };
        let rejection = denied.rejection();
        decision.trust = denied.trust;
        match (denied.cause, &decision.trust) {
            (Cause::UnknownKey(wanting), Some(trust)) => Decided::Wait(Box::new(Waiting {
                token: Zeroizing::new(token.to_vec()),
                source: located.source,
                trust: Arc::clone(trust),
                wanting,
                cookie: cookie.cloned(),
            })),
            _ => Decided::Settled(self.refuse(rejection, cookie)),
        }
    }

    /// Returns why a request may have come without a token, if it shows.
    fn hint(&self, head: RequestHead<'_>) -> Option<Event<'static>> {
        let of_place = |place: &Place| match place {
            Place::Cookie(cookie) => Hint::of_cookie(cookie, head),
            _ => None,
        };
        let hint = Hint::of_header(head, is_preflight(head));
        let hint = hint.or_else(|| self.places.iter().find_map(of_place))?;
        self.hints.event(hint)
    }

    /// Returns the request that a proxy asks about; nothing if no proxy asks.
    pub(crate) fn original(&self, head: RequestHead<'_>) -> Result<Option<Original>, Rejection> {
        let Some(forward_auth) = &self.forward_auth else {
            return Ok(None);
        };
        forward_auth
            .original(head.headers())
            .map(Some)
            .map_err(|unasked| {
                let what = match unasked {
                    Unasked::Malformed(what) => what,
                    Unasked::Missing(header) => {
                        if let Some(count) = self.sparingly.pick() {
                            observe(&Event::Unasked { header, count });
                        }
                        "the proxy does not say what it asks about"
                    }
                };
                RejectionKind::InvalidRequest(what).into()
            })
    }

    /// Who asks about a request with a cookie means another method than this one, and is not understood.
    fn note_question(&self, head: RequestHead<'_>) -> Option<Event<'static>> {
        let is_unread = self.forward_auth.is_none() && is_question(head.headers());
        let count = is_unread.then(|| self.sparingly.pick())??;
        Some(Event::UnreadQuestion { count })
    }

    /// In the optional mode, a cookie that is not good counts as absent: else it would lock its browser out
    /// of the login page. It is removed too if it never becomes good.
    fn refuse(&self, rejection: Rejection, cookie: Option<&TokenCookie>) -> Settled {
        let Some(cookie) = cookie.filter(|_| self.optional) else {
            return Settled::Refuse(rejection);
        };
        match rejection.kind().fate_of_cookie() {
            Fate::Decides => Settled::Refuse(rejection),
            Fate::Ignored => Settled::Ignore(rejection, None),
            Fate::Removed => Settled::Ignore(rejection, Some(cookie.remove())),
        }
    }

    /// Decides about a token that had to wait.
    pub(crate) async fn decide_later(&self, waiting: Box<Waiting>) -> Settled {
        let Waiting {
            token,
            source,
            trust,
            wanting,
            cookie,
        } = *waiting;
        let credential = Credential::from(token.as_slice()).found_in(source);
        let verifier = &self.verifier;
        match verifier
            .decide_after_refresh(credential, &trust, &wanting)
            .await
        {
            Ok(token) => Settled::pass(token),
            Err(denied) => self.refuse(denied.rejection(), cookie.as_ref()),
        }
    }

    /// Returns the address without the tokens that its query may have.
    pub(crate) fn without_tokens(&self, uri: &Uri) -> Uri {
        let query = uri.query().unwrap_or_default();
        let has_token = self.places.iter().any(|place| match place {
            Place::Query(name) => tokens_in(query, name).next().is_some(),
            Place::Header | Place::NamedHeader(..) | Place::Cookie(_) | Place::Custom(..) => false,
        });
        if !has_token {
            return uri.clone();
        }
        let path = Uri::builder().path_and_query(uri.path()).build();
        path.unwrap_or_default()
    }

    fn has_development_cookie(&self) -> bool {
        self.places
            .iter()
            .any(|place| matches!(place, Place::Cookie(cookie) if cookie.is_for_development()))
    }
}

impl Settled {
    fn pass(token: VerifiedToken) -> Self {
        Self::Pass(Presence::Verified(token))
    }
}

/// How many bytes a name of DNS has at most, with a port (RFC 1035, section 2.3.4).
const LONGEST_HOST: usize = 253 + ":65535".len();

/// Returns the host that a request was sent to, as far as it is a name. It goes into an answer, and a stranger may have
/// written it.
fn host_name(head: RequestHead<'_>) -> Cow<'_, str> {
    let host = host_of(head).filter(|host| host.len() <= LONGEST_HOST);
    String::from_utf8_lossy(host.unwrap_or_default())
}

fn is_preflight(head: RequestHead<'_>) -> bool {
    head.method() == Method::OPTIONS
        && head.headers().contains_key(ORIGIN)
        && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
