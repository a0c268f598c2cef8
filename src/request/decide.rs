//! What to do with a request: let it in, refuse it, or wait for a key.

use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use zeroize::Zeroizing;

use super::credential::{Place, find};
use super::cross_site::CrossSite;
use super::head::RequestHead;
use super::presence::Presence;
use crate::cookie::{TokenCookie, is_loopback};
use crate::keys::KeySet;
use crate::rejection::{Rejection, RejectionKind};
use crate::trace;
use crate::verify::{Closed, Source, VerifiedToken, Verifier};

/// What a layer lets in.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) verifier: Verifier,
    pub(crate) places: Vec<Place>,
    pub(crate) cross_site: CrossSite,
    pub(crate) optional: bool,
    pub(crate) allow_preflight: bool,
}

/// What becomes of a request, and where its token was found, good or bad.
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    pub(crate) source: Option<Source>,
}

pub(crate) enum Outcome {
    Pass(Presence),
    /// The cookie is bad and counts as absent: its browser is to forget it.
    PassWithoutCookie,
    Refuse(Rejection),
    /// The token names a key that is not known yet.
    Wait(Waiting),
}

/// A token whose key is not known, and the keys that were not enough.
pub(crate) struct Waiting {
    token: Zeroizing<Vec<u8>>,
    source: Source,
    stale: Option<KeySet>,
}

impl Entry {
    pub(crate) fn decide(&self, head: RequestHead<'_>) -> Decision {
        let without_token = |outcome| Decision {
            outcome,
            source: None,
        };
        if self.has_development_cookie() && !is_loopback(head.uri(), head.headers()) {
            trace::error!(
                "a cookie of the development mode is in use on a host that is not loopback: build \
                 the TokenCookie without insecure_development"
            );
            return without_token(Outcome::Refuse(RejectionKind::DevelopmentCookie.into()));
        }
        let Some(credential) = find(&self.places, head) else {
            // A preflight never carries a credential: one that does is none.
            let may_pass = self.optional || self.allow_preflight && is_preflight(head);
            return without_token(if may_pass {
                Outcome::Pass(Presence::Anonymous)
            } else {
                Outcome::Refuse(RejectionKind::NoCredential.into())
            });
        };
        let source = credential.source;
        let decided = match credential.token {
            Ok(token) => self.decide_token(&token, source, head),
            Err(what) => Err(Undecided::Refused(
                RejectionKind::InvalidRequest(what).into(),
            )),
        };
        Decision {
            outcome: match decided {
                Ok(token) => Outcome::Pass(Presence::Verified(token)),
                Err(Undecided::Refused(rejection)) => self.refuse(rejection, source),
                Err(Undecided::Wait(waiting)) => Outcome::Wait(waiting),
            },
            source: Some(source),
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
                Closed::UnknownKey(stale) => Undecided::Wait(Waiting {
                    token: Zeroizing::new(token.to_vec()),
                    source,
                    stale,
                }),
            })
    }

    /// Refuses a token, unless it came in a cookie that may as well be absent: a stale cookie must
    /// not lock a browser out of its own login page.
    pub(crate) fn refuse(&self, rejection: Rejection, source: Source) -> Outcome {
        let is_bad_token = matches!(
            rejection.kind(),
            RejectionKind::InvalidToken(_) | RejectionKind::InvalidRequest(_)
        );
        if self.optional && source == Source::Cookie && is_bad_token {
            trace::debug!(reason = %rejection, "a bad cookie counts as absent");
            Outcome::PassWithoutCookie
        } else {
            Outcome::Refuse(rejection)
        }
    }

    /// Decides about a token whose key was not known, after asking for it.
    pub(crate) async fn decide_later(
        verifier: Verifier,
        waiting: Waiting,
    ) -> Result<VerifiedToken, Rejection> {
        let Waiting {
            token,
            source,
            stale,
        } = waiting;
        verifier
            .decide_after_refresh(&token, source, stale)
            .await
            .map_err(Rejection::from)
    }

    pub(crate) fn cookies(&self) -> impl Iterator<Item = &TokenCookie> {
        self.places.iter().filter_map(|place| match place {
            Place::Cookie(cookie) => Some(cookie),
            _ => None,
        })
    }

    fn has_development_cookie(&self) -> bool {
        self.cookies().any(TokenCookie::is_for_development)
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
