//! Keys for RSASSA-PSS alone, and what they say of the hash (RFC 4055, sections 1.2 and 3.1).

use super::der::{
    CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE, algorithm_and_key, sequence,
};
use super::error::KeyError;
use crate::algorithm::{Algorithm, AlgorithmSet};

/// id-RSASSA-PSS.
pub(super) const OID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];

/// id-mgf1.
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];

const CONTEXT_1: u8 = 0xa1;
const CONTEXT_2: u8 = 0xa2;
const CONTEXT_3: u8 = 0xa3;

/// Of each algorithm the identifier of its hash, and how many bytes the hash has: so many has the salt in a JWS (RFC
/// 7518, section 3.5).
const HASHES: [(Algorithm, &[u8], u8, &str); 3] = [
    (
        Algorithm::PS256,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
        32,
        "RSASSA-PSS with SHA-256",
    ),
    (
        Algorithm::PS384,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
        48,
        "RSASSA-PSS with SHA-384",
    ),
    (
        Algorithm::PS512,
        &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
        64,
        "RSASSA-PSS with SHA-512",
    ),
];

/// What is said of parameters that no algorithm of JWS has.
const OTHER: &str = "RSASSA-PSS with a hash, mask or salt that JWS does not have";

/// Refuses a key that is pinned to another hash than that of the algorithm.
pub(super) fn check(algorithm: Algorithm, der: &[u8]) -> Result<(), KeyError> {
    let pinned = algorithm_and_key(der).and_then(|(identifier, _)| pinned(identifier));
    match pinned {
        None => Ok(()),
        Some(pinned) if pinned.only == Some(algorithm) => Ok(()),
        Some(pinned) => Err(KeyError::OtherKind {
            found: pinned.name,
            wanted: algorithm,
        }),
    }
}

/// Returns the algorithms that a key for PSS can serve.
pub(super) fn algorithms(der: &[u8]) -> Result<AlgorithmSet, KeyError> {
    let known = HASHES.into_iter().map(|(algorithm, ..)| algorithm);
    let fitting: AlgorithmSet = known
        .filter(|algorithm| check(*algorithm, der).is_ok())
        .collect();
    if fitting.is_empty() {
        Err(KeyError::UnsupportedKind(OTHER))
    } else {
        Ok(fitting)
    }
}

/// Returns the PKCS#1 key inside of the PKCS#8 of one for PSS.
pub(super) fn inner_key(der: &[u8]) -> Option<&[u8]> {
    let (identifier, key) = algorithm_and_key(der)?;
    let is_pss = Reader::new(identifier).take(OBJECT_IDENTIFIER)? == OID;
    is_pss.then_some(key)
}

/// What a key for PSS is for.
struct Pinned {
    only: Option<Algorithm>,
    name: &'static str,
}

/// Returns what a key is pinned to, if it is one for PSS and says more than that.
fn pinned(identifier: &[u8]) -> Option<Pinned> {
    let mut parts = Reader::new(identifier);
    let is_pss = parts.take(OBJECT_IDENTIFIER)? == OID;
    if !is_pss || parts.is_empty() {
        return None;
    }
    let known = parts
        .take(SEQUENCE)
        .and_then(|parameters| only(Reader::new(parameters)));
    Some(match known {
        Some((algorithm, name)) => Pinned {
            only: Some(algorithm),
            name,
        },
        None => Pinned {
            only: None,
            name: OTHER,
        },
    })
}

/// Returns the algorithm that has these parameters. What is left out is SHA-1, which none has.
fn only(mut parameters: Reader<'_>) -> Option<(Algorithm, &'static str)> {
    let hash = identifier_in(parameters.take(CONTEXT_0)?)?.0;
    let (mask, mut of_mask) = identifier_in(parameters.take(CONTEXT_1)?)?;
    let same_hash = mask == MGF1
        && of_mask
            .take(SEQUENCE)
            .map(Reader::new)?
            .take(OBJECT_IDENTIFIER)?
            == hash;
    // The least length of a salt, 20 if it is left out; and the trailer, of which there is one.
    let (mut least, mut is_known) = (20, true);
    while !parameters.is_empty() {
        let (field, value) = parameters.next()?;
        match (field, Reader::new(value).take(INTEGER)?) {
            (CONTEXT_2, [length]) => least = *length,
            (CONTEXT_3, [1]) => {}
            _ => is_known = false,
        }
    }
    let known = HASHES.into_iter().find(|(_, oid, ..)| *oid == hash);
    let (algorithm, _, salt, name) = known?;
    (same_hash && is_known && least <= salt).then_some((algorithm, name))
}

/// Returns the object identifier of an algorithm, and its parameters.
fn identifier_in(explicit: &[u8]) -> Option<(&[u8], Reader<'_>)> {
    let mut parts = sequence(explicit)?;
    Some((parts.take(OBJECT_IDENTIFIER)?, parts))
}
