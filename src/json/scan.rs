//! The one pass over a JSON text.

use std::borrow::Cow;
use std::collections::HashSet;

use super::names::{is_private, mark};
use super::range::is_out_of_range;
use super::scan_error::ScanError;
use super::tape::{Kind, Node, Tape};
use super::value::Value;

/// Up to this many members, names without escapes are compared with each other; above, they go into a set,
/// because comparing every pair of a long list is an attack.
const LINEAR_NAMES: usize = 32;

/// Reads one JSON value that is all of `text` and puts its nodes on `tape`.
///
/// At most `depth` containers may nest, the outermost one counted.
pub(crate) fn scan<const N: usize>(
    text: &str,
    depth: usize,
    tape: &mut Tape<N>,
) -> Result<(), ScanError> {
    scan_all(text, depth, tape, true)
}

/// Reads the structure of a JSON value down to a depth, and lets pass what [`scan`] refuses in the details: names that
/// stand twice, numbers out of range, characters and escapes that no string has.
///
/// What is deeper is stepped over, whatever it is: such a container has a text and no contents. For lists whose elements
/// are scanned one by one, so that a bad one does no harm to the others.
pub(crate) fn scan_structure<const N: usize>(
    text: &str,
    depth: usize,
    tape: &mut Tape<N>,
) -> Result<(), ScanError> {
    scan_all(text, depth, tape, false)
}

fn scan_all<const N: usize>(
    text: &str,
    depth: usize,
    tape: &mut Tape<N>,
    strict: bool,
) -> Result<(), ScanError> {
    if u32::try_from(text.len()).is_err() {
        return Err(ScanError::Length);
    }
    let mut scanner = Scanner {
        text,
        rest: text.as_bytes(),
        tape,
        strict,
        seen: HashSet::new(),
    };
    scanner.value(depth)?;
    scanner.skip_space();
    if scanner.rest.is_empty() {
        Ok(())
    } else {
        Err(ScanError::Syntax)
    }
}

struct Scanner<'a, 't, const N: usize> {
    strict: bool,
    text: &'a str,
    rest: &'a [u8],
    tape: &'t mut Tape<N>,
    /// The names of one object after the other, where there are too many to compare.
    seen: HashSet<Cow<'a, str>>,
}

/// The names of one object, as far as they are compared with each other.
struct Names {
    /// Of each its length and its first bytes, which tell most of them apart without a look at the text.
    marks: [u64; LINEAR_NAMES],
    positions: [u32; LINEAR_NAMES],
    count: usize,
}

impl<'a, const N: usize> Scanner<'a, '_, N> {
    fn offset(&self) -> u32 {
        // Both lengths fit: `scan` has looked.
        u32::try_from(self.text.len().saturating_sub(self.rest.len())).unwrap_or(u32::MAX)
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Steps over `byte` if it comes next.
    fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), ScanError> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(ScanError::Syntax)
        }
    }

    fn push(&mut self, kind: Kind, start: u32, end: u32) -> usize {
        let next = u32::try_from(self.tape.nodes().len().saturating_add(1)).unwrap_or(u32::MAX);
        self.tape.push(Node {
            start,
            end,
            next,
            kind,
        })
    }

    /// Reads a value of any kind. Of `depth` containers one more may open; a limit is allowed by RFC 8259,
    /// section 9, and without it the stack would be the client's.
    fn value(&mut self, depth: usize) -> Result<(), ScanError> {
        self.skip_space();
        match self.rest.first() {
            Some(b'"') => self.string().map(drop),
            Some(b'{' | b'[') if depth == 0 && !self.strict => self.skip_container(),
            Some(b'{') => self.object(depth.checked_sub(1).ok_or(ScanError::Depth)?),
            Some(b'[') => self.array(depth.checked_sub(1).ok_or(ScanError::Depth)?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true", Kind::True),
            Some(b'f') => self.literal(b"false", Kind::False),
            Some(b'n') => self.literal(b"null", Kind::Null),
            _ => Err(ScanError::Syntax),
        }
    }

    fn literal(&mut self, word: &[u8], kind: Kind) -> Result<(), ScanError> {
        let start = self.offset();
        self.rest = self.rest.strip_prefix(word).ok_or(ScanError::Syntax)?;
        self.push(kind, start, self.offset());
        Ok(())
    }

    /// Steps over a container and sees nothing of it but strings and brackets. However deep it is, no stack is needed.
    fn skip_container(&mut self) -> Result<(), ScanError> {
        let start = self.offset();
        let is_object = self.rest.first() == Some(&b'{');
        let mut open = Vec::new();
        loop {
            let (byte, rest) = self.rest.split_first().ok_or(ScanError::Syntax)?;
            self.rest = rest;
            match byte {
                b'"' => self.skip_text().map(drop)?,
                b'{' => open.push(b'}'),
                b'[' => open.push(b']'),
                b'}' | b']' if open.pop() != Some(*byte) => return Err(ScanError::Syntax),
                b'}' | b']' if open.is_empty() => break,
                _ => {}
            }
        }
        let kind = if is_object { Kind::Object } else { Kind::Array };
        self.push(kind, start, self.offset());
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<(), ScanError> {
        let start = self.offset();
        self.expect(b'[')?;
        // A container stands on the tape before its contents, and is closed when its end is known.
        let node = self.push(Kind::Array, start, start);
        self.skip_space();
        if !self.eat(b']') {
            loop {
                self.value(depth)?;
                self.skip_space();
                if self.eat(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.tape.close(node, self.offset());
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), ScanError> {
        let start = self.offset();
        self.expect(b'{')?;
        let node = self.push(Kind::Object, start, start);
        // RFC 7515, section 4, and RFC 7519, section 4: names are unique. Parsers that keep the first of two
        // and those that keep the last would read two different tokens.
        let mut names = Names {
            marks: [0; LINEAR_NAMES],
            positions: [0; LINEAR_NAMES],
            count: 0,
        };
        let mut count: usize = 0;
        let mut is_listed = self.strict;
        self.skip_space();
        if !self.eat(b'}') {
            loop {
                self.skip_space();
                let name = self.string()?;
                self.check_name(name)?;
                // One after the other, escaped names would be unescaped again for each comparison.
                is_listed = is_listed && self.is_plain(name) && count < LINEAR_NAMES;
                if is_listed {
                    self.compare_name(&mut names, name)?;
                }
                count = count.saturating_add(1);
                self.skip_space();
                self.expect(b':')?;
                self.value(depth)?;
                self.skip_space();
                if self.eat(b'}') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.tape.close(node, self.offset());
        if self.strict && !is_listed && count > 1 {
            self.compare_all_names(node, count)?;
        }
        Ok(())
    }

    /// Refuses names by which libraries talk to themselves through the data. Their own types would read
    /// something else in such an object than the rules did: another document, or a number.
    fn check_name(&self, name: usize) -> Result<(), ScanError> {
        let name = Value::new(self.text, self.tape.nodes(), name);
        // Most names are told apart by their first byte: `$`, or a backslash that may become one.
        let may_be = matches!(name.source().as_bytes().first(), Some(b'$' | b'\\'));
        if may_be && self.strict && is_private(&name.text()) {
            return Err(ScanError::PrivateName);
        }
        Ok(())
    }

    fn is_plain(&self, name: usize) -> bool {
        Value::new(self.text, self.tape.nodes(), name).kind() == Kind::Text
    }

    /// Compares a name with those that came before it, and adds it to them.
    fn compare_name(&self, names: &mut Names, name: usize) -> Result<(), ScanError> {
        let value = Value::new(self.text, self.tape.nodes(), name);
        let mark = mark(value.source());
        let (marks, _) = names.marks.split_at(names.count);
        let alike = marks
            .iter()
            .zip(&names.positions)
            .filter(|(other, _)| **other == mark);
        for (_, position) in alike {
            if value.at(*position as usize).same_text(value) {
                return Err(ScanError::DuplicateName);
            }
        }
        let position = u32::try_from(name).unwrap_or(u32::MAX);
        if let Some(slot) = names.marks.get_mut(names.count) {
            *slot = mark;
        }
        if let Some(slot) = names.positions.get_mut(names.count) {
            *slot = position;
        }
        names.count = names.count.saturating_add(1);
        Ok(())
    }

    /// Compares all names of an object with each other, those that were compared in a list included.
    fn compare_all_names(&mut self, object: usize, count: usize) -> Result<(), ScanError> {
        let object = Value::new(self.text, self.tape.nodes(), object);
        // Emptying a set takes as long as it is large: what was made for many is not emptied for few.
        if self.seen.capacity() / 8 > count {
            self.seen = HashSet::new();
        }
        self.seen.clear();
        self.seen.reserve(count);
        for (name, _) in object.members() {
            // The tape is not borrowed: the names live as long as the text.
            let is_new = self.seen.insert(name.text_of(self.text));
            if !is_new {
                return Err(ScanError::DuplicateName);
            }
        }
        Ok(())
    }

    /// Reads a string and returns the position of its node.
    fn string(&mut self) -> Result<usize, ScanError> {
        self.expect(b'"')?;
        let start = self.offset();
        let (kind, end) = self.skip_text()?;
        Ok(self.push(kind, start, end))
    }

    /// Steps over the inside of a string and the quote behind it. Returns what kind it is, and where it ends.
    fn skip_text(&mut self) -> Result<(Kind, u32), ScanError> {
        let mut kind = Kind::Text;
        loop {
            // RFC 8259, section 7: control characters have to be escaped. What is neither of these three is
            // part of a character: the text is UTF-8, and no byte of a longer one is below 0x80.
            let stop = self
                .rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
                .ok_or(ScanError::Syntax)?;
            self.rest = self.rest.get(stop..).unwrap_or_default();
            let end = self.offset();
            if self.eat(b'"') {
                return Ok((kind, end));
            }
            // It is a backslash, or a control character, which is refused here.
            kind = Kind::EscapedText;
            if self.strict {
                self.expect(b'\\')?;
                self.escape()?;
            } else {
                // The control character, or whatever follows the backslash.
                self.eat(b'\\');
                self.rest = self.rest.get(1..).ok_or(ScanError::Syntax)?;
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<(), ScanError> {
        match self.rest {
            [
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                rest @ ..,
            ] => {
                self.rest = rest;
                Ok(())
            }
            [b'u', rest @ ..] => {
                self.rest = rest;
                match self.unit()? {
                    0xd800..0xdc00 => {
                        // RFC 8259, section 8.2: half of a pair is no character.
                        self.rest = self
                            .rest
                            .strip_prefix(b"\\u")
                            .ok_or(ScanError::LoneSurrogate)?;
                        match self.unit()? {
                            0xdc00..0xe000 => Ok(()),
                            _ => Err(ScanError::LoneSurrogate),
                        }
                    }
                    0xdc00..0xe000 => Err(ScanError::LoneSurrogate),
                    _ => Ok(()),
                }
            }
            _ => Err(ScanError::Syntax),
        }
    }

    /// Reads the four digits of a UTF-16 code unit.
    fn unit(&mut self) -> Result<u32, ScanError> {
        let (digits, rest) = self.rest.split_at_checked(4).ok_or(ScanError::Syntax)?;
        self.rest = rest;
        digits.iter().try_fold(0, |unit, digit| {
            let digit = char::from(*digit).to_digit(16).ok_or(ScanError::Syntax)?;
            Ok(unit << 4 | digit)
        })
    }

    fn digits(&mut self) -> Result<&'a [u8], ScanError> {
        let count = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.rest.split_at_checked(count).unwrap_or_default();
        if digits.is_empty() {
            return Err(ScanError::Syntax);
        }
        self.rest = rest;
        Ok(digits)
    }

    /// Reads a number (RFC 8259, section 6): no sign but a minus, no zero in front, digits on both sides of
    /// the point. One that binary64 cannot hold is refused: some would read infinity, and some fail.
    fn number(&mut self) -> Result<(), ScanError> {
        let start = self.offset();
        let mut kind = Kind::Integer;
        self.eat(b'-');
        let whole = if self.eat(b'0') { b"0" } else { self.digits()? };
        let mut fraction: &[u8] = &[];
        let mut exponent = 0;
        if self.eat(b'.') {
            kind = Kind::Float;
            fraction = self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            kind = Kind::Float;
            let negative = !self.eat(b'+') && self.eat(b'-');
            let digits = self.digits()?.iter();
            let magnitude = digits.fold(0, |exponent: i64, digit| {
                let digit = i64::from(digit.saturating_sub(b'0'));
                exponent.saturating_mul(10).saturating_add(digit)
            });
            exponent = if negative {
                magnitude.saturating_neg()
            } else {
                magnitude
            };
        }
        if self.strict && is_out_of_range(whole, fraction, exponent) {
            return Err(ScanError::NumberRange);
        }
        self.push(kind, start, self.offset());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(text: &str) -> Result<(), ScanError> {
        scan(text, 32, &mut Tape::<8>::new())
    }

    #[test]
    fn a_structure_is_read_to_its_depth_and_no_deeper() {
        let parts = |text: &str| {
            let mut tape = Tape::<2>::new();
            scan_structure(text, 2, &mut tape)?;
            let root = Value::root(text, tape.nodes());
            let list = root.member("a").map(Value::elements);
            let parts = list.into_iter().flatten();
            Ok(parts
                .map(|part| part.source().to_owned())
                .collect::<Vec<_>>())
        };
        let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
        for part in [
            "7",
            "1e999",
            "{}",
            r#"{"a":1,"a":[2,{"b":[]}]}"#,
            r#"{"a":"]}","b":"\\\"]","c":"\\"}"#,
            "{\"a\":\"\n\",NaN,,\"\\q\\u12\\é\"}",
            "[}".replace('}', "{}]").as_str(),
            &deep,
        ] {
            let text = format!(r#"{{"a":[{part} , {part}],"a":0}}"#);
            assert_eq!(parts(&text), Ok(vec![part.to_owned(); 2]), "{part:.60}");
        }
        for bad in ["{", "[}", "{]", r#"{"}"#, r#"{"\"}"#, "[[]", r#""\"#, "x"] {
            let text = format!(r#"{{"a":[{bad}]}}"#);
            assert_eq!(parts(&text), Err(ScanError::Syntax), "{bad}");
        }
    }

    #[test]
    fn accepts_json_and_nothing_around_it() {
        for good in [
            "{}",
            " { } ",
            "[]",
            "[1,2]",
            "\"\"",
            "0",
            "-0",
            "1.5e-7",
            "true",
            "null",
            r#"{"a":{"b":[{},[],""]},"c":"\u00e9\ud83d\ude00\n"}"#,
        ] {
            assert_eq!(outcome(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            " ",
            "{",
            "}",
            "{]",
            "[,]",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{}{}",
            "{} x",
            "\u{feff}{}",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "0x1",
            "NaN",
            "Infinity",
            "tru",
            "nul",
            "'a'",
            "\"a",
            "\"\t\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12\"",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "/**/{}",
        ] {
            assert_eq!(outcome(bad), Err(ScanError::Syntax), "{bad}");
        }
    }

    #[test]
    fn refuses_names_by_which_libraries_talk_to_themselves() {
        for bad in [
            r#"{"$serde_json::private::RawValue":"{}"}"#,
            r#"{"a":[{"$serde_json::private::Number":"1"}]}"#,
            r#"{"\u0024serde_json::pr\u0069vate::RawValue":"{}"}"#,
            r#"{"$__toml_private_datetime":"1979-05-27"}"#,
            r#"{"$ron::private::RawValue":"()"}"#,
        ] {
            assert_eq!(outcome(bad), Err(ScanError::PrivateName), "{bad}");
        }
        // A value may say what it likes, and a name may begin with a dollar.
        for good in [
            r#"{"a":"$serde_json::private::RawValue"}"#,
            r#"{"$ref":1,"\\u0024":2,"private":3,"a$private":4}"#,
        ] {
            assert_eq!(outcome(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn refuses_repeated_names_at_any_depth_after_unescaping() {
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"\ud83d\ude00":1,"😀":1}"#,
            r#"{"x":[{"y":{"b":0,"c":0,"b":0}}]}"#,
        ] {
            assert_eq!(outcome(bad), Err(ScanError::DuplicateName), "{bad}");
        }
        assert_eq!(outcome(r#"{"a":{"a":1},"b":{"a":1},"A":1,"":1}"#), Ok(()));
    }

    #[test]
    fn refuses_a_repeated_name_among_very_many() {
        for members in [15, 16, 17, 18, 2_000] {
            let names: Vec<String> = (0..members).map(|n| format!("\"n{n}\":{n}")).collect();
            let good = format!("{{{}}}", names.join(","));
            assert_eq!(outcome(&good), Ok(()), "{members}");
            for repeated in [0, members / 2, members - 1] {
                let bad = format!("{{{},\"\\u006e{repeated}\":0}}", names.join(","));
                assert_eq!(outcome(&bad), Err(ScanError::DuplicateName), "{members}");
            }
        }
    }

    #[test]
    fn counts_the_outermost_container() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(outcome(&nested(32)), Ok(()));
        assert_eq!(outcome(&nested(33)), Err(ScanError::Depth));
        assert_eq!(outcome(&"[".repeat(100_000)), Err(ScanError::Depth));
        assert_eq!(outcome(&"{\"a\":".repeat(33)), Err(ScanError::Depth));
    }

    #[test]
    fn refuses_half_of_a_surrogate_pair() {
        for bad in [
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\ud800\ud800""#,
            r#""\ud800x""#,
        ] {
            assert_eq!(outcome(bad), Err(ScanError::LoneSurrogate), "{bad}");
        }
    }

    #[test]
    fn refuses_numbers_outside_of_binary64() {
        for bad in ["1e309", "-1e400", &"9".repeat(310)] {
            assert_eq!(outcome(bad), Err(ScanError::NumberRange), "{bad}");
        }
        for good in ["1e308", "1e-400", &"9".repeat(308)] {
            assert_eq!(outcome(good), Ok(()), "{good}");
        }
    }
}
