//! Who may have the keys fetched: anybody can invent a `kid`, and most that are unknown do not exist.
//!
//! Nothing here waits, asks or knows a clock: it is told the time, and says what is to be done.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How often unknown keys may cause a fetch, and how many of them are remembered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) fetches: usize,
    pub(super) window: Duration,
    pub(super) remembered: usize,
}

/// What a token lacks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lack {
    /// A key with a name, of which this is the hash. The name is part of a token, and may be long.
    Key(u64),
    /// Any key at all.
    AllKeys,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Advice {
    /// Wait for this fetch, which began or will begin without being asked again.
    Wait {
        number: u64,
        /// Whether it begins later than now, so that it finds whatever has been published by now.
        begins_later: bool,
    },
    /// Nothing is to be expected of one more fetch, or it has to wait.
    GiveUp,
}

/// The book that is kept about fetches: the only thing that requests change, and only those with an unknown key.
#[derive(Debug)]
pub(super) struct Desk {
    allowance: Allowance,
    /// How many fetches have begun.
    begun: u64,
    is_under_way: bool,
    /// Somebody waits for the next one.
    is_called: bool,
    /// When unknown keys caused one, the oldest first.
    spent: VecDeque<Duration>,
    /// Keys that a fetch has not found, and when it was known, the oldest first.
    missing: HashMap<u64, Duration>,
    by_age: VecDeque<u64>,
    /// Until then the other side wants to be left alone.
    pause: Duration,
    /// When it is worth asking for a first key again.
    due: Duration,
}

impl Desk {
    pub(super) fn new(allowance: Allowance) -> Self {
        Self {
            allowance,
            begun: 0,
            is_under_way: false,
            is_called: false,
            spent: VecDeque::new(),
            missing: HashMap::new(),
            by_age: VecDeque::new(),
            pause: Duration::ZERO,
            due: Duration::ZERO,
        }
    }

    /// Says what a token can hope for that lacks a key now.
    pub(super) fn ask(&mut self, lack: Lack, now: Duration) -> Advice {
        if self.is_under_way {
            return self.wait(false);
        }
        if self.is_called {
            return self.wait(true);
        }
        let may_fetch = match lack {
            Lack::AllKeys => now >= self.due,
            Lack::Key(key) => now >= self.pause && !self.is_missing(key, now) && self.spend(now),
        };
        if may_fetch {
            return self.call();
        }
        Advice::GiveUp
    }

    /// Calls for a fetch that begins later than now, whoever pays for it.
    pub(super) fn call(&mut self) -> Advice {
        self.is_called = true;
        self.wait(true)
    }

    fn wait(&self, begins_later: bool) -> Advice {
        let number = self.begun.wrapping_add(u64::from(begins_later));
        Advice::Wait {
            number,
            begins_later,
        }
    }

    fn spend(&mut self, now: Duration) -> bool {
        let window = self.allowance.window;
        while self
            .spent
            .front()
            .is_some_and(|then| now.saturating_sub(*then) >= window)
        {
            self.spent.pop_front();
        }
        let may = self.spent.len() < self.allowance.fetches;
        if may {
            self.spent.push_back(now);
        }
        may
    }

    /// Tells whether a fetch is wanted now that has not begun.
    pub(super) const fn is_called(&self) -> bool {
        self.is_called
    }

    /// Tells whether no fetch is wanted or under way.
    pub(super) const fn is_settled(&self) -> bool {
        !self.is_called && !self.is_under_way
    }

    /// A fetch begins. Returns its number.
    pub(super) fn begin(&mut self) -> u64 {
        self.begun = self.begun.wrapping_add(1);
        self.is_called = false;
        self.is_under_way = true;
        self.begun
    }

    /// It ended. `due` is when the next is due, `pause` until when the other side wants no other.
    pub(super) fn end(&mut self, due: Duration, pause: Duration) {
        self.is_under_way = false;
        self.due = due;
        self.pause = pause;
    }

    /// Remembers a key that a whole fetch has not found.
    pub(super) fn remember_missing(&mut self, key: u64, now: Duration) {
        self.forget_old(now);
        if self.missing.contains_key(&key) {
            return;
        }
        if self.by_age.len() >= self.allowance.remembered {
            self.forget_oldest();
        }
        if self.by_age.len() < self.allowance.remembered {
            self.missing.insert(key, now);
            self.by_age.push_back(key);
        }
    }

    fn is_missing(&mut self, key: u64, now: Duration) -> bool {
        self.forget_old(now);
        self.missing.contains_key(&key)
    }

    /// What was not there a window ago may be there now.
    fn forget_old(&mut self, now: Duration) {
        while let Some(oldest) = self.by_age.front() {
            let since = self.missing.get(oldest).copied().unwrap_or_default();
            if now.saturating_sub(since) < self.allowance.window {
                break;
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.by_age.pop_front() {
            self.missing.remove(&oldest);
        }
    }
}
