//! ML-DSA, which of the two only `jwt-simple` has, in plain Rust.

use jwt_simple::prelude::{MLDSA44KeyPair, MLDSA65KeyPair, MLDSA87KeyPair};
use keycard::verify::Reason;
use keycard::{Algorithm, SigningKey};

use crate::claims::Claims;
use crate::keys::der;
use crate::party::{Keycard, Party};

/// Both libraries with one key, which goes over as its seed.
fn pair(algorithm: Algorithm) -> (Keycard, Box<dyn Party>) {
    let ours = SigningKey::generate(algorithm).unwrap();
    let der = der(&ours.to_pkcs8_pem().unwrap().unwrap());
    let (_, seed) = der.split_at(der.len() - 32);
    let theirs: Box<dyn Party> = match algorithm {
        Algorithm::MlDsa44 => Box::new(MLDSA44KeyPair::from_bytes(seed).unwrap()),
        Algorithm::MlDsa65 => Box::new(MLDSA65KeyPair::from_bytes(seed).unwrap()),
        Algorithm::MlDsa87 => Box::new(MLDSA87KeyPair::from_bytes(seed).unwrap()),
        other => panic!("{other} is something else"),
    };
    (Keycard(ours), theirs)
}

#[test]
fn each_accepts_what_the_other_signs_and_nothing_of_a_stranger() {
    let claims = Claims::good();
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        let (ours, theirs) = pair(algorithm);
        let (token, answer) = (ours.sign(&claims), theirs.sign(&claims));
        assert_eq!(theirs.verify(&token).as_ref(), Ok(&claims), "{algorithm}");
        assert_eq!(ours.verify(&answer).as_ref(), Ok(&claims), "{algorithm}");

        let (strange, stranger) = pair(algorithm);
        assert_eq!(
            theirs.verify(&strange.sign(&claims)),
            Err(Reason::Signature)
        );
        assert_eq!(ours.verify(&stranger.sign(&claims)), Err(Reason::Signature));
    }
}
