//! The tests of an application that takes its keys from an issuer, as its author writes them: tokens, the time, a
//! rotation and an outage, without a network, without a wait and without a stand-in.
//!
//! `cargo run --example testing_your_app` runs them and prints what they saw. In a crate of yours each has
//! `#[tokio::test]` above it, and asserts and prints nothing.

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::StatusCode;
use keycard::clock::ManualClock;
use keycard::issue::SignedToken;
use keycard::remote::RemoteKeys;
use keycard::testing::{self, Fault, Provider};
use keycard::{JwtLayer, VerifiedToken, Verifier, require_scope};
use tower::ServiceExt;

type Failure = Box<dyn Error>;

/// The application. Whom it trusts is for others to say: its tests below, and its `main`, by
/// `Verifier::builder(RemoteKeys::discover("https://desk.example").await?)`.
fn app(verifier: Verifier) -> Router {
    let minibar = post(async || "one lemonade").route_layer(require_scope("minibar:write"));
    Router::new()
        .route("/room", get(room))
        .route("/minibar", minibar)
        .layer(JwtLayer::new(verifier))
}

async fn room(token: VerifiedToken) -> String {
    format!("the room of {}", token.subject().unwrap_or_default())
}

/// The application as a test has it: with an issuer that does as it is told, and a clock that both read.
struct Hotel {
    idp: Provider,
    clock: ManualClock,
    app: Router,
}

impl Hotel {
    async fn open() -> Result<Self, Failure> {
        let clock = testing::clock();
        let idp = Provider::builder().with_clock(clock.clone()).start();
        let keys = RemoteKeys::builder(idp.url()).with_clock(clock.clone());
        let verifier = Verifier::builder(keys.connect().await?)
            .audience(testing::AUDIENCE)
            .with_clock(clock.clone())
            .build()?;
        let app = app(verifier);
        Ok(Self { idp, clock, app })
    }

    /// Opens the door to the room.
    async fn room(&self, token: &SignedToken) -> Result<StatusCode, Failure> {
        let request = testing::get("/room", token).body(Body::empty())?;
        Ok(self.app.clone().oneshot(request).await?.status())
    }

    /// Takes something out of the minibar.
    async fn minibar(&self, token: &SignedToken) -> Result<StatusCode, Failure> {
        let request = testing::post("/minibar", token).body(Body::empty())?;
        Ok(self.app.clone().oneshot(request).await?.status())
    }
}

async fn a_guest_with_the_scope_is_served() -> Result<(), Failure> {
    let hotel = Hotel::open().await?;
    let anna = hotel.idp.token("anna").scope("minibar:write").sign()?;
    check("with the scope", hotel.minibar(&anna).await?, 200);
    let ben = hotel.idp.token("ben").sign()?;
    check("without the scope", hotel.minibar(&ben).await?, 403);
    check("the room needs none", hotel.room(&ben).await?, 200);
    Ok(())
}

async fn tokens_of_others_are_refused() -> Result<(), Failure> {
    let (hotel, stranger) = (Hotel::open().await?, Provider::start());
    let forged = stranger.token("anna").sign()?;
    check("of another issuer", hotel.room(&forged).await?, 401);
    let elsewhere = hotel.idp.token("anna").audience("https://spa.example");
    let elsewhere = elsewhere.sign()?;
    check("for somebody else", hotel.room(&elsewhere).await?, 401);
    Ok(())
}

async fn a_token_expires() -> Result<(), Failure> {
    let hotel = Hotel::open().await?;
    let anna = hotel.idp.token("anna").sign()?;
    hotel.clock.advance(anna.lifetime());
    check("within the leeway", hotel.room(&anna).await?, 200);
    hotel.clock.advance(Duration::from_secs(60));
    check("a minute after that", hotel.room(&anna).await?, 401);
    Ok(())
}

async fn the_issuer_changes_its_keys() -> Result<(), Failure> {
    let hotel = Hotel::open().await?;
    let old = hotel.idp.token("anna").sign()?;
    hotel.idp.rotate();
    let new = hotel.idp.token("anna").sign()?;
    check("by a key that is new", hotel.room(&new).await?, 200);
    check("by the one before", hotel.room(&old).await?, 200);
    assert_eq!(hotel.idp.key_fetches(), 2);
    Ok(())
}

async fn an_outage_of_the_issuer_logs_nobody_out() -> Result<(), Failure> {
    let hotel = Hotel::open().await?;
    hotel.idp.break_with(Fault::Refused);
    let anna = hotel.idp.token("anna").sign()?;
    check("by known keys", hotel.room(&anna).await?, 200);

    // Keys are fresh for ten minutes, and used for an hour more while nobody answers.
    hotel.clock.advance(Duration::from_secs(70 * 60));
    let later = hotel.idp.token("anna").sign()?;
    check("by keys too old", hotel.room(&later).await?, 503);

    hotel.idp.heal();
    hotel.clock.advance(Duration::from_secs(60));
    check("when it is back", hotel.room(&later).await?, 200);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    a_guest_with_the_scope_is_served().await?;
    tokens_of_others_are_refused().await?;
    a_token_expires().await?;
    the_issuer_changes_its_keys().await?;
    an_outage_of_the_issuer_logs_nobody_out().await?;
    println!("all is as it should be");
    Ok(())
}

/// An assertion that tells what it saw.
fn check(what: &str, status: StatusCode, expected: u16) {
    assert_eq!(status, expected, "{what}");
    println!("{}  {what}", status.as_u16());
}
