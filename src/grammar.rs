//! Grammar of HTTP that is needed in more than one place.

use std::time::Duration;

use http::HeaderName;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC};

/// What browsers say of where a request comes from and what it is for (W3C Fetch Metadata Request Headers, section 2).
pub(crate) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
pub(crate) const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What is left as it is in the value of a parameter: the unreserved characters of RFC 3986, section 2.3,
/// and the slash, which a query may have (section 3.4).
pub(crate) const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// What the protocol of gRPC leaves as it is in `grpc-message`: printable ASCII but the percent sign.
pub(crate) const GRPC_MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

/// Visible ASCII without the percent sign is left as it is.
pub(crate) const VISIBLE: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// RFC 9110, section 5.6.2: tchar.
pub(crate) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 9110, section 11.2: token68, which RFC 6750, section 2.1, calls b64token.
pub(crate) fn is_token68(text: &[u8]) -> bool {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let (body, _) = text.split_at(text.len().saturating_sub(padding));
    let fits = |byte| {
        matches!(
            byte,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/'
        )
    };
    // Without a way out in the middle of a piece, all of its bytes are compared at once.
    let mut pieces = body.chunks(64);
    !body.is_empty() && pieces.all(|piece| piece.iter().fold(true, |all, byte| all & fits(*byte)))
}

/// RFC 6749, section 3.3: scope-token.
pub(crate) fn is_scope_token(text: &str) -> bool {
    let fits = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(fits)
}

/// Headers have whole seconds. Rounded up, as a part of one is not none.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    let part = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token68_ends_with_its_padding() {
        for good in ["a", "a.b.c", "-._~+/", "a=", "a==", &"x".repeat(200)] {
            assert!(is_token68(good.as_bytes()), "{good}");
        }
        for bad in ["", "=", "a=b", "a b", "a,b", "é", "a\"", "\t"] {
            assert!(!is_token68(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        assert_eq!(whole_seconds(Duration::from_nanos(1)), 1);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::MAX), u64::MAX);
    }

    #[test]
    fn what_may_be_misread_is_encoded() {
        let encoded =
            |text: &str, set| percent_encoding::utf8_percent_encode(text, set).to_string();
        assert_eq!(encoded("a b%é\n", GRPC_MESSAGE), "a b%25%C3%A9%0A");
        assert_eq!(
            encoded("/a?b=c&d#é~", QUERY_VALUE),
            "/a%3Fb%3Dc%26d%23%C3%A9~"
        );
    }
}
