//! Claims of the application: added one by one, and none folded into another without a word.

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::error::IssueError;
use super::finite::is_finite;
use crate::json::{ScanError, Tape, scan};
use crate::jws::Limits;

/// Adds the members of `claims` to those that are there.
pub(super) fn flatten<T: Serialize + ?Sized>(
    mut earlier: Map<String, Value>,
    claims: &T,
) -> Result<Map<String, Value>, IssueError> {
    let Value::Object(claims) = read_back(claims)? else {
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

/// Verifiers read claims from a text, so this does too: what would be folded into a map without a word, or written as
/// something else, is an error.
pub(super) fn read_back<T: Serialize + ?Sized>(claims: &T) -> Result<Value, IssueError> {
    if !is_finite(claims) {
        return Err(IssueError::NotStrict("a float is infinite or no number"));
    }
    let text = serde_json::to_string(claims).map_err(|_| IssueError::NotAnObject)?;
    let text = Zeroizing::new(text);
    scan_strictly(&text)?;
    serde_json::from_str(&text).map_err(|_| IssueError::NotAnObject)
}

/// What is signed here must be acceptable there.
pub(super) fn scan_strictly(payload: &str) -> Result<(), IssueError> {
    scan(payload, Limits::default().depth, &mut Tape::<96>::new()).map_err(|error| match error {
        ScanError::DuplicateName => IssueError::NotStrict("a name stands twice in one object"),
        ScanError::PrivateName => IssueError::NotStrict("a name is private to a library"),
        ScanError::NumberRange => IssueError::NotStrict("a number is out of range"),
        ScanError::Depth | ScanError::Length => IssueError::TooLarge,
        ScanError::Syntax | ScanError::LoneSurrogate => IssueError::NotAnObject,
    })
}
