//! Why no token could be made, or none stored.

use std::fmt;

use crate::cookie::CookieError;
use crate::keys::SigningError;

/// Why no token could be made, or none stored in a cookie. Never contains a claim value.
///
/// With the feature `axum` it is an answer too. What a client may have typed is answered with 400 and the JSON of
/// RFC 6749, section 5.2, `invalid_scope` or `invalid_request` with a fixed text, and a line in the log at warn; what the
/// server has to blame itself for with 500, without a word, and a line at error. While the signer of its key is out of
/// reach, that is 503 with `Retry-After`.
/// [`is_fault_of_input`](Self::is_fault_of_input) tells which is which.
///
/// # Examples
///
/// ```
/// use keycard::{IssueError, testing};
/// use serde_json::json;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").claims(&json!({"room": 7, "exp": 2_000_000_000})).sign();
/// let advice = match signed {
///     Err(IssueError::ReservedClaim(name)) => format!("leave {name} to the issuer"),
///     Err(error) => error.to_string(),
///     Ok(_) => "signed".to_owned(),
/// };
/// assert_eq!(advice, "leave exp to the issuer");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Eq, PartialEq)]
pub enum IssueError {
    /// The claims of the application contain one that the issuer sets itself. The field names it.
    ReservedClaim(String),
    /// The claims of the application stand twice under one name. The field names it.
    RepeatedClaim(String),
    /// The claims of the application are no JSON object, or cannot be written as JSON.
    NotAnObject,
    /// The claims of the application cannot be read again as they were meant, for this reason: a name that stands
    /// twice in one object, a float that is no number, an integer of more than 64 bits, a name that is private to a library.
    NotStrict(&'static str),
    /// The claim is missing, and an access token has to have it (RFC 9068, section 2.2). The field names it.
    MissingClaim(&'static str),
    /// The claim has a name that is empty. The field says which: `aud`, `jti`, `roles`, `acr` or `amr`.
    EmptyName(&'static str),
    /// A parameter of the header is set by the issuer, stands there already, or makes verifiers refuse the
    /// token. The field names it.
    HeaderParameter(String),
    /// The `typ` is no media type (RFC 7515, section 4.1.9).
    TokenType,
    /// The subject is empty.
    NoSubject,
    /// The client is named, and its name is empty or no text.
    NoClient,
    /// A scope has a character that a scope cannot have (RFC 6749, section 3.3), or is empty.
    InvalidScope,
    /// The token has to live for a whole second at least, and a century at most.
    Lifetime,
    /// The token would be good only when it has expired: `nbf` is not before `exp`.
    NeverValid,
    /// The token would be longer than 16 KiB, its header longer than 2 KiB, or nest deeper than 32 levels, and
    /// be refused everywhere.
    TooLarge,
    /// The token was signed, and cannot be kept in a cookie.
    Cookie(CookieError),
    /// The token could not be signed, for this reason.
    Signing(SigningError),
    /// The token was expired when its signature came.
    Late,
}

/// Its name, and the sentence: a `main` that returns the error prints this and nothing else.
impl fmt::Debug for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::ReservedClaim(_) => "ReservedClaim",
            Self::RepeatedClaim(_) => "RepeatedClaim",
            Self::NotAnObject => "NotAnObject",
            Self::NotStrict(_) => "NotStrict",
            Self::NoSubject => "NoSubject",
            Self::NoClient => "NoClient",
            Self::EmptyName(_) => "EmptyName",
            Self::NeverValid => "NeverValid",
            Self::MissingClaim(_) => "MissingClaim",
            Self::HeaderParameter(_) => "HeaderParameter",
            Self::TokenType => "TokenType",
            Self::InvalidScope => "InvalidScope",
            Self::Lifetime => "Lifetime",
            Self::TooLarge => "TooLarge",
            Self::Cookie(_) => "Cookie",
            Self::Signing(_) => "Signing",
            Self::Late => "Late",
        };
        write!(f, "{name}: {self}")
    }
}

impl IssueError {
    /// Tells whether another input would have done: a name, a scope, a claim or a lifetime, any of which a client may
    /// have typed. If not, the program or the machine is at fault.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing;
    ///
    /// /// The status of a sign-up form that is answered by hand.
    /// fn status(name: &str) -> u16 {
    ///     match testing::issuer().token(name).sign() {
    ///         Ok(_) => 200,
    ///         Err(error) if error.is_fault_of_input() => 422,
    ///         Err(_) => 500,
    ///     }
    /// }
    /// assert_eq!(status(""), 422);
    /// ```
    pub fn is_fault_of_input(&self) -> bool {
        match self {
            Self::ReservedClaim(_)
            | Self::RepeatedClaim(_)
            | Self::NotAnObject
            | Self::NotStrict(_)
            | Self::EmptyName(_)
            | Self::NoSubject
            | Self::NoClient
            | Self::InvalidScope
            | Self::Lifetime
            | Self::NeverValid
            | Self::TooLarge => true,
            Self::Cookie(error) => error.is_fault_of_input(),
            Self::MissingClaim(_)
            | Self::HeaderParameter(_)
            | Self::TokenType
            | Self::Signing(_)
            | Self::Late => false,
        }
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservedClaim(name) => {
                write!(
                    f,
                    "the claim {name:?} is set by the issuer and cannot be given"
                )?;
                instead_of_claim(name).map_or(Ok(()), |instead| write!(f, ": {instead}"))
            }
            // Of a name that somebody has typed the beginning is shown.
            Self::RepeatedClaim(name) => {
                write!(f, "the claim {:?} was given twice", shorten(name))
            }
            Self::NotAnObject => f.write_str("the claims are no JSON object"),
            Self::NotStrict(why) => write!(f, "the claims are no strict JSON: {why}"),
            Self::MissingClaim(name) => write!(f, "an access token has to have the claim {name:?}"),
            Self::EmptyName(name) => write!(f, "the claim {name:?} has an empty name in it"),
            Self::HeaderParameter(name) => {
                write!(f, "the header parameter {name:?} cannot be given")?;
                instead_of_parameter(name).map_or(Ok(()), |instead| write!(f, ": {instead}"))
            }
            Self::TokenType => f.write_str("the type of the token is no media type"),
            Self::NoSubject => f.write_str("the subject is empty"),
            Self::NoClient => f.write_str("the client_id is empty or no text"),
            Self::InvalidScope => f.write_str("a scope is empty or has a character it cannot have"),
            Self::Lifetime => {
                f.write_str("the lifetime of a token must be between a second and a century")
            }
            Self::NeverValid => f.write_str("the token would expire before it is valid"),
            Self::TooLarge => f.write_str("the token would be too large to be accepted"),
            Self::Cookie(error) => error.fmt(f),
            Self::Signing(error) => write!(f, "the token could not be signed: {error}"),
            Self::Late => f.write_str("the token was expired when its signature came"),
        }
    }
}

/// Says what sets a claim, for those who looked for it among the claims.
fn instead_of_claim(name: &str) -> Option<&'static str> {
    Some(match name {
        "iss" => "IssuerBuilder::issuer sets it",
        "sub" => "it is what Issuer::token takes",
        "aud" => {
            "TokenBuilder::audience(..) sets it for one token, IssuerBuilder::audience for all"
        }
        "exp" => {
            "TokenBuilder::lifetime(..) sets it for one token, IssuerBuilder::lifetime for all"
        }
        "nbf" => "TokenBuilder::not_before(..) sets it",
        "iat" => "it is the time of signing, and TokenBuilder::backdated(..) an earlier one",
        "jti" => "TokenBuilder::token_id(..) sets it",
        "cnf" => "no token is bound to a key here",
        "scope" | "scp" => "TokenBuilder::scope(..) has set it",
        "roles" => "TokenBuilder::roles(..) has set it",
        "client_id" => "TokenBuilder::client_id(..) has set it",
        "auth_time" => "TokenBuilder::auth_time(..) has set it",
        "acr" => "TokenBuilder::acr(..) has set it",
        "amr" => "TokenBuilder::amr(..) has set it",
        _ => return None,
    })
}

/// The same of a parameter of the header.
fn instead_of_parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "alg" => "it is that of the key",
        "kid" => "it is that of the key, and SigningKey::with_key_id(..) sets it",
        "typ" => "TokenBuilder::token_type(..) sets it",
        "crit" | "b64" => "it changes how a token is read",
        _ => return None,
    })
}

fn shorten(name: &str) -> &str {
    const SHOWN: usize = 40;
    let end = name.char_indices().nth(SHOWN).map(|(end, _)| end);
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}

impl std::error::Error for IssueError {}

impl From<SigningError> for IssueError {
    fn from(error: SigningError) -> Self {
        Self::Signing(error)
    }
}

/// So that `?` serves for both in a handler that logs somebody in.
impl From<CookieError> for IssueError {
    fn from(error: CookieError) -> Self {
        Self::Cookie(error)
    }
}
