//! Secrets that both sides share: long enough, and no key that others may have.

use aws_lc_rs::hmac;

use super::components::Checked;
use super::error::KeyError;
use super::pem;
use crate::algorithm::{Algorithm, Family, Scheme};

/// Prepares a secret for an algorithm, which has to be one with a shared secret.
pub(super) fn hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<hmac::Key, KeyError> {
    let hash = match algorithm.scheme() {
        Scheme::Hmac(hash) => *hash,
        Scheme::Public(_) => return Err(KeyError::WrongAlgorithm),
    };
    if looks_like_public_key(secret) {
        return Err(KeyError::SecretLooksLikeKey);
    }
    let needed = hash.tag_len();
    if secret.len() < needed {
        return Err(KeyError::SecretTooShort { algorithm, needed });
    }
    Ok(hmac::Key::new(hash, secret))
}

/// Tells whether a secret is a key that others may have, in one of the forms that lie around in
/// configurations: whoever has it could sign (RFC 8725, section 2.1).
fn looks_like_public_key(secret: &[u8]) -> bool {
    let text = secret.trim_ascii();
    pem::looks_like_pem(text)
        || text.starts_with(b"ssh-")
        || text.starts_with(b"{") && text.windows(5).any(|part| part == b"\"kty\"")
        || is_public_der(secret)
        || pem::decodings(text).any(|der| is_public_der(&der))
}

fn is_public_der(der: &[u8]) -> bool {
    // What has 32 bytes is no DER of a key, though it may be a bare point of Ed25519, as half of all
    // secrets are.
    der.first() == Some(&0x30)
        && der.len() > 32
        && (pem::is_certificate(der)
            || Family::all().any(|family| Checked::from_der(family, der).is_ok()))
}
