//! The issuer is out of reach: for a while nobody notices, and then nobody is logged out.

use std::time::Duration;

use http::StatusCode;
use keycard::Algorithm::ES256;
use keycard::JwtLayer;
use keycard::remote::{Failure, RemoteKeys, Status};

use super::server::{Act, KEYS, OPENID, Server, advance, eventually, new_key, set, verifier};
use crate::support::{Answer, clock, door, get_with, send};

async fn knock(layer: &JwtLayer, token: &str) -> Answer {
    send(door(layer.clone()), get_with("/", token)).await
}

/// Waits until the last fetch failed.
async fn until_failed(keys: &RemoteKeys) {
    eventually("a failure", || keys.state().last_error().is_some()).await;
}

#[tokio::test]
async fn old_keys_for_an_hour_and_then_503_never_401() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    let layer = JwtLayer::new(verifier(keys.clone()));
    let token = server.token(&key);
    server.act(KEYS, Act::status(502));
    advance(&clock, 599).await;
    until_failed(&keys).await;
    assert_eq!(keys.state().status(), Status::Fresh);
    advance(&clock, 1).await;
    assert_eq!(keys.state().status(), Status::Stale);
    // An hour past the time for which they were fresh, to the second.
    for _ in 0..59 {
        advance(&clock, 60).await;
        assert_eq!(knock(&layer, &token).await.status, StatusCode::OK);
    }
    advance(&clock, 59).await;
    assert_eq!(knock(&layer, &token).await.status, StatusCode::OK);
    let seen = server.asked(KEYS);
    advance(&clock, 1).await;
    assert_eq!(keys.state().status(), Status::Expired);
    let answer = knock(&layer, &token).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert!(answer.header("www-authenticate").is_none());
    // Asked once in each step of a minute, whoever knocked.
    assert!((55..=65).contains(&seen), "{seen}");

    server.publish(&[&key]);
    advance(&clock, 40).await;
    eventually("keys", || keys.state().status() == Status::Fresh).await;
    assert_eq!(knock(&layer, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_stale_keys_by_setting() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let builder = server.builder(&clock).stale_for(Duration::ZERO);
    let keys = builder.connect().await.unwrap();
    let layer = JwtLayer::new(verifier(keys.clone()));
    server.act(KEYS, Act::status(500));
    advance(&clock, 599).await;
    until_failed(&keys).await;
    assert_eq!(
        knock(&layer, &server.token(&key)).await.status,
        StatusCode::OK
    );
    advance(&clock, 1).await;
    let answer = knock(&layer, &server.token(&key)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept() {
    let key = new_key(ES256);
    for (status, pause, kept) in [(429, "120", 120), (503, "600", 600), (503, "999999", 3600)] {
        let server = Server::publishing(&[&key]).await;
        let clock = clock();
        let keys = server.builder(&clock).connect().await.unwrap();
        let verifier = verifier(keys.clone());
        server.act(KEYS, Act::status(status).with("retry-after", pause));
        assert!(keys.reload().await.is_err());
        let asked = server.asked(KEYS);
        let unknown = server.token(&new_key(ES256));
        // Neither an unknown key nor the time brings another fetch before it is over.
        assert!(verifier.verify(&unknown).await.is_err());
        advance(&clock, kept - 1).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(verifier.verify(&unknown).await.is_err());
        assert_eq!(server.asked(KEYS), asked, "{pause}");
        advance(&clock, 1).await;
        assert!(verifier.verify(&unknown).await.is_err());
        server.until_asked(KEYS, asked + 1).await;
    }
}

#[tokio::test]
async fn starting_anyway() {
    let key = new_key(ES256);
    let server = Server::start().await;
    let clock = clock();
    let keys = server.builder(&clock).start().unwrap();
    let layer = JwtLayer::new(verifier(keys.clone()));
    let token = server.token(&key);
    let answer = knock(&layer, &token).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(keys.state().status(), Status::Missing);
    // Everybody who knocks now is told at once, and nobody asks for it.
    let asked = server.asked(OPENID);
    for _ in 0..50 {
        let answer = knock(&layer, &token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let seconds = answer.header("retry-after").unwrap();
        assert!(["1", "2"].contains(&seconds), "{seconds}");
    }
    assert_eq!(server.asked(OPENID), asked);
    server.publish(&[&key]);
    server.act(OPENID, Act::json(server.metadata().to_string()));
    advance(&clock, 2).await;
    assert_eq!(knock(&layer, &token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_keys_it_is_tried_sooner_and_then_less_often() {
    let server = Server::start().await;
    let clock = clock();
    let keys = server.builder(&clock).start().unwrap();
    server.until_asked(OPENID, 1).await;
    for (times, pause) in [1, 2, 4, 8, 16, 30, 30, 30].into_iter().enumerate() {
        server.until_asked(OPENID, times + 1).await;
        let wanted = Duration::from_secs(pause);
        let is_due = || {
            let next = keys.state().next_fetch();
            (wanted..=wanted.mul_f64(1.25)).contains(&next)
        };
        eventually(&format!("a pause of {wanted:?}"), is_due).await;
        clock.advance(keys.state().next_fetch());
    }
}

#[tokio::test]
async fn failing_at_the_start_says_why() {
    let server = Server::publishing(&[]).await;
    let error = RemoteKeys::discover(&server.url).await.unwrap_err();
    assert_eq!(error.failure(), Failure::NoKeys);
    let mut answer = set(&[&new_key(ES256)]);
    answer.truncate(answer.len() - 5);
    server.act(KEYS, Act::json(answer));
    let error = RemoteKeys::discover(&server.url).await.unwrap_err();
    assert_eq!(error.failure(), Failure::Malformed);
}

#[tokio::test]
async fn a_reload_brings_the_keys_back_at_once() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    server.act(KEYS, Act::status(500).with("retry-after", "3600"));
    assert!(keys.reload().await.is_err());
    server.publish(&[&key]);
    keys.reload().await.unwrap();
    assert_eq!(keys.state().last_error(), None);
}

#[tokio::test]
async fn without_old_keys_it_is_tried_again_when_the_last_ones_end() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let good = Act::json(set(&[&key])).with("cache-control", "max-age=60");
    server.act(KEYS, good.clone());
    let keys = server.builder(&clock).stale_for(Duration::ZERO);
    let keys = keys.connect().await.unwrap();
    server.act(KEYS, Act::status(500));
    advance(&clock, 55).await;
    eventually("a failure", || keys.state().last_error().is_some()).await;
    server.act(KEYS, good);
    advance(&clock, 6).await;
    let verified = verifier(keys).verify(&server.token(&key)).await;
    assert!(verified.is_ok(), "{verified:?}");
}

#[tokio::test]
async fn whoever_decides_without_waiting_is_told_of_an_outage_too() {
    use keycard::Rejection;
    use keycard::answer::RejectionKind;
    use keycard::verify::VerifyError;

    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let keys = server.builder(&clock).lazy().unwrap();
    let verifier = verifier(keys.clone());
    let token = server.token(&key);
    let is_outage = || {
        let error = verifier.verify_now(&token).unwrap_err();
        assert!(matches!(error, VerifyError::Unavailable(_)), "{error:?}");
        matches!(Rejection::from(error).kind(), RejectionKind::Unavailable(_))
    };
    // Before there are keys, and when they are too old.
    assert!(is_outage());
    keys.reload().await.unwrap();
    let unknown = verifier.verify_now(&server.token(&new_key(ES256)));
    assert_eq!(unknown.err(), Some(VerifyError::UnknownKey));
    server.act(KEYS, Act::status(500));
    clock.advance(Duration::from_secs(600 + 3600));
    assert!(is_outage());
}

#[tokio::test]
async fn the_log_says_how_long_is_left_and_when_it_is_over() {
    let (log, _guard) = crate::logs::Log::start();
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    server.act(KEYS, Act::status(500));
    clock.advance(Duration::from_secs(599));
    keys.settled().await;
    let [line] = &log.lines("WARN")[..] else {
        panic!("one warning: {}", log.text())
    };
    // A second of freshness, and an hour.
    assert!(line.contains("usable_seconds=3601"), "{line}");
    assert!(line.contains("next_fetch_seconds=3"), "{line}");
    clock.advance(Duration::from_secs(3601));
    keys.settled().await;
    let [line] = &log.lines("ERROR")[..] else {
        panic!("one error: {}", log.text())
    };
    assert!(line.contains("age_seconds=4200"), "{line}");
    server.publish(&[&key]);
    keys.reload().await.unwrap();
    let is_over =
        |line: &String| line.contains("keys can be fetched again") && line.contains("failures=2");
    assert!(log.lines("INFO").iter().any(is_over), "{}", log.text());
}
