//! One token in the making.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::error::IssueError;
use super::finite::is_finite;
use super::settings::{Settings, whole_lifetime};
use super::signed::SignedToken;
use crate::grammar::is_scope_token;
use crate::json::{ScanError, Tape, scan};
use crate::jws::{Limits, base64url};
use crate::numeric_date::NumericDate;

/// The claims that an issuer sets itself, and `cnf`, which would bind the token to a key.
const RESERVED: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"];

/// The claims that verifiers read scopes from: not to be had twice.
const SCOPES: [&str; 2] = ["scope", "scp"];

/// The claim that says which client asked for the token.
const CLIENT_ID: &str = "client_id";

/// A token in the making, from [`Issuer::token`](crate::Issuer::token).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::issue::{SignedToken, TokenBuilder};
/// use keycard::{IssueError, Issuer};
///
/// fn token(issuer: &Issuer, is_staff: bool, stays: bool) -> Result<SignedToken, IssueError> {
///     let mut draft: TokenBuilder = issuer.token("anna");
///     if is_staff {
///         draft = draft.scope("rooms:read minibar:write");
///     }
///     if stays {
///         draft = draft.lifetime(Duration::from_secs(24 * 3600));
///     }
///     draft.sign()
/// }
/// ```
#[must_use]
pub struct TokenBuilder {
    settings: Arc<Settings>,
    subject: String,
    scope: Option<String>,
    client_id: Option<String>,
    lifetime: Duration,
    claims: Result<Map<String, Value>, IssueError>,
}

impl TokenBuilder {
    pub(super) fn new(settings: &Arc<Settings>, subject: String) -> Self {
        Self {
            settings: Arc::clone(settings),
            subject,
            scope: None,
            client_id: None,
            lifetime: settings.lifetime,
            claims: Ok(Map::new()),
        }
    }

    /// Adds to what the bearer may do, the `scope` claim: one scope, or several divided by single spaces. An
    /// empty text adds nothing, and is no claim at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").scope("rooms:read minibar:write").scope("spa").sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert!(token.scopes().eq(["rooms:read", "minibar:write", "spa"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope(mut self, scopes: impl Into<String>) -> Self {
        let scopes = scopes.into();
        self.scope = Some(match self.scope.take() {
            Some(earlier) if scopes.is_empty() => earlier,
            Some(earlier) if !earlier.is_empty() => format!("{earlier} {scopes}"),
            Some(_) | None => scopes,
        });
        self
    }

    /// Names the client that asked for the token, the `client_id` claim (RFC 9068, section 2.2).
    ///
    /// The default is the issuer, which in an application with its own login page is the only client
    /// there is, unless the claims of the application have a `client_id`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let token = issuer.token("anna").client_id("mobile").sign()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Adds claims of the application: every member of a struct or map becomes a claim.
    ///
    /// Called several times, all of them are added. Claims that the issuer sets, and `scope` and `scp`
    /// beside [`scope`](Self::scope), and `client_id` beside [`client_id`](Self::client_id), cannot be
    /// given: [`sign`](Self::sign) reports it. Everything else can, `roles` included: never hand in what
    /// a user can edit as a whole.
    ///
    /// # Examples
    ///
    /// ```
    /// use serde_json::json;
    /// use keycard::testing;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Stay { room: u32 }
    ///
    /// let issuer = testing::issuer();
    /// let roles = json!({"roles": ["guest"]});
    /// let signed = issuer.token("anna").claims(&Stay { room: 7 }).claims(&roles).sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert!(token.has_role("guest"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn claims<T: Serialize + ?Sized>(mut self, claims: &T) -> Self {
        self.claims = self.claims.and_then(|earlier| flatten(earlier, claims));
        self
    }

    /// Sets how long this token lives, in whole seconds. The default is that of the issuer.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let day_pass = issuer.token("anna").lifetime(Duration::from_secs(24 * 3600)).sign()?;
    /// assert_eq!(day_pass.lifetime().as_secs(), 86_400);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Signs the token.
    ///
    /// # Errors
    ///
    /// See [`IssueError`]: claims that collide or are no object, an empty subject, scopes or a
    /// lifetime that cannot be, a token that nobody would accept.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{IssueError, testing};
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").scope("rooms:read").sign()?;
    /// assert_eq!(signed.as_str().split('.').count(), 3);
    /// // Scopes are divided by single spaces.
    /// let error = issuer.token("anna").scope("rooms:read  minibar:write").sign().err();
    /// assert_eq!(error, Some(IssueError::InvalidScope));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign(self) -> Result<SignedToken, IssueError> {
        let settings = Arc::clone(&self.settings);
        let lifetime = whole_lifetime(self.lifetime).ok_or(IssueError::Lifetime)?;
        let issued_at = settings.clock.now().truncated();
        let expires_at = issued_at.saturating_add(lifetime);

        let payload = self.payload(issued_at, expires_at)?;
        scan_strictly(&payload)?;

        let encoded = Zeroizing::new(base64url::encode(payload.as_bytes()));
        // Room for all of it, so that no part is left behind elsewhere.
        let signature = settings.key.signature_len().div_ceil(3).saturating_mul(4);
        let room = [settings.header.len(), encoded.len(), signature, 2];
        let mut token = Zeroizing::new(String::with_capacity(room.iter().sum()));
        token.push_str(&settings.header);
        token.push('.');
        token.push_str(&encoded);
        let signature = settings
            .key
            .sign(token.as_bytes())
            .map_err(|_| IssueError::Signing)?;
        token.push('.');
        token.push_str(&Zeroizing::new(base64url::encode(signature)));
        if token.len() > Limits::default().token {
            return Err(IssueError::TooLarge);
        }
        Ok(SignedToken::new(token, lifetime, expires_at))
    }

    fn payload(
        self,
        issued_at: NumericDate,
        expires_at: NumericDate,
    ) -> Result<Zeroizing<String>, IssueError> {
        if self.subject.is_empty() {
            return Err(IssueError::NoSubject);
        }
        let claims = self.claims?;
        let scopes = SCOPES.into_iter().filter(|_| self.scope.is_some());
        let client = self.client_id.is_some().then_some(CLIENT_ID);
        let mut reserved = RESERVED.into_iter().chain(scopes).chain(client);
        if let Some(name) = reserved.find(|name| claims.contains_key(*name)) {
            return Err(IssueError::ReservedClaim(name.to_owned()));
        }
        let scopes = self.scope.as_deref().filter(|scopes| !scopes.is_empty());
        if scopes.is_some_and(|scopes| !scopes.split(' ').all(is_scope_token)) {
            return Err(IssueError::InvalidScope);
        }
        let issuer = &self.settings.issuer;
        let claimed = claims.get(CLIENT_ID);
        let claimed = claimed.map(|client| client.as_str().unwrap_or_default());
        let client_id = self.client_id.as_deref().or(claimed).unwrap_or(issuer);
        if client_id.is_empty() {
            return Err(IssueError::NoClient);
        }
        serde_json::to_string(&Payload {
            iss: issuer,
            sub: &self.subject,
            client_id: claimed.is_none().then_some(client_id),
            aud: Audiences(&self.settings.audiences),
            iat: issued_at,
            exp: expires_at,
            jti: token_id()?,
            scope: scopes,
            claims: &claims,
        })
        .map(Zeroizing::new)
        .map_err(|_| IssueError::NotAnObject)
    }
}

/// Adds the members of `claims` to those that are there.
///
/// Verifiers read them from a text, so this does too: what would be folded into a map without a word, or written as
/// something else, is an error.
fn flatten<T: Serialize + ?Sized>(
    mut earlier: Map<String, Value>,
    claims: &T,
) -> Result<Map<String, Value>, IssueError> {
    if !is_finite(claims) {
        return Err(IssueError::NotStrict("a float is infinite or no number"));
    }
    let text = serde_json::to_string(claims).map_err(|_| IssueError::NotAnObject)?;
    let text = Zeroizing::new(text);
    scan_strictly(&text)?;
    let Ok(Value::Object(claims)) = serde_json::from_str(&text) else {
        return Err(IssueError::NotAnObject);
    };
    for (name, value) in claims {
        if earlier.contains_key(&name) {
            return Err(IssueError::RepeatedClaim(name));
        }
        earlier.insert(name, value);
    }
    Ok(earlier)
}

/// What is signed here must be acceptable there.
fn scan_strictly(payload: &str) -> Result<(), IssueError> {
    scan(payload, Limits::default().depth, &mut Tape::<96>::new()).map_err(|error| match error {
        ScanError::DuplicateName => IssueError::NotStrict("a name stands twice in one object"),
        ScanError::PrivateName => IssueError::NotStrict("a name is private to a library"),
        ScanError::NumberRange => IssueError::NotStrict("a number is out of range"),
        ScanError::Depth | ScanError::Length => IssueError::TooLarge,
        ScanError::Syntax | ScanError::LoneSurrogate => IssueError::NotAnObject,
    })
}

/// Returns 128 random bits in base64url.
fn token_id() -> Result<String, IssueError> {
    let mut id = [0; 16];
    SystemRandom::new()
        .fill(&mut id)
        .map_err(|_| IssueError::Signing)?;
    Ok(base64url::encode(id))
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    aud: Audiences<'a>,
    iat: NumericDate,
    exp: NumericDate,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(flatten)]
    claims: &'a Map<String, Value>,
}

/// One audience as a string, several as an array (RFC 7519, section 4.1.3).
struct Audiences<'a>(&'a [String]);

impl Serialize for Audiences<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [only] => serializer.serialize_str(only),
            several => several.serialize(serializer),
        }
    }
}

impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").finish_non_exhaustive()
    }
}
