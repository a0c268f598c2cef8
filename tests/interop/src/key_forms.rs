//! A key that one library wrote is the same key in another one.

use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{DecodingKey, EncodingKey};
use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ECDSAP384PublicKeyLike, ES256KeyPair, ES256PublicKey, ES384KeyPair,
    ES384PublicKey, Ed25519KeyPair, Ed25519PublicKey, EdDSAPublicKeyLike, NoCustomClaims,
    RS256PublicKey, RSAPublicKeyLike,
};
use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding as Base64Url, Decoder, Encoder};
use keycard::keys::KeySet;
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::Value;

use crate::claims::Claims;
use crate::keys::{SHARED, private_der, shared_public, signing_key};
use crate::party::{Keycard, Party, verify};
use crate::with_jsonwebtoken::{Jsonwebtoken, encoding_key};
use crate::written::Written;

/// Reads all four texts with keycard: they are of one key, and its halves fit.
fn keycard_reads(algorithm: Algorithm, written: &Written) -> VerifyingKey {
    let private_pem = SigningKey::from_pem(algorithm, &written.private_pem).unwrap();
    let private_der = SigningKey::from_der(algorithm, &written.private_der).unwrap();
    let public_pem = VerifyingKey::from_pem(algorithm, &written.public_pem).unwrap();
    let public_der = VerifyingKey::from_der(algorithm, &written.public_der).unwrap();

    let thumbprint = public_pem.thumbprint();
    assert!(thumbprint.is_some());
    assert_eq!(public_der.thumbprint(), thumbprint);
    for private in [private_pem, private_der] {
        assert_eq!(private.key_id(), thumbprint.as_deref(), "{algorithm}");
        let signature = private.sign(b"message").unwrap();
        let verified = public_der.verify(algorithm, b"message", &signature);
        assert!(verified.is_ok(), "{algorithm}");
    }
    public_der
}

/// Returns a public key as keycard publishes it.
fn published(key: VerifyingKey) -> Value {
    let jwks: Value = serde_json::from_str(&KeySet::new([key]).to_jwks()).unwrap();
    jwks["keys"][0].clone()
}

fn member(jwk: &Value, name: &str) -> Vec<u8> {
    Base64Url::decode_to_vec(jwk[name].as_str().unwrap(), None).unwrap()
}

#[test]
fn a_private_key_of_keycard_passes_through_jwt_simple_unchanged() {
    for algorithm in shared_public() {
        let thumbprint = signing_key(algorithm).verifying_key().thumbprint();
        for written in [Written::from_pem(algorithm), Written::from_der(algorithm)] {
            assert_eq!(keycard_reads(algorithm, &written).thumbprint(), thumbprint);
        }
    }
}

#[test]
fn keycard_reads_keys_that_jwt_simple_made() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ] {
        let key = keycard_reads(algorithm, &Written::made(algorithm));
        let known = signing_key(algorithm).verifying_key();
        assert_ne!(key.thumbprint(), known.thumbprint());
    }
}

#[test]
fn jsonwebtoken_signs_with_the_der_of_keycard() {
    let claims = Claims::good();
    for algorithm in shared_public() {
        let der = private_der(algorithm);
        let mut party = Jsonwebtoken::new(algorithm);
        party.signs = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_der(&der),
            Algorithm::EdDSA => EncodingKey::from_ed_der(&der),
            // It wants PKCS#1 there, which is what it takes out of the PKCS#8 in a PEM text.
            _ => EncodingKey::from_rsa_der(encoding_key(algorithm).as_bytes()),
        };
        let key = signing_key(algorithm).verifying_key();
        let answer = verify(key, &party.sign(&claims));
        assert_eq!(answer.as_ref(), Ok(&claims), "{algorithm}");
    }
}

#[test]
fn jsonwebtoken_verifies_with_the_public_pem_of_jwt_simple_what_keycard_signed() {
    let claims = Claims::good();
    for algorithm in shared_public() {
        let pem = Written::from_pem(algorithm).public_pem;
        let mut party = Jsonwebtoken::new(algorithm);
        party.verifies = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => DecodingKey::from_ed_pem(pem.as_bytes()),
            _ => DecodingKey::from_rsa_pem(pem.as_bytes()),
        }
        .unwrap();
        let token = Keycard(signing_key(algorithm)).sign(&claims);
        assert_eq!(party.verify(&token).as_ref(), Ok(&claims), "{algorithm}");
    }
}

#[test]
fn jwt_simple_verifies_with_the_members_of_a_jwk_that_keycard_publishes() {
    let sign = |key: &SigningKey| Keycard(key.clone()).sign(&Claims::good());

    let key = signing_key(Algorithm::RS256);
    let jwk = published(key.verifying_key());
    let public = RS256PublicKey::from_components(&member(&jwk, "n"), &member(&jwk, "e")).unwrap();
    let verified = public.verify_token::<NoCustomClaims>(&sign(&key), None);
    assert_eq!(verified.unwrap().subject.as_deref(), Some("anna"));

    let key = signing_key(Algorithm::ES256);
    let jwk = published(key.verifying_key());
    let point = [vec![4], member(&jwk, "x"), member(&jwk, "y")].concat();
    let public = ES256PublicKey::from_bytes(&point).unwrap();
    let verified = public.verify_token::<NoCustomClaims>(&sign(&key), None);
    assert_eq!(verified.unwrap().subject.as_deref(), Some("anna"));

    let key = signing_key(Algorithm::ES384);
    let jwk = published(key.verifying_key());
    let point = [vec![4], member(&jwk, "x"), member(&jwk, "y")].concat();
    let public = ES384PublicKey::from_bytes(&point).unwrap();
    let verified = public.verify_token::<NoCustomClaims>(&sign(&key), None);
    assert_eq!(verified.unwrap().subject.as_deref(), Some("anna"));

    let key = signing_key(Algorithm::EdDSA);
    let jwk = published(key.verifying_key());
    let public = Ed25519PublicKey::from_bytes(&member(&jwk, "x")).unwrap();
    let verified = public.verify_token::<NoCustomClaims>(&sign(&key), None);
    assert_eq!(verified.unwrap().subject.as_deref(), Some("anna"));
}

#[test]
fn keycard_signs_with_a_private_jwk_of_the_numbers_of_jwt_simple() {
    let p256 = ES256KeyPair::generate();
    let p384 = ES384KeyPair::generate();
    let ed25519 = Ed25519KeyPair::generate();
    for (algorithm, public_der, d) in [
        (
            Algorithm::ES256,
            p256.public_key().to_der().unwrap(),
            p256.to_bytes(),
        ),
        (
            Algorithm::ES384,
            p384.public_key().to_der().unwrap(),
            p384.to_bytes(),
        ),
        (
            Algorithm::EdDSA,
            ed25519.public_key().to_der(),
            // The seed; the public key follows it there.
            ed25519.to_bytes()[..32].to_vec(),
        ),
    ] {
        let public = VerifyingKey::from_der(algorithm, public_der).unwrap();
        let mut jwk = published(public.clone());
        jwk["d"] = Base64Url::encode_to_string(d).unwrap().into();
        let private = SigningKey::from_jwk(&jwk.to_string()).unwrap();
        let claims = Claims::good();
        let answer = verify(public, &Keycard(private).sign(&claims));
        assert_eq!(answer.as_ref(), Ok(&claims), "{algorithm}");
    }
}

#[test]
fn keycard_reads_the_jwk_that_jsonwebtoken_writes() {
    let claims = Claims::good();
    for algorithm in SHARED {
        let party = Jsonwebtoken::new(algorithm);
        let jwk = Jwk::from_encoding_key(&party.signs, party.algorithm).unwrap();
        let key = VerifyingKey::from_jwk(&serde_json::to_string(&jwk).unwrap()).unwrap();
        assert_eq!(key.algorithms().collect::<Vec<_>>(), [algorithm]);
        let answer = verify(key, &party.sign(&claims));
        assert_eq!(answer.as_ref(), Ok(&claims), "{algorithm}");
    }
}

#[test]
fn both_compute_the_same_thumbprint() {
    for algorithm in shared_public() {
        let party = Jsonwebtoken::new(algorithm);
        let jwk = Jwk::from_encoding_key(&party.signs, party.algorithm).unwrap();
        let theirs = jwk.thumbprint(ThumbprintHash::SHA256).unwrap();
        let ours = signing_key(algorithm).verifying_key().thumbprint();
        assert_eq!(ours, Some(theirs), "{algorithm}");
    }
}
