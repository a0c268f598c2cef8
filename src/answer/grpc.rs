//! Refusals as gRPC understands them: the status in what takes the place of trailers.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, TE};
use http::{HeaderName, HeaderValue, Method, Response, Version};
use percent_encoding::utf8_percent_encode;

use super::table::Row;
use crate::grammar;
use crate::request::RequestHead;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// The two protocols, which differ in who reads the status of HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Grpc {
    /// gRPC itself: every answer is 200.
    Native,
    /// gRPC-Web, which goes through proxies and browsers as any other request does.
    Web,
}

impl Grpc {
    /// Tells which of them a request is, by everything that makes it one.
    ///
    /// Nobody who only looks at the status, such as a proxy that asks whether a request may pass, must
    /// get a 200 by a header alone. So a native one has to be a POST over HTTP/2 that accepts trailers,
    /// and to a request of gRPC-Web the status says what it says to others; its clients understand it.
    pub(crate) fn of(head: RequestHead<'_>) -> Option<Self> {
        let headers = head.headers();
        let content_type = headers.get(CONTENT_TYPE)?.as_bytes();
        let rest = content_type.strip_prefix(b"application/grpc")?;
        let (protocol, rest) = match rest.strip_prefix(b"-web") {
            Some(rest) => (Self::Web, rest.strip_prefix(b"-text").unwrap_or(rest)),
            None => (Self::Native, rest),
        };
        let takes_trailers = || {
            head.version() >= Version::HTTP_2 && headers.get(TE).is_some_and(|te| te == "trailers")
        };
        let fits = head.method() == Method::POST
            && matches!(rest.first(), None | Some(b'+' | b';'))
            && (protocol == Self::Web || takes_trailers());
        fits.then_some(protocol)
    }
}

/// Makes a response that consists of trailers only.
pub(super) fn trailers_only(protocol: Grpc, row: &Row, message: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let content_type = match protocol {
        Grpc::Native => "application/grpc",
        Grpc::Web => "application/grpc-web",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(GRPC_STATUS, HeaderValue::from(u16::from(row.grpc)));
    let message = utf8_percent_encode(message, grammar::GRPC_MESSAGE).to_string();
    if let Ok(message) = HeaderValue::try_from(message) {
        headers.insert(GRPC_MESSAGE, message);
    }
    if protocol == Grpc::Web {
        *response.status_mut() = row.status;
    }
    response
}
