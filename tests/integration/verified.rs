//! What a verified token knows can be reached: its header, its text, the time that is left.

use std::time::Duration;

use axum::body::Body;
use axum::routing::get as on_get;
use axum::{Router, extract::State};
use http::Request;
use keycard::claims::NumericDate;
use keycard::verify::{Reason, TokenHeader, VerifierBuilder};
use keycard::{Algorithm, JwtLayer, TokenCookie, VerifiedToken, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{
    DESK, KEY, NOW, ROOMS, assert_in, assert_refused, changed, claims, clock, get, get_with,
    header, knock, layer, send, sign, sign_raw, token, token_with, verifier,
};

fn with_header(changes: Value) -> String {
    sign(&changed(header(), changes), &claims())
}

#[test]
fn the_header_of_a_verified_token_can_be_read() {
    #[derive(Deserialize)]
    struct Parameters<'a> {
        signer: &'a str,
        client: Vec<u32>,
        missing: Option<bool>,
    }

    let verifier = verifier().build().unwrap();
    let more = json!({"typ": "JWT", "signer": "arn:aws:1", "client": [1, 2], "exp": 7});
    let token = verifier.verify_now(&with_header(more)).unwrap();
    let header = token.header();
    assert_eq!(header.algorithm(), Algorithm::ES256);
    assert_eq!(header.key_id().as_deref(), KEY.key_id());
    assert_eq!(header.token_type().as_deref(), Some("JWT"));
    assert_eq!(header.text("signer").as_deref(), Some("arn:aws:1"));
    assert_eq!(header.text("alg").as_deref(), Some("ES256"));
    for no_text in ["client", "exp", "missing", ""] {
        assert_eq!(header.text(no_text), None, "{no_text}");
    }
    let parameters: Parameters<'_> = header.parameters().unwrap();
    assert_eq!(parameters.signer, "arn:aws:1");
    assert_eq!(parameters.client, [1, 2]);
    assert_eq!(parameters.missing, None);
    assert_eq!(
        format!("{header:?}"),
        "TokenHeader { algorithm: ES256, .. }"
    );

    let plain = sign_raw(&KEY, r#"{ "\u0061lg":"ES256" }"#, claims().to_string());
    let token = verifier.verify_now(&plain).unwrap();
    let header: TokenHeader = token.header();
    assert_eq!((header.key_id(), header.token_type()), (None, None));
    assert_eq!(header.text("alg").as_deref(), Some("ES256"));
}

#[test]
fn a_header_that_does_not_fit_says_where_and_not_what() {
    #[derive(Debug, Deserialize)]
    struct Signer {
        #[expect(dead_code, reason = "only decoded")]
        signer: u32,
    }

    let verifier = verifier().build().unwrap();
    let token = with_header(json!({"signer": "canary"}));
    let token = verifier.verify_now(&token).unwrap();
    let error = token.header().parameters::<Signer>().unwrap_err();
    assert_eq!(error.path(), ".signer");
    assert!(error.to_string().starts_with("the header is no "));
    assert!(error.to_string().contains("Signer at .signer"));
    assert!(!error.to_string().contains("canary"));
    let rejection = keycard::Rejection::from(error);
    assert_eq!(rejection.claim(), Some("header.signer"));
}

#[tokio::test]
async fn a_check_sees_the_header_and_so_does_a_handler() {
    let of_ours = verifier().check(|token| match token.header().text("signer").as_deref() {
        Some("ours") => Ok(()),
        _ => Err(Reason::Check("of another signer")),
    });
    let layer = JwtLayer::new(of_ours.build().unwrap());
    assert_in(
        &knock(&layer, &with_header(json!({"signer": "ours"}))).await,
        "ours",
    );
    for other in [json!({"signer": "theirs"}), json!({"signer": 1}), json!({})] {
        let answer = knock(&layer, &with_header(other)).await;
        assert_refused(&answer, Reason::Check("of another signer"), "theirs");
    }
    let handler = async |token: VerifiedToken| token.header().key_id().map(String::from);
    let app = Router::new().route(
        "/",
        on_get(async move |token| handler(token).await.unwrap()),
    );
    let answer = send(
        app.layer(layer),
        get_with("/", &with_header(json!({"signer": "ours"}))),
    )
    .await;
    assert_eq!(Some(&*answer.body), KEY.key_id());
}

#[test]
fn the_text_of_a_token_is_what_was_verified() {
    let verifier = verifier().build().unwrap();
    for text in [token("a b"), token_with(json!({"x": "\u{1f511} \" \\"}))] {
        let token = verifier.verify_now(&text).unwrap();
        assert_eq!(token.text(), text);
        let payload: Value = serde_json::from_str(token.payload()).unwrap();
        assert_eq!(payload["sub"], "anna");
        let value = token.authorization();
        assert_eq!(value.to_str().unwrap(), format!("Bearer {text}"));
        assert!(value.is_sensitive());
        for shown in [format!("{token:?}"), format!("{value:?}")] {
            assert!(!shown.contains("ey"), "{shown}");
        }
        // A clone outlives the one that was asked for.
        let clone = token.clone();
        drop(token);
        assert_eq!(clone.text(), text);
    }
}

#[tokio::test]
async fn a_cookie_comes_in_and_a_bearer_goes_out() {
    async fn front(State(prices): State<Router>, token: VerifiedToken) -> String {
        let mut request = Request::new(Body::empty());
        let authorization = token.authorization();
        request.headers_mut().insert("authorization", authorization);
        send(prices, request).await.body
    }

    let prices = Router::new()
        .route(
            "/",
            on_get(async |token: VerifiedToken| format!("{:?}", token.source())),
        )
        .layer(layer());
    let cookie = TokenCookie::new("session").unwrap();
    let app = Router::new()
        .route("/", on_get(front))
        .layer(layer().cookie(cookie))
        .with_state(prices);
    let mut request = get("/");
    let line = format!("__Host-session={}", token("a"));
    request
        .headers_mut()
        .insert("cookie", line.parse().unwrap());
    assert_eq!(send(app, request).await.body, "Header");
}

#[test]
fn the_time_that_is_left_is_told_by_the_clock_of_the_verifier() {
    let second = Duration::from_secs(1);
    let clock = clock();
    let verifier = |builder: fn(VerifierBuilder) -> VerifierBuilder| {
        let plain = Verifier::builder(KEY.verifying_key())
            .issuer(DESK)
            .audience(ROOMS);
        builder(plain.with_clock(clock.clone())).build().unwrap()
    };
    let plain = verifier(|builder| builder);
    let aged = verifier(|builder| builder.max_age(Duration::from_secs(600)));
    let text = token_with(json!({}));
    let (by_exp, by_age) = (
        plain.verify_now(&text).unwrap(),
        aged.verify_now(&text).unwrap(),
    );
    let short = aged
        .verify_now(&token_with(json!({"exp": NOW + 60})))
        .unwrap();
    for (passed, exp, age, both) in [(0, 900, 600, 60), (59, 841, 541, 1), (61, 839, 539, 0)] {
        clock.set(NumericDate::from_seconds(NOW + passed));
        assert_eq!(by_exp.remaining(), second * exp);
        assert_eq!(by_age.remaining(), second * age);
        assert_eq!(short.remaining(), second * both);
    }
    // Within the leeway a token is let in, and nothing of it is left.
    clock.set(NumericDate::from_seconds(NOW + 930));
    assert_eq!(plain.verify_now(&text).unwrap().remaining(), Duration::ZERO);
    clock.set(NumericDate::from_seconds(NOW - 30));
    assert_eq!(by_exp.remaining(), second * 930);
}

#[tokio::test]
async fn a_template_of_an_issuer_is_a_check_of_two_claims() {
    #[derive(Deserialize)]
    struct Entra {
        iss: String,
        tid: String,
    }

    let issuer_of = |tenant: &str| format!("https://login.example/{tenant}/v2.0");
    let builder = Verifier::builder(KEY.verifying_key()).audience(ROOMS);
    let checked =
        builder
            .dangerous_any_issuer()
            .with_clock(clock())
            .check(move |token| match token.claims::<Entra>() {
                Ok(Entra { iss, tid }) if ["a", "b"].contains(&&*tid) && iss == issuer_of(&tid) => {
                    Ok(())
                }
                _ => Err(Reason::Check("the token of another tenant")),
            });
    let layer = JwtLayer::new(checked.build().unwrap());
    let token = |iss: &str, tid: Value| token_with(json!({"iss": issuer_of(iss), "tid": tid}));
    for tenant in ["a", "b"] {
        assert_in(&knock(&layer, &token(tenant, json!(tenant))).await, tenant);
    }
    for (iss, tid) in [
        ("c", json!("c")),
        ("a", json!("b")),
        ("b", json!("a")),
        ("{tenantid}", json!("a")),
        ("a", json!(null)),
        ("a", json!(["a"])),
    ] {
        let answer = knock(&layer, &token(iss, tid)).await;
        assert_refused(&answer, Reason::Check("the token of another tenant"), iss);
    }
}
