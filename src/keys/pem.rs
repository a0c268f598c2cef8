//! PEM sections (RFC 7468), read here so that every copy of a private key is wiped.

use zeroize::Zeroizing;

use super::error::KeyError;

/// Returns the bytes of the first section with one of these labels, and its label.
pub(super) fn section<'a>(
    pem: &[u8],
    labels: &[&'a str],
) -> Result<(&'a str, Zeroizing<Vec<u8>>), KeyError> {
    const WANTED: &str = "a public key (PUBLIC KEY, RSA PUBLIC KEY) to verify with, or a private \
                          key (PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY) to sign with";
    let mut rest = std::str::from_utf8(pem).map_err(|_| KeyError::Malformed("not a text"))?;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after
            .split_once("-----")
            .ok_or(KeyError::Malformed("an open PEM label"))?;
        let (body, after) = after
            .split_once("-----END ")
            .ok_or(KeyError::Malformed("an open PEM section"))?;
        rest = after;
        let is_encrypted = label == "ENCRYPTED PRIVATE KEY" || body.contains("ENCRYPTED");
        if is_encrypted && labels.contains(&"PRIVATE KEY") {
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
    }
    Err(KeyError::NoPemSection(WANTED))
}

fn decode(body: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let base64 = without_white_space(body.as_bytes());
    base64_simd::STANDARD
        .decode_to_vec(base64.as_slice())
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Malformed("not base64"))
}

/// Joins the lines of a text, in memory that is wiped.
fn without_white_space(text: &[u8]) -> Zeroizing<Vec<u8>> {
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

/// Tells whether this text has a PEM section anywhere in it.
pub(super) fn looks_like_pem(bytes: &[u8]) -> bool {
    bytes.windows(10).any(|part| part == b"-----BEGIN")
}

/// Tells whether a SubjectPublicKeyInfo says id-RSASSA-PSS, and so forbids the older padding (RFC
/// 4055, section 1.2).
pub(super) fn is_pss_only(der: &[u8]) -> bool {
    const ID_RSASSA_PSS: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    // It stands right at the beginning, behind the lengths of two sequences.
    let start = der.get(..24).unwrap_or(der);
    start
        .windows(ID_RSASSA_PSS.len())
        .any(|part| part == ID_RSASSA_PSS)
}

/// Tells whether this begins as a certificate of X.509 does, with a version in it (RFC 5280, section
/// 4.1).
pub(super) fn is_certificate(der: &[u8]) -> bool {
    const VERSION: [u8; 4] = [0xa0, 3, 2, 1];
    // It stands right at the beginning, behind the lengths of two sequences.
    let start = der.get(..16).unwrap_or(der);
    start.windows(VERSION.len()).any(|part| part == VERSION)
}

/// Returns what a text stands for in each of the ways to write bytes that can be read so, broken into
/// lines or not.
pub(super) fn decodings(text: &[u8]) -> impl Iterator<Item = Zeroizing<Vec<u8>>> {
    let joined = without_white_space(text);
    let padding = joined
        .iter()
        .rev()
        .take_while(|byte| **byte == b'=')
        .count();
    let (unpadded, _) = joined.split_at(joined.len().saturating_sub(padding));
    let decoded = [
        base64_simd::STANDARD_NO_PAD.decode_to_vec(unpadded).ok(),
        base64_simd::URL_SAFE_NO_PAD.decode_to_vec(unpadded).ok(),
        hexadecimal(&joined),
    ];
    decoded.into_iter().flatten().map(Zeroizing::new)
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(digit(high)? << 4 | digit(low)?).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pem: &str) -> Result<(&'static str, Vec<u8>), KeyError> {
        section(pem.as_bytes(), &["PUBLIC KEY", "RSA PUBLIC KEY"])
            .map(|(label, bytes)| (label, bytes.to_vec()))
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
        for other in ["", "AQID", "-----BEGIN X-----\nAQID\n-----END X-----"] {
            assert!(
                matches!(read(other), Err(KeyError::NoPemSection(_))),
                "{other}"
            );
        }
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----";
        let private = section(encrypted.as_bytes(), &["PRIVATE KEY"]);
        assert_eq!(private.map(drop), Err(KeyError::Encrypted));
        let public = "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----";
        assert!(read(&format!("{encrypted}\n{public}")).is_ok());
    }
}
