//! What a text or some bytes are that turned out to be no key in the form that was expected.

use std::fmt;

use zeroize::Zeroizing;

use super::der::outline_of_first;
use super::wiped;
use crate::alphabet::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// In which form something was given where a key in another form was expected.
///
/// `Display` says what to do. Nothing of what was given is in it, but for the label of a PEM section.
///
/// # Examples
///
/// ```
/// use keycard::keys::{Form, KeyError};
/// use keycard::{Algorithm, VerifyingKey};
///
/// // A variable that holds where the key is, and not the key.
/// let setting = "/etc/desk/public.pem";
/// let error = VerifyingKey::from_pem(Algorithm::ES256, setting).err();
/// assert_eq!(error, Some(KeyError::OtherForm(Form::Path)));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Form {
    /// Nothing, or white space.
    Empty,
    /// The path of a file.
    Path,
    /// The address of something.
    Address,
    /// The name of a variable that nobody has replaced by its value, such as `${KEY}`.
    Variable,
    /// A PEM section with this label, which is none of a key.
    Section(String),
    /// PEM whose BEGIN and END lines have not five dashes on each side.
    Dashes,
    /// PEM whose line breaks are written as a backslash and an `n`.
    EscapedLineBreaks,
    /// The lines of a PEM section without its BEGIN and END line.
    Body,
    /// Base64 of a key that is a text itself.
    Base64,
    /// PEM, where JSON or DER was expected.
    Pem,
    /// DER, where a text was expected.
    Der,
    /// A JSON Web Key, where PEM, DER or a JWK Set was expected.
    Jwk,
    /// A JWK Set, where a single key was expected.
    JwkSet,
    /// An object of PEM texts by the `kid` of each, where a single key was expected.
    PemMap,
    /// The metadata of an issuer, which names the address of its JWK Set.
    Metadata,
    /// JSON of another kind.
    Json,
    /// A page in HTML or XML.
    Markup,
    /// A public key as OpenSSH writes it.
    SshPublicKey,
    /// A private key as OpenSSH writes it.
    SshPrivateKey,
    /// A request for a certificate.
    CertificateRequest,
    /// Text in UTF-16.
    Utf16,
    /// Nothing that is known.
    Unknown,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty text: look whether the file or the variable has something in it",
            Self::Path => "what looks like the path of a file: read the file first",
            Self::Address => "an address: fetch what is there first",
            Self::Variable => "the name of a variable, which nobody has replaced by its value",
            Self::Section(label) => {
                return write!(f, "a PEM section with the label {label}");
            }
            Self::Dashes => {
                "PEM whose BEGIN and END lines do not have five dashes on each side, as in \
                 -----BEGIN PUBLIC KEY-----"
            }
            Self::EscapedLineBreaks => {
                "PEM whose line breaks are written as a backslash and an n: put line breaks there, as \
                 `printf '%b'` does"
            }
            Self::Body => {
                "the lines of a PEM section without its BEGIN and END line: put them around it, or \
                 decode the base64 and give that to from_der"
            }
            Self::Base64 => "base64 of a key: decode it first, as `openssl base64 -d -A` does",
            Self::Pem => "PEM, which from_pem reads",
            Self::Der => "DER, which from_der reads",
            Self::Jwk => "a JSON Web Key, which from_jwk reads",
            Self::JwkSet => "a JWK Set, which KeySet::from_jwks reads",
            Self::PemMap => "PEM texts by the kid of each, which KeySet::from_jwks reads",
            Self::Metadata => "the metadata of an issuer: its keys are at the jwks_uri that it names",
            Self::Json => "JSON with something else in it: take the key out of it first",
            Self::Markup => "a page in HTML or XML",
            Self::SshPublicKey => {
                "a public key as OpenSSH writes it: `ssh-keygen -e -m PKCS8 -f FILE` prints it as PEM"
            }
            Self::SshPrivateKey => {
                "a private key as OpenSSH writes it: `ssh-keygen -p -m PKCS8 -f FILE` rewrites the file"
            }
            Self::CertificateRequest => {
                "a request for a certificate: `openssl req -noout -pubkey` prints the public key in it"
            }
            Self::Utf16 => "text in UTF-16, as PowerShell writes files: write it in UTF-8",
            Self::Unknown => "nothing that is known as one",
        })
    }
}

/// How the name of a key of SSH begins (RFC 4253, section 6.6; RFC 5656, section 6.2).
const SSH: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"];

/// A path is not longer, wherever it is written.
const LONGEST_PATH: usize = 260;

/// Tells in which form this is.
pub(super) fn of(bytes: &[u8]) -> Form {
    if outline_of_first(bytes).is_some() {
        return Form::Der;
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
    let marks = ['\u{feff}', '"', '\'', '\0'];
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || marks.contains(&letter));
    let is_ssh = |word: &str| SSH.iter().any(|name| word.starts_with(name));
    if text.is_empty() {
        Form::Empty
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
    // Also if it is cut short: every key in DER begins with a sequence, and no word does that is base64 by chance.
    if decoded.first() == Some(&0x30) && decoded.len() > 16 {
        return Some(Form::Body);
    }
    let inside = std::str::from_utf8(&decoded).ok()?;
    let is_key = inside.contains("-----BEGIN ") || inside.contains("\"kty\"");
    is_key.then_some(Form::Base64)
}

fn of_word(text: &str) -> Form {
    const ENDS: [&str; 10] = [
        ".pem", ".key", ".pub", ".crt", ".cer", ".der", ".p8", ".json", ".jwk", ".jwks",
    ];
    let is_variable = text.starts_with('$') || (text.starts_with('%') && text.ends_with('%'));
    if text.contains('\n') || text.len() > LONGEST_PATH {
        Form::Unknown
    } else if is_variable {
        Form::Variable
    } else if text.starts_with("http://") || text.starts_with("https://") {
        Form::Address
    } else if text.contains(['/', '\\']) || ENDS.iter().any(|end| text.ends_with(end)) {
        Form::Path
    } else {
        Form::Unknown
    }
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
