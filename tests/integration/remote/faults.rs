//! Everything that the other side can do wrong: named at the start, survived afterwards.

use std::time::Duration;

use axum::body::Bytes;
use keycard::Algorithm::{ES256, RS256};
use keycard::keys::KeyError;
use keycard::remote::{Failure, RemoteError, RemoteKeys, Status};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::server::{Act, KEYS, OPENID, Server, eventually, new_key, set, verifier};
use crate::support::clock;

/// Answers that are no keys, and what they are called.
fn faults(good: &str) -> Vec<(&'static str, Act, Failure)> {
    let many = |keys: usize| {
        let key = json!({"kty": "EC", "crv": "P-256", "x": "a", "y": "b"});
        json!({"keys": vec![key; keys]}).to_string()
    };
    let padded = format!("{good}{}", " ".repeat(512 * 1024 + 1 - good.len()));
    let octets = json!({"keys": [{"kty": "oct", "alg": "HS256", "k": "c2VjcmV0"}]});
    vec![
        ("a status of 500", Act::status(500), Failure::Status(500)),
        ("a status of 429", Act::status(429), Failure::Status(429)),
        ("a status of 404", Act::status(404), Failure::Status(404)),
        ("a status of 204", Act::status(204), Failure::Status(204)),
        ("not modified, unasked", Act::status(304), Failure::Redirect),
        (
            "HTML",
            Act::text(200, "text/html", "<p>Welcome"),
            Failure::ContentType,
        ),
        (
            "HTML that is called JSON",
            Act::json("<p>Welcome"),
            Failure::Malformed,
        ),
        (
            "keys that are called HTML",
            Act::text(200, "text/html", good.to_owned()),
            Failure::ContentType,
        ),
        (
            "64 MB",
            Act::json(Bytes::from(vec![b' '; 64 << 20])),
            Failure::TooLong,
        ),
        ("one byte too many", Act::json(padded), Failure::TooLong),
        ("100,000 keys", Act::json(many(100_000)), Failure::TooLong),
        ("101 keys", Act::json(many(101)), Failure::TooManyKeys),
        (
            "cut off",
            Act::json(good[..good.len() / 2].to_owned()),
            Failure::Malformed,
        ),
        (
            "broken off",
            Act::BreakOff(Bytes::from(good[..20].to_owned())),
            Failure::Connection,
        ),
        (
            "a redirect",
            Act::status(302).with("location", KEYS),
            Failure::Redirect,
        ),
        (
            "a permanent redirect",
            Act::status(308).with("location", "https://evil.example"),
            Failure::Redirect,
        ),
        ("nothing", Act::json(""), Failure::Malformed),
        ("an array", Act::json("[]"), Failure::Malformed),
        ("another object", Act::json("{}"), Failure::Malformed),
        (
            "two lists",
            Act::json(r#"{"keys":[],"keys":[]}"#),
            Failure::Malformed,
        ),
        (
            "no UTF-8",
            Act::json(&b"{\"keys\":[\xff]}"[..]),
            Failure::Malformed,
        ),
        ("no key", Act::json(r#"{"keys":[]}"#), Failure::NoKeys),
        ("a secret", Act::json(octets.to_string()), Failure::NoKeys),
        ("no usable key", Act::json(many(3)), Failure::NoKeys),
    ]
}

#[tokio::test]
async fn each_fault_has_a_name_at_the_start() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    for (what, act, failure) in faults(&set(&[&key])) {
        server.act(KEYS, act);
        let error = RemoteKeys::discover(&server.url).await.expect_err(what);
        assert_eq!(error.failure(), failure, "{what}: {error}");
        assert!(
            error.to_string().contains(&server.at(KEYS)),
            "{what}: {error}"
        );
    }
}

#[tokio::test]
async fn no_fault_takes_the_keys_away_that_were_there() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    let verifier = verifier(keys.clone());
    let token = server.token(&key);
    for (what, act, failure) in faults(&set(&[&key])) {
        server.act(KEYS, act);
        let error = keys.reload().await.expect_err(what);
        assert_eq!(error.failure(), failure, "{what}");
        assert_eq!(
            keys.state().last_error().map(RemoteError::failure),
            Some(failure)
        );
        assert_eq!(keys.state().status(), Status::Fresh, "{what}");
        assert!(verifier.verify_now(&token).is_ok(), "{what}");
        // And afterwards everything is as before.
        server.publish(&[&key]);
        keys.reload().await.unwrap();
        assert_eq!(keys.state().last_error(), None);
    }
}

#[tokio::test]
async fn whoever_says_nothing_or_too_slowly_is_left_after_five_seconds() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    for act in [Act::Hang, Act::Drip] {
        for path in [KEYS, OPENID] {
            let clock = clock();
            server.publish(&[&key]);
            server.act(OPENID, Act::json(server.metadata().to_string()));
            server.act(path, act.clone());
            let asked = server.asked(path);
            let connecting = tokio::spawn(server.builder(&clock).connect());
            server.until_asked(path, asked + 1).await;
            clock.advance(Duration::from_millis(4_999));
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(!connecting.is_finished());
            clock.advance(Duration::from_millis(1));
            let error = connecting.await.unwrap().unwrap_err();
            assert_eq!(error.failure(), Failure::Timeout);
            assert!(error.to_string().contains(&server.url), "{error}");
        }
    }
}

#[tokio::test]
async fn nobody_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = RemoteKeys::discover(&url).await.unwrap_err();
    assert_eq!(error.failure(), Failure::Connection);
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn one_bad_key_does_not_harm_the_others() {
    let (one, other) = (new_key(ES256), new_key(RS256));
    let server = Server::publishing(&[]).await;
    let mut mixed: Value = serde_json::from_str(&set(&[&one, &other])).unwrap();
    let keys = mixed["keys"].as_array_mut().unwrap();
    keys[1].as_object_mut().unwrap().remove("kid");
    let strange = [
        json!({"kty": "oct", "alg": "HS256", "kid": "secret", "k": "c2VjcmV0"}),
        json!({"kty": "XYZ", "kid": "nobody knows"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "quantum", "pub": "AAAA"}),
        json!({"kty": "RSA", "use": "enc", "n": "AQAB", "e": "AQAB"}),
        json!({"kty": "EC", "crv": "P-256", "x": 7}),
        json!("no object"),
        Value::Null,
    ];
    let skipped = strange.len();
    for (index, key) in strange.into_iter().enumerate() {
        keys.insert(index, key);
    }
    server.act(KEYS, Act::json(mixed.to_string()));
    let keys = server.builder(&clock()).connect().await.unwrap();
    let state = keys.state();
    assert_eq!(
        (state.keys().len(), state.keys().skipped().count()),
        (2, skipped)
    );
    let secret = state.keys().skipped().next().unwrap();
    assert_eq!(
        (secret.key_id(), secret.error()),
        (Some("secret"), &KeyError::SecretInSet)
    );
    let verifier = verifier(keys);
    assert!(verifier.verify_now(&server.token(&one)).is_ok());
    // The one without a kid fits a token that has one.
    assert!(verifier.verify_now(&server.token(&other)).is_ok());
}

#[tokio::test]
async fn the_task_ends_with_the_keys_and_starts_anew_where_its_runtime_ended() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let metrics = tokio::runtime::Handle::current().metrics();
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    let with_keys = metrics.num_alive_tasks();
    let verifier = verifier(keys.clone());
    drop(keys);
    assert!(verifier.verify(&server.token(&key)).await.is_ok());
    drop(verifier);
    // The connection that was kept ends with its client.
    eventually("the task to end", || metrics.num_alive_tasks() < with_keys).await;

    let keys = server.builder(&clock).lazy().unwrap();
    let elsewhere = keys.clone();
    let connected = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { elsewhere.reload().await })
    });
    let connected = tokio::task::spawn_blocking(|| connected.join().unwrap())
        .await
        .unwrap();
    connected.unwrap();
    let asked = server.asked(KEYS);
    keys.reload().await.unwrap();
    assert_eq!(server.asked(KEYS), asked + 1);
}

#[test]
fn outside_of_a_runtime_nobody_fetches_and_nothing_panics() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let keys = RemoteKeys::builder("https://idp.example").lazy().unwrap();
    assert!(RemoteKeys::builder("https://idp.example").start().is_err());
    let verifier = verifier(keys);
    let token = crate::support::token("");
    assert!(verifier.verify_now(&token).is_err());

    let key = new_key(ES256);
    let (keys, token) = runtime().block_on(async {
        let server = Server::publishing(&[&key]).await;
        (
            server.builder(&clock()).connect().await.unwrap(),
            server.token(&key),
        )
    });
    assert!(super::server::verifier(keys).verify_now(&token).is_ok());
}
