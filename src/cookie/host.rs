//! Whether a request was sent to this very machine.

use std::net::IpAddr;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, Uri};

/// Headers by which a proxy says that the request came to another host.
const FORWARDED: [HeaderName; 3] = [
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
];

/// Tells whether the host of a request is a loopback one, or not named at all, and no proxy is in
/// between.
pub(crate) fn is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    if FORWARDED.iter().any(|name| headers.contains_key(name)) {
        return false;
    }
    let authority = match (uri.authority(), headers.get(HOST)) {
        (Some(authority), _) => authority.clone(),
        (None, Some(host)) => match Authority::try_from(host.as_bytes()) {
            Ok(authority) => authority,
            Err(_) => return false,
        },
        // Browsers always name it; HTTP/1.0 and tests may not.
        (None, None) => return true,
    };
    let host = authority.host();
    let is_address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    let host = host.to_ascii_lowercase();
    let is_name = host == "localhost" || host.ends_with(".localhost");
    (is_address || is_name) && !authority.as_str().contains('@')
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
        ] {
            assert!(!loopback(bad), "{bad}");
        }
        let proxied = HeaderMap::from_iter([
            (HOST, "localhost".parse().unwrap()),
            (FORWARDED[1].clone(), "192.0.2.1".parse().unwrap()),
        ]);
        assert!(!is_loopback(&Uri::from_static("/"), &proxied));
        assert!(is_loopback(&Uri::from_static("/"), &HeaderMap::new()));
        assert!(!is_loopback(
            &Uri::from_static("http://example.com/"),
            &HeaderMap::from_iter([(HOST, "localhost".parse().unwrap())])
        ));
    }
}
