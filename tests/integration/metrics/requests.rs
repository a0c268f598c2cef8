//! What comes of requests and tokens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use http::Request;
use http::header::{AUTHORIZATION, COOKIE};
use keycard::keys::{BoxFuture, KeySet, KeySource, Wanted};
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::verify::{Credential, Outage, Reason, Source};
use keycard::{
    Claims, JwtLayer, Rejection, SigningKey, TokenCookie, Trust, Verifier, require_role,
    require_scope,
};
use metrics_util::debugging::DebuggingRecorder;
use serde::Deserialize;
use serde_json::json;

use super::meter::{Meter, series};
use crate::support::{
    DESK, KEY, NOW, ROOMS, clock, get, get_with, header, send, sign_raw, token, token_with,
    verifier,
};

/// Cannot say of tokens named `lost` whether they are withdrawn.
struct List;

impl RevocationList for List {
    fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
        match token.id.as_deref() {
            Some("lost") => RevocationStatus::Unknown(Outage::new(Duration::from_secs(3))),
            Some("gone") => RevocationStatus::Revoked,
            _ => RevocationStatus::Good,
        }
    }
}

#[derive(Deserialize)]
struct Guest {
    #[expect(dead_code, reason = "only decoded")]
    room: u32,
}

fn app(layer: JwtLayer) -> Router {
    Router::new()
        .route("/", on_get(async || "in"))
        .route("/guest", on_get(async |_: Claims<Guest>| "in"))
        .route(
            "/minibar",
            on_get(async || "in").route_layer(require_scope("minibar")),
        )
        .route(
            "/safe",
            on_get(async || "in").route_layer(require_role("manager")),
        )
        .route(
            "/full",
            on_get(async || Err::<(), _>(Rejection::from(Reason::Check("no room is free")))),
        )
        .layer(layer)
}

fn strict() -> JwtLayer {
    let verifier = verifier().revocation(List);
    let verifier = verifier.check(|token| {
        let claims = token.subject();
        if claims.as_deref() == Some("mallory") {
            return Err(Reason::Check("not this one"));
        }
        Ok(())
    });
    let cookie = TokenCookie::new("session").unwrap();
    JwtLayer::new(verifier.build().unwrap()).cookie(cookie)
}

fn with_cookie(path: &str, token: &str) -> Request<Body> {
    let mut request = get(path);
    let cookie = format!("__Host-session={token}");
    request
        .headers_mut()
        .insert(COOKIE, cookie.parse().unwrap());
    request
}

fn from_elsewhere(mut request: Request<Body>) -> Request<Body> {
    *request.method_mut() = http::Method::POST;
    let site = "cross-site".parse().unwrap();
    request.headers_mut().insert("sec-fetch-site", site);
    request
}

#[tokio::test]
async fn each_request_is_counted_by_what_came_of_it() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (meter, app) = (Meter::of(&recorder), app(strict()));
    let stranger = SigningKey::generate(keycard::Algorithm::ES256).unwrap();
    let mut twice = get_with("/", &token(""));
    let line = twice.headers()[AUTHORIZATION].clone();
    twice.headers_mut().append(AUTHORIZATION, line);

    for (request, status) in [
        (get_with("/", &token("")), 200),
        (get_with("/", &token("")), 200),
        (with_cookie("/", &token("")), 200),
        (get("/"), 401),
        (get_with("/", "open.sesame"), 401),
        (get_with("/", &token_with(json!({"exp": NOW - 100}))), 401),
        (get_with("/", &token_with(json!({"aud": "bank"}))), 401),
        (get_with("/", &token_with(json!({"sub": "mallory"}))), 401),
        (get_with("/", &token_with(json!({"jti": "gone"}))), 401),
        (get_with("/", &token_with(json!({"jti": "lost"}))), 503),
        (
            get_with("/", &sign_raw(&stranger, header().to_string(), "{}")),
            401,
        ),
        (
            with_cookie("/", &token_with(json!({"exp": NOW - 100}))),
            401,
        ),
        (from_elsewhere(with_cookie("/", &token(""))), 403),
        (twice, 400),
        // Let in, and refused further inside.
        (get_with("/minibar", &token("minibar")), 200),
        (get_with("/minibar", &token("")), 403),
        (get_with("/safe", &token("")), 403),
        (get_with("/full", &token("")), 401),
        (
            get_with("/guest", &token_with(json!({"room": "seven"}))),
            401,
        ),
    ] {
        let what = format!("{} {:?}", request.uri(), request.headers());
        assert_eq!(send(app.clone(), request).await.status, status, "{what}");
    }

    let expected = series(
        "7 keycard.authenticate.duration{outcome=accepted, reason=none, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=accepted, reason=none, source=cookie, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=no_credential, source=none, trust=none}
        1 keycard.authenticate.duration{outcome=refused, reason=form, source=header, trust=none}
        1 keycard.authenticate.duration{outcome=refused, reason=expired, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=audience, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=check, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=revoked, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=unavailable, reason=unavailable, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=signature, source=header, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=expired, source=cookie, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=cross_site, source=cookie, trust=none}
        1 keycard.authenticate.duration{outcome=refused, reason=invalid_request, source=header, trust=none}
        1 keycard.challenges{reason=no_credential, source=none, trust=none}
        1 keycard.challenges{reason=form, source=header, trust=none}
        1 keycard.challenges{reason=expired, source=header, trust=https://desk.example}
        1 keycard.challenges{reason=audience, source=header, trust=https://desk.example}
        2 keycard.challenges{reason=check, source=header, trust=https://desk.example}
        1 keycard.challenges{reason=revoked, source=header, trust=https://desk.example}
        1 keycard.challenges{reason=signature, source=header, trust=https://desk.example}
        1 keycard.challenges{reason=expired, source=cookie, trust=https://desk.example}
        1 keycard.challenges{reason=payload, source=header, trust=https://desk.example}
        1 keycard.forbids{reason=cross_site, source=cookie, trust=none}
        1 keycard.forbids{reason=insufficient_scope, source=header, trust=https://desk.example}
        1 keycard.forbids{reason=forbidden, source=header, trust=https://desk.example}",
    );
    assert_eq!(meter.seen(), expected);
}

#[tokio::test]
async fn a_visitor_without_a_token_is_anonymous_and_may_be_challenged_later() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (meter, app) = (Meter::of(&recorder), app(strict().optional()));
    let expired = token_with(json!({"exp": NOW - 100}));
    assert_eq!(send(app.clone(), get("/")).await.status, 200);
    assert_eq!(
        send(app.clone(), with_cookie("/", &expired)).await.status,
        200
    );
    assert_eq!(send(app, get("/minibar")).await.status, 401);
    let expected = series(
        "2 keycard.authenticate.duration{outcome=anonymous, reason=none, source=none, trust=none}
        1 keycard.authenticate.duration{outcome=anonymous, reason=none, source=cookie, trust=https://desk.example}
        1 keycard.challenges{reason=no_credential, source=none, trust=none}",
    );
    assert_eq!(meter.seen(), expected);
}

#[tokio::test]
async fn a_challenge_is_one_whatever_the_answer_looks_like() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let expected = series(
        "1 keycard.authenticate.duration{outcome=refused, reason=no_credential, source=none, trust=none}
        1 keycard.challenges{reason=no_credential, source=none, trust=none}",
    );
    let page = || {
        let mut request = get("/");
        let headers = request.headers_mut();
        headers.insert("accept", "text/html".parse().unwrap());
        headers.insert("sec-fetch-mode", "navigate".parse().unwrap());
        headers.insert("sec-fetch-dest", "document".parse().unwrap());
        request
    };
    let hook = |rejection: &Rejection, _: keycard::request::RequestHead<'_>| {
        let mut response = rejection.to_response();
        *response.status_mut() = http::StatusCode::IM_A_TEAPOT;
        response
    };
    for (layer, status) in [
        (strict(), 401),
        (strict().login_page("/login"), 303),
        (strict().on_rejection(hook), 418),
    ] {
        assert_eq!(send(app(layer), page()).await.status, status);
        assert_eq!(meter.seen(), expected, "{status}");
    }
}

/// A verifier answers nobody.
#[test]
fn a_token_without_a_request_is_decided_about_and_not_answered() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (meter, verifier) = (Meter::of(&recorder), verifier().build().unwrap());
    assert!(verifier.verify_now(&token("")).is_ok());
    assert!(verifier.verify_now("open sesame").is_err());
    let token = token("");
    let message = Credential::from(&token).found_in(Source::Custom("queue"));
    assert!(verifier.verify_now(message).is_ok());
    let expected = series(
        "1 keycard.authenticate.duration{outcome=accepted, reason=none, source=none, trust=https://desk.example}
        1 keycard.authenticate.duration{outcome=refused, reason=form, source=none, trust=none}
        1 keycard.authenticate.duration{outcome=accepted, reason=none, source=queue, trust=https://desk.example}",
    );
    assert_eq!(meter.seen(), expected);
}

#[test]
fn a_trust_is_called_as_the_operator_called_it() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let trust = |issuer: &str, name: &str| {
        let trust = Trust::new(issuer, KEY.verifying_key()).name(name);
        trust.audience(ROOMS)
    };
    let trusts = [trust(DESK, "desk"), trust("https://annex.example", "annex")];
    let verifier = Verifier::trusting(trusts).with_clock(clock());
    let verifier = verifier.build().unwrap();
    assert!(verifier.verify_now(&token("")).is_ok());
    let annex = token_with(json!({"iss": "https://annex.example", "exp": NOW - 100}));
    assert!(verifier.verify_now(&annex).is_err());
    let stranger = token_with(json!({"iss": "https://mallory.example"}));
    assert!(verifier.verify_now(&stranger).is_err());
    let expected = series(
        "1 keycard.authenticate.duration{outcome=accepted, reason=none, source=none, trust=desk}
        1 keycard.authenticate.duration{outcome=refused, reason=expired, source=none, trust=annex}
        1 keycard.authenticate.duration{outcome=refused, reason=issuer, source=none, trust=none}",
    );
    assert_eq!(meter.seen(), expected);
}

/// What a key source does when it is asked.
#[derive(Clone, Copy)]
enum Does {
    Find,
    GiveUp,
    Hang,
}

/// Has no key before it was asked.
struct Late {
    found: AtomicBool,
    does: Does,
}

impl KeySource for Late {
    fn snapshot(&self) -> Option<KeySet> {
        let keys = || KeySet::new([KEY.verifying_key()]);
        self.found.load(Ordering::Relaxed).then(keys)
    }

    fn refresh<'a>(
        &'a self,
        _: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async {
            match self.does {
                Does::Find => self.found.store(true, Ordering::Relaxed),
                Does::GiveUp => return Err(Outage::new(Duration::from_secs(1))),
                Does::Hang => std::future::pending().await,
            }
            Ok(())
        })
    }
}

fn late(does: Does) -> Router {
    let found = AtomicBool::new(false);
    let verifier = Verifier::builder(Late { found, does })
        .issuer(DESK)
        .audience(ROOMS)
        .max_waiting(1)
        .with_clock(clock());
    app(JwtLayer::new(verifier.build().unwrap()))
}

#[tokio::test]
async fn a_request_that_waits_for_its_key_is_counted_once() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let good = || get_with("/", &token(""));
    let unknown = {
        let mut header = header();
        header["kid"] = json!("of nobody");
        sign_raw(&KEY, header.to_string(), "{}")
    };

    let app = late(Does::Find);
    assert_eq!(send(app.clone(), good()).await.status, 200);
    let found = "1 keycard.authenticate.duration{outcome=accepted, reason=none, source=header, trust=https://desk.example}
        1 keycard.keys.waits{source=header, trust=https://desk.example}
        1 keycard.keys.wait.duration{outcome=found, trust=https://desk.example}";
    assert_eq!(meter.seen(), series(found));

    assert_eq!(send(app, get_with("/", &unknown)).await.status, 401);
    let missing = "1 keycard.authenticate.duration{outcome=refused, reason=unknown_key, source=header, trust=https://desk.example}
        1 keycard.challenges{reason=unknown_key, source=header, trust=https://desk.example}
        1 keycard.keys.waits{source=header, trust=https://desk.example}
        1 keycard.keys.wait.duration{outcome=missing, trust=https://desk.example}";
    assert_eq!(meter.seen(), series(missing));

    let unavailable = "1 keycard.authenticate.duration{outcome=unavailable, reason=unavailable, source=header, trust=https://desk.example}
        1 keycard.keys.waits{source=header, trust=https://desk.example}
        1 keycard.keys.wait.duration{outcome=unavailable, trust=https://desk.example}";
    assert_eq!(send(late(Does::GiveUp), good()).await.status, 503);
    assert_eq!(meter.seen(), series(unavailable));

    // The place in the queue is taken; whoever has it gives up in the end, and was never decided about.
    let app = late(Does::Hang);
    let first = tokio::spawn(send(app.clone(), good()));
    tokio::task::yield_now().await;
    let waits = "1 keycard.keys.waits{source=header, trust=https://desk.example}";
    assert_eq!(meter.seen(), series(waits));
    assert_eq!(send(app, good()).await.status, 503);
    let full = unavailable.replace(
        "duration{outcome=unavailable, trust",
        "duration{outcome=full, trust",
    );
    assert_eq!(meter.seen(), series(&full));
    first.abort();
    assert!(first.await.is_err());
    assert_eq!(meter.seen(), series(""));
}
