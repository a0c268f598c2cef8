//! Decoding of secrets, so that no part of them is left behind, also where it fails halfway.

use base64::Engine;
use zeroize::Zeroizing;

use crate::alphabet::Alphabet;

/// Decodes base64 with this alphabet.
pub(super) fn decode(alphabet: &Alphabet, text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = alphabet.decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// Collects bytes in a place that has room for all of them.
pub(super) fn collect(most: usize, bytes: impl Iterator<Item = u8>) -> Zeroizing<Vec<u8>> {
    let mut collected = Zeroizing::new(Vec::with_capacity(most));
    collected.extend(bytes.take(most));
    collected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alphabet::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use crate::fuzzing::naive_base64url;

    /// What the other alphabet has at the same place; its own two letters are none.
    fn in_other_alphabet(text: &[u8]) -> Vec<u8> {
        let letter = |byte: &u8| match byte {
            b'+' => b'-',
            b'/' => b'_',
            b'-' | b'_' => b'*',
            other => *other,
        };
        text.iter().map(letter).collect()
    }

    fn assert_strict(text: &[u8]) {
        let read = |alphabet| decode(alphabet, text).map(|bytes| bytes.to_vec());
        assert_eq!(read(&URL_SAFE_NO_PAD), naive_base64url(text), "{text:?}");
        let other = in_other_alphabet(text);
        assert_eq!(read(&STANDARD_NO_PAD), naive_base64url(&other), "{text:?}");
        // RFC 4648, section 3.2: with padding there are always four.
        let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
        let bare = &other[..other.len() - padding.min(2)];
        let padded = naive_base64url(bare).filter(|_| text.len().is_multiple_of(4));
        assert_eq!(read(&STANDARD), padded, "{text:?}");
    }

    #[test]
    fn every_alphabet_is_read_in_one_form_only() {
        for length in (0..24).chain([64, 66, 67, 96, 98, 128, 131, 192]) {
            for (letters, end) in [(b"Az09-_", "A"), (b"Az09+/", "A"), (b"Az09+z", "B")] {
                let letters = letters.iter().cycle().take(length).copied();
                let letters: Vec<u8> = letters.chain(end.bytes()).collect();
                for ending in [
                    "", "=", "==", "===", "A=", "A==", " ", "\n", "=A", "B==", "Q==",
                ] {
                    assert_strict(&[&letters, ending.as_bytes()].concat());
                }
                for place in 0..length {
                    for other in *b"B=*\x80" {
                        let mut text = letters.clone();
                        text[place] = other;
                        assert_strict(&text);
                    }
                }
            }
        }
    }
}
