//! When to ask again.

use std::time::Duration;

use aws_lc_rs::rand;

/// How long it takes at least until a failed fetch is tried again. Each in a row doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How long it takes at most, and at least while there are keys.
pub(super) const USUAL_PAUSE: Duration = Duration::from_secs(30);

/// When to fetch anew: after so many percent of the time, and up to half of what is left later, as many instances
/// may have started at once.
pub(super) fn ahead(fresh: Duration, percent: u32) -> Duration {
    let share = |percent: u32| {
        fresh
            .saturating_mul(percent)
            .checked_div(100)
            .unwrap_or(fresh)
    };
    let rest = share(100_u32.saturating_sub(percent));
    share(percent).saturating_add(random_part(rest.checked_div(2).unwrap_or_default()))
}

/// How long to wait after so many failures in a row.
pub(super) fn backoff(failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(failures.min(8)).unwrap_or(1);
    spread(FIRST_PAUSE.saturating_mul(factor).min(USUAL_PAUSE))
}

/// The same, or up to a quarter more.
pub(super) fn spread(pause: Duration) -> Duration {
    pause.saturating_add(random_part(pause.checked_div(4).unwrap_or_default()))
}

fn random_part(whole: Duration) -> Duration {
    let mut byte = [0];
    // Without random bytes nothing is spread, and nothing else is lost.
    let _ = rand::fill(&mut byte);
    let [byte] = byte;
    whole
        .saturating_mul(u32::from(byte))
        .checked_div(256)
        .unwrap_or_default()
}
