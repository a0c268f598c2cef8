//! `jsonwebtoken`, which takes private keys in PEM here and public keys out of keycard's JWK Set.

use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{AlgorithmFamily, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use keycard::Algorithm;
use keycard::keys::KeySet;
use keycard::verify::Reason;

use crate::claims::{AUDIENCE, Claims, ISSUER};
use crate::keys::{SECRET, private_pem, signing_key};
use crate::party::Party;

pub(crate) struct Jsonwebtoken {
    pub(crate) algorithm: jsonwebtoken::Algorithm,
    pub(crate) key_id: Option<String>,
    pub(crate) signs: EncodingKey,
    pub(crate) verifies: DecodingKey,
}

impl Jsonwebtoken {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let key = signing_key(algorithm);
        Self {
            algorithm: algorithm.try_into().unwrap(),
            key_id: key.key_id().map(str::to_owned),
            signs: encoding_key(algorithm),
            verifies: match key.key_id() {
                None => DecodingKey::from_secret(SECRET),
                Some(key_id) => {
                    let jwks = KeySet::new([key.verifying_key()]).to_jwks();
                    let jwks: JwkSet = serde_json::from_str(&jwks).unwrap();
                    DecodingKey::from_jwk(jwks.find(key_id).unwrap()).unwrap()
                }
            },
        }
    }
}

/// Reads the private key in PEM, or takes the secret.
pub(crate) fn encoding_key(algorithm: Algorithm) -> EncodingKey {
    let family = jsonwebtoken::Algorithm::try_from(algorithm)
        .unwrap()
        .family();
    let pem = || private_pem(algorithm).as_bytes();
    match family {
        AlgorithmFamily::Hmac => return EncodingKey::from_secret(SECRET),
        AlgorithmFamily::Rsa => EncodingKey::from_rsa_pem(pem()),
        AlgorithmFamily::Ec => EncodingKey::from_ec_pem(pem()),
        AlgorithmFamily::Ed => EncodingKey::from_ed_pem(pem()),
    }
    .unwrap()
}

impl Party for Jsonwebtoken {
    fn sign(&self, claims: &Claims) -> String {
        let mut header = Header::new(self.algorithm);
        header.kid.clone_from(&self.key_id);
        encode(&header, claims, &self.signs).unwrap()
    }

    fn verify(&self, token: &str) -> Result<Claims, Reason> {
        let mut validation = Validation::new(self.algorithm);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        decode(token, &self.verifies, &validation)
            .map(|token| token.claims)
            .map_err(|error| reason(&error))
    }
}

fn reason(error: &Error) -> Reason {
    match error.kind() {
        ErrorKind::InvalidSignature => Reason::Signature,
        ErrorKind::InvalidIssuer => Reason::Issuer,
        ErrorKind::InvalidAudience => Reason::Audience,
        ErrorKind::ExpiredSignature => Reason::Expired,
        other => panic!("jsonwebtoken refuses for another reason: {other:?}"),
    }
}
