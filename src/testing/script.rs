//! What a server on loopback answers: metadata and keys, or what it was told instead.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::json;
use tokio::sync::watch;

use super::fault::Fault;
use super::hold::Bar;
use crate::algorithm::Algorithm;
use crate::clock::Clock;
use crate::issue::Issuer;
use crate::keys::{KeySet, SigningKey};

/// Everything that the tests change while the server answers.
pub(super) struct Script {
    place: Place,
    audience: Box<str>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    pub(super) metadata_fetches: watch::Sender<usize>,
    pub(super) key_fetches: watch::Sender<usize>,
}

struct State {
    key: SigningKey,
    issuer: Issuer,
    fault: Option<Fault>,
    bar: Option<Arc<Bar>>,
}

/// Where the issuer is, and what it publishes.
pub(super) struct Place {
    origin: Box<str>,
    /// That of the issuer, with the slash at its end if it has one.
    path: Box<str>,
}

impl Place {
    pub(super) fn new(origin: String, path: &str) -> Self {
        Self {
            origin: origin.into(),
            path: path.into(),
        }
    }

    pub(super) fn issuer(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    pub(super) fn keys(&self) -> String {
        format!("{}{}", self.origin, self.path_of_keys())
    }

    /// Returns the path without a slash at its end.
    fn folder(&self) -> &str {
        self.path.trim_end_matches('/')
    }

    fn path_of_keys(&self) -> String {
        format!("{}/keys", self.folder())
    }

    /// OpenID Connect Discovery, section 4, and RFC 8414, section 3.
    fn paths_of_metadata(&self) -> [String; 2] {
        let folder = self.folder();
        [
            format!("{folder}/.well-known/openid-configuration"),
            format!("/.well-known/oauth-authorization-server{folder}"),
        ]
    }
}

/// What somebody wants to know.
#[derive(Clone, Copy)]
enum Asked {
    Metadata,
    Keys,
}

impl Script {
    pub(super) fn new(
        place: Place,
        audience: &str,
        algorithm: Algorithm,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let key = SigningKey::generate(algorithm).expect("there are random bytes");
        assert!(
            key.verifying_key().thumbprint().is_some(),
            "a secret cannot be published: choose another algorithm than {algorithm:?}"
        );
        let issuer = signing_with(&key, &place, audience, &clock, None);
        Self {
            place,
            audience: audience.into(),
            clock,
            state: Mutex::new(State {
                key,
                issuer,
                fault: None,
                bar: None,
            }),
            metadata_fetches: watch::Sender::new(0),
            key_fetches: watch::Sender::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn issuer(&self) -> Issuer {
        self.state().issuer.clone()
    }

    /// Another key signs from now on. All of before stay published.
    pub(super) fn rotate(&self) {
        let algorithm = self.state().key.algorithm();
        let key = SigningKey::generate(algorithm).expect("there are random bytes");
        let mut state = self.state();
        let former = state.issuer.keys();
        state.issuer = signing_with(
            &key,
            &self.place,
            &self.audience,
            &self.clock,
            Some(&former),
        );
        state.key = key;
    }

    /// No key is published but the one that signs.
    pub(super) fn withdraw(&self) {
        let mut state = self.state();
        state.issuer = signing_with(&state.key, &self.place, &self.audience, &self.clock, None);
    }

    pub(super) fn set_fault(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    pub(super) fn set_bar(&self, bar: Arc<Bar>) {
        self.state().bar = Some(bar);
    }

    fn asked(&self, method: &Method, path: &str) -> Option<Asked> {
        if method != Method::GET {
            return None;
        }
        if path == self.place.path_of_keys() {
            return Some(Asked::Keys);
        }
        let mut paths = self.place.paths_of_metadata().into_iter();
        paths.any(|one| one == path).then_some(Asked::Metadata)
    }

    /// Answers a request, sooner or later.
    pub(super) async fn answer(&self, method: &Method, path: &str) -> Response<String> {
        let Some(asked) = self.asked(method, path) else {
            return status(StatusCode::NOT_FOUND);
        };
        let count = match asked {
            Asked::Metadata => &self.metadata_fetches,
            Asked::Keys => &self.key_fetches,
        };
        count.send_modify(|count| *count = count.saturating_add(1));
        let bar = self.state().bar.clone();
        if let Some(bar) = bar {
            bar.pass().await;
        }
        let fault = self.state().fault.clone();
        let right = || self.right(asked);
        match (fault, asked) {
            (None, _) => json_text(right()),
            (Some(Fault::Refused | Fault::Hang), _) => std::future::pending().await,
            (Some(Fault::Status(code)), _) => status(code),
            (Some(Fault::RetryAfter(code, pause)), _) => retry_after(code, pause),
            (Some(Fault::Garbage), _) => {
                let mut text = right();
                text.truncate(text.len() / 2);
                json_text(text)
            }
            (Some(Fault::KeySet(text)), Asked::Keys)
            | (Some(Fault::Metadata(text)), Asked::Metadata) => json_text(text),
            (Some(Fault::KeySet(_)), Asked::Metadata) | (Some(Fault::Metadata(_)), Asked::Keys) => {
                json_text(right())
            }
        }
    }

    /// What it answers when nothing is wrong.
    fn right(&self, asked: Asked) -> String {
        let state = self.state();
        match asked {
            Asked::Keys => state.issuer.jwks(),
            Asked::Metadata => self.metadata(state.key.algorithm()),
        }
    }

    /// What OpenID Connect Discovery, section 3, requires. Nobody is at the addresses for logins and tokens.
    fn metadata(&self, algorithm: Algorithm) -> String {
        let at = |path: &str| format!("{}{}/{path}", self.place.origin, self.place.folder());
        let metadata = json!({
            "issuer": self.place.issuer(),
            "jwks_uri": self.place.keys(),
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [algorithm.name()],
        });
        metadata.to_string()
    }
}

fn signing_with(
    key: &SigningKey,
    place: &Place,
    audience: &str,
    clock: &Arc<dyn Clock>,
    former: Option<&KeySet>,
) -> Issuer {
    let mut builder = Issuer::builder(key.clone())
        .issuer(place.issuer())
        .audience(audience)
        .with_clock(Arc::clone(clock));
    for key in former.into_iter().flat_map(KeySet::iter) {
        builder = builder.former_key(key.clone());
    }
    builder.build().expect("an issuer, an audience, and a key")
}

fn status(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    response
}

fn retry_after(code: StatusCode, pause: Duration) -> Response<String> {
    let mut response = status(code);
    let seconds = HeaderValue::from(pause.as_secs());
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

fn json_text(text: String) -> Response<String> {
    let mut response = Response::new(text);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
