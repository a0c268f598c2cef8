//! The one window: every outcome passes here once, and nothing else writes to the log or counts.
//!
//! What decides returns facts; whoever acts on them tells them here. Counters stand beside the log.

#[cfg(feature = "metrics")]
mod count;
#[cfg(all(feature = "metrics", feature = "remote"))]
mod count_keys;
mod event;
#[cfg(feature = "remote")]
mod keys;
mod log;
mod macros;
#[cfg(feature = "metrics")]
mod reasons;
#[cfg(feature = "metrics")]
mod series;
mod sparingly;
mod window;

pub(crate) use self::event::{Circumstances, Event, OddGrants, Speaker};
pub(crate) use self::log::listens;
pub(crate) use self::sparingly::Sparingly;
pub(crate) use self::window::{observe, observe_about, stopwatch};
