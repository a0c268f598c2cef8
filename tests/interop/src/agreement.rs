//! keycard and every other library say the same about the same token.

use std::time::Duration;

use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding as Base64Url, Decoder, Encoder};
use keycard::Reason;

use crate::claims::Claims;
use crate::party::{Pair, Party, pairs};

impl Pair {
    /// Returns both, each with the name that it has in a message.
    fn parties(&self) -> [(&'static str, &dyn Party); 2] {
        [("keycard", &self.keycard), (self.library, &*self.other)]
    }
}

/// Whoever of the two signs these claims, both refuse the token for this reason.
fn everybody_refuses(claims: &Claims, reason: Reason) {
    for pair in pairs() {
        for (signer, signs) in pair.parties() {
            let token = signs.sign(claims);
            for (verifier, verifies) in pair.parties() {
                let answer = verifies.verify(&token);
                let algorithm = pair.algorithm;
                assert_eq!(
                    answer,
                    Err(reason),
                    "{algorithm}: {signer} signed, {verifier}"
                );
            }
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
    for Pair {
        library,
        algorithm,
        keycard,
        other,
    } in pairs()
    {
        let token = other.sign(&claims);
        assert_eq!(
            keycard.verify(&token).as_ref(),
            Ok(&claims),
            "{library} {algorithm}"
        );
    }
}

#[test]
fn the_others_accept_what_keycard_signs() {
    let claims = Claims::good();
    for Pair {
        library,
        algorithm,
        keycard,
        other,
    } in pairs()
    {
        let token = keycard.sign(&claims);
        assert_eq!(
            other.verify(&token).as_ref(),
            Ok(&claims),
            "{library} {algorithm}"
        );
    }
}

#[test]
fn everybody_refuses_a_signature_with_one_changed_byte() {
    let claims = Claims::good();
    for pair in pairs() {
        for (signer, signs) in pair.parties() {
            for token in with_changed_signature(&signs.sign(&claims)) {
                for (verifier, verifies) in pair.parties() {
                    let answer = verifies.verify(&token);
                    let algorithm = pair.algorithm;
                    let who = format!("{algorithm}: {signer} signed, {verifier} verified");
                    assert_eq!(answer, Err(Reason::Signature), "{who}");
                }
            }
        }
    }
}

#[test]
fn everybody_refuses_a_token_of_another_issuer() {
    let claims = Claims::good().from_issuer("https://desk.example.org");
    everybody_refuses(&claims, Reason::Issuer);
}

#[test]
fn everybody_refuses_a_token_for_another_audience() {
    let claims = Claims::good().for_audience("https://minibar.example");
    everybody_refuses(&claims, Reason::Audience);
}

#[test]
fn everybody_refuses_a_token_that_has_expired() {
    // An hour is more than the leeway of any of them.
    let claims = Claims::good().ago(Duration::from_secs(3600));
    everybody_refuses(&claims, Reason::Expired);
}
