//! What all tokens of an issuer have in common.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::keys::{KeySet, SigningKey, VerifyingKey};
use crate::numeric_date::CENTURY;
use crate::verify::Trust;

pub(super) struct Settings {
    pub(super) key: SigningKey,
    /// Keys that sign no more, or not yet.
    pub(super) others: Vec<VerifyingKey>,
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) lifetime: Duration,
    pub(super) clock: Arc<dyn Clock>,
    /// The header in base64url: it is the same for every token.
    pub(super) header: String,
}

impl Settings {
    pub(super) fn keys(&self) -> KeySet {
        let current = self.key.verifying_key();
        KeySet::new(std::iter::once(current).chain(self.others.iter().cloned()))
    }

    pub(super) fn trust(&self) -> Trust {
        let others = self.others.iter().flat_map(VerifyingKey::algorithms);
        let trust = Trust::new(&self.issuer, self.keys())
            .algorithms(others.chain([self.key.algorithm()]))
            // RFC 8725, section 3.12: nothing else that is signed with the key is an access token.
            .token_type("at+jwt");
        self.audiences.iter().fold(trust, Trust::audience)
    }
}

/// Returns the lifetime without the fraction of its second, if a token can have it.
pub(super) fn whole_lifetime(lifetime: Duration) -> Option<Duration> {
    let whole = Duration::from_secs(lifetime.as_secs());
    (Duration::from_secs(1)..=CENTURY)
        .contains(&whole)
        .then_some(whole)
}
