//! Who signs tokens, and what all of them have in common.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::token::TokenBuilder;
use crate::algorithm::Algorithm;
use crate::clock::{Clock, SystemClock};
use crate::error::ConfigError;
use crate::jws::base64url;
use crate::keys::{KeySet, SigningKey, VerifyingKey};
use crate::verify::{Verifier, VerifierBuilder};

/// A hundred years.
const LONGEST_LIFETIME: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// Signs access tokens of RFC 9068 that verifiers of this crate and of others accept.
///
/// Every token has `iss`, `aud`, `sub`, `client_id`, `iat`, `exp` and a random `jti`, and the header
/// parameters `alg`, `typ` (`at+jwt`) and `kid`. Cheap to clone.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::{Algorithm, Issuer, SigningKey};
///
/// #[derive(serde::Serialize)]
/// struct Profile { room: u32 }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .lifetime(Duration::from_secs(15 * 60))
///     .build()?;
/// let token = issuer
///     .token("anna")
///     .scope("minibar:read minibar:write")
///     .claims(&Profile { room: 7 })
///     .sign()?;
/// assert_eq!(token.as_str().split('.').count(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Issuer {
    settings: Arc<Settings>,
    verifier: Verifier,
}

pub(super) struct Settings {
    pub(super) key: SigningKey,
    former: Vec<VerifyingKey>,
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) lifetime: Duration,
    pub(super) clock: Arc<dyn Clock>,
    /// The header in base64url: it is the same for every token.
    pub(super) header: String,
}

impl Settings {
    fn keys(&self) -> KeySet {
        let current = self.key.verifying_key();
        KeySet::new(std::iter::once(current).chain(self.former.iter().cloned()))
    }

    fn verifier_builder(&self) -> VerifierBuilder {
        let former = self.former.iter().flat_map(VerifyingKey::algorithms);
        let builder = Verifier::builder(self.keys())
            .algorithms(former.chain([self.key.algorithm()]))
            .issuer(&self.issuer)
            // RFC 8725, section 3.12: nothing else that is signed with the key is an access token.
            .token_type("at+jwt")
            .with_clock(Arc::clone(&self.clock));
        self.audiences
            .iter()
            .fold(builder, VerifierBuilder::audience)
    }
}

impl Issuer {
    /// Starts to build an issuer that signs with this key.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// assert_eq!(issuer.keys().len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(key: SigningKey) -> IssuerBuilder {
        IssuerBuilder {
            key,
            former: Vec::new(),
            issuer: String::new(),
            audiences: Vec::new(),
            lifetime: Duration::from_secs(15 * 60),
            clock: Arc::new(SystemClock),
        }
    }

    /// Starts a token about this subject, the `sub` claim: a user, or a client that acts for itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let stay = json!({"room": 7});
    /// let signed = issuer.token("anna").scope("minibar:write").claims(&stay).sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// assert_eq!(token.subject().as_deref(), Some("anna"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn token(&self, subject: impl Into<String>) -> TokenBuilder {
        TokenBuilder::new(&self.settings, subject.into())
    }

    /// Returns the verifier for the tokens of this issuer: same keys, issuer, audiences and clock, `typ`
    /// as it writes it, and everything else at its default. With the usual leeway a token is refused 60
    /// seconds after it expired; `verifier_builder().leeway(Duration::ZERO)` makes one that is exact.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Source;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let verifier = issuer.verifier();
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// Starts to build a verifier for the tokens of this issuer that demands more, or less, than
    /// [`verifier`](Self::verifier) does. An audience that is added to it is one more that will do.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::{Miss, Reason, Source};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let builder = issuer.verifier_builder().leeway(Duration::ZERO);
    /// let verifier = builder.require_claim("room").build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let verified = verifier.verify_now(signed.as_str().as_bytes(), Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::MissingClaim)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn verifier_builder(&self) -> VerifierBuilder {
        self.settings.verifier_builder()
    }

    /// Returns the keys that verify the tokens of this issuer, former ones included.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let keys = issuer.keys();
    /// for key in keys.iter() {
    ///     println!("tokens are verified with {:?}", key.key_id());
    /// }
    /// assert_eq!(keys.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keys(&self) -> KeySet {
        self.settings.keys()
    }

    /// Returns the public keys as a JWK Set in JSON, to be served to those who verify (RFC 7517).
    ///
    /// Never contains a private member, and no secret.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use http::header::CONTENT_TYPE;
    /// use keycard::KeySet;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::generate(keycard::Algorithm::ES256)?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let jwks = issuer.jwks();
    /// assert_eq!(KeySet::from_jwks(&jwks)?.len(), 1);
    /// let answer = ([(CONTENT_TYPE, "application/json")], jwks);
    /// let app: Router = Router::new().route("/jwks.json", get(|| async { answer }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks(&self) -> String {
        self.keys().to_jwks()
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("key", &self.settings.key)
            .finish_non_exhaustive()
    }
}

/// Builder of an [`Issuer`], from [`Issuer::builder`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::{Algorithm, Issuer, IssuerBuilder, SigningKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let short_lived = true;
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
/// let mut builder: IssuerBuilder =
///     Issuer::builder(key).issuer("https://desk.example").audience("https://rooms.example");
/// if short_lived {
///     builder = builder.lifetime(Duration::from_secs(60));
/// }
/// let token = builder.build()?.token("anna").sign()?;
/// assert_eq!(token.lifetime(), Duration::from_secs(60));
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct IssuerBuilder {
    key: SigningKey,
    former: Vec<VerifyingKey>,
    issuer: String,
    audiences: Vec<String>,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
}

impl IssuerBuilder {
    /// Names the issuer, the `iss` claim: a URL by custom. There is no default.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let issuer = keycard::Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// # let signed = issuer.token("anna").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// // Of a token that it signed:
    /// assert_eq!(token.issuer().as_deref(), Some("https://desk.example"));
    /// # Ok(())
    /// # }
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
    /// use keycard::RegisteredClaims;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let issuer = keycard::Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .audience("https://spa.example")
    ///     .build()?;
    /// # let signed = issuer.token("anna").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let claims: RegisteredClaims = token.claims()?; // of a token that it signed
    /// assert!(claims.audience.contains("https://spa.example"));
    /// # Ok(())
    /// # }
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
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let issuer = keycard::Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .lifetime(Duration::from_secs(5 * 60))
    ///     .build()?;
    /// assert_eq!(issuer.token("anna").sign()?.lifetime().as_secs(), 300);
    /// # Ok(())
    /// # }
    /// ```
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
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
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let old = SigningKey::generate(Algorithm::ES256)?;
    /// let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
    ///     .former_key(old.verifying_key())
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// assert_eq!(issuer.keys().len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn former_key(mut self, key: VerifyingKey) -> Self {
        self.former.push(key);
        self
    }

    /// Reads the time from this clock instead of the system's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::{Issuer, ManualClock, Source};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let clock = ManualClock::new(SystemTime::now());
    /// let issuer = Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .with_clock(clock.clone())
    ///     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// clock.advance(Duration::from_secs(3600)); // for the verifier of the issuer too
    /// assert!(issuer.verifier().verify_now(signed.as_str().as_bytes(), Source::Header).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the issuer.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::Empty`]: no issuer, or an empty name.
    /// - [`ConfigError::NoAudience`]: no audience.
    /// - [`ConfigError::Lifetime`]: under a second, or over a century.
    /// - [`ConfigError::Limit`]: the identifier of the key makes the header longer than verifiers read.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, Issuer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let builder = Issuer::builder(key).issuer("https://desk.example");
    /// assert_eq!(builder.build().err(), Some(ConfigError::NoAudience));
    /// # Ok(())
    /// # }
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
        let lifetime = whole_seconds(self.lifetime).ok_or(ConfigError::Lifetime)?;
        let header = encode_header(self.key.algorithm(), self.key.key_id())?;
        let settings = Arc::new(Settings {
            key: self.key,
            former: self.former,
            issuer: self.issuer,
            audiences: self.audiences,
            lifetime,
            clock: self.clock,
            header,
        });
        let verifier = settings.verifier_builder().build()?;
        Ok(Issuer { settings, verifier })
    }
}

impl fmt::Debug for IssuerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerBuilder")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Returns the lifetime without the fraction of its second, if a token can have it.
pub(super) fn whole_seconds(lifetime: Duration) -> Option<Duration> {
    let whole = Duration::from_secs(lifetime.as_secs());
    (Duration::from_secs(1)..=LONGEST_LIFETIME)
        .contains(&whole)
        .then_some(whole)
}

fn encode_header(algorithm: Algorithm, key_id: Option<&str>) -> Result<String, ConfigError> {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: &'static str,
        typ: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<&'a str>,
    }
    let header = Header {
        alg: algorithm.name(),
        // RFC 9068, section 2.1.
        typ: "at+jwt",
        kid: key_id,
    };
    let json = serde_json::to_vec(&header).map_err(|_| ConfigError::Algorithm(algorithm))?;
    let encoded = base64url::encode(json);
    // Verifiers look at no more than this much of a header.
    if encoded.len() > crate::jws::Limits::default().header {
        return Err(ConfigError::Limit("of the key identifier"));
    }
    Ok(encoded)
}
