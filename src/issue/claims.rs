//! Claims of the application: added one by one, and none folded into another without a word.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::error::IssueError;
use super::finite::is_finite;
use crate::json::{self, Kind, Number, ScanError, Tape, scan};
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
    let mut tape = Tape::<96>::new();
    scan_onto(&text, &mut tape)?;
    let root = json::Value::root(&text, tape.nodes());
    if (0..tape.nodes().len()).any(|position| is_too_wide(root.at(position))) {
        return Err(IssueError::NotStrict("an integer has more than 64 bits"));
    }
    // By our own reader: that of `serde_json` takes some floats for their neighbours, unless a feature is on.
    Value::deserialize(root).map_err(|_| IssueError::NotAnObject)
}

/// Tells whether an integer would become a float, and with it another number: two of them may become the same one.
fn is_too_wide(value: json::Value<'_>) -> bool {
    let is_kept = matches!(
        value.number(),
        Some(Number::Unsigned(_) | Number::Signed(_))
    );
    value.kind() == Kind::Integer && !is_kept && value.source() != "-0"
}

/// What is signed here must be acceptable there.
pub(super) fn scan_strictly(payload: &str) -> Result<(), IssueError> {
    scan_onto(payload, &mut Tape::new())
}

fn scan_onto(payload: &str, tape: &mut Tape<96>) -> Result<(), IssueError> {
    scan(payload, Limits::default().depth, tape).map_err(|error| match error {
        ScanError::DuplicateName => IssueError::NotStrict("a name stands twice in one object"),
        ScanError::PrivateName => IssueError::NotStrict("a name is private to a library"),
        ScanError::NumberRange => IssueError::NotStrict("a number is out of range"),
        ScanError::Depth | ScanError::Length => IssueError::TooLarge,
        ScanError::Syntax | ScanError::LoneSurrogate => IssueError::NotAnObject,
    })
}
