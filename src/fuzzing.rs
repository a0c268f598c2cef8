//! What must hold for any input of the parts that nobody sees from outside, for fuzz targets and for
//! their corpus. Each part is compared with a second one, written to be obviously right. A property that
//! does not hold panics.
#![allow(clippy::missing_panics_doc, reason = "it is all that they do")]

use http::header::{AUTHORIZATION, COOKIE, HeaderName};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use crate::cookie::{Found, MOST_EMPTY, MOST_PLACES, MOST_SPACES, MOST_SPACES_IN_ALL, TokenCookie};
use crate::json::{Naive, Tape, Value, scan};
use crate::jws::base64url::{self, Buffer};
use crate::request::bearer;

const DEPTH: usize = 32;

/// Strict JSON is what a naive reader accepts, and is what `serde_json` reads; and it is accepted again
/// when written.
pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let accepted = read_json(text);
    let broken_rules = Naive::read(text, DEPTH);
    let is_strict = broken_rules.is_some_and(|rules| rules.is_empty());
    assert_eq!(accepted.is_some(), is_strict);
    let Some(value) = accepted else {
        return;
    };
    let theirs: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(plain(&value), plain(&theirs));
    assert_eq!(read_json(&value.to_string()).as_ref(), Some(&value));
}

/// The text of a value, its numbers as binary64 has them: a negative zero is not a positive one, and more digits than
/// that are kept by some features of `serde_json` and dropped by others.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Number(number) => format!("{:?}", number.as_f64()),
        serde_json::Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(plain).collect();
            format!("[{}]", elements.join(","))
        }
        serde_json::Value::Object(members) => {
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(name, value)| format!("{name:?}:{}", plain(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

fn read_json(text: &str) -> Option<serde_json::Value> {
    // So short a tape spills to the heap.
    let mut tape = Tape::<3>::new();
    scan(text, DEPTH, &mut tape).ok()?;
    let root = Value::root(text, tape.nodes());
    Some(serde_json::Value::deserialize(root).unwrap())
}

/// Base64url is what a decoder of single bits accepts, and is written again as it was.
pub fn base64url(data: &[u8]) {
    let expected = naive_base64url(data);
    assert_eq!(base64url::decode(data).ok(), expected);
    assert_eq!(base64url::check(data).is_ok(), expected.is_some());
    let mut buffer = Buffer::<8>::new();
    assert_eq!(buffer.decode(data).ok(), expected.as_deref());
    if let Some(bytes) = expected {
        assert_eq!(base64url::encode(bytes).as_bytes(), data);
    }
    let encoded = base64url::encode(data);
    assert_eq!(base64url::decode(encoded.as_bytes()), Ok(data.to_vec()));
}

/// Decodes bit by bit.
pub(crate) fn naive_base64url(text: &[u8]) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits.extend((0..6).rev().map(|bit| value >> bit & 1));
    }
    let spare = bits.split_off(bits.len() / 8 * 8);
    let is_canonical = spare.len() < 6 && spare.iter().all(|bit| *bit == 0);
    let byte = |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | bit);
    is_canonical.then(|| bits.chunks(8).map(byte).collect())
}

/// Takes an `Authorization` value from each line. A token is found where the grammar has one.
pub fn authorization(data: &[u8]) {
    const LONGEST: usize = 100;
    let (lines, headers) = headers(&AUTHORIZATION, data);
    let found = bearer(&headers, LONGEST);
    if let Ok(Some(token)) = &found
        && token.len() > LONGEST
    {
        return;
    }
    let found = found.map(|token| token.map(std::borrow::Cow::into_owned));
    match naive_bearer(&lines) {
        Naively::Nothing => assert_eq!(found, Ok(None)),
        Naively::Malformed => assert!(found.is_err()),
        Naively::Token(token) => {
            let again = HeaderValue::from_bytes(&[b"Bearer ", token].concat()).unwrap();
            let again = HeaderMap::from_iter([(AUTHORIZATION, again)]);
            assert_eq!(bearer(&again, LONGEST), Ok(Some(token.into())));
            assert_eq!(found, Ok(Some(token.to_vec())));
        }
    }
}

/// The lines that can be values of a header at all.
fn headers<'a>(name: &HeaderName, data: &'a [u8]) -> (Vec<&'a [u8]>, HeaderMap) {
    let lines = data.split(|byte| *byte == b'\n');
    let values = lines.filter_map(|line| Some((line, HeaderValue::from_bytes(line).ok()?)));
    let (lines, values): (Vec<&[u8]>, Vec<HeaderValue>) = values.unzip();
    let headers = values.into_iter().map(|value| (name.clone(), value));
    (lines, headers.collect())
}

enum Naively<'a> {
    Nothing,
    Malformed,
    Token(&'a [u8]),
}

/// RFC 9110, section 11.4, and RFC 6750, section 2.1, one byte after the other.
fn naive_bearer<'a>(lines: &[&'a [u8]]) -> Naively<'a> {
    let line = match lines {
        [] => return Naively::Nothing,
        [line] => *line,
        _ => return Naively::Malformed,
    };
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    let end = line.iter().position(|byte| !is_tchar(byte));
    let (scheme, mut rest) = line.split_at(end.unwrap_or(line.len()));
    if !scheme.eq_ignore_ascii_case(b"bearer") {
        return Naively::Nothing;
    }
    if !rest.starts_with(b" ") {
        return Naively::Malformed;
    }
    while let [b' ', after @ ..] = rest {
        rest = after;
    }
    let mut body = rest;
    while let [before @ .., b'='] = body {
        body = before;
    }
    let is_body = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    if body.is_empty() || !body.iter().all(is_body) {
        return Naively::Malformed;
    }
    Naively::Token(rest)
}

/// Takes a `Cookie` value from each line. A cookie is found as by splitting, trimming and comparing.
pub fn cookie(data: &[u8]) {
    let (lines, headers) = headers(&COOKIE, data);
    let mut windows = data.windows(MOST_SPACES);
    if windows.any(|window| window.iter().all(u8::is_ascii_whitespace)) {
        return;
    }
    let spaces = data.iter().filter(|byte| byte.is_ascii_whitespace());
    let is_wide = spaces.count() > MOST_SPACES_IN_ALL;
    // In its development mode a cookie has the shortest of names, which stand in many places.
    let builder = TokenCookie::builder("a").dangerous_development("a");
    for cookie in [TokenCookie::new("session"), builder.build()] {
        let cookie = cookie.unwrap();
        let places = places(&lines, &format!("{}=", cookie.name()));
        let (is_full, may_be_full) = (places > MOST_PLACES, places > MOST_EMPTY || is_wide);
        let expected = naive_cookies(&lines, cookie.name());
        match cookie.find(&headers) {
            Found::Nothing => assert!(expected.is_empty()),
            Found::One(value) => assert_eq!(expected, [value]),
            Found::Several => assert!(expected.len() > 1),
            Found::Hidden => assert!(may_be_full),
            other => panic!("{other:?} of a cookie without parts"),
        }
        assert!(!is_full || matches!(cookie.find(&headers), Found::Several | Found::Hidden));
        if let [value] = expected[..] {
            store_again(&cookie, value);
        }
    }
}

fn places(lines: &[&[u8]], name: &str) -> usize {
    // Neither search counts places that overlap, as those of a name such as `a-a` can.
    let in_line = |line: &&[u8]| String::from_utf8_lossy(line).matches(name).count();
    lines.iter().map(in_line).sum()
}

fn naive_cookies<'a>(lines: &[&'a [u8]], name: &str) -> Vec<&'a [u8]> {
    let pairs = lines
        .iter()
        .flat_map(|line| line.split(|byte| *byte == b';'));
    pairs
        .filter_map(|pair| {
            let pair = pair.trim_ascii();
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (found, value) = pair.split_at(equals);
            (found == name.as_bytes() && value.len() > 1).then_some(&value[1..])
        })
        .collect()
}

/// What can be stored is found again, and nothing of it becomes an attribute.
fn store_again(cookie: &TokenCookie, value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else {
        return;
    };
    let Ok(set) = cookie.set((text, std::time::Duration::from_secs(900))) else {
        return;
    };
    let header = &set.header_values()[0];
    let (pair, attributes) = header.to_str().unwrap().split_once(';').unwrap();
    let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(pair).unwrap())]);
    assert_eq!(cookie.find(&headers), Found::One(value));
    assert!(attributes.contains("HttpOnly") && attributes.ends_with("Max-Age=900"));
    assert!(set.is_same_cookie(header));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn replay(target: &str, check: fn(&[u8])) {
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        if !fuzz.exists() && std::env::var_os("CI").is_none() {
            eprintln!("skipped: the published package comes without inputs");
            return;
        }
        let mut inputs = 0;
        for kind in ["seeds", "corpus"] {
            for file in std::fs::read_dir(fuzz.join(kind).join(target)).unwrap() {
                let path = file.unwrap().path();
                println!("{}", path.display());
                check(&std::fs::read(path).unwrap());
                inputs += 1;
            }
        }
        assert!(inputs > 20, "{inputs} inputs");
    }

    #[test]
    fn the_corpora_hold() {
        replay("json", super::json);
        replay("base64url", super::base64url);
        replay("authorization", super::authorization);
        replay("cookie", super::cookie);
    }

    /// Many bytes at a time are read in other ways than a few, and the last ones in others again.
    #[test]
    fn base64url_of_every_length_is_strict_at_every_place() {
        let lengths = (0..140)
            .chain(188..=196)
            .chain(1020..=1032)
            .chain(2046..2050);
        for length in lengths {
            // Ends with zero bits.
            let letter = |place: usize| b"Az09-_"[(place + length) % 6];
            let mut text: Vec<u8> = (1..length).map(letter).chain([b'A']).collect();
            text.truncate(length);
            super::base64url(&text);
            let (step, last) = (1 + length / 20, length.saturating_sub(9));
            for place in (0..last).step_by(step).chain(last..length) {
                let good = text[place];
                for other in *b"B/+= \n\x80\xff" {
                    text[place] = other;
                    super::base64url(&text);
                }
                text[place] = good;
            }
        }
    }
}
