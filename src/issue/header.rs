//! The JOSE header of a token.

use serde::Serialize;
use serde_json::{Map, Value};

use super::claims::read_back;
use super::error::IssueError;
use crate::grammar::is_tchar;
use crate::json::Tape;
use crate::jws::{Header, Limits, TypeRule, base64url};
use crate::keys::SigningKey;

/// RFC 9068, section 2.1.
const ACCESS_TOKEN: &str = "at+jwt";

/// What the issuer says itself, and what would change how the rest is read (RFC 7515, sections 4.1.1, 4.1.4, 4.1.9
/// and 4.1.11; RFC 7797).
const RESERVED: [&str; 5] = ["alg", "b64", "crit", "kid", "typ"];

/// The `typ` of a token.
#[derive(Clone, Default)]
pub(super) enum TokenType {
    #[default]
    AccessToken,
    Other(String),
    Absent,
}

impl TokenType {
    pub(super) fn named(name: String) -> Self {
        let mut access_token = TypeRule::default();
        access_token.add(ACCESS_TOKEN);
        if access_token.accepts(Some(&name)) {
            Self::AccessToken
        } else {
            Self::Other(name)
        }
    }

    pub(super) fn is_access_token(&self) -> bool {
        matches!(self, Self::AccessToken)
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::AccessToken => Some(ACCESS_TOKEN),
            Self::Other(name) => Some(name),
            Self::Absent => None,
        }
    }
}

/// Returns the value of one more parameter, if verifiers read a header that has it.
pub(super) fn add<T: Serialize + ?Sized>(
    earlier: &Map<String, Value>,
    name: &str,
    value: &T,
) -> Result<Value, IssueError> {
    let value = read_back(value)?;
    let alone = Map::from_iter([("alg".to_owned(), "ES256".into()), (name.to_owned(), value)]);
    let text = Value::Object(alone.clone()).to_string();
    let depth = Limits::default().depth;
    let is_refused = Header::read(text.as_bytes(), depth, &mut Tape::new()).is_err();
    if is_refused || RESERVED.contains(&name) || earlier.contains_key(name) {
        return Err(IssueError::HeaderParameter(name.to_owned()));
    }
    Ok(alone.get(name).cloned().unwrap_or_default())
}

/// Writes a header in base64url.
pub(super) fn encode(
    key: &SigningKey,
    token_type: &TokenType,
    parameters: &Map<String, Value>,
) -> Result<String, IssueError> {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        typ: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        kid: Option<&'a str>,
        #[serde(flatten)]
        parameters: &'a Map<String, Value>,
    }
    let typ = token_type.name();
    if typ.is_some_and(|typ| !is_media_type(typ)) {
        return Err(IssueError::TokenType);
    }
    let header = Header {
        alg: key.algorithm().name(),
        typ,
        kid: key.key_id(),
        parameters,
    };
    let json = serde_json::to_vec(&header).map_err(|_| IssueError::NotAnObject)?;
    let encoded = base64url::encode(json);
    // Verifiers look at no more than this much of a header.
    if encoded.len() > Limits::default().header {
        return Err(IssueError::TooLarge);
    }
    Ok(encoded)
}

/// RFC 7515, section 4.1.9: a media type, or one without `application/`.
fn is_media_type(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_tchar);
    name.splitn(2, '/').all(is_part)
}
