//! PEM sections (RFC 7468), read here so that every copy of a private key is wiped.

use zeroize::Zeroizing;

use super::error::KeyError;
use super::wiped;

/// Returns the bytes of the first section with one of these labels, and its label.
pub(super) fn section<'a>(
    pem: &[u8],
    labels: &[&'a str],
) -> Result<(&'a str, Zeroizing<Vec<u8>>), KeyError> {
    let is_private = labels.contains(&"PRIVATE KEY");
    let mut rest = std::str::from_utf8(pem).map_err(|_| no_text(pem))?;
    let mut other = None;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after
            .split_once("-----")
            .ok_or(KeyError::Malformed("an open PEM label"))?;
        let (body, after) = after
            .split_once("-----END ")
            .ok_or(KeyError::Malformed("an open PEM section"))?;
        rest = after;
        let is_encrypted = label == "ENCRYPTED PRIVATE KEY" || body.contains("ENCRYPTED");
        if is_encrypted && is_private {
            return Err(KeyError::Encrypted);
        }
        if let Some(label) = labels.iter().find(|wanted| **wanted == label) {
            let end = after.strip_prefix(label);
            if !end.is_some_and(|end| end.starts_with("-----")) {
                return Err(KeyError::Malformed(
                    "a PEM section ends under another label",
                ));
            }
            return Ok((label, decode(body)?));
        }
        other = other.or((!label.ends_with("PARAMETERS")).then_some(label));
    }
    Err(match other {
        Some(label) => another(label, is_private),
        None => no_section(pem),
    })
}

/// Says what a section is whose label is none of those that are wanted.
fn another(label: &str, is_private: bool) -> KeyError {
    if label.ends_with("CERTIFICATE") {
        KeyError::Certificate
    } else if label == "OPENSSH PRIVATE KEY" {
        KeyError::NoPemSection("a private key as OpenSSH writes it")
    } else if label.ends_with("PRIVATE KEY") && !is_private {
        KeyError::PrivateKey
    } else if label.ends_with("PUBLIC KEY") && is_private {
        KeyError::PublicKey
    } else {
        KeyError::NoPemSection("a section of another kind")
    }
}

/// Says what a text without any section is.
fn no_section(text: &[u8]) -> KeyError {
    let text = text.trim_ascii();
    KeyError::NoPemSection(match text {
        [] => "an empty text",
        [b'{', ..] => "JSON, which from_jwk reads",
        _ if text.starts_with(b"ssh-") => "a public key as OpenSSH writes it",
        _ => "no PEM at all",
    })
}

/// Says what it is that is not even text.
fn no_text(bytes: &[u8]) -> KeyError {
    if bytes.first() == Some(&0x30) {
        KeyError::NoPemSection("DER, which from_der reads")
    } else {
        KeyError::Malformed("not a text")
    }
}

fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // What variables of an environment are given by some tools.
    if body.contains("\\n") {
        return Err(KeyError::Malformed(
            "its line breaks are written as a backslash and an n",
        ));
    }
    let base64 = without_white_space(body.as_bytes());
    wiped::decode(&base64_simd::STANDARD, &base64).ok_or(KeyError::Malformed("not base64"))
}

/// Joins the lines of a text, in memory that is wiped.
pub(super) fn without_white_space(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    joined.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    joined
}

/// Writes a private key in PKCS#8, in memory that is wiped.
pub(super) fn private(der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(base64_simd::STANDARD.encode_to_string(der));
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
        section(pem.as_bytes(), &["PUBLIC KEY", "RSA PUBLIC KEY"])
            .map(|(label, bytes)| (label, bytes.to_vec()))
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
            "-----BEGIN PUBLIC KEY",
            "-----BEGIN PUBLIC KEY-----\nAQID",
            "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQI*\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQI\n-----END PUBLIC KEY-----",
        ] {
            assert!(matches!(read(bad), Err(KeyError::Malformed(_))), "{bad}");
        }
        let no_section = |found| Err(KeyError::NoPemSection(found));
        for (other, found) in [
            (" \n", no_section("an empty text")),
            ("AQID", no_section("no PEM at all")),
            ("{\"kty\":\"EC\"}", no_section("JSON, which from_jwk reads")),
            (
                "ssh-ed25519 AAAA anna@desk",
                no_section("a public key as OpenSSH writes it"),
            ),
            (&pem("X"), no_section("a section of another kind")),
            (&pem("EC PARAMETERS"), no_section("no PEM at all")),
            (
                &pem("OPENSSH PRIVATE KEY"),
                no_section("a private key as OpenSSH writes it"),
            ),
            (&pem("CERTIFICATE"), Err(KeyError::Certificate)),
            (&pem("TRUSTED CERTIFICATE"), Err(KeyError::Certificate)),
            (&pem("EC PRIVATE KEY"), Err(KeyError::PrivateKey)),
            (
                &[pem("EC PARAMETERS"), pem("EC PRIVATE KEY")].concat(),
                Err(KeyError::PrivateKey),
            ),
            (
                "-----BEGIN PUBLIC KEY-----\\nAQID\\n-----END PUBLIC KEY-----",
                Err(KeyError::Malformed(
                    "its line breaks are written as a backslash and an n",
                )),
            ),
        ] {
            assert_eq!(read(other), found, "{other}");
        }
        let der = section(&[0x30, 0x82, 1, 0xff], &["PUBLIC KEY"]).map(drop);
        assert_eq!(
            der,
            Err(KeyError::NoPemSection("DER, which from_der reads"))
        );
        let bytes = section(&[0xff], &["PUBLIC KEY"]).map(drop);
        assert_eq!(bytes, Err(KeyError::Malformed("not a text")));
        let private = |label: &str| section(pem(label).as_bytes(), &["PRIVATE KEY"]).map(drop);
        assert_eq!(private("PUBLIC KEY"), Err(KeyError::PublicKey));
        assert_eq!(private("RSA PUBLIC KEY"), Err(KeyError::PublicKey));
        assert_eq!(private("CERTIFICATE"), Err(KeyError::Certificate));
        let of_another_kind = Err(KeyError::NoPemSection("a section of another kind"));
        assert_eq!(private("DSA PRIVATE KEY"), of_another_kind);
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----";
        let private = section(encrypted.as_bytes(), &["PRIVATE KEY"]);
        assert_eq!(private.map(drop), Err(KeyError::Encrypted));
        let public = "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----";
        assert!(read(&format!("{encrypted}\n{public}")).is_ok());
    }
}
