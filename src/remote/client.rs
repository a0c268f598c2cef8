//! The HTTP client that is there by default.

use std::error::Error;
use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};
use http::Response;
use url::Url;

use super::address::is_loopback;
use super::error::{Failure, RemoteError};
use super::fetch::{Fetch, FetchError, FetchRequest};
use crate::future::BoxFuture;

/// The client that is there unless another one is given. It is made when it is first needed: reading the authorities of
/// the system takes a while, and most of many issuers are never asked.
pub(super) struct DefaultClient {
    authorities: Vec<reqwest::Certificate>,
    usual: OnceLock<reqwest::Client>,
    direct: OnceLock<reqwest::Client>,
}

impl DefaultClient {
    /// Trusts these authorities besides those of the system.
    pub(super) fn new(authorities: &[Box<[u8]>]) -> Result<Self, RemoteError> {
        let mut read = Vec::new();
        for pem in authorities {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .ok()
                .filter(|certificates| !certificates.is_empty());
            read.extend(certificates.ok_or_else(|| {
                RemoteError::configuration(
                    "certificate_authority takes certificates in PEM, which begin with -----BEGIN CERTIFICATE-----",
                )
            })?);
        }
        let client = Self {
            authorities: read,
            usual: OnceLock::new(),
            direct: OnceLock::new(),
        };
        // What the operator wrote is tried now, and not in the night.
        if !client.authorities.is_empty() {
            client.for_address(false).map_err(|error| {
                RemoteError::configuration(format!("there is no HTTP client: {error}"))
            })?;
        }
        Ok(client)
    }

    /// Returns the client for an address: to this machine, no proxy is asked. Keys from there come without TLS, and a
    /// proxy is anywhere.
    fn for_address(&self, is_loopback: bool) -> Result<&reqwest::Client, FetchError> {
        let kept = if is_loopback {
            &self.direct
        } else {
            &self.usual
        };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(concat!("keycard/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(self.authorities.iter().cloned())
            // It asks again in minutes: by then the other side has closed the connection.
            .pool_max_idle_per_host(1);
        let builder = if is_loopback {
            builder.no_proxy()
        } else {
            builder
        };
        let made = builder.build();
        let made = made.map_err(|error| FetchError::new(Failure::Configuration, error))?;
        Ok(kept.get_or_init(|| made))
    }
}

impl Fetch for DefaultClient {
    fn fetch<'a>(
        &'a self,
        request: &'a FetchRequest,
    ) -> BoxFuture<'a, Result<Response<Bytes>, FetchError>> {
        Box::pin(async move {
            let is_loopback = Url::parse(request.url()).is_ok_and(|url| is_loopback(&url));
            self.for_address(is_loopback)?.fetch(request).await
        })
    }
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
