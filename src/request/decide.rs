//! What to do with a request: let it in, refuse it, or wait for a key.

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{Method, Uri};
use zeroize::Zeroizing;

use super::credential::{Credential, Place, find, tokens_in};
use super::cross_site::CrossSite;
use super::head::RequestHead;
use super::presence::Presence;
use crate::cookie::{TokenCookie, is_loopback};
use crate::error::Reason;
use crate::rejection::{Rejection, RejectionKind};
use crate::trace;
use crate::verify::{Closed, Source, UnknownKey, VerifiedToken, Verifier};

/// What a layer lets in.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) verifier: Verifier,
    pub(crate) places: Vec<Place>,
    pub(crate) cross_site: CrossSite,
    pub(crate) optional: bool,
    pub(crate) allow_preflight: bool,
}

/// What becomes of a request.
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    /// Where the token was found that decided, good or bad.
    pub(crate) source: Option<Source>,
    /// Bad cookies that count as absent, and will never be good: their browser is to forget them.
    pub(crate) stale: Vec<TokenCookie>,
}

pub(crate) enum Outcome {
    Pass(Presence),
    Refuse(Rejection),
    /// The token names a key that is not known yet.
    Wait(Waiting),
}

/// A token whose key is not known, and which key that is.
pub(crate) struct Waiting {
    token: Zeroizing<Vec<u8>>,
    source: Source,
    key: UnknownKey,
    cookie: Option<TokenCookie>,
}

/// What becomes of a request after the wait: in or out, or a cookie that counts as absent.
pub(crate) type Settled = Result<Result<Presence, Rejection>, Absent>;

/// A cookie counts as absent; here it is if its browser is to forget it.
pub(crate) struct Absent(pub(crate) Option<TokenCookie>);

/// Tells whether the same token may be accepted later, by another instance or by another application of
/// the host: of a key that has just been added, or of a clock that is ahead.
fn may_become_good(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::UnknownKey
            | Reason::Signature
            | Reason::NotYetValid
            | Reason::IssuedInTheFuture
            | Reason::Issuer
            | Reason::Audience
            | Reason::Check(_)
    )
}

impl Entry {
    pub(crate) fn decide(&self, head: RequestHead<'_>) -> Decision {
        let mut decision = Decision {
            outcome: Outcome::Pass(Presence::Anonymous),
            source: None,
            stale: Vec::new(),
        };
        if self.has_development_cookie() && !is_loopback(head.uri(), head.headers()) {
            trace::error!(
                "a cookie of the development mode is in use on a host that is not loopback: build \
                 the TokenCookie without insecure_development"
            );
            decision.outcome = Outcome::Refuse(RejectionKind::DevelopmentCookie.into());
            return decision;
        }
        let longest = self.verifier.longest_token();
        for credential in find(&self.places, head, longest) {
            decision.source = Some(credential.source);
            match self.decide_credential(credential, head) {
                Ok(outcome) => {
                    decision.outcome = outcome;
                    return decision;
                }
                Err(Absent(cookie)) => decision.stale.extend(cookie),
            }
        }
        // A preflight never carries a credential: one that does has been decided about.
        let may_pass = self.optional || self.allow_preflight && is_preflight(head);
        if !may_pass {
            decision.outcome = Outcome::Refuse(RejectionKind::NoCredential.into());
        }
        decision
    }

    /// Decides about one credential, or finds that it is a cookie that counts as absent.
    fn decide_credential(
        &self,
        credential: Credential<'_>,
        head: RequestHead<'_>,
    ) -> Result<Outcome, Absent> {
        let Credential {
            token,
            source,
            place,
        } = credential;
        let cookie = match place {
            Place::Cookie(cookie) => Some(cookie),
            _ => None,
        };
        let decided = match token {
            Ok(token) => self.decide_token(&token, source, head),
            Err(what) => Err(Undecided::Refused(
                RejectionKind::InvalidRequest(what).into(),
            )),
        };
        match decided {
            Ok(token) => Ok(Outcome::Pass(Presence::Verified(token))),
            Err(Undecided::Refused(rejection)) => {
                self.refuse(rejection, cookie).map(Outcome::Refuse)
            }
            Err(Undecided::Wait(waiting)) => Ok(Outcome::Wait(Waiting {
                cookie: cookie.cloned(),
                ..waiting
            })),
        }
    }

    fn decide_token(
        &self,
        token: &[u8],
        source: Source,
        head: RequestHead<'_>,
    ) -> Result<VerifiedToken, Undecided> {
        // Browsers send a cookie whoever caused the request; nobody but its client sends a header.
        if source == Source::Cookie {
            self.cross_site.check(head).map_err(Undecided::Refused)?;
        }
        self.verifier
            .decide(token, source)
            .map_err(|closed| match closed {
                Closed::Refused(reason) => Undecided::Refused(reason.into()),
                Closed::Unavailable(outage) => {
                    Undecided::Refused(RejectionKind::Unavailable(outage).into())
                }
                Closed::UnknownKey(key) => Undecided::Wait(Waiting {
                    token: Zeroizing::new(token.to_vec()),
                    source,
                    key,
                    cookie: None,
                }),
            })
    }

    /// Refuses a token, unless it came in a cookie that may as well be absent: a stale cookie must
    /// not lock a browser out of its own login page.
    fn refuse(
        &self,
        rejection: Rejection,
        cookie: Option<&TokenCookie>,
    ) -> Result<Rejection, Absent> {
        let may_pass = match rejection.kind() {
            RejectionKind::InvalidToken(reason) => may_become_good(reason),
            RejectionKind::InvalidRequest(_) => false,
            _ => return Ok(rejection),
        };
        match cookie {
            Some(cookie) if self.optional => {
                trace::debug!(reason = %rejection, "a bad cookie counts as absent");
                Err(Absent((!may_pass).then(|| cookie.clone())))
            }
            _ => Ok(rejection),
        }
    }

    /// Decides about a token whose key was not known, after asking for it.
    pub(crate) async fn decide_later(self, waiting: Waiting) -> Settled {
        let Waiting {
            token,
            source,
            key,
            cookie,
        } = waiting;
        let decided = self.verifier.decide_after_refresh(&token, source, key);
        match decided.await {
            Ok(token) => Ok(Ok(Presence::Verified(token))),
            Err(error) => self.refuse(error.into(), cookie.as_ref()).map(Err),
        }
    }

    /// Returns the target of a request, without its query if there is a token in it.
    pub(crate) fn without_tokens(&self, uri: &Uri) -> Uri {
        let query = uri.query().unwrap_or_default();
        let has_token = self.places.iter().any(|place| match place {
            Place::Query(name) => tokens_in(query, name).next().is_some(),
            _ => false,
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

enum Undecided {
    Refused(Rejection),
    Wait(Waiting),
}

/// A browser asks whether it may send the real request; it never sends credentials along.
fn is_preflight(head: RequestHead<'_>) -> bool {
    head.method() == Method::OPTIONS
        && head.headers().contains_key(ORIGIN)
        && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
