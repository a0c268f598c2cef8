//! Whether a request was sent to this very machine.

use std::net::{IpAddr, Ipv4Addr};

use http::header::{HOST, ORIGIN, REFERER};
use http::uri::Authority;
use http::{HeaderMap, Uri};

use crate::grammar::SEC_FETCH_SITE;

/// Names of headers by which a proxy shows that it is there,
const OF_PROXIES: [&str; 12] = [
    "cdn-loop",
    "client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-amzn-trace-id",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-host",
    "x-proxy-user-ip",
    "x-real-ip",
    "x-request-start",
];

/// and how others of them begin.
const OF_PROXIES_BEGIN: [&str; 11] = [
    "cf-",
    "fastly-",
    "fly-",
    "x-appengine-",
    "x-arr-",
    "x-azure-",
    "x-envoy-",
    "x-forwarded",
    "x-original-",
    "x-scheme",
    "x-vercel-",
];

/// Longer addresses are not read.
const MAX_PAGE: usize = 8 * 1024;

/// Nor are longer hosts, and longer lists of them.
const MAX_HOSTS: usize = 512;

/// Tells whether the host of a request is a loopback one, or not named at all, and no proxy is in
/// between but one on this machine, as far as it shows: some rewrite `Host` and say nothing, but `Origin` and
/// `Referer` still tell where the browser is.
pub(crate) fn is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut lines = headers.iter();
    if lines.any(|(name, value)| tells_of_elsewhere(name.as_str(), value.as_bytes())) {
        return false;
    }
    // The page of another site, such as an identity provider's, says nothing about this host. Nor does a page that
    // hides where it is, unless it may be another site's.
    let site = headers.get(SEC_FETCH_SITE);
    let is_foreign = site.is_some_and(|site| site == "cross-site");
    let is_own_page = site.is_some_and(|site| site == "same-origin");
    let from_here = |name| match headers.get(name).filter(|_| !is_foreign) {
        Some(page) if page == "null" => is_own_page,
        Some(page) if page.len() > MAX_PAGE => false,
        Some(page) => {
            let page = Uri::try_from(page.as_bytes());
            page.is_ok_and(|page| page.authority().is_none_or(is_own))
        }
        None => true,
    };
    let host_is_own = match (uri.authority(), headers.get(HOST)) {
        (Some(authority), _) => is_own(authority),
        (None, Some(host)) if host.len() > MAX_HOSTS => false,
        (None, Some(host)) => Authority::try_from(host.as_bytes()).is_ok_and(|host| is_own(&host)),
        // Browsers always name it; HTTP/1.0 and tests may not.
        (None, None) => true,
    };
    host_is_own && from_here(ORIGIN) && from_here(REFERER)
}

/// Tells whether a header says that the request came from another machine, or to another one. Development servers stand
/// in front of this one too, and say that it came to where they are: on this machine.
fn tells_of_elsewhere(name: &str, value: &[u8]) -> bool {
    let is_of_proxy =
        OF_PROXIES.contains(&name) || OF_PROXIES_BEGIN.iter().any(|it| name.starts_with(it));
    if !is_of_proxy {
        return false;
    }
    let short = Some(value).filter(|value| value.len() <= MAX_HOSTS);
    let Some(Ok(value)) = short.map(std::str::from_utf8) else {
        return true;
    };
    let mut parts = value.split(',').map(str::trim);
    let is_here = match name {
        "x-forwarded-for" | "x-forwarded-host" | "x-real-ip" => {
            |part: &str| bare_address(part) || part.parse().is_ok_and(|host| is_own(&host))
        }
        "x-forwarded-proto" => |part: &str| matches!(part, "http" | "https" | "ws" | "wss"),
        "x-forwarded-port" => |part: &str| part.parse::<u16>().is_ok(),
        _ => |_: &str| false,
    };
    !parts.all(is_here)
}

/// Tells whether browsers keep a `Secure` cookie of this host without TLS (W3C Secure Contexts, section 3.1).
pub(super) fn is_trustworthy(authority: &[u8]) -> bool {
    Authority::try_from(authority).is_ok_and(|it| is_own(&it) && it.host() != "0.0.0.0")
}

/// An IPv6 address without the brackets that it has as a host, and one of IPv4 as such a one.
fn bare_address(text: &str) -> bool {
    let address = text.parse::<IpAddr>();
    address.is_ok_and(|address| address.to_canonical().is_loopback())
}

fn is_own(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let address = address.unwrap_or(host).parse::<IpAddr>();
    // Browsers that are sent to the unspecified address arrive at this machine.
    let is_address = address.is_ok_and(|it| it.is_loopback() || it == Ipv4Addr::UNSPECIFIED);
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
    use http::HeaderName;

    use super::*;

    fn loopback(host: &str) -> bool {
        let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
        is_loopback(&Uri::from_static("/"), &headers)
    }

    fn beside(name: &HeaderName, value: &str) -> bool {
        let value = value.parse().unwrap();
        let host = "localhost".parse().unwrap();
        let headers = HeaderMap::from_iter([(HOST, host), (name.clone(), value)]);
        is_loopback(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn a_proxy_on_this_machine_is_no_other_one() {
        let named = |name: &'static str| HeaderName::from_static(name);
        for proxy in [
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-forwarded-proto",
            "x-forwarded-server",
            "x-real-ip",
            "x-original-host",
            "x-original-for",
            "x-envoy-external-address",
            "cf-connecting-ip",
            "true-client-ip",
            "x-appengine-user-ip",
        ] {
            assert!(!beside(&named(proxy), "a.example"), "{proxy}");
        }
        for (name, here) in [
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-for", "::1, ::ffff:127.0.0.1"),
            ("x-forwarded-host", "localhost:5173"),
            ("x-forwarded-port", "5173"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-proto", "https,http"),
        ] {
            assert!(beside(&named(name), here), "{name}: {here}");
        }
        let hops = |count| "::1,".repeat(count) + "::1";
        assert!(beside(&named("x-forwarded-for"), &hops(127)));
        assert!(!beside(&named("x-forwarded-for"), &hops(128)), "not read");
        for (name, elsewhere) in [
            ("x-forwarded-for", "127.0.0.1, 192.0.2.1"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-forwarded-for", ""),
            ("x-forwarded-for", "unknown"),
            ("x-forwarded-host", "localhost, hotel.example"),
            ("x-forwarded-port", "x"),
            ("forwarded", "for=127.0.0.1"),
        ] {
            assert!(!beside(&named(name), elsewhere), "{name}: {elsewhere}");
        }
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
            "0.0.0.0:3000",
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
        let host = |length| "a".repeat(length) + ".localhost";
        assert!(loopback(&host(500)) && !loopback(&host(503)), "not read");
        for page in [ORIGIN, REFERER] {
            assert!(beside(&page, "http://localhost:3000"));
            assert!(!beside(&page, "https://hotel.example"));
        }
        assert!(beside(&REFERER, "http://127.0.0.1:80/a?b=c"));
        assert!(!beside(&ORIGIN, "null"), "nobody knows whose");
        let hidden = HeaderMap::from_iter([
            (HOST, "localhost:3000".parse().unwrap()),
            (ORIGIN, "null".parse().unwrap()),
            (SEC_FETCH_SITE, "same-origin".parse().unwrap()),
        ]);
        assert!(is_loopback(&Uri::from_static("/"), &hidden), "its own page");
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
