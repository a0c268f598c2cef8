//! The way of a request, step by step: which refusal wins when two apply.

use std::time::Instant;

use axum::Router;
use axum::extract::Path;
use axum::routing::get as on_get;
use http::Request;
use http::header::AUTHORIZATION;
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::rule::{all, any, claim, role, scope, subject, trust};
use keycard::verify::{Outage, Reason};
use keycard::{
    Algorithm, Claims, JwtLayer, Rejection, SigningKey, VerifiedToken, require, require_scope,
};
use serde::Deserialize;
use serde_json::json;

use crate::support::{
    Answer, DESK, KEY, NO_TOKEN, NOW, assert_in, assert_refused, base64url, changed, claims, door,
    get, get_with, header, issuer, knock, layer, send, sign, sign_raw, token, token_with, verifier,
};

/// Withdraws every token.
struct Everything(RevocationStatus);

impl RevocationList for Everything {
    fn status(&self, _: &TokenIdentity<'_>) -> RevocationStatus {
        self.0
    }
}

#[tokio::test]
async fn each_step_comes_before_the_next() {
    const CHECK: Reason = Reason::Check("never");
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let layer = JwtLayer::new(
        verifier()
            .algorithms([Algorithm::ES256, Algorithm::RS256])
            .require_claim("tenant")
            .revocation(Everything(RevocationStatus::Revoked))
            .check(|_| Err(CHECK))
            .build()
            .unwrap(),
    );
    // Each token has one fault less than the one before, and everything after it is wrong too.
    let bad =
        json!({"exp": 0, "nbf": NOW + 999, "iat": NOW + 999, "iss": "x", "aud": "x", "cnf": {}});
    let repair = |changes| changed(bad.clone(), changes);
    let bad_signature = |header: &str| sign_raw(&stranger, header, bad.to_string());
    let kid = KEY.key_id().unwrap();
    let claims = |changes| {
        sign(
            &header(),
            &changed(changed(claims(), bad.clone()), repair(changes)),
        )
    };
    let good_times = json!({"exp": NOW + 9, "nbf": NOW, "iat": NOW});
    let with = |changes| claims(changed(good_times.clone(), changes));
    let steps = [
        (format!("{}.{}", "x".repeat(17_000), "."), Reason::TooLong),
        ("x.x".to_owned(), Reason::Form),
        (format!("x.A.{}", base64url("x")), Reason::Encoding),
        (format!("{}.AA.A", base64url("{}{}")), Reason::Json),
        (format!("{}.AA.A", base64url("{}")), Reason::Header),
        (
            bad_signature(r#"{"alg":"none","crit":[],"typ":"x"}"#),
            Reason::Algorithm,
        ),
        (
            bad_signature(r#"{"alg":"ES256","crit":[],"typ":"x"}"#),
            Reason::Critical,
        ),
        (
            bad_signature(r#"{"alg":"Ed25519","typ":"x"}"#),
            Reason::Algorithm,
        ),
        (
            bad_signature(r#"{"alg":"ES256","typ":"x","kid":"x"}"#),
            Reason::Type,
        ),
        (
            bad_signature(r#"{"alg":"ES256","kid":"x"}"#),
            Reason::UnknownKey,
        ),
        (
            bad_signature(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#)),
            Reason::Algorithm,
        ),
        (
            bad_signature(&format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#)),
            Reason::Signature,
        ),
        (sign_raw(&KEY, r#"{"alg":"ES256"}"#, "[]"), Reason::Json),
        (claims(json!({"sub": 1})), Reason::ClaimType),
        (claims(json!({"exp": NOW + 9})), Reason::NotYetValid),
        (
            claims(json!({"exp": NOW + 9, "nbf": NOW})),
            Reason::IssuedInTheFuture,
        ),
        (with(json!({})), Reason::Issuer),
        (with(json!({"iss": DESK})), Reason::Audience),
        (
            with(json!({"iss": DESK, "aud": crate::support::ROOMS})),
            Reason::MissingClaim,
        ),
        (
            with(json!({"iss": DESK, "aud": crate::support::ROOMS, "tenant": 1})),
            Reason::Binding,
        ),
        (token_with(json!({"tenant": 1})), Reason::Revoked),
    ];
    for (token, why) in steps {
        assert_refused(&knock(&layer, &token).await, why, &format!("{why:?}"));
    }
    let checked = JwtLayer::new(verifier().check(|_| Err(CHECK)).build().unwrap());
    assert_refused(&knock(&checked, &token("a")).await, CHECK, "the last step");
}

#[tokio::test]
async fn a_malformed_request_comes_before_a_bad_token_and_a_bad_token_before_an_outage() {
    let down = Everything(RevocationStatus::Unknown(Outage::new(
        std::time::Duration::from_secs(7),
    )));
    let layer = JwtLayer::new(verifier().revocation(down).build().unwrap());
    let twice = Request::get("/")
        .header(AUTHORIZATION, format!("Bearer {}", token("a")))
        .header(AUTHORIZATION, "Bearer x")
        .body(axum::body::Body::empty())
        .unwrap();
    let answer = send(door(layer.clone()), twice).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_request""#)
    );
    assert_eq!(
        answer.body,
        r#"{"error":"invalid_request","error_description":"the request is malformed"}"#
    );
    let answer = knock(&layer, &token_with(json!({"aud": "x"}))).await;
    assert_refused(&answer, Reason::Audience, "bad, whatever the list says");
    let answer = knock(&layer, &token("a")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.challenge, None);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert_in(
        &knock(&self::layer(), &token("a")).await,
        "the list is in reach",
    );
}

#[derive(Deserialize)]
struct Stay {
    #[expect(dead_code, reason = "only whether it fits matters")]
    room: String,
}

/// A route with a guard, an extractor that does not fit, and a handler that refuses.
fn guarded() -> Router {
    async fn handler(token: VerifiedToken, _: Claims<Stay>) -> Result<(), Rejection> {
        token.require(scope("handler"))
    }
    Router::new()
        .route("/", on_get(handler).route_layer(require_scope("guard")))
        .layer(layer().optional())
}

#[tokio::test]
async fn guard_then_extractor_then_handler() {
    let forbidden = |answer: &Answer, scope: &str| {
        assert_eq!(answer.status, 403);
        assert_eq!(
            answer.challenge.as_deref(),
            Some(format!(r#"Bearer error="insufficient_scope", scope="{scope}""#).as_str())
        );
        assert_eq!(
            answer.body,
            r#"{"error":"insufficient_scope","error_description":"the token lacks a scope"}"#
        );
    };
    let anonymous = send(guarded(), get("/")).await;
    assert_eq!(anonymous.status, 401);
    assert_eq!(
        anonymous.challenge.as_deref(),
        Some(r#"Bearer scope="guard""#)
    );
    assert_eq!(
        anonymous.body,
        r#"{"error":"unauthorized","error_description":"a token is required"}"#
    );
    let answer = send(guarded(), get_with("/", &token("other"))).await;
    forbidden(&answer, "guard");
    let answer = send(guarded(), get_with("/", &token("guard"))).await;
    assert_refused(&answer, Reason::Payload, "the room is no text");
    let signed = |scope: &str| {
        let token = issuer()
            .token("anna")
            .scope(scope)
            .claims(&json!({"room": "7"}));
        token.sign().unwrap().as_str().to_owned()
    };
    let answer = send(guarded(), get_with("/", &signed("guard"))).await;
    forbidden(&answer, "handler");
    let answer = send(guarded(), get_with("/", &signed("guard handler"))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_rule_is_one_value_for_guard_handler_and_challenge() {
    let rule = all([
        scope("rooms:read"),
        any([scope("a b c"), scope("minibar:write"), role("manager")]),
    ]);
    let ask = async |token: String| {
        let (guard, inside) = (rule.clone(), rule.clone());
        let handler = async move |token: VerifiedToken| token.require(&inside);
        let by_guard = Router::new()
            .route("/", on_get(async || ()).route_layer(require(guard)))
            .layer(layer());
        let by_handler = Router::new().route("/", on_get(handler)).layer(layer());
        let first = send(by_guard, get_with("/", &token)).await;
        let second = send(by_handler, get_with("/", &token)).await;
        assert_eq!(first.status, second.status);
        assert_eq!(first.challenge, second.challenge);
        assert_eq!(first.body, second.body);
        (first.status.as_u16(), first.challenge)
    };
    let shortest = r#"Bearer error="insufficient_scope", scope="rooms:read minibar:write""#;
    assert_eq!(ask(token("x")).await, (403, Some(shortest.into())));
    assert_eq!(
        ask(token("rooms:read a b")).await,
        (403, Some(shortest.into()))
    );
    assert_eq!(ask(token("rooms:read minibar:write")).await, (200, None));
    assert_eq!(ask(token("c b a rooms:read")).await, (200, None));
    let manager = |scope| token_with(json!({"scope": scope, "roles": ["manager"]}));
    assert_eq!(ask(manager("rooms:read")).await, (200, None));
    let one_is_enough = r#"Bearer error="insufficient_scope", scope="rooms:read""#;
    assert_eq!(ask(manager("x")).await, (403, Some(one_is_enough.into())));
}

/// A handler may ask for a scope that it makes of what a client sent.
#[tokio::test]
async fn a_challenge_has_no_more_scopes_than_a_header_can_carry() {
    let app = Router::new()
        .route(
            "/{length}",
            on_get(async |Path(length): Path<usize>, token: VerifiedToken| {
                token.require(scope(&"a".repeat(length)))
            }),
        )
        .layer(layer());
    for (length, is_named) in [(1, true), (2_048, true), (2_049, false), (200_000, false)] {
        let request = get_with(&format!("/{length}"), &token("b"));
        let answer = send(app.clone(), request).await;
        assert_eq!(answer.status, 403);
        let named = format!(r#", scope="{}""#, "a".repeat(length));
        let expected = format!(
            r#"Bearer error="insufficient_scope"{}"#,
            if is_named { &*named } else { "" }
        );
        assert_eq!(answer.challenge, Some(expected), "{length}");
    }
}

/// Whoever has a token may send as many of them as fit into an address, and must not get a second of our time for it.
#[test]
fn a_long_rule_takes_as_long_as_it_is_and_not_as_its_square() {
    let verifier = verifier().build().unwrap();
    let token = verifier.verify_now(&token("a")).unwrap();
    let time = |scopes: usize| {
        let names: Vec<String> = (0..scopes).map(|n| format!("{n:x}")).collect();
        let rule = format!("a a {}", names.join(" "));
        let since = Instant::now();
        assert!(token.require(&*rule).is_err());
        since.elapsed()
    };
    // The best of many tries in turns: somebody else may need the machine at any moment.
    let tries = (0..50).map(|_| (time(2_000), time(32_000)));
    let (short, long): (Vec<_>, Vec<_>) = tries.unzip();
    let (short, long) = (short.into_iter().min(), long.into_iter().min());
    // Its square would be 256 times as long.
    assert!(
        long < short.map(|short| short * 128),
        "{short:?} and {long:?}"
    );
    let needed = token.require("a b a c b").unwrap_err();
    assert_eq!(needed.scope(), Some("a b c"));
}

#[tokio::test]
async fn what_no_scope_would_help_names_nothing() {
    for (rule, good, bad) in [
        (
            role("manager"),
            json!({"roles": ["clerk", "manager"]}),
            json!({"roles": "managers"}),
        ),
        (subject("anna"), json!({}), json!({"sub": "anna "})),
        (
            subject("anna"),
            json!({"sub": "anna"}),
            json!({"sub": null}),
        ),
        (
            claim("tenant", "a"),
            json!({"tenant": "a"}),
            json!({"tenant": ["a"]}),
        ),
        (
            claim(["my.house", "floor"], "3"),
            json!({"my.house": {"floor": "3"}}),
            json!({"my": {"house": {"floor": "3"}}}),
        ),
        (
            claim("house.floor", "3"),
            json!({"house": {"floor": "3"}}),
            json!({"house": {"floor": 3}, "house.floor": "3"}),
        ),
        (
            all([claim("sub", "anna"), trust(DESK)]),
            json!({"sub": "anna"}),
            json!({"sub": "ben"}),
        ),
        (
            all([scope("a"), role("manager")]),
            json!({"roles": ["manager"], "scope": "a"}),
            json!({"scope": "a"}),
        ),
    ] {
        let app = Router::new()
            .route("/", on_get(async || "in").route_layer(require(&rule)))
            .layer(layer());
        assert_in(
            &send(app.clone(), get_with("/", &token_with(good))).await,
            "good",
        );
        let answer = send(app, get_with("/", &token_with(bad))).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
        assert_eq!(
            answer.body,
            r#"{"error":"forbidden","error_description":"this is not allowed"}"#
        );
    }
}

#[tokio::test]
async fn a_rule_that_cannot_be_meant_panics_at_start_up_and_refuses_in_a_handler() {
    let make: [fn() -> keycard::rule::Rule; 12] = [
        || claim("tenant", ""),
        || claim("", "a"),
        || trust(""),
        || scope(""),
        || scope("a  b"),
        || scope("a\"b"),
        || scope("é"),
        || role(""),
        || subject(""),
        || all(Vec::<keycard::rule::Rule>::new()),
        || any(Vec::<keycard::rule::Rule>::new()),
        || any([scope("a"), all([scope("\\")])]),
    ];
    for make in &make[..11] {
        assert!(std::panic::catch_unwind(|| require(make())).is_err());
        let rule = make();
        let handler = async move |token: VerifiedToken| token.require(&rule);
        let app = Router::new().route("/", on_get(handler)).layer(layer());
        let answer = send(app, get_with("/", &token("a b"))).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
    }
    assert!(
        std::panic::catch_unwind(|| require(make[11]())).is_err(),
        "a part is enough"
    );
    assert!(std::panic::catch_unwind(|| require_scope("a\tb")).is_err());
    assert!("a b".parse::<keycard::rule::Rule>().is_ok());
    assert!("a\\b".parse::<keycard::rule::Rule>().is_err());
}
