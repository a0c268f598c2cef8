//! Headers that are nobody's business.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName};

/// Keeps credentials out of logs of the headers, whatever becomes of the request: the usual ones and these.
pub(crate) fn mark_sensitive(headers: &mut HeaderMap, others: &[HeaderName]) {
    const DPOP: HeaderName = HeaderName::from_static("dpop");
    let names = [AUTHORIZATION, COOKIE, DPOP];
    if !names
        .iter()
        .chain(others)
        .any(|name| headers.contains_key(name))
    {
        return;
    }
    for (name, value) in headers.iter_mut() {
        if names.contains(name) || others.contains(name) {
            value.set_sensitive(true);
        }
    }
}
