//! What a token is going to say, and whether it can.

use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::claims::scan_strictly;
use super::error::IssueError;
use super::settings::Settings;
use crate::grammar::is_scope_token;
use crate::jws::base64url;
use crate::keys::SigningError;
use crate::numeric_date::NumericDate;

/// The claims that an issuer sets itself, and `cnf`, which would bind the token to a key.
const RESERVED: [&str; 8] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"];

/// The claims that verifiers read scopes from: not to be had twice.
const SCOPES: [&str; 2] = ["scope", "scp"];

/// The claim that verifiers read roles from, unless they are told otherwise.
const ROLES: &str = "roles";

/// The claim that says which client asked for the token.
const CLIENT_ID: &str = "client_id";

/// What a token is going to say.
pub(super) struct Draft {
    pub(super) subject: Option<String>,
    pub(super) audiences: Vec<String>,
    pub(super) scope: Option<String>,
    pub(super) roles: Option<Vec<String>>,
    pub(super) client_id: Option<String>,
    pub(super) token_id: TokenId,
    pub(super) not_before: Option<NumericDate>,
    pub(super) backdated: Duration,
    pub(super) login: Login,
    pub(super) claims: Map<String, Value>,
}

/// The `jti` of a token.
pub(super) enum TokenId {
    Random,
    Given(String),
    Absent,
}

/// What is said of the login.
#[derive(Default, Serialize)]
pub(super) struct Login {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) auth_time: Option<NumericDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) acr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) amr: Option<Vec<String>>,
}

/// From when until when.
#[derive(Clone, Copy)]
pub(super) struct Period {
    pub(super) now: NumericDate,
    pub(super) expires_at: NumericDate,
}

impl Draft {
    /// Writes the payload of an access token, or of another one.
    pub(super) fn write(
        self,
        settings: &Settings,
        is_access_token: bool,
        period: Period,
    ) -> Result<Zeroizing<String>, IssueError> {
        self.check(is_access_token, period)?;
        let claimed = self.claims.contains_key(CLIENT_ID);
        let issuer = settings.issuer.as_str();
        let client_id = self.client_id.as_deref();
        let client_id = client_id.or((is_access_token && !claimed).then_some(issuer));
        let scopes = self.scope.as_deref().filter(|scopes| !scopes.is_empty());
        let payload = serde_json::to_string(&Payload {
            iss: issuer,
            sub: self.subject.as_deref(),
            client_id,
            aud: Audiences(&self.audiences),
            iat: period.now.saturating_sub(self.backdated).truncated(),
            nbf: self.not_before,
            exp: period.expires_at,
            jti: self.token_id.text()?,
            scope: scopes,
            roles: self.roles.as_deref(),
            login: &self.login,
            claims: &self.claims,
        })
        .map(Zeroizing::new)
        .map_err(|_| IssueError::NotAnObject)?;
        scan_strictly(&payload)?;
        Ok(payload)
    }

    fn check(&self, is_access_token: bool, period: Period) -> Result<(), IssueError> {
        if self.subject.as_deref().is_some_and(str::is_empty) {
            return Err(IssueError::NoSubject);
        }
        self.check_reserved()?;
        self.check_names()?;
        if self
            .not_before
            .is_some_and(|start| start >= period.expires_at)
        {
            return Err(IssueError::NeverValid);
        }
        // RFC 9068, section 2.2.
        let required = [
            ("sub", self.subject.is_none()),
            ("aud", self.audiences.is_empty()),
            ("jti", matches!(self.token_id, TokenId::Absent)),
        ];
        let mut missing = required.into_iter().filter(|(_, is_missing)| *is_missing);
        match missing.next() {
            Some((name, _)) if is_access_token => Err(IssueError::MissingClaim(name)),
            _ => Ok(()),
        }
    }

    /// Claims of the application are none that are set otherwise.
    fn check_reserved(&self) -> Result<(), IssueError> {
        let scopes = SCOPES.into_iter().filter(|_| self.scope.is_some());
        let roles = self.roles.is_some().then_some(ROLES);
        let client = self.client_id.is_some().then_some(CLIENT_ID);
        let mut reserved = RESERVED
            .into_iter()
            .chain(scopes)
            .chain(roles)
            .chain(client)
            .chain(self.login.claims());
        match reserved.find(|name| self.claims.contains_key(*name)) {
            Some(name) => Err(IssueError::ReservedClaim(name.to_owned())),
            None => Ok(()),
        }
    }

    fn check_names(&self) -> Result<(), IssueError> {
        let scopes = self.scope.as_deref().filter(|scopes| !scopes.is_empty());
        if scopes.is_some_and(|scopes| !scopes.split(' ').all(is_scope_token)) {
            return Err(IssueError::InvalidScope);
        }
        let claimed = self.claims.get(CLIENT_ID);
        let claimed = claimed.map(|client| client.as_str().unwrap_or_default());
        if self
            .client_id
            .as_deref()
            .or(claimed)
            .is_some_and(str::is_empty)
        {
            return Err(IssueError::NoClient);
        }
        let mut roles = self.roles.iter().flatten();
        let mut methods = self.login.amr.iter().flatten();
        let empty = [
            ("aud", self.audiences.iter().any(String::is_empty)),
            (
                "jti",
                matches!(&self.token_id, TokenId::Given(id) if id.is_empty()),
            ),
            (ROLES, roles.any(String::is_empty)),
            ("acr", self.login.acr.as_deref().is_some_and(str::is_empty)),
            ("amr", methods.any(String::is_empty)),
        ];
        match empty.into_iter().find(|(_, is_empty)| *is_empty) {
            Some((name, _)) => Err(IssueError::EmptyName(name)),
            None => Ok(()),
        }
    }
}

impl Login {
    /// The claims that are set.
    fn claims(&self) -> impl Iterator<Item = &'static str> {
        let set = [
            ("auth_time", self.auth_time.is_some()),
            ("acr", self.acr.is_some()),
            ("amr", self.amr.is_some()),
        ];
        set.into_iter()
            .filter_map(|(name, is_set)| is_set.then_some(name))
    }
}

impl TokenId {
    /// Returns the identifier; a random one has 128 bits in base64url.
    fn text(self) -> Result<Option<String>, IssueError> {
        match self {
            Self::Given(id) => Ok(Some(id)),
            Self::Absent => Ok(None),
            Self::Random => {
                let mut id = [0; 16];
                SystemRandom::new()
                    .fill(&mut id)
                    .map_err(|_| SigningError::Library)?;
                Ok(Some(base64url::encode(id)))
            }
        }
    }
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Audiences::is_empty")]
    aud: Audiences<'a>,
    iat: NumericDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<NumericDate>,
    exp: NumericDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'a [String]>,
    #[serde(flatten)]
    login: &'a Login,
    #[serde(flatten)]
    claims: &'a Map<String, Value>,
}

/// One audience as a string, several as an array (RFC 7519, section 4.1.3).
struct Audiences<'a>(&'a [String]);

impl Audiences<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Audiences<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [only] => serializer.serialize_str(only),
            several => several.serialize(serializer),
        }
    }
}
