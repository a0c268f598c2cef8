//! Keys from elsewhere, as a verifier sees them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::core::Core;
use super::desk::{Advice, Lack};
use super::error::RemoteError;
use super::settings::Settings;
use super::state::State;
use crate::error::Outage;
use crate::future::{BoxFuture, before};
use crate::keys::{KeySet, KeySource, Wanted};
use crate::observe::{Event, observe};

/// What whoever starts it elsewhere is told.
pub(super) const NO_RUNTIME: &str = "there is no tokio runtime here to fetch keys with";

/// The keys of an issuer that publishes them: fetched, kept, and fetched again before they are too old.
///
/// Cheap to clone; clones share everything. What happens when is told by the [module](super).
///
/// # Examples
///
/// One line for the usual case. Tokens have to name this issuer:
///
/// ```no_run
/// use keycard::remote::RemoteKeys;
/// use keycard::{JwtLayer, Verifier};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::builder(RemoteKeys::discover("https://idp.example").await?)
///     .audience("https://rooms.example")
///     .build()?;
/// let layer = JwtLayer::new(verifier);
/// # Ok(())
/// # }
/// ```
#[doc(alias("jwks", "oidc", "openid"))]
#[derive(Clone)]
pub struct RemoteKeys {
    owner: Arc<Owner>,
}

/// Whoever holds the keys. With the last of them the task ends.
struct Owner {
    core: Arc<Core>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        let task = self.task.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task.take() {
            task.abort();
        }
    }
}

impl Owner {
    /// Sees to it that somebody fetches. Fails where there is no runtime.
    fn start(&self) -> bool {
        let mut task = match self.task.try_lock() {
            Ok(task) => task,
            Err(TryLockError::Poisoned(task)) => task.into_inner(),
            // Somebody else is about to.
            Err(TryLockError::WouldBlock) => return true,
        };
        if task.as_ref().is_some_and(|task| !task.is_finished()) {
            return true;
        }
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        *task = Some(runtime.spawn(Arc::clone(&self.core).run()));
        true
    }

    /// Waits until there is a key for a token, or nothing more is to be hoped for.
    async fn look_for(&self, key_id: Option<&str>) -> Result<(), Outage> {
        let core = &self.core;
        while let Some((lack, advice)) = core.ask(key_id) {
            let Advice::Wait {
                number,
                begins_later,
            } = advice
            else {
                return self.give_up(lack);
            };
            self.start();
            core.until_ended(number).await;
            match core.lack(key_id) {
                // One that had begun before may have missed what was published since.
                Some(still) if begins_later => {
                    if core.held().error.is_none() {
                        core.remember_missing(still);
                    }
                    return self.give_up(still);
                }
                Some(still) if core.held().error.is_some() => return self.give_up(still),
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    /// There is no such key, or nobody knows.
    fn give_up(&self, lack: Lack) -> Result<(), Outage> {
        if lack == Lack::AllKeys || self.core.held().error.is_some() {
            return Err(self.core.outage());
        }
        Ok(())
    }
}

impl RemoteKeys {
    pub(super) fn new(settings: Settings) -> Self {
        observe(&Event::Built);
        Self {
            owner: Arc::new(Owner {
                core: Arc::new(Core::new(settings)),
                task: Mutex::new(None),
            }),
        }
    }

    /// Starts to fetch, if there is a runtime.
    pub(super) fn start(&self) -> bool {
        self.owner.start()
    }

    /// Waits for the first fetch. Keys of a file are as good.
    pub(super) async fn first_fetch(&self) -> Result<(), RemoteError> {
        let reloaded = self.reload().await;
        let is_usable = self.state().status().is_usable();
        if is_usable { Ok(()) } else { reloaded }
    }

    /// Fetches the keys now, whatever was fetched before and however often.
    ///
    /// For an operator, or a webhook that tells of a rotation: nothing else bounds how often it asks.
    ///
    /// # Errors
    ///
    /// The keys could not be fetched. Those that were held are used further on, as long as they may be.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::remote::{RemoteError, RemoteKeys};
    ///
    /// async fn rotated(keys: &RemoteKeys) -> Result<usize, RemoteError> {
    ///     keys.reload().await?;
    ///     Ok(keys.state().keys().len())
    /// }
    /// ```
    pub async fn reload(&self) -> Result<(), RemoteError> {
        let core = &self.owner.core;
        let advice = core.call();
        if !self.owner.start() {
            return Err(RemoteError::configuration(NO_RUNTIME));
        }
        if let Advice::Wait { number, .. } = advice {
            core.until_ended(number).await;
        }
        core.held().error.clone().map_or(Ok(()), Err)
    }

    /// Waits until no fetch is due, called for or under way: for tests that have moved the clock, whose next step depends on
    /// what was fetched.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    /// use keycard::testing::{self, Provider};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (idp, clock) = (Provider::start(), testing::clock());
    /// let keys = RemoteKeys::builder(idp.url()).with_clock(clock.clone()).connect().await?;
    /// idp.rotate();
    /// clock.advance(Duration::from_secs(600));
    /// keys.settled().await;
    /// assert_eq!(keys.state().keys().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn settled(&self) {
        if self.owner.start() {
            self.owner.core.until_settled().await;
        }
    }

    /// Tells how the keys are: for a health check, a page of the operator, or metrics.
    pub fn state(&self) -> State {
        State::of(&self.owner.core.held(), self.owner.core.now())
    }
}

impl KeySource for RemoteKeys {
    fn snapshot(&self) -> Option<KeySet> {
        let (keys, is_due) = self.owner.core.usable();
        if is_due {
            // On most days the task is there, and about to.
            self.owner.start();
        }
        keys
    }

    fn refresh<'a>(
        &'a self,
        wanted: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async move {
            let core = &self.owner.core;
            // Neither a timer nor a task of tokio begins elsewhere.
            if Handle::try_current().is_err() {
                let source = core.settings.place.name();
                observe(&Event::NoRuntime { source });
                return Err(core.outage());
            }
            let until = core.now().saturating_add(core.settings.numbers.wait);
            let limit = core.settings.timer.sleep_until(until);
            let found = before(limit, self.owner.look_for(wanted.key_id())).await;
            found.unwrap_or_else(|| Err(core.outage()))
        })
    }

    fn issuer(&self) -> Option<&str> {
        self.owner.core.settings.place.issuer.as_deref()
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("issuer", &self.issuer())
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
