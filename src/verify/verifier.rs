//! The decision.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::builder::VerifierBuilder;
use super::opened::Opened;
use super::outcome::{Miss, VerifyError};
use super::token::{Source, VerifiedToken};
use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::claims::{Grants, Policy};
use crate::clock::Clock;
use crate::error::{Outage, Reason};
use crate::json::Tape;
use crate::jws::base64url::Buffer;
use crate::jws::{Compact, Header, Limits, TypeRule};
use crate::keys::{KeySet, Keys, Wanted};
use crate::revocation::{RevocationList, RevocationStatus};

/// Decoded headers up to this length stay on the stack.
const USUAL_HEADER: usize = 512;

/// Decoded signatures up to this length stay on the stack: those of ML-DSA-87 fit.
const LONGEST_SIGNATURE: usize = 4632;

/// When to ask again if a key source has never had any keys.
const NO_KEYS_YET: Duration = Duration::from_secs(5);

/// Decides whether a token is good, with or without HTTP around it.
///
/// Cheap to clone: clones share one configuration.
///
/// # Examples
///
/// ```
/// use keycard::{Miss, Reason, Source, Verifier, VerifyingKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::builder(VerifyingKey::hs256(b"at least thirty-two bytes of it!")?)
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .build()?;
///
/// let garbage = verifier.verify_now(b"no token", Source::Header);
/// assert_eq!(garbage.unwrap_err(), Miss::Refused(Reason::Form));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    settings: Arc<Settings>,
}

pub(super) type Check = Arc<dyn Fn(&VerifiedToken) -> Result<(), Reason> + Send + Sync>;

pub(super) struct Settings {
    pub(super) keys: Keys,
    pub(super) algorithms: AlgorithmSet,
    pub(super) types: TypeRule,
    pub(super) limits: Limits,
    pub(super) policy: Policy,
    pub(super) grants: Arc<Grants>,
    pub(super) checks: Vec<Check>,
    pub(super) revocation: Option<Arc<dyn RevocationList>>,
    pub(super) clock: Arc<dyn Clock>,
}

/// Why there is no verified token. Unlike a [`Miss`] it tells which keys were not enough.
pub(crate) enum Closed {
    Refused(Reason),
    UnknownKey(UnknownKey),
    Unavailable(Outage),
}

/// Which key a token is signed with, and the keys that it is not among, if there were any.
pub(crate) struct UnknownKey {
    key_id: Option<Box<str>>,
    algorithm: Algorithm,
    stale: Option<KeySet>,
}

impl From<Reason> for Closed {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl Verifier {
    /// Starts to build a verifier that trusts these keys: one, several, a [`KeySet`], or a source.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{KeySet, Verifier, VerifyingKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let new = VerifyingKey::hs256(b"the new one, at least 32 bytes!!")?;
    /// let one = Verifier::builder(key.clone());
    /// let several = Verifier::builder([key.clone(), new]);
    /// let set = Verifier::builder(KeySet::new([key]));
    /// assert!(one.audience("https://rooms.example").build().is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(keys: impl Into<Keys>) -> VerifierBuilder {
        VerifierBuilder::new(keys.into())
    }

    /// The most bytes a token can have that is not refused for its length.
    pub(crate) fn longest_token(&self) -> usize {
        self.settings.limits.token
    }

    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    /// Decides about a token with the keys that are at hand, and never waits.
    ///
    /// # Errors
    ///
    /// [`Miss::Refused`] for a bad token, [`Miss::UnknownKey`] if the key source may know more after
    /// a refresh, [`Miss::Unavailable`] if something is out of reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Miss, Reason, Source};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let verifier = issuer.verifier();
    /// let signed = issuer.token("anna").sign()?;
    /// let token = verifier.verify_now(signed.as_str().as_bytes(), Source::Header)?;
    /// assert_eq!(token.subject().as_deref(), Some("anna"));
    /// let garbage = verifier.verify_now(b"sesame", Source::Header);
    /// assert_eq!(garbage.err(), Some(Miss::Refused(Reason::Form)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn verify_now(&self, token: &[u8], source: Source) -> Result<VerifiedToken, Miss> {
        self.decide(token, source).map_err(|closed| match closed {
            Closed::Refused(reason) => Miss::Refused(reason),
            Closed::UnknownKey(_) => Miss::UnknownKey,
            Closed::Unavailable(outage) => Miss::Unavailable(outage),
        })
    }

    /// Decides about a token, and waits for the key source if the token names a key that is not
    /// known yet.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Refused`] for a bad token, [`VerifyError::Unavailable`] if something is out of
    /// reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Source;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let verifier = issuer.verifier();
    /// let signed = issuer.token("anna").sign()?;
    /// let token = verifier.verify(signed.as_str().as_bytes(), Source::Custom("queue")).await?;
    /// assert_eq!(token.subject().as_deref(), Some("anna"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify(&self, token: &[u8], source: Source) -> Result<VerifiedToken, VerifyError> {
        match self.decide(token, source) {
            Err(Closed::UnknownKey(key)) => self.decide_after_refresh(token, source, key).await,
            decided => decided.map_err(Closed::into_error),
        }
    }

    /// Decides about a token for which the keys were not enough, with those that there are now.
    pub(crate) async fn decide_after_refresh(
        &self,
        token: &[u8],
        source: Source,
        key: UnknownKey,
    ) -> Result<VerifiedToken, VerifyError> {
        let stale = key.stale;
        if let Some(keys) = self.settings.keys.source() {
            let wanted = Wanted::new(key.key_id.as_deref(), key.algorithm);
            let refreshed = keys.refresh(wanted, stale.as_ref()).await;
            refreshed.map_err(VerifyError::Unavailable)?;
            // Nothing new came of it: the same keys would be tried in vain once more.
            let same =
                stale.is_some_and(|stale| keys.snapshot().is_some_and(|keys| keys.is_same(&stale)));
            if same {
                return Err(VerifyError::Refused(Reason::UnknownKey));
            }
        }
        self.decide(token, source).map_err(Closed::into_error)
    }

    pub(crate) fn decide(&self, token: &[u8], source: Source) -> Result<VerifiedToken, Closed> {
        let opened = Arc::new(self.open(token)?);
        self.admit(opened, source)
    }

    /// Form, key and signature: what a token that was seen before has behind it.
    fn open(&self, token: &[u8]) -> Result<Opened, Closed> {
        let settings = &*self.settings;
        let limits = &settings.limits;
        let parts = Compact::parse(token, limits)?;

        let mut header_bytes = Buffer::<USUAL_HEADER>::new();
        let mut header_tape = Tape::new();
        let header = header_bytes
            .decode(parts.header)
            .map_err(|_| Reason::Encoding)?;
        let header = Header::read(header, limits.depth, &mut header_tape)?;
        if !settings.algorithms.contains(header.algorithm) {
            return Err(Reason::Algorithm.into());
        }
        if !settings.types.accepts(header.token_type.as_deref()) {
            return Err(Reason::Type.into());
        }
        let mut signature_bytes = Buffer::<LONGEST_SIGNATURE>::new();
        let signature = signature_bytes
            .decode(parts.signature)
            .map_err(|_| Reason::Encoding)?;

        settings
            .keys
            .read(|keys| self.check_signature(keys, &header, parts.signing_input, signature))?;
        let opened = Opened::read(
            parts.payload,
            limits.depth,
            header.algorithm,
            &settings.grants,
        )?;
        Ok(opened)
    }

    fn check_signature(
        &self,
        keys: Option<&KeySet>,
        header: &Header<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Closed> {
        let key_id = header.key_id.as_deref();
        let unknown = |stale| {
            Closed::UnknownKey(UnknownKey {
                key_id: key_id.map(Box::from),
                algorithm: header.algorithm,
                stale,
            })
        };
        let Some(keys) = keys else {
            return Err(unknown(None));
        };
        let mut tried = false;
        for key in keys.candidates(key_id, header.algorithm) {
            tried = true;
            if key.verify(header.algorithm, message, signature).is_ok() {
                return Ok(());
            }
        }
        let named = key_id.is_none_or(|key_id| keys.names(key_id));
        if !named && self.settings.keys.source().is_some() {
            return Err(unknown(Some(keys.clone())));
        }
        Err(Closed::Refused(match (tried, named) {
            (true, _) => Reason::Signature,
            (false, true) => Reason::Algorithm,
            (false, false) => Reason::UnknownKey,
        }))
    }

    /// Claims, binding, revocation and the application's checks: they run on every hit, as time,
    /// list and checks may have changed since the last.
    fn admit(&self, opened: Arc<Opened>, source: Source) -> Result<VerifiedToken, Closed> {
        let settings = &*self.settings;
        settings
            .policy
            .check(opened.facts, opened.root(), settings.clock.now())?;
        // No proof of possession is understood yet, so every bound token lacks its proof.
        if opened.facts.is_bound() {
            return Err(Reason::Binding.into());
        }
        let token = VerifiedToken::new(opened, source);
        if let Some(list) = &settings.revocation {
            match list.status(&token.identity()) {
                RevocationStatus::Good => {}
                RevocationStatus::Revoked => return Err(Reason::Revoked.into()),
                RevocationStatus::Unknown(outage) => return Err(Closed::Unavailable(outage)),
            }
        }
        for check in &settings.checks {
            check(&token)?;
        }
        Ok(token)
    }
}

impl Closed {
    fn into_error(self) -> VerifyError {
        match self {
            Self::Refused(reason) => VerifyError::Refused(reason),
            Self::UnknownKey(key) if key.stale.is_some() => {
                VerifyError::Refused(Reason::UnknownKey)
            }
            // Without any keys nobody can tell a good token from a bad one.
            Self::UnknownKey(_) => VerifyError::Unavailable(Outage::new(NO_KEYS_YET)),
            Self::Unavailable(outage) => VerifyError::Unavailable(outage),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("algorithms", &self.settings.algorithms)
            .finish_non_exhaustive()
    }
}
