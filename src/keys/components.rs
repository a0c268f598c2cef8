//! The numbers that a public key consists of, however it was written, and their canonical JWK.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaPublicKeyComponents, RsaSubjectPublicKey};
use serde::Serialize;

use super::der;
use super::error::{KeyError, SHORT_RSA};
use crate::algorithm::{Curve, Family, ParameterSet};
use crate::jws::base64url;

/// A public key, checked. Members are in base64url, as a JWK has them (RFC 7518, section 6).
#[derive(Clone, Serialize)]
#[serde(tag = "kty")]
pub(super) enum Components {
    #[serde(rename = "RSA")]
    Rsa { e: String, n: String },
    #[serde(rename = "EC")]
    Ec {
        crv: &'static str,
        x: String,
        y: String,
    },
    #[serde(rename = "OKP")]
    Okp { crv: &'static str, x: String },
    #[serde(rename = "AKP")]
    Akp {
        /// Required in such a JWK (RFC 9964, section 3), which a published key writes anyway.
        #[serde(skip)]
        alg: &'static str,
        #[serde(rename = "pub")]
        key: String,
    },
}

/// A public key as aws-lc-rs takes it, and its components.
pub(super) struct Checked {
    pub(super) encoded: Vec<u8>,
    pub(super) components: Components,
}

impl Checked {
    /// Checks a SubjectPublicKeyInfo, a PKCS#1 RSAPublicKey, an uncompressed point, or the bare
    /// bytes of an Ed25519 or ML-DSA key.
    pub(super) fn from_der(family: Family, der: &[u8]) -> Result<Self, KeyError> {
        match family {
            Family::Rsa => Self::from_rsa_der(der),
            Family::Ec(curve) => Self::from_ec(curve, der),
            Family::Ed25519 => Self::from_ed25519(der),
            Family::MlDsa(parameters) => Self::from_ml_dsa(parameters, der),
        }
    }

    fn from_rsa_der(der: &[u8]) -> Result<Self, KeyError> {
        const NOT_A_KEY: KeyError = KeyError::Malformed("not an RSA public key");
        let key = RsaSubjectPublicKey::from_der(der).map_err(|_| NOT_A_KEY)?;
        // What comes back is PKCS#1, whatever went in.
        let (modulus, exponent) = der::rsa_numbers(key.as_ref()).ok_or(NOT_A_KEY)?;
        check_rsa(modulus, exponent)?;
        Ok(Self {
            encoded: key.as_ref().to_vec(),
            components: Components::Rsa {
                e: base64url::encode(exponent),
                n: base64url::encode(modulus),
            },
        })
    }

    pub(super) fn from_rsa_components(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = (without_zeros(n), without_zeros(e));
        let der = RsaPublicKeyComponents { n, e }
            .as_der()
            .map_err(|_| KeyError::Malformed("not an RSA modulus and exponent"))?;
        Self::from_rsa_der(der.as_ref())
    }

    fn from_ec(curve: &'static Curve, der: &[u8]) -> Result<Self, KeyError> {
        const NOT_A_POINT: KeyError = KeyError::Malformed("not a point on the curve");
        let size = curve.size;
        let spki = ParsedPublicKey::new(curve.verification, der)
            .and_then(|key| Ok(key.as_der()?))
            .map_err(|_| NOT_A_POINT)?;
        // A SubjectPublicKeyInfo ends with the point: a byte that says it is not compressed, x, y.
        let point_size = size.saturating_mul(2).saturating_add(1);
        let spki: &[u8] = spki.as_ref();
        let point = spki
            .len()
            .checked_sub(point_size)
            .and_then(|start| spki.get(start..))
            .ok_or(NOT_A_POINT)?;
        let (x, y) = match point {
            [4, coordinates @ ..] => coordinates.split_at_checked(size).ok_or(NOT_A_POINT)?,
            _ => return Err(NOT_A_POINT),
        };
        // One key, one encoding: no compressed points, and nothing behind it.
        if der != spki && der != point {
            return Err(NOT_A_POINT);
        }
        Ok(Self {
            encoded: point.to_vec(),
            components: Components::Ec {
                crv: curve.name,
                x: base64url::encode(x),
                y: base64url::encode(y),
            },
        })
    }

    fn from_ed25519(der: &[u8]) -> Result<Self, KeyError> {
        const NOT_A_KEY: KeyError = KeyError::Malformed("not an Ed25519 public key");
        let spki = ParsedPublicKey::new(&signature::ED25519, der)
            .and_then(|key| Ok(key.as_der()?))
            .map_err(|_| NOT_A_KEY)?;
        let (_, point) = spki.as_ref().split_last_chunk::<32>().ok_or(NOT_A_KEY)?;
        if der != spki.as_ref() && der != point {
            return Err(NOT_A_KEY);
        }
        check_edwards_point(*point)?;
        Ok(Self {
            encoded: point.to_vec(),
            components: Components::Okp {
                crv: "Ed25519",
                x: base64url::encode(point),
            },
        })
    }

    fn from_ml_dsa(parameters: &'static ParameterSet, der: &[u8]) -> Result<Self, KeyError> {
        const NOT_A_KEY: KeyError = KeyError::Malformed("not an ML-DSA public key");
        let spki = ParsedPublicKey::new(parameters.verification, der)
            .and_then(|key| Ok(key.as_der()?))
            .map_err(|_| NOT_A_KEY)?;
        // A SubjectPublicKeyInfo ends with the bytes of the key (RFC 9881, section 4).
        let spki: &[u8] = spki.as_ref();
        let key = spki
            .len()
            .checked_sub(parameters.signing.public_key_len())
            .and_then(|start| spki.get(start..))
            .ok_or(NOT_A_KEY)?;
        if der != spki && der != key {
            return Err(NOT_A_KEY);
        }
        Ok(Self {
            encoded: key.to_vec(),
            components: Components::Akp {
                alg: parameters.name,
                key: base64url::encode(key),
            },
        })
    }
}

/// Drops the zero bytes in front of a number. RFC 7518, section 6.3.1.1, forbids to write them, and many do it, as
/// ASN.1 has one; the number is the same.
pub(super) fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// Checks the size of an RSA key; both numbers are without leading zero bytes.
pub(super) fn check_rsa(modulus: &[u8], exponent: &[u8]) -> Result<(), KeyError> {
    // RFC 7518, section 3.3: 2048 bits or more. The modulus has no leading zero byte, so its
    // first byte says how many bits of it count.
    let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = modulus
        .len()
        .saturating_mul(8)
        .saturating_sub(zeros as usize);
    if bits < 2048 {
        return Err(KeyError::Weak(SHORT_RSA));
    }
    if bits > 8192 {
        return Err(KeyError::Malformed("an RSA modulus over 8192 bits"));
    }
    if exponent.len() < 3 {
        // 65537 is the smallest odd number of three bytes.
        return Err(KeyError::Weak("an RSA public exponent under 65537"));
    }
    Ok(())
}

/// Refuses points of small order, under which one signature fits many messages, and encodings with
/// y at or over the prime (RFC 8032, section 5.1.3).
fn check_edwards_point(mut point: [u8; 32]) -> Result<(), KeyError> {
    const fn little(first: u8, rest: u8, last: u8) -> [u8; 32] {
        let mut y = [rest; 32];
        y[0] = first;
        y[31] = last;
        y
    }
    const ORDER_8: [u8; 32] = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ];
    const ORDER_8_NEGATED: [u8; 32] = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ];
    // The highest bit is the sign of x; y is the rest, little-endian.
    point[31] &= 0x7f;
    let small = [
        little(0, 0, 0),
        little(1, 0, 0),
        ORDER_8,
        ORDER_8_NEGATED,
        little(0xec, 0xff, 0x7f),
    ];
    if small.contains(&point) {
        return Err(KeyError::Weak("an Ed25519 point of small order"));
    }
    if point >= little(0xed, 0xff, 0x7f) && point[1..] == little(0xed, 0xff, 0x7f)[1..] {
        return Err(KeyError::Malformed("not a canonical Ed25519 point"));
    }
    Ok(())
}

impl Components {
    /// Returns the SHA-256 thumbprint of RFC 7638 in base64url.
    pub(super) fn thumbprint(&self) -> String {
        // Section 3.2: the required members only, in the order of their names. No value needs an
        // escape.
        let canonical = match self {
            Self::Rsa { e, n } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => {
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
            // RFC 9964, section 6.
            Self::Akp { alg, key } => format!(r#"{{"alg":"{alg}","kty":"AKP","pub":"{key}"}}"#),
        };
        base64url::encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_every_encoding_of_a_small_point() {
        let mut bad = Vec::new();
        for first in [0, 1] {
            let mut y = [0; 32];
            y[0] = first;
            bad.push(y);
        }
        for first in 0xec..=0xff {
            let mut y = [0xff; 32];
            y[0] = first;
            y[31] = 0x7f;
            bad.push(y);
        }
        for mut y in bad {
            assert!(Checked::from_der(Family::Ed25519, &y).is_err(), "{y:?}");
            y[31] |= 0x80;
            assert!(Checked::from_der(Family::Ed25519, &y).is_err(), "{y:?}");
        }
        let mut good = [0xff; 32];
        good[0] = 0xeb;
        good[31] = 0x7f;
        assert!(check_edwards_point(good).is_ok());
    }
}
