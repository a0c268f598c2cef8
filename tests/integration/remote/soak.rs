//! A rotation each second under load: not one good token is refused.

use std::time::Duration;

use http::StatusCode;
use keycard::Algorithm::ES256;
use keycard::{JwtLayer, SigningKey};
use tokio::task::JoinSet;

use super::server::{KEYS, Server, eventually, new_key, verifier};
use crate::support::{clock, door, get_with, send};

const ROTATIONS: usize = 60;
const EACH: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_each_second() {
    let clock = clock();
    let mut keys: Vec<SigningKey> = vec![new_key(ES256)];
    let server = Server::publishing(&[&keys[0]]).await;
    let remote = server
        .builder(&clock)
        .unknown_key_fetches(2, Duration::from_secs(1));
    let remote = remote.connect().await.unwrap();
    let layer = JwtLayer::new(verifier(remote.clone()));
    let metrics = tokio::runtime::Handle::current().metrics();
    let mut tasks = 0;
    for rotation in 0..ROTATIONS {
        let new = new_key(ES256);
        keys.push(new);
        // Announced first, the one of before still good, and older ones gone.
        let published: Vec<&SigningKey> = keys.iter().rev().take(2).collect();
        server.publish(&published);
        let mut answers = JoinSet::new();
        for key in published.iter().cycle().take(EACH) {
            let (door, token) = (door(layer.clone()), server.token(key));
            answers.spawn(async move { send(door, get_with("/", &token)).await.status });
        }
        while let Some(status) = answers.join_next().await {
            assert_eq!(status.unwrap(), StatusCode::OK, "in rotation {rotation}");
        }
        assert_eq!(server.asked(KEYS), rotation + 2, "one fetch each");
        assert_eq!(remote.state().keys().len(), 2);
        clock.advance(Duration::from_secs(1));
        if rotation == 5 {
            tasks = metrics.num_alive_tasks();
        }
    }
    eventually("no more tasks than before", || {
        metrics.num_alive_tasks() <= tasks
    })
    .await;
}
