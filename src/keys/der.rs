//! As much of DER (X.690) as tells two numbers apart.

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

/// What is left of the elements of a sequence.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    const fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    /// Returns the tag and the content of the next element.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.rest.split_first()?;
        let (first, rest) = rest.split_first()?;
        // X.690, section 8.1.3: a length under 128 is one byte, and of a longer one the first byte says
        // how many follow. No key is longer than three can say.
        let (length, rest) = match *first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
                let length = bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some((*tag, content))
    }

    fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next()
            .and_then(|(tag, content)| (tag == wanted).then_some(content))
    }

    /// Returns a number that is not negative, without the zero byte before a high bit.
    fn number(&mut self) -> Option<&'a [u8]> {
        let number = self.take(INTEGER)?;
        match number {
            [0, rest @ ..] => Some(rest),
            [first, ..] if *first < 0x80 => Some(number),
            _ => None,
        }
    }

    const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Returns the elements of the one sequence that this is.
fn sequence(der: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader::new(der);
    let content = reader.take(SEQUENCE)?;
    reader.is_empty().then(|| Reader::new(content))
}

/// Returns modulus and exponent of a PKCS#1 RSAPublicKey (RFC 8017, appendix A.1.1).
pub(super) fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut elements = sequence(der)?;
    let numbers = (elements.number()?, elements.number()?);
    elements.is_empty().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_two_numbers_of_a_public_key_and_nothing_around_them() {
        let good = [0x30, 8, 2, 2, 0, 0x81, 2, 2, 1, 3];
        assert_eq!(rsa_numbers(&good), Some((&[0x81][..], &[1, 3][..])));
        for bad in [
            &good[..9],
            &[&good[..], &[0]].concat(),
            &[0x31, 8, 2, 2, 0, 0x81, 2, 2, 1, 3],
            &[0x30, 8, 2, 2, 0, 0x81, 4, 2, 1, 3],
            &[0x30, 7, 2, 1, 0x81, 2, 2, 1, 3],
            &[0x30, 4, 2, 2, 0, 0x81],
            &[0x30, 11, 2, 2, 0, 0x81, 2, 2, 1, 3, 2, 1, 1],
            &[0x30, 0x80, 2, 2, 0, 0x81, 2, 2, 1, 3, 0, 0],
            &[0x30, 0x84, 0, 0, 0, 8, 2, 2, 0, 0x81, 2, 2, 1, 3],
            &[0x30, 0x82, 1],
            &[],
        ] {
            assert_eq!(rsa_numbers(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn reads_lengths_of_several_bytes() {
        for length in [127_usize, 128, 255, 256, 70_000] {
            let content = vec![1; length];
            let bytes = length.to_be_bytes();
            let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
            let mut der = vec![INTEGER];
            if length >= 128 {
                der.push(0x80 | u8::try_from(bytes.len() - skipped).unwrap());
            }
            der.extend(&bytes[skipped..]);
            der.extend(&content);
            assert_eq!(Reader::new(&der).number(), Some(&content[..]), "{length}");
            assert_eq!(Reader::new(&der[..der.len() - 1]).number(), None);
        }
    }
}
