//! Runtimes that are not there or lack something, and clients that panic.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use axum::body::Bytes;
use http::Response;
use keycard::Algorithm::ES256;
use keycard::clock::SystemClock;
use keycard::keys::BoxFuture;
use keycard::remote::{Failure, Fetch, FetchError, FetchRequest, RemoteKeys};
use keycard::verify::VerifyError;
use tokio::runtime::Builder;

use super::server::{KEYS, Server, advance, eventually, new_key, set, verifier};
use crate::support::clock;

#[test]
fn a_token_that_waits_outside_of_a_runtime_is_told_so() {
    let (key, other) = (new_key(ES256), new_key(ES256));
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let (keys, good, unknown) = runtime.block_on(async {
        let server = Server::publishing(&[&key]).await;
        let keys = server.builder(&clock()).with_clock(SystemClock);
        let keys = keys.connect().await.unwrap();
        (keys, server.token(&key), server.token(&other))
    });
    let verifier = verifier(keys);
    let once = |token: &str| {
        let asked = std::pin::pin!(verifier.verify(token));
        asked.poll(&mut Context::from_waker(Waker::noop()))
    };
    assert!(matches!(once(&good), Poll::Ready(Ok(_))));
    let told = once(&unknown);
    assert!(
        matches!(told, Poll::Ready(Err(VerifyError::Unavailable(_)))),
        "{told:?}"
    );
}

/// Answers once, and panics ever after.
struct Panics(String, Arc<AtomicUsize>);

impl Fetch for Panics {
    fn fetch<'a>(
        &'a self,
        _: &'a FetchRequest,
    ) -> BoxFuture<'a, Result<Response<Bytes>, FetchError>> {
        Box::pin(async move {
            assert!(
                self.1.fetch_add(1, Ordering::Relaxed) == 0,
                "a fault of the client"
            );
            let answer = Response::builder().header("content-type", "application/json");
            Ok(answer.body(self.0.clone().into()).unwrap())
        })
    }
}

#[tokio::test]
async fn a_client_that_panics_is_not_asked_by_every_request() {
    let key = new_key(ES256);
    let server = Server::publishing(&[]).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let clock = clock();
    let client = Panics(set(&[&key]), Arc::clone(&asked));
    let keys = server
        .builder(&clock)
        .jwks_url(server.at(KEYS))
        .fetch(client);
    let keys = keys.connect().await.unwrap();
    let verifier = verifier(keys.clone());
    advance(&clock, 599).await;
    eventually("a panic", || keys.state().last_error().is_some()).await;
    for _ in 0..50 {
        assert!(verifier.verify_now(&server.token(&key)).is_ok());
        tokio::task::yield_now().await;
    }
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    let sentence = keys.state().last_error().unwrap().to_string();
    assert!(sentence.contains("panic"), "{sentence}");
    for _ in 0..50 {
        let _ = verifier.verify(&server.token(&new_key(ES256))).await;
    }
    assert!(asked.load(Ordering::Relaxed) <= 4);
    advance(&clock, 40).await;
    assert!(verifier.verify_now(&server.token(&key)).is_ok());
    eventually("one more", || asked.load(Ordering::Relaxed) >= 4).await;
}

#[test]
fn a_runtime_without_time_is_named() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let discovered = runtime.block_on(RemoteKeys::discover("http://127.0.0.1:1"));
    let error = discovered.unwrap_err();
    assert_eq!(error.failure(), Failure::Interrupted);
    assert!(error.to_string().contains("enable_all"), "{error}");
}
