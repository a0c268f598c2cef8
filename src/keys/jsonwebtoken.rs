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
use super::verifying::VerifyingKey;
use crate::algorithm::{Algorithm, AlgorithmSet, PublicScheme, Scheme};

/// Fails for an algorithm that this crate does not know yet.
impl TryFrom<jsonwebtoken::Algorithm> for Algorithm {
    type Error = KeyError;

    fn try_from(theirs: jsonwebtoken::Algorithm) -> Result<Self, KeyError> {
        Self::ALL
            .into_iter()
            .find(|ours| jsonwebtoken::Algorithm::try_from(*ours) == Ok(theirs))
            .ok_or(KeyError::WrongAlgorithm)
    }
}

/// Fails for what `jsonwebtoken` does not have: ES512, Ed25519 and ML-DSA.
impl TryFrom<Algorithm> for jsonwebtoken::Algorithm {
    type Error = KeyError;

    fn try_from(ours: Algorithm) -> Result<Self, KeyError> {
        ours.name().parse().map_err(|_| KeyError::WrongAlgorithm)
    }
}

/// Their keys say no more than their family, and nothing there is for ML-DSA.
fn check_family(theirs: AlgorithmFamily, algorithm: Algorithm) -> Result<(), KeyError> {
    let fits = match algorithm.scheme() {
        Scheme::Hmac(_) => theirs == AlgorithmFamily::Hmac,
        Scheme::Public(PublicScheme::Rsa { .. }) => theirs == AlgorithmFamily::Rsa,
        Scheme::Public(PublicScheme::Ecdsa(_)) => theirs == AlgorithmFamily::Ec,
        Scheme::Public(PublicScheme::Ed25519) => theirs == AlgorithmFamily::Ed,
        Scheme::Public(PublicScheme::MlDsa(_)) => false,
    };
    if fits {
        return Ok(());
    }
    Err(KeyError::OtherKind {
        found: match theirs {
            AlgorithmFamily::Hmac => "HMAC",
            AlgorithmFamily::Rsa => "RSA",
            AlgorithmFamily::Ec => "ECDSA",
            AlgorithmFamily::Ed => "EdDSA",
        },
        wanted: algorithm,
    })
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
    /// let theirs = DecodingKey::from_secret(b"at least thirty-two bytes of it!");
    /// let ours = VerifyingKey::from_decoding_key(Algorithm::HS256, &theirs)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_decoding_key(algorithm: Algorithm, key: &DecodingKey) -> Result<Self, KeyError> {
        check_family(key.family(), algorithm)?;
        match (key.kind(), algorithm.scheme()) {
            (DecodingKeyKind::SecretOrDer(secret), Scheme::Hmac(_)) => {
                Self::from_secret(algorithm, secret)
            }
            (DecodingKeyKind::SecretOrDer(der), Scheme::Public(_)) => {
                Self::from_der(algorithm, der)
            }
            (DecodingKeyKind::RsaModulusExponent { n, e }, _) => {
                let checked = Checked::from_rsa_components(n, e)?;
                Self::from_checked(AlgorithmSet::from_iter([algorithm]), checked, None)
            }
        }
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
    /// let theirs = EncodingKey::from_secret(b"at least thirty-two bytes of it!");
    /// let ours = SigningKey::from_encoding_key(Algorithm::HS256, &theirs)?;
    /// assert_eq!(ours.algorithm(), Algorithm::HS256);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_encoding_key(algorithm: Algorithm, key: &EncodingKey) -> Result<Self, KeyError> {
        check_family(key.family(), algorithm)?;
        match algorithm.scheme() {
            Scheme::Hmac(_) => Self::from_secret(algorithm, key.as_bytes(), None),
            Scheme::Public(_) => Self::from_der(algorithm, key.as_bytes()),
        }
    }
}

fn to_json(value: &impl Serialize) -> Result<Zeroizing<String>, KeyError> {
    // Room for a large set, so that no part of a secret is left behind where it would grow.
    let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *text, value).map_err(|_| KeyError::Malformed("not a JWK"))?;
    let text = std::str::from_utf8(&text).map_err(|_| KeyError::Malformed("not a JWK"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Reads the key like [`VerifyingKey::from_jwk`] does.
///
/// The type of `jsonwebtoken` forgets an `alg` that it does not know: ES512, Ed25519 and ML-DSA keys
/// have to be read from their text.
impl TryFrom<&Jwk> for VerifyingKey {
    type Error = KeyError;

    fn try_from(jwk: &Jwk) -> Result<Self, KeyError> {
        Self::from_jwk(&to_json(jwk)?)
    }
}

/// Reads the set like [`KeySet::from_jwks`] does: what cannot be used is left out, and so are ES512,
/// Ed25519 and ML-DSA keys, whose `alg` the type of `jsonwebtoken` has forgotten.
impl TryFrom<&JwkSet> for KeySet {
    type Error = KeyError;

    fn try_from(jwks: &JwkSet) -> Result<Self, KeyError> {
        Self::from_jwks(&to_json(jwks)?)
    }
}
