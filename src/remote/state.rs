//! How the keys are, seen from outside.

use std::fmt;
use std::time::Duration;

use super::error::RemoteError;
use super::held::Held;
use crate::keys::KeySet;

/// How good keys from elsewhere are.
///
/// # Examples
///
/// ```
/// use keycard::remote::{RemoteKeys, Status};
///
/// let keys = RemoteKeys::builder("https://idp.example").lazy()?;
/// assert_eq!(keys.state().status(), Status::Missing); // nobody has asked for them yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// As good as new.
    Fresh,
    /// Older than that, as they could not be fetched since. They are used.
    Stale,
    /// Too old to be used. Tokens are answered with 503.
    Expired,
    /// There have never been any. Tokens wait for them, or are answered with 503.
    Missing,
}

impl Status {
    /// Tells whether tokens can be verified.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        match self {
            Self::Fresh | Self::Stale => true,
            Self::Expired | Self::Missing => false,
        }
    }
}

/// How the keys of a [`RemoteKeys`](super::RemoteKeys) are, at one moment.
///
/// # Examples
///
/// For a health check:
///
/// ```
/// use keycard::remote::RemoteKeys;
///
/// fn health(keys: &RemoteKeys) -> (u16, String) {
///     let state = keys.state();
///     match state.last_error() {
///         _ if !state.status().is_usable() => (503, "no keys".to_owned()),
///         Some(error) => (200, format!("old keys: {error}")),
///         None => (200, format!("{} keys", state.keys().len())),
///     }
/// }
/// # let keys = RemoteKeys::builder("https://idp.example").lazy()?;
/// # assert_eq!(health(&keys).0, 503);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct State {
    status: Status,
    keys: KeySet,
    age: Option<Duration>,
    next_fetch: Duration,
    last_error: Option<RemoteError>,
}

impl State {
    pub(super) fn of(held: &Held, now: Duration) -> Self {
        let status = match &held.keys {
            None => Status::Missing,
            Some(_) if now >= held.usable_until => Status::Expired,
            Some(_) if now >= held.fresh_until => Status::Stale,
            Some(_) => Status::Fresh,
        };
        let keys = held.keys.clone().map(|(keys, _)| keys);
        Self {
            status,
            keys: keys.unwrap_or_else(|| KeySet::new([])),
            age: held.age(now),
            next_fetch: held.due.saturating_sub(now),
            last_error: held.error.clone(),
        }
    }

    /// Returns how good the keys are.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Returns the keys of the last good fetch, too old or not; [`KeySet::skipped`] tells which of them cannot be
    /// used. Empty if there was none.
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Returns how long ago they were fetched.
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Returns after how long they are fetched again.
    pub const fn next_fetch(&self) -> Duration {
        self.next_fetch
    }

    /// Returns why the last fetch failed, if it did.
    pub const fn last_error(&self) -> Option<&RemoteError> {
        self.last_error.as_ref()
    }
}

/// Does not show the keys.
impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("status", &self.status)
            .field("keys", &self.keys.len())
            .field("skipped", &self.keys.skipped().count())
            .field("age", &self.age)
            .field("next_fetch", &self.next_fetch)
            .field("last_error", &self.last_error)
            .finish()
    }
}
