//! The gate by itself: no tower, no server, and every outcome.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use keycard::answer::RejectionKind;
use keycard::gate::{Gate, Verdict};
use keycard::keys::{BoxFuture, KeySet, KeySource, Wanted};
use keycard::request::{ForwardAuth, Presence, RequestHead};
use keycard::verify::{Outage, Reason};
use keycard::{JwtLayer, Rejection, TokenCookie, VerifiedToken, Verifier};

use crate::support::{DESK, KEY, ROOMS, clock, get, get_with, layer, send, token};

fn request(token: Option<&str>) -> Request<()> {
    let mut request = Request::get("/room");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(()).unwrap()
}

fn challenge(response: &Response<Bytes>) -> &str {
    response.headers()["www-authenticate"].to_str().unwrap()
}

/// Keys that come at the second look, or never.
struct Late {
    known: Mutex<Option<KeySet>>,
    coming: Result<KeySet, Outage>,
}

impl KeySource for Late {
    fn snapshot(&self) -> Option<KeySet> {
        self.known.lock().unwrap().clone()
    }

    fn refresh<'a>(
        &'a self,
        _: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async {
            *self.known.lock().unwrap() = Some(self.coming.clone()?);
            Ok(())
        })
    }
}

fn late(coming: Result<KeySet, Outage>) -> JwtLayer {
    let known = Mutex::new(Some(KeySet::new([])));
    let source = Late { known, coming };
    let verifier = Verifier::builder(source)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock());
    JwtLayer::new(verifier.build().unwrap())
}

#[test]
fn a_decision_is_made_without_a_server_and_without_waiting() {
    let gate = layer().realm("hotel").gate();
    let good = request(Some(&token("a")));
    let (Verdict::Pass(Presence::Verified(token)), reply) = gate.decide(RequestHead::of(&good))
    else {
        panic!("a good token")
    };
    assert_eq!(token.subject().as_deref(), Some("anna"));
    let response = reply.finish(Response::new(Bytes::from("in")));
    assert_eq!(
        (response.status().as_u16(), &**response.body()),
        (200, &b"in"[..])
    );

    for (request, kind, said) in [
        (
            request(None),
            RejectionKind::NoCredential,
            r#"Bearer realm="hotel""#,
        ),
        (
            request(Some("sesame")),
            RejectionKind::InvalidToken(Reason::Form),
            r#"Bearer realm="hotel", error="invalid_token""#,
        ),
    ] {
        let (parts, ()) = request.into_parts();
        let (Verdict::Refuse(rejection), reply) = gate.decide(RequestHead::of_parts(&parts)) else {
            panic!("{kind:?}")
        };
        assert_eq!(rejection.kind(), kind);
        let refusal = reply.refuse(&rejection);
        assert_eq!(
            (refusal.status().as_u16(), challenge(&refusal)),
            (401, said)
        );
        assert_eq!(refusal.extensions().get(), Some(&rejection));
    }
}

/// An adapter that does not wait has no request to put back together, and still says who it was.
#[test]
fn a_proxy_learns_who_was_let_in_by_a_decision_alone() {
    let gate = layer().optional().forward_auth(ForwardAuth::nginx()).gate();
    let bearer = format!("Bearer {}", token("a"));
    for (credential, user) in [(Some(bearer.as_str()), "anna"), (None, "")] {
        let mut question = Request::get("/auth")
            .header("x-original-method", "GET")
            .header("x-original-url", "https://hotel.example/");
        if let Some(credential) = credential {
            question = question.header("authorization", credential);
        }
        let question = question.body(()).unwrap();
        let (Verdict::Pass(_), reply) = gate.decide(RequestHead::of(&question)) else {
            panic!("{user:?} is refused")
        };
        let answer = reply.finish(Response::new(Bytes::new()));
        assert_eq!(answer.headers()["x-auth-request-user"], user);
    }
}

#[tokio::test]
async fn what_is_admitted_has_its_presence_and_no_credential_for_the_log() {
    let gate: Gate = layer().optional().gate();
    let mut good = request(Some(&token("a")));
    assert!(gate.admit(&mut good).await.is_ok());
    assert!(VerifiedToken::of(good.extensions()).is_some());
    assert!(good.headers()["authorization"].is_sensitive());

    let mut nobody = request(None);
    assert!(gate.admit(&mut nobody).await.is_ok());
    assert!(matches!(
        Presence::of(nobody.extensions()),
        Some(Presence::Anonymous)
    ));

    let mut bad = request(Some("sesame"));
    let refusal = gate.admit(&mut bad).await.unwrap_err();
    assert_eq!(refusal.status(), 401);
    assert!(Presence::of(bad.extensions()).is_none());
    assert!(bad.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn a_token_waits_for_its_key_and_goes_on() {
    let gate = late(Ok(KeySet::new([KEY.verifying_key()]))).gate();
    let mut request = request(Some(&token("a")));
    let (verdict, _) = gate.decide(RequestHead::of(&request));
    assert!(matches!(verdict, Verdict::Wait(_)));
    assert!(gate.admit(&mut request).await.is_ok());
    assert!(VerifiedToken::of(request.extensions()).is_some());
    // Now it is known.
    let (verdict, _) = gate.decide(RequestHead::of(&request));
    assert!(matches!(verdict, Verdict::Pass(_)));
}

#[tokio::test]
async fn a_wait_may_end_with_a_refusal_or_an_outage() {
    let outage = Outage::new(Duration::from_secs(7));
    for (coming, status, retry_after) in [
        (Ok(KeySet::new([])), 401, None),
        (Err(outage), 503, Some("7")),
    ] {
        let gate = late(coming).gate();
        let mut request = request(Some(&token("a")));
        let (Verdict::Wait(pending), reply) = gate.decide(RequestHead::of(&request)) else {
            panic!("the key is not known")
        };
        let (settled, reply) = pending.settle(reply).await;
        let refusal = reply.refuse(&settled.unwrap_err());
        let waits = refusal.headers().get("retry-after");
        assert_eq!(refusal.status(), status);
        assert_eq!(waits.map(|value| value.to_str().unwrap()), retry_after);
        let refusal = gate.admit(&mut request).await.unwrap_err();
        assert_eq!(refusal.status(), status);
    }
}

#[tokio::test]
async fn an_optional_gate_ignores_a_cookie_whose_key_does_not_come() {
    let cookie = TokenCookie::new("session").unwrap();
    let gate = late(Ok(KeySet::new([])))
        .optional()
        .cookie(cookie.clone())
        .gate();
    let line = format!("{}={}", cookie.name(), token("a"));
    let mut request = Request::get("/").header("cookie", line).body(()).unwrap();
    let reply = gate.admit(&mut request).await.unwrap();
    assert!(matches!(
        Presence::of(request.extensions()),
        Some(Presence::Anonymous)
    ));
    // The key may come yet.
    let response = reply.finish(Response::new(Bytes::new()));
    assert!(response.headers().get("set-cookie").is_none());
}

/// A handler without axum refuses by a rule, and the gate makes the answer.
#[tokio::test]
async fn a_rejection_of_a_handler_is_answered_once() {
    let gate = layer().realm("hotel").gate();
    let mut request = request(Some(&token("a")));
    let reply = gate.admit(&mut request).await.unwrap();
    let token = VerifiedToken::of(request.extensions()).unwrap();
    let rejection = token.require("minibar:write").unwrap_err();
    let response: Response<Bytes> = rejection.clone().into();
    let answer = reply.finish(response);
    assert_eq!(
        challenge(&answer),
        r#"Bearer realm="hotel", error="insufficient_scope", scope="minibar:write""#
    );
    assert_eq!(answer.extensions().get::<Rejection>(), Some(&rejection));
    // Further out, another gate leaves it as it is.
    let outer = layer().realm("street").gate();
    let again = outer.admit(&mut request).await.unwrap().finish(answer);
    assert!(challenge(&again).contains("hotel"));
}

/// A hook that makes its answer of the rejection has answered it, on the way in and on the way out.
#[tokio::test]
async fn the_inner_one_answers_whatever_its_hook_makes_the_answer_of() {
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&calls);
    let inner = layer().on_rejection(|rejection, _| {
        let mut answer = Response::from(rejection.clone());
        *answer.status_mut() = http::StatusCode::IM_A_TEAPOT;
        *answer.body_mut() = Bytes::from("inner");
        answer
    });
    let outer = layer().optional().on_rejection(move |_, _| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Response::new(Bytes::from("outer"))
    });
    let app = axum::Router::new()
        .route(
            "/",
            axum::routing::get(async |token: VerifiedToken| token.require("x")),
        )
        .layer(inner)
        .layer(outer);
    for request in [get("/"), get_with("/", &token("a"))] {
        let answer = send(app.clone(), request).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (418, "inner"));
    }
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 0);
}
