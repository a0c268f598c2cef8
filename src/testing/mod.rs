//! A kit for tests and examples: a ready issuer, its clock, requests with its tokens, and an issuer that publishes its
//! keys on loopback.
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
//! An application that fetches its keys is tested with a [`Provider`], whose keys change and who breaks as it is told.
//! For the time after a token expired, see [`issuer_with_clock`]; for a browser with a cookie, [`get_with_cookie`]; for more of
//! it, the [chapter on testing](crate::guide::testing).
#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the kit is for tests, and what it is made of is fixed"
)]

mod fault;
mod hold;
mod issuer;
mod provider;
mod requests;
mod script;
mod server;

pub use self::fault::Fault;
pub use self::hold::Hold;
pub use self::issuer::{AUDIENCE, ISSUER, clock, issuer, issuer_with_clock};
pub use self::provider::{Provider, ProviderBuilder};
pub use self::requests::{bearer, get, get_with_cookie, post, post_with_cookie};
