//! Headers that are nobody's business.

use http::header::{AUTHORIZATION, COOKIE, Entry};
use http::{HeaderMap, HeaderName};

/// Keeps credentials out of logs of the headers, whatever becomes of the request.
pub(crate) fn mark_sensitive(headers: &mut HeaderMap) {
    const DPOP: HeaderName = HeaderName::from_static("dpop");
    for name in [AUTHORIZATION, COOKIE, DPOP] {
        if !headers.contains_key(&name) {
            continue;
        }
        // `entry` would panic on a map that is full.
        if let Ok(Entry::Occupied(mut values)) = headers.try_entry(name) {
            for value in values.iter_mut() {
                value.set_sensitive(true);
            }
        }
    }
}
