//! What can happen.

use std::cell::OnceCell;
use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};

use crate::rejection::Rejection;

/// What happened. Where a request or a token ends or waits, [`Circumstances`] say more.
pub(crate) enum Event<'a> {
    /// A token was good.
    Accepted,
    /// A request without a token was let in.
    Anonymous,
    /// A request, or a token without one, was refused.
    Refused(&'a Rejection),
    /// A token has to wait for a key that is not known yet.
    Waits,
    /// The key source was asked for it, with this outcome, one of few.
    Waited { outcome: &'static str },
    /// A token was put into a cookie.
    CookieStored,
    /// A cookie was removed because the application wants it so.
    CookieCleared,
    /// A token is the answer to a login.
    #[cfg(feature = "axum")]
    TokenHandedOut,
    /// A verifier, a cookie or a source of keys was made, of which more is to be told.
    Built,
    /// The cookie counts as absent, for this reason.
    CookieIgnored(Rejection),
    /// Another site caused the request.
    AnotherSite {
        method: &'a Method,
        /// Of the address in the browser.
        path: &'a str,
        headers: &'a HeaderMap,
        /// What the `Origin` is compared with.
        expected: Option<&'a [u8]>,
        refused: bool,
        count: u64,
    },
    /// Something seems to be wired wrong.
    Hint { sentence: &'static str, count: u64 },
    /// A proxy that is to ask about a request does not say about which: this header is missing.
    Unasked { header: &'static str, count: u64 },
    /// A proxy seems to ask about another request, and the layer does not look at what it says.
    UnreadQuestion { count: u64 },
    /// A claim that scopes or roles are read from has another shape.
    OddGrants(OddGrants<'a>),
    /// A cookie of the development mode is in use on a host that is not loopback.
    DevelopmentCookie { count: u64 },
    /// An extractor or a guard found no layer. This ends a request, as the answer was made without one.
    NoLayer { wanted_by: &'static str, count: u64 },
    /// The secret of an HMAC ends with a line break.
    SecretEndsWithLine,
    /// A key of a set is there for something else.
    KeyOfOtherUse { index: usize },
    /// A key of a set cannot be used.
    KeySkipped {
        index: usize,
        error: &'a dyn Display,
    },
    /// Keys came from elsewhere.
    #[cfg(feature = "remote")]
    KeysFetched {
        source: &'a str,
        keys: usize,
        skipped: usize,
        /// Whether they are others than before.
        is_new: bool,
        /// How many fetches have failed since those before.
        failures: u32,
        fresh: Duration,
    },
    /// Keys did not come from elsewhere.
    #[cfg(feature = "remote")]
    KeysNotFetched {
        source: &'a str,
        error: &'a dyn Display,
        /// What kind of error it is, one of few.
        failure: &'static str,
        /// How long ago there were some.
        age: Option<Duration>,
        /// For how long old ones are used meanwhile.
        usable: Option<Duration>,
        /// After how long they are fetched again.
        next: Duration,
    },
    /// The metadata of an issuer points to another host.
    #[cfg(feature = "remote")]
    KeysOnOtherHost { source: &'a str, host: &'a str },
    /// Nobody can fetch keys here.
    #[cfg(feature = "remote")]
    NoRuntime { source: &'a str },
    /// The keys of the file are used.
    #[cfg(feature = "remote")]
    SeedUsed {
        source: &'a str,
        keys: usize,
        age: Duration,
    },
    /// The file for the keys cannot be read or written.
    #[cfg(feature = "remote")]
    SeedTrouble {
        source: &'a str,
        what: &'static str,
        problem: &'a dyn Display,
    },
    /// A login failed for want of a token or a cookie.
    #[cfg(feature = "axum")]
    NotIssued {
        error: &'a dyn Display,
        /// Whether a client may have typed what was wrong.
        by_input: bool,
        count: u64,
    },
}

/// Scopes or roles stand in a claim in another shape than was configured.
pub(crate) struct OddGrants<'a> {
    pub(crate) what: &'static str,
    pub(crate) claim: &'a str,
    pub(crate) found: &'a dyn Display,
    pub(crate) wanted: &'static str,
}

/// Where a token was found, whose it is, and since when it is looked at.
#[derive(Default)]
pub(crate) struct Circumstances<'a> {
    pub(crate) source: Option<&'static str>,
    /// The name of the trust, shared by whoever keeps it.
    pub(crate) trust: Option<&'a Arc<str>>,
    pub(crate) since: Option<Instant>,
    pub(crate) took: OnceCell<Duration>,
    #[cfg_attr(
        not(feature = "metrics"),
        expect(dead_code, reason = "the log says the same of all")
    )]
    pub(crate) speaker: Speaker,
}

/// Who tells an outcome.
#[derive(Clone, Copy, Default)]
pub(crate) enum Speaker {
    /// A verifier, of a token: nobody is answered.
    #[default]
    Verifier,
    /// A layer or a gate, of a request that it decides about.
    Door,
    /// The same or a guard, of a request that was decided about before, or that no layer looks at.
    Inside,
}

impl Circumstances<'_> {
    /// Returns how long it took, if anybody wants to know: the same to all who ask, as the clock is read once.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        let since = self.since?;
        Some(*self.took.get_or_init(|| since.elapsed()))
    }

    /// Returns the name of the trust.
    pub(super) fn trust(&self) -> Option<&str> {
        self.trust.map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    #[test]
    fn the_log_and_the_counters_hear_of_the_same_time() {
        let about = Circumstances {
            since: Some(Instant::now()),
            ..Circumstances::default()
        };
        let first = about.elapsed();
        sleep(Duration::from_millis(2));
        assert!(first.is_some() && about.elapsed() == first);
        assert_eq!(Circumstances::default().elapsed(), None);
    }
}
