//! Where a verifier gets its keys from: held once, or asked for again and again.

use std::fmt;
use std::sync::Arc;

use super::set::KeySet;
use super::verifying::VerifyingKey;
use crate::algorithm::Algorithm;
use crate::error::Outage;
use crate::future::BoxFuture;

/// Which key a token is signed with, as far as its header says: what a [`KeySource`] is asked for.
///
/// Nobody has vouched for that header yet. `Debug` does not show the identifier, which is part of a token.
///
/// # Examples
///
/// ```
/// use std::collections::HashSet;
/// use keycard::keys::Wanted;
///
/// /// Tells whether it is worth to ask: not for a key that was not there a moment ago.
/// fn is_worth_asking(missing: &HashSet<String>, wanted: Wanted<'_>) -> bool {
///     wanted.key_id().is_none_or(|key_id| !missing.contains(key_id))
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    key_id: Option<&'a str>,
    algorithm: Algorithm,
}

impl<'a> Wanted<'a> {
    pub(crate) const fn new(key_id: Option<&'a str>, algorithm: Algorithm) -> Self {
        Self { key_id, algorithm }
    }

    /// Returns the `kid` of the token. Without one there are no keys at all yet.
    pub const fn key_id(&self) -> Option<&'a str> {
        self.key_id
    }

    /// Returns the `alg` of the token, which is one that the verifier allows.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Keys that live elsewhere and change over time.
///
/// A verifier reads the [`snapshot`](Self::snapshot) for every token and calls
/// [`refresh`](Self::refresh) only when it has no key for the `kid` of one. A token without a `kid`
/// never asks for more, so a source has to look for changes by itself too, from time to time.
///
/// # Examples
///
/// ```
/// use std::sync::{PoisonError, RwLock};
/// use keycard::{Verifier, VerifyingKey};
/// use keycard::keys::{BoxFuture, KeySet, KeySource, Wanted};
/// use keycard::verify::Outage;
///
/// /// The board behind the desk, where another task of the process puts the keys.
/// struct Board(RwLock<KeySet>);
///
/// impl KeySource for Board {
///     fn snapshot(&self) -> Option<KeySet> {
///         Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
///     }
///
///     fn refresh<'a>(
///         &'a self,
///         _: Wanted<'a>,
///         _: Option<&'a KeySet>,
///     ) -> BoxFuture<'a, Result<(), Outage>> {
///         Box::pin(async { Ok(()) }) // nothing to ask for: the task puts them there at once
///     }
/// }
///
/// let key = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
/// let verifier = Verifier::builder(Board(RwLock::new(KeySet::new([key]))))
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "renew")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a key, nor several, nor a source of keys",
    note = "a `RemoteKeysBuilder` ends with `.connect().await?`, `.start()?` or `.lazy()?`, and `RemoteKeys::discover(..)` with `.await?`",
    note = "a text becomes a key by `VerifyingKey::hs256` or `VerifyingKey::from_pem`, and a set by `KeySet::from_jwks`"
)]
pub trait KeySource: Send + Sync + 'static {
    /// Returns the keys as far as they are known, at once; nothing before they were first loaded.
    ///
    /// As long as nothing changed this is a clone of the same [`KeySet`].
    fn snapshot(&self) -> Option<KeySet>;

    /// Brings the keys up to date because `stale` has no key for a token, which is signed with the
    /// `wanted` one.
    ///
    /// Anybody can send a token with a made-up `kid`: an implementation bounds how often it really
    /// asks, and returns at once if the snapshot [is not](KeySet::is_same) `stale` any more. The
    /// future is dropped when its client goes away, so what it started has to go on without it; and
    /// it ends within a bounded time, as the request waits for it.
    ///
    /// # Errors
    ///
    /// The keys are out of reach. The request is then answered with 503.
    fn refresh<'a>(
        &'a self,
        wanted: Wanted<'a>,
        stale: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>>;

    /// Returns whose keys these are, if the source knows: the `iss` claim that tokens have to have.
    ///
    /// A [trust](crate::Trust) that names no issuer takes this one; one that names others, and this one not, does not
    /// build. The default is none.
    fn issuer(&self) -> Option<&str> {
        None
    }
}

impl<K: KeySource + ?Sized> KeySource for Arc<K> {
    fn snapshot(&self) -> Option<KeySet> {
        (**self).snapshot()
    }

    fn refresh<'a>(
        &'a self,
        wanted: Wanted<'a>,
        stale: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        (**self).refresh(wanted, stale)
    }

    fn issuer(&self) -> Option<&str> {
        (**self).issuer()
    }
}

/// What a verifier is built from: one key, several, a [`KeySet`], or a [`KeySource`].
///
/// # Examples
///
/// ```
/// use keycard::VerifyingKey;
/// use keycard::keys::Keys;
///
/// let key = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
/// let one = Keys::from(key.clone());
/// let several = Keys::from([key, VerifyingKey::hs256(b"the new one, at least 32 bytes!!")?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Keys {
    origin: Origin,
}

#[derive(Clone)]
enum Origin {
    Held(KeySet),
    Source(Arc<dyn KeySource>),
}

impl Keys {
    /// Calls `read` with the keys as they are now.
    pub(crate) fn read<T>(&self, read: impl FnOnce(Option<&KeySet>) -> T) -> T {
        match &self.origin {
            Origin::Held(keys) => read(Some(keys)),
            Origin::Source(source) => read(source.snapshot().as_ref()),
        }
    }

    /// Tells whether somebody else publishes the keys, who may sign for others with them too.
    pub(crate) fn are_published(&self) -> bool {
        match &self.origin {
            Origin::Held(keys) => keys.is_published(),
            Origin::Source(_) => true,
        }
    }

    /// Returns whose keys they are, if the source says so.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.source().and_then(|source| source.issuer())
    }

    /// Returns the source to ask for more keys; keys that are held have none.
    pub(crate) fn source(&self) -> Option<&Arc<dyn KeySource>> {
        match &self.origin {
            Origin::Held(_) => None,
            Origin::Source(source) => Some(source),
        }
    }
}

impl<S: KeySource> From<S> for Keys {
    fn from(source: S) -> Self {
        Self {
            origin: Origin::Source(Arc::new(source)),
        }
    }
}

impl From<KeySet> for Keys {
    fn from(keys: KeySet) -> Self {
        Self {
            origin: Origin::Held(keys),
        }
    }
}

impl From<VerifyingKey> for Keys {
    fn from(key: VerifyingKey) -> Self {
        KeySet::new([key]).into()
    }
}

impl From<Vec<VerifyingKey>> for Keys {
    fn from(keys: Vec<VerifyingKey>) -> Self {
        KeySet::new(keys).into()
    }
}

impl<const N: usize> From<[VerifyingKey; N]> for Keys {
    fn from(keys: [VerifyingKey; N]) -> Self {
        KeySet::new(keys).into()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Held(keys) => f.debug_tuple("Keys").field(keys).finish(),
            Origin::Source(_) => f.write_str("Keys(source)"),
        }
    }
}
