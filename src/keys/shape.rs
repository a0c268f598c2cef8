//! In which form a text or some bytes are that turned out to be no key in the form that was expected. It is told by their
//! shape.

use zeroize::Zeroizing;

use super::der::{is_pkcs12, outline_of_first};
use super::form::Form;
use super::stand_in;
use super::wiped;
use crate::alphabet::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How the name of a key of SSH begins (RFC 4253, section 6.6; RFC 5656, section 6.2).
const SSH: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"];

/// A path is not longer, wherever it is written.
const LONGEST_PATH: usize = 260;

/// Tells in which form this is.
pub(super) fn of(bytes: &[u8]) -> Form {
    if outline_of_first(bytes).is_some() {
        return Form::Der;
    }
    if is_pkcs12(bytes) {
        return Form::Pkcs12;
    }
    if is_utf16(bytes) {
        return Form::Utf16;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => of_text(text),
        // What is written in front of a key may be in any encoding.
        Err(_) if bytes.windows(11).any(|part| part == b"-----BEGIN ") => Form::Pem,
        Err(_) => Form::Unknown,
    }
}

fn of_text(text: &str) -> Form {
    let text = stand_in::trimmed(text);
    let is_ssh = |word: &str| SSH.iter().any(|name| word.starts_with(name));
    if let Some(form) = stand_in::of_text(text) {
        form
    } else if text.starts_with(['{', '[']) {
        of_json(text)
    } else if text.contains("-----BEGIN ") {
        Form::Pem
    } else if text.contains("-- BEGIN SSH2 PUBLIC KEY") || text.split(' ').any(is_ssh) {
        Form::SshPublicKey
    } else if text.contains("BEGIN ") && (text.contains("KEY") || text.contains("CERTIFICATE")) {
        Form::Dashes
    } else if text.starts_with('<') {
        Form::Markup
    } else {
        of_base64(text).unwrap_or_else(|| of_word(text))
    }
}

fn of_json(text: &str) -> Form {
    let has = |name| text.contains(name);
    if has("-----BEGIN ") && !has("PRIVATE KEY-----") {
        Form::PemMap
    } else if has("\"jwks_uri\"") {
        Form::Metadata
    } else if has("\"keys\"") {
        Form::JwkSet
    } else if has("\"kty\"") {
        Form::Jwk
    } else {
        Form::Json
    }
}

/// Looks into what may be base64 of either kind, padded or not.
fn of_base64(text: &str) -> Option<Form> {
    let mut joined = without_white_space(text.as_bytes());
    while joined.last() == Some(&b'=') {
        joined.pop();
    }
    let decoded = wiped::decode(&STANDARD_NO_PAD, &joined)
        .or_else(|| wiped::decode(&URL_SAFE_NO_PAD, &joined))?;
    if is_pkcs12(&decoded) {
        return Some(Form::Pkcs12);
    }
    // Also if it is cut short: every key in DER begins with a sequence, and no word does that is base64 by chance.
    if decoded.first() == Some(&0x30) && decoded.len() > 16 {
        return Some(Form::Body);
    }
    let inside = std::str::from_utf8(&decoded).ok()?;
    let is_key = inside.contains("-----BEGIN ") || inside.contains("\"kty\"");
    is_key.then_some(Form::Base64)
}

/// Here less than the whole tells what it is: it is no key, and the question is only what to say.
fn of_word(text: &str) -> Form {
    let is_line = !text.contains('\n') && text.len() <= LONGEST_PATH;
    if is_line && (text.starts_with('$') || (text.starts_with('%') && text.ends_with('%'))) {
        Form::Variable
    } else if is_line && (text.contains(['/', '\\']) || stand_in::has_extension(text)) {
        Form::Path
    } else if is_hexadecimal(text) {
        Form::Hexadecimal
    } else if text.contains(|letter: char| letter.is_control() && !letter.is_whitespace()) {
        Form::Unknown
    } else {
        Form::Text
    }
}

/// As many digits as the shortest key has, whatever stands between them.
fn is_hexadecimal(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut count = 0_usize;
    let is_one = |letter: char| {
        count = count.saturating_add(usize::from(letter.is_ascii_hexdigit()));
        letter.is_ascii_hexdigit() || letter == ':' || letter.is_whitespace()
    };
    digits.chars().all(is_one) && count >= 64
}

/// Tells whether this is ASCII with a zero in front of or behind each character, but for a mark in front of all.
fn is_utf16(bytes: &[u8]) -> bool {
    let (units, rest) = bytes.as_chunks::<2>();
    let letters = units.get(1..).unwrap_or_default();
    let is_letter = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let little = letters
        .iter()
        .all(|[low, high]| *high == 0 && is_letter(low));
    let big = letters
        .iter()
        .all(|[high, low]| *high == 0 && is_letter(low));
    letters.len() > 4 && rest.is_empty() && (little || big)
}

/// Joins the lines of a text, in memory that is wiped.
pub(super) fn without_white_space(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    joined.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    joined
}
