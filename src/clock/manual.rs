//! A clock in the hands of a test.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::wall::Clock;
use crate::numeric_date::NumericDate;

/// A clock that stands still until it is told to move, for tests.
///
/// Clones show the same time. Start it at `SystemTime::now()` where the real time matters.
///
/// A verifier refuses a token only when the leeway is over too: 60 seconds after `exp`, unless
/// [`leeway`](crate::verify::VerifierBuilder::leeway) says otherwise.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::claims::NumericDate;
/// use keycard::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::new(NumericDate::from_seconds(1_000));
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now(), NumericDate::from_seconds(1_005));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    pub(super) shown: Arc<Mutex<Shown>>,
}

/// What the clock shows.
#[derive(Debug)]
pub(super) struct Shown {
    now: NumericDate,
    /// How far it was moved forward, all in all.
    pub(super) elapsed: Duration,
    /// Those who wait for it to show more.
    #[cfg(feature = "remote")]
    pub(super) sleepers: Vec<std::task::Waker>,
}

impl ManualClock {
    /// Creates a clock that shows `now`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use keycard::claims::NumericDate;
    /// use keycard::clock::{Clock, ManualClock};
    ///
    /// let real = ManualClock::new(SystemTime::now());
    /// assert_eq!(real.now(), real.now());
    /// let fixed = ManualClock::new(NumericDate::from_seconds(1_700_000_000));
    /// assert_eq!(fixed.now().seconds(), 1_700_000_000);
    /// ```
    pub fn new(now: impl Into<NumericDate>) -> Self {
        Self {
            shown: Arc::new(Mutex::new(Shown {
                now: now.into(),
                elapsed: Duration::ZERO,
                #[cfg(feature = "remote")]
                sleepers: Vec::new(),
            })),
        }
    }

    /// Moves the clock forward, and whoever waits for that time goes on.
    pub fn advance(&self, duration: Duration) {
        let mut shown = self.shown();
        shown.now = shown.now.saturating_add(duration);
        shown.elapsed = shown.elapsed.saturating_add(duration);
        #[cfg(feature = "remote")]
        shown.sleepers.drain(..).for_each(std::task::Waker::wake);
    }

    /// Sets the clock, forward or back. As when an operating system sets its clock, nobody has waited longer for
    /// that.
    pub fn set(&self, now: impl Into<NumericDate>) {
        self.shown().now = now.into();
    }

    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> NumericDate {
        self.shown().now
    }
}
