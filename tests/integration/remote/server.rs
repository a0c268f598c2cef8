//! The other side: publishes keys, and misbehaves as it is told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, Request, StatusCode};
use keycard::clock::ManualClock;
use keycard::keys::KeySet;
use keycard::remote::{RemoteKeys, RemoteKeysBuilder};
use keycard::{Algorithm, Issuer, SigningKey, Verifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::recorder;
use crate::support::{ROOMS, clock};

pub const KEYS: &str = "/keys";
pub const OPENID: &str = "/.well-known/openid-configuration";
pub const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// What the server does when it is asked for a path.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with this status, these headers and this body.
    Answer(StatusCode, HeaderMap, Bytes),
    /// Takes the request and says nothing.
    Hang,
    /// Sends a byte whenever somebody wants one more, and never all.
    Drip,
    /// Promises more than it sends.
    BreakOff(Bytes),
    /// Waits for a permit of the gate, and then does something else.
    Gate(Arc<Semaphore>, Box<Act>),
}

impl Act {
    pub fn text(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Self::Answer(status, headers, body.into())
    }

    pub fn json(body: impl Into<Bytes>) -> Self {
        Self::text(200, "application/json", body)
    }

    pub fn status(status: u16) -> Self {
        Self::text(status, "text/plain", "not today")
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(_, headers, _) = &mut self {
            headers.insert(name, value.parse().unwrap());
        }
        self
    }
}

/// What it was asked for, and what it is to answer.
#[derive(Default)]
struct Script {
    acts: HashMap<String, Act>,
    asked: HashMap<String, usize>,
    last: HashMap<String, HeaderMap>,
    not_modified: usize,
}

/// A server on loopback, which ends when it is dropped.
pub struct Server {
    pub url: String,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts one that knows nothing.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script::default()));
        let app = axum::Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&script));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, script, task }
    }

    /// Starts one that is an issuer with these keys.
    pub async fn publishing(keys: &[&SigningKey]) -> Self {
        let server = Self::start().await;
        server.publish(keys);
        server.act(OPENID, Act::json(server.metadata().to_string()));
        server
    }

    pub fn metadata(&self) -> Value {
        json!({"issuer": self.url, "jwks_uri": self.at(KEYS)})
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub fn publish(&self, keys: &[&SigningKey]) {
        self.act(KEYS, Act::json(set(keys)));
    }

    pub fn act(&self, path: &str, act: Act) {
        self.script
            .lock()
            .unwrap()
            .acts
            .insert(path.to_owned(), act);
    }

    /// How often it was asked for a path.
    pub fn asked(&self, path: &str) -> usize {
        self.script
            .lock()
            .unwrap()
            .asked
            .get(path)
            .copied()
            .unwrap_or_default()
    }

    /// How often it was asked for anything.
    pub fn asked_at_all(&self) -> usize {
        self.script.lock().unwrap().asked.values().sum()
    }

    /// How often it said that nothing has changed.
    pub fn not_modified(&self) -> usize {
        self.script.lock().unwrap().not_modified
    }

    /// The headers of the last request for a path.
    pub fn headers(&self, path: &str) -> HeaderMap {
        self.script
            .lock()
            .unwrap()
            .last
            .get(path)
            .cloned()
            .unwrap_or_default()
    }

    /// Waits until it was asked so often.
    pub async fn until_asked(&self, path: &str, times: usize) {
        eventually(&format!("{path} to be asked for {times} times"), || {
            self.asked(path) >= times
        })
        .await;
    }

    /// Keys of this issuer, by a clock in the hands of the test.
    pub fn builder(&self, clock: &ManualClock) -> RemoteKeysBuilder {
        RemoteKeys::builder(&self.url).with_clock(clock.clone())
    }

    /// An issuer whose tokens name this server.
    pub fn issuer(&self, key: &SigningKey) -> Issuer {
        Issuer::builder(key.clone())
            .issuer(&self.url)
            .audience(ROOMS)
            .with_clock(clock())
            .build()
            .unwrap()
    }

    pub fn token(&self, key: &SigningKey) -> String {
        let token = self.issuer(key).token("anna").sign().unwrap();
        token.as_str().to_owned()
    }
}

/// Waits for what other tasks bring about; how long that takes is up to the machine.
pub async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain for {what}");
}

/// Lets the clock go on, and everything that this sets off come to rest.
pub async fn advance(clock: &ManualClock, seconds: u64) {
    clock.advance(Duration::from_secs(seconds));
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

pub fn new_key(algorithm: Algorithm) -> SigningKey {
    let key = SigningKey::generate(algorithm).unwrap();
    recorder::key(&key);
    key
}

pub fn set(keys: &[&SigningKey]) -> String {
    KeySet::new(keys.iter().map(|key| key.verifying_key())).to_jwks()
}

/// A verifier for tokens of keys that bring their issuer.
pub fn verifier(keys: RemoteKeys) -> Verifier {
    let builder = Verifier::builder(keys).audience(ROOMS).with_clock(clock());
    builder.build().unwrap()
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    request: Request<Body>,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let act = {
        let mut script = script.lock().unwrap();
        *script.asked.entry(path.clone()).or_default() += 1;
        script.last.insert(path.clone(), request.headers().clone());
        script.acts.get(&path).cloned()
    };
    let mut act = act.unwrap_or_else(|| Act::status(404));
    while let Act::Gate(gate, then) = act {
        gate.acquire().await.unwrap().forget();
        act = *then;
    }
    let mut response = Response::new(Body::empty());
    match act {
        Act::Answer(status, headers, body) => {
            let known = request.headers().get(IF_NONE_MATCH);
            if known.is_some() && known == headers.get(ETAG) {
                script.lock().unwrap().not_modified += 1;
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            } else {
                *response.status_mut() = status;
                *response.body_mut() = body.into();
            }
            response.headers_mut().extend(headers);
        }
        Act::Hang => std::future::pending().await,
        Act::Drip => {
            let bytes = futures::stream(|| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some(Ok(Bytes::from_static(b" ")))
            });
            response
                .headers_mut()
                .insert(CONTENT_TYPE, "application/json".parse().unwrap());
            *response.body_mut() = bytes;
        }
        Act::BreakOff(start) => {
            let mut parts = vec![Err(std::io::Error::other("broken off")), Ok(start)];
            let bytes = futures::stream(move || {
                let part = parts.pop();
                async move { part }
            });
            response
                .headers_mut()
                .insert(CONTENT_TYPE, "application/json".parse().unwrap());
            *response.body_mut() = bytes;
        }
        Act::Gate(..) => unreachable!("it was opened"),
    }
    response
}

mod futures {
    //! A body made of what a function brings, one after the other.

    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::*;

    type Part = Option<Result<Bytes, std::io::Error>>;

    pub fn stream<F>(next: impl FnMut() -> F + Send + 'static) -> Body
    where
        F: Future<Output = Part> + Send + 'static,
    {
        let mut next = next;
        Body::new(Parts {
            next: Box::new(move || Box::pin(next())),
            pending: None,
        })
    }

    type Pending = Pin<Box<dyn Future<Output = Part> + Send>>;

    struct Parts {
        next: Box<dyn FnMut() -> Pending + Send>,
        pending: Option<Pending>,
    }

    impl http_body::Body for Parts {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
            let this = self.get_mut();
            let pending = this.pending.get_or_insert_with(|| (this.next)());
            let part = ready!(pending.as_mut().poll(context));
            this.pending = None;
            Poll::Ready(part.map(|part| part.map(http_body::Frame::data)))
        }
    }
}
