//! A hotel with a front desk: users log in and get a token, and every door reads it.
//!
//! `cargo run --example quickstart` needs nothing but Rust and a C compiler. It serves pages for a
//! browser, which keeps the token in an httpOnly cookie, and prints what to try with curl.
//! `LIFETIME` is how many seconds a token lives (120), `PORT` where to listen (any free port).
//! `DEVELOPMENT=1` is for Safari, which keeps no `Secure` cookie on plain HTTP.

mod desk;
mod hotel;
mod laboratory;
mod log;
mod lost;
mod pages;
mod tour;
mod users;

use std::env;
use std::error::Error;
use std::time::Duration;

use keycard::{Algorithm, Issuer, SigningKey, TokenCookie};
use tokio::net::TcpListener;

use crate::hotel::Hotel;
use crate::laboratory::Laboratory;
use crate::users::Users;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let lifetime = Duration::from_secs(setting("LIFETIME", 120)?);
    let listener = TcpListener::bind(("127.0.0.1", setting("PORT", 0)?)).await?;
    let origin = format!("http://{}", listener.local_addr()?);

    // A new key at each start: tokens of earlier ones are worth nothing any more.
    let key = SigningKey::generate(Algorithm::ES256)?;
    let laboratory = Laboratory::new(key.clone(), &origin)?;
    let desk = Issuer::builder(key)
        .issuer(&origin)
        .audience(&origin)
        .lifetime(lifetime)
        .build()?;
    // Desk and doors share one clock, so a token may end to the second.
    let verifier = desk.verifier_builder().leeway(Duration::ZERO).build()?;

    let mut cookie = TokenCookie::builder("hotel");
    if setting("DEVELOPMENT", 0)? == 1 {
        cookie = cookie.dangerous_development("quickstart");
    }
    let hotel = Hotel::new(desk, cookie.build()?, Users::new(), laboratory);

    log::start();
    tour::print(&origin, lifetime);
    axum::serve(listener, hotel::app(hotel, verifier)).await?;
    Ok(())
}

/// Reads a number from the environment.
fn setting<T>(name: &str, default: T) -> Result<T, Box<dyn Error>>
where
    T: std::str::FromStr<Err = std::num::ParseIntError>,
{
    match env::var(name) {
        Ok(value) => value
            .parse()
            .map_err(|error| format!("{name} is not a number: {error}").into()),
        Err(_) => Ok(default),
    }
}
