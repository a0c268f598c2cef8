//! Keys from elsewhere under load: `cargo bench --bench remote --features remote`.
//!
//! What a request with a known key takes while a thousand others wait for keys that do not exist, and while the issuer is
//! out of reach, in turns with the same load without either. And a soak: a rotation each second of the clock, in which no good
//! token is refused, and neither memory nor tasks grow.

use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use axum::body::Body;
use axum::routing::get;
use axum::{Json, Router};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::{Request, StatusCode};
use keycard::clock::ManualClock;
use keycard::keys::KeySet;
use keycard::remote::RemoteKeys;
use keycard::{Algorithm, Issuer, JwtLayer, SigningKey, Verifier};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

const ROOMS: &str = "https://rooms.example";
const ROUNDS: usize = 11;
const REQUESTS: usize = 10_000;
const WAITING: usize = 1_000;
const ROTATIONS: usize = 2_000;

/// An issuer that answers late, or not at all, as it is told.
struct Idp {
    url: String,
    keys: Arc<Mutex<String>>,
    status: Arc<AtomicU16>,
    asked: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Idp {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let idp = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            keys: Arc::default(),
            status: Arc::new(AtomicU16::new(200)),
            asked: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        let metadata = Json(json!({"issuer": idp.url, "jwks_uri": format!("{}/keys", idp.url)}));
        let (keys, status) = (Arc::clone(&idp.keys), Arc::clone(&idp.status));
        let (asked, gate) = (Arc::clone(&idp.asked), Arc::clone(&idp.gate));
        let answer = get(async move || {
            asked.fetch_add(1, Ordering::Relaxed);
            drop(gate.acquire().await);
            let status = StatusCode::from_u16(status.load(Ordering::Relaxed)).unwrap();
            let keys = keys.lock().unwrap().clone();
            (status, [("content-type", "application/jwk-set+json")], keys)
        });
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", answer);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        idp
    }

    fn publish(&self, keys: &[SigningKey]) {
        let keys = KeySet::new(keys.iter().map(SigningKey::verifying_key));
        *self.keys.lock().unwrap() = keys.to_jwks();
    }

    fn token(&self, key: &SigningKey) -> String {
        let issuer = Issuer::builder(key.clone())
            .issuer(&self.url)
            .audience(ROOMS);
        let issuer = issuer
            .lifetime(Duration::from_secs(24 * 3600))
            .build()
            .unwrap();
        issuer.token("anna").sign().unwrap().as_str().to_owned()
    }
}

fn app(keys: &RemoteKeys) -> Router {
    let verifier = Verifier::builder(keys.clone())
        .audience(ROOMS)
        .build()
        .unwrap();
    Router::new()
        .route("/", get(async || "in"))
        .layer(JwtLayer::new(verifier))
}

async fn knock(app: &Router, token: &str) -> StatusCode {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap().status()
}

/// Knocks so often with a good token, and returns the 99th percentile of the times in microseconds.
async fn p99(app: &Router, token: &str) -> f64 {
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let start = Instant::now();
        assert_eq!(knock(app, token).await, StatusCode::OK);
        times.push(start.elapsed());
    }
    times.sort();
    times[REQUESTS * 99 / 100].as_secs_f64() * 1e6
}

/// Has a thousand requests wait for keys that nobody has, measures meanwhile, and lets them go.
async fn flooded(idp: &Idp, app: &Router, token: &str, round: usize) -> f64 {
    let asked = idp.asked.load(Ordering::Relaxed);
    let held = idp
        .gate
        .acquire_many(u32::try_from(Semaphore::MAX_PERMITS.min(1 << 29)).unwrap());
    let held = held.await.unwrap();
    let mut flood = JoinSet::new();
    for number in 0..WAITING {
        let (app, token) = (app.clone(), invented(token, round * WAITING + number));
        flood.spawn(async move { knock(&app, &token).await });
    }
    while idp.asked.load(Ordering::Relaxed) == asked {
        tokio::task::yield_now().await;
    }
    let measured = p99(app, token).await;
    drop(held);
    while let Some(status) = flood.join_next().await {
        let status = status.unwrap();
        assert!(status == StatusCode::UNAUTHORIZED || status == StatusCode::SERVICE_UNAVAILABLE);
    }
    let fetches = idp.asked.load(Ordering::Relaxed) - asked;
    assert!((1..=2).contains(&fetches), "{fetches} fetches");
    measured
}

/// The same token with another name of its key.
fn invented(token: &str, number: usize) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    let header = json!({"alg": "RS256", "kid": format!("invented-{number}")}).to_string();
    format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header))
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

async fn usual_speed() {
    let idp = Idp::start().await;
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    idp.publish(std::slice::from_ref(&key));
    let clock = ManualClock::new(SystemTime::now());
    // So that nobody is sent away in the midst of a measurement.
    let minute = Duration::from_secs(60);
    let builder = RemoteKeys::builder(&idp.url).with_clock(clock.clone());
    let keys = builder
        .timeout(minute)
        .max_wait(minute)
        .connect()
        .await
        .unwrap();
    let (app, token) = (app(&keys), idp.token(&key));
    p99(&app, &token).await;
    let (mut usual, mut floods, mut outages) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        usual.push(p99(&app, &token).await);
        floods.push(flooded(&idp, &app, &token, round).await);
        clock.advance(Duration::from_secs(30));
        idp.status.store(503, Ordering::Relaxed);
        assert!(keys.reload().await.is_err());
        outages.push(p99(&app, &token).await);
        clock.advance(Duration::from_secs(60));
        idp.status.store(200, Ordering::Relaxed);
        keys.reload().await.unwrap();
    }
    let ratio = |of: &[f64]| {
        median(
            of.iter()
                .zip(&usual)
                .map(|(one, usual)| one / usual)
                .collect(),
        )
    };
    println!(
        "p99 of a request with a known key, RS256: {:.1} us",
        median(usual.clone())
    );
    println!(
        "  the same while {WAITING} wait for keys that do not exist: {:.2} times that",
        ratio(&floods)
    );
    println!(
        "  the same while the issuer is out of reach: {:.2} times that",
        ratio(&outages)
    );
}

async fn soak() {
    let idp = Idp::start().await;
    let clock = ManualClock::new(SystemTime::now());
    let mut keys = vec![SigningKey::generate(Algorithm::ES256).unwrap()];
    idp.publish(&keys);
    let builder = RemoteKeys::builder(&idp.url).with_clock(clock.clone());
    let builder = builder.unknown_key_fetches(2, Duration::from_secs(1));
    let remote = builder.connect().await.unwrap();
    let app = app(&remote);
    let metrics = tokio::runtime::Handle::current().metrics();
    let (mut requests, mut start) = (0, (0, 0));
    for rotation in 0..ROTATIONS {
        keys.push(SigningKey::generate(Algorithm::ES256).unwrap());
        keys.drain(..keys.len() - 2);
        // It is announced before it signs, and the one of before stays for as long as its tokens.
        idp.publish(&keys);
        let mut load = JoinSet::new();
        for key in keys.iter().cycle().take(20) {
            let (app, token) = (app.clone(), idp.token(key));
            load.spawn(async move { knock(&app, &token).await });
        }
        while let Some(status) = load.join_next().await {
            assert_eq!(status.unwrap(), StatusCode::OK, "in rotation {rotation}");
            requests += 1;
        }
        clock.advance(Duration::from_secs(1));
        if rotation == ROTATIONS / 5 {
            start = (resident(), metrics.num_alive_tasks());
        }
    }
    println!("soak: {ROTATIONS} rotations, {requests} requests with good tokens, none refused");
    println!(
        "  resident memory: {} KiB after a fifth, {} KiB at the end",
        start.0,
        resident()
    );
    println!(
        "  tasks: {} after a fifth, {} at the end",
        start.1,
        metrics.num_alive_tasks()
    );
}

/// How much memory the process has, in KiB, where the system says so.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        usual_speed().await;
        soak().await;
    });
}
