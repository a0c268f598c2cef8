//! For how long an answer is good, and when to ask again (RFC 9111; RFC 9110, section 10.2.3).

use std::time::{Duration, UNIX_EPOCH};

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL, HeaderName, RETRY_AFTER};

use crate::numeric_date::NumericDate;

/// Whoever asks to be left alone for longer made a mistake, or is no issuer to depend on.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How long keys are good without another word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    pub(super) usual: Duration,
    pub(super) least: Duration,
    pub(super) most: Duration,
}

impl Freshness {
    /// Returns for how long an answer with these headers is good. Nothing is what the directives do not say, or say in
    /// a way that nobody can read.
    pub(super) fn said(&self, headers: &HeaderMap) -> Option<Duration> {
        let remaining = max_age(headers)?.saturating_sub(age(headers));
        Some(remaining.clamp(self.least, self.most))
    }
}

/// Returns what `Cache-Control` says: an answer that must not be stored is good for no time.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut found = None;
    for line in headers.get_all(CACHE_CONTROL) {
        for directive in line.to_str().unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
                return Some(Duration::ZERO);
            }
            if name.eq_ignore_ascii_case("max-age") {
                // Of several, the shortest (RFC 9111, section 4.2.1).
                let age = seconds(value.trim().trim_matches('"'))?;
                found = Some(found.map_or(age, |other: Duration| other.min(age)));
            }
        }
    }
    found
}

/// Returns how long caches on the way have kept it.
fn age(headers: &HeaderMap) -> Duration {
    let text = text(headers, &AGE);
    text.and_then(seconds).unwrap_or_default()
}

/// Returns for how long the other side wants to be left alone: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: NumericDate) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?;
    let pause = seconds(text).or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        let date = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
        let date = NumericDate::from_seconds(i64::try_from(date).ok()?);
        Some(date.saturating_since(now))
    })?;
    Some(pause.min(LONGEST_PAUSE))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Reads whole seconds. More than fit are a very long time (RFC 9111, section 1.2.2).
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESHNESS: Freshness = Freshness {
        usual: Duration::from_secs(600),
        least: Duration::from_secs(60),
        most: Duration::from_secs(86_400),
    };

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn cache_control_within_bounds() {
        for (lines, expected) in [
            (&[][..], 600),
            (&[("cache-control", "max-age=300")], 300),
            (
                &[("cache-control", "public, MAX-AGE=300, must-revalidate")],
                300,
            ),
            (&[("cache-control", "max-age=\"300\"")], 300),
            (&[("cache-control", "max-age=300"), ("age", "100")], 200),
            (&[("cache-control", "max-age=300"), ("age", "1000")], 60),
            (&[("cache-control", "max-age=300"), ("age", "old")], 300),
            (&[("cache-control", "max-age=1")], 60),
            (&[("cache-control", "max-age=0")], 60),
            (&[("cache-control", "max-age=31536000")], 86_400),
            (
                &[("cache-control", "max-age=99999999999999999999999999")],
                86_400,
            ),
            (&[("cache-control", "no-cache, max-age=300")], 60),
            (&[("cache-control", "max-age=300, no-store")], 60),
            (&[("cache-control", "max-age=900, max-age=300")], 300),
            (
                &[
                    ("cache-control", "max-age=900"),
                    ("cache-control", "max-age=300"),
                ],
                300,
            ),
            (&[("cache-control", "max-age=-5")], 600),
            (&[("cache-control", "max-age=soon")], 600),
            (&[("cache-control", "max-age")], 600),
            (&[("cache-control", "s-maxage=30")], 600),
            (&[("cache-control", ",,;=,")], 600),
            (&[("age", "500")], 600),
        ] {
            let fresh = FRESHNESS.said(&headers(lines)).unwrap_or(FRESHNESS.usual);
            assert_eq!(fresh.as_secs(), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_pause_in_seconds_or_until_a_date() {
        let now = NumericDate::from_seconds(784_111_777);
        for (value, expected) in [
            ("120", Some(120)),
            ("0", Some(0)),
            ("86400", Some(3600)),
            ("99999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3600)),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
        ] {
            let pause = retry_after(&headers(&[("retry-after", value)]), now);
            assert_eq!(pause.map(|pause| pause.as_secs()), expected, "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_the_other_side_says_is_kept_within_bounds(
            control in "(max-age|no-store|s-maxage|MAX-AGE|private|,|=|\"|-|[0-9]{1,25}| |\\t|[!-~]){0,12}",
            age in "[0-9]{0,25}|[ -~]{0,12}",
            pause in "[0-9]{1,25}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT|[ -~]{0,30}",
            now in proptest::num::i64::ANY,
        ) {
            let lines = [("cache-control", &*control), ("age", &age), ("retry-after", &pause)];
            let headers = headers(&lines);
            let fresh = FRESHNESS.said(&headers).unwrap_or(FRESHNESS.usual);
            assert!((FRESHNESS.least..=FRESHNESS.most).contains(&fresh), "{fresh:?}");
            let pause = retry_after(&headers, NumericDate::from_seconds(now));
            assert!(pause.unwrap_or_default() <= LONGEST_PAUSE);
        }
    }
}
