//! Whom a verifier trusts, and for what.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::queue::Queue;
use super::settings::Common;
use super::trusted::Trusted;
use crate::algorithm::{Algorithm, AlgorithmSet};
use crate::claims::{Bounds, Expected, GrantSource, Grants, Policy};
use crate::error::ConfigError;
use crate::jws::TypeRule;
use crate::keys::Keys;
use crate::numeric_date::CENTURY;

/// The claims that every token of RFC 9068 has (section 2.2).
const RFC_9068_CLAIMS: [&str; 7] = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"];

/// Those of them that are texts, and have to say something.
const RFC_9068_TEXTS: [&str; 4] = ["iss", "sub", "client_id", "jti"];

/// What a trust is called whose issuer nobody named.
const NAMELESS: &str = "any";

/// One issuer, its keys, and everything that is demanded of its tokens.
///
/// A verifier of several trusts ([`Verifier::trusting`](crate::Verifier::trusting)) reads the `iss` claim
/// of a token to choose among them, and uses it for nothing else before the signature was checked: keys
/// of one trust never verify the tokens of another, whatever `kid` says (RFC 8725, section 3.8). A token
/// without `iss`, or with one that no trust names, is refused. [`VerifiedToken::trust`] tells which one it was;
/// guards do not ask for it.
///
/// Called several times, a setter adds; each says what the default is. Claims, header types, algorithms
/// and the places of scopes and roles are each trust's own; time, limits, checks and the revocation list are those of the
/// [builder](crate::verify::VerifierBuilder). A token with `cnf` is refused by every trust, as no proof of possession is
/// understood yet (RFC 7800).
///
/// [`VerifiedToken::trust`]: crate::VerifiedToken::trust
///
/// # Examples
///
/// The login of an application, and Keycloak for the staff:
///
/// ```
/// use keycard::keys::KeySet;
/// use keycard::{Issuer, Trust, Verifier};
///
/// fn verifier(own: &Issuer, keycloak: KeySet) -> Result<Verifier, keycard::ConfigError> {
///     Verifier::trusting([
///         own.trust().name("guests"),
///         Trust::new("https://id.example/realms/staff", keycloak)
///             .name("staff")
///             .audience("https://rooms.example")
///             .roles_from("realm_access.roles"),
///     ])
///     .build()
/// }
/// ```
#[must_use]
pub struct Trust {
    name: Option<String>,
    keys: Keys,
    issuers: Expected,
    audiences: Expected,
    algorithms: Option<AlgorithmSet>,
    types: TypeRule,
    rfc9068: bool,
    numeric_subject: bool,
    padded_segments: bool,
    required: Vec<Box<str>>,
    bounds: Bounds,
    scopes: Vec<GrantSource>,
    roles: Vec<GrantSource>,
}

impl Trust {
    /// Trusts this issuer, if one of these keys signed: the `iss` claim has to be there and to be exactly
    /// this text (RFC 7519, section 4.1.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Trust, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let trust = Trust::new("https://desk.example", key).audience("https://rooms.example");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(issuer: impl Into<String>, keys: impl Into<Keys>) -> Self {
        Self::of(keys).issuer(issuer)
    }

    /// Trusts the issuer that the keys themselves name, as those that a `RemoteKeys` has found by discovery do. Where they
    /// name none, it has to be named [here](Self::issuer), or whoever has a key that was given one by one is trusted.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    /// use keycard::{Issuer, Trust, Verifier};
    ///
    /// fn verifier(own: &Issuer) -> Result<Verifier, Box<dyn std::error::Error>> {
    ///     let staff = RemoteKeys::builder("https://id.example/realms/staff").lazy()?;
    ///     Ok(Verifier::trusting([
    ///         own.trust(),
    ///         Trust::of(staff).audience("https://rooms.example"),
    ///     ])
    ///     .build()?)
    /// }
    /// ```
    pub fn of(keys: impl Into<Keys>) -> Self {
        let keys = keys.into();
        Self {
            name: None,
            keys,
            issuers: Expected::Unsaid,
            audiences: Expected::Unsaid,
            algorithms: None,
            types: TypeRule::default(),
            rfc9068: false,
            numeric_subject: false,
            padded_segments: false,
            required: Vec::new(),
            bounds: Bounds::default(),
            scopes: Vec::new(),
            roles: Vec::new(),
        }
    }

    /// Names the trust, for [`VerifiedToken::trust`](crate::VerifiedToken::trust) and the log. The default
    /// is its first issuer.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, testing};
    ///
    /// let issuer = testing::issuer();
    /// let verifier = Verifier::trusting([issuer.trust().name("guests")]).build()?;
    /// let token = verifier.verify_now(&issuer.token("anna").sign()?)?;
    /// assert_eq!(token.trust(), "guests");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Adds another spelling of the same issuer.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// // Both are in use.
    /// fn google(keys: KeySet) -> Trust {
    ///     Trust::new("https://accounts.google.com", keys).issuer("accounts.google.com")
    /// }
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuers.add(issuer.into().into());
        self
    }

    pub(super) fn any_issuer(mut self) -> Self {
        self.issuers.accept_anyone();
        self
    }

    /// Adds a name of this resource server: the `aud` claim has to be there, and to be exactly this text or an
    /// array with it (RFC 7519, section 4.1.3).
    ///
    /// There is no default: without an audience a verifier does not build, because it would accept
    /// tokens that were meant for others.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys)
    ///         .audience("https://rooms.example")
    ///         .audience("rooms") // as the service was called before
    /// }
    /// ```
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.add(audience.into().into());
        self
    }

    /// Accepts tokens whoever they are meant for, also those without an `aud` claim.
    ///
    /// For issuers that cannot be told to set one; a check should then say that the token is meant for you,
    /// as `client_id` does for Amazon Cognito: see [`check`](crate::verify::VerifierBuilder::check).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys)
    ///         .dangerous_any_audience()
    ///         .require_claim("room") // which only tokens for this hotel have
    /// }
    /// ```
    pub fn dangerous_any_audience(mut self) -> Self {
        self.audiences.accept_anyone();
        self
    }

    /// Adds algorithms to those that are allowed.
    ///
    /// Until it is called, these are all that the keys are bound to. The first call replaces them, and each
    /// further one adds. Keys that are not bound to one, such as RSA keys of a JWK Set without `alg`, serve
    /// all algorithms of their kind, and those of Ed25519 both of its names (RFC 9864): here is the place to
    /// narrow them (RFC 8725, section 3.1).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::{Algorithm, Trust};
    ///
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys).algorithms([Algorithm::RS256])
    /// }
    /// ```
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let earlier = self.algorithms.iter().flat_map(|earlier| earlier.iter());
        self.algorithms = Some(earlier.chain(algorithms).collect());
        self
    }

    /// Adds a value to those that the `typ` header parameter may have (RFC 8725, section 3.11).
    ///
    /// Until it is called, these are `JWT`, `at+jwt` and none at all. The first call replaces all three, and
    /// each further one adds; in a trust of [`Issuer::trust`](crate::Issuer::trust) the type of this issuer
    /// has been named already, and each call adds to it. Compared without case and without `application/`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// // The usual two, one more, and none at all.
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys)
    ///         .token_type("JWT")
    ///         .token_type("at+jwt")
    ///         .token_type("JOSE")
    ///         .allow_absent_token_type()
    /// }
    /// ```
    pub fn token_type(mut self, token_type: impl AsRef<str>) -> Self {
        self.types.add(token_type.as_ref());
        self
    }

    /// Accepts tokens without a `typ` header parameter beside those of [`token_type`](Self::token_type). Where
    /// no type was named, they are accepted anyway.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// // An issuer on its way from no type at all to `at+jwt`.
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys)
    ///         .token_type("at+jwt")
    ///         .allow_absent_token_type()
    /// }
    /// ```
    pub fn allow_absent_token_type(mut self) -> Self {
        self.types.add_absent();
        self
    }

    /// Accepts access tokens by the letter of RFC 9068 only: `typ` is `at+jwt`, and `iss`, `exp`, `aud`,
    /// `sub`, `client_id`, `iat` and `jti` are there.
    ///
    /// An issuer and an audience have to be named, and another [`token_type`](Self::token_type) does not go
    /// with it. Most issuers outside do not keep to the RFC.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys).audience("https://rooms.example").rfc9068()
    /// }
    /// ```
    pub fn rfc9068(mut self) -> Self {
        self.rfc9068 = true;
        self
    }

    /// Requires one more claim to be there, whatever it says. `exp` always is required.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// fn desk(keys: KeySet) -> Trust {
    ///     Trust::new("https://desk.example", keys).require_claim("email").require_claim("room")
    /// }
    /// ```
    pub fn require_claim(mut self, name: impl Into<String>) -> Self {
        self.required.push(name.into().into());
        self
    }

    /// Accepts a `sub` that is an integer, as in `"sub": 4`: its digits become the subject.
    ///
    /// RFC 7519, section 4.1.2, has strings only, and the default is to refuse the token. Django and others
    /// write the number of a row. Whoever compares subjects cannot tell `4` from `"4"` then: the issuer must
    /// not give both to different people. Fractions, exponents, `-0` and what needs more than 64 bits are
    /// refused still, and so is every number with [`rfc9068`](Self::rfc9068).
    ///
    /// [`subject`](crate::VerifiedToken::subject), [`rule::subject`](crate::rule::subject) and a
    /// [`RevocationList`](crate::revocation::RevocationList) see the digits, as does
    /// [`RegisteredClaims`](crate::claims::RegisteredClaims). Types of your own see the claim as it is, a number, and
    /// so does [`rule::claim`](crate::rule::claim), which knows texts only.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// fn of_django(secret: &str) -> Result<Verifier, Box<dyn std::error::Error>> {
    ///     let builder = Verifier::builder(VerifyingKey::hs256(secret)?);
    ///     Ok(builder.audience("https://rooms.example").dangerous_numeric_subject().build()?)
    /// }
    /// ```
    pub fn dangerous_numeric_subject(mut self) -> Self {
        self.numeric_subject = true;
        self
    }

    /// Accepts tokens whose segments end with the padding of base64, and are signed with it: those in
    /// `x-amzn-oidc-data`, by which load balancers of AWS say who logged in.
    ///
    /// RFC 7515, section 2, has no padding, and the default is to refuse it. A padded segment has exactly the
    /// padding that it needs, one without stays as good, and in everything else the form is as strict as
    /// before. One signature then goes with two texts, with its padding and without: whoever tells tokens apart
    /// by their text, and not by their `jti`, takes them for two (as with ECDSA in any case).
    ///
    /// Such a token does not fit the grammar of `Authorization: Bearer` and comes by a
    /// [`header`](crate::JwtLayer::header) of its own. The load balancer makes it of its cookie, so a
    /// [`source`](crate::JwtLayer::source) would not do: that has no cross-site check. Whatever reaches the
    /// service without the load balancer can carry the header too, so [check](super::VerifierBuilder::check) the
    /// `signer` of the [header of the token](crate::VerifiedToken::header).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySource;
    /// use keycard::verify::Reason;
    /// use keycard::{JwtLayer, Trust, Verifier};
    ///
    /// const OURS: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/rooms/1";
    ///
    /// fn layer(keys: impl KeySource) -> Result<JwtLayer, keycard::ConfigError> {
    ///     let users = Trust::new("https://login.example", keys)
    ///         .dangerous_any_audience() // there is none
    ///         .dangerous_padded_segments();
    ///     let verifier = Verifier::trusting([users])
    ///         .check(|token| match token.header().text("signer").as_deref() {
    ///             Some(OURS) => Ok(()),
    ///             _ => Err(Reason::Check("not signed by our load balancer")),
    ///         })
    ///         .build()?;
    ///     Ok(JwtLayer::new(verifier).header("x-amzn-oidc-data"))
    /// }
    /// ```
    pub fn dangerous_padded_segments(mut self) -> Self {
        self.padded_segments = true;
        self
    }

    /// Sets how long the tokens of this issuer may last, from `iat` to `exp`, and requires `iat`.
    ///
    /// The default is no such bound: only an `exp` more than a century away is refused. For issuers who
    /// can be asked for a token of any length, and those who write one by mistake.
    ///
    /// # Errors
    ///
    /// `build()` refuses zero, and more than a century, by
    /// [`ConfigError::Limit`](crate::ConfigError::Limit).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    /// use keycard::verify::{Reason, VerifyError};
    ///
    /// let issuer = testing::issuer(); // for 15 minutes
    /// let builder = issuer.verifier_builder().max_lifetime(Duration::from_secs(5 * 60));
    /// let verified = builder.build()?.verify_now(&issuer.token("anna").sign()?);
    /// assert_eq!(verified.err(), Some(VerifyError::Refused(Reason::LifetimeTooLong)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.bounds.lifetime = Some(lifetime);
        self
    }

    /// Sets how long ago the tokens of this issuer may have been issued, whatever their `exp`, and requires
    /// `iat`. The leeway comes on top.
    ///
    /// The default is no such bound. A client is told that the token expired.
    ///
    /// # Errors
    ///
    /// `build()` refuses zero, and more than a century, by
    /// [`ConfigError::Limit`](crate::ConfigError::Limit).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    /// use keycard::verify::{Reason, VerifyError};
    ///
    /// let clock = testing::clock();
    /// let issuer = testing::issuer_with_clock(clock.clone());
    /// let verifier = issuer.verifier_builder().max_age(Duration::from_secs(5 * 60)).build()?;
    /// let token = issuer.token("anna").sign()?;
    /// assert!(verifier.verify_now(&token).is_ok());
    /// clock.advance(Duration::from_secs(5 * 60 + 61));
    /// assert_eq!(verifier.verify_now(&token).err(), Some(VerifyError::Refused(Reason::TooOld)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.bounds.age = Some(age);
        self
    }

    /// Adds a claim that scopes are read from. Until it is called, these are `scope` and `scp`; the first
    /// call replaces both, and each further one adds.
    ///
    /// A string lists scopes divided by single spaces; of an array each string is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// fn auth0(keys: KeySet) -> Trust {
    ///     Trust::new("https://hotel.eu.auth0.com/", keys)
    ///         .scopes_from("scope")
    ///         .scopes_from("permissions")
    /// }
    /// ```
    #[doc(alias = "permissions")]
    pub fn scopes_from(mut self, source: impl Into<GrantSource>) -> Self {
        self.scopes.push(source.into());
        self
    }

    /// Adds a claim that roles are read from. Until it is called, this is `roles`; the first call replaces
    /// it, and each further one adds.
    ///
    /// A string is one role, spaces included; of an array each string is one. Roles in another shape, such as the
    /// member names of Zitadel, are found by a [`GrantSource`]. A claim that is there and has another
    /// shape grants nothing; the log tells it at debug level.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Trust;
    /// use keycard::keys::KeySet;
    ///
    /// fn keycloak(keys: KeySet) -> Trust {
    ///     Trust::new("https://id.example/realms/hotel", keys)
    ///         .roles_from("realm_access.roles")
    ///         .roles_from(["resource_access", "my.client", "roles"])
    /// }
    /// ```
    #[doc(alias = "keycloak")]
    pub fn roles_from(mut self, source: impl Into<GrantSource>) -> Self {
        self.roles.push(source.into());
        self
    }

    /// Takes the issuer that the keys name, if nobody else was named.
    pub(super) fn complete(mut self) -> Self {
        if let (Expected::Unsaid, Some(issuer)) = (&self.issuers, self.keys.issuer()) {
            let issuer = issuer.into();
            self.issuers.add(issuer);
        }
        self
    }

    /// The names of the issuer.
    pub(super) fn issuers(&self) -> &[Box<str>] {
        self.issuers.names()
    }

    /// Checks all of it, and puts it together.
    pub(super) fn build(mut self, common: &Common) -> Result<Trusted, ConfigError> {
        let name = self.called().to_owned();
        if self.rfc9068 {
            self.apply_rfc9068()?;
        }
        check_audiences(&self.audiences)?;
        check_bounds(self.bounds)?;
        self.check_names()?;
        let algorithms = self.algorithms.unwrap_or_else(AlgorithmSet::all);
        check_keys(&self.keys, algorithms)?;
        check_issuers(&mut self.issuers, &self.keys)?;
        let mut policy = Policy {
            issuers: self.issuers,
            audiences: self.audiences,
            required: self.required,
            required_texts: Vec::new(),
            bounds: self.bounds,
        };
        if self.rfc9068 {
            let texts = RFC_9068_TEXTS.into_iter().map(Box::from);
            policy.required_texts.extend(texts);
        }
        Ok(Trusted {
            name: name.into(),
            keys: self.keys,
            algorithms,
            types: self.types,
            policy,
            grants: Grants::new(self.scopes, self.roles),
            numeric_subject: self.numeric_subject,
            padded_segments: self.padded_segments,
            clock: Arc::clone(&common.clock),
            leeway: common.times.leeway,
            queue: Queue::default(),
        })
    }

    /// What the trust is called, in the log and in errors.
    pub(super) fn called(&self) -> &str {
        let first = self.issuers().first().map(|issuer| &**issuer);
        self.name.as_deref().or(first).unwrap_or(NAMELESS)
    }

    fn apply_rfc9068(&mut self) -> Result<(), ConfigError> {
        if self.issuers().is_empty() {
            return Err(ConfigError::NoIssuer);
        }
        // Section 4: a resource server finds itself in `aud`.
        if self.audiences.names().is_empty() {
            return Err(ConfigError::NoAudience);
        }
        if self.types.is_usual() {
            self.types.add("at+jwt");
        }
        if !self.types.is_only("at+jwt") {
            return Err(ConfigError::TokenType);
        }
        let claims = RFC_9068_CLAIMS.into_iter().map(Box::from);
        self.required.extend(claims);
        Ok(())
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        let sources = |sources: &[GrantSource]| sources.iter().any(GrantSource::is_empty);
        let names = |names: &[Box<str>]| names.iter().any(|name| name.is_empty());
        for (empty, what) in [
            (self.called().is_empty(), "name"),
            (names(self.issuers()), "issuer"),
            (names(self.audiences.names()), "audience"),
            (names(&self.required), "require_claim"),
            (sources(&self.scopes), "scopes_from"),
            (sources(&self.roles), "roles_from"),
            (self.types.has_empty_name(), "token_type"),
        ] {
            if empty {
                return Err(ConfigError::Empty(what));
            }
        }
        Ok(())
    }
}

/// Nothing would be accepted by a bound of zero, and nothing is refused by one of a century.
fn check_bounds(bounds: Bounds) -> Result<(), ConfigError> {
    for (bound, what) in [(bounds.lifetime, "max_lifetime"), (bounds.age, "max_age")] {
        if bound.is_some_and(|bound| bound.is_zero() || bound > CENTURY) {
            return Err(ConfigError::Limit(what));
        }
    }
    Ok(())
}

fn check_audiences(audiences: &Expected) -> Result<(), ConfigError> {
    match audiences {
        Expected::Unsaid => Err(ConfigError::NoAudience),
        Expected::Contradiction => Err(ConfigError::AudienceTwice),
        Expected::Anyone | Expected::OneOf(_) => Ok(()),
    }
}

/// Whoever publishes keys may sign for many with them; whoever was given one is trusted.
fn check_issuers(issuers: &mut Expected, keys: &Keys) -> Result<(), ConfigError> {
    if let (Expected::OneOf(named), Some(own)) = (&*issuers, keys.issuer())
        && !named.iter().any(|name| **name == *own)
    {
        return Err(ConfigError::KeysOfOther(own.to_owned()));
    }
    match issuers {
        Expected::Unsaid if keys.are_published() => return Err(ConfigError::NoIssuer),
        Expected::Unsaid => issuers.accept_anyone(),
        Expected::Contradiction => return Err(ConfigError::IssuerTwice),
        Expected::Anyone | Expected::OneOf(_) => {}
    }
    Ok(())
}

/// A source may get its keys later; those that are held have to be of use.
fn check_keys(keys: &Keys, algorithms: AlgorithmSet) -> Result<(), ConfigError> {
    if algorithms.is_empty() {
        return Err(ConfigError::NoUsableAlgorithm);
    }
    if keys.source().is_some() {
        return Ok(());
    }
    let no_key = |(skipped, reasons)| Err(ConfigError::NoKey { skipped, reasons });
    keys.read(|keys| match keys {
        None => no_key((0, Vec::new())),
        Some(keys) if keys.is_empty() => no_key(keys.count_skipped()),
        Some(keys) => keys
            .iter()
            .any(|key| key.algorithm_set().intersects(algorithms))
            .then_some(())
            .ok_or(ConfigError::NoUsableAlgorithm),
    })
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").finish_non_exhaustive()
    }
}
