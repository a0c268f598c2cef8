//! A type of the application that a token does not fit.

use std::fmt;

use crate::json;
use crate::refusal::Part;
use crate::rejection::{Rejection, Unfit};

/// The payload of a token, or its header, does not fit the type that was asked for.
///
/// Says which type, where in the payload, and what was expected there; never what stood there.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Stay { room: u32 }
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").claims(&serde_json::json!({"room": "seven"})).sign()?;
/// let error = issuer.verifier().verify_now(&signed)?.claims::<Stay>().unwrap_err();
/// assert!(error.to_string().contains("Stay at .room"));
/// assert!(!error.to_string().contains("seven"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ClaimsError {
    part: Part,
    wanted: &'static str,
    error: json::Error,
}

impl ClaimsError {
    pub(super) fn in_payload(wanted: &'static str, error: json::Error) -> Self {
        Self {
            part: Part::Payload,
            wanted,
            error,
        }
    }

    pub(super) fn in_header(wanted: &'static str, error: json::Error) -> Self {
        Self {
            part: Part::Header,
            ..Self::in_payload(wanted, error)
        }
    }

    /// Returns the name of the type that was asked for.
    pub fn type_name(&self) -> &'static str {
        self.wanted
    }

    /// Returns where it did not fit, as in `.rooms[1].number`.
    pub fn path(&self) -> &str {
        self.error.path()
    }
}

impl fmt::Debug for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClaimsError: {self}")
    }
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            part,
            wanted,
            error,
        } = self;
        write!(f, "the {part} is no {wanted} at {}: {error}", error.path())
    }
}

impl std::error::Error for ClaimsError {}

/// The token is good, but not for this handler: 401, and a line in the log that says why.
impl From<ClaimsError> for Rejection {
    fn from(error: ClaimsError) -> Self {
        Self::unfit(Unfit {
            wanted: error.type_name(),
            path: match error.part {
                Part::Header => format!("header{}", error.path()),
                Part::Token | Part::Payload | Part::Signature => error.path().to_owned(),
            },
            problem: error.error.to_string(),
        })
    }
}
