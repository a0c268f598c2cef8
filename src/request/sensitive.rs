//! Headers that are nobody's business.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName};

/// Keeps credentials out of logs of the headers, whatever becomes of the request.
pub(crate) fn mark_sensitive(headers: &mut HeaderMap) {
    const DPOP: HeaderName = HeaderName::from_static("dpop");
    let names = [AUTHORIZATION, COOKIE, DPOP];
    if !names.iter().any(|name| headers.contains_key(name)) {
        return;
    }
    for (name, value) in headers.iter_mut() {
        if names.contains(name) {
            value.set_sensitive(true);
        }
    }
}
