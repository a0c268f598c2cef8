//! Caches, and how to keep an answer out of all of them.

use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers for caches of one kind, which then read no `Cache-Control`.
const FOR_ONE_KIND: [&str; 5] = [
    "edge-cache-control",
    "edge-control",
    "surrogate-control",
    "x-accel-expires",
    "x-litespeed-cache-control",
];

/// Tells whether a header is for caches of one kind (RFC 9213, section 2.2: `CDN-Cache-Control`, and such a header of one
/// CDN has its name in front).
fn is_for_one_kind(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.ends_with("cdn-cache-control") || FOR_ONE_KIND.contains(&name)
}

/// Takes out what one kind of cache is told.
pub(super) fn forget_targeted(headers: &mut HeaderMap) {
    let targeted: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_for_one_kind(name))
        .cloned()
        .collect();
    for name in targeted {
        headers.remove(name);
    }
}

/// Keeps an answer out of every cache, whatever a handler said of them.
pub(crate) fn keep_nowhere(headers: &mut HeaderMap) {
    forget_targeted(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}
