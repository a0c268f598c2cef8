//! Why a token was refused, what is out of reach, what is configured wrong.

use std::fmt;
use std::time::Duration;

use crate::algorithm::Algorithm;

/// Why a token was refused.
///
/// Meant for logs and tests: a client learns no more than "the token expired" or "the token is not
/// valid" (see [`Rejection`](crate::Rejection)). `Display` never contains any part of a token.
///
/// # Examples
///
/// ```
/// use keycard::Verifier;
/// use keycard::verify::{Reason, VerifyError};
///
/// fn advice(verifier: &Verifier, token: &str) -> &'static str {
///     match verifier.verify_now(token) {
///         Err(VerifyError::Refused(Reason::Audience)) => "this is the token of another hotel",
///         Err(VerifyError::Refused(reason)) if reason.login_helps() => "log in again",
///         Err(_) => "come back later",
///         Ok(_) => "come in",
///     }
/// }
///
/// let verifier = keycard::testing::issuer().verifier();
/// assert_eq!(advice(&verifier, "open sesame"), "log in again");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Reason {
    /// The token, or its header segment, is longer than the limit.
    TooLong,
    /// The token is not three segments divided by dots (RFC 7515, section 3.1).
    Form,
    /// A segment is not canonical base64url without padding (RFC 7515, section 2).
    Encoding,
    /// The header or the payload is not a strict JSON object: a syntax error, a repeated member
    /// name, a lone surrogate, a number outside of binary64, or too many levels.
    Json,
    /// A JOSE header parameter is missing or of the wrong type (RFC 7515, section 4.1).
    Header,
    /// The header says `crit`, or asks for an extension that JWTs must not use (RFC 7515, section
    /// 4.1.11; RFC 7797, section 7).
    Critical,
    /// The `typ` header parameter names another kind of token (RFC 8725, section 3.11), or `cty` says
    /// that the payload is a token itself (RFC 7519, section 5.2).
    Type,
    /// The `alg` is unknown, not allowed, or not the algorithm of the key (RFC 8725, section 3.1).
    Algorithm,
    /// No key fits the token.
    UnknownKey,
    /// No fitting key verifies the signature.
    Signature,
    /// A registered claim is of the wrong type (RFC 7519, section 4.1).
    ClaimType,
    /// A claim that is required is not there.
    MissingClaim,
    /// `exp` is in the past, leeway included.
    Expired,
    /// `exp` is more than a century away: whoever wrote it counted milliseconds, most likely, and not seconds
    /// (RFC 7519, section 2).
    ExpiresTooLate,
    /// From `iat` to `exp` it is longer than [`max_lifetime`](crate::Trust::max_lifetime) allows.
    LifetimeTooLong,
    /// `iat` is longer ago than [`max_age`](crate::Trust::max_age) allows, leeway included. To a client, it
    /// expired.
    TooOld,
    /// `nbf` is in the future, leeway included.
    NotYetValid,
    /// `iat` is in the future, leeway included.
    IssuedInTheFuture,
    /// `iss` names another issuer.
    Issuer,
    /// `aud` names another resource server.
    Audience,
    /// `cnf` binds the token to a key that the request did not prove to have (RFC 7800).
    Binding,
    /// The token was withdrawn.
    Revoked,
    /// The payload does not fit the type that the handler asks for.
    Payload,
    /// A check of the application refused it, for the reason given there.
    Check(&'static str),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token or its header is too long",
            Self::Form => "the token does not have three segments",
            Self::Encoding => "a segment is not canonical base64url",
            Self::Json => "the header or the payload is not a strict JSON object",
            Self::Header => "a header parameter is missing or of the wrong type",
            Self::Critical => "the header demands an extension",
            Self::Type => "the header says that this is another kind of token",
            Self::Algorithm => "the algorithm is unknown, not allowed, or not that of the key",
            Self::UnknownKey => "no key fits the token",
            Self::Signature => "the signature does not verify",
            Self::ClaimType => "a registered claim is of the wrong type",
            Self::MissingClaim => "a required claim is missing",
            Self::Expired => "the exp claim is in the past",
            Self::ExpiresTooLate => {
                "the exp claim is more than a century away: it counts seconds, not milliseconds"
            }
            Self::LifetimeTooLong => "it is too long from the iat claim to the exp claim",
            Self::TooOld => "the iat claim is too long ago",
            Self::NotYetValid => "the nbf claim is in the future",
            Self::IssuedInTheFuture => "the iat claim is in the future",
            Self::Issuer => "the iss claim names another issuer",
            Self::Audience => "the aud claim names another resource server",
            Self::Binding => "the cnf claim binds the token to a key that was not shown",
            Self::Revoked => "the token was withdrawn",
            Self::Payload => "the payload does not fit the type of the handler",
            Self::Check(why) => why,
        })
    }
}

/// What can be done about a reason.
#[derive(Clone, Copy)]
enum Outlook {
    /// The token was good, and its time is over.
    Over,
    /// The token is bad, whoever looks at it and when.
    Bad,
    /// The same token may be good later, or elsewhere: a key is published, a clock goes on, another
    /// service is the one that it is meant for.
    MayChange,
    /// The application refused it for reasons of its own, which may change.
    Application,
    /// The token is good. Another one would fit the type of the handler no better.
    Unfit,
}

impl Reason {
    const fn outlook(self) -> Outlook {
        match self {
            Self::Expired | Self::TooOld => Outlook::Over,
            Self::TooLong
            | Self::Form
            | Self::Encoding
            | Self::Json
            | Self::Header
            | Self::Critical
            | Self::Type
            | Self::Algorithm
            | Self::ClaimType
            | Self::MissingClaim
            | Self::ExpiresTooLate
            | Self::LifetimeTooLong
            | Self::Binding
            | Self::Revoked => Outlook::Bad,
            Self::UnknownKey
            | Self::Signature
            | Self::NotYetValid
            | Self::IssuedInTheFuture
            | Self::Issuer
            | Self::Audience => Outlook::MayChange,
            Self::Check(_) => Outlook::Application,
            Self::Payload => Outlook::Unfit,
        }
    }

    /// Tells whether the token was good once, and its time is over: of all reasons the only one that a
    /// client is told.
    #[must_use]
    pub const fn is_expiry(self) -> bool {
        match self.outlook() {
            Outlook::Over => true,
            Outlook::Bad | Outlook::MayChange | Outlook::Application | Outlook::Unfit => false,
        }
    }

    /// Tells whether the same token may be accepted later, or by another service of the same host. An
    /// optional layer removes a cookie only if that is out of the question.
    #[must_use]
    pub const fn may_become_good(self) -> bool {
        match self.outlook() {
            Outlook::MayChange | Outlook::Application => true,
            Outlook::Over | Outlook::Bad | Outlook::Unfit => false,
        }
    }

    /// Tells whether it helps to log in again.
    #[must_use]
    pub const fn login_helps(self) -> bool {
        match self.outlook() {
            Outlook::Over | Outlook::Bad | Outlook::MayChange => true,
            Outlook::Application | Outlook::Unfit => false,
        }
    }
}

/// Something that a decision needs is out of reach: the request is neither good nor bad.
///
/// Answered with 503 and `Retry-After`, never as an invalid token.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::verify::Outage;
///
/// let outage = Outage::new(Duration::from_secs(5));
/// assert_eq!(outage.retry_after(), Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Outage {
    retry_after: Duration,
}

impl Outage {
    /// Creates an outage that is worth another try after this time.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::revocation::RevocationStatus;
    /// use keycard::verify::Outage;
    ///
    /// // The list was never loaded.
    /// const NO_LIST: Outage = Outage::new(Duration::from_secs(5));
    /// let status = RevocationStatus::Unknown(NO_LIST);
    /// assert_eq!(NO_LIST.retry_after().as_secs(), 5);
    /// ```
    pub const fn new(retry_after: Duration) -> Self {
        Self { retry_after }
    }

    /// Returns after how long it is worth trying again.
    pub const fn retry_after(self) -> Duration {
        self.retry_after
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part that the decision needs is out of reach")
    }
}

impl std::error::Error for Outage {}

/// A configuration that cannot work or would not be safe.
///
/// # Examples
///
/// ```
/// use keycard::{ConfigError, Verifier};
///
/// # let key = keycard::VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
/// let built = Verifier::builder(key).issuer("https://desk.example").build();
/// let advice = match built {
///     Err(ConfigError::NoAudience) => "set ROOMS_AUDIENCE to the name of this service",
///     Err(_) => "see the documentation",
///     Ok(_) => "ready",
/// };
/// assert_eq!(advice, "set ROOMS_AUDIENCE to the name of this service");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Eq, PartialEq)]
pub enum ConfigError {
    /// `audience` is missing. Name this resource server, or say `dangerous_any_audience`.
    NoAudience,
    /// `issuer` is missing, and RFC 9068 demands one, or the keys come from a JWK Set or a source. Name
    /// it, or, for the latter, say `dangerous_any_issuer`.
    NoIssuer,
    /// Both `issuer` and `dangerous_any_issuer` were given.
    IssuerTwice,
    /// The keys are those of this issuer, as their source says, and the trust names others only.
    KeysOfOther(String),
    /// Both `audience` and `dangerous_any_audience` were given.
    AudienceTwice,
    /// A name is empty. The field says of which setting.
    Empty(&'static str),
    /// There is no key to verify with: none was given, or the JWK Set has none that can be used.
    NoKey {
        /// How many keys of the JWK Set were left out. [`KeySet::skipped`](crate::keys::KeySet::skipped) has each of them.
        skipped: usize,
        /// Why they were, each reason once and only the first few.
        reasons: Vec<String>,
    },
    /// `algorithms` is empty, or no key can be used with any of them.
    NoUsableAlgorithm,
    /// Both `rfc9068` and a `token_type` were given, and the RFC allows one type only.
    TokenType,
    /// `trusting` was given nobody.
    NoTrust,
    /// `trusting` was given two trusts with this issuer. Put them together, or name the issuer in one.
    SharedIssuer(String),
    /// `trusting` was given two trusts with this name, so that nobody could tell which one it was.
    SharedName(String),
    /// One of several trusts cannot be meant.
    Trust {
        /// What it is called.
        name: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// `leeway` is over an hour: tokens would live on long after they expired.
    Leeway,
    /// A limit is zero or over what the format can have. The field says which.
    Limit(&'static str),
    /// `lifetime` has to be a whole second at least, and a century at most.
    Lifetime,
    /// The name of a cookie is empty, brings a prefix, or has a character that it cannot have. The
    /// prefix is added here.
    CookieName,
    /// The `domain` of a cookie is no host name with a dot in it.
    CookieDomain,
    /// `dangerous_development` and `dangerous_plain_http` go with no domain, and not with `SameSite=None`.
    CookieDevelopment,
    /// `partitioned` goes with `SameSite=None` only: without, browsers send no cookie into a frame of another
    /// site.
    CookiePartitioned,
    /// `http_prefix` does not go with a domain.
    CookiePrefix,
    /// A trusted origin is not written as browsers send it, as in `https://app.example`.
    Origin(String),
    /// An issuer that signs with this algorithm must be allowed to use it.
    Algorithm(Algorithm),
    /// A protected resource is not named by an https address without query and fragment (RFC 9728, section 1.2).
    Resource(String),
    /// Clients would ask for tokens for this resource, and the verifier takes none of them: name it with `audience`.
    ResourceAudience(String),
    /// The metadata of a protected resource cannot say this.
    ResourceMember {
        /// The member, or the setting.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// Its name, and the sentence: a `main` that returns the error prints this and nothing else.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::NoAudience => "NoAudience",
            Self::NoIssuer => "NoIssuer",
            Self::IssuerTwice => "IssuerTwice",
            Self::KeysOfOther(_) => "KeysOfOther",
            Self::AudienceTwice => "AudienceTwice",
            Self::Empty(_) => "Empty",
            Self::NoKey { .. } => "NoKey",
            Self::NoUsableAlgorithm => "NoUsableAlgorithm",
            Self::TokenType => "TokenType",
            Self::NoTrust => "NoTrust",
            Self::SharedIssuer(_) => "SharedIssuer",
            Self::SharedName(_) => "SharedName",
            Self::Trust { .. } => "Trust",
            Self::Leeway => "Leeway",
            Self::Limit(_) => "Limit",
            Self::Lifetime => "Lifetime",
            Self::CookieName => "CookieName",
            Self::CookieDomain => "CookieDomain",
            Self::CookieDevelopment => "CookieDevelopment",
            Self::CookiePartitioned => "CookiePartitioned",
            Self::CookiePrefix => "CookiePrefix",
            Self::Origin(_) => "Origin",
            Self::Algorithm(_) => "Algorithm",
            Self::Resource(_) => "Resource",
            Self::ResourceAudience(_) => "ResourceAudience",
            Self::ResourceMember { .. } => "ResourceMember",
        };
        write!(f, "{name}: {self}")
    }
}

impl ConfigError {
    /// Returns the sentence of an error that says the same each time.
    const fn sentence(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoAudience => {
                "no audience: name this resource server with .audience(..), or accept tokens meant \
                 for anybody with .dangerous_any_audience()"
            }
            Self::NoIssuer => {
                "no issuer: name the one that is trusted with .issuer(..), or trust whoever has a key \
                 with .dangerous_any_issuer()"
            }
            Self::IssuerTwice => "both .issuer(..) and .dangerous_any_issuer() were given",
            Self::AudienceTwice => "both .audience(..) and .dangerous_any_audience() were given",
            Self::NoUsableAlgorithm => {
                "no key can be used with an algorithm that .algorithms(..) allows"
            }
            Self::TokenType => {
                "both .rfc9068() and .token_type(..) were given, and RFC 9068 allows one type only"
            }
            Self::NoTrust => "no trust: Verifier::trusting was given nobody",
            Self::Leeway => "the leeway is over an hour",
            Self::Lifetime => "the lifetime of a token must be between a second and a century",
            Self::CookieName => {
                "the name of the cookie is empty, brings a prefix, or has a character it cannot have"
            }
            Self::CookieDomain => "the domain of the cookie is no host name",
            Self::CookieDevelopment => {
                "a cookie without Secure goes with no domain, and not with SameSite=None"
            }
            Self::CookiePartitioned => "a partitioned cookie has to have SameSite=None",
            Self::CookiePrefix => "the prefix __Host-Http- of a cookie goes with no domain",
            Self::Empty(_)
            | Self::KeysOfOther(_)
            | Self::NoKey { .. }
            | Self::SharedIssuer(_)
            | Self::SharedName(_)
            | Self::Trust { .. }
            | Self::Limit(_)
            | Self::Origin(_)
            | Self::Algorithm(_)
            | Self::Resource(_)
            | Self::ResourceAudience(_)
            | Self::ResourceMember { .. } => return None,
        })
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sentence) = self.sentence() {
            return f.write_str(sentence);
        }
        match self {
            Self::Empty(what) => write!(f, "the {what} is empty"),
            Self::KeysOfOther(issuer) => write!(
                f,
                "the keys are those of {issuer:?}, and the trust names another issuer: name this one too, or none"
            ),
            Self::NoKey { skipped, reasons } => match skipped {
                0 => f.write_str("there is no key to verify with"),
                _ => write!(
                    f,
                    "there is no key to verify with; {skipped} of the JWK Set cannot be used: {}",
                    reasons.join("; ")
                ),
            },
            Self::SharedIssuer(issuer) => write!(f, "two trusts have the issuer {issuer:?}"),
            Self::SharedName(name) => write!(f, "two trusts have the name {name:?}"),
            Self::Trust { name, error } => write!(f, "in the trust {name:?}: {error}"),
            Self::Limit(what) => write!(f, "the limit {what} is out of range"),
            Self::Origin(origin) => write!(
                f,
                "{origin:?} is no origin as browsers send it, such as https://app.example"
            ),
            Self::Algorithm(algorithm) => write!(f, "the algorithm {algorithm} cannot be used"),
            Self::Resource(resource) => write!(
                f,
                "{resource:?} is no name of a protected resource: an https address without user, query, fragment \
                 and dot segments, such as https://rooms.example/mcp"
            ),
            Self::ResourceAudience(resource) => write!(
                f,
                "the verifier takes no tokens for the resource {resource:?}: give it, or each of its trusts, \
                 .audience({resource:?}), or name the issuers with .authorization_server(..)"
            ),
            Self::ResourceMember { name, problem } => {
                write!(f, "the metadata cannot say {name}: {problem}")
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ConfigError {}
