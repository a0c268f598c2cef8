//! Secrets that both sides share: long enough, and no key that others may have.

use aws_lc_rs::hmac;

use super::der;
use super::error::KeyError;
use super::pem;
use crate::algorithm::{Algorithm, Scheme};

/// Prepares a secret for an algorithm, which has to be one with a shared secret.
pub(super) fn hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<hmac::Key, KeyError> {
    let hash = match algorithm.scheme() {
        Scheme::Hmac(hash) => *hash,
        Scheme::Public(_) => return Err(KeyError::WrongAlgorithm),
    };
    if looks_like_key(secret) {
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
fn looks_like_key(secret: &[u8]) -> bool {
    let text = secret.trim_ascii();
    pem::looks_like_pem(text)
        || text.starts_with(b"ssh-")
        || text.starts_with(b"{") && text.windows(5).any(|part| part == b"\"kty\"")
        || is_key_in_der(secret)
        || pem::decodings(text).any(|der| is_key_in_der(&der))
}

fn is_key_in_der(der: &[u8]) -> bool {
    // What has 32 bytes is no DER of a key, though its first byte may look like it.
    der.len() > 32 && (der::outline(der).is_some() || begins_as_certificate(der))
}

/// Tells whether this begins as a certificate of X.509 does, with a version in it (RFC 5280, section
/// 4.1).
fn begins_as_certificate(der: &[u8]) -> bool {
    const VERSION: [u8; 4] = [0xa0, 3, 2, 1];
    // It stands right at the beginning, behind the lengths of two sequences.
    let start = der.get(..16).unwrap_or(der);
    der.first() == Some(&0x30) && start.windows(VERSION.len()).any(|part| part == VERSION)
}
