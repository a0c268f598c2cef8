//! What was configured, and checked.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::address::PlainHttp;
use super::desk::Allowance;
use super::fetch::Fetch;
use super::freshness::Freshness;
use crate::clock::Timer;
use crate::keys::KeySetReader;

/// Everything that does not change after [`build`](super::RemoteKeysBuilder::start).
pub(super) struct Settings {
    pub(super) place: Place,
    pub(super) numbers: Numbers,
    pub(super) plain_http: PlainHttp,
    pub(super) bearer_token: Option<PathBuf>,
    pub(super) seed: Option<PathBuf>,
    pub(super) reader: KeySetReader,
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) timer: Arc<dyn Timer>,
}

/// Whose keys they are, and where they are.
#[derive(Debug)]
pub(super) struct Place {
    /// The `iss` claim of the tokens, which the metadata has to name too.
    pub(super) issuer: Option<Box<str>>,
    /// Where the metadata may be; empty if nobody is asked for it.
    pub(super) metadata: Vec<Url>,
    /// Where the keys are, if that does not depend on the metadata.
    pub(super) keys: Option<Url>,
}

impl Place {
    /// Tells whether an address belongs to whom the operator named, and not only the metadata.
    pub(super) fn is_configured(&self, url: &Url) -> bool {
        let mut configured = self.metadata.iter().chain(&self.keys);
        configured.any(|one| one.origin() == url.origin())
    }

    /// Returns what it is called in logs and metrics.
    pub(super) fn name(&self) -> &str {
        let keys = self.keys.as_ref().and_then(Url::host_str);
        self.issuer.as_deref().or(keys).unwrap_or_default()
    }
}

/// Times and limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) freshness: Freshness,
    /// In percent of the time for which they are fresh.
    pub(super) refresh_ahead: u32,
    pub(super) stale: Duration,
    pub(super) timeout: Duration,
    pub(super) wait: Duration,
    pub(super) body: usize,
    pub(super) keys: usize,
    pub(super) allowance: Allowance,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            freshness: Freshness {
                usual: Duration::from_secs(600),
                least: Duration::from_secs(60),
                most: Duration::from_secs(24 * 3600),
            },
            refresh_ahead: 80,
            stale: Duration::from_secs(3600),
            timeout: Duration::from_secs(5),
            wait: Duration::from_secs(5),
            body: 512 * 1024,
            keys: 100,
            allowance: Allowance {
                fetches: 2,
                window: Duration::from_secs(30),
                remembered: 1024,
            },
        }
    }
}
