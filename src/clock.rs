//! Where the current time comes from.
//!
//! Verifiers and issuers read a [`Clock`], by default the [`SystemClock`]. Tests give them a [`ManualClock`] with
//! [`VerifierBuilder::with_clock`](crate::verify::VerifierBuilder::with_clock) and
//! [`IssuerBuilder::with_clock`](crate::issue::IssuerBuilder::with_clock).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::numeric_date::NumericDate;

/// A source of the current time.
///
/// Verifiers and issuers read the time once per token, from here and nowhere else.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::claims::NumericDate;
/// use keycard::clock::{Clock, SystemClock};
///
/// /// The clock of a machine that is known to be slow.
/// #[derive(Debug)]
/// struct Corrected(Duration);
///
/// impl Clock for Corrected {
///     fn now(&self) -> NumericDate {
///         SystemClock.now().saturating_add(self.0)
///     }
/// }
/// assert!(Corrected(Duration::from_secs(90)).now() > SystemClock.now());
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> NumericDate;
}

/// The clock of the operating system; the default everywhere.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::time::SystemTime;
/// use keycard::clock::{Clock, ManualClock, SystemClock};
///
/// // One type for both, so that a test can stop the time.
/// fn clock(stopped: bool) -> Arc<dyn Clock> {
///     if stopped { Arc::new(ManualClock::new(SystemTime::now())) } else { Arc::new(SystemClock) }
/// }
/// assert!(clock(false).now().saturating_since(clock(true).now()).as_secs() < 60);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to be told")]
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
    now: Arc<Mutex<NumericDate>>,
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
