//! Keys from elsewhere.

use keycard::Algorithm::ES256;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use super::meter::{Meter, Seen, series};
use crate::remote::server::{Act, KEYS, OPENID, Server, advance, eventually, new_key, verifier};
use crate::support::clock;

/// What is expected of a source, each line without its name.
fn of(server: &Server, table: &str) -> Seen {
    series(&table.replace("SOURCE", &server.url))
}

#[tokio::test]
async fn each_fetch_is_counted_by_what_it_brought() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let (key, clock) = (new_key(ES256), clock());
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock).connect().await.unwrap();
    let new = "1 keycard.keys.fetches{outcome=ok, source=SOURCE}
        0 keycard.keys.age{source=SOURCE}
        1 keycard.keys.held{source=SOURCE}
        0 keycard.keys.skipped{source=SOURCE}";
    // It stands for itself, without a verifier.
    assert_eq!(meter.seen(), of(&server, new));

    keys.reload().await.unwrap();
    let same = new.replace("outcome=ok", "outcome=same");
    assert_eq!(meter.seen(), of(&server, &same));

    let body = crate::remote::server::set(&[&key]);
    let strange = body.replacen('[', r#"[{"kty":"XYZ"},"#, 1);
    server.act(KEYS, Act::json(strange));
    keys.reload().await.unwrap();
    let skipped = new.replace("0 keycard.keys.skipped", "1 keycard.keys.skipped");
    assert_eq!(meter.seen(), of(&server, &skipped));

    advance(&clock, 30).await;
    server.act(KEYS, Act::status(500));
    keys.reload().await.unwrap_err();
    let failed = "1 keycard.keys.fetches{outcome=status, source=SOURCE}
        30 keycard.keys.age{source=SOURCE}
        0 keycard.keys.held{source=SOURCE}
        0 keycard.keys.skipped{source=SOURCE}";
    // Gauges that were not set are 0 here, as they have been read: only the age was.
    assert_eq!(meter.seen(), of(&server, failed));
}

#[tokio::test]
async fn keys_that_are_too_old_are_none() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let (key, clock) = (new_key(ES256), clock());
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock).connect().await.unwrap();
    server.act(KEYS, Act::text(200, "application/json", "{"));
    let held = |of: &DebuggingRecorder| {
        let seen = of.snapshotter().snapshot().into_vec();
        let gauge = seen
            .into_iter()
            .find(|(series, ..)| series.key().name() == "keycard.keys.held");
        gauge.unwrap().3
    };
    assert_eq!(held(&recorder), DebugValue::Gauge(1.0.into()));
    advance(&clock, 10 * 60 + 3600 + 1).await;
    eventually("a fetch to fail", || keys.state().last_error().is_some()).await;

    let meter = Meter::of(&recorder);
    let seen = meter.seen();
    let of_held = seen.iter().find(|(name, _)| name.contains("keys.held"));
    assert_eq!(of_held.map(|(_, held)| *held), Some(0));
    let of_age = seen.iter().find(|(name, _)| name.contains("keys.age"));
    assert_eq!(of_age.map(|(_, age)| *age), Some(10 * 60 + 3600 + 1));
}

#[tokio::test]
async fn the_first_request_after_a_rotation_is_one_wait_and_one_fetch() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let (old, new, clock) = (new_key(ES256), new_key(ES256), clock());
    let server = Server::publishing(&[&old]).await;
    let verifier = verifier(server.builder(&clock).connect().await.unwrap());
    let _ = meter.seen();

    server.publish(&[&old, &new]);
    assert!(verifier.verify(&server.token(&new)).await.is_ok());
    let expected =
        "1 keycard.authenticate.duration{outcome=accepted, reason=none, source=none, trust=SOURCE}
        1 keycard.keys.waits{source=none, trust=SOURCE}
        1 keycard.keys.wait.duration{outcome=found, trust=SOURCE}
        1 keycard.keys.fetches{outcome=ok, source=SOURCE}
        0 keycard.keys.age{source=SOURCE}
        2 keycard.keys.held{source=SOURCE}
        0 keycard.keys.skipped{source=SOURCE}";
    assert_eq!(meter.seen(), of(&server, expected));
}

#[tokio::test]
async fn keys_of_a_seed_file_are_in_use_and_of_their_age() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let (key, clock) = (new_key(ES256), clock());
    let server = Server::publishing(&[&key]).await;
    let file = std::env::temp_dir().join(format!("keycard-metrics-{}", std::process::id()));
    let builder = || server.builder(&clock).seed_file(&file);
    drop(builder().connect().await.unwrap());
    let _ = meter.seen();

    advance(&clock, 90).await;
    server.act(OPENID, Act::status(503));
    let keys = builder().connect().await;
    std::fs::remove_file(&file).unwrap();
    assert!(keys.is_ok());
    let seeded = "1 keycard.keys.fetches{outcome=status, source=SOURCE}
        90 keycard.keys.age{source=SOURCE}
        1 keycard.keys.held{source=SOURCE}
        0 keycard.keys.skipped{source=SOURCE}";
    assert_eq!(meter.seen(), of(&server, seeded));
}
