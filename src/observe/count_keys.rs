//! What is counted of keys that come from elsewhere. Their source is called as it was configured.

use std::time::Duration;

use metrics::SharedString;

use super::event::Event;
use super::series::{self, increment, set};

/// Counts what became of a fetch.
pub(super) fn count(event: &Event<'_>) {
    match event {
        Event::KeysFetched {
            source,
            keys,
            skipped,
            is_new,
            ..
        } => {
            fetched(source, if *is_new { "ok" } else { "same" });
            hold(source, *keys, Duration::ZERO);
            set(series::KEYS_SKIPPED, of(source), number(*skipped));
        }
        Event::KeysNotFetched {
            source,
            failure,
            age,
            usable,
            ..
        } => {
            fetched(source, failure);
            if let Some(age) = age {
                set(series::KEYS_AGE, of(source), age.as_secs_f64());
            }
            if usable.is_none() {
                set(series::KEYS_HELD, of(source), 0.0);
            }
        }
        Event::SeedUsed { source, keys, age } => hold(source, *keys, *age),
        _ => {}
    }
}

fn fetched(source: &str, outcome: &'static str) {
    let [source] = of(source);
    increment(series::KEYS_FETCHES, [("outcome", outcome.into()), source]);
}

fn hold(source: &str, keys: usize, age: Duration) {
    set(series::KEYS_HELD, of(source), number(keys));
    set(series::KEYS_AGE, of(source), age.as_secs_f64());
}

fn of(source: &str) -> [(&'static str, SharedString); 1] {
    [("source", source.to_owned().into())]
}

fn number(count: usize) -> f64 {
    // A set has far fewer keys than this.
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
