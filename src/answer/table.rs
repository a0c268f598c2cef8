//! One row for each class of refusals.

use http::StatusCode;

use crate::error::Reason;
use crate::rejection::RejectionKind;

/// What a class of refusals looks like from outside. The texts are fixed: they tell nothing about
/// the token or about what was expected.
pub(super) struct Row {
    pub(super) status: StatusCode,
    /// The code of RFC 6749, RFC 6750 or, where these have none, a word.
    pub(super) error: &'static str,
    pub(super) description: &'static str,
    /// The status code of gRPC.
    pub(super) grpc: u8,
    pub(super) challenge: Challenge,
}

/// What goes into `WWW-Authenticate`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Challenge {
    None,
    /// RFC 6750, section 3.1: a request without a token gets no error code. Nor does a token that lacks
    /// more than a scope, for which the RFC has no code.
    WithoutError,
    WithError,
}

const fn row(
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    grpc: u8,
    challenge: Challenge,
) -> Row {
    Row {
        status,
        error,
        description,
        grpc,
        challenge,
    }
}

pub(super) fn row_of(kind: RejectionKind) -> Row {
    use Challenge::{None, WithError, WithoutError};
    use StatusCode as S;
    match kind {
        RejectionKind::NoCredential => row(
            S::UNAUTHORIZED,
            "unauthorized",
            "a token is required",
            16,
            WithoutError,
        ),
        RejectionKind::InvalidRequest(_) => row(
            S::BAD_REQUEST,
            "invalid_request",
            "the request is malformed",
            16,
            WithError,
        ),
        RejectionKind::InvalidToken(Reason::Expired) => row(
            S::UNAUTHORIZED,
            "invalid_token",
            "the token expired",
            16,
            WithError,
        ),
        RejectionKind::InvalidToken(_) => row(
            S::UNAUTHORIZED,
            "invalid_token",
            "the token is not valid",
            16,
            WithError,
        ),
        RejectionKind::InsufficientScope => row(
            S::FORBIDDEN,
            "insufficient_scope",
            "the token lacks a scope",
            7,
            WithError,
        ),
        RejectionKind::CrossSite => row(
            S::FORBIDDEN,
            "cross_site_request",
            "the request comes from another site",
            7,
            None,
        ),
        // RFC 6750, section 3: a token that does not open this gets a challenge too.
        RejectionKind::Forbidden => row(
            S::FORBIDDEN,
            "forbidden",
            "this is not allowed",
            7,
            WithoutError,
        ),
        RejectionKind::DevelopmentCookie => {
            row(S::FORBIDDEN, "forbidden", "this is not allowed", 7, None)
        }
        RejectionKind::Unavailable(_) => row(
            S::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            "the token cannot be checked right now",
            14,
            None,
        ),
        RejectionKind::MissingLayer => row(
            S::INTERNAL_SERVER_ERROR,
            "server_error",
            "the server is not set up correctly",
            13,
            None,
        ),
    }
}
