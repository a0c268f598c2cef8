//! Whether a request was sent to this very machine.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN, REFERER};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Uri};

/// Headers by which a proxy says that the request came to another host.
const FORWARDED: [HeaderName; 7] = [
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("via"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Longer addresses are not read.
const MAX_PAGE: usize = 8 * 1024;

/// Tells whether the host of a request is a loopback one, or not named at all, and no proxy is in
/// between, as far as it shows: some rewrite `Host` and say nothing, but `Origin` and `Referer` still
/// tell where the browser is.
pub(crate) fn is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    if FORWARDED.iter().any(|name| headers.contains_key(name)) {
        return false;
    }
    // The page of another site, such as an identity provider's, says nothing about this host.
    let site = headers.get(SEC_FETCH_SITE);
    let is_foreign = site.is_some_and(|site| site == "cross-site");
    let from_here = |name| match headers.get(name).filter(|_| !is_foreign) {
        Some(page) if page.len() > MAX_PAGE => false,
        Some(page) => {
            let page = Uri::try_from(page.as_bytes());
            page.is_ok_and(|page| page.authority().is_none_or(is_own))
        }
        None => true,
    };
    let host_is_own = match (uri.authority(), headers.get(HOST)) {
        (Some(authority), _) => is_own(authority),
        (None, Some(host)) => Authority::try_from(host.as_bytes()).is_ok_and(|host| is_own(&host)),
        // Browsers always name it; HTTP/1.0 and tests may not.
        (None, None) => true,
    };
    host_is_own && from_here(ORIGIN) && from_here(REFERER)
}

fn is_own(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let address = address.unwrap_or(host).parse::<IpAddr>();
    let is_address = address.is_ok_and(|address| address.is_loopback());
    let name = host.to_ascii_lowercase();
    let is_name = name == "localhost" || name.ends_with(".localhost");
    // Nothing may stand around the host but a port.
    let port = authority.as_str().strip_prefix(host);
    let is_whole = port.is_some_and(|port| {
        let digits = port.strip_prefix(':').unwrap_or(port);
        digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    (is_address || is_name) && is_whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback(host: &str) -> bool {
        let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
        is_loopback(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for good in [
            "localhost",
            "LOCALHOST:3000",
            "127.0.0.1:80",
            "127.1.2.3",
            "[::1]:8080",
            "a.localhost",
        ] {
            assert!(loopback(good), "{good}");
        }
        for bad in [
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1",
            "[::2]",
            "",
            "xlocalhost",
            "user@localhost",
            "localhost:x@evil.example",
            "[::1].evil.example",
            "[::1]x:80",
            "localhost:x",
        ] {
            assert!(!loopback(bad), "{bad}");
        }
        let beside = |name: &HeaderName, value: &str| {
            let value = value.parse().unwrap();
            let host = "localhost".parse().unwrap();
            let headers = HeaderMap::from_iter([(HOST, host), (name.clone(), value)]);
            is_loopback(&Uri::from_static("/"), &headers)
        };
        for proxy in &FORWARDED {
            assert!(!beside(proxy, "192.0.2.1"), "{proxy}");
        }
        for page in [ORIGIN, REFERER] {
            assert!(beside(&page, "http://localhost:3000"));
            assert!(!beside(&page, "https://hotel.example"));
        }
        assert!(beside(&REFERER, "http://127.0.0.1:80/a?b=c"));
        assert!(!beside(&ORIGIN, "null"), "nobody knows whose");
        let page = |length| format!("http://localhost/{}", "a".repeat(length));
        assert!(beside(&REFERER, &page(4_000)));
        assert!(!beside(&REFERER, &page(9_000)), "not read");
        let login = HeaderMap::from_iter([
            (HOST, "localhost:3000".parse().unwrap()),
            (REFERER, "https://id.example/".parse().unwrap()),
            (SEC_FETCH_SITE, "cross-site".parse().unwrap()),
        ]);
        assert!(
            is_loopback(&Uri::from_static("/"), &login),
            "sent here by another site"
        );
        assert!(is_loopback(&Uri::from_static("/"), &HeaderMap::new()));
        assert!(!is_loopback(
            &Uri::from_static("http://example.com/"),
            &HeaderMap::from_iter([(HOST, "localhost".parse().unwrap())])
        ));
    }
}
