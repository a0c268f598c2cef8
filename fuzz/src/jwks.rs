//! A JWK Set, or one JWK.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use keycard::keys::KeySet;
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::Value;

/// Takes the text of a set or of a key.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(set) = KeySet::from_jwks(text) {
        check_set(&set);
    }
    if let Ok(key) = VerifyingKey::from_jwk(text) {
        check_set(&KeySet::new([key]));
    }
    if let Ok(key) = SigningKey::from_jwk(text) {
        let signature = key.sign(b"message").unwrap();
        let public = key.verifying_key();
        let algorithm = key.algorithm();
        assert!(public.verify(algorithm, b"message", &signature).is_ok());
        assert!(public.verify(algorithm, b"massage", &signature).is_err());
        check_set(&KeySet::new([public]));
    }
}

/// What is accepted is written, and read again as the same keys, here and elsewhere.
fn check_set(set: &KeySet) {
    let public: Vec<&VerifyingKey> = set
        .iter()
        .filter(|key| key.thumbprint().is_some())
        .collect();
    let written = set.to_jwks();
    let again = KeySet::from_jwks(&written).unwrap();
    assert_eq!(again.to_jwks(), written);
    assert_eq!(again.len(), public.len());

    let theirs: JwkSet = serde_json::from_str(&written).unwrap();
    assert_eq!(theirs.keys.len(), public.len());
    let tree: Value = serde_json::from_str(&written).unwrap();
    for ((key, member), theirs) in public
        .iter()
        .zip(tree["keys"].as_array().unwrap())
        .zip(&theirs.keys)
    {
        check_key(key, member);
        // They know no ML-DSA.
        let known = member["kty"] != "AKP";
        assert_eq!(DecodingKey::from_jwk(theirs).is_ok(), known);
    }
}

fn check_key(key: &VerifyingKey, member: &Value) {
    for secret in ["k", "d", "p", "q", "dp", "dq", "qi", "priv"] {
        assert!(member.get(secret).is_none());
    }
    let same = VerifyingKey::from_jwk(&member.to_string()).unwrap();
    assert_eq!(same.thumbprint(), key.thumbprint());
    assert_eq!(same.key_id(), key.key_id());
    assert!(same.algorithms().eq(key.algorithms()));
    for algorithm in Algorithm::ALL {
        assert!(key.verify(algorithm, b"message", &[1; 64]).is_err());
    }
}
