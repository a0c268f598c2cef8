//! `exp`, `nbf` and `iat`, compared with exact decimal arithmetic.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use keycard::claims::NumericDate;
use keycard::clock::ManualClock;
use keycard::verify::Reason;
use keycard::verify::VerifyError;
use keycard::{SigningKey, VerifiedToken, Verifier};
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use super::config;
use crate::support::sign_raw;

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::hs256(crate::keys::SECRET).unwrap());

pub const SECOND: i128 = 1_000_000_000;

/// The longest lifetime there is: a hundred years, each with a day to spare.
const CENTURY: i128 = 36_600 * 86_400 * SECOND;

/// Any fraction of this size is a whole number of nanoseconds and exact in binary64.
const EXACT_STEP: i128 = SECOND / 512;

/// A number of seconds as it is written, read without any rounding.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    /// In nanoseconds, rounded down; at the ends of the range if it is far beyond.
    floor: i128,
    /// Whether something was rounded away.
    rest: bool,
}

impl Exact {
    /// Reads a number of JSON; nothing if it is too large for binary64.
    ///
    /// No number between 1e308 and 1e309 occurs here, so digits need not be looked at.
    pub fn read(text: &str) -> Option<Self> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(Self {
                floor: 0,
                rest: false,
            });
        }
        // The number is 0.SIGNIFICANT times ten to the power of `point`.
        let point = whole.len() as i128 + exponent.parse::<i128>().unwrap()
            - (digits.len() - significant.len()) as i128;
        if point > 308 {
            return None;
        }
        let (floor, rest) = if point > 28 {
            (i128::MAX / 2, false)
        } else {
            let places = usize::try_from(point + 9).unwrap_or(0);
            let padded = format!("{significant:0<places$}");
            let (kept, lost) = padded.split_at(places);
            (
                kept.parse().unwrap_or(0),
                lost.contains(|digit| digit != '0'),
            )
        };
        // Rounded down, not towards zero.
        let floor = if negative {
            -floor - i128::from(rest)
        } else {
            floor
        };
        Some(Self { floor, rest })
    }

    /// Whether binary64 and nanoseconds hold the number as it is.
    fn is_held(self) -> bool {
        !self.rest && self.floor % EXACT_STEP == 0 && (self.floor / EXACT_STEP).abs() < 1 << 53
    }

    /// Tells whether the time is after `bound`, or nothing if it is so close that the answer may
    /// depend on the rounding of a fraction to binary64: at present a quarter of a microsecond.
    pub fn is_after(self, bound: i128) -> Option<bool> {
        let rounding = if self.is_held() {
            0
        } else {
            (self.floor.abs() >> 52) + 2
        };
        let after = self.floor > bound || self.floor == bound && self.rest;
        (rounding == 0 || (self.floor - bound).abs() > rounding).then_some(after)
    }
}

/// One token and the moment at which it comes.
#[derive(Debug)]
struct Case {
    now: i128,
    leeway: i128,
    exp: Option<String>,
    nbf: Option<String>,
    iat: Option<String>,
}

impl Case {
    /// What RFC 7519 makes of it, sections 4.1.4 to 4.1.6; nothing if that is too close to say.
    fn model(&self) -> Option<Result<(), Reason>> {
        let texts = [&self.exp, &self.nbf, &self.iat].map(Option::as_deref);
        let is_number =
            |text: &str| text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let mut numbers = texts.into_iter().flatten().filter(|text| is_number(text));
        if numbers.any(|text| Exact::read(text).is_none()) {
            return Some(Err(Reason::Json));
        }
        if !texts.into_iter().flatten().all(is_number) {
            return Some(Err(Reason::ClaimType));
        }
        let [exp, nbf, iat] = texts.map(|text| text.and_then(Exact::read));
        let Some(exp) = exp else {
            return Some(Err(Reason::MissingClaim));
        };
        if !exp.is_after(self.now - self.leeway)? {
            return Some(Err(Reason::Expired));
        }
        if exp.is_after(self.now + self.leeway + CENTURY)? {
            return Some(Err(Reason::ExpiresTooLate));
        }
        for (start, reason) in [(nbf, Reason::NotYetValid), (iat, Reason::IssuedInTheFuture)] {
            if let Some(start) = start
                && start.is_after(self.now + self.leeway)?
            {
                return Some(Err(reason));
            }
        }
        Some(Ok(()))
    }

    fn verify(&self) -> Result<VerifiedToken, VerifyError> {
        let member = |name: &str, text: &Option<String>| {
            text.as_ref().map(|text| format!("\"{name}\":{text}"))
        };
        let members = [
            member("exp", &self.exp),
            member("nbf", &self.nbf),
            member("iat", &self.iat),
        ];
        let payload = members.into_iter().flatten().collect::<Vec<_>>().join(",");
        let token = sign_raw(&KEY, r#"{"alg":"HS256"}"#, format!("{{{payload}}}"));
        Verifier::builder(KEY.verifying_key())
            .dangerous_any_audience()
            .leeway(nanos(self.leeway))
            .with_clock(ManualClock::new(at(self.now)))
            .build()
            .unwrap()
            .verify_now(&token)
    }
}

pub fn nanos(nanos: i128) -> Duration {
    let seconds = u64::try_from(nanos / SECOND).unwrap();
    Duration::new(seconds, u32::try_from(nanos % SECOND).unwrap())
}

/// The time so many nanoseconds after 1970.
pub fn at(now: i128) -> SystemTime {
    let since_1970 = nanos(now.abs());
    if now < 0 {
        SystemTime::UNIX_EPOCH - since_1970
    } else {
        SystemTime::UNIX_EPOCH + since_1970
    }
}

/// Writes a time in one of the ways that JSON has for it.
fn write(nanos: i128, way: u8) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, part) = (nanos.abs() / SECOND, nanos.abs() % SECOND);
    let digits = nanos.abs().to_string();
    match way {
        0 if part == 0 => format!("{sign}{whole}"),
        0 => format!("{sign}{whole}.{part:09}")
            .trim_end_matches('0')
            .to_owned(),
        1 => format!("{sign}{whole}.{part:09}000"),
        2 => format!("{sign}{digits}e-9"),
        _ => {
            let (first, others) = digits.split_at(1);
            format!("{sign}{first}.{others}0E{}", others.len() as i128 - 9)
        }
    }
}

const FIXED: &str = "0|-0|-0.0|-5|1.5|1e3|0e999|1e-400|1e300|-1e300|1e400|-1e400|\
    9223372036854775807|9223372036854775808|-9223372036854775808|-9223372036854775809|\
    18446744073709551615|18446744073709551616|null|true|\"5\"|[5]|{}";

/// A claim that is often close to the time at which it decides, and more often on the good side of
/// it: `good` is 1 for later and -1 for earlier.
pub fn claim(bound: i128, good: i128, step: i128) -> impl Strategy<Value = Option<String>> {
    let close = (-2..=5_i128).prop_map(move |steps| bound + good * steps * step);
    let near = (-3 * SECOND..9 * SECOND).prop_map(move |by| bound + good * by);
    let close = (close, 0..4_u8).prop_map(|(time, way)| write(time, way));
    let near = (near, 0..4_u8).prop_map(|(time, way)| write(time, way));
    let text = prop_oneof![
        12 => close,
        6 => near,
        2 => "-?(0|[1-9][0-9]{0,40})",
        2 => r"-?(0|[1-9][0-9]{0,18})\.[0-9]{1,12}",
        2 => r"-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,6})?[eE][+-]?[0-9]{1,2}",
        1 => "-?[1-9](0{280}|[0-9]{299}|[0-9]{310})",
        2 => select(FIXED.split('|').collect::<Vec<_>>()).prop_map(str::to_owned),
    ];
    weighted(0.97, text)
}

fn case() -> impl Strategy<Value = Case> {
    // Whole seconds, fractions that binary64 holds, and any.
    let step = prop_oneof![4 => Just(SECOND), 4 => Just(EXACT_STEP), 1 => Just(1)];
    step.prop_flat_map(|step| {
        // From the year -29719 to the year 33658.
        let now = -1_000_000_000_000 * SECOND / step..1_000_000_000_000 * SECOND / step;
        let present = 1_700_000_000 * SECOND / step..1_900_000_000 * SECOND / step;
        let leeway = 0..=3_600 * SECOND / step;
        (prop_oneof![present, now], prop_oneof![Just(0), leeway]).prop_flat_map(
            move |(now, leeway)| {
                let (now, leeway) = (now * step, leeway * step);
                let far = claim(now + leeway + CENTURY, -1, step);
                let end = prop_oneof![9 => claim(now - leeway, 1, step), 1 => far];
                let start = claim(now + leeway, -1, step);
                (end, start, claim(now + leeway, -1, step)).prop_map(move |(exp, nbf, iat)| Case {
                    now,
                    leeway,
                    exp,
                    nbf,
                    iat,
                })
            },
        )
    })
}

proptest! {
    #![proptest_config(config(3_000))]

    #[test]
    fn times_decide_as_exact_arithmetic_does(case in case()) {
        let decided = case.verify();
        if let Ok(token) = &decided {
            let exp = Exact::read(case.exp.as_deref().unwrap()).unwrap();
            if exp.is_held() {
                let seconds = i64::try_from(exp.floor.div_euclid(SECOND)).unwrap();
                prop_assert_eq!(token.expires_at().map(NumericDate::seconds), Some(seconds));
            }
        }
        if let Some(expected) = case.model() {
            prop_assert_eq!(decided.map(drop), expected.map_err(VerifyError::Refused));
        }
    }
}

#[test]
fn the_model_reads_numbers_exactly() {
    let read = |text| Exact::read(text).map(|number| (number.floor, number.rest));
    assert_eq!(read("1.5"), Some((1_500_000_000, false)));
    assert_eq!(read("-0.0000000001"), Some((-1, true)));
    assert_eq!(read("12345e-3"), Some((12_345_000_000, false)));
    assert_eq!(read("1e-400"), Some((0, true)));
    assert_eq!(read("0.00e999"), Some((0, false)));
    assert_eq!(
        read("18446744073709551616"),
        Some(((1 << 64) * SECOND, false))
    );
    assert_eq!(read("1e400"), None);
}
