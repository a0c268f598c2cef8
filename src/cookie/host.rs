//! Whether a request was sent to this very machine.

use http::header::HOST;
use http::{HeaderMap, Uri};

/// Tells whether the host of a request is a loopback one, or not named at all.
pub(crate) fn is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let authority = match (uri.authority(), headers.get(HOST)) {
        (Some(authority), _) => authority.as_str(),
        (None, Some(host)) => match host.to_str() {
            Ok(host) => host,
            Err(_) => return false,
        },
        // Browsers always name it; HTTP/1.0 and tests may not.
        (None, None) => return true,
    };
    let host = match authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, _)) => return address == "::1",
        None => authority.split(':').next().unwrap_or_default(),
    };
    let host = host.to_ascii_lowercase();
    let is_ipv4 = host
        .parse::<std::net::Ipv4Addr>()
        .is_ok_and(|address| address.is_loopback());
    is_ipv4 || host == "localhost" || host.ends_with(".localhost")
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
        ] {
            assert!(!loopback(bad), "{bad}");
        }
        assert!(is_loopback(&Uri::from_static("/"), &HeaderMap::new()));
        assert!(!is_loopback(
            &Uri::from_static("http://example.com/"),
            &HeaderMap::from_iter([(HOST, "localhost".parse().unwrap())])
        ));
    }
}
