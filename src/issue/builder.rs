//! How an issuer is told who it is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Map;

use super::header::{TokenType, encode};
use super::issuer::Issuer;
use super::settings::{Settings, whole_lifetime};
use crate::clock::{Clock, SystemClock};
use crate::error::ConfigError;
use crate::keys::{SigningKey, VerifyingKey};

/// Builder of an [`Issuer`], from [`Issuer::builder`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::issue::IssuerBuilder;
/// use keycard::{Algorithm, Issuer, SigningKey};
///
/// fn issuer(key: SigningKey, short_lived: bool) -> Result<Issuer, keycard::ConfigError> {
///     let mut builder: IssuerBuilder =
///         Issuer::builder(key).issuer("https://desk.example").audience("https://rooms.example");
///     if short_lived {
///         builder = builder.lifetime(Duration::from_secs(60));
///     }
///     builder.build()
/// }
/// ```
#[must_use]
pub struct IssuerBuilder {
    key: SigningKey,
    others: Vec<VerifyingKey>,
    issuer: String,
    audiences: Vec<String>,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
}

impl Issuer {
    /// Starts to build an issuer that signs with this key.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// assert_eq!(issuer.keys().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn builder(key: SigningKey) -> IssuerBuilder {
        IssuerBuilder {
            key,
            others: Vec::new(),
            issuer: String::new(),
            audiences: Vec::new(),
            lifetime: Duration::from_secs(15 * 60),
            clock: Arc::new(SystemClock),
        }
    }
}

impl IssuerBuilder {
    /// Names the issuer, the `iss` claim: a URL by custom. There is no default.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let issuer = Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// // Of a token that it signed:
    /// assert_eq!(token.issuer().as_deref(), Some("https://desk.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Names a resource server that the tokens are for, the `aud` claim. Called several times, they
    /// are for all of them, and every scope in them has to mean the same to each (RFC 9068, section 3).
    /// There is no default.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::claims::RegisteredClaims;
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let issuer = Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .audience("https://spa.example")
    ///     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// let claims: RegisteredClaims = token.claims()?; // of a token that it signed
    /// assert!(claims.audience.contains("https://spa.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// Sets how long tokens live, in whole seconds. The default is 15 minutes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let issuer = Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .lifetime(Duration::from_secs(5 * 60))
    ///     .build()?;
    /// assert_eq!(issuer.token("anna").sign()?.lifetime().as_secs(), 300);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Announces a key that will sign: it stands in the JWK Set, and in the verifier, before its first token.
    ///
    /// Whoever keeps a copy of the set then knows it in time: sign with it after as long as copies are kept, which
    /// `Cache-Control` of the set may say.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let (current, next) = (SigningKey::generate(Algorithm::ES256)?, SigningKey::generate(Algorithm::ES256)?);
    /// let builder = |key| Issuer::builder(key).issuer("https://desk.example").audience("https://rooms.example");
    /// let announcing = builder(current.clone()).next_key(next.verifying_key()).build()?;
    /// let signing = builder(next).former_key(current.verifying_key()).build()?;
    ///
    /// // Tokens of both are good wherever the set came from.
    /// let token = signing.token("anna").sign()?;
    /// assert!(announcing.verifier().verify_now(&token).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "rotate")]
    pub fn next_key(mut self, key: VerifyingKey) -> Self {
        self.others.push(key);
        self
    }

    /// Keeps a key in the JWK Set and in the verifier that signs no more, until the last of its
    /// tokens has expired.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let old = SigningKey::generate(Algorithm::ES256)?;
    /// let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
    ///     .former_key(old.verifying_key())
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// assert_eq!(issuer.keys().len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "rotate")]
    pub fn former_key(mut self, key: VerifyingKey) -> Self {
        self.others.push(key);
        self
    }

    /// Reads the time from this clock instead of the system's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::{Algorithm, Issuer, SigningKey};
    /// use keycard::clock::ManualClock;
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let clock = ManualClock::new(SystemTime::now());
    /// let issuer = Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .with_clock(clock.clone())
    ///     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// clock.advance(Duration::from_secs(3600)); // for the verifier of the issuer too
    /// assert!(issuer.verifier().verify_now(&signed).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the issuer.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::Empty`]: no issuer, an empty name, or an empty identifier of the key.
    /// - [`ConfigError::NoAudience`]: no audience.
    /// - [`ConfigError::Lifetime`]: under a second, or over a century.
    /// - [`ConfigError::Limit`]: the identifier of the key makes the header longer than verifiers read.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, ConfigError, Issuer, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let builder = Issuer::builder(key).issuer("https://desk.example");
    /// assert_eq!(builder.build().err(), Some(ConfigError::NoAudience));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build(self) -> Result<Issuer, ConfigError> {
        if self.issuer.is_empty() {
            return Err(ConfigError::Empty("issuer"));
        }
        if self.audiences.is_empty() {
            return Err(ConfigError::NoAudience);
        }
        if self.audiences.iter().any(String::is_empty) {
            return Err(ConfigError::Empty("audience"));
        }
        if self.key.key_id().is_some_and(str::is_empty) {
            return Err(ConfigError::Empty("identifier of the key"));
        }
        let lifetime = whole_lifetime(self.lifetime).ok_or(ConfigError::Lifetime)?;
        // Nothing but the identifier can be too long for a header.
        let header = encode(&self.key, &TokenType::default(), &Map::new())
            .map_err(|_| ConfigError::Limit("of the key identifier"))?;
        let settings = Arc::new(Settings {
            key: self.key,
            others: self.others,
            issuer: self.issuer,
            audiences: self.audiences,
            lifetime,
            clock: self.clock,
            header,
        });
        Issuer::new(settings)
    }
}

impl fmt::Debug for IssuerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerBuilder")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
