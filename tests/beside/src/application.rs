//! The application's own use of `jsonwebtoken`, as it was before keycard came.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::errors::Result;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, decode, encode,
};
use keycard::SigningKey;
use keycard::keys::KeySet;
use serde::{Deserialize, Serialize};

pub(crate) const ISSUER: &str = "https://desk.example";
pub(crate) const AUDIENCE: &str = "https://rooms.example";
pub(crate) const SECRET: &[u8] =
    b"sixty-four bytes that the desk and the rooms know, and no guest!";

/// Every algorithm of `jsonwebtoken`.
pub(crate) const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: String,
    pub(crate) exp: u64,
    pub(crate) room: u32,
}

impl Claims {
    pub(crate) fn good() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            iss: ISSUER.to_owned(),
            sub: "anna".to_owned(),
            aud: AUDIENCE.to_owned(),
            exp: now.as_secs() + 900,
            room: 7,
        }
    }
}

/// The keys of one algorithm.
pub(crate) struct Application {
    pub(crate) algorithm: Algorithm,
    pub(crate) signs: EncodingKey,
    pub(crate) verifies: DecodingKey,
}

static RSA: LazyLock<[String; 2]> = LazyLock::new(|| generate(keycard::Algorithm::RS256));
static P256: LazyLock<[String; 2]> = LazyLock::new(|| generate(keycard::Algorithm::ES256));
static P384: LazyLock<[String; 2]> = LazyLock::new(|| generate(keycard::Algorithm::ES384));
static ED25519: LazyLock<[String; 2]> = LazyLock::new(|| generate(keycard::Algorithm::EdDSA));

/// Returns a private key in PEM, and the JWK Set of the public one.
fn generate(algorithm: keycard::Algorithm) -> [String; 2] {
    let key = SigningKey::generate(algorithm).unwrap();
    let pem = key.to_pkcs8_pem().unwrap().unwrap();
    [
        pem.to_string(),
        KeySet::new([key.verifying_key()]).to_jwks(),
    ]
}

impl Application {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let (read, [pem, jwks]): (fn(&[u8]) -> _, &[_; 2]) = match algorithm {
            _ if algorithm.family() == AlgorithmFamily::Hmac => {
                return Self {
                    algorithm,
                    signs: EncodingKey::from_secret(SECRET),
                    verifies: DecodingKey::from_secret(SECRET),
                };
            }
            Algorithm::ES256 => (EncodingKey::from_ec_pem, &P256),
            Algorithm::ES384 => (EncodingKey::from_ec_pem, &P384),
            Algorithm::EdDSA => (EncodingKey::from_ed_pem, &ED25519),
            _ => (EncodingKey::from_rsa_pem, &RSA),
        };
        let jwks: JwkSet = serde_json::from_str(jwks).unwrap();
        Self {
            algorithm,
            signs: read(pem.as_bytes()).unwrap(),
            verifies: DecodingKey::from_jwk(&jwks.keys[0]).unwrap(),
        }
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        encode(&Header::new(self.algorithm), claims, &self.signs).unwrap()
    }

    pub(crate) fn verify(&self, token: &str) -> Result<Claims> {
        let mut validation = Validation::new(self.algorithm);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        Ok(decode(token, &self.verifies, &validation)?.claims)
    }
}
