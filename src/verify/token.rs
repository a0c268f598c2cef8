//! A token that is good, and the claims in it.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::opened::Opened;
use crate::algorithm::Algorithm;
use crate::error::Reason;
use crate::json;
use crate::numeric_date::NumericDate;
use crate::rejection::Rejection;
use crate::revocation::TokenIdentity;
use crate::trace;

/// Where a token was found. The source decides which defences a request needs.
///
/// # Examples
///
/// ```
/// use keycard::{Source, VerifiedToken};
///
/// // What browsers send by themselves takes a second look.
/// fn is_sent_by_itself(token: &VerifiedToken) -> bool {
///     matches!(token.source(), Source::Cookie)
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
/// # let issuer = keycard::Issuer::builder(key)
/// #     .issuer("https://desk.example")
/// #     .audience("https://rooms.example")
/// #     .build()?;
/// # let signed = issuer.token("anna").sign()?;
/// let token = issuer.verifier().verify_now(signed.as_str().as_bytes(), Source::Header)?;
/// assert!(!is_sent_by_itself(&token));
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Source {
    /// The `Authorization` header, with the scheme `Bearer` (RFC 6750, section 2.1).
    Header,
    /// A cookie: see [`TokenCookie`](crate::TokenCookie).
    Cookie,
    /// A parameter of the query string, by its name (RFC 6750, section 2.3).
    Query(&'static str),
    /// A source of the application, by its name.
    Custom(&'static str),
}

/// A token that passed every check of a [`Verifier`](crate::Verifier), and only such a token.
///
/// Cheap to clone. `Debug` shows the algorithm and the source, nothing of the token.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::{Algorithm, Issuer, SigningKey, Source};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .lifetime(Duration::from_secs(900))
///     .build()?;
/// let signed = issuer.token("anna").scope("minibar:read").sign()?;
///
/// let token = issuer.verifier().verify_now(signed.as_str().as_bytes(), Source::Custom("queue"))?;
/// assert_eq!(token.subject().as_deref(), Some("anna"));
/// assert!(token.has_scope("minibar:read"));
///
/// #[derive(serde::Deserialize)]
/// struct Guest { sub: String }
/// let guest: Guest = token.claims()?;
/// assert_eq!(guest.sub, "anna");
/// # Ok(())
/// # }
/// ```
///
/// It cannot be made by anybody else, by no constructor, from no text, and not from another one:
///
/// ```compile_fail,E0451
/// let token = keycard::VerifiedToken { opened: todo!(), source: keycard::Source::Header };
/// ```
/// ```compile_fail,E0624
/// let token = keycard::VerifiedToken::new(todo!(), keycard::Source::Header);
/// ```
/// ```compile_fail,E0277
/// let token: keycard::VerifiedToken = serde_json::from_str("{}").unwrap();
/// ```
/// ```compile_fail,E0277
/// let token = <keycard::VerifiedToken as Default>::default();
/// ```
/// ```compile_fail,E0616
/// fn elsewhere(mut token: keycard::VerifiedToken) {
///     token.source = keycard::Source::Header;
/// }
/// ```
#[derive(Clone)]
pub struct VerifiedToken {
    opened: Arc<Opened>,
    source: Source,
}

impl VerifiedToken {
    pub(super) fn new(opened: Arc<Opened>, source: Source) -> Self {
        Self { opened, source }
    }

    /// Returns where the token was found.
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
    /// let (verifier, queue) = (issuer.verifier(), Source::Custom("queue"));
    /// let token = verifier.verify_now(signed.as_str().as_bytes(), queue)?;
    /// assert_eq!(token.source(), queue);
    /// # Ok(())
    /// # }
    /// ```
    pub fn source(&self) -> Source {
        self.source
    }

    /// Returns the algorithm of the signature.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, VerifiedToken};
    ///
    /// // Until the last secret is replaced.
    /// fn is_of_the_old_kind(token: &VerifiedToken) -> bool {
    ///     token.algorithm() == Algorithm::HS256
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
    /// assert!(is_of_the_old_kind(&token));
    /// # Ok(())
    /// # }
    /// ```
    pub fn algorithm(&self) -> Algorithm {
        self.opened.algorithm
    }

    /// Returns the `sub` claim: whom the token is about.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::VerifiedToken;
    ///
    /// fn greeting(token: &VerifiedToken) -> String {
    ///     format!("good evening, {}", token.subject().unwrap_or_default())
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
    /// assert_eq!(greeting(&token), "good evening, anna");
    /// # Ok(())
    /// # }
    /// ```
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.opened.facts.subject(self.opened.root())?.as_str()
    }

    /// Returns the `iss` claim: who issued the token.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::VerifiedToken;
    ///
    /// // The key of a row: subjects are unique to their issuer only.
    /// fn account(token: &VerifiedToken) -> Option<(String, String)> {
    ///     Some((token.issuer()?.into_owned(), token.subject()?.into_owned()))
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
    /// let anna = ("https://desk.example".to_owned(), "anna".to_owned());
    /// assert_eq!(account(&token), Some(anna));
    /// # Ok(())
    /// # }
    /// ```
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        self.opened.facts.issuer(self.opened.root())?.as_str()
    }

    /// Returns the `jti` claim: the identifier of the token.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::collections::HashSet;
    /// use keycard::VerifiedToken;
    ///
    /// // A token for one charge only.
    /// fn is_first(seen: &mut HashSet<String>, token: &VerifiedToken) -> bool {
    ///     token.id().is_some_and(|id| seen.insert(id.into_owned()))
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
    /// # let mut seen = HashSet::new();
    /// assert!(is_first(&mut seen, &token));
    /// assert!(!is_first(&mut seen, &token));
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> Option<Cow<'_, str>> {
        self.opened.facts.id(self.opened.root())?.as_str()
    }

    /// Returns the `exp` claim: when the token ends, leeway not included.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::{Clock, SystemClock};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let signed = issuer.token("anna").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let left = token.expires_at().map(|end| end.saturating_since(SystemClock.now()));
    /// assert!(left <= Some(Duration::from_secs(900)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn expires_at(&self) -> Option<NumericDate> {
        self.opened.facts.expires()
    }

    /// Returns the `iat` claim: when the token was issued.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::{Clock, SystemClock, VerifiedToken};
    ///
    /// // Before a guest checks out, the login must not be long ago.
    /// fn is_fresh(token: &VerifiedToken) -> bool {
    ///     let age = token.issued_at().map(|issued| SystemClock.now().saturating_since(issued));
    ///     age.is_some_and(|age| age < Duration::from_secs(300))
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
    /// assert!(is_fresh(&token));
    /// # Ok(())
    /// # }
    /// ```
    pub fn issued_at(&self) -> Option<NumericDate> {
        self.opened.facts.issued_at()
    }

    /// Returns the scopes, from the claims that the verifier reads them from.
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
    /// let signed = issuer.token("anna").scope("rooms:read minibar:write").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// assert!(token.scopes().eq(["rooms:read", "minibar:write"]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn scopes(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.opened.grants.scopes(self.opened.root())
    }

    /// Returns the roles, from the claims that the verifier reads them from.
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
    /// let roles = json!({"roles": ["night manager", "porter"]});
    /// let signed = issuer.token("ben").claims(&roles).sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// assert!(token.roles().eq(["night manager", "porter"]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn roles(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.opened.grants.roles(self.opened.root())
    }

    /// Tells whether one of the scopes is exactly this one.
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
    /// let signed = issuer.token("anna").scope("minibar:write").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// assert!(token.has_scope("minibar:write"));
    /// assert!(!token.has_scope("minibar"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn has_scope(&self, scope: &str) -> bool {
        let opened = &self.opened;
        opened.grants.scopes(opened.root()).contain(scope)
    }

    /// Tells whether one of the roles is exactly this one.
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
    /// let signed = issuer.token("ben").claims(&json!({"roles": ["night manager"]})).sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// assert!(token.has_role("night manager"));
    /// assert!(!token.has_role("manager"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn has_role(&self, role: &str) -> bool {
        let opened = &self.opened;
        opened.grants.roles(opened.root()).contain(role)
    }

    /// Decodes the payload into a type, which may borrow from the token.
    ///
    /// # Errors
    ///
    /// The payload does not fit the type.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::borrow::Cow;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Stay<'a> { #[serde(borrow)] sub: Cow<'a, str>, room: u32 }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").claims(&serde_json::json!({"room": 7})).sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let stay: Stay<'_> = token.claims()?;
    /// assert!(matches!(stay, Stay { sub: Cow::Borrowed("anna"), room: 7 }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn claims<'de, T: Deserialize<'de>>(&'de self) -> Result<T, ClaimsError> {
        T::deserialize(self.opened.root()).map_err(|error| ClaimsError {
            wanted: type_name::<T>(),
            error,
        })
    }

    /// Decodes the payload into a type once, and shares it with all who ask for the same type.
    ///
    /// # Errors
    ///
    /// The payload does not fit the type.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Stay { room: u32 }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let signed = issuer.token("anna").claims(&serde_json::json!({"room": 7})).sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let first: Arc<Stay> = token.shared_claims()?;
    /// let second: Arc<Stay> = token.shared_claims()?;
    /// assert!(Arc::ptr_eq(&first, &second));
    /// # Ok(())
    /// # }
    /// ```
    pub fn shared_claims<T: DeserializeOwned + Any + Send + Sync>(
        &self,
    ) -> Result<Arc<T>, ClaimsError> {
        self.opened.memo.get_or_try_init(|| self.claims())
    }

    /// Returns the payload: a JSON object, byte for byte as it was signed.
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
    /// # let signed = issuer.token("anna").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let payload: serde_json::Value = serde_json::from_str(token.payload())?;
    /// assert_eq!(payload["sub"], "anna");
    /// # Ok(())
    /// # }
    /// ```
    pub fn payload(&self) -> &str {
        self.opened.payload()
    }

    pub(super) fn identity(&self) -> TokenIdentity<'_> {
        TokenIdentity {
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

/// The payload of a token does not fit the type that was asked for.
///
/// Says which type, where in the payload, and what was expected there; never what stood there.
///
/// # Examples
///
/// ```
/// #[derive(Debug, serde::Deserialize)]
/// struct Stay { room: u32 }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
/// # let issuer = keycard::Issuer::builder(key)
/// #     .issuer("https://desk.example")
/// #     .audience("https://rooms.example")
/// #     .build()?;
/// let signed = issuer.token("anna").claims(&serde_json::json!({"room": "seven"})).sign()?;
/// # let verifier = issuer.verifier();
/// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
/// let error = token.claims::<Stay>().unwrap_err();
/// assert!(error.to_string().contains("Stay at .room"));
/// assert!(!error.to_string().contains("seven"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ClaimsError {
    wanted: &'static str,
    error: json::Error,
}

impl ClaimsError {
    /// Returns the name of the type that was asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Stay { room: u32 }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let signed = issuer.token("anna").sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let error = token.claims::<Stay>().unwrap_err(); // the token has no room
    /// assert!(error.type_name().ends_with("Stay"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn type_name(&self) -> &'static str {
        self.wanted
    }

    /// Returns where in the payload it did not fit, as in `.rooms[1].number`.
    ///
    /// # Examples
    ///
    /// ```
    /// #[derive(Debug, serde::Deserialize)]
    /// struct Stay { rooms: Vec<u32> }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// let signed = issuer.token("anna").claims(&serde_json::json!({"rooms": [7, "8"]})).sign()?;
    /// # let verifier = issuer.verifier();
    /// # let token = verifier.verify_now(signed.as_str().as_bytes(), keycard::Source::Header)?;
    /// let error = token.claims::<Stay>().unwrap_err();
    /// assert_eq!(error.path(), ".rooms[1]");
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(&self) -> &str {
        self.error.path()
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, error } = self;
        write!(f, "the payload is no {wanted} at {}: {error}", error.path())
    }
}

impl std::error::Error for ClaimsError {}

/// The token is good, but not for this handler: 401, and a line in the log that says why.
impl From<ClaimsError> for Rejection {
    fn from(error: ClaimsError) -> Self {
        trace::warn!(
            wanted = error.type_name(),
            path = error.path(),
            problem = %error.error,
            "the payload of a verified token does not fit the type of the handler"
        );
        Reason::Payload.into()
    }
}
