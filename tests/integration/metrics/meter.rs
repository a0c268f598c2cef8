//! All that a test counts.

use std::collections::BTreeMap;

use metrics::Unit;
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::recorder::LogLine;

/// Records on this thread, and with it in a runtime of one thread, while the guard of [`start`](Self::start) lives.
pub struct Meter {
    seen: Snapshotter,
}

/// A series by its name and labels, as in `keycard.challenges{reason=expired, source=header, trust=desk}`, and its
/// value: that of a counter or gauge, or how many times something was measured.
pub type Seen = BTreeMap<String, u64>;

impl Meter {
    pub fn of(recorder: &DebuggingRecorder) -> Self {
        Self {
            seen: recorder.snapshotter(),
        }
    }

    /// What was counted since it was last asked for; gauges that nobody has set since are 0 then.
    pub fn seen(&self) -> Seen {
        let mut all = Seen::new();
        for (series, unit, description, value) in self.seen.snapshot().into_vec() {
            let (kind, key) = (series.kind(), series.key());
            let labels: Vec<_> = key
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let name = format!("{}{{{}}}", key.name(), labels.join(", "));
            assert!(description.is_some(), "{name} is described");
            note(key);
            let (expected, value) = match value {
                DebugValue::Counter(count) => (Unit::Count, count),
                DebugValue::Histogram(durations) => {
                    // A measurement of this process, and no more than a test takes.
                    assert!(durations.iter().all(|one| (0.0..60.0).contains(&one.0)));
                    (Unit::Seconds, durations.len().try_into().unwrap())
                }
                DebugValue::Gauge(value) if key.name() == "keycard.keys.age" => {
                    (Unit::Seconds, whole(value.0))
                }
                DebugValue::Gauge(value) => (Unit::Count, whole(value.0)),
            };
            assert_eq!(unit, Some(expected), "{name}");
            if value > 0 || matches!(kind, MetricKind::Gauge) {
                all.insert(name, value);
            }
        }
        all
    }
}

fn whole(value: f64) -> u64 {
    format!("{value:.0}").parse().unwrap()
}

/// Has the labels looked at for what must not leave the process. What the operator configured may.
fn note(key: &metrics::Key) {
    use std::io::Write;
    let labels = key.labels();
    let labels = labels.filter(|label| !["trust", "source"].contains(&label.key()));
    let labels: Vec<_> = labels
        .map(|label| format!("{}={}", label.key(), label.value()))
        .collect();
    write!(LogLine, "{} {}", key.name(), labels.join(" ")).unwrap();
}

/// The series of a table of them: each line a value and a series.
pub fn series(table: &str) -> Seen {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (value, name) = line.split_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}
