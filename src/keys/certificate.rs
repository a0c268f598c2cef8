//! The key in a certificate (RFC 5280, section 4.1).
//!
//! A certificate is an envelope here, and no more. Whoever configures it has said that the key in it is the right one:
//! no chain is followed, no name compared, no date read. What it says of the use of its key is heard.

use super::der::{
    BIT_STRING, CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Outline, Reader, SEQUENCE,
    outline, sequence,
};
use super::error::KeyError;
use super::form::Form;

/// The tag of the extensions, which are the last part of what is signed.
const CONTEXT_3: u8 = 0xa3;

/// id-ce-keyUsage (RFC 5280, section 4.2.1.3).
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];

/// The first of the bits of keyUsage.
const DIGITAL_SIGNATURE: u8 = 0x80;

const DAMAGED: KeyError = KeyError::Malformed("not a certificate as RFC 5280 has it");

/// Returns the SubjectPublicKeyInfo in a certificate, and whatever else this is as it is.
pub(super) fn without_certificate(der: &[u8]) -> Result<&[u8], KeyError> {
    if outline(der) != Some(Outline::Certificate) {
        return Ok(der);
    }
    if is_request(der) {
        return Err(KeyError::OtherForm(Form::CertificateRequest));
    }
    let mut signed = signed_part(der).ok_or(DAMAGED)?;
    let key = key(&mut signed).ok_or(DAMAGED)?;
    match allows_signatures(signed) {
        None => Err(DAMAGED),
        Some(false) => Err(KeyError::CertificateUse),
        Some(true) => Ok(key),
    }
}

/// RFC 2986, section 4.1: version, name, key, and attributes, which may be none but are there.
fn is_request(der: &[u8]) -> bool {
    let parts = sequence(der).and_then(|mut outer| outer.take(SEQUENCE));
    let mut parts = Reader::new(parts.unwrap_or_default());
    [INTEGER, SEQUENCE, SEQUENCE, CONTEXT_0]
        .into_iter()
        .all(|tag| parts.take(tag).is_some())
}

fn signed_part(der: &[u8]) -> Option<Reader<'_>> {
    let mut outer = sequence(der)?;
    let signed = outer.take(SEQUENCE)?;
    outer.take(SEQUENCE)?;
    outer.take(BIT_STRING)?;
    outer.is_empty().then(|| Reader::new(signed))
}

/// Returns the key, with the extensions left to be read.
fn key<'a>(signed: &mut Reader<'a>) -> Option<&'a [u8]> {
    // The first version of X.509 has no version.
    let before = *signed;
    if signed.take(CONTEXT_0).is_none() {
        *signed = before;
    }
    signed.take(INTEGER)?;
    // The algorithm of the signature, the issuer, the dates, the subject.
    for _ in 0..4 {
        signed.take(SEQUENCE)?;
    }
    signed.take_whole(SEQUENCE)
}

/// Tells whether the key may be used for signatures: if nothing is said, for anything.
fn allows_signatures(mut signed: Reader<'_>) -> Option<bool> {
    while !signed.is_empty() {
        let (CONTEXT_3, extensions) = signed.next()? else {
            continue;
        };
        let mut extensions = sequence(extensions)?;
        while !extensions.is_empty() {
            let mut extension = Reader::new(extensions.take(SEQUENCE)?);
            if extension.take(OBJECT_IDENTIFIER)? != KEY_USAGE {
                continue;
            }
            // Whether it is critical stands in between, or does not.
            let value = match extension.next()? {
                (OCTET_STRING, value) => value,
                _ => extension.take(OCTET_STRING)?,
            };
            // The first byte says how many bits at the end do not count.
            let [_, bits, ..] = Reader::new(value).take(BIT_STRING)? else {
                return Some(false);
            };
            return Some(bits & DIGITAL_SIGNATURE != 0);
        }
    }
    Some(true)
}
