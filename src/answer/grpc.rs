//! Refusals as gRPC understands them: HTTP 200, and the status in what takes the place of trailers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, TE};
use http::{HeaderName, HeaderValue, Method, Response, Version};

use crate::request::RequestHead;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Tells whether a request is one of gRPC or gRPC-Web, by everything that makes it one.
///
/// The answer to such a request is 200 whatever it says: nobody who only looks at the status, such as
/// a proxy that asks whether a request may pass, must get it by a header alone.
pub(crate) fn is_grpc(head: RequestHead<'_>) -> bool {
    let headers = head.headers();
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return false;
    };
    let Some(rest) = content_type.as_bytes().strip_prefix(b"application/grpc") else {
        return false;
    };
    let (web, rest) = match rest.strip_prefix(b"-web") {
        Some(rest) => (true, rest.strip_prefix(b"-text").unwrap_or(rest)),
        None => (false, rest),
    };
    let native =
        || head.version() >= Version::HTTP_2 && headers.get(TE).is_some_and(|te| te == "trailers");
    head.method() == Method::POST
        && matches!(rest.first(), None | Some(b'+' | b';'))
        && (web || native())
}

/// Makes a response that consists of trailers only.
pub(super) fn trailers_only(status: u8, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_STATUS, HeaderValue::from(u16::from(status)));
    if let Ok(message) = HeaderValue::try_from(percent_encode(message)) {
        headers.insert(GRPC_MESSAGE, message);
    }
    response
}

/// Of a message, everything but printable ASCII is percent-encoded, and so is the percent sign.
fn percent_encode(message: &str) -> String {
    message
        .bytes()
        .fold(String::new(), |encoded, byte| match byte {
            b' '..=b'~' if byte != b'%' => encoded + char::from(byte).encode_utf8(&mut [0; 4]),
            _ => encoded + &format!("%{byte:02X}"),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_percent_encoded() {
        assert_eq!(percent_encode("a b%é\n"), "a b%25%C3%A9%0A");
    }
}
