//! The series of numbers: what each is called, and the way to the recorder of the application.

use std::cell::Cell;
use std::time::Duration;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder, SharedString, Unit, with_recorder};

pub(super) const AUTHENTICATE: &str = "keycard.authenticate.duration";
pub(super) const CHALLENGES: &str = "keycard.challenges";
pub(super) const FORBIDS: &str = "keycard.forbids";
pub(super) const SIGN_INS: &str = "keycard.sign_ins";
pub(super) const SIGN_OUTS: &str = "keycard.sign_outs";
pub(super) const WAITS: &str = "keycard.keys.waits";
pub(super) const WAIT: &str = "keycard.keys.wait.duration";
#[cfg(feature = "remote")]
pub(super) const KEYS_FETCHES: &str = "keycard.keys.fetches";
#[cfg(feature = "remote")]
pub(super) const KEYS_AGE: &str = "keycard.keys.age";
#[cfg(feature = "remote")]
pub(super) const KEYS_HELD: &str = "keycard.keys.held";
#[cfg(feature = "remote")]
pub(super) const KEYS_SKIPPED: &str = "keycard.keys.skipped";

static METADATA: Metadata<'static> = Metadata::new("keycard", Level::INFO, Some(module_path!()));

/// What a name means, as a recorder is told. The guide has the same, with the labels.
struct Meaning {
    name: &'static str,
    kind: Kind,
    text: &'static str,
}

enum Kind {
    /// A counter.
    Count,
    /// A histogram, in seconds.
    Durations,
    /// A gauge of how many there are.
    #[cfg(feature = "remote")]
    Number,
    /// A gauge, in seconds.
    #[cfg(feature = "remote")]
    Age,
}

const fn meaning(name: &'static str, kind: Kind, text: &'static str) -> Meaning {
    Meaning { name, kind, text }
}

#[rustfmt::skip] // A table.
const MEANINGS: &[Meaning] = &[
    meaning(AUTHENTICATE, Kind::Durations, "How long it took to decide about a request or a token."),
    meaning(CHALLENGES, Kind::Count, "Requests that were told to come again with another token: 401."),
    meaning(FORBIDS, Kind::Count, "Requests that were not allowed: 403."),
    meaning(SIGN_INS, Kind::Count, "Tokens that were given to a client."),
    meaning(SIGN_OUTS, Kind::Count, "Cookies that were removed on demand."),
    meaning(WAITS, Kind::Count, "Tokens whose key was not known yet."),
    meaning(WAIT, Kind::Durations, "How long a token waited for its key."),
    #[cfg(feature = "remote")]
    meaning(KEYS_FETCHES, Kind::Count, "Fetches of keys from elsewhere."),
    #[cfg(feature = "remote")]
    meaning(KEYS_AGE, Kind::Age, "How old the keys were when a fetch ended, good or not."),
    #[cfg(feature = "remote")]
    meaning(KEYS_HELD, Kind::Number, "Keys from elsewhere that are in use."),
    #[cfg(feature = "remote")]
    meaning(KEYS_SKIPPED, Kind::Number, "Keys from elsewhere that cannot be used."),
];

/// Tells the recorder what the names mean.
pub(super) fn describe() {
    with_recorder(|recorder| {
        for Meaning { name, kind, text } in MEANINGS {
            let (name, text) = (KeyName::from_const_str(name), SharedString::const_str(text));
            match kind {
                Kind::Count => recorder.describe_counter(name, Some(Unit::Count), text),
                Kind::Durations => recorder.describe_histogram(name, Some(Unit::Seconds), text),
                #[cfg(feature = "remote")]
                Kind::Number => recorder.describe_gauge(name, Some(Unit::Count), text),
                #[cfg(feature = "remote")]
                Kind::Age => recorder.describe_gauge(name, Some(Unit::Seconds), text),
            }
        }
    });
}

/// Counts one more.
pub(super) fn increment<const N: usize>(name: &'static str, labels: Labels<N>) {
    with_key(name, labels, |recorder, key| {
        recorder.register_counter(key, &METADATA).increment(1);
    });
}

/// Records how long it took.
pub(super) fn record<const N: usize>(name: &'static str, labels: Labels<N>, took: Duration) {
    with_key(name, labels, |recorder, key| {
        recorder.register_histogram(key, &METADATA).record(took);
    });
}

/// Says how many there are now, or for how long.
#[cfg(feature = "remote")]
pub(super) fn set<const N: usize>(name: &'static str, labels: Labels<N>, value: f64) {
    with_key(name, labels, |recorder, key| {
        recorder.register_gauge(key, &METADATA).set(value);
    });
}

type Labels<const N: usize> = [(&'static str, SharedString); N];

thread_local! {
    /// Room for the labels of one series, used again for the next: a refusal takes no memory otherwise, and there may
    /// be nobody who records it.
    static ROOM: Cell<Vec<Label>> = const { Cell::new(Vec::new()) };
}

/// Calls the recorder that there is at this moment, which may be the one of a test.
fn with_key<const N: usize>(
    name: &'static str,
    labels: Labels<N>,
    tell: impl FnOnce(&dyn Recorder, &Key),
) {
    // On a thread that ends there is no such room any more.
    let mut room = ROOM.try_with(Cell::take).unwrap_or_default();
    room.extend(labels.map(|(name, value)| Label::new(name, value)));
    let key = Key::from_parts(name, room);
    with_recorder(|recorder| tell(recorder, &key));
    let (_, mut room) = key.into_parts();
    room.clear();
    let _ = ROOM.try_with(|cell| cell.set(room));
}

#[cfg(all(test, feature = "remote"))]
mod tests {
    use super::*;

    /// The name, the kind and the unit of each row of the table in the guide.
    fn rows() -> Vec<(&'static str, &'static str)> {
        let guide = include_str!("../guide/metrics.md");
        let rows = guide.lines().filter(|line| line.starts_with("| `keycard."));
        rows.map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`'), cells[2])
        })
        .collect()
    }

    #[test]
    fn the_guide_has_each_name() {
        let described = MEANINGS.iter().map(|Meaning { name, kind, .. }| {
            let kind = match kind {
                Kind::Count => "counter",
                Kind::Durations => "histogram, seconds",
                Kind::Number => "gauge",
                Kind::Age => "gauge, seconds",
            };
            (*name, kind)
        });
        assert_eq!(described.collect::<Vec<_>>(), rows());
    }
}
