//! `{:?}` of whatever holds a key, a token or claims shows none of it.

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::get as on_get;
use bytes::Bytes;
use http::{Request, Response};
use keycard::answer::RejectionKind;
use keycard::axum::{ClaimsAnswer, SharedClaims};
use keycard::claims::{Audience, ClaimPath, GrantSource, NumericDate, RegisteredClaims};
use keycard::clock::{ManualClock, SystemClock};
use keycard::cookie::{CookieError, CookieToken, SameSite, SetCookie, TokenCookieBuilder};
use keycard::gate::{Gate, Pending, Reply, Verdict};
use keycard::guard::{CrossSiteService, GuardFuture, Require, RequireLayer, require_claims};
use keycard::issue::{IssuerBuilder, SignedToken, TokenBuilder};
use keycard::keys::{
    BoxFuture, Form, KeyError, KeySet, KeySetReader, KeySource, Keys, Signature, SignatureError,
    SigningError, SkippedKey, UnknownAlgorithm, Wanted,
};
use keycard::layer::{AnyBody, AnyBodyFuture, AnyBodyLayer, AnyBodyService, Jwt, ResponseFuture};
use keycard::remote::{
    Failure, Fetch, FetchError, FetchRequest, RemoteError, RemoteKeys, RemoteKeysBuilder, State,
    Status,
};
use keycard::request::{Identity, Presence, RequestHead, ReturnPath};
use keycard::resource::ResourceMetadata;
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::rule::{InvalidScope, claim, role, subject};
use keycard::testing::{Fault, Hold, Provider, ProviderBuilder};
use keycard::verify::{
    ClaimsError, Credential, Outage, Reason, Source, TokenHeader, VerifierBuilder, VerifyError,
};
use keycard::{
    Algorithm, Claims, ConfigError, CrossSite, IssueError, Issuer, JwtLayer, Rejection, SigningKey,
    TokenCookie, Trust, VerifiedToken, Verifier, VerifyingKey,
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
    let token = verifier.verify_now(signed);
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
    canaries.debug(&Trust::new("https://canary.example", key()).name("canary"));
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
    canaries.debug(&claim("tenant", "canary"));
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
    verifier.verify_now(token).unwrap();
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
        let header: TokenHeader = token.header();
        format!("{header:?} {token:?} {claims:?} {claims:#?} {shared:?} {shared:#?} {unfit:?}")
    }
    let app = Router::new()
        .route("/", on_get(print))
        .layer(JwtLayer::new(issuer().verifier()));

    let signed = signed();
    let answer = send(app, get_with("/", signed.as_str())).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("Claims"));
    for name in [
        "TokenHeader {",
        "VerifiedToken {",
        " Claims([redacted])",
        " SharedClaims([redacted])",
    ] {
        assert!(answer.body.contains(name), "{name} in {}", answer.body);
    }
    let canaries = Canaries::new().token(signed.as_str());
    canaries.check("an extractor", &answer.body);
    let identity = answer.response.extensions.get::<Identity>().unwrap();
    canaries.check("an identity", &format!("{identity:?} {identity:#?}"));
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
    let miss = verifier.verify_now(&bad);
    canaries.display(&miss.unwrap_err());
    canaries.display(&VerifyingKey::hs256(b"canary").unwrap_err());
    canaries.display(&VerifyingKey::from_jwk(r#"{"kty":"canary"}"#).unwrap_err());
    canaries.display(&KeySet::from_jwks("canary").unwrap_err());
    canaries.display(&"canary".parse::<Algorithm>().unwrap_err());
    canaries.display(&"canary\"".parse::<keycard::rule::Rule>().unwrap_err());
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
    let response: ResponseFuture<_, _> = service.call(request);
    canaries.debug(&response);
    let response = response.await.unwrap();
    canaries.debug(response.extensions().get::<Rejection>().unwrap());
    canaries.check("the head and the rejection", &printed.lock().unwrap());
}

#[tokio::test]
async fn cookies_and_their_tokens_show_nothing() {
    let signed = signed();
    let canaries = Canaries::new().token(signed.as_str());
    let builder: TokenCookieBuilder = TokenCookie::builder("session");
    let cookie = builder.clone().same_site(SameSite::Strict).build().unwrap();
    let set: SetCookie = cookie.set(&signed).unwrap();
    canaries.debug(&builder);
    canaries.debug(&cookie);
    canaries.debug(&set);
    canaries.debug(&set.header_values());
    canaries.debug(&CookieToken::from(&signed));
    canaries.debug(&SameSite::Strict);
    let claims = json!({"canary-claim": "x".repeat(5_000)});
    let large = issuer().token("canary-sub").claims(&claims).sign().unwrap();
    // The name of a claim is the application's, and says what to leave out.
    let error: CookieError = cookie.set(&large).unwrap_err();
    assert!(error.to_string().contains("\"canary-claim\" with"));
    assert_eq!(
        IssueError::from(error.clone()).to_string(),
        error.to_string()
    );
    assert!(!error.to_string().contains("canary-sub"));
}

#[tokio::test]
async fn guards_checks_and_answers_show_nothing() {
    let signed = signed();
    let canaries = Canaries::new().token(signed.as_str());
    let inner = service_fn(async |_: Request<Body>| {
        Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
    });
    let layer: RequireLayer = keycard::require_scope("rooms:read");
    let mut guard: Require<_> = layer.layer(PrintsNothing(inner));
    let mut check: CrossSiteService<_> = CrossSite::new().layer(PrintsNothing(inner));
    canaries.debug(&layer);
    canaries.debug(&guard);
    assert!(format!("{layer:?}").contains(r#"scope("rooms:read")"#));
    assert!(format!("{:?}", require_claims(|_: &Guest, _| true)).contains("Guest"));
    canaries.debug(&CrossSite::new());
    canaries.debug(&keycard::request::ForwardAuth::nginx());
    let any = AnyBodyLayer::new();
    canaries.debug(&any);
    let mut any: AnyBodyService<_> = any.layer(PrintsNothing(inner));
    canaries.debug(&any);
    let future: AnyBodyFuture<_> = any.call(get_with("/?canary", signed.as_str()));
    canaries.check("AnyBodyFuture", &format!("{future:?}"));
    let body: AnyBody<Body> = axum::body::Bytes::from("a body").into();
    assert!(!format!("{body:?}").contains("a body"));
    canaries.debug(&check);
    let request = || get_with("/?canary", signed.as_str());
    let future: GuardFuture<_> = guard.call(request());
    canaries.check("GuardFuture", &format!("{future:?}"));
    let future: GuardFuture<_> = check.call(request());
    canaries.check("GuardFuture", &format!("{future:?}"));

    let answer: ClaimsAnswer = keycard::axum::claims_endpoint(["email"])(verified(&signed)).await;
    canaries.debug(&answer);
    let audience: Audience = vec!["canary".to_owned()].into();
    canaries.debug(&audience);
}

/// A service whose futures can be printed.
#[derive(Clone, Copy, Debug)]
struct PrintsNothing<S>(S);

impl<S: Service<Request<Body>>> Service<Request<Body>> for PrintsNothing<S> {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Response<Body>, std::convert::Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        std::future::ready(Ok(Response::new(Body::empty())))
    }
}

#[test]
fn builders_show_nothing() {
    let canaries = Canaries::new();
    let verifier: VerifierBuilder = Verifier::builder(key()).issuer("canary").audience("canary");
    canaries.debug(&verifier);
    let builder: IssuerBuilder = Issuer::builder(SigningKey::hs256(SECRET).unwrap());
    canaries.debug(&builder.issuer("canary").audience("canary"));
    let token: TokenBuilder = issuer().token("canary").client_id("canary");
    canaries.debug(&token);
}

/// Prints what it is asked for.
struct Printer(Mutex<String>);

impl KeySource for Printer {
    fn snapshot(&self) -> Option<KeySet> {
        None
    }

    fn refresh<'a>(
        &'a self,
        wanted: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        assert_eq!(wanted.key_id(), Some(KEY_ID));
        *self.0.lock().unwrap() = format!("{wanted:?}");
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn what_a_source_is_asked_for_does_not_show_the_kid() {
    let printer = Arc::new(Printer(Mutex::default()));
    let verifier = Verifier::builder(Arc::clone(&printer)).dangerous_any_issuer();
    let verifier = verifier.dangerous_any_audience().build().unwrap();
    let header = json!({"alg": "HS256", "kid": KEY_ID}).to_string();
    let token = format!("{}.e30.{}", base64url(header), base64url([7; 32]));
    assert!(verifier.verify(&token).await.is_err());
    assert_eq!(
        *printer.0.lock().unwrap(),
        "Wanted { algorithm: HS256, .. }"
    );
}

#[test]
fn a_key_that_is_skipped_does_not_show_its_kid() {
    let set = json!({"keys": [{"kty": "RSA", "kid": KEY_ID}]}).to_string();
    let set = KeySet::from_jwks(&set).unwrap();
    let skipped: Vec<&SkippedKey> = set.skipped().collect();
    assert_eq!(skipped[0].key_id(), Some(KEY_ID));
    let shown = format!("{skipped:?} {set:?}");
    assert!(
        shown.contains("n is missing") || shown.contains("is missing"),
        "{shown}"
    );
    assert!(!shown.contains(KEY_ID), "{shown}");
}

/// A client that answers nothing, and notes how the request is printed.
struct NotingClient(Arc<Mutex<String>>);

impl Fetch for NotingClient {
    fn fetch<'a>(
        &'a self,
        request: &'a FetchRequest,
    ) -> BoxFuture<'a, Result<Response<Bytes>, FetchError>> {
        let sent = request.headers()["authorization"].to_str().unwrap();
        assert_eq!(sent, "Bearer canary-of-the-file");
        *self.0.lock().unwrap() = format!("{request:?}");
        let error = FetchError::new(Failure::Connection, "nobody is there");
        assert_eq!(format!("{error:?}"), "Connection: nobody is there");
        Box::pin(async { Err(error) })
    }
}

#[tokio::test]
async fn keys_from_elsewhere_show_neither_the_bearer_token_nor_a_query() {
    let file = std::env::temp_dir().join(format!("keycard-debug-{}", std::process::id()));
    std::fs::write(&file, "canary-of-the-file\n").unwrap();
    let printed = Arc::new(Mutex::default());
    let builder: RemoteKeysBuilder = RemoteKeys::jwks_builder("https://keys.example/?canary=7")
        .bearer_token_file(&file)
        .fetch(NotingClient(Arc::clone(&printed)));
    let mut shown = format!("{builder:?}");
    let keys = builder.lazy().unwrap();
    let error: RemoteError = keys.reload().await.unwrap_err();
    let state: State = keys.state();
    assert_eq!(state.status(), Status::Missing);
    let noted = printed.lock().unwrap().clone();
    for text in [format!("{keys:?} {error:?} {error} {state:?}"), noted] {
        shown.push_str(&text);
    }
    assert!(
        shown.contains("nobody is there") && shown.contains("keys.example"),
        "{shown}"
    );
    assert!(!shown.contains("canary"), "{shown}");
    std::fs::remove_file(file).unwrap();
}

/// What is printed as it is, because it is the application's own, a time, or a word of a short list.
#[test]
fn the_rest_shows_what_it_is_and_holds_no_secret() {
    fn shown(value: &impl Debug) -> String {
        format!("{value:?}")
    }
    let clock: ManualClock = clock();
    assert!(shown(&clock).starts_with("ManualClock"));
    assert_eq!(shown(&SystemClock), "SystemClock");
    assert!(shown(&NumericDate::from_seconds(7)).contains('7'));
    assert!(shown(&ClaimPath::from("a.b")).contains("\"a\""));
    assert!(shown(&GrantSource::json_text("a.b")).starts_with("json_text"));
    assert_eq!(shown(&Reason::Expired), "Expired");
    assert_eq!(shown(&RejectionKind::Forbidden), "Forbidden");
    assert_eq!(shown(&Signature::Plain(vec![7])), "Plain([redacted])");
    assert_eq!(shown(&Signature::Der(vec![7])), "Der([redacted])");
    assert_eq!(shown(&Form::Path), "Path");
    let reader = KeySetReader::new().signing_use("jwt-svid");
    assert!(shown(&reader).contains("jwt-svid"));
    assert!(shown(&Outage::new(std::time::Duration::ZERO)).starts_with("Outage"));
    assert_eq!(shown(&Source::Cookie), "Cookie");
    assert!(shown(&ReturnPath::new("/a")).contains("/a"));
    let builder: ProviderBuilder = Provider::builder().path("/hotel");
    assert!(shown(&builder).contains("/hotel"));
    let idp: Provider = builder.start();
    assert!(shown(&idp).ends_with("/hotel\", .. }"));
    let hold: Hold = idp.hold();
    assert_eq!(shown(&hold), "Hold { waiting: 0 }");
    assert_eq!(shown(&Fault::Hang), "Hang");
    let builder = ResourceMetadata::builder("https://rooms.example");
    assert!(shown(&builder).contains("ResourceMetadataBuilder"));
    let metadata = builder.authorization_server("https://desk.example").build();
    assert!(shown(&metadata.unwrap()).contains("/.well-known/"));
}

#[tokio::test]
async fn gates_show_nothing() {
    let signed = signed();
    let canaries = Canaries::new().token(signed.as_str());
    canaries.debug::<Credential<'_>>(&Credential::from(&signed));
    let gate: Gate = JwtLayer::new(issuer().verifier()).gate();
    canaries.debug(&gate);
    let mut request = get_with("/canary", signed.as_str());
    let (verdict, reply): (Verdict, Reply) = gate.decide(RequestHead::of(&request));
    canaries.debug(&verdict);
    canaries.debug(&reply);
    assert!(gate.admit(&mut request).await.is_ok());

    let waiting = Verifier::builder(Printer(Mutex::default()))
        .issuer("a")
        .audience("b");
    let gate = JwtLayer::new(waiting.build().unwrap()).gate();
    let (verdict, _) = gate.decide(RequestHead::of(&request));
    canaries.debug(&verdict);
    let Verdict::Wait(pending) = verdict else {
        panic!("the source has no keys yet");
    };
    canaries.debug::<Pending>(&pending);
}

/// What a `main` that returns this error prints.
fn of_main(error: impl std::error::Error + 'static) -> String {
    let error: Box<dyn std::error::Error> = Box::new(error);
    format!("Error: {error:?}")
}

#[test]
fn a_main_that_returns_an_error_prints_its_name_and_the_sentence() {
    let no_audience = Verifier::builder(key()).build().unwrap_err();
    assert_eq!(
        of_main(no_audience.clone()),
        "Error: NoAudience: no audience: name this resource server with .audience(..), or accept tokens \
         meant for anybody with .dangerous_any_audience()"
    );
    let inside = ConfigError::Trust {
        name: "desk".to_owned(),
        error: Box::new(no_audience),
    };
    let said = of_main(inside);
    assert!(
        said.starts_with("Error: Trust: in the trust \"desk\": no audience: "),
        "{said}"
    );

    let short = VerifyingKey::hs256("short").unwrap_err();
    assert_eq!(
        of_main(short),
        "Error: SecretTooShort: a secret for HS256 must have at least 32 bytes: `openssl rand -base64 32` makes one"
    );
    let nobody = issuer().token("").sign().unwrap_err();
    assert_eq!(of_main(nobody), "Error: NoSubject: the subject is empty");
    let cookie = TokenCookie::new("session").unwrap();
    let no_token = cookie
        .set(("\u{1f36a}", std::time::Duration::from_secs(1)))
        .unwrap_err();
    let words = "NotAToken: what should go into a cookie is no token";
    assert_eq!(of_main(no_token.clone()), format!("Error: {words}"));
    let inside = format!("Error: Cookie: {no_token}");
    assert_eq!(of_main(IssueError::from(no_token)), inside);
    let refused = issuer().verifier().verify_now("canary").unwrap_err();
    assert_eq!(
        of_main(refused),
        "Error: Refused(Form): the token does not have three segments"
    );
    let small = [
        of_main(UnknownAlgorithm),
        of_main(SignatureError),
        of_main(SigningError::Library),
        of_main(InvalidScope),
        of_main(KeyError::Encrypted),
        of_main(VerifyError::UnknownKey),
    ];
    let sentences = [
        format!("UnknownAlgorithm: {UnknownAlgorithm}"),
        format!("SignatureError: {SignatureError}"),
        format!("Library: {}", SigningError::Library),
        format!("InvalidScope: {InvalidScope}"),
        format!("Encrypted: {}", KeyError::Encrypted),
        format!("UnknownKey: {}", VerifyError::UnknownKey),
    ];
    assert_eq!(small, sentences.map(|words| format!("Error: {words}")));
    let outage = VerifyError::Unavailable(Outage::new(std::time::Duration::from_secs(5)));
    let words = "Unavailable: a part that the decision needs is out of reach";
    assert_eq!(of_main(outage), format!("Error: {words}"));
}

/// A type that is exported and not printed by one of these tests could show anything.
#[test]
fn every_exported_type_is_printed_here() {
    const TRAITS: [&str; 8] = [
        "AnswerBody",
        "BoxFuture",
        "Clock",
        "Fetch",
        "KeySource",
        "RevocationList",
        "Signer",
        "Timer",
    ];
    let mut types = Vec::new();
    for room in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap() {
        let room = room.unwrap().path();
        let room = if room.is_dir() {
            room.join("mod.rs")
        } else {
            room
        };
        let text = std::fs::read_to_string(room).unwrap_or_default();
        // Constants have no small letters.
        let is_name =
            |name: &&str| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
        let words = |text: &'_ str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric());
            words.filter(is_name).map(str::to_owned).collect()
        };
        // What a room exports, and what one of a single file defines.
        let exports = text.split("\npub use ").skip(1);
        let exports = exports.filter_map(|export| export.split_once(';'));
        types.extend(exports.flat_map(|(names, _)| words(names)));
        for start in ["\npub struct ", "\npub enum "] {
            let items = text.split(start).skip(1);
            types.extend(items.filter_map(|item| words(item).into_iter().next()));
        }
    }
    types.retain(|name| !TRAITS.contains(&name.as_str()));
    assert!(types.len() > 50, "{types:?}");
    let (tests, _) = include_str!("debug.rs")
        .split_once("fn every_exported_type")
        .unwrap();
    let (_, tests) = tests.split_once("fn ").unwrap();
    for name in types {
        let mut words = tests.split(|c: char| !c.is_alphanumeric());
        assert!(words.any(|word| word == name), "{name} is not printed");
    }
}
