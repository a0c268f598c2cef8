//! Keys that sign: what they are called, and where they are.

use keycard::keys::KeySet;
use keycard::{Algorithm, ConfigError, Issuer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};

use crate::support::{DESK, ROOMS, base64url};

fn issuer_with(key: SigningKey) -> Result<Issuer, ConfigError> {
    Issuer::builder(key).issuer(DESK).audience(ROOMS).build()
}

fn header_of(token: &str) -> Value {
    let segment = token.split('.').next().unwrap();
    let json = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(segment).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn any_key_can_keep_the_name_that_others_know_it_by() {
    const OWN: &str = "ABC123DEFG";
    let ec = SigningKey::generate(Algorithm::ES256).unwrap();
    let pem = ec.to_pkcs8_pem().unwrap().unwrap();
    let secret = [7; 32];
    let jwk = json!({"kty": "oct", "alg": "HS256", "kid": "old", "k": base64url(secret)});
    let keys = [
        ("generated", ec.clone()),
        (
            "PEM",
            SigningKey::from_pem(Algorithm::ES256, pem.as_str()).unwrap(),
        ),
        ("secret", SigningKey::hs256(secret).unwrap()),
        ("JWK", SigningKey::from_jwk(&jwk.to_string()).unwrap()),
    ];
    for (what, key) in keys {
        let default = key.key_id().map(str::to_owned);
        let named = key.clone().with_key_id(OWN);
        assert_eq!(named.key_id(), Some(OWN), "{what}");
        assert_eq!(named.verifying_key().key_id(), Some(OWN), "{what}");
        assert_eq!(key.key_id(), default.as_deref(), "a clone keeps its name");

        let issuer = issuer_with(named).unwrap();
        let signed = issuer.token("anna").sign().unwrap();
        assert_eq!(header_of(signed.as_str())["kid"], OWN, "{what}");
        assert!(issuer.verifier().verify_now(&signed).is_ok(), "{what}");

        let jwks: Value = serde_json::from_str(&issuer.jwks()).unwrap();
        let published = jwks["keys"].as_array().unwrap();
        if what == "secret" || what == "JWK" {
            assert!(published.is_empty(), "a secret is never published");
            let known_by_name = VerifyingKey::hs256(secret).unwrap().with_key_id(OWN);
            assert!(accepts(known_by_name, signed.as_str()), "{what}");
            let other_name = VerifyingKey::hs256(secret).unwrap().with_key_id("new");
            assert!(!accepts(other_name, signed.as_str()), "{what}");
        } else {
            assert_eq!(published[0]["kid"], OWN, "{what}");
            let published = KeySet::from_jwks(&issuer.jwks()).unwrap();
            assert!(accepts(published, signed.as_str()), "{what}");
            assert!(accepts(
                ec.verifying_key().with_key_id(OWN),
                signed.as_str()
            ));
            assert!(
                !accepts(ec.verifying_key(), signed.as_str()),
                "by its thumbprint"
            );
        }
    }
}

fn accepts(keys: impl Into<keycard::keys::Keys>, token: &str) -> bool {
    let verifier = Verifier::builder(keys).issuer(DESK).audience(ROOMS);
    verifier.build().unwrap().verify_now(token).is_ok()
}

#[test]
fn a_name_is_not_empty() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let built = issuer_with(key.clone().with_key_id(""));
    assert_eq!(
        built.err(),
        Some(ConfigError::Empty("identifier of the key"))
    );
    assert!(issuer_with(key.with_key_id("k")).is_ok());
}
