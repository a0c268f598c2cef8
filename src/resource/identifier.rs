//! Identifiers of resources and issuers: addresses that are compared octet by octet.

use std::net::Ipv6Addr;

/// An address with a host, perhaps a path, and nothing else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Identifier<'a> {
    /// Scheme, host and port.
    pub(super) origin: &'a str,
    /// As it was written: empty, or with a slash in front.
    pub(super) path: &'a str,
}

/// Longer ones are not read; a challenge is a header, and servers have limits for those.
const MOST_BYTES: usize = 1024;

impl<'a> Identifier<'a> {
    /// Reads one (RFC 9728, section 1.2; RFC 8414, section 2): https, no query and no fragment. Stricter than the RFC,
    /// which only advises against a query in that of a resource. What clients and proxies rewrite is none either, as the
    /// name would not be the same afterwards.
    pub(super) fn read(text: &'a str, plain_http: bool) -> Option<Self> {
        let rest = match text.strip_prefix("https://") {
            None if plain_http => text.strip_prefix("http://"),
            rest => rest,
        }?;
        let length = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(length)?;
        let (origin, _) = text.split_at_checked(text.len().saturating_sub(path.len()))?;
        let fits = text.len() <= MOST_BYTES && is_authority(authority) && is_path(path);
        fits.then_some(Self { origin, path })
    }
}

/// A host and perhaps a port, without a user.
fn is_authority(authority: &str) -> bool {
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_host = if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').map(str::parse::<Ipv6Addr>);
        matches!(address, Some(Ok(_)))
    } else {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        host.bytes().all(fits) && host.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|it| it.to_string() == port);
    is_host && port.is_none_or(is_port)
}

/// RFC 3986, section 3.3, without dot segments.
fn is_path(path: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&byte);
    let is_dot = |segment: &str| {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        dots == "." || dots == ".."
    };
    path.bytes().all(fits) && has_whole_escapes(path) && !path.split('/').any(is_dot)
}

/// A percent sign has two digits behind it.
fn has_whole_escapes(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        let digits = rest.bytes().take(2);
        rest.len() >= 2 && digits.into_iter().all(|digit| digit.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_https_with_a_host_and_perhaps_a_path() {
        for (text, origin, path) in [
            ("https://a", "https://a", ""),
            ("https://a/", "https://a", "/"),
            ("https://rooms.example", "https://rooms.example", ""),
            (
                "https://rooms.example:8443/a/b",
                "https://rooms.example:8443",
                "/a/b",
            ),
            ("https://[::1]:8443/", "https://[::1]:8443", "/"),
            ("https://a/b/", "https://a", "/b/"),
            ("https://a/b//c", "https://a", "/b//c"),
            ("https://a/:x/*y/%7Bz%7d", "https://a", "/:x/*y/%7Bz%7d"),
            ("https://A.Example/B", "https://A.Example", "/B"),
        ] {
            let read = Identifier::read(text, false);
            assert_eq!(read, Some(Identifier { origin, path }), "{text}");
        }
    }

    #[test]
    fn everything_else_is_none() {
        let long = format!("https://a/{}", "b".repeat(MOST_BYTES));
        for text in [
            "",
            "https://",
            "https:///a",
            "rooms",
            "rooms.example",
            "urn:rooms",
            "HTTPS://a",
            "http://a",
            "ftp://a",
            "https://a?b=c",
            "https://a/b?c",
            "https://a#b",
            "https://a/#",
            "https://user@a",
            "https://user:word@a/b",
            "https://a:",
            "https://a:x",
            "https://a:0443",
            "https://a:65536",
            "https://-",
            "https://[::1",
            "https://[rooms]/",
            "https://a b",
            "https://a/b c",
            "https://a/\"",
            "https://a/\\b",
            "https://a/<b>",
            "https://a/{b}",
            "https://a/é",
            "https://é",
            "https://a/\n",
            "https://a/%",
            "https://a/%4",
            "https://a/%4g",
            "https://a/./b",
            "https://a/..",
            "https://a/%2E%2e/b",
            &long,
        ] {
            assert_eq!(Identifier::read(text, false), None, "{text:?}");
        }
    }

    #[test]
    fn plain_http_is_read_where_that_was_said() {
        let read = Identifier::read("http://127.0.0.1:3000/mcp", true).unwrap();
        assert_eq!((read.origin, read.path), ("http://127.0.0.1:3000", "/mcp"));
        assert!(Identifier::read("https://a", true).is_some());
        assert!(Identifier::read("ftp://a", true).is_none());
    }
}
