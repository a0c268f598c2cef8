//! What an issuer says of itself (OpenID Connect Discovery, section 3; RFC 8414, section 2).

use serde::Deserialize;
use url::Url;

use super::address::{self, PlainHttp, shortened, shown};
use super::error::{Failure, RemoteError};

/// What is needed of it, and where it stood.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) url: Url,
    issuer: String,
    jwks_uri: Option<String>,
}

#[derive(Deserialize)]
struct Members {
    issuer: String,
    #[serde(default)]
    jwks_uri: Option<String>,
}

impl Metadata {
    pub(super) fn read(url: &Url, body: &[u8]) -> Result<Self, RemoteError> {
        let members: Members = serde_json::from_slice(body)
            .map_err(|_| malformed(url, "not the metadata of an issuer"))?;
        Ok(Self {
            url: url.clone(),
            issuer: members.issuer,
            jwks_uri: members.jwks_uri,
        })
    }

    /// Demands that it is that of the configured issuer, to the letter (RFC 8414, section 3.3): else anybody who has
    /// a page on the same host could name keys for it.
    pub(super) fn demand_issuer(&self, configured: Option<&str>) -> Result<(), RemoteError> {
        let Some(configured) = configured else {
            return Ok(());
        };
        let found = &*self.issuer;
        if found == configured {
            return Ok(());
        }
        let without_slash = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
        let advice = if without_slash(found) == without_slash(configured) {
            "they differ by a slash at the end only: configure it as the metadata has it"
        } else if found.trim() == configured.trim() {
            "they differ by white space only: configure it as the metadata has it"
        } else if found.eq_ignore_ascii_case(configured) {
            "they differ by upper and lower case only: configure it as the metadata has it"
        } else {
            "configure the issuer that tokens name in iss, and with discovery_url where its metadata is; if no metadata \
             names it, give jwks_url alone, with which none is asked for"
        };
        let sentence = format!(
            "the metadata at {} is that of {:?}, and the issuer is configured as {configured:?}: {advice}",
            shown(&self.url),
            shortened(found)
        );
        Err(RemoteError::new(Failure::Issuer, sentence))
    }

    /// Returns where it says that the keys are: on any host, by the same scheme.
    pub(super) fn key_address(&self, plain_http: &PlainHttp) -> Result<Url, RemoteError> {
        let Some(text) = &self.jwks_uri else {
            return Err(malformed(
                &self.url,
                "without a jwks_uri: name the address of the keys with jwks_url",
            ));
        };
        let refused = |error: &RemoteError| {
            let sentence = format!("in the metadata at {}: {error}", shown(&self.url));
            RemoteError::new(Failure::KeyAddress, sentence)
        };
        let url = address::parse("jwks_uri", text).map_err(|error| refused(&error))?;
        plain_http
            .demand("jwks_uri", &url)
            .map_err(|error| refused(&error))?;
        if url.scheme() != self.url.scheme() {
            return Err(refused(&RemoteError::configuration(format!(
                "jwks_uri {:?} has another scheme than the metadata: name the address of the keys with jwks_url",
                shown(&url)
            ))));
        }
        Ok(url)
    }
}

/// Says that an answer is not what it should be.
pub(super) fn malformed(url: &Url, problem: &str) -> RemoteError {
    let sentence = format!("what {} answers is {problem}", shown(url));
    RemoteError::new(Failure::Malformed, sentence)
}
