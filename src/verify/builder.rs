//! How a verifier is told what to accept.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::token::VerifiedToken;
use super::verifier::{Check, Settings, Verifier};
use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::claims::{ClaimPath, Grants, Policy};
use crate::clock::{Clock, SystemClock};
use crate::error::{ConfigError, Reason};
use crate::jws::{Limits, TypeRule};
use crate::keys::Keys;
use crate::revocation::RevocationList;

/// The claims that every token of RFC 9068 has (section 2.2).
const RFC_9068_CLAIMS: [&str; 7] = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"];

/// Those of them that are texts, and have to say something.
const RFC_9068_TEXTS: [&str; 4] = ["iss", "sub", "client_id", "jti"];

/// Builder of a [`Verifier`], from [`Verifier::builder`].
///
/// # Examples
///
/// ```
/// use keycard::{Verifier, VerifierBuilder};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
/// let mut builder: VerifierBuilder = Verifier::builder(key).issuer("https://desk.example");
/// for audience in ["https://rooms.example", "https://spa.example"] {
///     builder = builder.audience(audience);
/// }
/// assert!(builder.build().is_ok());
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct VerifierBuilder {
    keys: Keys,
    algorithms: Option<AlgorithmSet>,
    any_audience: bool,
    any_issuer: bool,
    rfc9068: bool,
    types: TypeRule,
    limits: Limits,
    policy: Policy,
    /// Where scopes and roles are found; empty if nothing was said.
    scopes: Vec<ClaimPath>,
    roles: Vec<ClaimPath>,
    checks: Vec<Check>,
    revocation: Option<Arc<dyn RevocationList>>,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    pub(super) fn new(keys: Keys) -> Self {
        Self {
            keys,
            algorithms: None,
            any_audience: false,
            any_issuer: false,
            rfc9068: false,
            types: TypeRule::Usual,
            limits: Limits::default(),
            policy: Policy::default(),
            scopes: Vec::new(),
            roles: Vec::new(),
            checks: Vec::new(),
            revocation: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Trusts this issuer: the `iss` claim must be there and be exactly this string (RFC 7519,
    /// section 4.1.1).
    ///
    /// Called several times, any of the issuers will do, and each of the keys is trusted to speak for
    /// each of them: issuers that do not trust each other need a verifier each (RFC 8725, section
    /// 3.8). Keys of a JWK Set or a [`KeySource`](crate::KeySource) do not build without an issuer, as
    /// some who publish keys sign for many with them. For keys that were given one by one the default
    /// is not to look at `iss`: whoever has the key is trusted.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let verifier = keycard::Verifier::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.policy.issuers.push(issuer.into().into());
        self
    }

    /// Trusts whoever signs with a key of the JWK Set or the source, whatever the `iss` claim says.
    ///
    /// Entra ID and others sign the tokens of all their customers with the same keys: there, only the
    /// issuer tells one from the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, KeySet, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::generate(keycard::Algorithm::ES256)?.verifying_key();
    /// # let jwks = KeySet::new([key]).to_jwks();
    /// let keys = KeySet::from_jwks(&jwks)?;
    /// let builder = Verifier::builder(keys.clone()).audience("https://rooms.example");
    /// assert_eq!(builder.build().err(), Some(ConfigError::NoIssuer));
    /// let builder = Verifier::builder(keys).audience("https://rooms.example");
    /// assert!(builder.any_issuer().build().is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn any_issuer(mut self) -> Self {
        self.any_issuer = true;
        self
    }

    /// Names this resource server: the `aud` claim must be there and be exactly this string, or an
    /// array with it (RFC 7519, section 4.1.3).
    ///
    /// Called several times, any of the names will do. There is no default: without an audience a
    /// verifier does not build, because it would accept tokens that were meant for others.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Source, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let keys = issuer.keys();
    /// let verifier = Verifier::builder(keys)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .audience("rooms") // as the service was called before
    ///     .build()?;
    /// let signed = issuer.token("anna").sign()?; // for https://rooms.example
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.policy.audiences.push(audience.into().into());
        self
    }

    /// Accepts tokens whoever they are meant for, also those without an `aud` claim.
    ///
    /// For issuers that cannot be told to set one; another check should then say that the token is
    /// meant for you, as `client_id` does for Amazon Cognito: see [`check`](Self::check).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Source, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let verifying_key = key.verifying_key();
    /// # let spa = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://spa.example")
    /// #     .build()?;
    /// # let signed = spa.token("anna").claims(&serde_json::json!({"room": 7})).sign()?;
    /// let verifier = Verifier::builder(verifying_key)
    ///     .issuer("https://desk.example")
    ///     .any_audience()
    ///     .require_claim("room") // which only tokens for this hotel have
    ///     .build()?;
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn any_audience(mut self) -> Self {
        self.any_audience = true;
        self
    }

    /// Allows these algorithms only.
    ///
    /// The default is every algorithm that the keys are bound to, except for the name `Ed25519` of
    /// RFC 9864. Keys that are not bound to one, such as RSA keys of a JWK Set without `alg`, serve
    /// all algorithms of their kind: here is the place to narrow them (RFC 8725, section 3.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, KeySet, Verifier};
    ///
    /// # fn build(keys: KeySet) -> Result<Verifier, keycard::ConfigError> {
    /// Verifier::builder(keys)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .algorithms([Algorithm::RS256])
    ///     .build()
    /// # }
    /// ```
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Sets how much clock skew `exp`, `nbf` and `iat` may show.
    ///
    /// The default is 60 seconds. RFC 7519, section 4.1.4, has a few minutes in mind; more than an hour
    /// does not build.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::{ManualClock, Source};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let clock = ManualClock::new(SystemTime::now() + Duration::from_secs(15 * 60 + 3));
    /// let builder = issuer.verifier_builder().with_clock(clock);
    /// let verifier = builder.leeway(Duration::from_secs(5)).build()?;
    /// // Good for 15 minutes: on that clock it expired three seconds ago.
    /// let signed = issuer.token("anna").sign()?;
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.policy.leeway = leeway;
        self
    }

    /// Accepts tokens that say they will be issued in the future.
    ///
    /// The default is to refuse an `iat` later than now and the leeway.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::{ManualClock, Source};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let slow = ManualClock::new(SystemTime::now() - Duration::from_secs(300));
    /// let verifier = issuer.verifier_builder().with_clock(slow).allow_future_iat().build()?;
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow_future_iat(mut self) -> Self {
        self.policy.allow_future_iat = true;
        self
    }

    /// Requires a claim to be there, whatever it says. `exp` always is required.
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
    /// let verifier = issuer.verifier_builder().require_claim("room").build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let verified = verifier.verify_now(signed.as_str().as_bytes(), Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::MissingClaim)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn require_claim(mut self, name: impl Into<String>) -> Self {
        self.policy.required.push(name.into().into());
        self
    }

    /// Accepts exactly this `typ` header parameter, and none that is absent (RFC 8725, section 3.11).
    ///
    /// Compared without case and without `application/`. The default accepts `JWT`, `at+jwt` and
    /// tokens without a `typ`, and refuses every other kind.
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
    /// # let signed = issuer.token("anna").sign()?;
    /// // Logout tokens have a type of their own, so that nobody takes an access token for one.
    /// let logout = issuer.verifier_builder().token_type("logout+jwt").build()?;
    /// let verified = logout.verify_now(signed.as_str().as_bytes(), Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::Type)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn token_type(mut self, token_type: impl AsRef<str>) -> Self {
        self.types = TypeRule::exactly(token_type.as_ref());
        self
    }

    /// Accepts access tokens by the letter of RFC 9068 only: `typ` is `at+jwt`, and `iss`, `exp`,
    /// `aud`, `sub`, `client_id`, `iat` and `jti` are there. The issuer has to be configured, and so has
    /// the audience; what [`token_type`](Self::token_type) said does not count.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Source, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let keys = issuer.keys();
    /// let verifier = Verifier::builder(keys)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .rfc9068()
    ///     .build()?;
    /// let signed = issuer.token("anna").sign()?; // an `Issuer` writes all of it
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn rfc9068(mut self) -> Self {
        self.rfc9068 = true;
        self
    }

    /// Reads scopes from this claim, and from those of further calls. The default is `scope` and `scp`.
    ///
    /// A string lists scopes divided by single spaces; of an array each string is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let verifier = keycard::Verifier::builder(key)
    ///     .audience("https://rooms.example")
    ///     .scopes_from("scope")
    ///     .scopes_from("permissions")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn scopes_from(mut self, claim: impl Into<ClaimPath>) -> Self {
        self.scopes.push(claim.into());
        self
    }

    /// Reads roles from this claim, and from those of further calls. The default is `roles`.
    ///
    /// A string is one role, spaces included; of an array each string is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let verifier = keycard::Verifier::builder(key)
    ///     .audience("https://rooms.example")
    ///     .roles_from("realm_access.roles")
    ///     .roles_from(["resource_access", "my.client", "roles"])
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn roles_from(mut self, claim: impl Into<ClaimPath>) -> Self {
        self.roles.push(claim.into());
        self
    }

    /// Adds a check of your own, which runs on every token that passed all others.
    ///
    /// What it refuses is answered like any invalid token; the reason goes to the log.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Reason;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Cognito<'a> { client_id: &'a str, token_use: &'a str }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let verifier = keycard::Verifier::builder(key)
    ///     .any_audience()
    ///     .check(|token| match token.claims::<Cognito>() {
    ///         Ok(Cognito { client_id: "rooms", token_use: "access" }) => Ok(()),
    ///         _ => Err(Reason::Check("not an access token for this client")),
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn check<F>(mut self, check: F) -> Self
    where
        F: Fn(&VerifiedToken) -> Result<(), Reason> + Send + Sync + 'static,
    {
        self.checks.push(Arc::new(check));
        self
    }

    /// Asks this list about every token, also about those seen before. The default is to ask nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{RevocationList, RevocationStatus, Source, TokenIdentity};
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
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let signed = issuer.token("anna").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// # let id = token.id().unwrap_or_default().into_owned();
    /// let verifier = issuer.verifier_builder().revocation(Lost(id)).build()?;
    /// assert!(verifier.verify_now(signed.as_str().as_bytes(), Source::Header).is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn revocation(mut self, list: impl RevocationList) -> Self {
        self.revocation = Some(Arc::new(list));
        self
    }

    /// Sets the length of the longest token that is looked at, in bytes. The default is 16 KiB. Below 2
    /// KiB, [`max_header_bytes`](Self::max_header_bytes) has to be lowered too.
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
    /// let verifier = issuer.verifier_builder().max_token_bytes(4096).build()?;
    /// let verified = verifier.verify_now(&[b'a'; 4097], Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::TooLong)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.limits.token = bytes;
        self
    }

    /// Sets the length of the longest header segment, in bytes of base64url. The default is 2 KiB.
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
    /// let signed = issuer.token("anna").sign()?;
    /// let verifier = issuer.verifier_builder().max_header_bytes(16).build()?;
    /// let verified = verifier.verify_now(signed.as_str().as_bytes(), Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::TooLong)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_header_bytes(mut self, bytes: usize) -> Self {
        self.limits.header = bytes;
        self
    }

    /// Sets how many containers may nest in header and payload, the outermost one counted. The
    /// default is 32; at most 128 builds.
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
    /// let signed = issuer.token("anna").claims(&serde_json::json!({"stay": {"room": 7}})).sign()?;
    /// let flat = issuer.verifier_builder().max_depth(1).build()?;
    /// let verified = flat.verify_now(signed.as_str().as_bytes(), Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::Json)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_depth(mut self, levels: usize) -> Self {
        self.limits.depth = levels;
        self
    }

    /// Reads the time from this clock instead of the system's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::{ManualClock, Miss, Reason, Source};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").sign()?;
    /// let tomorrow = ManualClock::new(SystemTime::now() + Duration::from_secs(24 * 3600));
    /// let verifier = issuer.verifier_builder().with_clock(tomorrow).build()?;
    /// let verified = verifier.verify_now(signed.as_str().as_bytes(), Source::Header);
    /// assert_eq!(verified.err(), Some(Miss::Refused(Reason::Expired)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// - [`ConfigError::NoAudience`]: say `audience`, or `any_audience`; RFC 9068 demands the former.
    /// - [`ConfigError::AudienceTwice`]: say only one of them.
    /// - [`ConfigError::NoIssuer`]: RFC 9068 demands one; keys of a JWK Set or a source demand one, or
    ///   `any_issuer`.
    /// - [`ConfigError::IssuerTwice`]: say only one of them.
    /// - [`ConfigError::NoKey`]: the keys are empty.
    /// - [`ConfigError::NoUsableAlgorithm`]: no key goes with an algorithm that is allowed.
    /// - [`ConfigError::Empty`], [`ConfigError::Leeway`], [`ConfigError::Limit`]: a value that
    ///   cannot be meant.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{ConfigError, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key.clone()).issuer("https://desk.example");
    /// assert_eq!(builder.build().err(), Some(ConfigError::NoAudience));
    /// let builder = Verifier::builder(key).issuer("https://desk.example");
    /// assert!(builder.audience("https://rooms.example").build().is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(mut self) -> Result<Verifier, ConfigError> {
        if self.rfc9068 {
            if self.policy.issuers.is_empty() {
                return Err(ConfigError::NoIssuer);
            }
            // Section 4: a resource server finds itself in `aud`.
            if self.any_audience {
                return Err(ConfigError::NoAudience);
            }
            self.types = TypeRule::exactly("at+jwt");
            let claims = RFC_9068_CLAIMS.into_iter().map(Box::from);
            self.policy.required.extend(claims);
            let texts = RFC_9068_TEXTS.into_iter().map(Box::from);
            self.policy.required_texts.extend(texts);
        }
        self.check_names()?;
        self.check_limits()?;
        let algorithms = self.algorithms.unwrap_or_else(AlgorithmSet::standard);
        if algorithms.is_empty() {
            return Err(ConfigError::NoUsableAlgorithm);
        }
        if self.keys.source().is_none() {
            self.keys.read(|keys| match keys {
                None => Err(ConfigError::NoKey),
                Some(keys) if keys.is_empty() => Err(ConfigError::NoKey),
                Some(keys) => keys
                    .iter()
                    .any(|key| key.algorithm_set().intersects(algorithms))
                    .then_some(())
                    .ok_or(ConfigError::NoUsableAlgorithm),
            })?;
        }
        // Whoever publishes keys may sign for many with them.
        let issuer_is_named = !self.policy.issuers.is_empty();
        match (issuer_is_named, self.any_issuer) {
            (true, true) => return Err(ConfigError::IssuerTwice),
            (false, false) if self.keys.are_published() => return Err(ConfigError::NoIssuer),
            _ => {}
        }
        Ok(Verifier::new(Settings {
            keys: self.keys,
            algorithms,
            types: self.types,
            limits: self.limits,
            policy: self.policy,
            grants: Arc::new(Grants::new(self.scopes, self.roles)),
            checks: self.checks,
            revocation: self.revocation,
            clock: self.clock,
        }))
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        let policy = &self.policy;
        match (policy.audiences.is_empty(), self.any_audience) {
            (true, false) => return Err(ConfigError::NoAudience),
            (false, true) => return Err(ConfigError::AudienceTwice),
            _ => {}
        }
        let paths = |paths: &[ClaimPath]| paths.iter().any(ClaimPath::is_empty);
        let names = |names: &[Box<str>]| names.iter().any(|name| name.is_empty());
        let token_type = matches!(&self.types, TypeRule::Exactly(name) if name.is_empty());
        for (empty, what) in [
            (names(&policy.issuers), "issuer"),
            (names(&policy.audiences), "audience"),
            (names(&policy.required), "required claim"),
            (paths(&self.scopes), "claim that scopes are read from"),
            (paths(&self.roles), "claim that roles are read from"),
            (token_type, "token type"),
        ] {
            if empty {
                return Err(ConfigError::Empty(what));
            }
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = &self.limits;
        if self.policy.leeway > Duration::from_secs(3600) {
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
        ] {
            if !fits {
                return Err(ConfigError::Limit(what));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder").finish_non_exhaustive()
    }
}
