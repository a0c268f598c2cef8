//! Who signs tokens.

use std::fmt;
use std::sync::Arc;

use super::settings::Settings;
use super::token::TokenBuilder;
use crate::error::ConfigError;
use crate::keys::KeySet;
use crate::verify::{Trust, Verifier, VerifierBuilder};

/// Signs access tokens of RFC 9068 that verifiers of this crate and of others accept.
///
/// Every token has `iss`, `aud`, `sub`, `client_id`, `iat`, `exp` and a random `jti`, and the header
/// parameters `alg`, `typ` (`at+jwt`) and `kid`. Tokens of other kinds, such as ID tokens, begin with
/// [`TokenBuilder::token_type`]. Cheap to clone.
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
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Issuer {
    settings: Arc<Settings>,
    verifier: Verifier,
}

impl Issuer {
    pub(super) fn new(settings: Arc<Settings>) -> Result<Self, ConfigError> {
        let builder = VerifierBuilder::new(settings.trust());
        let verifier = builder.with_clock(Arc::clone(&settings.clock)).build()?;
        Ok(Self { settings, verifier })
    }

    /// Starts a token about this subject, the `sub` claim: a user, or a client that acts for itself.
    pub fn token(&self, subject: impl Into<String>) -> TokenBuilder {
        TokenBuilder::new(&self.settings, Some(subject.into()))
    }

    /// Starts a token without a `sub` claim, of another [type](TokenBuilder::token_type) than access tokens,
    /// which need one: the application that signs is then the only one it speaks of.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let signed = testing::issuer().token_without_subject().token_type("JWT").sign()?;
    /// # Ok::<(), keycard::IssueError>(())
    /// ```
    pub fn token_without_subject(&self) -> TokenBuilder {
        TokenBuilder::new(&self.settings, None)
    }

    /// Returns the verifier for the tokens of this issuer: same keys, issuer, audiences and clock, `typ`
    /// as it writes it, and everything else at its default. With the usual leeway a token is refused 60
    /// seconds after it expired; `verifier_builder().leeway(Duration::ZERO)` makes one that is exact.
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// Starts to build a verifier for the tokens of this issuer that demands more, or less, than
    /// [`verifier`](Self::verifier) does. An audience or a `typ` that is added to it is one more that will do: access tokens
    /// of this issuer still pass. Start with [`Verifier::builder`](crate::Verifier::builder) where they must not.
    pub fn verifier_builder(&self) -> VerifierBuilder {
        VerifierBuilder::new(self.trust()).with_clock(Arc::clone(&self.settings.clock))
    }

    /// Returns the trust in this issuer: its name, keys, algorithms, audiences and `typ`.
    ///
    /// The clock is none of them. A verifier of several trusts reads the clock of the system until
    /// [`with_clock`](VerifierBuilder::with_clock) gives it another.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySet;
    /// use keycard::{Trust, Verifier, testing};
    ///
    /// fn ours_and_theirs(theirs: KeySet) -> Result<Verifier, keycard::ConfigError> {
    ///     let clock = testing::clock();
    ///     let ours = testing::issuer_with_clock(clock.clone()).trust();
    ///     let theirs = Trust::new("https://pool.example", theirs).audience("https://rooms.example");
    ///     Verifier::trusting([ours, theirs]).with_clock(clock).build()
    /// }
    /// ```
    pub fn trust(&self) -> Trust {
        self.settings.trust()
    }

    /// Returns the keys that verify the tokens of this issuer, former and coming ones included.
    pub fn keys(&self) -> KeySet {
        self.settings.keys()
    }

    /// Returns the public keys as a JWK Set in JSON, to be served to those who verify (RFC 7517).
    ///
    /// Never contains a private member, and no secret.
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
