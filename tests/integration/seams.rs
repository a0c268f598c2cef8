//! The key source: asked once a token names an unknown key, waited for, and never blamed on the token.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::post as on_post;
use http::{Method, Request};
use keycard::keys::{BoxFuture, KeySet, KeySource, Wanted};
use keycard::verify::Outage;
use keycard::{Algorithm, JwtLayer, SigningKey, VerifiedToken, Verifier};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::support::{
    Answer, DESK, KEY, ROOMS, claims, clock, get_with, send, sign, sign_raw, token,
};

/// The key that the issuer turns to while the tests run; [`KEY`] is the one before.
static NEXT: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::ES256).unwrap());

/// A token signed by the next key.
fn next_token() -> String {
    let header = json!({"alg": "ES256", "kid": NEXT.key_id().unwrap()});
    sign_raw(&NEXT, header.to_string(), claims().to_string())
}

fn old_keys() -> KeySet {
    KeySet::new([KEY.verifying_key()])
}

fn all_keys() -> KeySet {
    KeySet::new([KEY.verifying_key(), NEXT.verifying_key()])
}

const OUTAGE: Outage = Outage::new(Duration::from_secs(7));

/// Where the keys live: far away, and slow.
struct Remote {
    known: Mutex<Option<KeySet>>,
    /// What the next fetch brings.
    coming: Mutex<Result<KeySet, Outage>>,
    /// One permit for each fetch that may come back.
    gate: Semaphore,
    turn: tokio::sync::Mutex<()>,
    asked: Notify,
    refreshes: AtomicUsize,
    fetches: AtomicUsize,
}

#[derive(Clone)]
struct Source(Arc<Remote>);

/// Sets are the same if they are clones of one another, and then their keys lie in one place.
fn same(one: Option<&KeySet>, other: Option<&KeySet>) -> bool {
    let place = |keys: &KeySet| keys.iter().next().map(std::ptr::from_ref);
    one.map(place) == other.map(place)
}

impl KeySource for Source {
    fn snapshot(&self) -> Option<KeySet> {
        self.0.known.lock().unwrap().clone()
    }

    fn refresh<'a>(
        &'a self,
        _: Wanted<'a>,
        stale: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async move {
            let remote = &*self.0;
            remote.refreshes.fetch_add(1, Ordering::Relaxed);
            remote.asked.notify_one();
            let _turn = remote.turn.lock().await;
            if !same(stale, self.snapshot().as_ref()) {
                return Ok(());
            }
            remote.gate.acquire().await.unwrap().forget();
            remote.fetches.fetch_add(1, Ordering::Relaxed);
            let coming = remote.coming.lock().unwrap().clone()?;
            *remote.known.lock().unwrap() = Some(coming);
            Ok(())
        })
    }
}

/// A handler behind the layer, the source of its keys, and how often it was called.
struct Hotel {
    app: Router,
    remote: Arc<Remote>,
    calls: Arc<AtomicUsize>,
}

impl Hotel {
    fn new(known: Option<KeySet>, coming: Result<KeySet, Outage>) -> Self {
        let remote = Arc::new(Remote {
            known: Mutex::new(known),
            coming: Mutex::new(coming),
            gate: Semaphore::new(0),
            turn: tokio::sync::Mutex::default(),
            asked: Notify::new(),
            refreshes: AtomicUsize::new(0),
            fetches: AtomicUsize::new(0),
        });
        let verifier = Verifier::builder(Source(Arc::clone(&remote)))
            .issuer(DESK)
            .audience(ROOMS)
            .with_clock(clock())
            .build()
            .unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        let handler = move |request: Request<Body>| async move {
            counter.fetch_add(1, Ordering::Relaxed);
            let token = VerifiedToken::of(request.extensions()).unwrap();
            let subject = token.subject().unwrap().into_owned();
            let mark = request.headers().get("x-mark").cloned();
            assert!(request.headers()["authorization"].is_sensitive());
            let body = axum::body::to_bytes(request.into_body(), 100)
                .await
                .unwrap();
            format!("{subject} {mark:?} {body:?}")
        };
        let app = Router::new()
            .route("/", on_post(handler))
            .layer(JwtLayer::new(verifier).realm("hotel"));
        Self { app, remote, calls }
    }

    fn open_gate(&self) {
        self.remote.gate.add_permits(1);
    }

    async fn post(&self, token: &str) -> Answer {
        send(self.app.clone(), post(token)).await
    }

    fn count(&self) -> (usize, usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        let remote = &self.remote;
        (
            count(&remote.refreshes),
            count(&remote.fetches),
            count(&self.calls),
        )
    }
}

fn post(token: &str) -> Request<Body> {
    let mut request = get_with("/", token);
    *request.method_mut() = Method::POST;
    *request.body_mut() = Body::from("hello");
    let mark = "room 7".parse().unwrap();
    request.headers_mut().insert("x-mark", mark);
    request
}

const GREETED: &str = r#"anna Some("room 7") b"hello""#;

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.challenge, None);
    assert_eq!(answer.json()["error"], "temporarily_unavailable");
    assert!(!answer.body.contains("invalid_token"));
}

#[tokio::test]
async fn a_request_waits_for_the_first_keys_and_goes_on() {
    let hotel = Hotel::new(None, Ok(old_keys()));
    let waiting = tokio::spawn(send(hotel.app.clone(), post(&token("a"))));
    hotel.remote.asked.notified().await;
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    assert_eq!(hotel.count(), (1, 0, 0));

    hotel.open_gate();
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, GREETED));
    assert_eq!(hotel.count(), (1, 1, 1));
    assert_eq!(hotel.post(&token("a")).await.status, 200);
    assert_eq!(hotel.count(), (1, 1, 2), "now the keys are known");
}

#[tokio::test]
async fn a_request_with_an_unknown_key_waits_for_it_and_goes_on() {
    let hotel = Hotel::new(Some(old_keys()), Ok(all_keys()));
    let waiting = tokio::spawn(send(hotel.app.clone(), post(&next_token())));
    hotel.remote.asked.notified().await;
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());

    hotel.open_gate();
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, GREETED));
    assert_eq!(hotel.count(), (1, 1, 1));
}

#[tokio::test]
async fn a_key_that_stays_unknown_is_asked_for_once_and_then_refused() {
    let hotel = Hotel::new(Some(old_keys()), Ok(old_keys()));
    hotel.open_gate();
    let answer = hotel.post(&next_token()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer realm="hotel", error="invalid_token""#)
    );
    assert_eq!(hotel.count(), (1, 1, 0));
}

#[tokio::test]
async fn a_token_that_was_waited_for_is_checked_like_any_other() {
    let hotel = Hotel::new(Some(old_keys()), Ok(all_keys()));
    hotel.open_gate();
    let header = json!({"alg": "ES256", "kid": NEXT.key_id().unwrap()});
    let expired = json!({"iss": DESK, "aud": ROOMS, "exp": 1});
    let expired = sign_raw(&NEXT, header.to_string(), expired.to_string());
    let answer = hotel.post(&expired).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error_description"], "the token expired");
    assert_eq!(hotel.count(), (1, 1, 0));

    // The right name on the wrong key.
    let forged = sign(&header, &claims());
    assert_eq!(hotel.post(&forged).await.status, 401);
    assert_eq!(hotel.count(), (1, 1, 0));
    assert_eq!(hotel.post(&next_token()).await.status, 200);
}

#[tokio::test]
async fn an_unknown_key_is_unavailable_while_the_source_is_down() {
    let hotel = Hotel::new(Some(old_keys()), Err(OUTAGE));
    hotel.open_gate();
    assert_unavailable(&hotel.post(&next_token()).await);
    assert_eq!(hotel.count(), (1, 1, 0));

    // Keys that are known go on to be good.
    assert_eq!(hotel.post(&token("a")).await.status, 200);
    assert_eq!(hotel.count(), (1, 1, 1));

    *hotel.remote.coming.lock().unwrap() = Ok(all_keys());
    hotel.open_gate();
    let answer = hotel.post(&next_token()).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, GREETED));
}

#[tokio::test]
async fn every_token_is_unavailable_before_the_first_keys_came() {
    let hotel = Hotel::new(None, Err(OUTAGE));
    hotel.open_gate();
    hotel.open_gate();
    assert_unavailable(&hotel.post(&token("a")).await);
    assert_unavailable(&hotel.post(&next_token()).await);
    assert_eq!(hotel.count(), (2, 2, 0));

    *hotel.remote.coming.lock().unwrap() = Ok(old_keys());
    hotel.open_gate();
    assert_eq!(hotel.post(&token("a")).await.status, 200);
}

#[tokio::test]
async fn what_is_no_token_is_refused_without_asking_for_keys() {
    let hotel = Hotel::new(None, Err(OUTAGE));
    let kid = NEXT.key_id().unwrap();
    let payload = claims().to_string();
    for (bad, status) in [
        ("garbage".to_owned(), 401),
        ("a.b.c".to_owned(), 401),
        ("x".repeat(17_000), 401),
        (sign_raw(&KEY, r#"{"alg":"none"}"#, &payload), 401),
        (sign_raw(&KEY, "no json", &payload), 401),
        (
            sign(
                &json!({"alg": "ES256", "kid": kid, "typ": "dpop+jwt"}),
                &claims(),
            ),
            401,
        ),
        ("two words".to_owned(), 400),
    ] {
        assert_eq!(hotel.post(&bad).await.status, status, "{bad:.20}");
    }
    let mut anonymous = post("x");
    anonymous.headers_mut().remove("authorization");
    assert_eq!(send(hotel.app.clone(), anonymous).await.status, 401);
    assert_eq!(hotel.count(), (0, 0, 0));
}

/// Polls once, with nobody to wake: what comes back did not wait for anything.
fn at_once(hotel: &Hotel, token: &str) -> Option<u16> {
    let mut response = Box::pin(hotel.app.clone().oneshot(post(token)));
    match response
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(response) => Some(response.unwrap().status().as_u16()),
        Poll::Pending => None,
    }
}

#[test]
fn a_token_with_a_known_key_never_waits() {
    let hotel = Hotel::new(Some(old_keys()), Err(OUTAGE));
    assert_eq!(at_once(&hotel, &token("a")), Some(200));
    let no_name = sign(&json!({"alg": "ES256"}), &claims());
    assert_eq!(at_once(&hotel, &no_name), Some(200));

    // Nor do bad ones, whose key is known too.
    let kid = KEY.key_id().unwrap();
    let header = json!({"alg": "ES256", "kid": kid}).to_string();
    let forged = sign_raw(&NEXT, &header, claims().to_string());
    assert_eq!(at_once(&hotel, &forged), Some(401));
    let no_name = sign_raw(&NEXT, r#"{"alg":"ES256"}"#, claims().to_string());
    assert_eq!(at_once(&hotel, &no_name), Some(401));
    assert_eq!(hotel.count(), (0, 0, 2));
    assert_eq!(at_once(&hotel, &next_token()), None, "an unknown key");
}

#[tokio::test]
async fn many_requests_wait_for_one_fetch() {
    let hotel = Hotel::new(Some(old_keys()), Ok(all_keys()));
    let next = next_token();
    let mut waiting = JoinSet::new();
    for _ in 0..50 {
        waiting.spawn(send(hotel.app.clone(), post(&next)));
    }
    while hotel.count().0 < 50 {
        tokio::task::yield_now().await;
    }
    // Others do not wait in the same line.
    for _ in 0..10 {
        assert_eq!(hotel.post(&token("a")).await.status, 200);
    }
    assert_eq!(hotel.count(), (50, 0, 10));

    hotel.open_gate();
    for answer in waiting.join_all().await {
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, GREETED));
    }
    assert_eq!(hotel.count(), (50, 1, 60));
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_waits_does_no_harm() {
    let hotel = Hotel::new(Some(old_keys()), Ok(all_keys()));
    assert_eq!(at_once(&hotel, &next_token()), None);
    let gone = tokio::spawn(send(hotel.app.clone(), post(&next_token())));
    hotel.remote.asked.notified().await;
    tokio::task::yield_now().await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert_eq!(hotel.count(), (2, 0, 0));

    hotel.open_gate();
    let answer = hotel.post(&next_token()).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, GREETED));
    assert_eq!(hotel.count(), (3, 1, 1));
}

/// Has never had any keys, and does not hurry to get some.
struct Empty;

impl KeySource for Empty {
    fn snapshot(&self) -> Option<KeySet> {
        None
    }

    fn refresh<'a>(
        &'a self,
        _: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn without_any_keys_nobody_is_told_that_a_token_is_bad() {
    let verifier = keycard::Verifier::builder(std::sync::Arc::new(Empty))
        .issuer(crate::support::DESK)
        .audience(crate::support::ROOMS)
        .build()
        .unwrap();
    let layer = keycard::JwtLayer::new(verifier);
    let answer = crate::support::knock(&layer, &crate::support::token("a")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(answer.challenge, None);
}

#[tokio::test]
async fn a_cookie_whose_key_stays_unknown_counts_as_absent_in_the_optional_mode() {
    let cookie = keycard::TokenCookie::new("session").unwrap();
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let header = json!({"alg": "ES256", "kid": stranger.key_id().unwrap()});
    let theirs = sign_raw(&stranger, header.to_string(), claims().to_string());
    let hotel = Hotel::new(Some(old_keys()), Ok(all_keys()));
    let source = Source(Arc::clone(&hotel.remote));
    let verifier = Verifier::builder(source)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock())
        .build()
        .unwrap();
    let who = async |token: Option<VerifiedToken>| match token {
        Some(_) => "known",
        None => "anonymous",
    };
    let app = |layer: JwtLayer| {
        let router = Router::new().route("/", axum::routing::get(who));
        router.layer(layer.cookie(cookie.clone()))
    };
    let knock = async |layer: JwtLayer, token: &str| {
        let mut request = crate::support::get("/");
        let line = format!("__Host-session={token}");
        request
            .headers_mut()
            .insert("cookie", line.parse().unwrap());
        send(app(layer), request).await
    };
    hotel.remote.gate.add_permits(3);
    let layer = JwtLayer::new(verifier);
    let optional = layer.clone().optional();
    assert_eq!(knock(optional.clone(), &theirs).await.body, "anonymous");
    assert_eq!(knock(layer, &theirs).await.status, 401);
    assert_eq!(knock(optional, &next_token()).await.body, "known");
}

#[tokio::test]
async fn a_cookie_that_was_waited_for_and_has_expired_is_removed() {
    let cookie = keycard::TokenCookie::new("session").unwrap();
    let hotel = Hotel::new(Some(old_keys()), Ok(all_keys()));
    hotel.remote.gate.add_permits(1);
    let verifier = Verifier::builder(Source(hotel.remote))
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock())
        .build()
        .unwrap();
    let page = axum::routing::get(async |token: Option<VerifiedToken>| match token {
        Some(_) => "known",
        None => "anonymous",
    });
    let layer = JwtLayer::new(verifier).optional().cookie(cookie);
    let app = Router::new().route("/", page).layer(layer);
    let header = json!({"alg": "ES256", "kid": NEXT.key_id().unwrap()});
    let expired = crate::support::changed(claims(), json!({"exp": 1}));
    let token = sign_raw(&NEXT, header.to_string(), expired.to_string());
    let mut request = crate::support::get("/");
    let line = format!("__Host-session={token}");
    request
        .headers_mut()
        .insert("cookie", line.parse().unwrap());
    let answer = send(app, request).await;
    assert_eq!(answer.body, "anonymous");
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// Has no keys but these, and remembers what it is asked for.
struct Curious {
    keys: Option<KeySet>,
    asked: Mutex<Vec<(Option<String>, Algorithm, String)>>,
}

impl KeySource for Curious {
    fn snapshot(&self) -> Option<KeySet> {
        self.keys.clone()
    }

    fn refresh<'a>(
        &'a self,
        wanted: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        let key_id = wanted.key_id().map(str::to_owned);
        let asked = (key_id, wanted.algorithm(), format!("{wanted:?}"));
        self.asked.lock().unwrap().push(asked);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_source_is_told_which_key_is_wanted() {
    let stranger = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let token = |key_id: Option<&str>| {
        let mut header = json!({"alg": "EdDSA"});
        if let Some(key_id) = key_id {
            header["kid"] = key_id.into();
        }
        sign_raw(&stranger, header.to_string(), claims().to_string())
    };
    let ask = async |keys: Option<KeySet>, key_id: Option<&str>| {
        let source = Arc::new(Curious {
            keys,
            asked: Mutex::default(),
        });
        let verifier = Verifier::builder(Arc::clone(&source))
            .issuer(DESK)
            .audience(ROOMS)
            .with_clock(clock())
            .build()
            .unwrap();
        let layer = JwtLayer::new(verifier);
        let answer = crate::support::knock(&layer, &token(key_id)).await;
        assert_ne!(answer.status, 200);
        source.asked.lock().unwrap().clone()
    };
    let asked = |key_id: Option<&str>| {
        // The identifier is part of a token.
        let shown = "Wanted { algorithm: EdDSA, .. }".to_owned();
        vec![(key_id.map(str::to_owned), Algorithm::EdDSA, shown)]
    };
    assert_eq!(
        ask(Some(old_keys()), Some("2031")).await,
        asked(Some("2031"))
    );
    assert_eq!(ask(None, Some("2031")).await, asked(Some("2031")));
    assert_eq!(ask(None, None).await, asked(None));
    // With keys, and without a `kid`, nothing is asked for.
    assert_eq!(ask(Some(old_keys()), None).await, []);
}
