//! Keys of `jsonwebtoken` that keycard does not take over; the nearest good one beside each.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey};
use keycard::keys::{Form, KeyError};
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::keys::{SECRET, SHARED, is_hmac, private_der, private_pem};
use crate::with_jsonwebtoken::{Jsonwebtoken, encoding_key};
use crate::written::Written;

const SECRET_SIZES: [(Algorithm, usize); 3] = [
    (Algorithm::HS256, 32),
    (Algorithm::HS384, 48),
    (Algorithm::HS512, 64),
];

fn take_decoding(algorithm: Algorithm, key: &DecodingKey) -> Result<(), KeyError> {
    VerifyingKey::from_decoding_key(algorithm, key).map(drop)
}

fn take_encoding(algorithm: Algorithm, key: &EncodingKey) -> Result<(), KeyError> {
    SigningKey::from_encoding_key(algorithm, key).map(drop)
}

fn take_jwk(jwk: Value) -> Result<(), KeyError> {
    let jwk: Jwk = serde_json::from_value(jwk).unwrap();
    VerifyingKey::try_from(&jwk).map(drop)
}

fn jwk(algorithm: Algorithm) -> Value {
    let party = Jsonwebtoken::new(algorithm);
    let jwk = Jwk::from_encoding_key(&party.signs, party.algorithm).unwrap();
    serde_json::to_value(jwk).unwrap()
}

/// Returns n and e: a modulus of so many bits, which need not be a product of primes here.
fn rsa(bits: usize, exponent: &[u8]) -> DecodingKey {
    DecodingKey::from_rsa_raw_components(&vec![0xff; bits / 8], exponent)
}

fn other(found: &'static str, wanted: Algorithm) -> Result<(), KeyError> {
    Err(KeyError::OtherKind { found, wanted })
}

fn curve(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "P-256",
        _ => "P-384",
    }
}

#[test]
fn a_key_of_another_family_is_refused() {
    for theirs in SHARED {
        let party = Jsonwebtoken::new(theirs);
        for ours in SHARED {
            let same = jsonwebtoken::Algorithm::try_from(ours).unwrap().family()
                == party.algorithm.family();
            if !same {
                let other = |taken| match taken {
                    Err(KeyError::OtherKind { wanted, .. }) => wanted == ours,
                    _ => false,
                };
                assert!(other(take_decoding(ours, &party.verifies)));
                assert!(other(take_encoding(ours, &party.signs)));
            }
        }
        assert_eq!(take_decoding(theirs, &party.verifies), Ok(()));
        assert_eq!(take_encoding(theirs, &party.signs), Ok(()));
    }
}

#[test]
fn a_point_of_one_curve_is_refused_for_the_algorithm_of_another() {
    let curves = [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512];
    for theirs in [Algorithm::ES256, Algorithm::ES384] {
        let written = Written::from_pem(theirs);
        let keys = [
            Jsonwebtoken::new(theirs).verifies,
            DecodingKey::from_ec_pem(written.public_pem.as_bytes()).unwrap(),
            DecodingKey::from_ec_der(&written.public_der),
        ];
        for key in &keys {
            for ours in curves.into_iter().filter(|ours| *ours != theirs) {
                let refused = other(curve(theirs), ours);
                assert_eq!(take_decoding(ours, key), refused, "{theirs} as {ours}");
            }
            assert_eq!(take_decoding(theirs, key), Ok(()));
        }
    }
}

#[test]
fn a_private_number_of_one_curve_is_refused_for_the_algorithm_of_another() {
    for (theirs, ours) in [
        (Algorithm::ES256, Algorithm::ES384),
        (Algorithm::ES384, Algorithm::ES256),
    ] {
        let key = encoding_key(theirs);
        assert_eq!(take_encoding(ours, &key), other(curve(theirs), ours));
        assert_eq!(take_encoding(theirs, &key), Ok(()));
    }
}

#[test]
fn a_point_that_is_not_on_the_curve_is_refused() {
    let point = Jsonwebtoken::new(Algorithm::ES256).verifies;
    let mut point = point.try_get_as_bytes().unwrap().to_vec();
    let good = DecodingKey::from_ec_der(&point);
    assert_eq!(take_decoding(Algorithm::ES256, &good), Ok(()));

    *point.last_mut().unwrap() ^= 1;
    let bad = DecodingKey::from_ec_der(&point);
    let refused = KeyError::Malformed("not a point on the curve");
    assert_eq!(take_decoding(Algorithm::ES256, &bad), Err(refused));
}

#[test]
fn a_secret_shorter_than_its_hash_is_refused() {
    for (algorithm, needed) in SECRET_SIZES {
        for short in [0, 1, needed - 1] {
            let refused = Err(match short {
                0 => KeyError::OtherForm(Form::Empty),
                _ => KeyError::SecretTooShort { algorithm, needed },
            });
            let secret = &SECRET[..short];
            let key = DecodingKey::from_secret(secret);
            assert_eq!(take_decoding(algorithm, &key), refused);
            let key = EncodingKey::from_secret(secret);
            assert_eq!(take_encoding(algorithm, &key), refused);
        }
        let secret = &SECRET[..needed];
        assert_eq!(
            take_decoding(algorithm, &DecodingKey::from_secret(secret)),
            Ok(())
        );
        assert_eq!(
            take_encoding(algorithm, &EncodingKey::from_secret(secret)),
            Ok(())
        );
    }
}

#[test]
fn a_public_key_in_pem_is_refused_as_a_secret() {
    let pem = Written::from_pem(Algorithm::RS256).public_pem;
    let refused = Err(KeyError::SecretLooksLikeKey);
    let key = DecodingKey::from_secret(pem.as_bytes());
    assert_eq!(take_decoding(Algorithm::HS256, &key), refused);
    let key = EncodingKey::from_secret(pem.as_bytes());
    assert_eq!(take_encoding(Algorithm::HS256, &key), refused);
}

#[test]
fn a_weak_rsa_key_is_refused() {
    const F4: &[u8] = &[1, 0, 1];
    for algorithm in [Algorithm::RS256, Algorithm::PS512] {
        let short = KeyError::Weak("an RSA modulus under 2048 bits");
        assert_eq!(take_decoding(algorithm, &rsa(1024, F4)), Err(short.clone()));
        assert_eq!(take_decoding(algorithm, &rsa(2040, F4)), Err(short));
        let small = KeyError::Weak("an RSA public exponent under 65537");
        assert_eq!(take_decoding(algorithm, &rsa(2048, &[3])), Err(small));
        assert_eq!(take_decoding(algorithm, &rsa(2048, F4)), Ok(()));
    }
}

#[test]
fn an_ed25519_key_of_small_order_or_of_another_length_is_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = KeyError::Weak("an Ed25519 point of small order");
    let key = DecodingKey::from_ed_der(&identity);
    assert_eq!(take_decoding(Algorithm::EdDSA, &key), Err(weak));

    let good = Jsonwebtoken::new(Algorithm::EdDSA).verifies;
    let good = good.try_get_as_bytes().unwrap();
    let refused = || KeyError::Malformed("not the DER of a key");
    for (bad, refused) in [
        (&good[..31], refused()),
        (&[], KeyError::OtherForm(Form::Empty)),
        (&[good, &[0]].concat(), refused()),
    ] {
        let key = DecodingKey::from_ed_der(bad);
        assert_eq!(take_decoding(Algorithm::EdDSA, &key), Err(refused));
    }
    let key = DecodingKey::from_ed_der(good);
    assert_eq!(take_decoding(Algorithm::EdDSA, &key), Ok(()));
}

#[test]
fn a_jwk_that_contradicts_itself_is_refused() {
    let with = |algorithm, name: &str, value: Value| {
        let mut jwk = jwk(algorithm);
        jwk[name] = value;
        take_jwk(jwk)
    };
    let wrong = Err(KeyError::WrongAlgorithm);
    for wanted in [Algorithm::ES384, Algorithm::RS256] {
        let named = with(Algorithm::ES256, "alg", json!(wanted.name()));
        assert_eq!(named, other("P-256", wanted));
    }
    assert_eq!(with(Algorithm::RS256, "alg", json!("RSA-OAEP")), wrong);
    let size = Err(KeyError::Member {
        name: "x",
        fault: "is of the wrong length",
    });
    let relabelled = with(Algorithm::ES384, "crv", json!("P-256"));
    assert_eq!(relabelled, other("P-256", Algorithm::ES384));
    let mut relabelled = jwk(Algorithm::ES256);
    relabelled["crv"] = json!("P-384");
    relabelled["alg"] = json!("ES384");
    assert_eq!(take_jwk(relabelled), size);
    let usage = Err(KeyError::WrongUse);
    assert_eq!(with(Algorithm::ES256, "use", json!("enc")), usage);
    assert_eq!(with(Algorithm::ES256, "key_ops", json!(["encrypt"])), usage);

    assert_eq!(with(Algorithm::ES256, "use", json!("sig")), Ok(()));
    assert_eq!(with(Algorithm::ES256, "key_ops", json!(["verify"])), Ok(()));
    assert_eq!(with(Algorithm::RS256, "alg", json!("PS512")), Ok(()));
}

#[test]
fn a_secret_in_a_jwk_must_name_its_algorithm_and_be_long_enough() {
    let secret = |alg: Option<&str>, k: &str| {
        let mut jwk = json!({"kty": "oct", "k": k});
        if let Some(alg) = alg {
            jwk["alg"] = alg.into();
        }
        take_jwk(jwk)
    };
    // 31 and 32 bytes.
    let (short, long) = (
        "MDEyMzQ1Njc4OWFiY2RlZkdISUpLTE1OT1BRUlNUVQ",
        "MDEyMzQ1Njc4OWFiY2RlZkdISUpLTE1OT1BRUlNUVVY",
    );
    let too_short = KeyError::SecretTooShort {
        algorithm: Algorithm::HS256,
        needed: 32,
    };
    assert_eq!(secret(None, long), Err(KeyError::NoAlgorithm));
    assert_eq!(secret(Some("HS256"), short), Err(too_short));
    assert_eq!(secret(Some("HS256"), long), Ok(()));
    // All bytes are zero.
    let repeated = Err(KeyError::OtherForm(Form::Repeated));
    assert_eq!(secret(Some("HS256"), &"A".repeat(43)), repeated);
}

#[test]
fn a_private_key_in_the_wrong_form_is_refused() {
    let is_text = Err(KeyError::OtherForm(Form::Pem));
    let is_cut = Err(KeyError::Malformed("its DER is cut short"));
    for algorithm in SHARED.into_iter().filter(|ours| !is_hmac(*ours)) {
        let pem = private_pem(algorithm).as_bytes();
        let der = private_der(algorithm);
        let (text, cut, whole) = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => (
                EncodingKey::from_ec_der(pem),
                EncodingKey::from_ec_der(&der[..der.len() - 1]),
                EncodingKey::from_ec_der(&der),
            ),
            Algorithm::EdDSA => (
                EncodingKey::from_ed_der(pem),
                EncodingKey::from_ed_der(&der[..der.len() - 1]),
                EncodingKey::from_ed_der(&der),
            ),
            _ => (
                EncodingKey::from_rsa_der(pem),
                EncodingKey::from_rsa_der(&der[..der.len() - 1]),
                EncodingKey::from_rsa_der(&der),
            ),
        };
        assert_eq!(take_encoding(algorithm, &text), is_text, "{algorithm}");
        assert_eq!(take_encoding(algorithm, &cut), is_cut, "{algorithm}");
        assert_eq!(take_encoding(algorithm, &whole), Ok(()), "{algorithm}");
    }
}
