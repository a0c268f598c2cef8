//! The `WWW-Authenticate` header (RFC 6750, section 3; RFC 9110, section 11.6.1).

use http::HeaderValue;

use super::table::{Challenge, Row};

/// What is protected, where nobody gave it a name and a challenge would otherwise be empty.
const DEFAULT_REALM: &str = "token";

/// Writes a challenge; nothing where the class of refusals has none.
pub(super) fn challenge(
    row: &Row,
    realm: Option<&str>,
    scope: Option<&str>,
) -> Option<HeaderValue> {
    let error = match row.challenge {
        Challenge::None => return None,
        Challenge::WithoutError => None,
        Challenge::WithError => Some(row.error),
    };
    // RFC 6750, section 3: the scheme is followed by one parameter at least.
    let nothing_to_say = error.is_none() && scope.is_none();
    let realm = realm.or(nothing_to_say.then_some(DEFAULT_REALM));
    let mut text = String::from("Bearer");
    let parameters = [("realm", realm), ("error", error), ("scope", scope)];
    let mut separator = " ";
    for (name, value) in parameters {
        if let Some(value) = value {
            // None of the values can have a quote or a backslash in it.
            for part in [separator, name, "=\"", value, "\""] {
                text.push_str(part);
            }
            separator = ", ";
        }
    }
    HeaderValue::try_from(text).ok()
}

/// Checks that a realm can stand in a quoted string as it is.
///
/// # Panics
///
/// If it cannot.
#[track_caller]
pub(crate) fn check_realm(realm: &str) {
    let fits = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    assert!(
        !realm.is_empty() && realm.bytes().all(fits),
        "not a realm: it consists of printable ASCII without quotes and backslashes"
    );
}
