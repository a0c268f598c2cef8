//! Lines about keys that come from elsewhere.

use std::fmt::Display;

use super::event::Event;
use super::macros::line;

/// Tells the log what became of keys. They are the affair of the operator: nobody on the net causes more of these lines
/// than the bounds of fetching allow.
pub(super) fn tell(event: &Event<'_>) {
    match event {
        Event::KeysFetched { .. } => fetched(event),
        Event::KeysNotFetched { .. } => not_fetched(event),
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

fn fetched(event: &Event<'_>) {
    let Event::KeysFetched {
        source,
        keys,
        skipped,
        is_new,
        failures,
        fresh,
    } = event
    else {
        return;
    };
    let fresh_seconds = fresh.as_secs();
    match (is_new, failures) {
        (true, _) => line!(
            INFO,
            source = source,
            keys = keys,
            skipped = skipped,
            fresh_seconds = fresh_seconds,
            "new keys came from elsewhere"
        ),
        (false, 0) => line!(
            DEBUG,
            source = source,
            fresh_seconds = fresh_seconds,
            "the keys from elsewhere are the same as before"
        ),
        (false, _) => line!(
            INFO,
            source = source,
            failures = failures,
            fresh_seconds = fresh_seconds,
            "keys can be fetched again, and are the same as before"
        ),
    }
}

fn not_fetched(event: &Event<'_>) {
    let Event::KeysNotFetched {
        source,
        error,
        failure,
        age,
        usable,
        next,
    } = event
    else {
        return;
    };
    let age_seconds = age.map(|age| age.as_secs());
    let next_seconds = next.as_secs();
    if let Some(usable) = usable {
        line!(
            WARN,
            source = source,
            failure = failure,
            age_seconds = age_seconds,
            usable_seconds = usable.as_secs(),
            next_fetch_seconds = next_seconds,
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
        next_fetch_seconds = next_seconds,
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
