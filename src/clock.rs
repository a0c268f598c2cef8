//! Where the current time comes from.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::numeric_date::NumericDate;

/// A source of the current time.
///
/// Verifiers and issuers read the time once per token, from here and nowhere else.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> NumericDate;
}

/// The clock of the operating system; the default everywhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> NumericDate {
        SystemTime::now().into()
    }
}

/// A clock that stands still until it is told to move, for tests.
///
/// Clones show the same time. Start it at `SystemTime::now()` where the real time matters.
///
/// A verifier refuses a token only when the leeway is over too: 60 seconds after `exp`, unless
/// [`leeway`](crate::VerifierBuilder::leeway) says otherwise.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::{Clock, ManualClock, NumericDate};
///
/// let clock = ManualClock::new(NumericDate::from_seconds(1_000));
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now(), NumericDate::from_seconds(1_005));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<Mutex<NumericDate>>,
}

impl ManualClock {
    /// Creates a clock that shows `now`.
    pub fn new(now: impl Into<NumericDate>) -> Self {
        Self {
            now: Arc::new(Mutex::new(now.into())),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(duration);
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, now: impl Into<NumericDate>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now.into();
    }
}

impl Clock for ManualClock {
    fn now(&self) -> NumericDate {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> NumericDate {
        (**self).now()
    }
}
