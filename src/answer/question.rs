//! Answers to a proxy that asks whether a request may pass.

use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};
use percent_encoding::utf8_percent_encode;

use crate::grammar::VISIBLE;
use crate::request::Proxy;

/// Turns the answer to a refusal into one that the proxy understands. Whatever it was, it is not 2xx, which
/// would let the request pass.
pub(crate) fn in_terms_of<B>(proxy: Proxy, origin: Option<&str>, response: &mut Response<B>) {
    let status = response.status();
    *response.status_mut() = match proxy {
        _ if status.is_informational() || status.is_success() => StatusCode::FORBIDDEN,
        // Every other status is an error of the server for nginx.
        Proxy::Nginx if status.is_redirection() => StatusCode::UNAUTHORIZED,
        Proxy::Nginx if status.is_client_error() && status != StatusCode::UNAUTHORIZED => {
            StatusCode::FORBIDDEN
        }
        Proxy::Nginx | Proxy::Traefik | Proxy::Caddy => status,
    };
    if let (Proxy::Traefik, Some(origin), Some(location)) =
        (proxy, origin, response.headers().get(LOCATION))
    {
        let path = location.to_str().ok().filter(|path| path.starts_with('/'));
        let whole = path.map(|path| HeaderValue::try_from(format!("{origin}{path}")));
        if let Some(Ok(whole)) = whole {
            response.headers_mut().insert(LOCATION, whole);
        }
    }
}

/// Writes a text into a header so that no two texts look alike there.
pub(crate) fn in_header(text: impl AsRef<str>) -> HeaderValue {
    let encoded = utf8_percent_encode(text.as_ref(), VISIBLE).to_string();
    HeaderValue::try_from(encoded).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_one_that_the_proxy_understands() {
        let translated = |proxy, status: u16| {
            let mut response = Response::builder().status(status).body(()).unwrap();
            in_terms_of(proxy, None, &mut response);
            response.status().as_u16()
        };
        for status in 100..600 {
            let refused = translated(Proxy::Nginx, status);
            assert!(
                matches!(refused, 401 | 403 | 500..),
                "{status} became {refused}"
            );
            for proxy in [Proxy::Traefik, Proxy::Caddy] {
                let expected = if status < 300 { 403 } else { status };
                assert_eq!(translated(proxy, status), expected);
            }
        }
        for (status, expected) in [(303, 401), (400, 403), (401, 401), (403, 403), (503, 503)] {
            assert_eq!(translated(Proxy::Nginx, status), expected);
        }
    }

    #[test]
    fn no_two_subjects_look_alike_in_a_header() {
        for (subject, header) in [
            ("anna", "anna"),
            ("auth0|5f7c", "auth0|5f7c"),
            ("anna@rooms.example", "anna@rooms.example"),
            ("anna b", "anna%20b"),
            ("anna%20b", "anna%2520b"),
            ("änna", "%C3%A4nna"),
            ("a\r\nx: y", "a%0D%0Ax:%20y"),
            ("a\0\u{7f}", "a%00%7F"),
            ("", ""),
        ] {
            assert_eq!(in_header(subject), header);
        }
    }
}
