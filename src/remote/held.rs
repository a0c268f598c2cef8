//! The keys as they are now, in a snapshot that nobody changes.

use std::time::Duration;

use super::error::RemoteError;
use crate::keys::KeySet;

/// What is known after a fetch, replaced as a whole by the next one.
#[derive(Clone)]
pub(super) struct Held {
    /// The last good keys, and when they came.
    pub(super) keys: Option<(KeySet, Duration)>,
    /// How old they were then: those of a file are.
    pub(super) older: Duration,
    /// Until then they are as good as new.
    pub(super) fresh_until: Duration,
    /// Until then they are better than none.
    pub(super) usable_until: Duration,
    /// When they are fetched again.
    pub(super) due: Duration,
    /// Why the last fetch brought nothing, if it did not.
    pub(super) error: Option<RemoteError>,
    /// How many fetches in a row have failed.
    pub(super) failures: u32,
}

impl Held {
    /// Nothing, and a fetch is due.
    pub(super) const fn nothing(now: Duration) -> Self {
        Self {
            keys: None,
            older: Duration::ZERO,
            fresh_until: Duration::ZERO,
            usable_until: Duration::ZERO,
            due: now,
            error: None,
            failures: 0,
        }
    }

    /// Returns how long ago the keys came.
    pub(super) fn age(&self, now: Duration) -> Option<Duration> {
        let (_, since) = self.keys.as_ref()?;
        Some(now.saturating_sub(*since).saturating_add(self.older))
    }

    /// Returns the keys, unless they are too old.
    pub(super) fn usable(&self, now: Duration) -> Option<&KeySet> {
        let (keys, _) = self.keys.as_ref()?;
        (now < self.usable_until).then_some(keys)
    }
}
