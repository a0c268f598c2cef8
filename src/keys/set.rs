//! Several keys at once, and which of them fit a token.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::components::Components;
use super::error::KeyError;
use super::verifying::VerifyingKey;
use crate::algorithm::Algorithm;
use crate::refusal::Tries;

/// How many keys are tried on one token at most.
const MOST_TRIED: usize = 4;

/// How many reasons are told why there is no key.
const MOST_REASONS: usize = 4;

/// Verification keys, from which each token's header picks: a JWK Set (RFC 7517, section 5), or any
/// keys put together by hand.
///
/// Cheap to clone.
///
/// # Examples
///
/// ```
/// use keycard::VerifyingKey;
/// use keycard::keys::KeySet;
///
/// // While a secret is being replaced, both are good.
/// let both = KeySet::new([
///     VerifyingKey::hs256(b"the old one, at least 32 bytes!!")?,
///     VerifyingKey::hs256(b"the new one, at least 32 bytes!!")?,
/// ]);
/// assert_eq!(both.len(), 2);
///
/// let set = KeySet::from_jwks(r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)?;
/// assert_eq!(set.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeySet {
    contents: Arc<Contents>,
}

struct Contents {
    keys: Vec<VerifyingKey>,
    skipped: Vec<SkippedKey>,
    /// Whether it was read from a JWK Set.
    published: bool,
}

/// A key of a JWK Set that is not used, and why.
///
/// `Debug` does not show its `kid`.
///
/// # Examples
///
/// ```
/// use keycard::keys::{KeyError, KeySet, SkippedKey};
///
/// let jwks = r#"{"keys":[{"kty":"EC","crv":"secp256k1","kid":"coins","x":"..","y":".."}]}"#;
/// let keys = KeySet::from_jwks(jwks)?;
/// let skipped: Vec<&SkippedKey> = keys.skipped().collect();
/// assert_eq!((skipped[0].index(), skipped[0].key_id()), (0, Some("coins")));
/// assert_eq!(skipped[0].error(), &KeyError::UnsupportedKind("secp256k1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SkippedKey {
    index: usize,
    key_id: Option<String>,
    error: KeyError,
}

impl SkippedKey {
    pub(super) const fn new(index: usize, key_id: Option<String>, error: KeyError) -> Self {
        Self {
            index,
            key_id,
            error,
        }
    }

    /// Returns how many keys of the set stand in front of it.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Returns its `kid`, if it has one.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Returns why it is not used.
    pub const fn error(&self) -> &KeyError {
        &self.error
    }
}

impl fmt::Debug for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SkippedKey")
            .field("index", &self.index)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl KeySet {
    /// Puts keys together.
    ///
    /// Of keys that fit a token equally well, four are tried: give each a `kid` where there are more.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    /// use keycard::keys::KeySet;
    ///
    /// let old = SigningKey::generate(Algorithm::ES256)?;
    /// let new = SigningKey::generate(Algorithm::EdDSA)?;
    /// let keys = KeySet::new([old.verifying_key(), new.verifying_key()]);
    /// assert_eq!(keys.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        Self::with_contents(Contents {
            keys: keys.into_iter().collect(),
            skipped: Vec::new(),
            published: false,
        })
    }

    /// Puts together what somebody has published.
    pub(super) fn published(keys: Vec<VerifyingKey>, skipped: Vec<SkippedKey>) -> Self {
        Self::with_contents(Contents {
            keys,
            skipped,
            published: true,
        })
    }

    fn with_contents(contents: Contents) -> Self {
        Self {
            contents: Arc::new(contents),
        }
    }

    pub(super) fn is_published(&self) -> bool {
        self.contents.published
    }

    /// Writes the public keys as a JWK Set, for those who verify. Secrets are left out.
    pub fn to_jwks(&self) -> String {
        let keys = self
            .contents
            .keys
            .iter()
            .filter_map(PublicJwk::of)
            .collect();
        // A structure of strings cannot fail to serialize.
        serde_json::to_string(&PublicJwks { keys }).unwrap_or_default()
    }

    /// Returns the keys.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.contents.keys.iter()
    }

    /// Returns the keys of the JWK Set that are not used, those for something else among them, and why.
    pub fn skipped(&self) -> impl Iterator<Item = &SkippedKey> {
        self.contents.skipped.iter()
    }

    /// Returns how many keys are not used, and why, each reason once.
    pub(crate) fn count_skipped(&self) -> (usize, Vec<String>) {
        let mut reasons = Vec::new();
        for skipped in self.skipped() {
            let reason = skipped.error().to_string();
            if !reasons.contains(&reason) && reasons.len() < MOST_REASONS {
                reasons.push(reason);
            }
        }
        (self.contents.skipped.len(), reasons)
    }

    /// Returns how many keys there are.
    pub fn len(&self) -> usize {
        self.contents.keys.len()
    }

    /// Tells whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.contents.keys.is_empty()
    }

    /// Tells whether this is `other` or a clone of it, without a look at the keys.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.contents, &other.contents)
    }

    /// Counts the keys for a token with this header: for the log, and to tell what it is that no key fits.
    pub(crate) fn tries(&self, key_id: Option<&str>, algorithm: Algorithm) -> Tries {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let named = key_id.map(|_| {
            self.contents
                .keys
                .iter()
                .filter(|key| key.key_id() == key_id)
        });
        let fitting = self.fitting(key_id, algorithm).count();
        Tries {
            held: count(self.contents.keys.len()),
            named: named.map(|keys| count(keys.count())),
            tried: count(fitting.min(MOST_TRIED)),
            left: count(fitting.saturating_sub(MOST_TRIED)),
        }
    }

    /// Returns the keys that may verify a token with this header: first those of its `kid`, then
    /// those without one; all of them bound to its algorithm, and never more than a few.
    pub(crate) fn candidates<'a>(
        &'a self,
        key_id: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a VerifyingKey> {
        self.fitting(key_id, algorithm).take(MOST_TRIED)
    }

    fn fitting<'a>(
        &'a self,
        key_id: Option<&'a str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &'a VerifyingKey> {
        let named = self
            .contents
            .keys
            .iter()
            .filter(move |key| key_id.is_some() && key.key_id() == key_id);
        let open = self
            .contents
            .keys
            .iter()
            .filter(move |key| key_id.is_none() || key.key_id().is_none());
        named
            .chain(open)
            .filter(move |key| key.algorithm_set().contains(algorithm))
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.contents.keys.iter()).finish()
    }
}

#[derive(Serialize)]
struct PublicJwks<'a> {
    keys: Vec<PublicJwk<'a>>,
}

/// A public key as it is published; there is no room in it for anything private.
#[derive(Serialize)]
struct PublicJwk<'a> {
    #[serde(flatten)]
    components: &'a Components,
    #[serde(rename = "use")]
    usage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

impl<'a> PublicJwk<'a> {
    fn of(key: &'a VerifyingKey) -> Option<Self> {
        let mut algorithms = key.algorithms();
        let alg = match (algorithms.next(), algorithms.next()) {
            (Some(only), None) => Some(only.name()),
            _ => None,
        };
        Some(Self {
            components: key.components()?,
            usage: "sig",
            alg,
            kid: key.key_id(),
        })
    }
}
