//! Which key it is that was found where another one was wanted.

use super::der::{self, Outline, outline};
use super::error::KeyError;
use super::form::Form;
use super::pss;
use super::shape;
use crate::algorithm::{Algorithm, AlgorithmSet, Family, PublicScheme};

/// What a key is called that forbids the older padding (RFC 4055, section 1.2).
const PSS: &str = "RSASSA-PSS";

/// RFC 5480, section 2.1.1: a curve has to be named.
const EXPLICIT_CURVE: KeyError = KeyError::Malformed(
    "its curve is written out in numbers; `openssl ec -pubin -param_enc named_curve` names it",
);

/// What a key is called that has no name here.
const SOMETHING_ELSE: &str = "something else";

/// Kinds of keys that no algorithm here works with, by their object identifiers.
const FOREIGN: [(&[u8], &str); 10] = [
    (pss::OID, PSS),
    (&[0x2b, 0x81, 4, 0, 10], "secp256k1"),
    (&[0x2b, 0x81, 4, 0, 33], "P-224"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1"),
    (&[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1"),
    (&[0x2b, 0x65, 0x6e], "X25519"),
    (&[0x2b, 0x65, 0x6f], "X448"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "DSA"),
];

/// Returns a name out of a JWK as errors may show it: one that everybody knows, and no other text.
pub(super) fn foreign(name: &str) -> Option<&'static str> {
    let mut known = FOREIGN.into_iter().map(|(_, known)| known);
    known.find(|known| *known == name)
}

fn name(oid: &[u8]) -> &'static str {
    let own = Family::all()
        .find(|family| family.oid() == oid)
        .map(Family::name);
    let mut foreign = FOREIGN.into_iter();
    own.or_else(|| {
        foreign
            .find(|(known, _)| *known == oid)
            .map(|(_, name)| name)
    })
    .unwrap_or(SOMETHING_ELSE)
}

/// Says what is wrong if this is something else than a public key for the algorithm. What does not say
/// what it is may be a bare key.
pub(super) fn expect_public(
    algorithm: Algorithm,
    scheme: PublicScheme,
    der: &[u8],
) -> Result<(), KeyError> {
    match outline(der) {
        Some(Outline::Public(None)) => Err(EXPLICIT_CURVE),
        Some(Outline::Public(oid)) => {
            expect(algorithm, scheme, oid.map(name))?;
            pss::check(algorithm, der)
        }
        Some(Outline::Private(_) | Outline::Encrypted) => Err(KeyError::PrivateKey),
        Some(Outline::Certificate) => Err(KeyError::Certificate),
        None => {
            expect(algorithm, scheme, curve_of_point(der))?;
            match shape::of(der) {
                Form::Unknown | Form::Der if is_bare(scheme.family(), der) => Ok(()),
                _ => Err(not_der(der)),
            }
        }
    }
}

/// Tells whether this is as long as a bare key, and begins like one: a point with its mark (SEC 1, section 2.3.3), or the
/// bytes of the key. RSA has no such form.
fn is_bare(family: Family, bytes: &[u8]) -> bool {
    match (family, bytes) {
        (Family::Ec(curve), [2 | 3, rest @ ..]) => rest.len() == curve.size,
        (Family::Ec(curve), [4, rest @ ..]) => rest.len() == curve.size.saturating_mul(2),
        (Family::Rsa | Family::Ec(_), _) => false,
        (Family::Ed25519, _) => bytes.len() == 32,
        (Family::MlDsa(parameters), _) => bytes.len() == parameters.signing.public_key_len(),
    }
}

/// Says what is wrong if this is something else than a private key for the algorithm.
pub(super) fn expect_private(
    algorithm: Algorithm,
    scheme: PublicScheme,
    der: &[u8],
) -> Result<(), KeyError> {
    match outline(der) {
        Some(Outline::Private(oid)) => {
            expect(algorithm, scheme, oid.map(name))?;
            pss::check(algorithm, der)
        }
        Some(Outline::Public(_)) => Err(KeyError::PublicKey),
        Some(Outline::Encrypted) => Err(KeyError::Encrypted),
        Some(Outline::Certificate) => Err(KeyError::Certificate),
        None => Err(not_der(der)),
    }
}

/// Returns the kind of a public key that says itself what it is, and the algorithms that it can serve.
pub(super) fn family_and_algorithms(der: &[u8]) -> Result<(Family, AlgorithmSet), KeyError> {
    let found = match outline(der) {
        Some(Outline::Public(oid)) => oid.map(name).ok_or(EXPLICIT_CURVE)?,
        Some(Outline::Private(_) | Outline::Encrypted) => return Err(KeyError::PrivateKey),
        Some(Outline::Certificate) => return Err(KeyError::Certificate),
        None => return Err(not_der(der)),
    };
    if found == PSS {
        let fitting = pss::algorithms(der)?;
        return Ok((Family::Rsa, fitting));
    }
    Family::all()
        .find(|family| family.name() == found)
        .map(|family| (family, AlgorithmSet::of_family(family)))
        .ok_or(KeyError::UnsupportedKind(found))
}

/// Says what this is, of which nothing tells that it is a key.
fn not_der(der: &[u8]) -> KeyError {
    match shape::of(der) {
        Form::Unknown | Form::Der => KeyError::Malformed(der::fault(der)),
        form => KeyError::OtherForm(form),
    }
}

fn expect(
    algorithm: Algorithm,
    scheme: PublicScheme,
    found: Option<&'static str>,
) -> Result<(), KeyError> {
    let wanted = scheme.family().name();
    match found {
        Some(found) if found != wanted && !(found == PSS && scheme.is_pss()) => {
            Err(KeyError::OtherKind {
                found,
                wanted: algorithm,
            })
        }
        _ => Ok(()),
    }
}

/// Returns the curve that an uncompressed point is on, by its length (SEC 1, section 2.3.3).
fn curve_of_point(point: &[u8]) -> Option<&'static str> {
    let (4, coordinates) = point.split_first().map(|(first, rest)| (*first, rest))? else {
        return None;
    };
    Family::all().find_map(|family| match family {
        Family::Ec(curve) if coordinates.len() == curve.size.saturating_mul(2) => Some(curve.name),
        Family::Rsa | Family::Ec(_) | Family::Ed25519 | Family::MlDsa(_) => None,
    })
}
