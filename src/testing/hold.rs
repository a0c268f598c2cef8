//! Answers that are held back until a test has seen enough.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// Holds back what a [`Provider`](super::Provider) would answer, until it is released or dropped.
///
/// # Examples
///
/// See [`Provider::hold`](super::Provider::hold).
///
/// ```
/// use keycard::testing::{Hold, Provider};
///
/// let idp = Provider::start();
/// let hold: Hold = idp.hold();
/// hold.release();
/// ```
#[must_use = "what is dropped holds nothing back"]
pub struct Hold {
    bar: Arc<Bar>,
}

/// What those who wait share with whoever lets them go.
pub(super) struct Bar {
    arrived: watch::Sender<usize>,
    is_lifted: watch::Sender<bool>,
}

impl Bar {
    /// Waits until it is lifted.
    pub(super) async fn pass(&self) {
        self.arrived
            .send_modify(|arrived| *arrived = arrived.saturating_add(1));
        // The sender lives as long as this.
        let _ = self.is_lifted.subscribe().wait_for(|lifted| *lifted).await;
    }
}

impl Hold {
    pub(super) fn new() -> (Self, Arc<Bar>) {
        let bar = Arc::new(Bar {
            arrived: watch::Sender::new(0),
            is_lifted: watch::Sender::new(false),
        });
        let hold = Self {
            bar: Arc::clone(&bar),
        };
        (hold, bar)
    }

    /// Waits until so many requests have come.
    pub async fn until_waiting(&self, requests: usize) {
        let mut arrived = self.bar.arrived.subscribe();
        let _ = arrived.wait_for(|arrived| *arrived >= requests).await;
    }

    /// Lets all of them go on, and those that come later.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.bar.is_lifted.send_replace(true);
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = *self.bar.arrived.borrow();
        f.debug_struct("Hold").field("waiting", &waiting).finish()
    }
}
