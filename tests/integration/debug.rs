//! `{:?}` of whatever holds a key, a token or claims shows none of it.

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use bytes::Bytes;
use http::{Request, Response};
use keycard::rule::{role, subject};
use keycard::{
    Algorithm, Claims, ClaimsError, Issuer, Jwt, JwtLayer, KeySet, Keys, Presence,
    RegisteredClaims, Rejection, RequestHead, RevocationList, RevocationStatus, SharedClaims,
    SignedToken, SigningKey, Source, TokenIdentity, VerifiedToken, Verifier, VerifyingKey,
    require_claims,
};
use serde::Deserialize;
use serde_json::json;
use tower::{Layer, Service, service_fn};

use crate::support::{base64url, clock, get_with, send};

const SECRET: &[u8] = b"canary-secret, thirty-two bytes or more";
const KEY_ID: &str = "canary-kid";

/// What must not be seen: whatever is marked as a canary, the key, and each part of a token.
struct Canaries(Vec<String>);

impl Canaries {
    fn new() -> Self {
        let bytes = SECRET.iter().map(u8::to_string).collect::<Vec<_>>();
        Self(vec![
            "canary".to_owned(),
            base64url(SECRET),
            bytes.join(", "),
            bytes.join(",\n    "),
        ])
    }

    fn token(mut self, token: &str) -> Self {
        self.0.extend(token.split('.').map(str::to_owned));
        self
    }

    fn check(&self, what: &str, text: &str) {
        assert!(!text.is_empty(), "{what} says nothing at all");
        for canary in &self.0 {
            assert!(!text.contains(canary), "{what} shows {canary}: {text}");
        }
    }

    fn debug<T: Debug + ?Sized>(&self, value: &T) {
        let name = std::any::type_name::<T>();
        self.check(name, &format!("{value:?}"));
        self.check(name, &format!("{value:#?}"));
    }

    fn display(&self, value: &(impl Display + Debug)) {
        self.debug(value);
        self.check("Display", &value.to_string());
    }
}

fn key() -> VerifyingKey {
    VerifyingKey::hs256(SECRET).unwrap().with_key_id(KEY_ID)
}

fn issuer() -> Issuer {
    let jwk = json!({
        "kty": "oct", "alg": "HS256", "kid": KEY_ID, "k": base64url(SECRET)
    });
    Issuer::builder(SigningKey::from_jwk(&jwk.to_string()).unwrap())
        .issuer("https://canary.example")
        .audience("https://canary-rooms.example")
        .with_clock(clock())
        .build()
        .unwrap()
}

fn signed() -> SignedToken {
    let claims = json!({"email": "canary@example", "room": "canary-room"});
    let token = issuer();
    let token = token.token("canary-sub").scope("canary:read");
    token.claims(&claims).sign().unwrap()
}

fn verified(signed: &SignedToken) -> VerifiedToken {
    let verifier = issuer().verifier();
    let token = verifier.verify_now(signed.as_str().as_bytes(), Source::Header);
    token.unwrap()
}

#[test]
fn keys_show_nothing() {
    let canaries = Canaries::new();
    canaries.debug(&key());
    canaries.debug(&KeySet::new([key(), key()]));
    canaries.debug(&Keys::from(key()));
    canaries.debug(&SigningKey::hs256(SECRET).unwrap());
    let verifier = Verifier::builder(key()).issuer("canary");
    let verifier = verifier.audience("canary").require_claim("canary");
    canaries.debug(&verifier);
    canaries.debug(&verifier.build().unwrap());
}

#[test]
fn private_keys_show_nothing() {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        let key = SigningKey::generate(algorithm).unwrap();
        let pem = key.to_pkcs8_pem().unwrap().unwrap();
        let mut canaries = Canaries::new();
        let lines = pem.lines().filter(|line| !line.starts_with('-'));
        canaries.0.extend(lines.map(str::to_owned));
        canaries.0.push(key.key_id().unwrap().to_owned());
        canaries.debug(&key);
        canaries.debug(&key.verifying_key());
    }
}

#[test]
fn issuers_and_what_they_sign_show_nothing() {
    let signed = signed();
    let canaries = Canaries::new().token(signed.as_str());
    canaries.debug(&issuer());
    canaries.debug(&Issuer::builder(SigningKey::hs256(SECRET).unwrap()).issuer("canary"));
    canaries.debug(&signed);
    let issuer = issuer();
    let unsigned = issuer.token("canary").scope("canary");
    canaries.debug(&unsigned.claims(&json!({"a": "canary"})));
}

#[test]
fn verified_tokens_show_nothing() {
    let signed = signed();
    let token = verified(&signed);
    let canaries = Canaries::new().token(signed.as_str());
    canaries.debug(&token);
    canaries.debug(&Presence::Verified(token.clone()));
    canaries.debug(&subject("canary"));
    let refused = token.require(role("nobody")).unwrap_err();
    canaries.display(&refused);
    let identity = Arc::new(Mutex::new(String::new()));
    ask_about(signed.as_str(), Arc::clone(&identity));
    canaries.check("TokenIdentity", &identity.lock().unwrap());
    assert!(identity.lock().unwrap().starts_with("TokenIdentity"));
}

/// Has the identity of a token printed, which only a revocation list gets to see.
fn ask_about(token: &str, printed: Arc<Mutex<String>>) {
    struct Printer(Arc<Mutex<String>>);

    impl RevocationList for Printer {
        fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
            assert_eq!(token.subject, Some(Cow::Borrowed("canary-sub")));
            *self.0.lock().unwrap() = format!("{token:?}");
            RevocationStatus::Good
        }
    }

    let verifier = issuer().verifier_builder().revocation(Printer(printed));
    let verifier = verifier.build().unwrap();
    verifier
        .verify_now(token.as_bytes(), Source::Header)
        .unwrap();
}

#[derive(Clone, Debug, Deserialize)]
struct Guest {
    #[expect(dead_code, reason = "only printed, or rather not")]
    email: String,
}

#[derive(Debug, Deserialize)]
struct Unfit {
    #[expect(dead_code, reason = "never decoded")]
    room: u32,
}

#[derive(Debug, Deserialize)]
enum Kind {
    Guest,
}

#[derive(Debug, Deserialize)]
struct Unknown {
    #[expect(dead_code, reason = "never decoded")]
    room: Kind,
}

#[tokio::test]
async fn extracted_claims_show_nothing() {
    async fn print(
        token: VerifiedToken,
        claims: Claims<Guest>,
        shared: SharedClaims<Guest>,
        unfit: Result<Claims<Unfit>, Rejection>,
    ) -> String {
        format!("{token:?} {claims:?} {claims:#?} {shared:?} {shared:#?} {unfit:?}")
    }
    let app = Router::new()
        .route("/", on_get(print))
        .layer(JwtLayer::new(issuer().verifier()));

    let signed = signed();
    let answer = send(app, get_with("/", signed.as_str())).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("Claims"));
    let canaries = Canaries::new().token(signed.as_str());
    canaries.check("an extractor", &answer.body);
}

#[test]
fn registered_claims_show_nothing() {
    let token = verified(&signed());
    let claims: RegisteredClaims = token.claims().unwrap();
    assert_eq!(claims.subject.as_deref(), Some("canary-sub"));
    Canaries::new().debug(&claims);
}

#[test]
fn errors_show_nothing() {
    let signed = signed();
    let token = verified(&signed);
    let canaries = Canaries::new().token(signed.as_str());
    let errors: [ClaimsError; 2] = [
        token.claims::<Unfit>().unwrap_err(),
        token.claims::<Unknown>().unwrap_err(),
    ];
    for error in errors {
        canaries.display(&error);
        canaries.display(&Rejection::from(error));
    }

    let bad = format!("{}x", signed.as_str());
    let verifier = issuer().verifier();
    let miss = verifier.verify_now(bad.as_bytes(), Source::Header);
    canaries.display(&miss.unwrap_err());
    canaries.display(&VerifyingKey::hs256(b"canary").unwrap_err());
    canaries.display(&VerifyingKey::from_jwk(r#"{"kty":"canary"}"#).unwrap_err());
    canaries.display(&KeySet::from_jwks("canary").unwrap_err());
    canaries.display(&"canary".parse::<Algorithm>().unwrap_err());
    canaries.display(&"canary\"".parse::<keycard::Rule>().unwrap_err());
    let unsigned = issuer();
    let unsigned = unsigned.token("canary").claims("canary");
    canaries.display(&unsigned.sign().unwrap_err());
}

#[tokio::test]
async fn layers_and_their_futures_show_nothing() {
    let printed: Arc<Mutex<String>> = Arc::default();
    let print = Arc::clone(&printed);
    let hook = move |rejection: &Rejection, head: RequestHead<'_>| {
        *print.lock().unwrap() = format!("{head:?} {rejection:?}");
        Response::new(Bytes::new())
    };
    let layer = JwtLayer::new(issuer().verifier())
        .realm("canary")
        .on_rejection(hook);
    let signed = signed();
    let canaries = Canaries::new().token(signed.as_str());
    canaries.debug(&layer);
    canaries.debug(&require_claims(|_: &Guest, _| false));

    let inner = service_fn(async |_: Request<Body>| {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    });
    let mut service: Jwt<_> = layer.layer(require_claims(|_: &Guest, _| false).layer(inner));
    canaries.debug(&service);
    let mut request = get_with("/?canary=1", signed.as_str());
    let cookie = "session=canary".parse().unwrap();
    request.headers_mut().insert("cookie", cookie);
    let response = service.call(request);
    canaries.debug(&response);
    let response = response.await.unwrap();
    canaries.debug(response.extensions().get::<Rejection>().unwrap());
    canaries.check("the head and the rejection", &printed.lock().unwrap());
}
