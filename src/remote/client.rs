//! The HTTP client that is there by default.

use std::error::Error;

use bytes::{Bytes, BytesMut};
use http::Response;

use super::error::{Failure, RemoteError};
use super::fetch::{Fetch, FetchError, FetchRequest};
use crate::future::BoxFuture;

/// Makes a client that follows no redirects and trusts these authorities besides those of the system.
pub(super) fn new(authorities: &[Box<[u8]>]) -> Result<reqwest::Client, RemoteError> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("keycard/", env!("CARGO_PKG_VERSION")))
        // It asks again in minutes: by then the other side has closed the connection.
        .pool_max_idle_per_host(1);
    for pem in authorities {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|certificates| !certificates.is_empty());
        let certificates = certificates.ok_or_else(|| {
            RemoteError::configuration(
                "certificate_authority takes certificates in PEM, which begin with -----BEGIN CERTIFICATE-----",
            )
        })?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| {
        let error = FetchError::new(Failure::Configuration, error);
        RemoteError::configuration(format!("there is no HTTP client: {error}"))
    })
}

impl Fetch for reqwest::Client {
    fn fetch<'a>(
        &'a self,
        request: &'a FetchRequest,
    ) -> BoxFuture<'a, Result<Response<Bytes>, FetchError>> {
        Box::pin(async move {
            let asked = self.get(request.url()).headers(request.headers().clone());
            let mut answer = asked.send().await.map_err(error)?;
            if answer.url().as_str() != request.url() {
                return Err(FetchError::new(
                    Failure::Redirect,
                    "the client followed a redirect: build it with reqwest::redirect::Policy::none()",
                ));
            }
            let body = read(&mut answer, request.max_bytes()).await?;
            let mut response = Response::new(body);
            *response.status_mut() = answer.status();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(response)
        })
    }
}

/// Reads a body of so many bytes at most, and stops where it becomes longer.
async fn read(answer: &mut reqwest::Response, most: usize) -> Result<Bytes, FetchError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(error)? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(FetchError::new(
                Failure::TooLong,
                format!("the answer is longer than {most} bytes"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Says what kind of error it is. The address is known, and its query is nobody's business.
fn error(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let failure = if error.is_timeout() {
        Failure::Timeout
    } else if is_about_certificates(&error) {
        Failure::Certificate
    } else {
        Failure::Connection
    };
    FetchError::new(failure, error)
}

/// rustls stands below an error of the operating system, so its type is out of sight.
fn is_about_certificates(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(below) = cause {
        if below.to_string().contains("certificate") {
            return true;
        }
        cause = below.source();
    }
    false
}
