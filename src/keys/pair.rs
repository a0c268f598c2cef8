//! A private key with its public one, as aws-lc-rs holds it: made, read, written, used.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, KeySize};
use aws_lc_rs::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, PqdsaKeyPair, RsaKeyPair, RsaPublicKeyComponents,
    RsaSignatureEncoding,
};
use zeroize::Zeroizing;

use super::components::{Checked, check_rsa, without_zeros};
use super::der;
use super::error::KeyError;
use super::jwk::{Jwk, member};
use super::pem;
use super::primes::{Factors, complete};
use super::pss;
use crate::algorithm::{Curve, Family, ParameterSet, PublicScheme};

const NO_PAIR: KeyError = KeyError::Malformed("the numbers do not make a pair");

pub(super) enum Pair {
    Rsa(RsaKeyPair, &'static RsaSignatureEncoding),
    Ec(EcdsaKeyPair, &'static Curve),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair, &'static ParameterSet),
}

impl Pair {
    pub(super) fn generate(scheme: PublicScheme) -> Result<Self, KeyError> {
        match scheme {
            PublicScheme::Rsa { signing, .. } => {
                RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Self::Rsa(pair, signing))
            }
            PublicScheme::Ecdsa(curve) => {
                EcdsaKeyPair::generate(curve.signing).map(|pair| Self::Ec(pair, curve))
            }
            PublicScheme::Ed25519 => Ed25519KeyPair::generate().map(Self::Ed25519),
            PublicScheme::MlDsa(parameters) => {
                PqdsaKeyPair::generate(parameters.signing).map(|pair| Self::MlDsa(pair, parameters))
            }
        }
        .map_err(|_| KeyError::Generation)
    }

    /// Reads PKCS#8, for RSA also PKCS#1, for EC also SEC1.
    pub(super) fn from_der(scheme: PublicScheme, der: &[u8]) -> Result<Self, KeyError> {
        match scheme {
            PublicScheme::Rsa { signing, .. } => {
                // The library refuses a short one without a word, and one for PSS alone too.
                if let Some((modulus, exponent)) = der::rsa_private_numbers(der) {
                    check_rsa(modulus, exponent)?;
                }
                let der = pss::inner_key(der).unwrap_or(der);
                RsaKeyPair::from_pkcs8(der)
                    .or_else(|_| RsaKeyPair::from_der(der))
                    .map(|pair| Self::Rsa(pair, signing))
            }
            PublicScheme::Ecdsa(curve) => EcdsaKeyPair::from_private_key_der(curve.signing, der)
                .map(|pair| Self::Ec(pair, curve)),
            PublicScheme::Ed25519 => Ed25519KeyPair::from_pkcs8(der).map(Self::Ed25519),
            PublicScheme::MlDsa(parameters) => PqdsaKeyPair::from_pkcs8(parameters.signing, der)
                .map(|pair| Self::MlDsa(pair, parameters)),
        }
        .map_err(|_| KeyError::Malformed("not a private key of this kind"))
    }

    /// Reads a JWK, whose private and public members have to belong together.
    pub(super) fn from_jwk(scheme: PublicScheme, jwk: &Jwk<'_>) -> Result<Self, KeyError> {
        match scheme {
            PublicScheme::Rsa { signing, .. } => {
                rsa_from_jwk(jwk).map(|pair| Self::Rsa(pair, signing))
            }
            PublicScheme::Ecdsa(curve) => ec_from_jwk(curve, jwk).map(|pair| Self::Ec(pair, curve)),
            PublicScheme::Ed25519 => {
                let (d, x) = (private(jwk, "d", 32)?, jwk.sized_bytes("x", 32)?);
                Ed25519KeyPair::from_seed_and_public_key(&d, &x)
                    .map(Self::Ed25519)
                    .map_err(|_| KeyError::Malformed("d and x do not make a pair"))
            }
            PublicScheme::MlDsa(parameters) => {
                ml_dsa_from_jwk(parameters, jwk).map(|pair| Self::MlDsa(pair, parameters))
            }
        }
    }

    /// Returns the public key, which may turn out to be too weak.
    pub(super) fn public(&self) -> Result<Checked, KeyError> {
        match self {
            Self::Rsa(pair, _) => Checked::from_der(Family::Rsa, pair.public_key().as_ref()),
            Self::Ec(pair, curve) => {
                Checked::from_der(Family::Ec(curve), pair.public_key().as_ref())
            }
            Self::Ed25519(pair) => Checked::from_der(Family::Ed25519, pair.public_key().as_ref()),
            Self::MlDsa(pair, parameters) => {
                Checked::from_der(Family::MlDsa(parameters), pair.public_key().as_ref())
            }
        }
    }

    pub(super) fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        match self {
            Self::Rsa(pair, _) => pair.as_der().map(|der| pem::private(der.as_ref())),
            Self::Ec(pair, _) => pair.to_pkcs8v1().map(|der| pem::private(der.as_ref())),
            Self::Ed25519(pair) => pair.to_pkcs8v1().map(|der| pem::private(der.as_ref())),
            Self::MlDsa(pair, _) => pair.to_pkcs8v1().map(|der| pem::private(der.as_ref())),
        }
        .map_err(|_| KeyError::Malformed("the key cannot be written"))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)?;
                Ok(signature)
            }
            Self::Ec(pair, _) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
            Self::MlDsa(pair, parameters) => {
                // RFC 9964, section 5: the context is empty.
                let mut signature = vec![0; parameters.signing.signature_len()];
                pair.sign(message, &mut signature)?;
                Ok(signature)
            }
        }
    }

    /// Returns how many bytes a signature has.
    pub(super) fn signature_len(&self) -> usize {
        match self {
            Self::Rsa(pair, _) => pair.public_modulus_len(),
            Self::Ec(_, curve) => curve.size.saturating_mul(2),
            Self::Ed25519(_) => 64,
            Self::MlDsa(_, parameters) => parameters.signing.signature_len(),
        }
    }
}

/// Returns the private member of a JWK.
fn private(jwk: &Jwk<'_>, name: &'static str, size: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    if jwk.has(name) {
        jwk.sized_bytes(name, size)
    } else {
        Err(KeyError::PublicKey)
    }
}

fn rsa_from_jwk(jwk: &Jwk<'_>) -> Result<RsaKeyPair, KeyError> {
    let (n, e) = (jwk.bytes("n")?, jwk.bytes("e")?);
    let (n, e) = (without_zeros(&n), without_zeros(&e));
    // Whatever is wrong with the public half is said first.
    Checked::from_rsa_components(n, e)?;
    if !jwk.has("d") {
        return Err(KeyError::PublicKey);
    }
    // RFC 7518, section 6.3.2.7: who does not know what to do with more primes must not use the key.
    if jwk.has("oth") {
        return Err(member(
            "oth",
            "names further primes, and two are all that is known here",
        ));
    }
    let d = jwk.bytes("d")?;
    let d = without_zeros(&d);
    let optional = |name| jwk.has(name).then(|| jwk.bytes(name)).transpose();
    let given = Factors {
        p: optional("p")?,
        q: optional("q")?,
        dp: optional("dp")?,
        dq: optional("dq")?,
        qi: optional("qi")?,
    };
    let all = complete(n, e, d, given).ok_or(NO_PAIR)?;
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: RsaPublicKeyComponents { n, e },
        d,
        p: &all.p,
        q: &all.q,
        dP: &all.dp,
        dQ: &all.dq,
        qInv: &all.qi,
    })
    .map_err(|_| NO_PAIR)
}

fn ec_from_jwk(curve: &'static Curve, jwk: &Jwk<'_>) -> Result<EcdsaKeyPair, KeyError> {
    // RFC 7518, sections 6.2.1.2, 6.2.1.3 and 6.2.2.1: full size, leading zeros included.
    let coordinate = |name| jwk.sized_bytes(name, curve.size);
    let (x, y) = (coordinate("x")?, coordinate("y")?);
    let d = private(jwk, "d", curve.size)?;
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &d, &point)
        .map_err(|_| KeyError::Malformed("d, x and y do not make a pair"))
}

/// RFC 9964, sections 4 and 7.4: the private member is the seed, and the pair that is made of it has to be
/// the one that the key names.
fn ml_dsa_from_jwk(
    parameters: &'static ParameterSet,
    jwk: &Jwk<'_>,
) -> Result<PqdsaKeyPair, KeyError> {
    let seed = private(jwk, "priv", parameters.signing.seed_len())?;
    let public = jwk.sized_bytes("pub", parameters.signing.public_key_len())?;
    PqdsaKeyPair::from_seed(parameters.signing, &seed)
        .ok()
        .filter(|pair| pair.public_key().as_ref() == public.as_slice())
        .ok_or(KeyError::Malformed("priv and pub do not make a pair"))
}
