//! base64url without padding, in its one canonical form (RFC 7515, section 2; RFC 4648, section 5).

use std::mem::MaybeUninit;

use base64_simd::{AsOut, URL_SAFE_NO_PAD};

/// The text was padded, had a character outside of the alphabet, or stray bits at its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotCanonical;

/// Bytes that lie on the stack up to `N` of them, and on the heap beyond.
pub(crate) struct Buffer<const N: usize> {
    inline: [MaybeUninit<u8>; N],
    heap: Vec<u8>,
}

impl<const N: usize> Buffer<N> {
    pub(crate) fn new() -> Self {
        Self {
            inline: [MaybeUninit::uninit(); N],
            heap: Vec::new(),
        }
    }

    /// Decodes `text` and returns the bytes, which lie in this buffer.
    pub(crate) fn decode(&mut self, text: &[u8]) -> Result<&[u8], NotCanonical> {
        if URL_SAFE_NO_PAD.estimated_decoded_length(text.len()) <= N {
            URL_SAFE_NO_PAD
                .decode(text, self.inline.as_mut_slice().as_out())
                .map(|bytes| &*bytes)
                .map_err(|_| NotCanonical)
        } else {
            self.heap = decode(text)?;
            Ok(&self.heap)
        }
    }
}

pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, NotCanonical> {
    URL_SAFE_NO_PAD
        .decode_to_vec(text)
        .map_err(|_| NotCanonical)
}

/// Decodes behind what there is already, in a place that has room for both and no more.
pub(crate) fn decode_behind(before: &[u8], text: &[u8]) -> Result<Vec<u8>, NotCanonical> {
    let length = URL_SAFE_NO_PAD.decoded_length(text);
    let length = length.map_err(|_| NotCanonical)?;
    let mut bytes = Vec::with_capacity(before.len().saturating_add(length));
    bytes.extend_from_slice(before);
    URL_SAFE_NO_PAD
        .decode_append(text, &mut bytes)
        .map_err(|_| NotCanonical)?;
    Ok(bytes)
}

/// Takes off the padding of RFC 4648, section 3.2, if a text has exactly the padding that it needs.
pub(crate) fn without_padding(text: &[u8]) -> &[u8] {
    let ([bare @ .., b'=', b'='] | [bare @ .., b'=']) = text else {
        return text;
    };
    if text.len().is_multiple_of(4) {
        bare
    } else {
        text
    }
}

/// Tells whether [`decode`] would succeed, without making the bytes.
pub(crate) fn check(text: &[u8]) -> Result<(), NotCanonical> {
    URL_SAFE_NO_PAD.check(text).map_err(|_| NotCanonical)
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_exactly_what_it_would_write() {
        let alphabet: Vec<u8> = (0..=255).collect();
        for first in [b'A', b'_', b'=', b'+', b' '] {
            for second in &alphabet {
                for third in [None, Some(b'A'), Some(b'B'), Some(b'C'), Some(b'=')] {
                    let text: Vec<u8> = [Some(first), Some(*second), third]
                        .into_iter()
                        .flatten()
                        .collect();
                    let canonical =
                        decode(&text).is_ok_and(|bytes| encode(bytes).as_bytes() == text);
                    assert_eq!(decode(&text).is_ok(), canonical, "{text:?}");
                    assert_eq!(check(&text).is_ok(), canonical, "{text:?}");
                    assert_eq!(
                        Buffer::<8>::new().decode(&text).is_ok(),
                        canonical,
                        "{text:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn padding_is_taken_off_where_it_is_whole() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"abcd"] {
            let bare = encode(bytes);
            let whole = base64_simd::URL_SAFE.encode_to_string(bytes);
            assert_eq!(without_padding(whole.as_bytes()), bare.as_bytes());
            assert_eq!(without_padding(bare.as_bytes()), bare.as_bytes());
        }
        for bad in [
            "=", "==", "===", "====", "YQ=", "YQ===", "YWI==", "YWJj=", "YWJj==", "Y===",
        ] {
            assert!(decode(without_padding(bad.as_bytes())).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_text_goes_to_the_heap() {
        let bytes = [7; 100];
        let text = encode(bytes);
        assert_eq!(Buffer::<4>::new().decode(text.as_bytes()), Ok(&bytes[..]));
        assert_eq!(decode(b"A"), Err(NotCanonical));
        assert_eq!(decode(b""), Ok(vec![]));
        let both = decode_behind(b"before", text.as_bytes()).unwrap();
        assert_eq!(both, [&b"before"[..], &bytes[..]].concat());
        assert_eq!(both.capacity(), both.len(), "no room to spare");
        assert_eq!(decode_behind(b"before", b"A"), Err(NotCanonical));
    }
}
