//! Lines about keys that come from elsewhere.

use std::fmt::Display;

use super::event::Event;
use super::macros::line;

/// Tells the log what became of keys. They are the affair of the operator: nobody on the net causes more of these lines
/// than the bounds of fetching allow.
pub(super) fn tell(event: &Event<'_>) {
    match event {
        Event::KeysFetched {
            source,
            keys,
            skipped,
            is_new,
            fresh,
        } => {
            let fresh = fresh.as_secs();
            fetched(source, (*keys, *skipped), *is_new, fresh);
        }
        Event::KeysNotFetched {
            source,
            error,
            failure,
            age,
            usable,
        } => {
            let age = age.map(|age| age.as_secs());
            not_fetched(source, error, (failure, age), *usable);
        }
        Event::KeysOnOtherHost { source, host } => line!(
            INFO,
            source = source,
            host = host,
            "the keys of an issuer are on another host than its metadata"
        ),
        Event::NoRuntime { source } => line!(
            ERROR,
            source = source,
            "keys from elsewhere are fetched in a tokio runtime, and there is none here"
        ),
        Event::SeedUsed { source, keys, age } => line!(
            WARN,
            source = source,
            keys = keys,
            age_seconds = age.as_secs(),
            "the keys of the seed file are used, as the issuer is out of reach"
        ),
        Event::SeedTrouble {
            source,
            what,
            problem,
        } => seed_trouble(source, what, problem),
        _ => {}
    }
}

fn fetched(source: &str, (keys, skipped): (usize, usize), is_new: bool, fresh_seconds: u64) {
    if !is_new {
        line!(
            DEBUG,
            source = source,
            fresh_seconds = fresh_seconds,
            "the keys from elsewhere are the same as before"
        );
        return;
    }
    line!(
        INFO,
        source = source,
        keys = keys,
        skipped = skipped,
        fresh_seconds = fresh_seconds,
        "new keys came from elsewhere"
    );
}

fn not_fetched(
    source: &str,
    error: &dyn Display,
    (failure, age_seconds): (&str, Option<u64>),
    usable: bool,
) {
    if usable {
        line!(
            WARN,
            source = source,
            failure = failure,
        age_seconds = age_seconds,
        error = %error,
            "keys cannot be fetched, and the old ones are used meanwhile"
        );
        return;
    }
    line!(
        ERROR,
        source = source,
        failure = failure,
        age_seconds = age_seconds,
        error = %error,
        "keys cannot be fetched and there are none to use: until there are, tokens are answered with 503"
    );
}

fn seed_trouble(source: &str, what: &str, problem: &dyn Display) {
    line!(
        WARN,
        source = source,
        what = what,
        problem = %problem,
        "the seed file for keys is of no use"
    );
}
