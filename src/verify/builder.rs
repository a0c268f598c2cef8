//! How a verifier is told what to accept: what is the same for every trust.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::settings::{Common, Settings};
use super::token::VerifiedToken;
use super::trust::Trust;
use super::trusted::{Several, Trusted, Trusts};
use super::verifier::Verifier;
use crate::clock::Clock;
use crate::error::{ConfigError, Reason};
use crate::keys::Keys;
use crate::revocation::RevocationList;

/// Builder of a [`Verifier`], from [`Verifier::builder`] or [`Verifier::trusting`].
///
/// For one trust it has the settings of [`Trust`] too; several are each told their own.
///
/// # Examples
///
/// ```
/// use keycard::verify::VerifierBuilder;
/// use keycard::{Verifier, VerifyingKey};
///
/// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
/// let mut builder: VerifierBuilder = Verifier::builder(key).issuer("https://desk.example");
/// for audience in ["https://rooms.example", "https://spa.example"] {
///     builder = builder.audience(audience);
/// }
/// let verifier: Verifier = builder.build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct VerifierBuilder<T = Trust> {
    pub(super) trusts: T,
    common: Common,
}

impl Verifier {
    /// Starts to build a verifier that trusts one issuer with these keys: one, several, a
    /// [`KeySet`](crate::keys::KeySet), or a [`KeySource`](crate::keys::KeySource).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let verifier = Verifier::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(keys: impl Into<Keys>) -> VerifierBuilder {
        VerifierBuilder::new(Trust::of(keys))
    }

    /// Starts to build a verifier that trusts several issuers, each with its own keys and rules.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::{Trust, Verifier};
    ///
    /// fn verifier(desk: KeySet, spa: KeySet) -> Result<Verifier, keycard::ConfigError> {
    ///     Verifier::trusting([
    ///         Trust::new("https://desk.example", desk).audience("https://rooms.example"),
    ///         Trust::new("https://spa.example", spa).audience("rooms"),
    ///     ])
    ///     .build()
    /// }
    /// ```
    pub fn trusting(trusts: impl IntoIterator<Item = Trust>) -> VerifierBuilder<Vec<Trust>> {
        VerifierBuilder::new(trusts.into_iter().collect())
    }
}

impl<T> VerifierBuilder<T> {
    pub(crate) fn new(trusts: T) -> Self {
        Self {
            trusts,
            common: Common::default(),
        }
    }

    /// Sets how much clock skew `exp`, `nbf` and `iat` may show.
    ///
    /// The default is 60 seconds. RFC 7519, section 4.1.4, has a few minutes in mind; more than an hour
    /// does not build.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.leeway(Duration::from_secs(5)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.common.times.leeway = leeway;
        self
    }

    /// Accepts tokens that say they will be issued in the future.
    ///
    /// The default is to refuse an `iat` later than now and the leeway, which RFC 7519 leaves open. With this on,
    /// [`max_age`](crate::Trust::max_age) and [`max_lifetime`](crate::Trust::max_lifetime) bind nobody who may write what
    /// `iat` they like: both are measured from there.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::clock::ManualClock;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let slow = ManualClock::new(SystemTime::now() - Duration::from_secs(300));
    /// let builder = issuer.verifier_builder().with_clock(slow);
    /// assert!(builder.allow_future_iat().build()?.verify_now(&issuer.token("anna").sign()?).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allow_future_iat(mut self) -> Self {
        self.common.times.allow_future_iat = true;
        self
    }

    /// Adds a check of your own, which runs on every token that passed all others.
    ///
    /// What it refuses is answered like any invalid token; the reason goes to the log. Checks run last, in
    /// the order in which they were added: what one of them passes, or keeps a copy of, a later one may refuse.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::verify::{Reason, VerifierBuilder};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Cognito<'a> { client_id: &'a str, token_use: &'a str }
    ///
    /// fn for_cognito(builder: VerifierBuilder) -> VerifierBuilder {
    ///     builder.dangerous_any_audience().check(|token| match token.claims() {
    ///         Ok(Cognito { client_id: "rooms", token_use: "access" }) => Ok(()),
    ///         _ => Err(Reason::Check("not an access token for this client")),
    ///     })
    /// }
    /// ```
    pub fn check<F>(mut self, check: F) -> Self
    where
        F: Fn(&VerifiedToken) -> Result<(), Reason> + Send + Sync + 'static,
    {
        self.common.checks.push(Arc::new(check));
        self
    }

    /// Sets the list of withdrawn tokens, which is asked about every token, also about those seen before.
    /// The default is to ask nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
    /// use keycard::testing;
    ///
    /// /// The one card that was lost.
    /// struct Lost(String);
    ///
    /// impl RevocationList for Lost {
    ///     fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
    ///         let is_lost = token.id.as_deref() == Some(&*self.0);
    ///         if is_lost { RevocationStatus::Revoked } else { RevocationStatus::Good }
    ///     }
    /// }
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.revocation(Lost("the id of that card".to_owned())).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn revocation(mut self, list: impl RevocationList) -> Self {
        self.common.revocation = Some(Arc::new(list));
        self
    }

    /// Sets the length of the longest token that is looked at, in bytes. The default is 16 KiB. Below 2
    /// KiB, [`max_header_bytes`](Self::max_header_bytes) has to be lowered too.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    /// use keycard::verify::{Reason, VerifyError};
    ///
    /// let verifier = testing::issuer().verifier_builder().max_token_bytes(4096).build()?;
    /// let verified = verifier.verify_now(&[b'a'; 4097]);
    /// assert_eq!(verified.err(), Some(VerifyError::Refused(Reason::TooLong)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.common.limits.token = bytes;
        self
    }

    /// Sets the length of the longest header segment, in bytes of base64url. The default is 2 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let verifier = testing::issuer().verifier_builder().max_header_bytes(512).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.common.limits.header = bytes;
        self
    }

    /// Sets how many containers may nest in header and payload, the outermost one counted. The
    /// default is 32; at most 128 builds.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let verifier = testing::issuer().verifier_builder().max_depth(4).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_depth(mut self, levels: usize) -> Self {
        self.common.limits.depth = levels;
        self
    }

    /// Sets how many requests may wait for the keys of each trust at a time. The default is 1,024.
    ///
    /// A token with a `kid` that no key has waits until the [`KeySource`](crate::keys::KeySource) has asked for new ones, and
    /// anybody can invent a `kid`. What comes beyond is answered with 503 and `Retry-After: 1`. How long each waits is up
    /// to the source.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let verifier = testing::issuer().verifier_builder().max_waiting(64).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_waiting(mut self, requests: usize) -> Self {
        self.common.most_waiting = requests;
        self
    }

    /// Reads the time from this clock instead of the system's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::clock::ManualClock;
    /// use keycard::testing;
    /// use keycard::verify::{Reason, VerifyError};
    ///
    /// let issuer = testing::issuer();
    /// let tomorrow = ManualClock::new(SystemTime::now() + Duration::from_secs(24 * 3600));
    /// let verifier = issuer.verifier_builder().with_clock(tomorrow).build()?;
    /// let verified = verifier.verify_now(&issuer.token("anna").sign()?);
    /// assert_eq!(verified.err(), Some(VerifyError::Refused(Reason::Expired)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.common.clock = Arc::new(clock);
        self
    }
}

impl<T: Into<Vec<Trust>>> VerifierBuilder<T> {
    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::NoAudience`]: name this resource server with `audience`, or accept tokens for
    ///   anybody with `dangerous_any_audience`.
    /// - [`ConfigError::NoIssuer`]: RFC 9068 without an issuer, or keys of a JWK Set or a source without
    ///   one; for the latter `dangerous_any_issuer` is the other way.
    /// - [`ConfigError::KeysOfOther`]: keys whose source says that they are those of another issuer.
    /// - [`ConfigError::AudienceTwice`], [`ConfigError::IssuerTwice`]: a name and "any" at once.
    /// - [`ConfigError::Empty`]: an issuer, audience, claim or type without a character.
    /// - [`ConfigError::NoKey`], [`ConfigError::NoUsableAlgorithm`]: nothing to verify with.
    /// - [`ConfigError::TokenType`]: RFC 9068 and another type.
    /// - [`ConfigError::NoTrust`], [`ConfigError::SharedIssuer`], [`ConfigError::SharedName`]: no trust at
    ///   all, or two that cannot be told apart.
    /// - [`ConfigError::Leeway`], [`ConfigError::Limit`]: a number out of range.
    /// - [`ConfigError::Trust`]: one of these, in one of several trusts.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key).issuer("https://desk.example");
    /// assert_eq!(builder.build().err(), Some(ConfigError::NoAudience));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(mut self) -> Result<Verifier, ConfigError> {
        let trusts: Vec<Trust> = self.trusts.into();
        let mut trusts: Vec<Trust> = trusts.into_iter().map(Trust::complete).collect();
        let trusts = match (trusts.pop(), trusts.is_empty()) {
            (None, _) => return Err(ConfigError::NoTrust),
            (Some(only), true) => Trusts::One(Arc::new(only.build(&self.common)?)),
            (Some(last), false) => by_issuer(trusts.into_iter().chain([last]), &self.common)?,
        };
        check_common(&self.common)?;
        self.common.limits.padded = trusts.take_padding();
        Ok(Verifier::new(Settings {
            trusts,
            common: self.common,
        }))
    }
}

/// So that one trust and several are built in one way.
impl From<Trust> for Vec<Trust> {
    fn from(trust: Trust) -> Self {
        vec![trust]
    }
}

fn by_issuer(trusts: impl Iterator<Item = Trust>, common: &Common) -> Result<Trusts, ConfigError> {
    let mut by_issuer = HashMap::new();
    let mut all_issuers = Vec::new();
    let mut names = HashSet::new();
    for trust in trusts {
        let name = trust.called().to_owned();
        let is_new = names.insert(name.clone());
        let issuers = trust.issuers().to_vec();
        let trusted = trust.build(common).map_err(|error| ConfigError::Trust {
            name,
            error: Box::new(error),
        })?;
        let trusted = Arc::new(trusted);
        for issuer in issuers {
            all_issuers.push(issuer.clone());
            let same = by_issuer.insert(issuer.clone(), Arc::clone(&trusted));
            // Which of the two would it be? Twice the same spelling in one trust does no harm.
            if same.is_some_and(|other| !Arc::ptr_eq(&other, &trusted)) {
                return Err(ConfigError::SharedIssuer(issuer.into()));
            }
        }
        if !is_new {
            return Err(ConfigError::SharedName(trusted.name().to_owned()));
        }
    }
    let trusted = by_issuer.values();
    let algorithms = trusted
        .flat_map(|trusted: &Arc<Trusted>| trusted.algorithms.iter())
        .collect();
    Ok(Trusts::Several(Several {
        by_issuer,
        algorithms,
        issuers: all_issuers.into(),
    }))
}

fn check_common(common: &Common) -> Result<(), ConfigError> {
    let limits = &common.limits;
    if common.times.leeway > Duration::from_secs(3600) {
        return Err(ConfigError::Leeway);
    }
    // Positions in a token are kept in 32 bits; a mebibyte is far more than a header line has.
    for (fits, what) in [
        ((1..=1 << 20).contains(&limits.token), "max_token_bytes"),
        (
            (1..=limits.token).contains(&limits.header),
            "max_header_bytes",
        ),
        ((1..=128).contains(&limits.depth), "max_depth"),
        (common.most_waiting > 0, "max_waiting"),
    ] {
        if !fits {
            return Err(ConfigError::Limit(what));
        }
    }
    Ok(())
}

impl<T> fmt::Debug for VerifierBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").finish_non_exhaustive()
    }
}
