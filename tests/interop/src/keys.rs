//! Keys for every algorithm, made once.

use std::sync::LazyLock;

use jwt_simple::reexports::ct_codecs::{Base64, Decoder};
use keycard::{Algorithm, SigningKey};

/// Long enough for every HMAC algorithm.
pub(crate) const SECRET: &[u8] =
    b"sixty-four bytes that the desk and the rooms know, and no guest!";

/// Every algorithm that keycard shares with both libraries.
pub(crate) const SHARED: [Algorithm; 12] = [
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

/// Those of them that have a public key.
pub(crate) fn shared_public() -> impl Iterator<Item = Algorithm> {
    SHARED.into_iter().filter(|algorithm| !is_hmac(*algorithm))
}

pub(crate) fn is_hmac(algorithm: Algorithm) -> bool {
    algorithm.name().starts_with("HS")
}

static RSA: LazyLock<String> = LazyLock::new(|| generate(Algorithm::RS256));
static P256: LazyLock<String> = LazyLock::new(|| generate(Algorithm::ES256));
static P384: LazyLock<String> = LazyLock::new(|| generate(Algorithm::ES384));
static ED25519: LazyLock<String> = LazyLock::new(|| generate(Algorithm::EdDSA));

fn generate(algorithm: Algorithm) -> String {
    let key = SigningKey::generate(algorithm).unwrap();
    key.to_pkcs8_pem().unwrap().unwrap().to_string()
}

/// Returns a private key in the PEM that keycard writes.
pub(crate) fn private_pem(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => &P256,
        Algorithm::ES384 => &P384,
        Algorithm::EdDSA => &ED25519,
        _ => {
            assert!(!is_hmac(algorithm), "{algorithm} has no private key");
            &RSA
        }
    }
}

/// Returns the same private key in DER: PKCS#8.
pub(crate) fn private_der(algorithm: Algorithm) -> Vec<u8> {
    der(private_pem(algorithm))
}

/// Returns what is between the two lines of a PEM text.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    Base64::decode_to_vec(lines.collect::<String>(), None).unwrap()
}

/// Returns keycard's key.
pub(crate) fn signing_key(algorithm: Algorithm) -> SigningKey {
    match algorithm {
        Algorithm::HS256 => SigningKey::hs256(SECRET),
        Algorithm::HS384 => SigningKey::hs384(SECRET),
        Algorithm::HS512 => SigningKey::hs512(SECRET),
        _ => SigningKey::from_pem(algorithm, private_pem(algorithm)),
    }
    .unwrap()
}
