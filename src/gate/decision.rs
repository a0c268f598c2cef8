//! The gate, and what it says of a request.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use super::reply::Reply;
use super::settings::Settings;
use crate::observe::{Event, observe, stopwatch};
use crate::rejection::Rejection;
use crate::request::{Outcome, Presence, RequestHead, Settled, Waiting, mark_sensitive};

/// Decides about requests, and makes the answers to those that it refuses.
///
/// Made by [`JwtLayer::gate`](crate::JwtLayer::gate), whose settings it has. Cheap to clone.
///
/// # Examples
///
/// What an adapter for another framework does:
///
/// ```
/// use bytes::Bytes;
/// use http::{HeaderMap, Request, Response};
/// use keycard::gate::Gate;
/// use keycard::VerifiedToken;
///
/// async fn serve(gate: &Gate, mut request: Request<()>) -> Response<Bytes> {
///     let reply = match gate.admit(&mut request).await {
///         Ok(reply) => reply,
///         Err(refusal) => return refusal,
///     };
///     let token = VerifiedToken::of(request.extensions());
///     let guest = token.and_then(VerifiedToken::subject).unwrap_or_default();
///     reply.finish(Response::new(Bytes::from(format!("hello, {guest}"))))
/// }
/// ```
#[derive(Clone)]
pub struct Gate {
    settings: Arc<Settings>,
}

/// What becomes of a request.
///
/// Exhaustive, as an adapter has to do something about each: there is no fourth way.
///
/// # Examples
///
/// ```
/// use keycard::gate::{Gate, Verdict};
/// use keycard::request::RequestHead;
///
/// fn may_pass(gate: &Gate, head: RequestHead<'_>) -> bool {
///     match gate.decide(head).0 {
///         Verdict::Pass(_) => true,
///         Verdict::Refuse(_) | Verdict::Wait(_) => false,
///     }
/// }
/// ```
#[derive(Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "an adapter has to do something about each"
)]
pub enum Verdict {
    /// Let it in: put this into its extensions, call the service inside, and hand what that returns to
    /// [`Reply::finish`].
    Pass(Presence),
    /// Refuse it: [`Reply::refuse`] makes the answer.
    Refuse(Rejection),
    /// The token names a key that is not known yet: [`Pending::settle`] asks the key source.
    Wait(Pending),
}

/// A token that waits for its key. Holds nothing of the request but the token.
///
/// # Examples
///
/// ```
/// use keycard::gate::{Gate, Verdict};
/// use keycard::request::RequestHead;
///
/// async fn may_pass(gate: &Gate, head: RequestHead<'_>) -> bool {
///     match gate.decide(head) {
///         (Verdict::Pass(_), _) => true,
///         (Verdict::Refuse(_), _) => false,
///         (Verdict::Wait(pending), reply) => pending.settle(reply).await.0.is_ok(),
///     }
/// }
/// ```
pub struct Pending {
    gate: Gate,
    waiting: Box<Waiting>,
}

impl Gate {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Self { settings }
    }

    /// Keeps the credentials of a request out of logs of its headers.
    pub(crate) fn mark_sensitive(&self, headers: &mut HeaderMap) {
        mark_sensitive(headers, &self.settings.entry.named_headers);
    }

    /// Decides about a request, and returns what its answer takes. Never waits.
    ///
    /// The credentials in its headers should be marked as sensitive, as [`admit`](Self::admit) does. If a proxy
    /// [asks](crate::JwtLayer::forward_auth), the decision is about what it asks about; a service inside that has rules
    /// of its own needs `admit`, which makes the request that one.
    pub fn decide(&self, head: RequestHead<'_>) -> (Verdict, Reply) {
        let since = stopwatch();
        match self.settings.entry.original(head) {
            Ok(None) => self.decide_about(head, since),
            Ok(Some(original)) => {
                let (verdict, mut reply) = self.decide_about(original.head(head), since);
                reply.asked_about(original);
                (verdict, reply)
            }
            Err(rejection) => {
                let reply = Reply::to_question(&self.settings, since);
                (Verdict::Refuse(rejection), reply)
            }
        }
    }

    fn decide_about(&self, head: RequestHead<'_>, since: Option<Instant>) -> (Verdict, Reply) {
        let decision = self.settings.entry.decide(head);
        decision.events.iter().for_each(observe);
        let mut reply = Reply::new(
            &self.settings,
            head,
            decision.source,
            decision.trust,
            decision.stale,
            since,
        );
        let verdict = match decision.outcome {
            Outcome::Pass(presence) => {
                reply.observe_pass(&presence);
                Verdict::Pass(presence)
            }
            Outcome::Refuse(rejection) => Verdict::Refuse(rejection),
            Outcome::Wait(waiting) => {
                reply.observe_wait();
                let gate = self.clone();
                Verdict::Wait(Pending { gate, waiting })
            }
        };
        (verdict, reply)
    }

    /// Decides about a request, waits for the key source if the token names a key that is not known yet,
    /// and puts a [`Presence`] into its extensions.
    ///
    /// If a proxy [asks](crate::JwtLayer::forward_auth), the request becomes the one that it asks about.
    ///
    /// The values of `Authorization`, `Cookie` and `DPoP`, and of [headers](crate::JwtLayer::header) that were named, are
    /// marked as sensitive, whatever comes of it.
    ///
    /// # Errors
    ///
    /// The answer to a request that is refused.
    pub async fn admit<B>(&self, request: &mut Request<B>) -> Result<Reply, Response<Bytes>> {
        self.mark_sensitive(request.headers_mut());
        let (verdict, reply) = self.decide(RequestHead::of(request));
        let (settled, mut reply) = match verdict {
            Verdict::Pass(presence) => (Ok(presence), reply),
            Verdict::Refuse(rejection) => (Err(rejection), reply),
            Verdict::Wait(pending) => pending.settle(reply).await,
        };
        match settled {
            Ok(presence) => {
                reply.enter(request, presence);
                Ok(reply)
            }
            Err(rejection) => Err(reply.refuse(&rejection)),
        }
    }
}

impl Pending {
    /// Asks the key source for the key, and decides with what there is then.
    ///
    /// # Errors
    ///
    /// The request is refused, for this reason.
    pub async fn settle(self, mut reply: Reply) -> (Result<Presence, Rejection>, Reply) {
        let presence = match self.gate.settings.entry.decide_later(self.waiting).await {
            Settled::Pass(presence) => presence,
            Settled::Refuse(rejection) => return (Err(rejection), reply),
            Settled::Ignore(reason, removed) => {
                observe(&Event::CookieIgnored(reason));
                reply.remove(removed);
                Presence::Anonymous
            }
        };
        reply.observe_pass(&presence);
        (Ok(presence), reply)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("verifier", &self.settings.entry.verifier)
            .field("optional", &self.settings.entry.optional)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}
