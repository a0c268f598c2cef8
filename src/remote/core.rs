//! The keys, the book about fetches, and the task that fetches.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, watch};

use super::courier::{Courier, Failed, Loaded};
use super::desk::{Advice, Desk, Lack};
use super::error::{Failure, RemoteError};
use super::held::Held;
use super::pace::{USUAL_PAUSE, ahead, backoff, spread};
use super::seed::{self, Keeper};
use super::settings::Settings;
use crate::error::Outage;
use crate::future::before;
use crate::keys::KeySet;
use crate::observe::{Event, observe};

/// What the task and all who ask share.
pub(super) struct Core {
    pub(super) settings: Settings,
    held: ArcSwap<Held>,
    desk: Mutex<Desk>,
    called: Notify,
    /// The number of the last fetch that ended.
    ended: watch::Sender<u64>,
    hashes: RandomState,
}

impl Core {
    pub(super) fn new(settings: Settings) -> Self {
        let now = settings.timer.elapsed();
        Self {
            held: ArcSwap::from_pointee(Held::nothing(now)),
            desk: Mutex::new(Desk::new(settings.numbers.allowance)),
            called: Notify::new(),
            ended: watch::Sender::new(0),
            hashes: RandomState::new(),
            settings,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.settings.timer.elapsed()
    }

    pub(super) fn held(&self) -> Arc<Held> {
        self.held.load_full()
    }

    /// Returns the keys that may be used now, and whether somebody has to look after them.
    pub(super) fn usable(&self) -> (Option<KeySet>, bool) {
        let (held, now) = (self.held.load(), self.now());
        (held.usable(now).cloned(), now >= held.due)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a token lacks whose key has this name.
    pub(super) fn lack(&self, key_id: Option<&str>) -> Option<Lack> {
        let held = self.held.load();
        match (held.usable(self.now()), key_id) {
            (None, _) => Some(Lack::AllKeys),
            (Some(keys), Some(key_id)) if !has(keys, key_id) => {
                Some(Lack::Key(self.hashes.hash_one(key_id)))
            }
            (Some(_), _) => None,
        }
    }

    /// Says what a token can hope for that lacks a key; nothing if it lacks none.
    pub(super) fn ask(&self, key_id: Option<&str>) -> Option<(Lack, Advice)> {
        let mut desk = self.desk();
        // What a fetch brought is held before the desk knows that it ended: if none is under way, this is its last word.
        let lack = self.lack(key_id)?;
        let advice = desk.ask(lack, self.now());
        drop(desk);
        self.wake(advice);
        Some((lack, advice))
    }

    /// Calls for a fetch, and returns its number.
    pub(super) fn call(&self) -> Advice {
        let advice = self.desk().call();
        self.wake(advice);
        advice
    }

    fn wake(&self, advice: Advice) {
        if matches!(
            advice,
            Advice::Wait {
                begins_later: true,
                ..
            }
        ) {
            self.called.notify_one();
        }
    }

    /// Waits until a fetch has ended.
    pub(super) async fn until_ended(&self, number: u64) {
        // The sender lives as long as this.
        let _ = self
            .ended
            .subscribe()
            .wait_for(|ended| *ended >= number)
            .await;
    }

    /// Waits until nobody has to fetch.
    pub(super) async fn until_settled(&self) {
        let mut ended = self.ended.subscribe();
        loop {
            ended.mark_unchanged();
            let is_settled = self.desk().is_settled() && self.now() < self.held.load().due;
            if is_settled || ended.changed().await.is_err() {
                return;
            }
        }
    }

    pub(super) fn remember_missing(&self, lack: Lack) {
        if let Lack::Key(key) = lack {
            self.desk().remember_missing(key, self.now());
        }
    }

    /// Says when it is worth coming again.
    pub(super) fn outage(&self) -> Outage {
        let remaining = self.held.load().due.saturating_sub(self.now());
        Outage::new(remaining.clamp(Duration::from_secs(1), USUAL_PAUSE))
    }

    /// Fetches whenever it is due or called for, and never ends.
    pub(super) async fn run(self: Arc<Self>) {
        let (mut courier, keeper) = (Courier::default(), Keeper::default());
        loop {
            let is_called = self.until_due().await;
            let flight = Flight::begin(&self);
            let held = self.held();
            let timeout = self.now().saturating_add(self.settings.numbers.timeout);
            let fetched = courier.fetch(&self.settings, held.keys.is_some(), is_called);
            let fetched = before(self.settings.timer.sleep_until(timeout), fetched).await;
            let outcome = fetched.unwrap_or_else(|| Err(self.took_too_long().into()));
            let next = match outcome {
                Ok(loaded) => (self.after_success(&held, loaded, &keeper), Duration::ZERO),
                Err(failed) => self.after_failure(&held, failed).await,
            };
            flight.end(next);
        }
    }

    fn took_too_long(&self) -> RemoteError {
        let name = self.settings.place.name();
        let sentence = format!("there was no whole answer from {name} in time: see timeout");
        RemoteError::new(Failure::Timeout, sentence)
    }

    /// Waits for the next fetch, and tells whether somebody called for it.
    async fn until_due(&self) -> bool {
        loop {
            let called = self.called.notified();
            if self.desk().is_called() {
                return true;
            }
            let due = self.held.load().due;
            // Without a timer: where a runtime has none, the fetch fails, which is told.
            if self.now() >= due {
                return false;
            }
            let _ = before(self.settings.timer.sleep_until(due), called).await;
        }
    }

    fn after_success(&self, held: &Held, loaded: Loaded, keeper: &Keeper) -> Held {
        let (now, fresh) = (self.now(), loaded.fresh);
        let is_new = loaded.changed.is_some();
        let before = held.keys.as_ref().map(|(keys, _)| keys.clone());
        let keys = loaded.changed.or(before);
        if let Some(keys) = &keys {
            let source = self.settings.place.name();
            observe(&Event::KeysFetched {
                source,
                keys: keys.len(),
                skipped: keys.skipped().count(),
                is_new,
                failures: held.failures,
                fresh,
            });
            keeper.keep(&self.settings, keys, fresh);
        }
        let numbers = &self.settings.numbers;
        Held {
            keys: keys.map(|keys| (keys, now)),
            older: Duration::ZERO,
            fresh_until: now.saturating_add(fresh),
            usable_until: now.saturating_add(fresh).saturating_add(numbers.stale),
            due: now.saturating_add(ahead(fresh, numbers.refresh_ahead)),
            error: None,
            failures: 0,
        }
    }

    async fn after_failure(&self, held: &Held, failed: Failed) -> (Held, Duration) {
        let mut held = match &held.keys {
            Some(_) => held.clone(),
            None => self.sown(held).await,
        };
        let now = self.now();
        let pause = failed.pause.unwrap_or_default();
        held.due = now.saturating_add(rest(&held, now).max(pause));
        held.failures = held.failures.saturating_add(1);
        observe(&Event::KeysNotFetched {
            source: self.settings.place.name(),
            error: &failed.error,
            failure: failed.error.failure().name(),
            age: held.age(now),
            usable: held
                .usable(now)
                .map(|_| held.usable_until.saturating_sub(now)),
            next: held.due.saturating_sub(now),
        });
        held.error = Some(failed.error);
        (held, now.saturating_add(pause))
    }

    /// What is held after a fetch that neither succeeded nor failed.
    fn after_interruption(&self) -> Held {
        let (mut held, now) = ((*self.held()).clone(), self.now());
        // What has ended begins anew in another runtime at once; what panicks will do so again.
        held.due = now;
        let mut sentence = "the runtime that fetched them has ended";
        if std::thread::panicking() {
            held.due = now.saturating_add(rest(&held, now));
            held.failures = held.failures.saturating_add(1);
            sentence = "the task that fetches them panicked: in the client, or as its tokio runtime lacks time or IO, which \
                        enable_all of its builder gives it";
        }
        held.error = Some(RemoteError::new(Failure::Interrupted, sentence));
        held
    }

    /// The keys of the file, if nobody has given any yet.
    async fn sown(&self, held: &Held) -> Held {
        let source = self.settings.place.name();
        let (now, stale) = (self.now(), self.settings.numbers.stale);
        let limit = now.saturating_add(self.settings.numbers.timeout);
        let limit = self.settings.timer.sleep_until(limit);
        // A disk that does not answer is no reason to keep those who wait.
        let read = before(limit, seed::read(&self.settings)).await;
        match read.unwrap_or_else(|| Err("it cannot be read in time".to_owned())) {
            Ok(Some(seed)) => {
                observe(&Event::SeedUsed {
                    source,
                    keys: seed.keys.len(),
                    age: seed.age,
                });
                let remaining =
                    |good_for: Duration| now.saturating_add(good_for.saturating_sub(seed.age));
                Held {
                    keys: Some((seed.keys, now)),
                    older: seed.age,
                    fresh_until: remaining(seed.fresh),
                    usable_until: remaining(seed.fresh.saturating_add(stale)),
                    ..held.clone()
                }
            }
            Ok(None) => held.clone(),
            Err(problem) => {
                observe(&Event::SeedTrouble {
                    source,
                    what: "read",
                    problem: &problem,
                });
                held.clone()
            }
        }
    }
}

fn has(keys: &KeySet, key_id: &str) -> bool {
    keys.iter().any(|key| key.key_id() == Some(key_id))
}

/// For how long nobody is asked after a fetch that failed.
fn rest(held: &Held, now: Duration) -> Duration {
    let least = backoff(held.failures);
    if held.usable(now).is_none() {
        return least;
    }
    // With keys there is no hurry: they may not even be due, if an unknown one caused this. But when they end, everybody waits.
    let remaining = |until: Duration| until.saturating_sub(now);
    let usual = remaining(held.due).max(spread(USUAL_PAUSE));
    usual.min(remaining(held.usable_until)).max(least)
}

/// A fetch that is under way. It ends for those who wait even when its task is ended in the midst of it.
struct Flight<'a> {
    core: &'a Core,
    number: u64,
    next: Option<(Held, Duration)>,
}

impl<'a> Flight<'a> {
    fn begin(core: &'a Core) -> Self {
        let number = core.desk().begin();
        Self {
            core,
            number,
            next: None,
        }
    }

    fn end(mut self, next: (Held, Duration)) {
        self.next = Some(next);
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let core = self.core;
        let next = self.next.take();
        let (held, pause) = next.unwrap_or_else(|| (core.after_interruption(), Duration::ZERO));
        let due = held.due;
        core.held.store(Arc::new(held));
        core.desk().end(due, pause);
        core.ended.send_replace(self.number);
    }
}
