//! How many requests wait for the keys of a trust at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::Outage;

/// After how long one that finds the queue full should come again.
const LATER: Outage = Outage::new(Duration::from_secs(1));

/// A request that waits holds its body, its connection and what the key source makes for it, and anybody can invent a
/// `kid`.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: AtomicUsize,
}

/// A place in the queue, which is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    queue: &'a Queue,
}

impl Queue {
    /// Takes a place, if there are fewer than `most`.
    pub(super) fn enter(&self, most: usize) -> Result<Place<'_>, Outage> {
        let place = Place { queue: self };
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        if before < most { Ok(place) } else { Err(LATER) }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
