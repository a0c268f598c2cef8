//! Secrets that both sides share: long enough, and nothing that others may have or know.

use aws_lc_rs::hmac;

use super::disguise::is_key;
use super::error::KeyError;
use super::form::Form;
use super::stand_in;
use crate::algorithm::{Algorithm, Scheme};
use crate::observe::{Event, observe};

/// Makes the key of an HMAC, if the secret is as long as the hash (RFC 7518, section 3.2), nobody else's key and not what stands for
/// a secret elsewhere.
pub(super) fn hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<hmac::Key, KeyError> {
    let hash = match algorithm.scheme() {
        Scheme::Hmac(hash) => *hash,
        Scheme::Public(_) => return Err(KeyError::WrongAlgorithm),
    };
    // RFC 8725, section 2.1: whoever has a public key could sign with it.
    if is_key(secret) {
        return Err(KeyError::SecretLooksLikeKey);
    }
    let needed = hash.tag_len();
    let is_blank = secret.iter().all(u8::is_ascii_whitespace);
    if secret.len() >= needed && !is_blank && stand_in::is_repeated(secret) {
        return Err(KeyError::OtherForm(Form::Repeated));
    }
    if let Some(form) = stand_in::of_secret(secret) {
        return Err(KeyError::OtherForm(form));
    }
    if secret.len() < needed {
        return Err(KeyError::SecretTooShort { algorithm, needed });
    }
    // As of a file that an editor has saved; the other side may read it otherwise.
    if matches!(secret, [.., b'\n' | b'\r']) {
        observe(&Event::SecretEndsWithLine);
    }
    Ok(hmac::Key::new(hash, secret))
}
