//! One desk for all inputs: fixed keys, a fixed time, and another library to ask.

use std::sync::LazyLock;

use jsonwebtoken::{DecodingKey, Validation};
use keycard::claims::NumericDate;
use keycard::clock::ManualClock;
use keycard::keys::KeySet;
use keycard::{SigningKey, Verifier};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://desk.example";
pub const AUDIENCE: &str = "https://rooms.example";

/// A time that no clock shows in earnest.
pub const NOW: i64 = 4_000_000_000;

const SECRET: &[u8] = b"sixty-four bytes that the desk and the fuzzer know, and no guest";

pub static HS256: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::hs256(SECRET).unwrap());

/// A key that goes by a name.
pub static HS512: LazyLock<SigningKey> = LazyLock::new(|| {
    let k = base64url(SECRET);
    let jwk = json!({"kty": "oct", "alg": "HS512", "kid": "seven", "k": k});
    SigningKey::from_jwk(&jwk.to_string()).unwrap()
});

pub static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    Verifier::builder(KeySet::new([HS256.verifying_key(), HS512.verifying_key()]))
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .with_clock(ManualClock::new(NumericDate::from_seconds(NOW)))
        .build()
        .unwrap()
});

/// Writes base64url, one bit after the other.
pub fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    bits.chunks(6)
        .map(|chunk| {
            let index = chunk.iter().fold(0, |index, bit| index << 1 | bit);
            char::from(ALPHABET[usize::from(index << (6 - chunk.len()))])
        })
        .collect()
}

/// Signs whatever header and payload.
pub fn sign(key: &SigningKey, header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", base64url(header), base64url(payload));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(&signature))
}

/// Returns the claims of a token if `jsonwebtoken` accepts it, which is not asked about the time.
pub fn independent(token: &str) -> Option<Value> {
    let algorithm = jsonwebtoken::decode_header(token).ok()?.alg;
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "exp"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_secret(SECRET);
    let decoded = jsonwebtoken::decode(token, &key, &validation);
    decoded.ok().map(|token| token.claims)
}

/// A token that is good.
pub fn good() -> String {
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "exp": NOW + 900, "scope": "rooms:read"
    });
    sign(&HS256, br#"{"alg":"HS256"}"#, claims.to_string().as_bytes())
}

/// Compares two values, their numbers as binary64 has them: some keep more digits than that.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_same = |(name, one)| other.get(name).is_some_and(|other| same(one, other));
            one.len() == other.len() && one.iter().all(has_same)
        }
        _ => one == other,
    }
}
