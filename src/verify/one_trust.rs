//! The settings of the only trust, said to the builder itself.

use std::time::Duration;

use super::builder::VerifierBuilder;
use super::trust::Trust;

use crate::algorithm::Algorithm;
use crate::claims::GrantSource;

/// Settings of the only trust. Those of [`Trust`] say more about each.
impl VerifierBuilder {
    fn trust(mut self, set: impl FnOnce(Trust) -> Trust) -> Self {
        self.trusts = set(self.trusts);
        self
    }

    /// Adds a spelling of the issuer that is trusted: the `iss` claim has to be there and to be exactly one
    /// of them.
    ///
    /// Keys of a JWK Set or a [`KeySource`](crate::keys::KeySource) do not build without, as some who
    /// publish keys sign for many with them. For keys that were given one by one the default is not to look
    /// at `iss`: whoever has the key is trusted. For another issuer, with keys of its own, see
    /// [`Verifier::trusting`](crate::Verifier::trusting).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key).issuer("https://desk.example");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.trust(|trust| trust.issuer(issuer))
    }

    /// Trusts whoever signs with a key of the JWK Set or the source, whatever the `iss` claim says.
    ///
    /// Entra ID and others sign the tokens of all their customers with the same keys: there, only the
    /// issuer tells one from the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::{ConfigError, Verifier, testing};
    ///
    /// let keys = KeySet::from_jwks(&testing::issuer().jwks())?;
    /// let builder = Verifier::builder(keys.clone()).audience("https://rooms.example");
    /// assert_eq!(builder.build().err(), Some(ConfigError::NoIssuer));
    /// let builder = Verifier::builder(keys).audience("https://rooms.example");
    /// assert!(builder.dangerous_any_issuer().build().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dangerous_any_issuer(self) -> Self {
        self.trust(Trust::any_issuer)
    }

    /// Adds a name of this resource server: see [`Trust::audience`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key).audience("https://rooms.example").audience("rooms");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.trust(|trust| trust.audience(audience))
    }

    /// Accepts tokens whoever they are meant for: see [`Trust::dangerous_any_audience`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key).dangerous_any_audience().require_claim("room");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dangerous_any_audience(self) -> Self {
        self.trust(Trust::dangerous_any_audience)
    }

    /// Adds algorithms to those that are allowed: see [`Trust::algorithms`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::verify::VerifierBuilder;
    /// use keycard::{Algorithm, Verifier};
    ///
    /// fn narrow(keys: KeySet) -> VerifierBuilder {
    ///     Verifier::builder(keys).algorithms([Algorithm::RS256])
    /// }
    /// ```
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.trust(|trust| trust.algorithms(algorithms))
    }

    /// Adds a value to those that the `typ` header parameter may have: see [`Trust::token_type`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::verify::VerifierBuilder;
    /// use keycard::Verifier;
    ///
    /// // Logout tokens have a type of their own, so that nobody takes an access token for one.
    /// fn logout(keys: KeySet) -> VerifierBuilder {
    ///     Verifier::builder(keys).token_type("logout+jwt")
    /// }
    /// ```
    pub fn token_type(self, token_type: impl AsRef<str>) -> Self {
        self.trust(|trust| trust.token_type(token_type))
    }

    /// Accepts tokens without a `typ` header parameter: see [`Trust::allow_absent_token_type`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::verify::VerifierBuilder;
    /// use keycard::Verifier;
    ///
    /// fn migrating(keys: KeySet) -> VerifierBuilder {
    ///     Verifier::builder(keys).token_type("at+jwt").allow_absent_token_type()
    /// }
    /// ```
    pub fn allow_absent_token_type(self) -> Self {
        self.trust(Trust::allow_absent_token_type)
    }

    /// Accepts access tokens by the letter of RFC 9068 only: see [`Trust::rfc9068`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, testing};
    ///
    /// let issuer = testing::issuer();
    /// let verifier = Verifier::builder(issuer.keys())
    ///     .issuer(testing::ISSUER)
    ///     .audience(testing::AUDIENCE)
    ///     .rfc9068()
    ///     .build()?;
    /// assert!(verifier.verify_now(&issuer.token("anna").sign()?).is_ok()); // an issuer writes all of it
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rfc9068(self) -> Self {
        self.trust(Trust::rfc9068)
    }

    /// Requires one more claim to be there, whatever it says: see [`Trust::require_claim`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    /// use keycard::verify::{Reason, VerifyError};
    ///
    /// let issuer = testing::issuer();
    /// let verifier = issuer.verifier_builder().require_claim("room").build()?;
    /// let verified = verifier.verify_now(&issuer.token("anna").sign()?);
    /// assert_eq!(verified.err(), Some(VerifyError::Refused(Reason::MissingClaim)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn require_claim(self, name: impl Into<String>) -> Self {
        self.trust(|trust| trust.require_claim(name))
    }

    /// Accepts a `sub` that is an integer: see [`Trust::dangerous_numeric_subject`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.dangerous_numeric_subject().build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dangerous_numeric_subject(self) -> Self {
        self.trust(Trust::dangerous_numeric_subject)
    }

    /// Accepts tokens with the padding of base64: see [`Trust::dangerous_padded_segments`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.dangerous_padded_segments().build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dangerous_padded_segments(self) -> Self {
        self.trust(Trust::dangerous_padded_segments)
    }

    /// Sets how long tokens may last, from `iat` to `exp`: see [`Trust::max_lifetime`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.max_lifetime(Duration::from_secs(3600)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_lifetime(self, lifetime: Duration) -> Self {
        self.trust(|trust| trust.max_lifetime(lifetime))
    }

    /// Sets how long ago tokens may have been issued: see [`Trust::max_age`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    ///
    /// let builder = testing::issuer().verifier_builder();
    /// let verifier = builder.max_age(Duration::from_secs(3600)).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_age(self, age: Duration) -> Self {
        self.trust(|trust| trust.max_age(age))
    }

    /// Adds a claim that scopes are read from: see [`Trust::scopes_from`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key).scopes_from("scope").scopes_from("permissions");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scopes_from(self, source: impl Into<GrantSource>) -> Self {
        self.trust(|trust| trust.scopes_from(source))
    }

    /// Adds a claim that roles are read from: see [`Trust::roles_from`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs256("at least thirty-two bytes of it!")?;
    /// let builder = Verifier::builder(key).roles_from("realm_access.roles");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn roles_from(self, source: impl Into<GrantSource>) -> Self {
        self.trust(|trust| trust.roles_from(source))
    }
}
