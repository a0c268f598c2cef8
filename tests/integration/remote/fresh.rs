//! How long keys are good, and when they are fetched anew.

use std::time::Duration;

use keycard::Algorithm::ES256;
use keycard::remote::Status;

use super::server::{Act, KEYS, OPENID, Server, advance, eventually, new_key, set, verifier};
use crate::support::clock;

#[tokio::test]
async fn keys_are_fetched_at_80_percent_of_their_time_and_not_before() {
    let key = new_key(ES256);
    for (header, seconds) in [
        (None, 600),
        (Some("max-age=1000"), 1000),
        (Some("max-age=5"), 60),
        (Some("no-store"), 60),
        (Some("max-age=99999999"), 24 * 3600),
    ] {
        let server = Server::publishing(&[&key]).await;
        if let Some(header) = header {
            server.act(KEYS, Act::json(set(&[&key])).with("cache-control", header));
        }
        let clock = clock();
        let keys = server.builder(&clock).connect().await.unwrap();
        let next = keys.state().next_fetch().as_secs_f64() / f64::from(seconds);
        assert!((0.8..0.9).contains(&next), "{next} of {seconds}");
        advance(&clock, u64::try_from(seconds).unwrap() * 8 / 10 - 1).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(server.asked(KEYS), 1, "{header:?}");
        advance(&clock, u64::try_from(seconds).unwrap() / 10 + 2).await;
        server.until_asked(KEYS, 2).await;
        eventually("keys as good as new", || {
            keys.state().age() == Some(Duration::ZERO)
        })
        .await;
        // The address of the keys is known.
        assert_eq!(server.asked(OPENID), 1);
    }
}

#[tokio::test]
async fn instances_that_start_at_once_do_not_ask_at_once() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let mut due = Vec::new();
    for _ in 0..20 {
        let keys = server.builder(&clock()).connect().await.unwrap();
        due.push(keys.state().next_fetch());
    }
    due.sort();
    due.dedup();
    assert!(due.len() > 5, "{due:?}");
}

#[tokio::test]
async fn settings_of_freshness() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let builder = || server.builder(&clock()).refresh_ahead(50);
    let next = async |builder: keycard::remote::RemoteKeysBuilder| {
        builder.connect().await.unwrap().state().next_fetch()
    };
    let found = next(builder().fresh_for(minutes(100))).await;
    assert!((minutes(50)..minutes(75)).contains(&found), "{found:?}");
    server.act(
        KEYS,
        Act::json(set(&[&key])).with("cache-control", "max-age=1"),
    );
    let found = next(builder().fresh_within(minutes(20), minutes(40))).await;
    assert!((minutes(10)..minutes(15)).contains(&found), "{found:?}");
    server.act(
        KEYS,
        Act::json(set(&[&key])).with("cache-control", "max-age=100000"),
    );
    let found = next(builder().fresh_within(minutes(20), minutes(40))).await;
    assert!((minutes(20)..minutes(30)).contains(&found), "{found:?}");
}

#[tokio::test]
async fn a_tag_is_sent_back_and_saves_the_body() {
    let (key, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&key]).await;
    let tagged = |keys: &[&keycard::SigningKey], tag: &str| Act::json(set(keys)).with("etag", tag);
    server.act(KEYS, tagged(&[&key], "\"one\""));
    let keys = server.builder(&clock()).connect().await.unwrap();
    assert!(server.headers(KEYS).get("if-none-match").is_none());
    let before = keys.state().keys().clone();
    keys.reload().await.unwrap();
    assert_eq!(server.headers(KEYS)["if-none-match"], "\"one\"");
    assert_eq!(server.not_modified(), 1);
    assert!(keys.state().keys().is_same(&before));

    server.act(KEYS, tagged(&[&key, &new], "W/\"two\""));
    keys.reload().await.unwrap();
    assert_eq!(keys.state().keys().len(), 2);
    keys.reload().await.unwrap();
    assert_eq!(server.headers(KEYS)["if-none-match"], "W/\"two\"");
    assert_eq!(server.not_modified(), 2);
    // After a failure it is still known.
    server.act(KEYS, Act::status(500));
    assert!(keys.reload().await.is_err());
    server.act(KEYS, tagged(&[&key], "\"three\""));
    keys.reload().await.unwrap();
    assert_eq!(keys.state().keys().len(), 1);
}

#[tokio::test]
async fn the_same_keys_stay_the_same_set() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock()).connect().await.unwrap();
    let before = keys.state().keys().clone();
    keys.reload().await.unwrap();
    assert!(keys.state().keys().is_same(&before));
    assert_eq!(server.asked(KEYS), 2);
}

#[tokio::test]
async fn a_key_that_is_withdrawn_is_refused_after_the_next_fetch() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old, &new]).await;
    let keys = server.builder(&clock()).connect().await.unwrap();
    let verifier = verifier(keys.clone());
    let token = server.token(&old);
    assert!(verifier.verify_now(&token).is_ok());
    server.publish(&[&new]);
    keys.reload().await.unwrap();
    assert!(verifier.verify(&token).await.is_err());
    assert_eq!(keys.state().status(), Status::Fresh);
}

#[tokio::test]
async fn a_reload_that_is_called_during_a_fetch_is_one_more() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock()).connect().await.unwrap();
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let answer = Act::json(set(&[&key]));
    server.act(
        KEYS,
        Act::Gate(std::sync::Arc::clone(&gate), Box::new(answer)),
    );
    let reload = || {
        let keys = keys.clone();
        tokio::spawn(async move { keys.reload().await })
    };
    let first = reload();
    server.until_asked(KEYS, 2).await;
    let (second, third) = (reload(), reload());
    tokio::task::yield_now().await;
    gate.add_permits(9);
    for one in [first, second, third] {
        one.await.unwrap().unwrap();
    }
    // The first had begun before the others came, and those two share one.
    assert_eq!(server.asked(KEYS), 3);
}

#[tokio::test]
async fn after_a_failure_the_same_keys_are_still_the_same() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let tagged = Act::json(set(&[&key])).with("etag", "\"one\"");
    for act in [tagged, Act::json(set(&[&key]))] {
        server.act(KEYS, act.clone());
        let keys = server.builder(&clock()).connect().await.unwrap();
        let before = keys.state().keys().clone();
        let is_tagged = server.not_modified();
        for fault in [Act::status(500), Act::json("{}"), Act::json(set(&[]))] {
            server.act(KEYS, fault);
            assert!(keys.reload().await.is_err());
        }
        server.act(KEYS, act);
        keys.reload().await.unwrap();
        assert!(keys.state().keys().is_same(&before));
        assert!(server.not_modified() <= is_tagged + 1);
    }
    assert_eq!(server.not_modified(), 1);
}

#[tokio::test]
async fn a_test_that_moved_the_clock_waits_for_what_comes_of_it() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let clock = clock();
    let keys = server.builder(&clock).connect().await.unwrap();
    let verifier = verifier(keys.clone());
    for round in 0..5 {
        // Nothing to wait for.
        keys.settled().await;
        assert_eq!(server.asked(KEYS), round + 1);
        let published = if round % 2 == 0 { &new } else { &old };
        server.publish(&[published]);
        clock.advance(Duration::from_secs(600));
        keys.settled().await;
        assert!(verifier.verify_now(&server.token(published)).is_ok());
        let gone = if round % 2 == 0 { &old } else { &new };
        assert!(verifier.verify_now(&server.token(gone)).is_err());
    }
}
