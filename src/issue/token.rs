//! One token in the making.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::claims::flatten;
use super::draft::{Draft, Login, Period, TokenId};
use super::error::IssueError;
use super::header::{TokenType, add, encode};
use super::settings::{Settings, whole_lifetime};
use super::signed::SignedToken;
use crate::grammar::is_scope_token;
use crate::jws::{Limits, base64url};
use crate::numeric_date::NumericDate;

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
    token_type: TokenType,
    parameters: Map<String, Value>,
    pub(super) draft: Draft,
    has_own_audience: bool,
    lifetime: Duration,
    /// What cannot be, of the values that were looked at when they were given: the first of them.
    fault: Option<IssueError>,
}

impl TokenBuilder {
    pub(super) fn new(settings: &Arc<Settings>, subject: Option<String>) -> Self {
        Self {
            settings: Arc::clone(settings),
            token_type: TokenType::default(),
            parameters: Map::new(),
            draft: Draft {
                subject,
                audiences: settings.audiences.clone(),
                scope: None,
                roles: None,
                client_id: None,
                token_id: TokenId::Random,
                not_before: None,
                backdated: Duration::ZERO,
                login: Login::default(),
                claims: Map::new(),
            },
            has_own_audience: false,
            lifetime: settings.lifetime,
            fault: None,
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
        let earlier = self.draft.scope.take();
        self.draft.scope = Some(match earlier {
            Some(earlier) if scopes.is_empty() => earlier,
            Some(earlier) if !earlier.is_empty() => format!("{earlier} {scopes}"),
            Some(_) | None => scopes,
        });
        self
    }

    /// Adds scopes from a list, each of them one scope. An empty list adds nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let granted = vec!["rooms:read".to_owned(), "spa".to_owned()];
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").scopes(&granted).sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert!(token.scopes().eq(["rooms:read", "spa"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scopes(mut self, scopes: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self = self.scope("");
        for scope in scopes {
            let scope = scope.as_ref();
            if is_scope_token(scope) {
                self = self.scope(scope);
            } else {
                self.note(IssueError::InvalidScope);
            }
        }
        self
    }

    /// Adds roles of the bearer, the claim `roles` (RFC 9068, section 2.2.3.1), which
    /// [`require_role`](crate::require_role) reads. An empty list is a claim without a role.
    ///
    /// Claims of the application may then have no `roles`. For a verifier that reads another claim by
    /// [`roles_from`](crate::Trust::roles_from), use [`claims`](Self::claims).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").roles(["guest", "night porter"]).sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert!(token.has_role("night porter"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn roles(mut self, roles: impl IntoIterator<Item: Into<String>>) -> Self {
        let own = self.draft.roles.get_or_insert_default();
        own.extend(roles.into_iter().map(Into::into));
        self
    }

    /// Names the client that asked for the token, the `client_id` claim (RFC 9068, section 2.2).
    ///
    /// The default is the issuer, which in an application with its own login page is the only client
    /// there is, unless the claims of the application have a `client_id`. A token of another
    /// [type](Self::token_type) has none by default.
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
        self.draft.client_id = Some(client_id.into());
        self
    }

    /// Adds claims of the application: every member of a struct or map becomes a claim.
    ///
    /// Called several times, all of them are added. Claims that the issuer sets, and `scope` and `scp`
    /// beside [`scope`](Self::scope), `roles` beside [`roles`](Self::roles), and `client_id` beside
    /// [`client_id`](Self::client_id), cannot be given: [`sign`](Self::sign) reports it, and
    /// an integer of more than 64 bits, which most readers take for a float: write it as a text. Everything else can, `roles` included: never hand in what
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
        let earlier = std::mem::take(&mut self.draft.claims);
        match flatten(earlier, claims) {
            Ok(claims) => self.draft.claims = claims,
            Err(error) => self.note(error),
        }
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

    /// Names whom this token is for, the `aud` claim, instead of the audiences of the issuer. Called several
    /// times, it is for all of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::claims::RegisteredClaims;
    /// use keycard::{Verifier, testing};
    ///
    /// let issuer = testing::issuer();
    /// let signed = issuer.token("anna").audience("https://spa.example").sign()?;
    /// // The issuer's own verifier is one of https://rooms.example.
    /// assert!(issuer.verifier().verify_now(&signed).is_err());
    /// let spa = Verifier::builder(issuer.keys()).audience("https://spa.example").build()?;
    /// let claims: RegisteredClaims = spa.verify_now(&signed)?.claims()?;
    /// assert!(!claims.audience.contains("https://rooms.example"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        if !self.has_own_audience {
            self = self.without_audience();
        }
        self.draft.audiences.push(audience.into());
        self
    }

    /// Leaves the `aud` claim out. For a [type](Self::token_type) that has none: an access token has to say whom
    /// it is for (RFC 9068, section 2.2), and is not signed without.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{IssueError, testing};
    ///
    /// let issuer = testing::issuer();
    /// assert!(issuer.token("anna").token_type("JWT").without_audience().sign().is_ok());
    /// let error = issuer.token("anna").without_audience().sign().err();
    /// assert_eq!(error, Some(IssueError::MissingClaim("aud")));
    /// ```
    pub fn without_audience(mut self) -> Self {
        self.has_own_audience = true;
        self.draft.audiences.clear();
        self
    }

    /// Gives the token this identifier, the `jti` claim. The default is a random one of 128 bits.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// // The row in which the application keeps what it signed.
    /// let signed = issuer.token("anna").token_id("4711").sign()?;
    /// let token = issuer.verifier().verify_now(&signed)?;
    /// assert_eq!(token.id().as_deref(), Some("4711"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn token_id(mut self, token_id: impl Into<String>) -> Self {
        self.draft.token_id = TokenId::Given(token_id.into());
        self
    }

    /// Leaves the `jti` claim out. For a [type](Self::token_type) that has none: an access token has to have one
    /// (RFC 9068, section 2.2), and is not signed without.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let signed = testing::issuer().token("anna").token_type("JWT").without_token_id().sign()?;
    /// # Ok::<(), keycard::IssueError>(())
    /// ```
    pub fn without_token_id(mut self) -> Self {
        self.draft.token_id = TokenId::Absent;
        self
    }

    /// Makes the token good from this time on, the `nbf` claim, and no earlier. The default is none: it is good
    /// at once. Its lifetime begins when it is signed all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let hour = Duration::from_secs(3600);
    /// let check_in = SystemTime::now() + 3 * hour;
    /// let signed = issuer.token("anna").not_before(check_in).lifetime(24 * hour).sign()?;
    /// assert!(issuer.verifier().verify_now(&signed).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn not_before(mut self, time: impl Into<NumericDate>) -> Self {
        self.draft.not_before = Some(time.into());
        self
    }

    /// Says that the token was issued this much earlier than it was, the `iat` claim, for a verifier whose clock is
    /// behind. The default is not to. When it expires, stays the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing;
    ///
    /// let token = testing::issuer().token("anna").backdated(Duration::from_secs(60)).sign()?;
    /// assert_eq!(token.lifetime().as_secs(), 15 * 60);
    /// # Ok::<(), keycard::IssueError>(())
    /// ```
    pub fn backdated(mut self, earlier: Duration) -> Self {
        self.draft.backdated = earlier;
        self
    }

    /// Sets the `typ` header parameter (RFC 8725, section 3.11). The default is `at+jwt`, an access token of
    /// RFC 9068; with another one no claim is demanded, and `client_id` is there only if it was
    /// [named](Self::client_id).
    ///
    /// The [recipes](crate::guide::recipes#other-tokens-than-access-tokens) show an ID token, a logout token and
    /// others. Verifiers have to be told of the type: [`Trust::token_type`](crate::Trust::token_type).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Verifier, testing};
    ///
    /// let issuer = testing::issuer();
    /// let invitation = issuer.token("ben").token_type("invitation+jwt").sign()?;
    /// assert!(issuer.verifier().verify_now(&invitation).is_err()); // no access token
    /// // Built from the keys: the verifier of the issuer would accept its access tokens too.
    /// let door = Verifier::builder(issuer.keys())
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .token_type("invitation+jwt")
    ///     .build()?;
    /// assert!(door.verify_now(&invitation).is_ok());
    /// assert!(door.verify_now(&issuer.token("ben").sign()?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn token_type(mut self, token_type: impl Into<String>) -> Self {
        self.token_type = TokenType::named(token_type.into());
        self
    }

    /// Leaves the `typ` header parameter out, for who takes none. Otherwise as [`token_type`](Self::token_type).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let plain = issuer.token("anna").without_token_type().sign()?;
    /// let verifier = issuer.verifier_builder().allow_absent_token_type().build()?;
    /// assert!(verifier.verify_now(&plain).is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn without_token_type(mut self) -> Self {
        self.token_type = TokenType::Absent;
        self
    }

    /// Adds a parameter to the header, such as `x5t`.
    ///
    /// Refused are `alg` and `kid`, which the key says ([`SigningKey::with_key_id`](crate::SigningKey::with_key_id)),
    /// `typ`, for which there is [`token_type`](Self::token_type), `crit` and `b64`, which change how a token is
    /// read, a `cty` that makes it a nested one, and a name that is there: [`sign`](Self::sign) reports it.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{IssueError, testing};
    ///
    /// let token = || testing::issuer().token("anna").token_type("JWT");
    /// // The thumbprint of a certificate, as Entra ID wants to see it.
    /// assert!(token().header("x5t#S256", "kGWRMWTPvUJ7bA2tWmyM2n1jc5iXLl1VpGNQ4ZxvZqA").sign().is_ok());
    /// let error = token().header("alg", "none").sign().err();
    /// assert_eq!(error, Some(IssueError::HeaderParameter("alg".into())));
    /// ```
    pub fn header<T: Serialize + ?Sized>(mut self, name: &str, value: &T) -> Self {
        match add(&self.parameters, name, value) {
            Ok(value) => {
                self.parameters.insert(name.to_owned(), value);
            }
            Err(error) => self.note(error),
        }
        self
    }

    fn note(&mut self, error: IssueError) {
        self.fault.get_or_insert(error);
    }

    /// Signs the token with a key that is here; see [`sign_async`](Self::sign_async) for others.
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
        let unsigned = self.prepare()?;
        let signature = unsigned.settings.key.sign(unsigned.text.as_bytes())?;
        unsigned.seal(&signature)
    }

    /// Signs the token, wherever the key is: for one that a [`Signer`](crate::keys::Signer) holds, this asks and waits.
    ///
    /// The token that comes out has been verified. Its [lifetime](SignedToken::lifetime) is what is left of it then.
    ///
    /// # Errors
    ///
    /// Those of [`sign`](Self::sign); a signer that is out of reach or answers with something else; and
    /// [`IssueError::Late`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::issue::SignedToken;
    /// use keycard::{IssueError, Issuer};
    ///
    /// async fn login(issuer: &Issuer) -> Result<SignedToken, IssueError> {
    ///     issuer.token("anna").scope("rooms:read").sign_async().await
    /// }
    /// ```
    pub async fn sign_async(self) -> Result<SignedToken, IssueError> {
        let unsigned = self.prepare()?;
        let message = unsigned.text.as_bytes();
        let signature = unsigned.settings.key.sign_async(message).await?;
        unsigned.after_the_wait()?.seal(&signature)
    }

    fn prepare(self) -> Result<Unsigned, IssueError> {
        let settings = self.settings;
        let lifetime = whole_lifetime(self.lifetime).ok_or(IssueError::Lifetime)?;
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let now = settings.clock.now().truncated();
        let expires_at = now.saturating_add(lifetime);
        let is_access_token = self.token_type.is_access_token();
        let header = if is_access_token && self.parameters.is_empty() {
            settings.header.clone()
        } else {
            encode(&settings.key, &self.token_type, &self.parameters)?
        };
        let period = Period { now, expires_at };
        let payload = self.draft.write(&settings, is_access_token, period)?;

        let encoded = Zeroizing::new(base64url::encode(payload.as_bytes()));
        // Room for all of it, so that no part is left behind elsewhere.
        let signature = settings.key.signature_len().div_ceil(3).saturating_mul(4);
        let room = [header.len(), encoded.len(), signature, 2];
        let mut text = Zeroizing::new(String::with_capacity(room.iter().sum()));
        text.push_str(&header);
        text.push('.');
        text.push_str(&encoded);
        // Nobody has to be asked for a signature of this.
        if text.len() > Limits::default().token {
            return Err(IssueError::TooLarge);
        }
        Ok(Unsigned {
            settings,
            text,
            lifetime,
            expires_at,
        })
    }
}

/// A token that lacks nothing but its signature.
struct Unsigned {
    settings: Arc<Settings>,
    /// Header and payload.
    text: Zeroizing<String>,
    lifetime: Duration,
    expires_at: NumericDate,
}

impl Unsigned {
    /// The token has lived since it was written.
    fn after_the_wait(mut self) -> Result<Self, IssueError> {
        let written_at = self.expires_at.saturating_sub(self.lifetime);
        let now = self.settings.clock.now().truncated();
        let left = self.lifetime.checked_sub(now.saturating_since(written_at));
        self.lifetime = left
            .filter(|left| !left.is_zero())
            .ok_or(IssueError::Late)?;
        Ok(self)
    }

    fn seal(self, signature: &[u8]) -> Result<SignedToken, IssueError> {
        let mut text = self.text;
        text.push('.');
        text.push_str(&Zeroizing::new(base64url::encode(signature)));
        if text.len() > Limits::default().token {
            return Err(IssueError::TooLarge);
        }
        Ok(SignedToken::new(text, self.lifetime, self.expires_at))
    }
}

impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").finish_non_exhaustive()
    }
}
