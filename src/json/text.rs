//! The inside of JSON strings: from escapes to characters.

use std::borrow::Cow;

use serde::de::Visitor;

use super::error::Error;

/// Characters of a string whose escapes the scan has checked already.
pub(super) struct Unescaped<'a>(std::str::Chars<'a>);

impl<'a> Unescaped<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.chars())
    }

    fn unit(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | self.0.next()?.to_digit(16)?;
        }
        Some(unit)
    }
}

impl Iterator for Unescaped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let first = self.0.next()?;
        if first != '\\' {
            return Some(first);
        }
        match self.0.next()? {
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'u' => {
                let high = self.unit()?;
                if !(0xd800..0xdc00).contains(&high) {
                    // A text that was scanned for its structure only may have half of a pair.
                    return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                self.0.next();
                self.0.next();
                let Some(low) = self.unit() else {
                    return Some(char::REPLACEMENT_CHARACTER);
                };
                char::from_u32(((high & 0x3ff) << 10 | low & 0x3ff).saturating_add(0x1_0000))
            }
            literal => Some(literal),
        }
    }
}

/// Returns the string that `text` stands for.
pub(super) fn unescape(text: &str, escaped: bool) -> Cow<'_, str> {
    if escaped {
        Cow::Owned(Unescaped::new(text).collect())
    } else {
        Cow::Borrowed(text)
    }
}
/// Hands a text to a visitor, borrowed if it is.
pub(super) fn visit_text<'de, V: Visitor<'de>>(
    text: Cow<'de, str>,
    visitor: V,
) -> Result<V::Value, Error> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}
