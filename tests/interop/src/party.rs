//! What a library does here: it signs claims, and verifies tokens.

use std::time::Duration;

use keycard::claims::NumericDate;
use keycard::clock::ManualClock;
use keycard::verify::Reason;
use keycard::verify::VerifyError;
use keycard::{Algorithm, Issuer, SigningKey, Verifier, VerifyingKey};

use crate::claims::{AUDIENCE, Claims, ISSUER};
use crate::keys::{SHARED, signing_key};
use crate::with_jsonwebtoken::Jsonwebtoken;
use crate::with_jwt_simple;

/// A library with a key, told to trust one issuer, to be one audience and to look at `exp`.
pub(crate) trait Party {
    fn sign(&self, claims: &Claims) -> String;

    /// Returns the claims, or keycard's word for what is wrong.
    fn verify(&self, token: &str) -> Result<Claims, Reason>;
}

/// keycard with a private key or a secret.
pub(crate) struct Keycard(pub(crate) SigningKey);

impl Party for Keycard {
    fn sign(&self, claims: &Claims) -> String {
        let issued_at = NumericDate::from_seconds(claims.iat.try_into().unwrap());
        let issuer = Issuer::builder(self.0.clone())
            .issuer(&claims.iss)
            .audience(&claims.aud)
            .lifetime(Duration::from_secs(claims.exp - claims.iat))
            .with_clock(ManualClock::new(issued_at))
            .build()
            .unwrap();
        let token = issuer.token(&claims.sub).claims(&claims.stay);
        token.sign().unwrap().as_str().to_owned()
    }

    fn verify(&self, token: &str) -> Result<Claims, Reason> {
        verify(self.0.verifying_key(), token)
    }
}

/// Verifies with keycard and this key.
pub(crate) fn verify(key: VerifyingKey, token: &str) -> Result<Claims, Reason> {
    let verifier = Verifier::builder(key)
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .build()
        .unwrap();
    match verifier.verify_now(&token) {
        Ok(token) => Ok(token.claims().unwrap()),
        Err(VerifyError::Refused(reason)) => Err(reason),
        Err(miss) => panic!("a key that is held is always at hand: {miss}"),
    }
}

/// keycard and another library, which hold the same key.
pub(crate) struct Pair {
    pub(crate) library: &'static str,
    pub(crate) algorithm: Algorithm,
    pub(crate) keycard: Keycard,
    pub(crate) other: Box<dyn Party>,
}

/// Returns every algorithm with every library that has it.
pub(crate) fn pairs() -> impl Iterator<Item = Pair> {
    SHARED.into_iter().flat_map(|algorithm| {
        let others: [(_, Box<dyn Party>); 2] = [
            ("jsonwebtoken", Box::new(Jsonwebtoken::new(algorithm))),
            ("jwt-simple", with_jwt_simple::party(algorithm)),
        ];
        others.map(|(library, other)| Pair {
            library,
            algorithm,
            keycard: Keycard(signing_key(algorithm)),
            other,
        })
    })
}
