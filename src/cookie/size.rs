//! Which claims make a token too large for a cookie.

use crate::json::{Tape, Value, scan};
use crate::jws::base64url;

/// Of a longer name the beginning is shown.
const LONGEST_NAME: usize = 40;

/// How many claims are worth naming.
const MOST_NAMED: usize = 3;

/// Returns the names of the largest claims with their bytes, the largest first; of a token that is no
/// JWT none.
pub(super) fn largest_claims(token: &str) -> Vec<(String, usize)> {
    let payload = token
        .split('.')
        .nth(1)
        .and_then(|payload| base64url::decode(payload.as_bytes()).ok())
        .and_then(|payload| String::from_utf8(payload).ok())
        .unwrap_or_default();
    let mut tape = Tape::<8>::new();
    if scan(&payload, 128, &mut tape).is_err() {
        return Vec::new();
    }
    let mut claims: Vec<(String, usize)> = Value::root(&payload, tape.nodes())
        .members()
        .filter_map(|(name, value)| {
            let name = name.as_str()?.chars().take(LONGEST_NAME).collect();
            Some((name, value.source().len()))
        })
        .collect();
    claims.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    claims.truncate(MOST_NAMED);
    claims
}
