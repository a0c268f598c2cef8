//! ML-DSA (RFC 9964): published keys, tokens and signatures, and what is wrong in one respect only.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsRawBytes;
use aws_lc_rs::signature::{ML_DSA_44_SIGNING, PqdsaKeyPair};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::cookie::CookieError;
use keycard::keys::{KeyError, KeySet};
use keycard::{Algorithm, Issuer, SigningKey, TokenCookie, VerifyingKey};
use serde_json::{Value, json};

use crate::support::{DESK, ROOMS, assert_in, base64url, changed, knock};

const ALL: [Algorithm; 3] = [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87];

// Read at run time: the published package leaves the vectors out, and has to compile all the same.
static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let json = std::fs::read_to_string("tests/vectors/ml_dsa.json").unwrap();
    serde_json::from_str(&json).unwrap()
});

fn decode(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The key of a seed: nothing but a private JWK can be made of one, and it wants the public key too.
fn from_seed(algorithm: Algorithm, seed: &[u8]) -> SigningKey {
    let oid = match algorithm {
        Algorithm::MlDsa44 => 17,
        Algorithm::MlDsa65 => 18,
        _ => 19,
    };
    SigningKey::from_der(algorithm, pkcs8(oid, &[&[0x80, 32], seed].concat())).unwrap()
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    match content.len() {
        0..=0x7f => [&[tag, length[1]], content].concat(),
        0x80..=0xff => [&[tag, 0x81, length[1]], content].concat(),
        _ => [&[tag, 0x82][..], &length, content].concat(),
    }
}

/// A PKCS#8 key with this private key in it (RFC 9881, section 6).
fn pkcs8(oid: u8, private: &[u8]) -> Vec<u8> {
    let oid = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, oid];
    let parts = [vec![2, 1, 0], element(0x30, &oid), element(4, private)];
    element(0x30, &parts.concat())
}

fn private_jwk(algorithm: Algorithm) -> &'static Value {
    let published = VECTORS["published"].as_array().unwrap();
    let of_algorithm = |vector: &&Value| vector["jwk"]["alg"] == algorithm.name();
    &published.iter().find(of_algorithm).unwrap()["jwk"]
}

fn public_jwk(algorithm: Algorithm) -> Value {
    let mut jwk = private_jwk(algorithm).clone();
    jwk.as_object_mut().unwrap().remove("priv");
    jwk
}

fn verifying(jwk: &Value) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::from_jwk(&jwk.to_string())
}

fn signing(jwk: &Value) -> Result<SigningKey, KeyError> {
    SigningKey::from_jwk(&jwk.to_string())
}

#[test]
fn published_tokens_verify_and_published_keys_sign() {
    let published = VECTORS["published"].as_array().unwrap();
    for vector in published {
        let jwk = &vector["jwk"];
        let algorithm: Algorithm = jwk["alg"].as_str().unwrap().parse().unwrap();
        let (message, signature) = vector["compact"]
            .as_str()
            .unwrap()
            .rsplit_once('.')
            .unwrap();
        let signature = decode(&signature.into());
        let public = verifying(&public_jwk(algorithm)).unwrap();
        assert!(public.algorithms().eq([algorithm]));
        // The `kid` of the examples is the thumbprint.
        assert_eq!(public.thumbprint().as_deref(), jwk["kid"].as_str());
        assert_eq!(
            public.verify(algorithm, message.as_bytes(), &signature),
            Ok(())
        );

        let pair = signing(jwk).unwrap();
        assert_eq!(
            (pair.algorithm(), pair.key_id()),
            (algorithm, jwk["kid"].as_str())
        );
        let again = pair.sign(message.as_bytes()).unwrap();
        assert_ne!(again, signature, "no two signatures are the same");
        assert_eq!(again.len(), signature.len());
        assert_eq!(public.verify(algorithm, message.as_bytes(), &again), Ok(()));
        for other in Algorithm::ALL
            .into_iter()
            .filter(|other| *other != algorithm)
        {
            assert!(
                public
                    .verify(other, message.as_bytes(), &signature)
                    .is_err()
            );
        }
    }
    assert_eq!(published.len(), ALL.len());
}

#[test]
fn a_key_says_its_algorithm_and_has_a_public_half_of_its_size() {
    for algorithm in ALL {
        let good = public_jwk(algorithm);
        assert!(verifying(&good).is_ok());
        let mut nameless = good.clone();
        nameless.as_object_mut().unwrap().remove("alg");
        assert_eq!(verifying(&nameless).err(), Some(KeyError::NoAlgorithm));
        let mut closed = good.clone();
        closed.as_object_mut().unwrap().remove("pub");
        assert!(verifying(&closed).is_err());
        let key = decode(&good["pub"]);
        let longer = [&key[..], &[0]].concat();
        for bad in [&key[1..], &longer, &[]] {
            let bad = changed(good.clone(), json!({"pub": base64url(bad)}));
            assert!(verifying(&bad).is_err(), "{algorithm}");
        }
        let others = ["ES256", "ML-DSA", "ML-DSA-44-ES256", "EdDSA"];
        for other in others.into_iter().chain(ALL.map(Algorithm::name)) {
            let other = changed(good.clone(), json!({"alg": other}));
            assert_eq!(verifying(&other).is_ok(), other == good);
        }
    }
}

#[test]
fn seed_and_public_key_make_a_pair() {
    for algorithm in ALL {
        let good = private_jwk(algorithm);
        assert!(signing(good).is_ok());
        for seed in [&[0; 31][..], &[0; 33], &[1; 32], &[]] {
            let bad = changed(good.clone(), json!({"priv": base64url(seed)}));
            assert!(
                matches!(
                    signing(&bad),
                    Err(KeyError::Malformed(_) | KeyError::Member { .. })
                ),
                "{bad}"
            );
        }
        let mut closed = good.clone();
        closed.as_object_mut().unwrap().remove("pub");
        assert!(signing(&closed).is_err());
        let half = signing(&public_jwk(algorithm)).err();
        assert_eq!(half, Some(KeyError::PublicKey));
    }
}

/// The key of RFC 9881, appendix C.1.1.1.
const SEED_IN_PEM: &str = "-----BEGIN PRIVATE KEY-----
MDQCAQAwCwYJYIZIAWUDBAMRBCKAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZ
GhscHR4f
-----END PRIVATE KEY-----
";

#[test]
fn a_private_key_in_pem_has_a_seed_or_an_expanded_key_or_both() {
    let load = |private: &[u8]| SigningKey::from_der(Algorithm::MlDsa44, pkcs8(17, private));
    let seed: Vec<u8> = (0..32).collect();
    let pair = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, &seed).unwrap();
    let expanded = pair.private_key().as_raw_bytes().unwrap();
    let seeded = SigningKey::from_pem(Algorithm::MlDsa44, SEED_IN_PEM).unwrap();
    assert_eq!(
        seeded.to_pkcs8_pem().unwrap().unwrap().as_str(),
        SEED_IN_PEM
    );

    let bare = load(&element(4, expanded.as_ref())).unwrap();
    assert_eq!(bare.key_id(), seeded.key_id());
    assert!(bare.to_pkcs8_pem().is_err(), "it has no seed to write");
    let message = b"header.payload";
    let signature = bare.sign(message).unwrap();
    let public = seeded.verifying_key();
    assert_eq!(
        public.verify(Algorithm::MlDsa44, message, &signature),
        Ok(())
    );

    let both = |seed: &[u8]| {
        load(&element(
            0x30,
            &[element(4, seed), element(4, expanded.as_ref())].concat(),
        ))
    };
    assert_eq!(both(&seed).unwrap().key_id(), seeded.key_id());
    assert!(
        both(&[7; 32]).is_err(),
        "a seed and a key that do not belong together"
    );
    assert!(load(&[&[0x80, 31], &seed[1..]].concat()).is_err());
}

#[test]
fn a_public_key_in_der_is_one_of_its_size() {
    for (algorithm, oid) in ALL.into_iter().zip([17, 18, 19]) {
        let key = decode(&public_jwk(algorithm)["pub"]);
        let spki = |oid: u8| {
            let oid = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, oid];
            let bits = element(3, &[&[0], key.as_slice()].concat());
            element(0x30, &[element(0x30, &oid), bits].concat())
        };
        for other in ALL {
            let loaded = VerifyingKey::from_der(other, spki(oid));
            assert_eq!(loaded.is_ok(), other == algorithm);
            let bare = VerifyingKey::from_der(other, &key);
            assert_eq!(bare.is_ok(), other == algorithm);
        }
        let wrong = [17, 18, 19].into_iter().filter(|other| *other != oid);
        for wrong in wrong.chain([20]) {
            assert!(VerifyingKey::from_der(algorithm, spki(wrong)).is_err());
        }
        let trailing = [spki(oid), vec![0]].concat();
        assert!(VerifyingKey::from_der(algorithm, trailing).is_err());
    }
}

struct Baseline {
    algorithm: Algorithm,
    key: VerifyingKey,
    message: &'static [u8],
    signature: Vec<u8>,
}

impl Baseline {
    fn all() -> Vec<Self> {
        let vectors = VECTORS["baseline"].as_array().unwrap().iter();
        vectors.map(Self::read).collect()
    }

    fn read(vector: &'static Value) -> Self {
        let algorithm = vector["alg"].as_str().unwrap().parse().unwrap();
        Self {
            algorithm,
            key: from_seed(algorithm, &decode(&vector["seed"])).verifying_key(),
            message: vector["message"].as_str().unwrap().as_bytes(),
            signature: decode(&vector["signature"]),
        }
    }

    fn accepts(&self, signature: &[u8]) -> bool {
        self.key
            .verify(self.algorithm, self.message, signature)
            .is_ok()
    }

    /// Where the hints begin, how many places they have, and how many polynomials they are for
    /// (FIPS 204, algorithm 20).
    fn hints(&self) -> (usize, usize, usize) {
        let (places, polynomials) = match self.algorithm {
            Algorithm::MlDsa44 => (80, 4),
            Algorithm::MlDsa65 => (55, 6),
            _ => (75, 8),
        };
        (
            self.signature.len() - places - polynomials,
            places,
            polynomials,
        )
    }
}

#[test]
fn signatures_verify_as_project_wycheproof_lists_them() {
    for vector in Baseline::all() {
        assert!(vector.accepts(&vector.signature), "ValidSignature");
        let signature = &vector.signature;
        let longer = [&signature[..], &[0]].concat();
        for bad in [
            &[],
            &signature[1..],
            &signature[..signature.len() - 1],
            &longer,
        ] {
            assert!(!vector.accepts(bad), "IncorrectSignatureLength");
        }
        for place in (0..signature.len()).step_by(13) {
            let mut bad = signature.clone();
            bad[place] ^= 1 << (place % 8);
            assert!(!vector.accepts(&bad), "ModifiedSignature {place}");
        }
        let other = vector
            .key
            .verify(vector.algorithm, b"Hello World", signature);
        assert!(other.is_err());
    }
}

#[test]
fn hints_have_one_encoding() {
    for vector in Baseline::all() {
        let (start, places, polynomials) = vector.hints();
        let counts = start + places;
        let used = usize::from(vector.signature[counts + polynomials - 1]);
        assert!(vector.signature[counts] > 1 && used < places);
        let edited = |edit: &dyn Fn(&mut Vec<u8>)| {
            let mut signature = vector.signature.clone();
            edit(&mut signature);
            assert_ne!(signature, vector.signature);
            vector.accepts(&signature)
        };
        let name = vector.algorithm;
        assert!(
            !edited(&|hints| hints.swap(start, start + 1)),
            "{name}: not in order"
        );
        assert!(
            !edited(&|hints| hints[start + 1] = hints[start]),
            "{name}: one twice"
        );
        assert!(
            !edited(&|hints| hints[start + used] = 1),
            "{name}: no zeros behind"
        );
        let last = counts + polynomials - 1;
        let too_many = u8::try_from(places + 1).unwrap();
        assert!(!edited(&|hints| hints[last] = too_many), "{name}: too many");
        assert!(
            !edited(&|hints| hints[counts + 1] = hints[counts] - 1),
            "{name}: fewer"
        );
    }
}

#[test]
fn a_signature_that_breaks_one_rule_only_is_refused() {
    let baseline = Baseline::all();
    let refused = VECTORS["refused"].as_array().unwrap();
    for vector in refused {
        let algorithm = vector["alg"].as_str().unwrap();
        let of_algorithm = |baseline: &&Baseline| baseline.algorithm.name() == algorithm;
        let baseline = baseline.iter().find(of_algorithm).unwrap();
        let signature = decode(&vector["signature"]);
        assert_eq!(signature.len(), baseline.signature.len());
        assert!(!baseline.accepts(&signature), "{}", vector["flag"]);
    }
    assert_eq!(refused.len(), 3);
}

fn issuer(algorithm: Algorithm) -> Issuer {
    Issuer::builder(SigningKey::generate(algorithm).unwrap())
        .issuer(DESK)
        .audience(ROOMS)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_service_admits_what_a_published_set_verifies() {
    for algorithm in ALL {
        let issuer = issuer(algorithm);
        let jwks: Value = serde_json::from_str(&issuer.jwks()).unwrap();
        assert_eq!(jwks["keys"][0]["kty"], "AKP");
        assert_eq!(jwks["keys"][0]["alg"], algorithm.name());
        assert!(jwks["keys"][0].get("priv").is_none());
        let verifier = keycard::Verifier::builder(KeySet::from_jwks(&issuer.jwks()).unwrap())
            .issuer(DESK)
            .audience(ROOMS)
            .build()
            .unwrap();
        let layer = keycard::JwtLayer::new(verifier);
        let token = issuer.token("anna").sign().unwrap();
        assert_in(&knock(&layer, token.as_str()).await, algorithm.name());
    }
}

#[test]
fn of_the_three_only_tokens_of_ml_dsa_44_fit_into_a_cookie() {
    let cookie = TokenCookie::new("session").unwrap();
    let set = |algorithm: Algorithm, claims: usize| {
        let token = issuer(algorithm)
            .token("anna")
            .claims(&json!({"x": "x".repeat(claims)}))
            .sign()
            .unwrap();
        cookie.set(&token).map(drop)
    };
    // With 500 bytes of claims: those that the issuer sets have some 200 of them.
    assert_eq!(set(Algorithm::MlDsa44, 300), Ok(()));
    let too_large = |result| matches!(result, Err(CookieError::TooLarge { .. }));
    assert!(too_large(set(Algorithm::MlDsa44, 400)));
    assert!(too_large(set(Algorithm::MlDsa65, 0)));
    assert!(too_large(set(Algorithm::MlDsa87, 0)));
}
