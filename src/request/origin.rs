//! Origins as browsers send them (RFC 6454, section 6.2), and the host in a request beside one.

use std::net::Ipv6Addr;

/// Schemes that never are the origin of a request: their pages have an opaque one, or they open a connection.
const WITHOUT_ORIGIN: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "ws",
    "wss",
];

/// Tells whether a browser may send this. Origins are compared byte by byte: what is written otherwise would never match.
pub(super) fn is_origin(origin: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    match default_port(scheme.as_bytes()) {
        Some(default_port) => is_authority(authority, default_port),
        None => is_scheme(scheme) && !WITHOUT_ORIGIN.contains(&scheme) && is_opaque_host(authority),
    }
}

/// RFC 3986, section 3.1, in lower case.
fn is_scheme(scheme: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')
    };
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(fits)
}

/// Hosts of the schemes of applications are kept as they are, case included.
fn is_opaque_host(host: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(fits)
}

/// Tells whether this is a host with a port that is not left out, as browsers write it.
fn is_authority(authority: &str, default_port: u16) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:[]_".contains(&byte);
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |port: &str| {
        let number = port.parse::<u16>();
        number.is_ok_and(|number| number != default_port && number.to_string() == port)
    };
    let in_brackets = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let is_host = if let Some(address) = in_brackets {
        address.parse::<Ipv6Addr>().is_ok()
    } else {
        let is_ordinary = |byte: u8| !b":[]".contains(&byte);
        host.bytes().all(is_ordinary) && host.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    authority.bytes().all(fits) && is_host && port.is_none_or(is_port)
}

fn default_port(scheme: &[u8]) -> Option<u16> {
    match scheme {
        b"http" => Some(80),
        b"https" => Some(443),
        _ => None,
    }
}

/// Tells whether a page of this origin was loaded from this host: without case, and a port that is left out
/// is the default one of the scheme (RFC 9110, section 4.2.3).
pub(super) fn is_authority_of(host: &[u8], origin: &[u8]) -> bool {
    let Some((scheme, authority)) = split_scheme(origin) else {
        return false;
    };
    let Some(default_port) = default_port(scheme) else {
        return false;
    };
    let (of_origin, of_host) = (
        split_port(authority, default_port),
        split_port(host, default_port),
    );
    match (of_origin, of_host) {
        (Some((name, port)), Some((host, its_port))) => {
            port == its_port && !name.is_empty() && name.eq_ignore_ascii_case(host)
        }
        _ => false,
    }
}

fn split_scheme(origin: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = origin.iter().position(|byte| *byte == b':')?;
    let (scheme, rest) = origin.split_at_checked(colon)?;
    Some((scheme, rest.strip_prefix(b"://")?))
}

/// Divides a host and its port. What has anything beyond is none.
fn split_port(authority: &[u8], default_port: u16) -> Option<(&[u8], u16)> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(byte);
    if !authority.iter().all(fits) {
        return None;
    }
    let colon = authority.iter().rposition(|byte| *byte == b':');
    let (host, port) = match colon.and_then(|colon| authority.split_at_checked(colon)) {
        // The colons of an IPv6 address stand in brackets.
        Some((host, port)) if !port.ends_with(b"]") => (host, port.get(1..)?),
        _ => (authority, &b""[..]),
    };
    if port.is_empty() {
        return Some((host, default_port));
    }
    let digits = std::str::from_utf8(port).ok()?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|_| is_number)?;
    Some((host, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_case_and_with_default_ports() {
        for (host, origin) in [
            ("rooms.example", "https://rooms.example"),
            ("rooms.example", "http://rooms.example"),
            ("ROOMS.Example", "https://rooms.example"),
            ("rooms.example:443", "https://rooms.example"),
            ("rooms.example:", "https://rooms.example"),
            ("rooms.example:80", "http://rooms.example"),
            ("rooms.example:8443", "https://rooms.example:8443"),
            ("[::1]:3000", "http://[::1]:3000"),
            ("[::1]", "http://[::1]"),
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ] {
            assert!(
                is_authority_of(host.as_bytes(), origin.as_bytes()),
                "{host} {origin}"
            );
        }
        for (host, origin) in [
            ("", "https://rooms.example"),
            ("", "https://"),
            (":443", "https://"),
            ("rooms.example:80", "https://rooms.example"),
            ("rooms.example:443", "http://rooms.example"),
            ("rooms.example", "https://rooms.example:8443"),
            ("rooms.example:8443", "https://rooms.example"),
            ("rooms.example:+443", "https://rooms.example"),
            ("rooms.example:00443x", "https://rooms.example"),
            ("rooms.example.", "https://rooms.example"),
            ("evil.example", "https://rooms.example"),
            ("rooms.example@evil.example", "https://evil.example"),
            ("user@rooms.example", "https://rooms.example"),
            ("rooms.example/", "https://rooms.example/"),
            ("rooms.example", "https://rooms.example/"),
            ("rooms.example", "tauri://rooms.example"),
            ("rooms.example", "HTTPS://rooms.example"),
            ("rooms.example", "//rooms.example"),
            ("rooms.example", "rooms.example"),
            ("null", "null"),
            ("a, b", "https://a, b"),
            ("rooms.example:99999", "https://rooms.example:99999"),
            ("[::1]x", "http://[::1]"),
        ] {
            assert!(
                !is_authority_of(host.as_bytes(), origin.as_bytes()),
                "{host} {origin}"
            );
        }
    }
}
