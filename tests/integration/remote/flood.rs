//! Unknown `kid`s: a few are a rotation, and thousands are somebody who invents them.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use keycard::Algorithm::{ES256, EdDSA};
use keycard::verify::{Reason, VerifyError};
use keycard::{JwtLayer, SigningKey, Verifier};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::server::{Act, KEYS, Server, eventually, new_key, set, verifier};
use crate::support::{ROOMS, base64url, clock, door, get_with, send};

const UNKNOWN: VerifyError = VerifyError::Refused(Reason::UnknownKey);

/// A token that names a key which nobody has.
fn invented(server: &Server, number: usize) -> String {
    let header = serde_json::json!({"alg": "ES256", "kid": format!("invented-{number}")});
    let claims = serde_json::json!({"iss": server.url, "aud": ROOMS});
    let signature = base64url([7; 64]);
    format!(
        "{}.{}.{signature}",
        base64url(header.to_string()),
        base64url(claims.to_string())
    )
}

/// Asks with all tokens at once, and returns how often each status was the answer.
async fn all_at_once(
    layer: &JwtLayer,
    tokens: impl IntoIterator<Item = String>,
) -> Vec<(StatusCode, usize)> {
    let mut answers = JoinSet::new();
    for token in tokens {
        let door = door(layer.clone());
        answers.spawn(async move { send(door, get_with("/", &token)).await.status });
    }
    let mut counts = Vec::<(StatusCode, usize)>::new();
    while let Some(status) = answers.join_next().await {
        let status = status.unwrap();
        match counts.iter_mut().find(|(other, _)| *other == status) {
            Some((_, count)) => *count += 1,
            None => counts.push((status, 1)),
        }
    }
    counts.sort();
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_invented_keys_cost_two_fetches() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let verifier = verifier(server.builder(&clock).connect().await.unwrap());
    let layer = JwtLayer::new(verifier.clone());
    for round in 0..3 {
        let asked = server.asked(KEYS);
        let tokens = (0..1000).map(|number| invented(&server, round * 1000 + number));
        let answers = all_at_once(&layer, tokens).await;
        assert_eq!(answers, [(StatusCode::UNAUTHORIZED, 1000)]);
        let fetches = server.asked(KEYS) - asked;
        assert!((1..=2).contains(&fetches), "{fetches}");
        // Once they are spent, none.
        let tokens = (0..1000).map(|number| invented(&server, 100_000 + round * 1000 + number));
        assert_eq!(
            all_at_once(&layer, tokens).await,
            [(StatusCode::UNAUTHORIZED, 1000)]
        );
        assert!(server.asked(KEYS) - asked <= 2);
        assert!(verifier.verify_now(&server.token(&key)).is_ok());
        clock.advance(Duration::from_secs(30));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_after_a_rotation_cost_one_fetch() {
    let (old, new) = (new_key(ES256), new_key(EdDSA));
    let server = Server::publishing(&[&old]).await;
    let layer = JwtLayer::new(verifier(server.builder(&clock()).connect().await.unwrap()));
    // All of them arrive before the answer is there.
    let gate = Arc::new(Semaphore::new(0));
    let answer = Act::json(set(&[&old, &new]));
    server.act(KEYS, Act::Gate(Arc::clone(&gate), Box::new(answer)));
    let token = server.token(&new);
    let opened = async {
        server.until_asked(KEYS, 2).await;
        gate.add_permits(1000);
    };
    let asking = all_at_once(&layer, std::iter::repeat_n(token, 1000));
    let (answers, ()) = tokio::join!(asking, opened);
    assert_eq!(answers, [(StatusCode::OK, 1000)]);
    assert_eq!(server.asked(KEYS), 2);
}

#[tokio::test]
async fn a_rotation_right_after_a_fetch_is_seen() {
    let (old, new, newest) = (new_key(ES256), new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let verifier = verifier(server.builder(&clock()).connect().await.unwrap());
    // Not even a second passes.
    for keys in [&[&old, &new][..], &[&old, &new, &newest]] {
        server.publish(keys);
        let token = server.token(keys.last().unwrap());
        assert!(verifier.verify(&token).await.is_ok());
    }
    assert_eq!(server.asked(KEYS), 3);
}

#[tokio::test]
async fn what_was_published_while_a_fetch_was_under_way_is_found_by_the_next() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let keys = server.builder(&clock()).connect().await.unwrap();
    let verifier = verifier(keys.clone());
    let gate = Arc::new(Semaphore::new(0));
    let before = Act::json(set(&[&old]));
    server.act(KEYS, Act::Gate(Arc::clone(&gate), Box::new(before)));
    let reloading = tokio::spawn(async move { keys.reload().await });
    server.until_asked(KEYS, 2).await;
    server.publish(&[&old, &new]);
    let token = server.token(&new);
    let waiting = tokio::spawn({
        let verifier = verifier.clone();
        async move { verifier.verify(&token).await }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    gate.add_permits(1);
    reloading.await.unwrap().unwrap();
    assert!(waiting.await.unwrap().is_ok());
    assert_eq!(server.asked(KEYS), 3);
}

#[tokio::test]
async fn one_key_that_does_not_exist_costs_one_fetch_and_leaves_the_other() {
    let (key, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let verifier = verifier(server.builder(&clock).connect().await.unwrap());
    let stranger = invented(&server, 1);
    for _ in 0..100 {
        assert_eq!(verifier.verify(&stranger).await.err(), Some(UNKNOWN));
    }
    assert_eq!(server.asked(KEYS), 2);
    server.publish(&[&key, &new]);
    assert!(verifier.verify(&server.token(&new)).await.is_ok());
    assert_eq!(server.asked(KEYS), 3);
    // The key that did not exist is published at last.
    clock.advance(Duration::from_secs(30));
    assert_eq!(verifier.verify(&stranger).await.err(), Some(UNKNOWN));
    assert_eq!(server.asked(KEYS), 4);
}

#[tokio::test]
async fn with_nothing_left_it_is_401_or_503_if_the_last_fetch_failed() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let layer = JwtLayer::new(verifier(server.builder(&clock).connect().await.unwrap()));
    let knock = |token: String| {
        let door = door(layer.clone());
        async move { send(door, get_with("/", &token)).await }
    };
    server.act(KEYS, Act::status(500));
    for number in 0..4 {
        let answer = knock(invented(&server, number)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=30).contains(&seconds), "{seconds}");
    }
    // Failed ones count: the first fetch, and two that failed.
    assert_eq!(server.asked(KEYS), 3);
    assert_eq!(knock(server.token(&key)).await.status, StatusCode::OK);
    server.publish(&[&key]);
    clock.advance(Duration::from_secs(30));
    for number in 0..9 {
        let answer = knock(invented(&server, number)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert!(server.asked(KEYS) <= 6);
}

#[tokio::test]
async fn the_allowance_is_a_setting() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let builder = server
        .builder(&clock)
        .unknown_key_fetches(5, Duration::from_secs(60));
    let verifier = verifier(builder.max_remembered(0).connect().await.unwrap());
    let ask = async |times: usize| {
        for number in 0..times {
            assert_eq!(
                verifier.verify(&invented(&server, number)).await.err(),
                Some(UNKNOWN)
            );
        }
    };
    ask(9).await;
    assert_eq!(server.asked(KEYS), 1 + 5);
    clock.advance(Duration::from_secs(59));
    ask(9).await;
    assert_eq!(server.asked(KEYS), 1 + 5);
    clock.advance(Duration::from_secs(1));
    ask(9).await;
    assert_eq!(server.asked(KEYS), 1 + 5 + 5);
}

#[tokio::test]
async fn one_that_goes_away_harms_no_other() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let verifier = verifier(server.builder(&clock()).connect().await.unwrap());
    let gate = Arc::new(Semaphore::new(0));
    let answer = Act::json(set(&[&old, &new]));
    server.act(KEYS, Act::Gate(Arc::clone(&gate), Box::new(answer)));
    let waiting = |verifier: &Verifier| {
        let (verifier, token) = (verifier.clone(), server.token(&new));
        tokio::spawn(async move { verifier.verify(&token).await.is_ok() })
    };
    let first = waiting(&verifier);
    server.until_asked(KEYS, 2).await;
    let others: Vec<_> = (0..9).map(|_| waiting(&verifier)).collect();
    tokio::task::yield_now().await;
    // The one who caused the fetch does not wait for it.
    first.abort();
    assert!(first.await.is_err());
    gate.add_permits(1);
    for other in others {
        assert!(other.await.unwrap());
    }
    assert_eq!(server.asked(KEYS), 2);
}

#[tokio::test]
async fn nobody_waits_longer_than_five_seconds_and_not_more_than_are_allowed() {
    let (key, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let builder = server.builder(&clock).timeout(Duration::from_secs(60));
    let keys = builder.connect().await.unwrap();
    let builder = Verifier::builder(keys)
        .audience(ROOMS)
        .with_clock(clock.clone());
    let verifier = builder.max_waiting(3).build().unwrap();
    server.act(KEYS, Act::Hang);
    let wait = || {
        let (verifier, token) = (verifier.clone(), server.token(&new));
        tokio::spawn(async move { verifier.verify(&token).await })
    };
    let waiting: Vec<_> = (0..3).map(|_| wait()).collect();
    server.until_asked(KEYS, 2).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    let refused = wait().await.unwrap();
    assert!(matches!(refused, Err(VerifyError::Unavailable(_))));
    clock.advance(Duration::from_secs(4));
    assert!(waiting.iter().all(|one| !one.is_finished()));
    clock.advance(Duration::from_secs(1));
    for one in waiting {
        assert!(matches!(
            one.await.unwrap(),
            Err(VerifyError::Unavailable(_))
        ));
    }
    // A token with a known key waited for nothing.
    assert!(verifier.verify_now(&server.token(&key)).is_ok());
}

#[tokio::test]
async fn a_token_without_a_kid_asks_for_nothing() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let verifier = verifier(server.builder(&clock()).connect().await.unwrap());
    let other: SigningKey = new_key(ES256);
    let claims = serde_json::json!({"iss": server.url, "aud": ROOMS, "exp": 1_900_000_000});
    let header = serde_json::json!({"alg": "ES256"}).to_string();
    let token = crate::support::sign_raw(&other, header, claims.to_string());
    let refused = verifier.verify(&token).await.err();
    assert_eq!(refused, Some(VerifyError::Refused(Reason::Signature)));
    assert_eq!(server.asked(KEYS), 1);
}

#[tokio::test]
async fn a_lazy_one_costs_nothing_before_the_first_token() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();
    let all: Vec<_> = (0..100)
        .map(|_| server.builder(&clock()).lazy().unwrap())
        .collect();
    assert_eq!((metrics.num_alive_tasks(), server.asked(KEYS)), (before, 0));
    let verifier = verifier(all[0].clone());
    let token = server.token(&key);
    let (one, other) = tokio::join!(verifier.verify(&token), verifier.verify(&token));
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(server.asked(KEYS), 1);
    // That of the one, both ends of its connection, and none for the others.
    let grown = || metrics.num_alive_tasks() - before;
    eventually("few tasks", || (1..10).contains(&grown())).await;
}
