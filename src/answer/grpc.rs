//! Refusals as gRPC understands them: HTTP 200, and the status in what takes the place of trailers.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response};

use crate::request::RequestHead;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Tells whether a request is one of gRPC or gRPC-Web.
pub(crate) fn is_grpc(head: RequestHead<'_>) -> bool {
    head.headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
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
