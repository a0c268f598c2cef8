//! A place to break tokens: real ones, that no door accepts.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use keycard::verify::{Credential, Source};
use keycard::{Claims, ConfigError, IssueError, Issuer, SigningKey, VerifiedToken, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::hotel::Hotel;
use crate::users::Profile;

/// Scripts read the tokens of the laboratory, so these must be good for nothing: their audience is
/// one that no door answers to. The key is that of the desk, so everything else about them is real.
#[derive(Clone)]
pub struct Laboratory {
    issuer: Issuer,
    verifier: Verifier,
}

impl Laboratory {
    pub fn new(key: SigningKey, origin: &str) -> Result<Self, ConfigError> {
        let issuer = Issuer::builder(key)
            .issuer(origin)
            .audience("laboratory")
            // Long enough that it is the changed byte that gets a token refused, not the time.
            .lifetime(Duration::from_secs(3600))
            .build()?;
        let verifier = issuer.verifier();
        Ok(Self { issuer, verifier })
    }
}

/// A token that says about the visitor what the one in the cookie says, for the laboratory only.
pub async fn sample(
    State(hotel): State<Hotel>,
    token: VerifiedToken,
    Claims(profile): Claims<Profile>,
) -> Result<impl IntoResponse, IssueError> {
    let subject = token.subject().unwrap_or_default();
    let sample = hotel.laboratory.issuer.token(subject).claims(&profile);
    Ok(([(CACHE_CONTROL, "no-store")], sample.sign()?))
}

#[derive(Deserialize)]
pub struct Specimen {
    token: String,
}

/// Tells what a door would say. Doors of your own say less: a reason helps attackers too.
pub async fn check(
    State(hotel): State<Hotel>,
    Json(Specimen { token }): Json<Specimen>,
) -> Json<Value> {
    let specimen = Credential::from(&token).found_in(Source::Custom("laboratory"));
    Json(match hotel.laboratory.verifier.verify_now(specimen) {
        Ok(_) => {
            json!({"accepted": true, "says": "signature, issuer, audience and time are good"})
        }
        Err(error) => json!({"accepted": false, "says": error.to_string()}),
    })
}
