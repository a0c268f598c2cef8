//! The scanner compared with a naive reader of RFC 8259 and with serde_json, on texts of all kinds.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::TestRunner;
use serde::Deserialize;

use super::naive::{DEPTH, DUPLICATE, Naive, PRIVATE, RANGE, SURROGATE};
use super::range::TOO_LARGE;
use super::scan_error::ScanError;
use super::{Tape, Value, scan};

/// Parts of names: few letters in many spellings, so that some are the same after unescaping.
const NAME_PARTS: &str = r"a|a|b|b|c|$serde_json::private::|\u0024private|\u0061|\u0062|é|\u00e9|\u00E9|😀|\ud83d\ude00|\uD83D\uDE00|/|\/";

const TEXT_PARTS: &str = "a|é|😀| |\\n\\t\\r\\b\\f|\\\"|\\\\|\\/|\\u0000|\\u00e9|\\uFFFF|\
    \\ud83d\\ude00|\u{7f}|\u{2028}|{|]|:,|'";

/// What no string can have in it.
const BAD_PARTS: &str = "\\ud83d|\\ude00|\\ude00\\ud83d|\\ud83d\\u0061|\\ud83d😀|\\ud83d\\n|\\x|\
    \\u12g4|\\u+123|\n|\0|\u{1f}|\"|\\";

const NUMBERS: &str = "18446744073709551615|18446744073709551616|-9223372036854775808|\
    -9223372036854775809|-0|-0.0|5e-324|2e-324|1e-400|1e309|-1e400|1.7976931348623157e308|\
    1.7976931348623158e308|1.7976931348623159e308|0e99999999999999999999|1e99999999999999999999|\
    1e-99999999999999999999|9007199254740993|0.1e1|1E+2";

fn one_of(parts: &'static str) -> impl Strategy<Value = &'static str> {
    select(parts.split('|').collect::<Vec<_>>())
}

fn number() -> impl Strategy<Value = String> {
    let too_large = std::str::from_utf8(TOO_LARGE).unwrap();
    let last = too_large.len() - 1;
    let largest = format!("{}1", &too_large[..last]);
    prop_oneof![
        4 => "-?(0|[1-9][0-9]{0,20})",
        4 => r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        1 => "[1-9][0-9]{295,315}",
        1 => one_of(NUMBERS).prop_map(str::to_owned),
        1 => select(vec![
            too_large.to_owned(),
            format!("-{too_large}"),
            format!("{too_large}.0"),
            format!("{}.{}e308", &too_large[..1], &too_large[1..]),
            format!("{largest}.999999999999"),
            format!("0.{largest}e309"),
            largest,
        ]),
    ]
}

fn string(parts: &'static str, most: usize) -> impl Strategy<Value = String> {
    let part = prop_oneof![200 => one_of(parts), 1 => one_of(BAD_PARTS)];
    vec(part, 0..=most).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

fn space() -> impl Strategy<Value = String> {
    prop_oneof![8 => "", 2 => " ", 1 => "[ \t\r\n]{1,3}"]
}

/// JSON, mostly.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => number(),
        3 => string(TEXT_PARTS, 4),
        3 => one_of("true|false|null").prop_map(str::to_owned),
    ];
    let nested = leaf.prop_recursive(6, 48, 6, |inner| {
        let item = (space(), inner, space())
            .prop_map(|(a, item, b)| a + &item + &b)
            .boxed();
        let member = |name: BoxedStrategy<String>| {
            (space(), name, space(), item.clone())
                .prop_map(|(a, name, b, value)| a + &name + &b + ":" + &value)
        };
        let array = vec(item.clone(), 0..5);
        let object = vec(member(string(NAME_PARTS, 3).boxed()), 0..5);
        // Around the number of members from which names are compared in another way.
        let wide = vec(member("\"[a-f][0-9]\"".boxed()), 12..22);
        let object = prop_oneof![4 => object, 1 => wide];
        prop_oneof![
            (space(), array).prop_map(|(space, items)| format!("[{space}{}]", items.join(","))),
            (space(), object).prop_map(|(space, items)| format!("{{{space}{}}}", items.join(","))),
        ]
    });
    (space(), nested, space()).prop_map(|(a, value, b)| a + &value + &b)
}

/// JSON with a few bytes changed, added, taken out or cut off.
fn mutated() -> impl Strategy<Value = String> {
    const BYTES: &[u8] = b"{}[]\":,\\/eEu+-.0123456789tfn \t\n\x00\x1f\x7f\x80\xc3\xff";
    let byte = prop_oneof![3 => select(BYTES), 1 => any::<u8>()];
    let edit = (0..8_u8, any::<Index>(), byte);
    (json(), vec(edit, 1..4)).prop_map(|(text, edits)| {
        let mut bytes = text.into_bytes();
        for (kind, place, byte) in edits {
            let place = place.index(bytes.len() + 1);
            match kind {
                0..3 => bytes.insert(place, byte),
                7 => bytes.truncate(place),
                _ if place == bytes.len() => {}
                3..5 => bytes[place] = byte,
                _ => drop(bytes.remove(place)),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn any_text() -> impl Strategy<Value = String> {
    Union::new_weighted(vec![
        (4, json().boxed()),
        (4, mutated().boxed()),
        (1, r#"[\[\]{}":,0-9eE.+\-tfn \\]{0,8}"#.boxed()),
    ])
}

fn name_of(error: ScanError) -> String {
    format!("{error:?}")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_scanner_accepts_what_a_naive_reader_accepts(text in any_text(), depth in 1..5_usize) {
        let ours = scan(&text, depth, &mut Tape::<8>::new()).map_err(name_of);
        match (Naive::read(&text, depth), ours) {
            (Some(forbidden), Ok(())) => prop_assert_eq!(forbidden, HashSet::new()),
            (Some(forbidden), Err(error)) => prop_assert!(
                forbidden.contains(error.as_str()), "{} is not in {:?}", error, forbidden
            ),
            (None, ours) => prop_assert!(ours.is_err()),
        }
    }

    #[test]
    fn the_tape_reads_as_serde_json_does(text in any_text(), depth in 1..5_usize) {
        // So short a tape spills to the heap in the middle of most texts.
        let mut tape = Tape::<3>::new();
        let ours = scan(&text, depth, &mut tape);
        match (ours, serde_json::from_str::<serde_json::Value>(&text)) {
            (Ok(()), Ok(theirs)) => {
                let read = serde_json::Value::deserialize(Value::root(&text, tape.nodes()));
                prop_assert_eq!(read.as_ref(), Ok(&theirs));
                // As text too, for a negative zero equals a positive one.
                prop_assert_eq!(read.unwrap().to_string(), theirs.to_string());
            }
            (Ok(()), Err(error)) => prop_assert!(false, "only serde_json refuses: {}", error),
            (Err(error), Ok(_)) => prop_assert!(
                matches!(error, ScanError::DuplicateName | ScanError::Depth | ScanError::PrivateName), "{:?}", error
            ),
            (Err(_), Err(_)) => {}
        }
    }
}

/// A property of texts says nothing if the texts are all of one kind.
#[test]
fn the_texts_come_to_every_outcome() {
    let mut runner = TestRunner::deterministic();
    let mut outcomes = HashSet::new();
    for _ in 0..1_500 {
        let text = any_text().new_tree(&mut runner).unwrap().current();
        let outcome = scan(&text, 2, &mut Tape::<8>::new());
        outcomes.insert(outcome.map_or_else(name_of, |()| "accepted".to_owned()));
    }
    let all = [
        "accepted", "Syntax", DEPTH, DUPLICATE, PRIVATE, SURROGATE, RANGE,
    ];
    assert_eq!(outcomes, all.map(str::to_owned).into());
}
