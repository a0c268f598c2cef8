//! A kit for tests and examples: a ready issuer, its clock, and requests with its tokens.
//!
//! Behind the feature `testing`, which belongs among the dev-dependencies:
//!
//! ```toml
//! [dev-dependencies]
//! keycard = { version = "0.1", features = ["testing"] }
//! ```
//!
//! Nothing here is a stand-in. The issuer signs with a real key, made when the process starts and known to nobody,
//! and its verifier checks every token as in production; there is no other way to a
//! [`VerifiedToken`](crate::VerifiedToken).
//!
//! # Examples
//!
//! A handler and its guard, tested as a client sees them:
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use keycard::{JwtLayer, require_scope, testing};
//! use tower::ServiceExt;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let issuer = testing::issuer();
//!     let app: Router = Router::new()
//!         .route("/minibar", get(async || "lemonade").route_layer(require_scope("minibar:read")))
//!         .layer(JwtLayer::new(issuer.verifier()));
//!
//!     let anna = issuer.token("anna").scope("minibar:read").sign()?;
//!     let request = testing::get("/minibar", &anna).body(Body::empty())?;
//!     assert_eq!(app.clone().oneshot(request).await?.status(), 200);
//!
//!     let ben = issuer.token("ben").sign()?;
//!     let request = testing::get("/minibar", &ben).body(Body::empty())?;
//!     assert_eq!(app.oneshot(request).await?.status(), 403);
//!     Ok(())
//! }
//! ```
//!
//! For the time after a token expired, see [`issuer_with_clock`]; for a browser with a cookie, [`get_with_cookie`]; for more of
//! it, the [chapter on testing](crate::guide::testing).
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the kit is for tests, and what it is made of is fixed"
)]

use std::sync::LazyLock;
use std::time::SystemTime;

use http::header::{AUTHORIZATION, COOKIE};
use http::request::Builder;
use http::{HeaderValue, Request};

use crate::algorithm::Algorithm;
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::cookie::TokenCookie;
use crate::issue::{Issuer, SignedToken};
use crate::keys::SigningKey;

/// The issuer of the kit, the `iss` claim of its tokens.
pub const ISSUER: &str = "https://desk.example";

/// Whom the tokens of the kit are for, their `aud` claim.
pub const AUDIENCE: &str = "https://rooms.example";

/// One for the process, so that whatever is built in one place of a test fits what is built in another.
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::ES256).expect("there are random bytes"));

/// Returns an issuer that is ready to sign, and by [`Issuer::verifier`] to verify.
///
/// Each call returns the same one, in effect: all of them share one ES256 key. Its tokens live for 15 minutes.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let signed = testing::issuer().token("anna").scope("minibar:read").sign()?;
/// let token = testing::issuer().verifier().verify_now(&signed)?;
/// assert!(token.has_scope("minibar:read"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn issuer() -> Issuer {
    issuer_with_clock(SystemClock)
}

/// Returns the same issuer with another clock, which its verifiers read too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::testing;
///
/// let clock = testing::clock();
/// let issuer = testing::issuer_with_clock(clock.clone());
/// let signed = issuer.token("anna").sign()?;
/// assert!(issuer.verifier().verify_now(&signed).is_ok());
///
/// // A token is refused when the leeway is over, too: a minute after it expired.
/// clock.advance(signed.lifetime() + Duration::from_secs(60));
/// assert!(issuer.verifier().verify_now(&signed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn issuer_with_clock(clock: impl Clock) -> Issuer {
    Issuer::builder(KEY.clone())
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .with_clock(clock)
        .build()
        .expect("the settings are fixed")
}

/// Returns a clock that shows the time of this call until it is told otherwise.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::clock::Clock;
/// use keycard::testing;
///
/// let clock = testing::clock();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.now().saturating_since(before), Duration::from_secs(1));
/// ```
pub fn clock() -> ManualClock {
    ManualClock::new(SystemTime::now())
}

/// Starts a `GET` with this token in its `Authorization` header.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let token = testing::issuer().token("anna").sign()?;
/// let request = testing::get("/room", &token).header("accept", "text/html").body(())?;
/// assert!(request.headers()["authorization"].is_sensitive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn get(path: &str, token: &SignedToken) -> Builder {
    Request::get(path).header(AUTHORIZATION, bearer(token))
}

/// Starts a `POST` with this token in its `Authorization` header.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let token = testing::issuer().token("anna").sign()?;
/// let request = testing::post("/minibar", &token).body("lemonade")?;
/// assert_eq!(request.method(), "POST");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post(path: &str, token: &SignedToken) -> Builder {
    Request::post(path).header(AUTHORIZATION, bearer(token))
}

/// Starts a `GET` as the browser sends it that opens this page and has the cookie.
///
/// # Examples
///
/// ```
/// use keycard::{TokenCookie, testing};
///
/// let cookie = TokenCookie::new("session")?;
/// let token = testing::issuer().token("anna").sign()?;
/// let request = testing::get_with_cookie("/room", &cookie, &token).body(())?;
/// assert_eq!(request.headers()["sec-fetch-mode"], "navigate");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn get_with_cookie(path: &str, cookie: &TokenCookie, token: &SignedToken) -> Builder {
    of_browser(Request::get(path), cookie, token)
}

/// Starts a `POST` as a browser sends it for a form of this site, with the cookie.
///
/// # Examples
///
/// ```
/// use keycard::{TokenCookie, testing};
///
/// let cookie = TokenCookie::new("session")?;
/// let token = testing::issuer().token("anna").sign()?;
/// let own = testing::post_with_cookie("/minibar", &cookie, &token).body("drink=lemonade")?;
/// let mut forged = own.clone();
/// forged.headers_mut().insert("sec-fetch-site", "cross-site".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post_with_cookie(path: &str, cookie: &TokenCookie, token: &SignedToken) -> Builder {
    of_browser(Request::post(path), cookie, token)
        .header("content-type", "application/x-www-form-urlencoded")
}

fn of_browser(builder: Builder, cookie: &TokenCookie, token: &SignedToken) -> Builder {
    let line = format!("{}={}", cookie.name(), token.as_str());
    builder
        .header(COOKIE, sensitive(&line))
        .header("host", "localhost")
        .header("accept", "text/html,*/*;q=0.8")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
}

/// Returns the value of an `Authorization` header with this token.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let token = testing::issuer().token("anna").sign()?;
/// assert!(testing::bearer(&token).to_str()?.starts_with("Bearer eyJ"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bearer(token: &SignedToken) -> HeaderValue {
    sensitive(&format!("Bearer {}", token.as_str()))
}

fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("a token is ASCII");
    value.set_sensitive(true);
    value
}
