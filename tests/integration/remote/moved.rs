//! Keys that move, and answers that do not fit each other.

use std::time::Duration;

use keycard::Algorithm::ES256;
use keycard::remote::Failure;
use serde_json::json;

use super::server::{Act, KEYS, OPENID, Server, advance, new_key, set, verifier};
use crate::support::clock;

#[tokio::test]
async fn keys_that_moved_are_found_although_nobody_answers_at_the_old_address() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    server.act("/moved", Act::json(set(&[&new])));
    let metadata = json!({"issuer": server.url, "jwks_uri": server.at("/moved")});
    server.act(OPENID, Act::json(metadata.to_string()));
    server.act(KEYS, Act::Hang);
    let reloading = tokio::spawn({
        let keys = keys.clone();
        async move { keys.reload().await }
    });
    server.until_asked(KEYS, 2).await;
    advance(&clock, 5).await;
    assert_eq!(
        reloading.await.unwrap().unwrap_err().failure(),
        Failure::Timeout
    );
    tokio::time::timeout(Duration::from_secs(2), keys.reload())
        .await
        .unwrap()
        .unwrap();
    assert!(verifier(keys).verify_now(&server.token(&new)).is_ok());
}

#[tokio::test]
async fn keys_that_moved_are_found_although_the_old_ones_are_still_there() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    server.act("/moved", Act::json(set(&[&new])));
    let metadata = json!({"issuer": server.url, "jwks_uri": server.at("/moved")});
    server.act(OPENID, Act::json(metadata.to_string()));
    advance(&clock, 3600).await;
    server.until_asked(KEYS, 2).await;
    assert!(verifier(keys).verify(&server.token(&new)).await.is_ok());
}

#[tokio::test]
async fn not_modified_leaves_the_time_that_was_said() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let answer = Act::json(set(&[&key])).with("etag", "\"one\"");
    server.act(KEYS, answer.clone().with("cache-control", "max-age=100"));
    let keys = server.builder(&clock()).connect().await.unwrap();
    server.act(KEYS, answer.clone());
    keys.reload().await.unwrap();
    assert_eq!(server.not_modified(), 1);
    assert!(
        keys.state().next_fetch() <= Duration::from_secs(90),
        "{:?}",
        keys.state()
    );
}

#[tokio::test]
async fn a_tag_that_is_refused_is_not_sent_again() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    server.act(KEYS, Act::json(set(&[&key])).with("etag", "\"one\""));
    let keys = server.builder(&clock()).connect().await.unwrap();
    for status in [400, 403, 412, 431] {
        keys.reload().await.unwrap();
        server.act(KEYS, Act::status(status));
        assert!(keys.reload().await.is_err());
        assert!(server.headers(KEYS).contains_key("if-none-match"));
        assert!(keys.reload().await.is_err());
        assert!(!server.headers(KEYS).contains_key("if-none-match"));
        server.act(KEYS, Act::json(set(&[&key])).with("etag", "\"one\""));
        keys.reload().await.unwrap();
    }
}

#[tokio::test]
async fn metadata_that_is_away_for_a_while_keeps_no_keys_back() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    advance(&clock, 3600).await;
    server.until_asked(KEYS, 2).await;
    server.act(OPENID, Act::status(500));
    server.publish(&[&old, &new]);
    let verifier = verifier(keys);
    assert!(verifier.verify(&server.token(&new)).await.is_ok());
    assert_eq!(server.asked(OPENID), 2);
    // For a day, and no longer.
    advance(&clock, 24 * 3600).await;
    server.until_asked(OPENID, 3).await;
}
