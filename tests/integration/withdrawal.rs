//! The revocation list: asked on every request, about good tokens only, and obeyed.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get as on_get;
use keycard::claims::NumericDate;
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::verify::Outage;
use keycard::{JwtLayer, require_scope};
use serde_json::json;

use crate::support::{
    Answer, DESK, KEY, NOW, base64url, get, get_with, send, sign_raw, token_with, verifier,
};

/// A list in memory that remembers what it was asked.
#[derive(Default)]
struct Book {
    withdrawn: HashSet<String>,
    out_of_reach: bool,
    asked: Vec<String>,
}

#[derive(Clone, Default)]
struct List(Arc<Mutex<Book>>);

impl RevocationList for List {
    fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
        let mut book = self.0.lock().unwrap();
        let id = token.id.as_deref().unwrap_or("-").to_owned();
        book.asked.push(id.clone());
        if book.out_of_reach {
            RevocationStatus::Unknown(Outage::new(Duration::from_secs(3)))
        } else if book.withdrawn.contains(&id) {
            RevocationStatus::Revoked
        } else {
            RevocationStatus::Good
        }
    }
}

impl List {
    fn withdraw(&self, id: &str) {
        self.0.lock().unwrap().withdrawn.insert(id.to_owned());
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

fn app(list: impl RevocationList) -> Router {
    let verifier = verifier().revocation(list).build().unwrap();
    Router::new()
        .route("/", on_get(async || "in"))
        .route(
            "/guarded",
            on_get(async || "in").route_layer(require_scope("a")),
        )
        .layer(JwtLayer::new(verifier))
}

fn token(id: &str) -> String {
    token_with(json!({"jti": id}))
}

fn assert_invalid(answer: &Answer) {
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_token""#)
    );
    assert_eq!(
        answer.json(),
        json!({"error": "invalid_token", "error_description": "the token is not valid"})
    );
}

#[tokio::test]
async fn refuses_a_token_that_was_withdrawn_and_no_other() {
    let list = List::default();
    list.withdraw("one");
    let app = app(list);
    assert_invalid(&send(app.clone(), get_with("/", &token("one"))).await);
    assert_eq!(
        send(app.clone(), get_with("/", &token("two"))).await.body,
        "in"
    );
    let nameless = token_with(json!({}));
    assert_eq!(send(app, get_with("/", &nameless)).await.body, "in");
}

/// The other signature of ECDSA for the same message: `s` becomes the order of P-256 without it. It takes no key.
fn with_other_signature(token: &str) -> String {
    const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = signature.split_at(32);
    let mut borrow = 0;
    let mut other: Vec<u8> = (0..32)
        .rev()
        .map(|place| {
            let order = i16::from_str_radix(&ORDER[2 * place..2 * place + 2], 16).unwrap();
            let difference = order - i16::from(s[place]) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    other.reverse();
    format!("{message}.{}", base64url([r, &other].concat()))
}

#[tokio::test]
async fn a_token_is_withdrawn_by_its_claims_as_it_has_two_texts() {
    let list = List::default();
    let app = app(list.clone());
    let token = token("a");
    let other = with_other_signature(&token);
    assert_ne!(token, other);
    for text in [&token, &other] {
        assert_eq!(send(app.clone(), get_with("/", text)).await.status, 200);
    }
    list.withdraw("a");
    for text in [&token, &other] {
        assert_invalid(&send(app.clone(), get_with("/", text)).await);
    }
}

#[tokio::test]
async fn is_asked_on_every_request_also_about_the_same_token() {
    let list = List::default();
    let app = app(list.clone());
    let token = token("one");
    for _ in 0..3 {
        assert_eq!(send(app.clone(), get_with("/", &token)).await.status, 200);
    }
    assert_eq!(list.asked(), ["one", "one", "one"]);

    list.withdraw("one");
    assert_invalid(&send(app, get_with("/", &token)).await);
    assert_eq!(list.asked().len(), 4);
}

#[tokio::test]
async fn nobody_knows_while_the_list_is_out_of_reach() {
    let list = List::default();
    list.0.lock().unwrap().out_of_reach = true;
    let app = app(list.clone());
    let answer = send(app.clone(), get_with("/", &token("one"))).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("3"));
    assert_eq!(answer.challenge, None);
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert!(!answer.body.contains("invalid_token"));

    list.0.lock().unwrap().out_of_reach = false;
    let answer = send(app, get_with("/", &token("one"))).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "in"));
    assert_eq!(answer.header("retry-after"), None);
}

#[tokio::test]
async fn a_list_may_let_tokens_pass_that_it_does_not_know() {
    /// Fails open, as its application has decided.
    struct Lenient;

    impl RevocationList for Lenient {
        fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
            match token.id.as_deref() {
                Some("canary-withdrawn") => RevocationStatus::Revoked,
                _ => RevocationStatus::Good,
            }
        }
    }

    let app = app(Lenient);
    assert_eq!(
        send(app.clone(), get_with("/", &token("one"))).await.body,
        "in"
    );
    assert_invalid(&send(app, get_with("/", &token("canary-withdrawn"))).await);
}

#[tokio::test]
async fn is_asked_about_good_tokens_only() {
    let list = List::default();
    let app = app(list.clone());
    let claims = json!({"iss": DESK, "aud": "https://other.example", "exp": NOW + 900});
    let bad = [
        token("one") + "x",
        token_with(json!({"jti": "old", "exp": NOW - 61})),
        sign_raw(&KEY, r#"{"alg":"ES256"}"#, claims.to_string()),
        "garbage".to_owned(),
    ];
    for bad in bad {
        assert_invalid_or_expired(&send(app.clone(), get_with("/", &bad)).await);
    }
    assert_eq!(send(app.clone(), get("/")).await.status, 401);
    assert_eq!(list.asked(), [""; 0]);

    // It is asked before a guard, so that a withdrawn token learns nothing from one.
    let answer = send(app, get_with("/guarded", &token("one"))).await;
    assert_eq!(answer.status, 403);
    assert_eq!(list.asked(), ["one"]);
}

fn assert_invalid_or_expired(answer: &Answer) {
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"], "invalid_token");
}

#[tokio::test]
async fn is_told_who_the_token_is() {
    struct Witness;

    impl RevocationList for Witness {
        fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
            let date = |seconds| Some(NumericDate::from_seconds(seconds));
            let known = token.issuer.as_deref() == Some(DESK)
                && token.subject.as_deref() == Some("ann\u{e4}")
                && token.id.as_deref() == Some("one")
                && token.issued_at == date(NOW - 5)
                && token.expires_at == date(NOW + 900);
            if known {
                RevocationStatus::Good
            } else {
                RevocationStatus::Revoked
            }
        }
    }

    let app = app(Witness);
    let good = json!({"sub": "ann\u{e4}", "jti": "one", "iat": NOW - 5});
    let answer = send(app.clone(), get_with("/", &token_with(good))).await;
    assert_eq!(answer.body, "in");
    assert_invalid(&send(app, get_with("/", &token_with(json!({"jti": "one"})))).await);
}
