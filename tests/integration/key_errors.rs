//! What is said of a key that is not the one that is wanted. Never any part of it.

use std::sync::LazyLock;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use keycard::keys::{Form, KeyError, SigningError};
use keycard::verify::Outage;
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::keys::generate;
use crate::support::{base64url, changed};

// Read at run time: the published package leaves the vectors out, and has to compile all the same.
static KEYS: LazyLock<String> =
    LazyLock::new(|| std::fs::read_to_string("tests/vectors/keys.pem").unwrap());

pub(crate) fn pem(name: &str) -> &'static str {
    let (_, behind) = KEYS.split_once(&format!("\n\n{name}\n")).expect(name);
    behind.split("\n\n").next().unwrap()
}

/// The last section of a key in DER.
pub(crate) fn der(name: &str) -> Vec<u8> {
    let (_, body) = pem(name).rsplit_once("-----BEGIN ").unwrap();
    let body = body.split("-----").nth(1).unwrap().replace('\n', "");
    BASE64_STANDARD.decode(body).unwrap()
}

pub(crate) fn other(found: &'static str, wanted: Algorithm) -> KeyError {
    KeyError::OtherKind { found, wanted }
}

fn public(algorithm: Algorithm, name: &str) -> Option<KeyError> {
    let from_pem = VerifyingKey::from_pem(algorithm, pem(name)).err();
    let from_der = VerifyingKey::from_der(algorithm, der(name)).err();
    assert_eq!(from_pem, from_der, "{name}");
    from_pem
}

fn private(algorithm: Algorithm, name: &str) -> Option<KeyError> {
    let from_pem = SigningKey::from_pem(algorithm, pem(name)).err();
    let from_der = SigningKey::from_der(algorithm, der(name)).err();
    assert_eq!(from_pem, from_der, "{name}");
    from_pem
}

#[test]
fn a_public_key_of_another_kind_says_which() {
    use Algorithm::{ES256, ES384, EdDSA, MlDsa44, PS256, RS256};
    for (algorithm, name, found) in [
        (ES384, "p-256-public", "P-256"),
        (RS256, "p-256-public", "P-256"),
        (EdDSA, "p-256-public", "P-256"),
        (MlDsa44, "p-256-public", "P-256"),
        (ES256, "rsa-public", "RSA"),
        (MlDsa44, "rsa-public", "RSA"),
        (ES256, "rsa-1024-public", "RSA"),
        (ES256, "secp256k1-public", "secp256k1"),
        (ES256, "brainpool-public", "brainpoolP256r1"),
        (ES256, "secp224k1-public", "something else"),
        (EdDSA, "ed448-public", "Ed448"),
        (EdDSA, "x25519-public", "X25519"),
        (ES256, "ed25519-public", "Ed25519"),
        (RS256, "rsa-pss-public", "RSASSA-PSS"),
    ] {
        assert_eq!(
            public(algorithm, name),
            Some(other(found, algorithm)),
            "{name}"
        );
    }
    for (algorithm, name) in [
        (ES256, "p-256-public"),
        (RS256, "rsa-public"),
        (PS256, "rsa-public"),
        (PS256, "rsa-pss-public"),
        (EdDSA, "ed25519-public"),
    ] {
        assert_eq!(public(algorithm, name), None, "{name}");
    }
    let weak = Some(KeyError::Weak("an RSA modulus under 2048 bits"));
    assert_eq!(public(RS256, "rsa-1024-public"), weak);
    let unnamed = Some(KeyError::Malformed(
        "its curve is written out in numbers; `openssl ec -pubin -param_enc named_curve` names it",
    ));
    assert_eq!(public(ES256, "p-256-explicit-public"), unnamed);
}

#[test]
fn a_private_key_of_another_kind_says_which() {
    use Algorithm::{ES256, ES384, EdDSA, MlDsa65, RS256, RS512};
    for (algorithm, name, found) in [
        (ES384, "p-256-private", "P-256"),
        (ES384, "p-256-private-sec1", "P-256"),
        (RS256, "p-256-private", "P-256"),
        (MlDsa65, "p-256-private", "P-256"),
        (ES256, "rsa-private", "RSA"),
        (ES256, "rsa-1024-private", "RSA"),
        (EdDSA, "rsa-1024-private-pkcs1", "RSA"),
        (RS256, "rsa-pss-private", "RSASSA-PSS"),
        (RS512, "rsa-pss-sha-512-private", "RSASSA-PSS"),
        (ES256, "secp256k1-private", "secp256k1"),
        (ES256, "secp256k1-private-sec1", "secp256k1"),
        (ES256, "brainpool-private", "brainpoolP256r1"),
        (EdDSA, "ed448-private", "Ed448"),
        (ES256, "ed25519-private", "Ed25519"),
    ] {
        assert_eq!(
            private(algorithm, name),
            Some(other(found, algorithm)),
            "{name}"
        );
    }
    for (algorithm, name) in [
        (ES256, "p-256-private"),
        (ES256, "p-256-private-sec1"),
        (RS256, "rsa-private"),
        (EdDSA, "ed25519-private"),
    ] {
        assert_eq!(private(algorithm, name), None, "{name}");
    }
    let weak = Some(KeyError::Weak("an RSA modulus under 2048 bits"));
    assert_eq!(private(RS256, "rsa-1024-private"), weak);
    assert_eq!(private(RS256, "rsa-1024-private-pkcs1"), weak);
}

#[test]
fn the_other_half_of_a_key_and_a_certificate_say_so() {
    use Algorithm::{ES256, EdDSA, RS256};
    for (algorithm, name) in [
        (ES256, "p-256-private"),
        (ES256, "p-256-private-sec1"),
        (ES256, "p-256-encrypted"),
        (ES256, "ed25519-private"),
        (RS256, "rsa-1024-private-pkcs1"),
    ] {
        assert_eq!(
            public(algorithm, name),
            Some(KeyError::PrivateKey),
            "{name}"
        );
    }
    for (algorithm, name) in [
        (ES256, "p-256-public"),
        (EdDSA, "p-256-public"),
        (RS256, "rsa-public"),
    ] {
        assert_eq!(
            private(algorithm, name),
            Some(KeyError::PublicKey),
            "{name}"
        );
    }
    assert_eq!(private(ES256, "p-256-encrypted"), Some(KeyError::Encrypted));
    assert_eq!(private(EdDSA, "certificate"), Some(KeyError::Certificate));
    assert_eq!(public(EdDSA, "certificate"), None, "the key in it");
}

#[test]
fn what_is_malformed_is_malformed() {
    let is_malformed = |error| matches!(error, Some(KeyError::Malformed(_)));
    let mut key = der("p-256-public");
    *key.last_mut().unwrap() ^= 1;
    assert!(is_malformed(
        VerifyingKey::from_der(Algorithm::ES256, &key).err()
    ));
    key.pop();
    assert!(is_malformed(
        VerifyingKey::from_der(Algorithm::ES256, &key).err()
    ));
    let empty = Some(KeyError::OtherForm(Form::Empty));
    assert_eq!(VerifyingKey::from_der(Algorithm::EdDSA, b"").err(), empty);
    assert_eq!(SigningKey::from_der(Algorithm::EdDSA, b"").err(), empty);
    for length in [1, 33] {
        let garbage = vec![7; length];
        assert!(is_malformed(
            VerifyingKey::from_der(Algorithm::EdDSA, &garbage).err()
        ));
        assert!(is_malformed(
            SigningKey::from_der(Algorithm::EdDSA, &garbage).err()
        ));
    }
    // A point without anything around it is on a curve of its length.
    let point = [&[4][..], &[7; 96]].concat();
    let of_another_curve = VerifyingKey::from_der(Algorithm::ES256, &point).err();
    assert_eq!(of_another_curve, Some(other("P-384", Algorithm::ES256)));
    assert!(is_malformed(
        VerifyingKey::from_der(Algorithm::ES384, &point).err()
    ));
}

pub(crate) fn without(jwk: &Value, names: &[&str]) -> Value {
    let mut jwk = jwk.clone();
    for name in names {
        jwk.as_object_mut().unwrap().remove(*name).unwrap();
    }
    jwk
}

pub(crate) fn load(jwk: &Value) -> Option<KeyError> {
    VerifyingKey::from_jwk(&jwk.to_string()).err()
}

pub(crate) fn load_private(jwk: &Value) -> Option<KeyError> {
    SigningKey::from_jwk(&jwk.to_string()).err()
}

pub(crate) fn member(name: &'static str, fault: &'static str) -> KeyError {
    KeyError::Member { name, fault }
}

/// The keys of RFC 7515, appendices A.2 and A.3.
pub(crate) fn rfc(name: &str) -> Value {
    let json = std::fs::read_to_string("tests/vectors/rfc.json").unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let vectors = json["signatures"].as_array().unwrap();
    let found = vectors.iter().find(|vector| vector["name"] == name);
    found.unwrap()["jwk"].clone()
}

#[test]
fn a_jwk_says_which_member_is_missing_or_wrong() {
    let rsa = changed(rfc("RFC 7515 A.2"), json!({"alg": "RS256"}));
    assert_eq!((load(&rsa), load_private(&rsa)), (None, None));
    let chain = json!({"kty": "RSA", "alg": "RS256", "x5c": ["MIIB"]});
    let alone = "is missing, and x5c alone makes no JWK";
    assert_eq!(load(&chain), Some(member("n", alone)));
    let half = changed(chain.clone(), json!({"n": rsa["n"]}));
    assert_eq!(load(&half), Some(member("e", alone)));
    let wrong = changed(rsa.clone(), json!({"e": 65537}));
    assert_eq!(load(&wrong), Some(member("e", "is not a string")));
    assert_eq!(
        load(&without(&rsa, &["kty"])),
        Some(member("kty", "is missing"))
    );
    let wrong = changed(rsa.clone(), json!({"kid": 7}));
    assert_eq!(load(&wrong), Some(member("kid", "is not a string")));
    let wrong = changed(rsa.clone(), json!({"key_ops": "verify"}));
    assert_eq!(load(&wrong), Some(member("key_ops", "is not an array")));

    assert_eq!(
        load_private(&without(&rsa, &["d"])),
        Some(KeyError::PublicKey)
    );
    let mixed = changed(rsa.clone(), json!({"p": rsa["q"]}));
    assert!(matches!(load_private(&mixed), Some(KeyError::Malformed(_))));
    let weak = changed(rsa, json!({"n": base64url([0xff; 128])}));
    let under = Some(KeyError::Weak("an RSA modulus under 2048 bits"));
    assert_eq!((load(&weak), load_private(&weak)), (under.clone(), under));

    let ec = rfc("RFC 7515 A.3");
    assert_eq!((load(&ec), load_private(&ec)), (None, None));
    assert_eq!(
        load(&without(&ec, &["crv"])),
        Some(member("crv", "is missing"))
    );
    assert_eq!(load(&without(&ec, &["y"])), Some(member("y", "is missing")));
    assert_eq!(
        load_private(&without(&ec, &["d"])),
        Some(KeyError::PublicKey)
    );
    let long = changed(ec.clone(), json!({"x": base64url([7; 33])}));
    assert_eq!(load(&long), Some(member("x", "is of the wrong length")));
    let long = changed(ec.clone(), json!({"d": base64url([7; 33])}));
    assert_eq!(
        load_private(&long),
        Some(member("d", "is of the wrong length"))
    );
    let off = changed(ec.clone(), json!({"y": ec["x"]}));
    assert!(matches!(load(&off), Some(KeyError::Malformed(_))));
}

#[test]
fn a_jwk_of_another_kind_says_which() {
    let unsupported = |found| Some(KeyError::UnsupportedKind(found));
    let ec = rfc("RFC 7515 A.3");
    for (kty, crv, found) in [
        ("EC", "secp256k1", "secp256k1"),
        ("OKP", "X25519", "X25519"),
        ("OKP", "Ed448", "Ed448"),
        ("EC", "Ed25519", "another curve"),
        ("EC", "eyJhbGciOiJIUzI1NiJ9", "another curve"),
        ("PBKDF2", "P-256", "an unknown kty"),
    ] {
        let jwk = changed(ec.clone(), json!({"kty": kty, "crv": crv}));
        assert_eq!(load(&jwk), unsupported(found), "{crv}");
        let named = changed(jwk, json!({"alg": "ES256"}));
        assert_eq!(load(&named), Some(other(found, Algorithm::ES256)), "{crv}");
    }
    for (alg, wanted) in [("ES384", Algorithm::ES384), ("HS256", Algorithm::HS256)] {
        let jwk = changed(ec.clone(), json!({"alg": alg}));
        assert_eq!(load(&jwk), Some(other("P-256", wanted)));
        assert_eq!(load_private(&jwk), Some(other("P-256", wanted)));
    }
    let secret = json!({"kty": "oct", "alg": "RS256", "k": "AAAA"});
    assert_eq!(load(&secret), Some(other("HMAC", Algorithm::RS256)));
    let composite = json!({"kty": "AKP", "alg": "ML-DSA-44-ES256", "pub": "AAAA"});
    assert_eq!(load(&composite), unsupported("another algorithm"));
    let elliptic = json!({"kty": "AKP", "alg": "ES256", "pub": "AAAA"});
    assert_eq!(
        load(&elliptic),
        Some(other("another algorithm", Algorithm::ES256))
    );
    let encryption = changed(ec, json!({"alg": "ECDH-ES"}));
    assert_eq!(load(&encryption), Some(KeyError::WrongAlgorithm));
}

#[test]
fn errors_say_what_to_do_in_these_words() {
    let (found, wanted) = ("secp256k1", Algorithm::ES256);
    for (error, words) in [
        (
            KeyError::OtherKind { found, wanted },
            "this is a key for secp256k1, and ES256 needs one for P-256",
        ),
        (
            other("P-256", Algorithm::ES384),
            "this is a key for P-256, and ES384 needs one for P-384; it goes with ES256",
        ),
        (
            other("RSA", Algorithm::HS256),
            "this is a key for RSA, and HS256 needs one for HMAC; it goes with RS256, RS384, RS512, \
             PS256, PS384, PS512",
        ),
        (
            KeyError::WrongAlgorithm,
            "the algorithm does not go with this key: HS256 and its like work with a secret, all others \
             with a key pair, and none for encryption is known here",
        ),
        (
            KeyError::UnsupportedKind("X25519"),
            "a key for X25519 has no use here",
        ),
        (
            KeyError::PrivateKey,
            "this is a private key, and the public one is what verifies: `openssl pkey -pubout` \
             prints it",
        ),
        (
            KeyError::PublicKey,
            "this is a public key, and the private one is what signs",
        ),
        (
            KeyError::Certificate,
            "this is a certificate, which has the public key in it, and the private one is what signs",
        ),
        (
            KeyError::CertificateUse,
            "the certificate says that its key is not for signatures: its keyUsage has no \
             digitalSignature",
        ),
        (
            member("n", "is missing"),
            "the key is malformed: n is missing",
        ),
        (
            KeyError::OtherForm(Form::Path),
            "this is no key, but what looks like the path of a file: read the file first",
        ),
        (
            KeyError::Encrypted,
            "the private key is encrypted: `openssl pkey -in FILE -out PLAIN` decrypts it",
        ),
        (
            KeyError::Weak("an RSA modulus under 2048 bits"),
            "the key is too weak: an RSA modulus under 2048 bits; `openssl genpkey -algorithm RSA \
             -pkeyopt rsa_keygen_bits:3072` makes a longer one",
        ),
        (
            KeyError::SecretTooShort {
                algorithm: Algorithm::HS384,
                needed: 48,
            },
            "a secret for HS384 must have at least 48 bytes: `openssl rand -base64 48` makes one",
        ),
        (
            KeyError::WrongUse,
            "use or key_ops of the key do not allow this",
        ),
        (
            KeyError::UnknownUse,
            "use of the key is neither sig nor enc: KeySetReader::signing_use names one that is for \
             signatures too",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
    assert_eq!(
        keycard::keys::SignatureError.to_string(),
        "the signature does not verify"
    );
    let outage = Outage::new(Duration::from_secs(5));
    for (error, words) in [
        (SigningError::Library, "the message could not be signed"),
        (
            SigningError::External,
            "the key is held by a signer: sign with sign_async",
        ),
        (
            SigningError::Unavailable(outage),
            "the signer that holds the key is out of reach",
        ),
        (
            SigningError::NotASignature,
            "the signer answered with no signature of its key",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn no_secret_is_a_key_in_der() {
    for name in [
        "p-256-public",
        "p-256-private",
        "ed448-public",
        "p-256-encrypted",
        "certificate",
    ] {
        let refused = SigningKey::hs256(der(name)).err();
        assert_eq!(refused, Some(KeyError::SecretLooksLikeKey), "{name}");
    }
    assert!(SigningKey::hs256([&[0x30; 33][..], &[7]].concat()).is_ok());
}

#[test]
fn nothing_stands_behind_a_key_in_der() {
    use Algorithm::{ES256, EdDSA, PS256, RS256, RS512};
    for (algorithm, name) in [
        (RS256, "rsa-public"),
        (RS256, "rsa-pss-public"),
        (RS512, "rsa-pss-public"),
        (PS256, "rsa-pss-public"),
        (ES256, "p-256-public"),
        (EdDSA, "ed25519-public"),
    ] {
        for tail in [&b"\n"[..], b"\0", b"-"] {
            let longer = [&der(name)[..], tail].concat();
            assert!(VerifyingKey::from_der(algorithm, longer).is_err(), "{name}");
        }
    }
}

/// One PKCS#8 inside of another, and so on: nobody follows it down.
#[test]
fn a_key_is_not_nested() {
    let mut nested: Vec<u8> = vec![2, 1, 0];
    for _ in 0..100_000 {
        let mut content = vec![2, 1, 0, 0x30, 0];
        content.push(4);
        content.extend(length(nested.len()));
        content.extend(&nested);
        let mut outer = vec![0x30];
        outer.extend(length(content.len()));
        outer.extend(content);
        nested = outer;
        if nested.len() > 60_000 {
            break;
        }
    }
    assert!(SigningKey::from_der(Algorithm::RS256, nested).is_err());
}

fn length(bytes: usize) -> Vec<u8> {
    let bytes = u32::try_from(bytes).unwrap().to_be_bytes();
    [&[0x83], &bytes[1..]].concat()
}

#[test]
fn nothing_stands_behind_a_private_key_in_der() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ] {
        let private = generate(algorithm).to_pkcs8_pem().unwrap().unwrap();
        let body: String = private
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = BASE64_STANDARD.decode(body).unwrap();
        assert!(SigningKey::from_der(algorithm, &der).is_ok());
        for tail in [&b"\n"[..], b"\0", &der] {
            let longer = [&der, tail].concat();
            assert!(
                SigningKey::from_der(algorithm, &longer).is_err(),
                "{algorithm}"
            );
        }
    }
}
