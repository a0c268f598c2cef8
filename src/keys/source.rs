//! Where a verifier gets its keys from: held once, or asked for again and again.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::set::KeySet;
use super::verifying::VerifyingKey;
use crate::error::Outage;

/// A boxed future, so that a trait with an asynchronous method can be an object.
///
/// # Examples
///
/// ```
/// use keycard::keys::BoxFuture;
/// use keycard::verify::Outage;
///
/// // An asynchronous function whose type has a name.
/// fn look_again<'a>(shelf: &'a str) -> BoxFuture<'a, Result<(), Outage>> {
///     Box::pin(async move {
///         println!("is there a new key on {shelf}?");
///         Ok(())
///     })
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert_eq!(look_again("the board").await, Ok(()));
/// # Ok(())
/// # }
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
/// use keycard::keys::{BoxFuture, KeySet, KeySource};
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
///     fn refresh<'a>(&'a self, _: Option<&'a KeySet>) -> BoxFuture<'a, Result<(), Outage>> {
///         Box::pin(async { Ok(()) }) // nothing to ask for: the task puts them there at once
///     }
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
/// let board = Board(RwLock::new(KeySet::new([key])));
/// assert!(board.snapshot().is_some_and(|keys| keys.len() == 1));
/// # Ok(())
/// # }
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// Returns the keys as far as they are known, at once; nothing before they were first loaded.
    ///
    /// As long as nothing changed this is a clone of the same [`KeySet`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::{KeySet, KeySource};
    ///
    /// fn is_ready(source: &impl KeySource) -> bool {
    ///     source.snapshot().is_some_and(|keys| !keys.is_empty())
    /// }
    /// # struct NotLoaded;
    /// # impl keycard::keys::KeySource for NotLoaded {
    /// #     fn snapshot(&self) -> Option<keycard::keys::KeySet> { None }
    /// #     fn refresh<'a>(
    /// #         &'a self,
    /// #         _: Option<&'a keycard::keys::KeySet>,
    /// #     ) -> keycard::keys::BoxFuture<'a, Result<(), keycard::verify::Outage>> {
    /// #         Box::pin(async { Ok(()) })
    /// #     }
    /// # }
    /// assert!(!is_ready(&NotLoaded));
    /// ```
    fn snapshot(&self) -> Option<KeySet>;

    /// Brings the keys up to date because `stale` has no key for a token.
    ///
    /// Anybody can send a token with a made-up `kid`: an implementation bounds how often it really
    /// asks, and returns at once if the snapshot [is not](KeySet::is_same) `stale` any more. The
    /// future is dropped when its client goes away, so what it started has to go on without it; and
    /// it ends within a bounded time, as the request waits for it.
    ///
    /// # Errors
    ///
    /// The keys are out of reach. The request is then answered with 503.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySource;
    /// use keycard::verify::Outage;
    ///
    /// // At start-up: the first tokens need not wait.
    /// async fn warm_up(source: &impl KeySource) -> Result<(), Outage> {
    ///     source.refresh(source.snapshot().as_ref()).await
    /// }
    /// # struct NotLoaded;
    /// # impl keycard::keys::KeySource for NotLoaded {
    /// #     fn snapshot(&self) -> Option<keycard::keys::KeySet> { None }
    /// #     fn refresh<'a>(
    /// #         &'a self,
    /// #         _: Option<&'a keycard::keys::KeySet>,
    /// #     ) -> keycard::keys::BoxFuture<'a, Result<(), keycard::verify::Outage>> {
    /// #         Box::pin(async { Ok(()) })
    /// #     }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// assert_eq!(warm_up(&NotLoaded).await, Ok(()));
    /// # Ok(())
    /// # }
    /// ```
    fn refresh<'a>(&'a self, stale: Option<&'a KeySet>) -> BoxFuture<'a, Result<(), Outage>>;
}

impl<K: KeySource + ?Sized> KeySource for Arc<K> {
    fn snapshot(&self) -> Option<KeySet> {
        (**self).snapshot()
    }

    fn refresh<'a>(&'a self, stale: Option<&'a KeySet>) -> BoxFuture<'a, Result<(), Outage>> {
        (**self).refresh(stale)
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
/// # fn main() -> Result<(), keycard::keys::KeyError> {
/// let one: Keys = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?.into();
/// # Ok(())
/// # }
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
    /// Takes keys from a source that can be refreshed.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Verifier;
    /// use keycard::keys::{KeySource, Keys};
    ///
    /// fn rooms(source: impl KeySource) -> Result<Verifier, keycard::ConfigError> {
    ///     Verifier::builder(Keys::from_source(source))
    ///         .issuer("https://desk.example")
    ///         .audience("https://rooms.example")
    ///         .build()
    /// }
    /// # struct NotLoaded;
    /// # impl keycard::keys::KeySource for NotLoaded {
    /// #     fn snapshot(&self) -> Option<keycard::keys::KeySet> { None }
    /// #     fn refresh<'a>(
    /// #         &'a self,
    /// #         _: Option<&'a keycard::keys::KeySet>,
    /// #     ) -> keycard::keys::BoxFuture<'a, Result<(), keycard::verify::Outage>> {
    /// #         Box::pin(async { Ok(()) })
    /// #     }
    /// # }
    /// assert!(rooms(NotLoaded).is_ok());
    /// ```
    pub fn from_source(source: impl KeySource) -> Self {
        Self {
            origin: Origin::Source(Arc::new(source)),
        }
    }

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

    /// Returns the source to ask for more keys; keys that are held have none.
    pub(crate) fn source(&self) -> Option<&Arc<dyn KeySource>> {
        match &self.origin {
            Origin::Held(_) => None,
            Origin::Source(source) => Some(source),
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
