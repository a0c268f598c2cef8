//! Published vectors: RFC 7515 A.1 to A.4, RFC 7520 4.1, 4.2 and 4.4, RFC 8037 A, RFC 7638 3.1.

use std::sync::LazyLock;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::claims::NumericDate;
use keycard::clock::ManualClock;
use keycard::keys::KeyError;
use keycard::verify::Reason;
use keycard::verify::VerifyError;
use keycard::{Algorithm, SigningKey, Verifier, VerifyingKey};
use serde_json::Value;

// Read at run time: the published package leaves the vectors out, and has to compile all the same.
static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let json = std::fs::read_to_string("tests/vectors/rfc.json").unwrap();
    serde_json::from_str(&json).unwrap()
});

/// One token out of an RFC, with the key that signed it.
struct Published {
    name: &'static str,
    algorithm: Algorithm,
    token: &'static str,
    private_jwk: String,
    public_jwk: String,
}

impl Published {
    fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::from_jwk(&self.public_jwk).unwrap()
    }

    fn signing_key(&self) -> SigningKey {
        SigningKey::from_jwk(&self.private_jwk).unwrap()
    }

    /// The bytes that are signed.
    fn message(&self) -> &'static [u8] {
        self.token.rsplit_once('.').unwrap().0.as_bytes()
    }

    fn signature(&self) -> Vec<u8> {
        let text = self.token.rsplit_once('.').unwrap().1;
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    }
}

fn published() -> Vec<Published> {
    let vectors = VECTORS["signatures"].as_array().unwrap().iter();
    vectors.map(published_one).collect()
}

fn published_one(vector: &'static Value) -> Published {
    let name = vector["alg"].as_str().unwrap();
    let mut private_jwk = vector["jwk"].clone();
    // RFC 7515 writes its keys down without `alg`. Public ones serve all algorithms of their kind;
    // secrets and RSA keys that sign have to name one.
    private_jwk["alg"] = name.into();
    let public_jwk = match &vector["public_jwk"] {
        Value::Null => &private_jwk,
        public => public,
    };
    Published {
        name: vector["name"].as_str().unwrap(),
        algorithm: name.parse().unwrap(),
        token: vector["compact"].as_str().unwrap(),
        public_jwk: public_jwk.to_string(),
        private_jwk: private_jwk.to_string(),
    }
}

/// Whether a key makes the same signature over the same message each time.
fn is_deterministic(algorithm: Algorithm) -> bool {
    use Algorithm::{ES256, ES384, ES512, PS256, PS384, PS512};
    ![PS256, PS384, PS512, ES256, ES384, ES512].contains(&algorithm)
}

/// The same bytes but for one bit, for each byte of them.
fn each_byte_changed(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).map(|position| {
        let mut changed = bytes.to_vec();
        changed[position] ^= 1 << (position % 8);
        changed
    })
}

#[test]
fn every_published_signature_verifies() {
    let vectors = published();
    for vector in &vectors {
        let verified =
            vector
                .verifying_key()
                .verify(vector.algorithm, vector.message(), &vector.signature());
        assert!(verified.is_ok(), "{}", vector.name);
    }
    let names: Vec<_> = vectors.iter().map(|vector| vector.name).collect();
    assert_eq!(
        names,
        [
            "RFC 7515 A.1",
            "RFC 7515 A.2",
            "RFC 7515 A.3",
            "RFC 7515 A.4",
            "RFC 7520 4.1",
            "RFC 7520 4.2",
            "RFC 7520 4.4",
            "RFC 8037 A.4",
        ]
    );
}

#[test]
fn no_published_signature_verifies_with_one_byte_changed() {
    let mut refused = 0;
    for vector in published() {
        let (key, algorithm) = (vector.verifying_key(), vector.algorithm);
        for message in each_byte_changed(vector.message()) {
            assert!(
                key.verify(algorithm, &message, &vector.signature())
                    .is_err(),
                "{}",
                vector.name
            );
            refused += 1;
        }
        for signature in each_byte_changed(&vector.signature()) {
            assert!(
                key.verify(algorithm, vector.message(), &signature).is_err(),
                "{}",
                vector.name
            );
            refused += 1;
        }
    }
    // All bytes of the eight messages and signatures together.
    assert_eq!(refused, 2440);
}

#[test]
fn a_published_signature_is_no_signature_of_another_algorithm() {
    let mut refused = 0;
    for vector in published() {
        for algorithm in Algorithm::ALL {
            // Two names of one algorithm (RFC 9864, section 2.2).
            let same = vector.algorithm == algorithm
                || (vector.algorithm, algorithm) == (Algorithm::EdDSA, Algorithm::Ed25519);
            let verified =
                vector
                    .verifying_key()
                    .verify(algorithm, vector.message(), &vector.signature());
            assert_eq!(verified.is_ok(), same, "{} {algorithm}", vector.name);
            refused += usize::from(!same);
        }
    }
    assert_eq!(refused, 8 * 16 - 1);
}

#[test]
fn deterministic_algorithms_sign_what_was_published_byte_for_byte() {
    let (mut reproduced, mut verified) = (Vec::new(), Vec::new());
    for vector in published() {
        let key = vector.signing_key();
        assert_eq!(key.algorithm(), vector.algorithm);
        let signature = key.sign(vector.message()).unwrap();
        if is_deterministic(vector.algorithm) {
            assert_eq!(signature, vector.signature(), "{}", vector.name);
            reproduced.push(vector.name);
        } else {
            // Another signature each time, and as good as the published one.
            assert_ne!(signature, vector.signature(), "{}", vector.name);
            let public = vector.verifying_key();
            assert!(
                public
                    .verify(vector.algorithm, vector.message(), &signature)
                    .is_ok(),
                "{}",
                vector.name
            );
            verified.push(vector.name);
        }
    }
    assert_eq!(
        reproduced,
        [
            "RFC 7515 A.1",
            "RFC 7515 A.2",
            "RFC 7520 4.1",
            "RFC 7520 4.4",
            "RFC 8037 A.4",
        ]
    );
    assert_eq!(verified, ["RFC 7515 A.3", "RFC 7515 A.4", "RFC 7520 4.2"]);
}

#[test]
fn secrets_and_rsa_keys_that_sign_must_name_their_algorithm() {
    let mut refused = 0;
    for vector in VECTORS["signatures"].as_array().unwrap() {
        let jwk = &vector["jwk"];
        if jwk["kty"] == "EC" || jwk["kty"] == "OKP" || jwk.get("alg").is_some() {
            assert!(SigningKey::from_jwk(&jwk.to_string()).is_ok());
        } else {
            let refusal = SigningKey::from_jwk(&jwk.to_string()).unwrap_err();
            assert_eq!(refusal, KeyError::NoAlgorithm, "{}", vector["name"]);
            refused += 1;
        }
    }
    assert_eq!(refused, 4);
}

#[test]
fn published_thumbprints_are_reproduced() {
    let vectors = VECTORS["thumbprints"].as_array().unwrap();
    for vector in vectors {
        let key = VerifyingKey::from_jwk(&vector["jwk"].to_string()).unwrap();
        assert_eq!(
            key.thumbprint().as_deref(),
            vector["thumbprint"].as_str(),
            "{}",
            vector["name"]
        );
    }
    assert_eq!(vectors.len(), 2);
}

#[test]
fn a_private_key_without_kid_is_named_by_the_thumbprint_of_its_public_half() {
    let published = published();
    let vector = published
        .iter()
        .find(|vector| vector.name == "RFC 8037 A.4");
    assert_eq!(
        vector.unwrap().signing_key().key_id(),
        VECTORS["thumbprints"][1]["thumbprint"].as_str()
    );
}

#[test]
fn the_jwt_of_rfc_7515_is_good_until_it_expires() {
    // A.1 to A.3 sign the same claims: {"iss":"joe","exp":1300819380,..}.
    for vector in &published()[..3] {
        let clock = ManualClock::new(NumericDate::from_seconds(1_300_819_379));
        let verifier = Verifier::builder(vector.verifying_key())
            .issuer("joe")
            .dangerous_any_audience()
            .leeway(std::time::Duration::ZERO)
            .with_clock(clock.clone())
            .build()
            .unwrap();
        let verify = || verifier.verify_now(vector.token);

        let token = verify().unwrap();
        assert_eq!(token.algorithm(), vector.algorithm);
        assert_eq!(
            token.payload(),
            "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        );
        clock.set(NumericDate::from_seconds(1_300_819_380));
        assert_eq!(verify().unwrap_err(), VerifyError::Refused(Reason::Expired));
    }
}
