//! Where the current time comes from.
//!
//! Verifiers and issuers read a [`Clock`], by default the [`SystemClock`]. Tests give them a [`ManualClock`] with
//! [`VerifierBuilder::with_clock`](crate::verify::VerifierBuilder::with_clock) and
//! [`IssuerBuilder::with_clock`](crate::issue::IssuerBuilder::with_clock).

mod manual;
#[cfg(feature = "remote")]
mod timer;
mod wall;

pub use self::manual::ManualClock;
#[cfg(feature = "remote")]
pub use self::timer::Timer;
pub use self::wall::{Clock, SystemClock};
