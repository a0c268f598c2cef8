//! Tokens with whatever value in one claim.

use std::sync::LazyLock;

use keycard::verify::{Reason, VerifyError};
use keycard::{SigningKey, VerifiedToken, Verifier};

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::hs256("a secret of at least thirty-two bytes").unwrap());

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = Verifier::builder(KEY.verifying_key()).audience("rooms");
    builder.build().unwrap()
});

/// Signs a payload with this value, a JSON text, in the claim `value`. Nothing comes of a value that no token may have.
pub fn sign(value: &str) -> Option<VerifiedToken> {
    let payload = format!(r#"{{"aud":"rooms","exp":4000000000,"value":{value}}}"#);
    let message = format!(
        "{}.{}",
        base64url(br#"{"alg":"HS256"}"#),
        base64url(payload.as_bytes())
    );
    let signature = KEY.sign(message.as_bytes()).unwrap();
    match VERIFIER.verify_now(&format!("{message}.{}", base64url(&signature))) {
        Ok(token) => Some(token),
        Err(VerifyError::Refused(Reason::Json)) => None,
        Err(error) => panic!("{error}: {payload}"),
    }
}

fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let chunks = bytes.chunks(3).flat_map(|chunk| {
        let bits = chunk
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        (0..=chunk.len())
            .map(move |index| char::from(ALPHABET[(bits >> (18 - 6 * index) & 63) as usize]))
    });
    chunks.collect()
}
