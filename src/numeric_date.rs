//! NumericDate: a point in time as a token writes it.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Number;
#[cfg(feature = "time")]
use time::OffsetDateTime;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// No token lasts longer. What is further away was written in milliseconds, most likely.
pub(crate) const CENTURY: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// A NumericDate of RFC 7519, section 2: seconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Reads integers and floats of any size, as issuers send both; what lies outside of the range
/// counts as the far past or the far future. A fraction of a second is as exact as binary64 has it, to
/// less than a microsecond at present. Arithmetic saturates and never panics.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::claims::NumericDate;
///
/// let issued = NumericDate::from_seconds(1_700_000_000);
/// let expires = issued.saturating_add(Duration::from_secs(900));
/// assert!(issued < expires);
/// assert_eq!(expires.seconds(), 1_700_000_900);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NumericDate {
    nanos: i128,
}

impl NumericDate {
    /// Returns the point in time this many seconds after 1970-01-01T00:00:00Z.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::claims::NumericDate;
    ///
    /// // 2026-01-01T00:00:00Z.
    /// const OPENING: NumericDate = NumericDate::from_seconds(1_767_225_600);
    /// assert_eq!(serde_json::json!(OPENING), 1_767_225_600);
    /// ```
    pub const fn from_seconds(seconds: i64) -> Self {
        Self {
            nanos: (seconds as i128).saturating_mul(NANOS_PER_SECOND),
        }
    }

    /// Reads a float; whatever lies beyond the range becomes its end. NaN is no time: `None`.
    pub(crate) fn from_float(seconds: f64) -> Option<Self> {
        if seconds.is_nan() {
            return None;
        }
        // `as` between floats and integers saturates.
        #[expect(clippy::cast_possible_truncation)]
        let (whole, part) = (seconds.trunc() as i128, (seconds.fract() * 1e9) as i128);
        Some(Self {
            nanos: whole.saturating_mul(NANOS_PER_SECOND).saturating_add(part),
        })
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z, rounded down, saturating.
    pub fn seconds(self) -> i64 {
        let seconds = self.nanos.div_euclid(NANOS_PER_SECOND);
        i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
    }

    /// Returns this time plus `duration`, or the latest time there is.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self {
            nanos: self.nanos.saturating_add(nanos_of(duration)),
        }
    }

    /// Returns this time minus `duration`, or the earliest time there is.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self {
            nanos: self.nanos.saturating_sub(nanos_of(duration)),
        }
    }

    /// Returns how long it is from `earlier` until this time, zero if it is not later.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        let nanos = self.nanos.saturating_sub(earlier.nanos).max(0);
        let (seconds, part) = (
            nanos.div_euclid(NANOS_PER_SECOND),
            nanos.rem_euclid(NANOS_PER_SECOND),
        );
        Duration::new(
            u64::try_from(seconds).unwrap_or(u64::MAX),
            u32::try_from(part).unwrap_or(0),
        )
    }

    /// Returns the same time without the fraction of its second.
    #[must_use]
    pub fn truncated(self) -> Self {
        Self::from_seconds(self.seconds())
    }
}

#[expect(clippy::cast_possible_wrap)]
fn nanos_of(duration: Duration) -> i128 {
    // The largest duration has 94 bits of nanoseconds.
    duration.as_nanos() as i128
}

impl From<SystemTime> for NumericDate {
    fn from(time: SystemTime) -> Self {
        let zero = Self { nanos: 0 };
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => zero.saturating_add(after),
            Err(before) => zero.saturating_sub(before.duration()),
        }
    }
}

#[cfg(feature = "time")]
#[cfg_attr(docsrs, doc(cfg(feature = "time")))]
impl From<OffsetDateTime> for NumericDate {
    fn from(time: OffsetDateTime) -> Self {
        Self {
            nanos: time.unix_timestamp_nanos(),
        }
    }
}

/// Fails for times outside of the years -9999 to 9999.
#[cfg(feature = "time")]
#[cfg_attr(docsrs, doc(cfg(feature = "time")))]
impl TryFrom<NumericDate> for OffsetDateTime {
    type Error = time::error::ComponentRange;

    fn try_from(date: NumericDate) -> Result<Self, Self::Error> {
        Self::from_unix_timestamp_nanos(date.nanos)
    }
}

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.truncated() == *self {
            return serializer.serialize_i64(self.seconds());
        }
        #[expect(clippy::cast_precision_loss)]
        serializer.serialize_f64(self.nanos as f64 / 1e9)
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = NumericDate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_i64<E>(self, seconds: i64) -> Result<NumericDate, E> {
                Ok(NumericDate::from_seconds(seconds))
            }

            fn visit_u64<E>(self, seconds: u64) -> Result<NumericDate, E> {
                Ok(NumericDate::from_seconds(
                    i64::try_from(seconds).unwrap_or(i64::MAX),
                ))
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<NumericDate, E> {
                NumericDate::from_float(seconds).ok_or_else(|| E::custom("not a number"))
            }

            // How `serde_json` hands out numbers if somebody in the tree has turned `arbitrary_precision` on.
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<NumericDate, A::Error> {
                let number = Number::deserialize(MapAccessDeserializer::new(map))?;
                match (number.as_i64(), number.as_f64()) {
                    (Some(seconds), _) => self.visit_i64(seconds),
                    (None, Some(seconds)) => self.visit_f64(seconds),
                    (None, None) => Err(de::Error::custom("a number out of range")),
                }
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_their_fraction_and_saturate() {
        let half = NumericDate::from_float(1.5).unwrap();
        assert_eq!(half.seconds(), 1);
        assert!(half > NumericDate::from_seconds(1) && half < NumericDate::from_seconds(2));
        assert_eq!(NumericDate::from_float(-0.5).unwrap().seconds(), -1);
        for extreme in [f64::MAX, f64::INFINITY] {
            let far = NumericDate::from_float(extreme).unwrap();
            assert_eq!(far.seconds(), i64::MAX);
            assert_eq!(far.saturating_add(Duration::MAX), far);
        }
        assert_eq!(
            NumericDate::from_float(f64::MIN).unwrap().seconds(),
            i64::MIN
        );
        assert_eq!(NumericDate::from_float(f64::NAN), None);
    }

    #[test]
    fn writes_an_integer_where_it_can() {
        let json = |date| serde_json::to_string(&date).unwrap();
        assert_eq!(json(NumericDate::from_seconds(-7)), "-7");
        assert_eq!(json(NumericDate::from_float(1.5).unwrap()), "1.5");
        assert_eq!(
            serde_json::from_str::<NumericDate>("1e3").unwrap(),
            NumericDate::from_seconds(1000)
        );
    }

    #[test]
    fn converts_from_and_to_the_clocks_of_others() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!(NumericDate::from(before), NumericDate::from_seconds(-5));
        let date = NumericDate::from_seconds(1_700_000_000);
        assert_eq!(
            NumericDate::from(OffsetDateTime::try_from(date).unwrap()),
            date
        );
        assert!(OffsetDateTime::try_from(NumericDate::from_seconds(i64::MAX)).is_err());
    }

    #[test]
    fn differences_are_never_negative() {
        let (one, other) = (
            NumericDate::from_seconds(3),
            NumericDate::from_float(5.25).unwrap(),
        );
        assert_eq!(other.saturating_since(one), Duration::from_millis(2_250));
        assert_eq!(one.saturating_since(other), Duration::ZERO);
        assert_eq!(NumericDate::from_float(-1e300).unwrap().seconds(), i64::MIN);
        assert_eq!(NumericDate::from_seconds(0).seconds(), 0);
    }
}
