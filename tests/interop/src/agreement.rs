//! keycard and every other library say the same about the same token.

use std::time::Duration;

use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding as Base64Url, Decoder, Encoder};
use keycard::verify::Reason;

use crate::claims::Claims;
use crate::party::{Pair, Party, pairs};

impl Pair {
    fn name(&self) -> String {
        format!("{}, {}", self.library, self.algorithm)
    }

    fn parties(&self) -> [&dyn Party; 2] {
        [&self.keycard, &*self.other]
    }

    /// Both refuse this token, for this reason.
    fn refuses(&self, token: &str, reason: Reason) {
        let name = self.name();
        assert_eq!(self.keycard.verify(token), Err(reason), "keycard: {name}");
        assert_eq!(self.other.verify(token), Err(reason), "{name}");
    }
}

/// Whoever signs these claims, nobody accepts the token.
fn everybody_refuses(claims: &Claims, reason: Reason) {
    for pair in pairs() {
        for signer in pair.parties() {
            pair.refuses(&signer.sign(claims), reason);
        }
    }
}

/// Returns the token three times, each with one bit of one byte of its signature changed.
fn with_changed_signature(token: &str) -> [String; 3] {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = Base64Url::decode_to_vec(signature, None).unwrap();
    let last = signature.len() - 1;
    [0, last / 2, last].map(|index| {
        let mut changed = signature.clone();
        changed[index] ^= 1;
        let changed = Base64Url::encode_to_string(changed).unwrap();
        format!("{message}.{changed}")
    })
}

#[test]
fn keycard_accepts_what_the_others_sign() {
    let claims = Claims::good();
    for pair in pairs() {
        let answer = pair.keycard.verify(&pair.other.sign(&claims));
        assert_eq!(answer.as_ref(), Ok(&claims), "{}", pair.name());
    }
}

#[test]
fn the_others_accept_what_keycard_signs() {
    let claims = Claims::good();
    for pair in pairs() {
        let answer = pair.other.verify(&pair.keycard.sign(&claims));
        assert_eq!(answer.as_ref(), Ok(&claims), "{}", pair.name());
    }
}

#[test]
fn everybody_refuses_a_signature_with_one_changed_byte() {
    let claims = Claims::good();
    for pair in pairs() {
        for signer in pair.parties() {
            for token in with_changed_signature(&signer.sign(&claims)) {
                pair.refuses(&token, Reason::Signature);
            }
        }
    }
}

#[test]
fn everybody_refuses_a_token_of_another_issuer() {
    let claims = Claims::good().with_issuer("https://desk.example.org");
    everybody_refuses(&claims, Reason::Issuer);
}

#[test]
fn everybody_refuses_a_token_for_another_audience() {
    let claims = Claims::good().with_audience("https://minibar.example");
    everybody_refuses(&claims, Reason::Audience);
}

#[test]
fn everybody_refuses_a_token_that_has_expired() {
    // An hour is more than the leeway of any of them.
    let claims = Claims::good().ago(Duration::from_secs(3600));
    everybody_refuses(&claims, Reason::Expired);
}
