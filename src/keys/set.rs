//! Several keys at once, and which of them fit a token.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::components::Components;
use super::error::KeyError;
use super::verifying::VerifyingKey;
use crate::algorithm::Algorithm;
use crate::json::{Tape, Value, scan_structure};
use crate::observe::{Event, observe};
use crate::refusal::Tries;

/// How many keys are tried on one token at most.
const MOST_TRIED: usize = 4;

/// How deep a JWK Set may nest.
const DEPTH: usize = 32;

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
    keys: Arc<[VerifyingKey]>,
    /// Whether it was read from a JWK Set.
    published: bool,
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
        Self {
            keys: keys.into_iter().collect(),
            published: false,
        }
    }

    pub(super) fn is_published(&self) -> bool {
        self.published
    }

    /// Reads a JWK Set.
    ///
    /// A key that cannot be used is left out with a warning in the log, and does no harm to the
    /// others: a weak or malformed one, one of an unknown kind, a secret. One for encryption is left
    /// out too, as it should be there.
    ///
    /// # Errors
    ///
    /// Text that is no JSON object with one `keys` array.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::{KeyError, KeySet};
    ///
    /// let keys = KeySet::from_jwks(
    ///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026",
    ///         "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///         {"kty":"oct","alg":"HS256","k":"a secret is left out"}]}"#,
    /// )?;
    /// assert_eq!(keys.len(), 1);
    /// assert!(matches!(KeySet::from_jwks("[]"), Err(KeyError::Malformed(_))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_jwks(jwks: &str) -> Result<Self, KeyError> {
        const NOT_A_SET: KeyError = KeyError::Malformed("not a JWK Set");
        let mut tape = Tape::<64>::new();
        scan_structure(jwks, DEPTH, &mut tape).map_err(|_| NOT_A_SET)?;
        let mut lists = Value::root(jwks, tape.nodes())
            .members()
            .filter(|(name, _)| name.is_text("keys"));
        let members = match (lists.next(), lists.next()) {
            (Some((_, keys)), None) if keys.is_array() => keys.elements(),
            _ => return Err(NOT_A_SET),
        };
        let mut keys = Vec::new();
        for (index, jwk) in members.enumerate() {
            match VerifyingKey::from_set_member(jwk.source()) {
                Ok(key) => keys.push(key),
                Err(KeyError::WrongUse) => observe(&Event::KeyOfOtherUse { index }),
                Err(error) => {
                    let error = &error;
                    observe(&Event::KeySkipped { index, error });
                }
            }
        }
        Ok(Self {
            published: true,
            ..Self::new(keys)
        })
    }

    /// Reads a file with a JWK Set in it: see [`from_jwks`](Self::from_jwks).
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or those of `from_jwks`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    /// use keycard::keys::KeySet;
    ///
    /// let path = std::env::temp_dir().join(format!("desk-{}.json", std::process::id()));
    /// let desk = KeySet::new([SigningKey::generate(Algorithm::ES256)?.verifying_key()]);
    ///
    /// std::fs::write(&path, desk.to_jwks())?; // once, by the one who signs
    /// let keys = KeySet::from_jwks_file(&path)?;
    /// assert_eq!(keys.len(), 1);
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let jwks =
            std::fs::read_to_string(path).map_err(|error| KeyError::Unreadable(error.kind()))?;
        Self::from_jwks(&jwks)
    }

    /// Writes the public keys as a JWK Set, for those who verify. Secrets are left out.
    pub fn to_jwks(&self) -> String {
        let keys = self.keys.iter().filter_map(PublicJwk::of).collect();
        // A structure of strings cannot fail to serialize.
        serde_json::to_string(&PublicJwks { keys }).unwrap_or_default()
    }

    /// Returns the keys.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.keys.iter()
    }

    /// Returns how many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Tells whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Tells whether this is `other` or a clone of it, without a look at the keys.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.keys, &other.keys)
    }

    /// Counts the keys for a token with this header: for the log, and to tell what it is that no key fits.
    pub(crate) fn tries(&self, key_id: Option<&str>, algorithm: Algorithm) -> Tries {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let named = key_id.map(|_| self.keys.iter().filter(|key| key.key_id() == key_id));
        let fitting = self.fitting(key_id, algorithm).count();
        Tries {
            held: count(self.keys.len()),
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
            .keys
            .iter()
            .filter(move |key| key_id.is_some() && key.key_id() == key_id);
        let open = self
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
        f.debug_list().entries(self.keys.iter()).finish()
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
