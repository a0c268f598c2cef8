//! PEM sections (RFC 7468), read here so that every copy of a private key is wiped.

use base64::Engine;
use zeroize::Zeroizing;

use super::error::KeyError;
use super::form::Form;
use super::shape::{self, without_white_space};
use super::wiped;
use crate::alphabet::STANDARD;

/// What is longer is no label that anybody gave, and is not shown.
const LONGEST_LABEL: usize = 40;

/// Which half of a key is looked for.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Half {
    Public,
    Private,
}

impl Half {
    /// Returns the labels of sections that have it, the better ones in front.
    const fn labels(self) -> &'static [&'static [&'static str]] {
        match self {
            // A key that stands there by itself is the one that is meant.
            Self::Public => &[&["PUBLIC KEY", "RSA PUBLIC KEY"], CERTIFICATES],
            Self::Private => &[&["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"]],
        }
    }
}

/// RFC 7468, section 5.1, and what OpenSSL called it once.
const CERTIFICATES: &[&str] = &["CERTIFICATE", "X509 CERTIFICATE"];

/// The sections of a text, one after the other: the label of each, its lines, and what follows them.
struct Sections<'a> {
    rest: &'a str,
}

struct Section<'a> {
    label: &'a str,
    body: &'a str,
    end: &'a str,
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<Section<'a>, KeyError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (_, after) = self.rest.split_once("-----BEGIN ")?;
        let Some((label, after)) = after.split_once("-----") else {
            return Some(Err(KeyError::OtherForm(Form::Dashes)));
        };
        let Some((body, end)) = after.split_once("-----END ") else {
            return Some(Err(if after.contains("END ") {
                KeyError::OtherForm(Form::Dashes)
            } else {
                KeyError::Malformed(
                    "a PEM section without its END line, as of a text that is cut short",
                )
            }));
        };
        self.rest = end;
        Some(Ok(Section { label, body, end }))
    }
}

/// Returns the label and the bytes of the first section with this half of a key.
pub(super) fn section(
    pem: &[u8],
    half: Half,
) -> Result<(&'static str, Zeroizing<Vec<u8>>), KeyError> {
    let form = shape::of(pem);
    if form != Form::Pem {
        return Err(KeyError::OtherForm(form));
    }
    let text = as_text(pem);
    for labels in half.labels() {
        for section in (Sections { rest: &text }) {
            let section = section?;
            if half == Half::Private && section.is_encrypted() {
                return Err(KeyError::Encrypted);
            }
            if let Some(label) = labels.iter().find(|label| **label == section.label) {
                return Ok((label, section.bytes()?));
            }
        }
    }
    let labels = (Sections { rest: &text })
        .flatten()
        .map(|section| section.label);
    // Those come in front of a key.
    let mut others = labels.filter(|label| !label.ends_with("PARAMETERS"));
    Err(another(others.next().unwrap_or_default(), half))
}

/// Returns the text, in memory that is wiped. All of a section is ASCII, and what stands around it does not matter.
fn as_text(pem: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(pem.len()));
    text.extend(pem.iter().map(|byte| {
        if byte.is_ascii() {
            char::from(*byte)
        } else {
            '?'
        }
    }));
    text
}

impl Section<'_> {
    fn is_encrypted(&self) -> bool {
        self.label == "ENCRYPTED PRIVATE KEY" || self.body.contains("ENCRYPTED")
    }

    fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let end = self.end.strip_prefix(self.label);
        if !end.is_some_and(|end| end.starts_with("-----")) {
            return Err(match self.end.strip_prefix(self.label) {
                Some(end) if end.starts_with('-') => KeyError::OtherForm(Form::Dashes),
                _ => KeyError::Malformed("a PEM section that ends under another label"),
            });
        }
        // What variables of an environment are given by some tools.
        if self.body.contains("\\n") {
            return Err(KeyError::OtherForm(Form::EscapedLineBreaks));
        }
        let base64 = without_white_space(self.body.as_bytes());
        wiped::decode(&STANDARD, &base64).ok_or(KeyError::Malformed(
            "not base64 between its BEGIN and END line",
        ))
    }
}

/// Says what a section is that has not this half of a key.
fn another(label: &str, half: Half) -> KeyError {
    let is_label = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let is_private = half == Half::Private;
    if label.ends_with("CERTIFICATE REQUEST") {
        KeyError::OtherForm(Form::CertificateRequest)
    } else if label.ends_with("CERTIFICATE") && is_private {
        KeyError::Certificate
    } else if label == "OPENSSH PRIVATE KEY" {
        KeyError::OtherForm(Form::SshPrivateKey)
    } else if label.ends_with("PRIVATE KEY") && !is_private {
        KeyError::PrivateKey
    } else if label.ends_with("PUBLIC KEY") && is_private {
        KeyError::PublicKey
    } else if (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_label) {
        KeyError::OtherForm(Form::Section(label.to_owned()))
    } else {
        KeyError::OtherForm(Form::Unknown)
    }
}

/// Writes a private key in PKCS#8, in memory that is wiped.
pub(super) fn private(der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(der));
    // Lines, each a little longer than the 64 characters they carry, and the two around them.
    let room = base64.len().saturating_mul(2).saturating_add(100);
    let mut pem = Zeroizing::new(String::with_capacity(room));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = base64.as_str();
    while let Some((line, after)) = rest.split_at_checked(64) {
        pem.push_str(line);
        pem.push('\n');
        rest = after;
    }
    if !rest.is_empty() {
        pem.push_str(rest);
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pem: &str) -> Result<(&'static str, Vec<u8>), KeyError> {
        section(pem.as_bytes(), Half::Public).map(|(label, bytes)| (label, bytes.to_vec()))
    }

    fn pem(label: &str) -> String {
        format!("-----BEGIN {label}-----\nAQID\n-----END {label}-----\n")
    }

    #[test]
    fn finds_the_first_section_that_is_wanted() {
        let pem = "a note\n-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n\
                   -----BEGIN PUBLIC KEY-----\r\nAQ\r\nID\r\n-----END PUBLIC KEY-----\n";
        assert_eq!(read(pem), Ok(("PUBLIC KEY", vec![1, 2, 3])));
    }

    #[test]
    fn refuses_what_is_open_broken_or_of_another_kind() {
        for bad in [
            "-----BEGIN PUBLIC KEY-----\nAQID",
            "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQI*\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQI\n-----END PUBLIC KEY-----",
        ] {
            assert!(matches!(read(bad), Err(KeyError::Malformed(_))), "{bad}");
        }
        let form = |form| Err(KeyError::OtherForm(form));
        let section_of = |label: &str| form(Form::Section(label.to_owned()));
        for (other, found) in [
            (" \n", form(Form::Empty)),
            ("-----BEGIN PUBLIC KEY", form(Form::Dashes)),
            ("AQID", form(Form::Text)),
            (&pem("X"), section_of("X")),
            (
                &pem("PGP PUBLIC KEY BLOCK"),
                section_of("PGP PUBLIC KEY BLOCK"),
            ),
            (&pem("eyJhbGciOiJIUzI1NiJ9"), form(Form::Unknown)),
            (&pem(&"A".repeat(41)), form(Form::Unknown)),
            (&pem("EC PARAMETERS"), form(Form::Unknown)),
            (&pem("OPENSSH PRIVATE KEY"), form(Form::SshPrivateKey)),
            (&pem("CERTIFICATE REQUEST"), form(Form::CertificateRequest)),
            (
                &pem("NEW CERTIFICATE REQUEST"),
                form(Form::CertificateRequest),
            ),
            (&pem("EC PRIVATE KEY"), Err(KeyError::PrivateKey)),
            (
                &[pem("EC PARAMETERS"), pem("EC PRIVATE KEY")].concat(),
                Err(KeyError::PrivateKey),
            ),
            (
                "-----BEGIN PUBLIC KEY-----\\nAQID\\n-----END PUBLIC KEY-----",
                form(Form::EscapedLineBreaks),
            ),
        ] {
            assert_eq!(read(other), found, "{other}");
        }
        let private = |label: &str| section(pem(label).as_bytes(), Half::Private).map(drop);
        assert_eq!(private("PUBLIC KEY"), Err(KeyError::PublicKey));
        assert_eq!(private("RSA PUBLIC KEY"), Err(KeyError::PublicKey));
        assert_eq!(private("CERTIFICATE"), Err(KeyError::Certificate));
        assert_eq!(private("TRUSTED CERTIFICATE"), Err(KeyError::Certificate));
        let dsa = Form::Section("DSA PRIVATE KEY".to_owned());
        assert_eq!(private("DSA PRIVATE KEY"), Err(KeyError::OtherForm(dsa)));
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----";
        let private = section(encrypted.as_bytes(), Half::Private);
        assert_eq!(private.map(drop), Err(KeyError::Encrypted));
        let public = "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----";
        assert!(read(&format!("{encrypted}\n{public}")).is_ok());
    }

    #[test]
    fn a_key_by_itself_goes_before_one_in_a_certificate() {
        let (certificate, key) = (pem("CERTIFICATE"), pem("PUBLIC KEY"));
        for both in [[certificate.as_str(), &key], [&key, &certificate]] {
            assert_eq!(
                read(&both.concat()).map(|(label, _)| label),
                Ok("PUBLIC KEY")
            );
        }
        let combined = [pem("PRIVATE KEY"), certificate].concat();
        assert_eq!(read(&combined).map(|(label, _)| label), Ok("CERTIFICATE"));
        let private = section(combined.as_bytes(), Half::Private);
        assert_eq!(private.map(|(label, _)| label), Ok("PRIVATE KEY"));
    }
}
