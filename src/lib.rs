//! JWT authentication and scope-based authorization for tower services and axum applications.
//!
//! One layer verifies the token of every request, [`Claims<T>`](Claims) hands a handler the payload
//! as its own type, [`require_scope`] guards a route, and an [`Issuer`] signs tokens.
//!
//! ```
//! use axum::{Router, routing::{get, post}};
//! use keycard::{Claims, JwtLayer, Verifier, VerifyingKey, require_scope};
//!
//! #[derive(serde::Deserialize)]
//! struct Guest { sub: String, room: u32 }
//!
//! async fn room(Claims(guest): Claims<Guest>) -> String {
//!     format!("{} sleeps in {}", guest.sub, guest.room)
//! }
//!
//! async fn charge() -> &'static str { "one lemonade" }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret = b"at least thirty-two bytes of it!";
//! let verifier = Verifier::builder(VerifyingKey::hs256(secret)?)
//!     .issuer("https://desk.example")
//!     .audience("https://rooms.example")
//!     .build()?;
//!
//! let app: Router = Router::new()
//!     .route("/room", get(room))
//!     .route("/minibar", post(charge).route_layer(require_scope("minibar:write")))
//!     .layer(JwtLayer::new(verifier))
//!     .route("/health", get(|| async { "fine" })); // public: added after the layer
//! # Ok(())
//! # }
//! ```
//!
//! # What happens to a request
//!
//! Each step refuses what it can, and the first refusal is the answer:
//!
//! | step | does | answers |
//! | --- | --- | --- |
//! | credential | finds the token: `Authorization: Bearer`, a [`TokenCookie`], sources of yours | 401; 400 if malformed |
//! | cross-site | a token from a cookie, and an unsafe method or an upgrade: [`CrossSite`] | 403 |
//! | form | length, three segments, canonical base64url, strict JSON, `alg`, `crit`, `typ` | 401 |
//! | key | by `kid` and `alg`; asks a [`KeySource`] if it knows no such key | 401; 503 if out of reach |
//! | signature | with a key prepared when it was loaded | 401 |
//! | claims | `exp`, `nbf`, `iat`, `iss`, `aud`, and those that must be there | 401 |
//! | binding | `cnf`: refused, as no proof of possession is understood yet | 401 |
//! | revocation | a [`RevocationList`], on every request | 401; 503 if out of reach |
//! | checks | those of the application | 401 |
//! | guard | [`require`] and its kin | 401 if anonymous, else 403 |
//! | extractor | [`Claims<T>`](Claims), [`SharedClaims<T>`](SharedClaims), [`VerifiedToken`] | 401 |
//!
//! A client learns that its token expired or is not valid, and which scopes would be enough; the
//! reason goes to the log at debug level. [`JwtLayer::explain`] tells it to clients too, while you
//! develop.
//!
//! # In an existing axum application
//!
//! Build the layer once and clone it. Guards stand inside of it, which with axum means before it:
//!
//! ```
//! use axum::extract::Path;
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, routing::get};
//! use keycard::rule::subject;
//! use keycard::{JwtLayer, Rejection, VerifiedToken, require_scope};
//!
//! enum AppError { Refused(Rejection), /* and those of the application */ }
//!
//! impl From<Rejection> for AppError {
//!     fn from(rejection: Rejection) -> Self { Self::Refused(rejection) }
//! }
//!
//! impl IntoResponse for AppError {
//!     fn into_response(self) -> Response {
//!         match self { Self::Refused(rejection) => rejection.into_response() }
//!     }
//! }
//!
//! /// Only the owner: the path decides, so the handler does.
//! async fn notes(Path(owner): Path<String>, token: VerifiedToken) -> Result<String, AppError> {
//!     token.require(subject(&owner))?;
//!     Ok(format!("the notes of {owner}"))
//! }
//!
//! async fn greet(token: Option<VerifiedToken>) -> &'static str {
//!     if token.is_some() { "welcome back" } else { "welcome" }
//! }
//!
//! # fn app(verifier: keycard::Verifier) -> Router {
//! let jwt = JwtLayer::new(verifier).realm("notes");
//! Router::new()
//!     .route("/me", get(|_: VerifiedToken| async { "a login is enough" }))
//!     .route("/notes/{owner}", get(notes))
//!     .route("/all", get(|| async { "a scope" }).route_layer(require_scope("notes:read")))
//!     .route_layer(jwt.clone())
//!     .route("/", get(greet).route_layer(jwt.optional()))
//!     .route("/health", get(|| async { "public" }))
//! # }
//! ```
//!
//! # Tokens of Keycloak, and of others
//!
//! A JWK Set from a file, roles where the issuer puts them. Keycloak names your service in `aud` only
//! after an audience mapper was added to its client.
//!
//! ```
//! use keycard::{KeySet, Verifier, require_role};
//!
//! # fn verifier() -> Result<Verifier, Box<dyn std::error::Error>> {
//! let keys = KeySet::from_jwks_file("jwks.json")?;
//! let verifier = Verifier::builder(keys)
//!     .issuer("https://id.example/realms/hotel")
//!     .audience("rooms")
//!     .roles_from("realm_access.roles")
//!     .build()?;
//! # Ok(verifier)
//! # }
//! let guard = require_role("manager");
//! ```
//!
//! # In tests of yours
//!
//! An [`Issuer`] with a generated key signs real tokens, and a [`ManualClock`] makes them old:
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! use axum::{Router, body::Body, routing::get};
//! use http::{Request, StatusCode};
//! use keycard::{Algorithm, Issuer, JwtLayer, ManualClock, SigningKey};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::new(SystemTime::now());
//! let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
//!     .issuer("https://desk.example")
//!     .audience("https://rooms.example")
//!     .with_clock(clock.clone())
//!     .build()?;
//! let app = Router::new()
//!     .route("/", get(|| async { "in" }))
//!     .layer(JwtLayer::new(issuer.verifier()));
//!
//! let token = issuer.token("anna").sign()?;
//! let request = || {
//!     let bearer = format!("Bearer {}", token.as_str());
//!     Request::get("/").header("authorization", bearer).body(Body::empty())
//! };
//! assert_eq!(app.clone().oneshot(request()?).await?.status(), StatusCode::OK);
//! // A token is refused when the leeway is over, too: a minute after it expired.
//! clock.advance(token.lifetime() + Duration::from_secs(60));
//! assert_eq!(app.oneshot(request()?).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(())
//! # }
//! ```
//!
//! # From an extractor with `jsonwebtoken::decode`
//!
//! The extractor becomes [`Claims<T>`](Claims), its key a [`VerifyingKey`], its `Validation` a
//! [`Verifier`]. What may be noticed: `aud` and `exp` have to be there, a secret has at least the length
//! of its hash, an `iat` in milliseconds lies in the future, and `typ`, `crit` and repeated names are
//! looked at. An issuer that sets no `aud` takes [`any_audience`](VerifierBuilder::any_audience), which
//! also accepts tokens that name somebody else.
//!
//! # Where to look
//!
//! - Without HTTP: [`Verifier::verify_now`] and its asynchronous twin [`Verifier::verify`].
//! - Keys: [`VerifyingKey`], [`KeySet`], [`SigningKey`], and [`KeySource`] for those that change.
//! - Without axum: [`VerifiedToken::of`] and [`Presence::of`] read the extensions of a request.
//! - Login with a cookie: [`TokenCookie`], [`CrossSite`], [`JwtLayer::login_page`], [`ReturnPath`],
//!   [`claims_endpoint`].
//! - Rules: the module [`rule`].
//!
//! # Features
//!
//! - `axum` (default): extractors, and `IntoResponse` for rejections, errors and signed tokens.
//! - `jsonwebtoken` (default): conversions from the key types of that crate, with none of its backends.
//! - `tracing` (default): why requests are refused; never a token, a key or a claim value.
#![forbid(unsafe_code)]
#![warn(missing_docs, missing_debug_implementations, unreachable_pub)]
#![cfg_attr(
    not(any(test, fuzzing)),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod algorithm;
mod answer;
#[cfg(feature = "axum")]
mod axum;
mod claims;
mod clock;
mod cookie;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod guard;
mod issue;
mod json;
mod jws;
mod keys;
mod layer;
mod numeric_date;
mod rejection;
mod request;
mod revocation;
pub mod rule;
mod trace;
mod verify;

pub use algorithm::{Algorithm, UnknownAlgorithm};
#[cfg(feature = "axum")]
pub use axum::{Claims, ClaimsAnswer, SharedClaims, claims_endpoint};
pub use claims::{Audience, ClaimPath, RegisteredClaims};
pub use clock::{Clock, ManualClock, SystemClock};
pub use cookie::{CookieToken, SameSite, SetCookie, TokenCookie, TokenCookieBuilder};
pub use error::{ConfigError, Outage, Reason};
pub use guard::{
    CrossSiteService, GuardFuture, Require, RequireLayer, require, require_claims, require_role,
    require_scope,
};
pub use issue::{IssueError, Issuer, IssuerBuilder, SignedToken, TokenBuilder};
pub use keys::{
    BoxFuture, KeyError, KeySet, KeySource, Keys, SignatureError, SigningKey, VerifyingKey,
};
pub use layer::{Jwt, JwtLayer, ResponseFuture};
pub use numeric_date::NumericDate;
pub use rejection::{Rejection, RejectionKind};
pub use request::{CrossSite, Presence, RequestHead, ReturnPath};
pub use revocation::{RevocationList, RevocationStatus, TokenIdentity};
pub use rule::Rule;
pub use verify::{
    ClaimsError, Miss, Source, VerifiedToken, Verifier, VerifierBuilder, VerifyError,
};

/// The README, whose examples compile too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
