//! What to do with a request: let it in, refuse it, or wait for a key.

use http::Method;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use zeroize::Zeroizing;

use super::credential::{Place, find};
use super::head::RequestHead;
use super::presence::Presence;
use crate::rejection::{Rejection, RejectionKind};
use crate::verify::{Miss, Source, VerifiedToken, Verifier, VerifyError};

/// What a layer lets in.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) verifier: Verifier,
    pub(crate) places: Vec<Place>,
    pub(crate) optional: bool,
    pub(crate) allow_preflight: bool,
}

pub(crate) enum Decision {
    Pass(Presence),
    Refuse(Rejection),
    /// The token names a key that is not known yet.
    Wait(Zeroizing<String>, Source),
}

impl Entry {
    pub(crate) fn decide(&self, head: RequestHead<'_>) -> Decision {
        if self.allow_preflight && is_preflight(head) {
            return Decision::Pass(Presence::Anonymous);
        }
        let (token, source) = match find(&self.places, head) {
            Ok(Some(found)) => found,
            Ok(None) if self.optional => return Decision::Pass(Presence::Anonymous),
            Ok(None) => return Decision::Refuse(Rejection::new(RejectionKind::NoCredential)),
            Err(what) => {
                return Decision::Refuse(Rejection::new(RejectionKind::InvalidRequest(what)));
            }
        };
        match self.verifier.verify_now(token.as_bytes(), source) {
            Ok(token) => Decision::Pass(Presence::Verified(token)),
            Err(Miss::Refused(reason)) => Decision::Refuse(reason.into()),
            Err(Miss::Unavailable(outage)) => {
                Decision::Refuse(RejectionKind::Unavailable(outage).into())
            }
            Err(Miss::UnknownKey) => Decision::Wait(Zeroizing::new(token.into_owned()), source),
        }
    }

    /// Decides about a token whose key was not known, after asking for it.
    pub(crate) async fn decide_later(
        verifier: Verifier,
        token: Zeroizing<String>,
        source: Source,
    ) -> Result<VerifiedToken, Rejection> {
        verifier
            .verify(token.as_bytes(), source)
            .await
            .map_err(|error| match error {
                VerifyError::Refused(reason) => reason.into(),
                VerifyError::Unavailable(outage) => RejectionKind::Unavailable(outage).into(),
            })
    }
}

/// A browser asks whether it may send the real request; it never sends credentials along.
fn is_preflight(head: RequestHead<'_>) -> bool {
    head.method() == Method::OPTIONS
        && head.headers().contains_key(ORIGIN)
        && head.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}
