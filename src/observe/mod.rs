//! The one window: every outcome passes here once, and nothing else writes to the log.
//!
//! What decides returns facts; whoever acts on them tells them here. Counters belong beside the log.

mod event;
#[cfg(feature = "remote")]
mod keys;
mod log;
mod macros;
mod sparingly;

pub(crate) use self::event::{Circumstances, Event, OddGrants};
pub(crate) use self::log::{listens, observe, observe_about, stopwatch};
pub(crate) use self::sparingly::Sparingly;
