//! A reader of RFC 8259 to compare the scanner with.

use std::collections::HashSet;

use super::names::is_private;
use super::range::TOO_LARGE;

/// A reader written to be obviously right: slow, on characters, and going on after what is
/// forbidden beyond the grammar, to find all of it.
pub(crate) struct Naive<'a> {
    rest: &'a [char],
    forbidden: HashSet<&'static str>,
}

pub(super) const DEPTH: &str = "Depth";
pub(super) const DUPLICATE: &str = "DuplicateName";
pub(super) const PRIVATE: &str = "PrivateName";
pub(super) const SURROGATE: &str = "LoneSurrogate";
pub(super) const RANGE: &str = "NumberRange";

impl Naive<'_> {
    /// Returns which rules beyond the grammar are broken, or nothing if the grammar is.
    pub(crate) fn read(text: &str, depth: usize) -> Option<HashSet<&'static str>> {
        let text: Vec<char> = text.chars().collect();
        let mut reader = Naive {
            rest: &text,
            forbidden: HashSet::new(),
        };
        reader.value(depth)?;
        reader.space();
        reader.rest.is_empty().then_some(reader.forbidden)
    }

    fn next(&mut self) -> Option<char> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn is_next(&self, one_of: &str) -> bool {
        self.rest.first().is_some_and(|char| one_of.contains(*char))
    }

    fn space(&mut self) {
        while self.is_next(" \t\r\n") {
            self.next();
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        word.chars()
            .all(|char| self.next() == Some(char))
            .then_some(())
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.space();
        match self.rest.first()? {
            '{' => self.container(depth, '}', |reader, names, inner| {
                reader.space();
                let name = reader.string()?;
                if is_private(&String::from_utf16_lossy(&name)) {
                    reader.forbidden.insert(PRIVATE);
                }
                if !names.insert(name) {
                    reader.forbidden.insert(DUPLICATE);
                }
                reader.space();
                reader.word(":")?;
                reader.value(inner)
            }),
            '[' => self.container(depth, ']', |reader, _, inner| reader.value(inner)),
            '"' => self.string().map(drop),
            't' => self.word("true"),
            'f' => self.word("false"),
            'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn container(
        &mut self,
        depth: usize,
        end: char,
        item: impl Fn(&mut Self, &mut HashSet<Vec<u16>>, usize) -> Option<()>,
    ) -> Option<()> {
        if depth == 0 {
            self.forbidden.insert(DEPTH);
        }
        let mut names = HashSet::new();
        self.next();
        self.space();
        if self.rest.first() == Some(&end) {
            self.next();
            return Some(());
        }
        loop {
            item(self, &mut names, depth.saturating_sub(1))?;
            self.space();
            match self.next()? {
                ',' => {}
                found => return (found == end).then_some(()),
            }
        }
    }

    /// Returns a string in UTF-16, in which lone surrogates can be written.
    fn string(&mut self) -> Option<Vec<u16>> {
        self.word("\"")?;
        let mut units = Vec::new();
        loop {
            match self.next()? {
                '"' => break,
                '\0'..='\u{1f}' => return None,
                '\\' => units.push(self.escape()?),
                char => units.extend_from_slice(char.encode_utf16(&mut [0; 2])),
            }
        }
        if String::from_utf16(&units).is_err() {
            self.forbidden.insert(SURROGATE);
        }
        Some(units)
    }

    fn escape(&mut self) -> Option<u16> {
        Some(match self.next()? {
            'u' => {
                let digits: String = (0..4).map_while(|_| self.next()).collect();
                let hexadecimal = digits.chars().all(|digit| digit.is_ascii_hexdigit());
                return (digits.len() == 4 && hexadecimal)
                    .then(|| u16::from_str_radix(&digits, 16).unwrap());
            }
            'b' => 8,
            't' => 9,
            'n' => 10,
            'f' => 12,
            'r' => 13,
            char @ ('"' | '\\' | '/') => char as u16,
            _ => return None,
        })
    }

    fn digits(&mut self) -> Option<String> {
        let mut digits = String::new();
        while self.is_next("0123456789") {
            digits.push(self.next()?);
        }
        (!digits.is_empty()).then_some(digits)
    }

    fn number(&mut self) -> Option<()> {
        if self.is_next("-") {
            self.next();
        }
        let mut digits = self.digits()?;
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        // The number is 0.DIGITS times ten to the power of `point`.
        let mut point = i128::try_from(digits.len()).unwrap();
        if self.is_next(".") {
            self.next();
            digits += &self.digits()?;
        }
        if self.is_next("eE") {
            self.next();
            let negative = self.is_next("-");
            if self.is_next("+-") {
                self.next();
            }
            // Beyond 128 bits any exponent does the same.
            let exponent = self.digits()?.parse().unwrap_or(i128::MAX / 2);
            point += if negative { -exponent } else { exponent };
        }
        let significant = digits.trim_start_matches('0');
        point -= i128::try_from(digits.len() - significant.len()).unwrap();
        // Of two numbers with the same point, the one whose digits sort later is the larger one.
        let too_large = point > 309 || point == 309 && significant.as_bytes() >= &TOO_LARGE[..];
        if !significant.is_empty() && too_large {
            self.forbidden.insert(RANGE);
        }
        Some(())
    }
}
