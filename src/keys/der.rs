//! As much of DER (X.690) as tells one key from another.

use crate::algorithm::Family;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// The first tag that an element can have in one place only.
pub(super) const CONTEXT_0: u8 = 0xa0;

/// What a key in PKCS#1 does not say, as it cannot be anything else.
const RSA: &[u8] = Family::Rsa.oid();

/// id-ecPublicKey (RFC 5480, section 2.1.1), of which the curve tells more.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// What is left of the elements of a sequence.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    /// Returns the tag and the content of the next element.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.rest.split_first()?;
        let (first, rest) = rest.split_first()?;
        // X.690, section 8.1.3: a length under 128 is one byte, and of a longer one the first byte says
        // how many follow. No key is longer than three can say.
        let (length, rest) = match *first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
                let length = bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((*tag, content))
    }

    pub(super) fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next()
            .and_then(|(tag, content)| (tag == wanted).then_some(content))
    }

    /// The same with tag and length in front of it.
    pub(super) fn take_whole(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let before = self.rest;
        self.take(wanted)?;
        before.get(..before.len().checked_sub(self.rest.len())?)
    }

    /// Returns a number that is not negative, without the zero byte before a high bit.
    fn number(&mut self) -> Option<&'a [u8]> {
        let number = self.take(INTEGER)?;
        match number {
            [0, rest @ ..] => Some(rest),
            [first, ..] if *first < 0x80 => Some(number),
            _ => None,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Returns the elements of the one sequence that this is.
pub(super) fn sequence(der: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader::new(der);
    let content = reader.take(SEQUENCE)?;
    reader.is_empty().then(|| Reader::new(content))
}

/// Returns modulus and exponent of a PKCS#1 RSAPublicKey (RFC 8017, appendix A.1.1).
pub(super) fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut elements = sequence(der)?;
    let numbers = (elements.number()?, elements.number()?);
    elements.is_empty().then_some(numbers)
}

/// Returns r and s of a signature of ECDSA (RFC 3279, section 2.2.3).
pub(super) fn ecdsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    // Two numbers as well.
    rsa_numbers(der)
}

/// Returns modulus and public exponent of an RSA private key: PKCS#8 (RFC 5958, section 2), or PKCS#1
/// (RFC 8017, appendix A.1.2).
pub(super) fn rsa_private_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut elements = sequence(der)?;
    elements.take(INTEGER)?;
    let pkcs1 = elements;
    match elements.next()? {
        (INTEGER, _) => first_two_numbers(pkcs1),
        (SEQUENCE, _) => {
            let mut inner = sequence(elements.take(OCTET_STRING)?)?;
            inner.take(INTEGER)?;
            first_two_numbers(inner)
        }
        _ => None,
    }
}

fn first_two_numbers(mut elements: Reader<'_>) -> Option<(&[u8], &[u8])> {
    Some((elements.number()?, elements.number()?))
}

/// Returns the identifier of the algorithm, without tag and length, and the key: of a SubjectPublicKeyInfo (RFC 5280,
/// section 4.1) or of a private key in PKCS#8 (RFC 5958, section 2).
pub(super) fn algorithm_and_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut elements = sequence(der)?;
    match elements.next()? {
        (SEQUENCE, identifier) => match elements.take(BIT_STRING)? {
            // How many bits at the end do not count: of a key all do.
            [0, key @ ..] => Some((identifier, key)),
            _ => None,
        },
        (INTEGER, _) => Some((elements.take(SEQUENCE)?, elements.take(OCTET_STRING)?)),
        _ => None,
    }
}

/// Says why something is not in DER, or not the DER of a key.
pub(super) fn fault(der: &[u8]) -> &'static str {
    let mut reader = Reader::new(der);
    match (der.first(), reader.next()) {
        (Some(&SEQUENCE), None) => "its DER is cut short",
        (Some(&SEQUENCE), Some(_)) if !reader.is_empty() => "something stands behind its DER",
        (Some(&SEQUENCE), Some(_)) => "the DER of something else than a key",
        _ => "not the DER of a key",
    }
}

/// Tells whether this begins as PKCS#12 does (RFC 7292, section 4): with version 3 and a content of PKCS#7. Some write it
/// with lengths that DER does not have.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    const VERSION: &[u8] = &[INTEGER, 1, 3, SEQUENCE];
    // pkcs-7 (RFC 2315, section 14).
    const CONTENT: &[u8] = &[
        OBJECT_IDENTIFIER,
        9,
        0x2a,
        0x86,
        0x48,
        0x86,
        0xf7,
        0x0d,
        1,
        7,
    ];
    let start = bytes.get(..32).unwrap_or_default();
    let has = |wanted: &[u8]| start.windows(wanted.len()).any(|part| part == wanted);
    start.first() == Some(&SEQUENCE) && has(VERSION) && has(CONTENT)
}

/// What something in DER is, by its outline.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outline<'a> {
    /// A public key, and the object identifier of its kind, if it says one.
    Public(Option<&'a [u8]>),
    /// A private key, likewise.
    Private(Option<&'a [u8]>),
    /// A private key that a password locks up.
    Encrypted,
    /// A certificate, or a request for one.
    Certificate,
}

/// Returns what this is, if it is one of the forms that keys are kept in.
pub(super) fn outline(der: &[u8]) -> Option<Outline<'_>> {
    outline_of_elements(sequence(der)?)
}

/// The same of what a DER begins with, whatever follows it.
pub(super) fn outline_of_first(bytes: &[u8]) -> Option<Outline<'_>> {
    let content = Reader::new(bytes).take(SEQUENCE)?;
    outline_of_elements(Reader::new(content))
}

fn outline_of_elements(mut elements: Reader<'_>) -> Option<Outline<'_>> {
    match elements.next()? {
        (SEQUENCE, first) => outline_of_algorithm_first(first, elements),
        (INTEGER, _) => outline_of_number_first(elements),
        _ => None,
    }
}

fn outline_of_algorithm_first<'a>(first: &'a [u8], mut rest: Reader<'a>) -> Option<Outline<'a>> {
    let (tag, _) = Reader::new(first).next()?;
    match (tag, rest.next()?.0) {
        // RFC 5280, section 4.1: SubjectPublicKeyInfo.
        (OBJECT_IDENTIFIER, BIT_STRING) => Some(Outline::Public(kind(first))),
        // RFC 5958, section 3: EncryptedPrivateKeyInfo.
        (OBJECT_IDENTIFIER, OCTET_STRING) => Some(Outline::Encrypted),
        // RFC 5280, section 4.1, and RFC 2986, section 4: what is signed, then the algorithm.
        (CONTEXT_0 | INTEGER, SEQUENCE) => Some(Outline::Certificate),
        _ => None,
    }
}

fn outline_of_number_first(mut rest: Reader<'_>) -> Option<Outline<'_>> {
    match rest.next()? {
        // RFC 5958, section 2: OneAsymmetricKey, which PKCS#8 was called.
        (SEQUENCE, algorithm) => {
            rest.take(OCTET_STRING)?;
            Some(Outline::Private(kind(algorithm)))
        }
        // RFC 5915, section 3: ECPrivateKey, which need not name its curve.
        (OCTET_STRING, _) => {
            let curve = match rest.next() {
                Some((CONTEXT_0, curve)) => Reader::new(curve).take(OBJECT_IDENTIFIER),
                _ => None,
            };
            Some(Outline::Private(curve))
        }
        // RFC 8017, appendices A.1.1 and A.1.2.
        (INTEGER, _) if rest.is_empty() => Some(Outline::Public(Some(RSA))),
        (INTEGER, _) => rest.take(INTEGER).map(|_| Outline::Private(Some(RSA))),
        _ => None,
    }
}

/// Returns the object identifier that tells the kind of key out of the identifier of an algorithm.
fn kind(algorithm: &[u8]) -> Option<&[u8]> {
    let mut elements = Reader::new(algorithm);
    match elements.take(OBJECT_IDENTIFIER)? {
        EC => elements.take(OBJECT_IDENTIFIER),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_two_numbers_of_a_public_key_and_nothing_around_them() {
        let good = [0x30, 8, 2, 2, 0, 0x81, 2, 2, 1, 3];
        assert_eq!(rsa_numbers(&good), Some((&[0x81][..], &[1, 3][..])));
        for bad in [
            &good[..9],
            &[&good[..], &[0]].concat(),
            &[0x31, 8, 2, 2, 0, 0x81, 2, 2, 1, 3],
            &[0x30, 8, 2, 2, 0, 0x81, 4, 2, 1, 3],
            &[0x30, 7, 2, 1, 0x81, 2, 2, 1, 3],
            &[0x30, 4, 2, 2, 0, 0x81],
            &[0x30, 11, 2, 2, 0, 0x81, 2, 2, 1, 3, 2, 1, 1],
            &[0x30, 0x80, 2, 2, 0, 0x81, 2, 2, 1, 3, 0, 0],
            &[0x30, 0x84, 0, 0, 0, 8, 2, 2, 0, 0x81, 2, 2, 1, 3],
            &[0x30, 0x82, 1],
            &[],
        ] {
            assert_eq!(rsa_numbers(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn reads_lengths_of_several_bytes() {
        for length in [127_usize, 128, 255, 256, 70_000] {
            let content = vec![1; length];
            let bytes = length.to_be_bytes();
            let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
            let mut der = vec![INTEGER];
            if length >= 128 {
                der.push(0x80 | u8::try_from(bytes.len() - skipped).unwrap());
            }
            der.extend(&bytes[skipped..]);
            der.extend(&content);
            assert_eq!(Reader::new(&der).number(), Some(&content[..]), "{length}");
            assert_eq!(Reader::new(&der[..der.len() - 1]).number(), None);
        }
    }

    #[test]
    fn tells_the_forms_of_keys_apart() {
        let (number, bits, bytes) = (&[2, 1, 1][..], &[3, 2, 0, 7][..], &[4, 1, 7][..]);
        let ed25519 = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70][..];
        let explicit = &[0x30, 11, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x30, 0][..];
        let inner = &[0x30, 3, 2, 1, 1][..];
        let versioned = &[0x30, 5, 0xa0, 3, 2, 1, 2][..];
        let curve = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 34][..];
        let kind = Some(&[0x2b, 0x65, 0x70][..]);
        let p384 = Some(&[0x2b, 0x81, 4, 0, 34][..]);
        for (parts, expected) in [
            (&[ed25519, bits][..], Some(Outline::Public(kind))),
            (&[explicit, bits], Some(Outline::Public(None))),
            (&[number, ed25519, bytes], Some(Outline::Private(kind))),
            (&[number, bytes, curve], Some(Outline::Private(p384))),
            (&[number, bytes, bits], Some(Outline::Private(None))),
            (&[number, bytes], Some(Outline::Private(None))),
            (&[number, number], Some(Outline::Public(Some(RSA)))),
            (&[number, number, number], Some(Outline::Private(Some(RSA)))),
            (&[ed25519, bytes], Some(Outline::Encrypted)),
            (&[versioned, ed25519, bits], Some(Outline::Certificate)),
            (&[inner, ed25519, bits], Some(Outline::Certificate)),
            (&[], None),
            (&[number], None),
            (&[ed25519], None),
            (&[ed25519, number], None),
            (&[bytes, number], None),
            (&[number, ed25519, number], None),
            (&[number, number, bytes], None),
            (&[number, bits], None),
        ] {
            let content = parts.concat();
            let der = [&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat();
            assert_eq!(outline(&der), expected, "{parts:?}");
            assert_eq!(outline(&[&der[..], &[0]].concat()), None);
        }
    }
}
