//! A token that is good, and the claims in it.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;
#[cfg(feature = "axum")]
use serde_json::{Map, Value};

use super::claims_error::ClaimsError;
use super::credential::Source;
use super::opened::Opened;
use super::trusted::Trusted;
use crate::algorithm::Algorithm;
use crate::claims::{ClaimPath, numeric_date};
use crate::json::Value as JsonValue;
use crate::numeric_date::NumericDate;
use crate::revocation::TokenIdentity;
use crate::step_up::Login;

/// A token that passed every check of a [`Verifier`](crate::Verifier), and only such a token.
///
/// Cheap to clone. `Debug` shows the algorithm and the source, nothing of the token.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// #[derive(serde::Deserialize)]
/// struct Guest { sub: String }
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").scope("minibar:read").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
///
/// assert_eq!(token.subject().as_deref(), Some("anna"));
/// assert!(token.has_scope("minibar:read"));
/// let guest: Guest = token.claims()?;
/// assert_eq!(guest.sub, "anna");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It cannot be made by anybody else, by no constructor, from no text, and not from another one:
///
/// ```compile_fail,E0451
/// let token = keycard::VerifiedToken { opened: todo!(), source: keycard::verify::Source::Header };
/// ```
/// ```compile_fail,E0624
/// let token = keycard::VerifiedToken::new(todo!(), keycard::verify::Source::Header);
/// ```
/// ```compile_fail,E0277
/// let token: keycard::VerifiedToken = serde_json::from_str("{}").unwrap();
/// ```
/// ```compile_fail,E0277
/// let token = <keycard::VerifiedToken as Default>::default();
/// ```
/// ```compile_fail,E0616
/// fn elsewhere(mut token: keycard::VerifiedToken) {
///     token.source = keycard::verify::Source::Header;
/// }
/// ```
#[derive(Clone)]
#[doc(alias = "user")]
pub struct VerifiedToken {
    opened: Arc<Opened>,
    source: Source,
}

impl VerifiedToken {
    pub(super) fn new(opened: Arc<Opened>, source: Source) -> Self {
        Self { opened, source }
    }

    /// Returns where the token was found.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Returns the name of the trust whose token this is: its [`name`](crate::Trust::name) or, where
    /// that was not given, its first issuer. A verifier of keys that names no issuer calls it `any`.
    pub fn trust(&self) -> &str {
        self.opened.trust.name()
    }

    pub(super) fn opened(&self) -> &Opened {
        &self.opened
    }

    /// Whose token it is.
    pub(crate) fn trusted(&self) -> &Arc<Trusted> {
        &self.opened.trust
    }

    /// Returns the algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.opened.algorithm
    }

    /// Returns the `sub` claim: whom the token is about. An integer, which only some trusts
    /// [take](crate::Trust::dangerous_numeric_subject), is given by its digits.
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        let subject = self.opened.facts().subject(self.opened.root())?;
        // Whatever is no string has been found to be an integer.
        Some(subject.as_str().unwrap_or(Cow::Borrowed(subject.source())))
    }

    /// Returns the `iss` claim: who issued the token.
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        self.opened.facts().issuer(self.opened.root())?.as_str()
    }

    /// Returns the `jti` claim: the identifier of the token.
    pub fn id(&self) -> Option<Cow<'_, str>> {
        self.opened.facts().id(self.opened.root())?.as_str()
    }

    /// Returns the `exp` claim: when the token ends, leeway not included.
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.opened.facts().expires()
    }

    /// Returns the `iat` claim: when the token was issued.
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.opened.facts().issued_at()
    }

    /// Returns the scopes, from the claims that the verifier reads them from.
    pub fn scopes(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.opened.scopes()
    }

    /// Returns the roles, from the claims that the verifier reads them from.
    pub fn roles(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.opened.roles()
    }

    /// Tells whether one of the scopes is exactly this one.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.opened.scopes().contain(scope)
    }

    /// Tells whether one of the roles is exactly this one.
    pub fn has_role(&self, role: &str) -> bool {
        self.opened.roles().contain(role)
    }

    /// Returns the text that stands at this path, if it is one.
    pub(crate) fn text_at(&self, path: &ClaimPath) -> Option<Cow<'_, str>> {
        path.find(self.opened.root())?.as_str()
    }

    /// Returns what the token says of the login behind it (RFC 9068, section 2.2.1), and the time by the clock of its
    /// verifier. What is of another type says nothing.
    pub(crate) fn login(&self) -> Login<'_> {
        let root = self.opened.root();
        let trust = &self.opened.trust;
        Login {
            acr: root.member("acr").and_then(JsonValue::as_str),
            auth_time: root.member("auth_time").and_then(numeric_date),
            now: trust.clock.now(),
            leeway: trust.leeway,
        }
    }

    /// Decodes the payload into a type, which may borrow from the token.
    ///
    /// # Errors
    ///
    /// The payload does not fit the type.
    pub fn claims<'de, T: Deserialize<'de>>(&'de self) -> Result<T, ClaimsError> {
        T::deserialize(self.opened.root())
            .map_err(|error| ClaimsError::in_payload(type_name::<T>(), error))
    }

    /// Decodes the claims that have one of these names, and no others.
    #[cfg(feature = "axum")]
    pub(crate) fn claims_named(&self, names: &[String]) -> Result<Map<String, Value>, ClaimsError> {
        let members = self.opened.root().members().filter_map(|(name, value)| {
            let name = names.iter().find(|wanted| name.is_text(wanted))?;
            Some(Value::deserialize(value).map(|value| (name.clone(), value)))
        });
        members
            .collect::<Result<_, _>>()
            .map_err(|error| ClaimsError::in_payload(type_name::<Value>(), error))
    }

    /// Decodes the payload into a type once, and shares it with all who ask for the same type.
    ///
    /// # Errors
    ///
    /// The payload does not fit the type.
    pub fn shared_claims<T: DeserializeOwned + Any + Send + Sync>(
        &self,
    ) -> Result<Arc<T>, ClaimsError> {
        self.opened.memo.get_or_try_init(|| self.claims())
    }

    /// Returns the payload: a JSON object, byte for byte as it was signed.
    pub fn payload(&self) -> &str {
        self.opened.payload.text()
    }

    /// Returns the token itself, as it was found: for the next service, which is called in the name of its bearer.
    ///
    /// Whoever has it is in. It belongs into no log and no answer; [`authorization`](Self::authorization) is
    /// a header that says so. Nor does the text tell one token from another: a signature of ECDSA has a second form, which
    /// takes no key to compute. When the last clone of a token is dropped, its signature is wiped, without which the
    /// rest opens nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert_eq!(token.text(), signed.as_str());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn text(&self) -> &str {
        self.opened.payload.token()
    }

    /// Returns the value of an `Authorization` header with this token (RFC 6750, section 2.1), marked as sensitive,
    /// wherever the token was found: a browser sends a cookie, and the next service wants a header.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::VerifiedToken;
    ///
    /// async fn prices(token: VerifiedToken) -> http::Request<()> {
    ///     let mut request = http::Request::new(());
    ///     request.headers_mut().insert("authorization", token.authorization());
    ///     request
    /// }
    /// ```
    #[doc(alias = "bff")]
    pub fn authorization(&self) -> HeaderValue {
        let line = format!("Bearer {}", self.text());
        // A token is ASCII and no control character.
        let mut value =
            HeaderValue::try_from(line).unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        value.set_sensitive(true);
        value
    }

    /// Returns how long the token is still good by the clock of its verifier, leeway not included: until its `exp`, or
    /// until it reaches the [`max_age`](crate::Trust::max_age) of its trust. Zero is the end.
    ///
    /// For what goes on after a request was let in: a WebSocket, a stream, a timer of the page.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    ///
    /// let clock = testing::clock();
    /// let issuer = testing::issuer_with_clock(clock.clone());
    /// let token = issuer.verifier().verify_now(&issuer.token("anna").sign()?)?;
    /// let at_first = token.remaining();
    /// clock.advance(Duration::from_secs(100));
    /// assert_eq!(token.remaining(), at_first - Duration::from_secs(100));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remaining(&self) -> Duration {
        let trust = &self.opened.trust;
        let aged = trust.policy.bounds.end_of_age(self.opened.facts());
        let end = self.expires_at().into_iter().chain(aged).min();
        end.map_or(Duration::ZERO, |end| {
            end.saturating_since(trust.clock.now())
        })
    }

    pub(super) fn identity(&self) -> TokenIdentity<'_> {
        TokenIdentity {
            trust: self.trust(),
            issuer: self.issuer(),
            subject: self.subject(),
            id: self.id(),
            issued_at: self.issued_at(),
            expires_at: self.expires_at(),
        }
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("algorithm", &self.opened.algorithm)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
