//! Keys and names of `jsonwebtoken` that keycard takes over as they are.

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, EncodingKey};
use jwt_simple::reexports::ct_codecs::{Base64, Encoder};
use keycard::keys::{KeyError, KeySet};
use keycard::{Algorithm, Issuer, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::claims::{AUDIENCE, Claims, ISSUER};
use crate::keys::{SECRET, SHARED, der, signing_key};
use crate::party::{Keycard, Party, verify};
use crate::with_jsonwebtoken::{Jsonwebtoken, encoding_key};
use crate::written::Written;

/// Returns the key that verifies, in every way that `jsonwebtoken` has to make it.
fn decoding_keys(algorithm: Algorithm) -> Vec<DecodingKey> {
    let from_jwk = Jsonwebtoken::new(algorithm).verifies;
    if from_jwk.family() == AlgorithmFamily::Hmac {
        let base64 = Base64::encode_to_string(SECRET).unwrap();
        return vec![from_jwk, DecodingKey::from_base64_secret(&base64).unwrap()];
    }
    let pem = Written::from_pem(algorithm).public_pem;
    let spki = der(&pem);
    let (from_pem, from_der) = match from_jwk.family() {
        AlgorithmFamily::Hmac => unreachable!("a secret has no PEM"),
        AlgorithmFamily::Rsa => (
            DecodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
            DecodingKey::from_rsa_der(&spki),
        ),
        AlgorithmFamily::Ec => (
            DecodingKey::from_ec_pem(pem.as_bytes()).unwrap(),
            DecodingKey::from_ec_der(&spki),
        ),
        AlgorithmFamily::Ed => (
            DecodingKey::from_ed_pem(pem.as_bytes()).unwrap(),
            DecodingKey::from_ed_der(&spki),
        ),
    };
    vec![from_jwk, from_pem, from_der]
}

fn jwks(keys: &Value) -> JwkSet {
    serde_json::from_value(json!({ "keys": keys })).unwrap()
}

#[test]
fn an_algorithm_has_the_same_name_on_both_sides() {
    for ours in SHARED {
        let theirs = jsonwebtoken::Algorithm::try_from(ours).unwrap();
        assert_eq!(format!("{theirs:?}"), ours.name());
        assert_eq!(Algorithm::try_from(theirs), Ok(ours));
    }
}

#[test]
fn what_jsonwebtoken_does_not_have_is_no_algorithm_of_it() {
    let shared = |algorithm: &Algorithm| SHARED.contains(algorithm);
    for ours in Algorithm::ALL.into_iter().filter(|ours| !shared(ours)) {
        let theirs = jsonwebtoken::Algorithm::try_from(ours);
        assert_eq!(theirs, Err(KeyError::WrongAlgorithm), "{ours}");
    }
}

#[test]
fn a_decoding_key_verifies_in_keycard_however_it_was_made() {
    let claims = Claims::good();
    for algorithm in SHARED {
        let token = Jsonwebtoken::new(algorithm).sign(&claims);
        for (way, theirs) in decoding_keys(algorithm).iter().enumerate() {
            let ours = VerifyingKey::from_decoding_key(algorithm, theirs).unwrap();
            assert_eq!(ours.algorithms().collect::<Vec<_>>(), [algorithm]);
            let answer = verify(ours, &token);
            assert_eq!(answer.as_ref(), Ok(&claims), "{algorithm}, {way}");
        }
    }
}

#[test]
fn an_encoding_key_signs_in_keycard_what_jsonwebtoken_accepts() {
    let claims = Claims::good();
    for algorithm in SHARED {
        let ours = SigningKey::from_encoding_key(algorithm, &encoding_key(algorithm)).unwrap();
        assert_eq!(ours.key_id(), signing_key(algorithm).key_id());
        let token = Keycard(ours).sign(&claims);
        let answer = Jsonwebtoken::new(algorithm).verify(&token);
        assert_eq!(answer.as_ref(), Ok(&claims), "{algorithm}");
    }
}

#[test]
fn a_jwk_keeps_its_identifier_and_its_algorithm() {
    let claims = Claims::good();
    for algorithm in SHARED {
        let party = Jsonwebtoken::new(algorithm);
        let mut jwk = Jwk::from_encoding_key(&party.signs, party.algorithm).unwrap();
        jwk.common.key_id = Some("2026".to_owned());
        let ours = VerifyingKey::try_from(&jwk).unwrap();
        assert_eq!(ours.key_id(), Some("2026"));
        assert_eq!(ours.algorithms().collect::<Vec<_>>(), [algorithm]);

        let mut named = Jsonwebtoken::new(algorithm);
        named.key_id = Some("2026".to_owned());
        assert_eq!(verify(ours, &named.sign(&claims)).as_ref(), Ok(&claims));
    }
}

#[test]
fn a_jwk_without_an_algorithm_serves_all_of_its_kind() {
    let party = Jsonwebtoken::new(Algorithm::RS256);
    let mut jwk = Jwk::from_encoding_key(&party.signs, party.algorithm).unwrap();
    jwk.common.key_algorithm = None;
    let ours = VerifyingKey::try_from(&jwk).unwrap();
    assert_eq!(
        ours.algorithms().collect::<Vec<_>>(),
        [
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512
        ]
    );
}

#[test]
fn a_set_read_by_jsonwebtoken_is_the_set_that_keycard_published() {
    let issuer = Issuer::builder(signing_key(Algorithm::ES256))
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .former_key(signing_key(Algorithm::RS256).verifying_key())
        .former_key(signing_key(Algorithm::HS256).verifying_key())
        .build()
        .unwrap();
    let theirs: JwkSet = serde_json::from_str(&issuer.jwks()).unwrap();
    let ours = KeySet::try_from(&theirs).unwrap();
    assert_eq!(ours.len(), 2);
    assert_eq!(ours.to_jwks(), issuer.jwks());
}

#[test]
fn a_set_keeps_what_can_be_used_and_leaves_out_the_rest() {
    let party = Jsonwebtoken::new(Algorithm::ES256);
    let good = Jwk::from_encoding_key(&party.signs, party.algorithm).unwrap();
    let good = serde_json::to_value(good).unwrap();
    let with = |name: &str, value: &str| {
        let mut key = good.clone();
        key[name] = value.into();
        key
    };
    let secret = json!({"kty": "oct", "alg": "HS256", "k": "c2l4dHktZm91ciBieXRlcyB0aGF0IHRoZSBkZXNrIGFuZA"});
    let keys = json!([
        secret,
        with("kid", "first"),
        with("use", "enc"),
        with("alg", "ES384"),
        with("crv", "P-384"),
        with("x", "AAAA"),
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"},
        with("kid", "last"),
    ]);
    let ours = KeySet::try_from(&jwks(&keys)).unwrap();
    let kept: Vec<_> = ours.iter().filter_map(VerifyingKey::key_id).collect();
    assert_eq!(kept, ["first", "last"]);
    assert_eq!(ours.len(), 2);
}

#[test]
fn an_empty_set_is_an_empty_set() {
    assert!(KeySet::try_from(&jwks(&json!([]))).unwrap().is_empty());
}

#[test]
fn keys_for_algorithms_that_jsonwebtoken_lacks_pass_through_it() {
    let claims = Claims::good();
    let ed25519 = Jsonwebtoken::new(Algorithm::EdDSA);
    let signs = SigningKey::from_encoding_key(Algorithm::Ed25519, &ed25519.signs).unwrap();
    let verifies = VerifyingKey::from_decoding_key(Algorithm::Ed25519, &ed25519.verifies).unwrap();
    assert_eq!(verifies.thumbprint().as_deref(), signs.key_id());

    let made = SigningKey::generate(Algorithm::ES512).unwrap();
    let pem = made.to_pkcs8_pem().unwrap().unwrap();
    let theirs = EncodingKey::from_ec_pem(pem.as_bytes()).unwrap();
    let signs = SigningKey::from_encoding_key(Algorithm::ES512, &theirs).unwrap();
    let token = Keycard(signs).sign(&claims);

    let jwks: Value = serde_json::from_str(&KeySet::new([made.verifying_key()]).to_jwks()).unwrap();
    let mut jwk = jwks["keys"][0].clone();
    let coordinate = |name: &str| jwk[name].as_str().unwrap();
    let theirs = DecodingKey::from_ec_components(coordinate("x"), coordinate("y")).unwrap();
    let verifies = VerifyingKey::from_decoding_key(Algorithm::ES512, &theirs).unwrap();
    assert_eq!(verify(verifies, &token).as_ref(), Ok(&claims));

    jwk.as_object_mut().unwrap().remove("alg");
    let theirs: Jwk = serde_json::from_value(jwk).unwrap();
    let verifies = VerifyingKey::try_from(&theirs).unwrap();
    assert_eq!(verify(verifies, &token).as_ref(), Ok(&claims));
}

#[test]
fn a_jwk_whose_algorithm_jsonwebtoken_did_not_know_is_refused() {
    // Its `Jwk` keeps no more of such a name than that it did not know it.
    let made = SigningKey::generate(Algorithm::ES512).unwrap();
    let published = KeySet::new([made.verifying_key()]).to_jwks();
    assert_eq!(KeySet::from_jwks(&published).unwrap().len(), 1);

    let theirs: JwkSet = serde_json::from_str(&published).unwrap();
    assert!(KeySet::try_from(&theirs).unwrap().is_empty());
    let ours = VerifyingKey::try_from(&theirs.keys[0]);
    assert_eq!(ours.map(drop), Err(KeyError::WrongAlgorithm));
}
