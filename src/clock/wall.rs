//! The time of day.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

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

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> NumericDate {
        (**self).now()
    }
}
