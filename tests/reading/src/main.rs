//! Claims of every type, read from a verified token and by `serde_json` from the same text.
//!
//! Types cover each attribute and shape that `serde` has; values are generated so that most nearly fit. Both accept the
//! same and read the same. With the feature `precise`, `serde_json` fails on numbers in some types: there, what it reads
//! is what keycard reads.

#![cfg(test)]

mod generator;
mod token;
mod types;

use std::collections::BTreeMap;
use std::fmt::Debug;

use keycard::VerifiedToken;

use crate::generator::Generator;
use crate::token::sign;
use crate::types::TYPES;

/// Values for each type; of these some hundred fit.
const VALUES: usize = 3_000;

/// What came of one value: how it prints, or nothing if it does not fit.
pub struct Readings {
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

/// Reads a token as a type, and its payload.
pub type Read = fn(&VerifiedToken) -> Readings;

pub fn printed<T: Debug, E>(read: Result<T, E>) -> Option<String> {
    read.ok().map(|value| format!("{value:?}"))
}

/// With numbers of any length `1.0` and `1.00` are two, here they are one.
fn numbers_as_read(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, number)) = rest.split_once("Number(") {
        let (number, after) = number.split_once(')').unwrap();
        let number: f64 = number.parse().unwrap();
        plain.extend([before, "Number(", &number.to_string(), ")"]);
        rest = after;
    }
    plain + rest
}

fn agree(readings: &Readings, text: &str) -> bool {
    match (&readings.ours, &readings.theirs) {
        (Some(ours), Some(theirs)) if cfg!(feature = "precise") => {
            numbers_as_read(ours) == numbers_as_read(theirs)
        }
        (Some(_), None) => cfg!(feature = "precise") && text.bytes().any(|c| c.is_ascii_digit()),
        (ours, theirs) => ours == theirs,
    }
}

#[test]
fn every_type_reads_what_serde_json_reads() {
    assert!(TYPES.len() >= 60, "{} types", TYPES.len());
    let mut fits = BTreeMap::new();
    for (name, samples, read) in TYPES {
        let mut generator = Generator::new(name, samples);
        let (mut fit, mut unfit, mut refused) = (0, 0, 0);
        for _ in 0..VALUES {
            let value = generator.value();
            let Some(token) = sign(&value) else {
                refused += 1;
                continue;
            };
            let readings = read(&token);
            let Readings { ours, theirs } = &readings;
            assert!(
                agree(&readings, &value),
                "{name} of {value}\n{ours:?}\n{theirs:?}"
            );
            match theirs {
                Some(_) => fit += 1,
                None => unfit += 1,
            }
        }
        // A type that nothing fits, or everything, shows little.
        assert!(
            fit > 20,
            "{name}: {fit} fit, {unfit} do not, {refused} are refused"
        );
        fits.insert(name, fit);
    }
    println!("{fits:?}");
}

#[test]
fn a_disagreement_would_be_found() {
    let readings = |ours: Option<&str>, theirs: Option<&str>| Readings {
        ours: ours.map(str::to_owned),
        theirs: theirs.map(str::to_owned),
    };
    assert!(agree(&readings(Some("1"), Some("1")), "1"));
    assert!(agree(&readings(None, None), "1"));
    for bad in [
        readings(Some("1"), Some("2")),
        readings(None, Some("1")),
        readings(Some("Number(1.5)"), Some("Number(2.5)")),
    ] {
        assert!(!agree(&bad, "1"));
    }
    assert!(!agree(&readings(Some("a"), None), "\"a\""));
}

/// Registered claims are read with the features that an application has chosen, by either of the two.
#[test]
fn registered_claims_are_read_by_serde_json_too() {
    use keycard::claims::{NumericDate, RegisteredClaims};

    for (text, seconds) in [
        ("7", 7),
        ("1.5", 1),
        ("1e3", 1000),
        ("-0.5", -1),
        ("1e300", i64::MAX),
    ] {
        let date: NumericDate = serde_json::from_str(text).unwrap();
        assert_eq!(date.seconds(), seconds, "{text}");
        let claims = format!(r#"{{"exp":{text},"iat":{text},"aud":["a"]}}"#);
        let claims: RegisteredClaims = serde_json::from_str(&claims).unwrap();
        assert_eq!(claims.expires_at, Some(date));
        let token = sign(text).unwrap();
        #[derive(serde::Deserialize)]
        struct Claim {
            value: NumericDate,
        }
        assert_eq!(token.claims::<Claim>().unwrap().value, date);
    }
    for bad in ["\"7\"", "{}", "null", "[7]", "{\"a\":7}"] {
        assert!(serde_json::from_str::<NumericDate>(bad).is_err(), "{bad}");
    }
}
