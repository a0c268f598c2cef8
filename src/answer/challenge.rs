//! The `WWW-Authenticate` header (RFC 6750, section 3; RFC 9110, section 11.6.1).

use std::time::Duration;

use http::HeaderValue;

use super::table::{Asks, Row};

/// What a challenge says if there is nothing else to say.
const DEFAULT_REALM: &str = "token";

/// A scheme, and its parameters in the order in which they were added.
pub(super) struct Challenge {
    text: String,
    is_bare: bool,
}

impl Challenge {
    pub(super) fn new(scheme: &'static str) -> Self {
        Self {
            text: scheme.to_owned(),
            is_bare: true,
        }
    }

    /// Adds a parameter that has a value. The value is in printable ASCII without quotes and backslashes.
    pub(super) fn parameter(mut self, name: &'static str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            let separator = if self.is_bare { " " } else { ", " };
            for part in [separator, name, "=\"", value, "\""] {
                self.text.push_str(part);
            }
            self.is_bare = false;
        }
        self
    }

    pub(super) fn header_value(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.text).ok()
    }
}

/// What a challenge says besides the error.
pub(super) struct Said<'a> {
    pub(super) realm: Option<&'a str>,
    pub(super) scope: Option<&'a str>,
    pub(super) acr_values: Option<&'a str>,
    pub(super) max_age: Option<Duration>,
    pub(super) resource_metadata: Option<&'a str>,
}

/// Makes the challenge of a refusal, if it has one.
pub(super) fn challenge(row: &Row, said: &Said<'_>) -> Option<HeaderValue> {
    let error = match row.challenge {
        Asks::Nothing => return None,
        Asks::ForToken => None,
        Asks::ForBetterToken => Some(row.error),
    };
    let metadata = said.resource_metadata.filter(|_| row.another_token_helps());
    // RFC 6750, section 3: the scheme is followed by one parameter at least.
    let max_age = said.max_age.map(|age| age.as_secs().to_string());
    let parameters = [
        error,
        said.scope,
        said.acr_values,
        max_age.as_deref(),
        metadata,
    ];
    let nothing_to_say = parameters.iter().all(Option::is_none);
    let realm = said.realm.or(nothing_to_say.then_some(DEFAULT_REALM));
    Challenge::new("Bearer")
        .parameter("realm", realm)
        .parameter("error", error)
        .parameter("scope", said.scope)
        .parameter("acr_values", said.acr_values)
        .parameter("max_age", max_age.as_deref())
        .parameter("resource_metadata", metadata)
        .header_value()
}

/// Tells whether a text can be a realm, which a challenge has between quotes.
pub(crate) fn is_realm(realm: &str) -> bool {
    let fits = |byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    !realm.is_empty() && realm.bytes().all(fits)
}
