//! Keys as the `jsonwebtoken` crate holds them.
//!
//! Only its types are used: which crypto backend an application chose for that crate, if any, is
//! none of our business and does not change.

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey};
use serde::Serialize;
use zeroize::Zeroizing;

use super::components::Checked;
use super::error::KeyError;
use super::set::KeySet;
use super::signing::SigningKey;
use super::verifying::{VerifyingKey, hmac_key};
use crate::algorithm::{Algorithm, AlgorithmSet, Family};

/// Pairs of the same algorithm, theirs and ours.
const PAIRS: [(jsonwebtoken::Algorithm, Algorithm); 12] = [
    (jsonwebtoken::Algorithm::HS256, Algorithm::HS256),
    (jsonwebtoken::Algorithm::HS384, Algorithm::HS384),
    (jsonwebtoken::Algorithm::HS512, Algorithm::HS512),
    (jsonwebtoken::Algorithm::RS256, Algorithm::RS256),
    (jsonwebtoken::Algorithm::RS384, Algorithm::RS384),
    (jsonwebtoken::Algorithm::RS512, Algorithm::RS512),
    (jsonwebtoken::Algorithm::PS256, Algorithm::PS256),
    (jsonwebtoken::Algorithm::PS384, Algorithm::PS384),
    (jsonwebtoken::Algorithm::PS512, Algorithm::PS512),
    (jsonwebtoken::Algorithm::ES256, Algorithm::ES256),
    (jsonwebtoken::Algorithm::ES384, Algorithm::ES384),
    (jsonwebtoken::Algorithm::EdDSA, Algorithm::EdDSA),
];

/// Fails for an algorithm that this crate does not know yet.
impl TryFrom<jsonwebtoken::Algorithm> for Algorithm {
    type Error = KeyError;

    fn try_from(theirs: jsonwebtoken::Algorithm) -> Result<Self, KeyError> {
        PAIRS
            .into_iter()
            .find_map(|pair| (pair.0 == theirs).then_some(pair.1))
            .ok_or(KeyError::WrongAlgorithm)
    }
}

/// Fails for ES512 and Ed25519, which `jsonwebtoken` does not have.
impl TryFrom<Algorithm> for jsonwebtoken::Algorithm {
    type Error = KeyError;

    fn try_from(ours: Algorithm) -> Result<Self, KeyError> {
        PAIRS
            .into_iter()
            .find_map(|pair| (pair.1 == ours).then_some(pair.0))
            .ok_or(KeyError::WrongAlgorithm)
    }
}

fn check_family(theirs: AlgorithmFamily, algorithm: Algorithm) -> Result<(), KeyError> {
    let fits = match algorithm.family() {
        Family::Hmac => theirs == AlgorithmFamily::Hmac,
        Family::Rsa => theirs == AlgorithmFamily::Rsa,
        Family::P256 | Family::P384 | Family::P521 => theirs == AlgorithmFamily::Ec,
        Family::Ed25519 => theirs == AlgorithmFamily::Ed,
    };
    if fits {
        Ok(())
    } else {
        Err(KeyError::WrongAlgorithm)
    }
}

impl VerifyingKey {
    /// Takes over a `DecodingKey`, which does not say its algorithm.
    ///
    /// # Errors
    ///
    /// A key of another kind than the algorithm needs, or a weak one.
    ///
    /// # Examples
    ///
    /// ```
    /// use jsonwebtoken::DecodingKey;
    /// use keycard::{Algorithm, VerifyingKey};
    ///
    /// # fn main() -> Result<(), keycard::keys::KeyError> {
    /// let theirs = DecodingKey::from_secret(b"at least thirty-two bytes of it!");
    /// let ours = VerifyingKey::from_decoding_key(Algorithm::HS256, &theirs)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_decoding_key(algorithm: Algorithm, key: &DecodingKey) -> Result<Self, KeyError> {
        check_family(key.family(), algorithm)?;
        let checked = match key.kind() {
            DecodingKeyKind::SecretOrDer(secret) if algorithm.family() == Family::Hmac => {
                return Ok(Self::from_hmac(algorithm, hmac_key(algorithm, secret)?));
            }
            DecodingKeyKind::SecretOrDer(der) => Checked::from_der(algorithm.family(), der)?,
            DecodingKeyKind::RsaModulusExponent { n, e } => Checked::from_rsa_components(n, e)?,
        };
        Self::from_checked(AlgorithmSet::from_iter([algorithm]), checked, None)
    }
}

impl SigningKey {
    /// Takes over an `EncodingKey`, which does not say its algorithm.
    ///
    /// # Errors
    ///
    /// A key of another kind than the algorithm needs, or a weak one.
    ///
    /// # Examples
    ///
    /// ```
    /// use jsonwebtoken::EncodingKey;
    /// use keycard::{Algorithm, SigningKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let theirs = EncodingKey::from_secret(b"at least thirty-two bytes of it!");
    /// let ours = SigningKey::from_encoding_key(Algorithm::HS256, &theirs)?;
    /// assert_eq!(ours.algorithm(), Algorithm::HS256);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_encoding_key(algorithm: Algorithm, key: &EncodingKey) -> Result<Self, KeyError> {
        check_family(key.family(), algorithm)?;
        match algorithm.family() {
            Family::Hmac => Self::from_secret(algorithm, key.as_bytes(), None),
            _ => Self::from_der(algorithm, key.as_bytes()),
        }
    }
}

fn to_json(value: &impl Serialize) -> Result<Zeroizing<String>, KeyError> {
    serde_json::to_string(value)
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Malformed("not a JWK"))
}

/// Reads the key like [`VerifyingKey::from_jwk`] does.
///
/// The type of `jsonwebtoken` forgets an `alg` that it does not know: ES512 and Ed25519 keys have to
/// be read from their text.
impl TryFrom<&Jwk> for VerifyingKey {
    type Error = KeyError;

    fn try_from(jwk: &Jwk) -> Result<Self, KeyError> {
        Self::from_jwk(&to_json(jwk)?)
    }
}

/// Reads the set like [`KeySet::from_jwks`] does: what cannot be used is left out, and so are ES512 and
/// Ed25519 keys, whose `alg` the type of `jsonwebtoken` has forgotten.
impl TryFrom<&JwkSet> for KeySet {
    type Error = KeyError;

    fn try_from(jwks: &JwkSet) -> Result<Self, KeyError> {
        Self::from_jwks(&to_json(jwks)?)
    }
}
