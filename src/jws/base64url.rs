//! base64url without padding, in its one canonical form (RFC 7515, section 2; RFC 4648, section 5).

use base64::Engine;

use crate::alphabet::URL_SAFE_NO_PAD;

/// How many characters are looked at in one go where the bytes are not wanted, and how many bytes these are.
const PIECE: usize = 1024;
const PIECE_BYTES: usize = 768;

/// The text was padded, had a character outside of the alphabet, or stray bits at its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotCanonical;

/// Bytes that lie on the stack up to `N` of them, and on the heap beyond.
pub(crate) struct Buffer<const N: usize> {
    inline: [u8; N],
    heap: Vec<u8>,
}

impl<const N: usize> Buffer<N> {
    pub(crate) fn new() -> Self {
        Self {
            inline: [0; N],
            heap: Vec::new(),
        }
    }

    /// Decodes `text` and returns the bytes, which lie in this buffer.
    pub(crate) fn decode(&mut self, text: &[u8]) -> Result<&[u8], NotCanonical> {
        if let Some(place) = self.inline.get_mut(..decoded_length(text)?) {
            into(text, place)?;
            Ok(place)
        } else {
            self.heap = decode(text)?;
            Ok(&self.heap)
        }
    }
}

/// Returns how many bytes so many characters are: a last one by itself has no whole byte in it.
fn decoded_length(text: &[u8]) -> Result<usize, NotCanonical> {
    let (fours, rest) = text.as_chunks::<4>();
    let more = match rest.len() {
        1 => return Err(NotCanonical),
        some => some.saturating_sub(1),
    };
    Ok(fours.len().saturating_mul(3).saturating_add(more))
}

/// Fills a place that has exactly the room for it.
fn into(text: &[u8], place: &mut [u8]) -> Result<(), NotCanonical> {
    match URL_SAFE_NO_PAD.decode_slice(text, place) {
        Ok(length) if length == place.len() => Ok(()),
        _ => Err(NotCanonical),
    }
}

pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, NotCanonical> {
    decode_behind(&[], text)
}

/// Decodes behind what there is already, in a place that has room for both and no more.
pub(crate) fn decode_behind(before: &[u8], text: &[u8]) -> Result<Vec<u8>, NotCanonical> {
    let whole = before.len().saturating_add(decoded_length(text)?);
    let mut bytes = Vec::with_capacity(whole);
    bytes.extend_from_slice(before);
    bytes.resize(whole, 0);
    let (_, place) = bytes.split_at_mut(before.len());
    into(text, place)?;
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
    let mut place = [0; PIECE_BYTES];
    // Four characters are three bytes, so no piece but the last one can have bits left over.
    text.chunks(PIECE).try_for_each(|piece| {
        let place = place.get_mut(..decoded_length(piece)?);
        into(piece, place.ok_or(NotCanonical)?)
    })
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
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
            let whole = base64::prelude::BASE64_URL_SAFE.encode(bytes);
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
