//! The contract of tower: the service that was polled ready is the one that is called, its
//! pressure and its errors pass through.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use keycard::keys::{BoxFuture, KeySet, KeySource, Wanted};
use keycard::layer::Jwt;
use keycard::verify::Outage;
use keycard::{JwtLayer, Trust, Verifier, require_scope};
use serde_json::json;
use tower::{Layer, Service, ServiceExt};

use crate::support::{DESK, KEY, ROOMS, changed, claims, clock, layer, sign, token};

/// Panics unless this very instance was polled ready before each call.
struct Strict {
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self {
            ready: false,
            calls: Arc::clone(&self.calls),
        }
    }
}

impl Strict {
    fn new() -> Self {
        Self {
            ready: false,
            calls: Arc::default(),
        }
    }
}

impl<B> Service<Request<B>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        assert!(self.ready, "called without being polled ready");
        self.ready = false;
        self.calls.fetch_add(1, Ordering::Relaxed);
        ready(Ok(Response::new(Full::default())))
    }
}

/// Knows nothing before the first refresh, so that the first request has to wait.
struct Late(AtomicBool);

impl KeySource for Late {
    fn snapshot(&self) -> Option<KeySet> {
        let keys = || KeySet::new([KEY.verifying_key()]);
        self.0.load(Ordering::Relaxed).then(keys)
    }

    fn refresh<'a>(
        &'a self,
        _: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.0.store(true, Ordering::Relaxed);
            Ok(())
        })
    }
}

fn late() -> JwtLayer {
    let verifier = Verifier::builder(Late(AtomicBool::new(false)))
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock());
    JwtLayer::new(verifier.build().unwrap())
}

fn request(token: &str) -> Request<()> {
    Request::get("/")
        .header("authorization", format!("Bearer {token}"))
        .body(())
        .unwrap()
}

async fn status<S>(service: &mut S, request: Request<()>) -> StatusCode
where
    S: Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible>,
{
    let ready = service.ready().await.unwrap();
    ready.call(request).await.unwrap().status()
}

#[tokio::test]
async fn calls_the_service_that_was_polled() {
    let strict = Strict::new();
    let calls = Arc::clone(&strict.calls);
    let mut service = layer().layer(require_scope("a").layer(strict));

    for _ in 0..3 {
        assert_eq!(status(&mut service, request(&token("a"))).await, 200);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert_eq!(status(&mut service, request("bad")).await, 401);
    assert_eq!(status(&mut service, request(&token("b"))).await, 403);
    assert_eq!(calls.load(Ordering::Relaxed), 3, "a refusal calls nobody");
    assert_eq!(status(&mut service, request(&token("a"))).await, 200);
}

#[tokio::test]
async fn calls_the_service_that_was_polled_after_it_waited_for_a_key() {
    let strict = Strict::new();
    let calls = Arc::clone(&strict.calls);
    let mut service = late().layer(strict);

    assert_eq!(status(&mut service, request(&token("a"))).await, 200);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    // What stays behind after a wait is a clone, which wants to be polled again.
    assert_eq!(status(&mut service, request(&token("a"))).await, 200);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn two_requests_that_wait_use_two_services() {
    let strict = Strict::new();
    let calls = Arc::clone(&strict.calls);
    let mut service = late().layer(strict);

    let request = || request(&token("a"));
    let first = ServiceExt::<Request<()>>::ready(&mut service).await;
    let first = first.unwrap().call(request());
    let second = ServiceExt::<Request<()>>::ready(&mut service).await;
    let second = second.unwrap().call(request());
    let (second, first) = tokio::join!(second, first);
    assert_eq!(first.unwrap().status(), 200);
    assert_eq!(second.unwrap().status(), 200);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

/// What the service inside fails with: neither `Infallible`, nor an error of `std`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct OutOfTowels(u8);

/// Not ready, then ready, then broken.
#[derive(Clone)]
struct Moody(u8);

impl Service<Request<()>> for Moody {
    type Response = Response<Full<Bytes>>;
    type Error = OutOfTowels;
    type Future = Ready<Result<Self::Response, OutOfTowels>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), OutOfTowels>> {
        self.0 += 1;
        match self.0 {
            1 => Poll::Pending,
            2 => Poll::Ready(Ok(())),
            polls => Poll::Ready(Err(OutOfTowels(polls))),
        }
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Err(OutOfTowels(100)))
    }
}

#[tokio::test]
async fn the_error_type_of_the_service_passes_through() {
    fn fails_with<E, S: Service<Request<()>, Error = E>>(_: &S) {}

    let mut service: Jwt<_> = layer().layer(require_scope("a").layer(Moody(1)));
    fails_with::<OutOfTowels, _>(&service);
    let ready = service.ready().await.unwrap();
    let error = ready.call(request(&token("a"))).await.unwrap_err();
    assert_eq!(error, OutOfTowels(100));
    let error = service.ready().await.err();
    assert_eq!(error, Some(OutOfTowels(3)));

    // A refusal is an answer, not an error.
    let refused = layer().layer(Moody(1)).oneshot(request("bad")).await;
    assert_eq!(refused.unwrap().status(), 401);
}

#[tokio::test]
async fn the_error_passes_through_after_a_wait_too() {
    let failed = late().layer(Moody(1)).oneshot(request(&token("a"))).await;
    assert_eq!(failed.unwrap_err(), OutOfTowels(100));
}

#[test]
fn a_service_that_is_not_ready_makes_the_layer_wait() {
    let moody = keycard::CrossSite::new().layer(Moody(0));
    let mut service = layer().layer(require_scope("a").layer(moody));
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_pending());
    assert_eq!(service.poll_ready(&mut context), Poll::Ready(Ok(())));
}

/// Never has an answer.
struct Silent;

impl KeySource for Silent {
    fn snapshot(&self) -> Option<KeySet> {
        Some(KeySet::new([KEY.verifying_key()]))
    }

    fn refresh<'a>(
        &'a self,
        _: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(std::future::pending())
    }
}

/// One whose source has no answer is not to keep others from getting new keys.
#[tokio::test]
async fn those_who_wait_for_one_issuer_do_not_stand_in_the_way_of_another() {
    const SPA: &str = "https://spa.example";
    let trusts = [
        Trust::new(SPA, Silent).audience(ROOMS),
        Trust::new(DESK, Late(AtomicBool::new(false))).audience(ROOMS),
    ];
    let verifier = Verifier::trusting(trusts).with_clock(clock());
    let mut service = JwtLayer::new(verifier.max_waiting(2).build().unwrap()).layer(Strict::new());
    let header = json!({"alg": "ES256", "kid": "invented"});
    let stranger = sign(&header, &changed(claims(), json!({"iss": SPA})));
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let ready = ServiceExt::<Request<()>>::ready(&mut service)
            .await
            .unwrap();
        waiting.push(Box::pin(ready.call(request(&stranger))));
    }
    let polled = waiting.iter_mut().map(|it| it.as_mut().poll(&mut context));
    let pending: Vec<bool> = polled.map(|polled| polled.is_pending()).collect();
    assert_eq!(pending, [true, true, false], "its queue is full");
    assert_eq!(status(&mut service, request(&token("a"))).await, 200);
}

#[test]
fn no_more_requests_wait_than_there_are_places() {
    let verifier = Verifier::builder(Silent)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock());
    let mut service = JwtLayer::new(verifier.max_waiting(20).build().unwrap()).layer(Strict::new());
    let mut header = crate::support::header();
    header["kid"] = "invented".into();
    let token = crate::support::sign(&header, &crate::support::claims());
    let mut context = Context::from_waker(std::task::Waker::noop());
    let mut ask = || {
        let ready = Service::<Request<()>>::poll_ready(&mut service, &mut context);
        assert!(ready.is_ready());
        let mut answer = Box::pin(service.call(request(&token)));
        match answer.as_mut().poll(&mut context) {
            Poll::Pending => Err(answer),
            Poll::Ready(answer) => Ok(answer.unwrap()),
        }
    };
    let mut waiting: Vec<_> = (0..20).map(|_| ask().unwrap_err()).collect();
    for _ in 0..3 {
        let refused = ask().unwrap();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.headers()["retry-after"], "1");
    }
    // A client that goes away leaves its place to the next one.
    waiting.pop();
    waiting.push(ask().unwrap_err());
    assert!(ask().is_ok());
}
