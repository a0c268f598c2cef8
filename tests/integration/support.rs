//! What the tests have in common: a front desk that signs, tokens of any shape, and requests.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use axum::{Router, routing};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use keycard::answer::RejectionKind;
use keycard::claims::NumericDate;
use keycard::clock::ManualClock;
use keycard::verify::{Reason, VerifierBuilder};
use keycard::{Algorithm, Issuer, JwtLayer, Rejection, SigningKey, Verifier};
use serde_json::{Value, json};
use tower::{Service, ServiceExt};

use crate::recorder;
pub use crate::skip::skip;

pub const DESK: &str = "https://desk.example";
pub const ROOMS: &str = "https://rooms.example";

/// The challenge of a request without a token, of a layer without a realm.
pub const NO_TOKEN: &str = r#"Bearer realm="token""#;

/// The time at which tests happen, unless they say otherwise.
pub const NOW: i64 = 1_800_000_000;

/// One key for all tests: making one for each would only take time.
pub static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    recorder::key(&key);
    key
});

pub fn clock() -> ManualClock {
    recorder::start();
    ManualClock::new(NumericDate::from_seconds(NOW))
}

pub fn issuer() -> Issuer {
    Issuer::builder(KEY.clone())
        .issuer(DESK)
        .audience(ROOMS)
        .lifetime(Duration::from_secs(900))
        .with_clock(clock())
        .build()
        .unwrap()
}

/// A verifier for tokens of [`KEY`], with everything at its default.
pub fn verifier() -> VerifierBuilder {
    Verifier::builder(KEY.verifying_key())
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock())
}

pub fn layer() -> JwtLayer {
    JwtLayer::new(verifier().build().unwrap())
}

/// A good token with these scopes.
pub fn token(scopes: &str) -> String {
    let signed = issuer().token("anna").scope(scopes).sign().unwrap();
    signed.as_str().to_owned()
}

/// The claims of a good token, to be changed by a test.
pub fn claims() -> Value {
    json!({"iss": DESK, "aud": ROOMS, "sub": "anna", "iat": NOW, "exp": NOW + 900, "room": 7})
}

/// The header of a good token, to be changed by a test.
pub fn header() -> Value {
    json!({"alg": "ES256", "kid": KEY.key_id().unwrap()})
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs whatever header and payload, JSON or not.
pub fn sign_raw(key: &SigningKey, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(signature))
}

/// Signs whatever header and claims.
pub fn sign(header: &Value, claims: &Value) -> String {
    sign_raw(&KEY, header.to_string(), claims.to_string())
}

/// A good token but for these members, each set or, if null, removed.
pub fn token_with(changes: Value) -> String {
    sign(&header(), &changed(claims(), changes))
}

/// Sets members of an object; null removes them.
pub fn changed(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    for (name, value) in changes {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(&name);
        } else {
            object[name] = value;
        }
    }
    object
}

pub fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

pub fn get_with(path: &str, token: &str) -> Request<Body> {
    let mut request = get(path);
    request
        .headers_mut()
        .insert(AUTHORIZATION, format!("Bearer {token}").try_into().unwrap());
    request
}

/// What came back, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub challenge: Option<String>,
    pub body: String,
    pub response: http::response::Parts,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response
            .headers
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub async fn send<S>(service: S, request: Request<Body>) -> Answer
where
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    recorder::start();
    recorder::request(request.headers());
    let response = service.oneshot(request).await.unwrap();
    let (response, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let refused = response.extensions.get::<Rejection>().is_some();
    recorder::answer(&response.headers, &String::from_utf8_lossy(&body), refused);
    Answer {
        status: response.status,
        challenge: response
            .headers
            .get(WWW_AUTHENTICATE)
            .map(|value| value.to_str().unwrap().to_owned()),
        body: String::from_utf8(body.to_vec()).unwrap(),
        response,
    }
}

/// A server with one route inside of a layer.
pub fn door(layer: JwtLayer) -> Router {
    Router::new()
        .route("/", routing::any(async || "in"))
        .layer(layer)
}

/// Sends a token to a door and returns what comes back.
pub async fn knock(layer: &JwtLayer, token: &str) -> Answer {
    send(door(layer.clone()), get_with("/", token)).await
}

#[track_caller]
pub fn assert_in(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 200, "{what}: {}", answer.body);
    assert_eq!(answer.body, "in", "{what}");
    assert_eq!(answer.challenge, None, "{what}");
}

/// The one answer to every token that is not good, whatever is wrong with it.
#[track_caller]
pub fn assert_invalid_token(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 401, "{what}");
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_token""#),
        "{what}"
    );
    assert_eq!(
        answer.body, r#"{"error":"invalid_token","error_description":"the token is not valid"}"#,
        "{what}"
    );
}

/// Why the request was refused: the answer does not say, its extensions do.
pub fn reason(answer: &Answer) -> Option<Reason> {
    match answer.response.extensions.get::<Rejection>()?.kind() {
        RejectionKind::InvalidToken(reason) => Some(reason),
        _ => None,
    }
}

/// Checks that a door refuses a token for one reason, and tells the client nothing of it.
#[track_caller]
pub fn assert_refused(answer: &Answer, why: Reason, what: &str) {
    assert_eq!(reason(answer), Some(why), "{what}");
    assert_invalid_token(answer, what);
}
