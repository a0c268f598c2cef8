//! keycard
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod algorithm;
mod clock;
mod error;
mod json;
mod numeric_date;
mod trace;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{ConfigError, Outage, Reason};
pub use numeric_date::NumericDate;
