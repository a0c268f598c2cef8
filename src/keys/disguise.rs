//! Whether a secret is a key, in one of the forms that lie around in configurations: as it is, or encoded, quoted and
//! encoded again. It is told by its shape, so that keys which could not be loaded are known too.

use zeroize::Zeroizing;

use super::components::Checked;
use super::der;
use super::shape::without_white_space;
use super::wiped;
use crate::algorithm::Family;
use crate::alphabet::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How often something that was decoded is decoded once more: base64 of a quoted PEM takes three.
const DECODINGS: usize = 3;

/// What has as many bytes as a secret of 256 bits is no DER of a key, though it may begin like one.
const SHORTEST_DER: usize = 33;

/// The names of key types of SSH (RFC 4253, section 6.6; RFC 5656, section 6.2), each to be followed by more.
const SSH: [&[u8]; 4] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-sha2-"];

/// Tells whether a secret is a key.
pub(super) fn is_key(secret: &[u8]) -> bool {
    is_key_within(secret, DECODINGS)
}

fn is_key_within(bytes: &[u8], decodings: usize) -> bool {
    let text = trimmed(bytes);
    // The last bytes of a key may be those that end a line.
    let whole = [bytes, bytes.trim_ascii_start(), text];
    if whole.into_iter().any(is_plain_key) || is_modulus(text) {
        return true;
    }
    let Some(left) = decodings.checked_sub(1) else {
        return false;
    };
    decoded(text).any(|bytes| is_key_within(&bytes, left))
}

/// Without white space, nor what else may be left of a line or a buffer.
fn trimmed(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., 0 | b' ' | b'\t' | b'\r' | b'\n'] = text {
        text = rest;
    }
    text.trim_ascii_start()
}

/// Tells whether this is a key without any encoding around it.
fn is_plain_key(bytes: &[u8]) -> bool {
    is_pem(bytes) || is_ssh(bytes) || is_jwk(bytes) || is_der(bytes) || is_point(bytes)
}

/// RFC 7468, section 2, and RFC 4716, section 3.2, which puts a space behind four dashes.
fn is_pem(text: &[u8]) -> bool {
    let marks = [&b"-----BEGIN"[..], b"---- BEGIN"];
    text.windows(10).any(|part| marks.contains(&part))
}

/// A line of OpenSSH, whatever options stand in front of it, or what such a line has in base64.
fn is_ssh(bytes: &[u8]) -> bool {
    let begins = |bytes: &[u8]| SSH.iter().any(|name| bytes.starts_with(name));
    let blob = bytes.split_first_chunk::<4>();
    let is_blob = blob.is_some_and(|(length, rest)| length.starts_with(&[0, 0, 0]) && begins(rest));
    let mut words = bytes.split(u8::is_ascii_whitespace);
    is_blob || begins(bytes) || words.any(begins)
}

/// A JWK, a set of them, or a list.
fn is_jwk(text: &[u8]) -> bool {
    let is_json = matches!(text.first(), Some(b'{' | b'['));
    is_json && text.windows(5).any(|part| part == b"\"kty\"")
}

fn is_der(der: &[u8]) -> bool {
    // Whatever follows: a line end of the file, or the padding of a buffer.
    der.len() >= SHORTEST_DER
        && (der::outline_of_first(der).is_some()
            || begins_as_certificate(der)
            || der::is_pkcs12(der))
}

/// RFC 5280, section 4.1: a version in the first bytes of what is signed.
fn begins_as_certificate(der: &[u8]) -> bool {
    const VERSION: [u8; 4] = [0xa0, 3, 2, 1];
    // It stands right at the beginning, behind the lengths of two sequences.
    let start = der.get(..16).unwrap_or(der);
    der.first() == Some(&0x30) && start.windows(VERSION.len()).any(|part| part == VERSION)
}

/// A point of a curve that is not compressed. Of random bytes hardly any lie on a curve.
fn is_point(bytes: &[u8]) -> bool {
    bytes.first() == Some(&4)
        && Family::all().any(|family| match family {
            Family::Ec(curve) => {
                bytes.len() == curve.size.saturating_mul(2).saturating_add(1)
                    && Checked::from_der(family, bytes).is_ok()
            }
            Family::Rsa | Family::Ed25519 | Family::MlDsa(_) => false,
        })
}

/// The `n` of a JWK: base64url without padding, of 2048 bits or more, and divisible by no small prime, as most random
/// numbers are.
fn is_modulus(text: &[u8]) -> bool {
    let Some(number) = wiped::decode(&URL_SAFE_NO_PAD, text) else {
        return false;
    };
    let fits = matches!(number.len(), 256 | 384 | 512 | 1024);
    let is_full = number.first().is_some_and(|byte| *byte >= 0x80);
    fits && is_full && (2..2_000).all(|divisor| !is_divisible(&number, divisor))
}

fn is_divisible(number: &[u8], divisor: u32) -> bool {
    let rest = number.iter().fold(0_u32, |rest, byte| {
        let next = rest << 8 | u32::from(*byte);
        next.checked_rem(divisor).unwrap_or_default()
    });
    rest == 0
}

/// What a text may have been before it was written like this.
fn decoded(text: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let joined = without_white_space(text);
    let padding = joined.iter().rev().take_while(|byte| **byte == b'=');
    let (unpadded, _) = joined.split_at(joined.len().saturating_sub(padding.count()));
    let forms = [
        wiped::decode(&STANDARD_NO_PAD, unpadded),
        wiped::decode(&URL_SAFE_NO_PAD, unpadded),
        hexadecimal(&joined),
        unquoted(text),
        from_utf16(text),
    ];
    forms.into_iter().flatten()
}

/// `3059..`, `0x3059..`, `30:59:..`.
fn hexadecimal(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let digits = text.iter().filter(|byte| **byte != b':').copied();
    let digits = wiped::collect(text.len(), digits);
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let is_hexadecimal = digits.iter().all(|byte| digit(*byte).is_some());
    let pairs = digits.chunks(2).filter_map(|pair| match pair {
        [high, low] => u8::try_from(digit(*high)? << 4 | digit(*low)?).ok(),
        _ => None,
    });
    is_hexadecimal.then(|| wiped::collect(text.len(), pairs))
}

/// As a shell or a configuration file has it, line ends written as escapes included.
fn unquoted(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let ([b'"', inside @ .., b'"'] | [b'\'', inside @ .., b'\'']) = text else {
        return None;
    };
    let mut rest = inside.iter();
    let plain = std::iter::from_fn(|| match rest.next()? {
        b'\\' => match rest.next()? {
            b'n' | b'r' => Some(b'\n'),
            escaped => Some(*escaped),
        },
        byte => Some(*byte),
    });
    Some(wiped::collect(inside.len(), plain))
}

/// ASCII with a zero in front of or behind each character, and perhaps a byte order mark.
fn from_utf16(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
    let (units, rest) = text.as_chunks::<2>();
    let is_marked = units.first().is_some_and(|unit| MARKS.contains(unit));
    let units = units.get(usize::from(is_marked)..).unwrap_or_default();
    // The zero of the last character may have been trimmed away.
    let last = rest.iter().copied().filter(|byte| *byte != 0);
    let little = units.iter().all(|[_, high]| *high == 0);
    let big = units.iter().all(|[high, _]| *high == 0);
    let characters = units
        .iter()
        .map(|[one, other]| if big { *other } else { *one });
    (!units.is_empty() && (little || big))
        .then(|| wiped::collect(text.len(), characters.chain(last)))
}
