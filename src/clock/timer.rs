//! Time that only goes forward, and waiting for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::manual::ManualClock;
use super::wall::{Clock, SystemClock};
use crate::future::BoxFuture;

/// A clock by which one can wait: for what has to happen again and again, or has to end.
///
/// [`SystemClock`] waits as tokio does. A [`ManualClock`] goes on when it is
/// [moved](ManualClock::advance), so that a test of hours takes no time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::clock::{ManualClock, Timer};
/// use keycard::testing;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock: ManualClock = testing::clock();
/// let hour = clock.elapsed() + Duration::from_secs(3600);
/// let waiting = tokio::spawn(clock.sleep_until(hour));
/// clock.advance(Duration::from_secs(3600));
/// waiting.await.expect("it has not panicked");
/// # }
/// ```
pub trait Timer: Clock {
    /// Returns the time since some moment that stays the same: it never goes back, whoever sets the clock.
    fn elapsed(&self) -> Duration;

    /// Waits until [`elapsed`](Self::elapsed) is this much.
    fn sleep_until(&self, elapsed: Duration) -> BoxFuture<'static, ()>;
}

/// The moment that the time of the process is counted from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Timer for SystemClock {
    fn elapsed(&self) -> Duration {
        START.elapsed()
    }

    fn sleep_until(&self, elapsed: Duration) -> BoxFuture<'static, ()> {
        let remaining = elapsed.saturating_sub(self.elapsed());
        Box::pin(tokio::time::sleep(remaining))
    }
}

impl Timer for ManualClock {
    fn elapsed(&self) -> Duration {
        self.shown().elapsed
    }

    fn sleep_until(&self, elapsed: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        Box::pin(Sleep { clock, elapsed })
    }
}

/// Waits for a clock that is moved by hand.
struct Sleep {
    clock: ManualClock,
    elapsed: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut shown = self.clock.shown();
        if shown.elapsed >= self.elapsed {
            return Poll::Ready(());
        }
        let sleepers = &mut shown.sleepers;
        if !sleepers
            .iter()
            .any(|other| other.will_wake(context.waker()))
        {
            sleepers.push(context.waker().clone());
        }
        Poll::Pending
    }
}
