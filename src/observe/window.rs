//! Where everything is told: to the log, and to counters if there are any.

use std::time::Instant;

#[cfg(feature = "metrics")]
use super::count::count;
use super::event::{Circumstances, Event};
use super::log::{listens, tell};

/// Tells what happened, about nothing in particular.
pub(crate) fn observe(event: &Event<'_>) {
    observe_about(event, &Circumstances::default());
}

/// Tells what happened.
pub(crate) fn observe_about(event: &Event<'_>, about: &Circumstances<'_>) {
    #[cfg(feature = "metrics")]
    count(event, about);
    tell(event, about);
}

/// Starts to measure, if somebody wants to know: reading the clock costs a good part of a cheap signature.
pub(crate) fn stopwatch() -> Option<Instant> {
    (cfg!(feature = "metrics") || listens()).then(Instant::now)
}
