//! One row for each class of refusals.

use http::StatusCode as Status;

use crate::rejection::{Rejection, RejectionKind};

/// What a class of refusals looks like from outside. The texts are fixed: they tell nothing about
/// the token or about what was expected.
pub(super) struct Row {
    pub(super) status: Status,
    /// The code of RFC 6749, RFC 6750 or, where these have none, a word.
    pub(super) error: &'static str,
    pub(super) description: &'static str,
    /// The status code of gRPC.
    pub(super) grpc: u8,
    pub(super) challenge: Asks,
}

/// What the challenge in `WWW-Authenticate` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Asks {
    /// There is none: another token would not help.
    Nothing,
    /// RFC 6750, section 3.1: a request without a token gets no error code. Nor does a token that lacks
    /// more than a scope, for which the RFC has no code.
    ForToken,
    /// The same, and what was wrong with this one.
    ForBetterToken,
}

impl Row {
    /// Tells whether a client may get on with a token from elsewhere, or of another kind.
    pub(super) fn another_token_helps(&self) -> bool {
        match self.challenge {
            Asks::Nothing => false,
            Asks::ForToken => self.status == Status::UNAUTHORIZED,
            // A request that is malformed stays so with any token.
            Asks::ForBetterToken => self.status != Status::BAD_REQUEST,
        }
    }
}

/// What a client may know, for an envelope of the application.
impl Rejection {
    /// Returns the code of the refusal, which a client may know: `invalid_token`, `insufficient_scope` and the like (RFC
    /// 6750, section 3.1) or, where the RFC has none, a word such as `forbidden`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Rejection;
    ///
    /// assert_eq!(Rejection::forbidden().error(), "forbidden");
    /// ```
    pub fn error(&self) -> &'static str {
        row_of(self.kind()).error
    }

    /// Returns the sentence that a client may know: one for each class, which tells nothing of the token and of what was
    /// expected. `Display` does, and is for the log.
    ///
    /// # Examples
    ///
    /// An envelope of your own:
    ///
    /// ```
    /// use keycard::{JwtLayer, Verifier};
    /// use serde_json::json;
    ///
    /// fn layer(verifier: Verifier) -> JwtLayer {
    ///     JwtLayer::new(verifier).on_rejection(|rejection, _| {
    ///         let body = json!({"code": rejection.error(), "message": rejection.description()});
    ///         rejection.to_response().map(|_| body.to_string().into())
    ///     })
    /// }
    /// ```
    pub fn description(&self) -> &'static str {
        row_of(self.kind()).description
    }
}

const fn row(
    status: Status,
    error: &'static str,
    description: &'static str,
    grpc: u8,
    challenge: Asks,
) -> Row {
    Row {
        status,
        error,
        description,
        grpc,
        challenge,
    }
}

#[rustfmt::skip] // A table.
pub(super) fn row_of(kind: RejectionKind) -> Row {
    use Asks::{ForBetterToken, ForToken, Nothing};
    use RejectionKind as Kind;
    match kind {
        Kind::NoCredential =>
            row(Status::UNAUTHORIZED, "unauthorized", "a token is required", 16, ForToken),
        Kind::InvalidRequest(_) =>
            row(Status::BAD_REQUEST, "invalid_request", "the request is malformed", 16, ForBetterToken),
        Kind::InvalidToken(reason) if reason.is_expiry() =>
            row(Status::UNAUTHORIZED, "invalid_token", "the token expired", 16, ForBetterToken),
        Kind::InvalidToken(_) =>
            row(Status::UNAUTHORIZED, "invalid_token", "the token is not valid", 16, ForBetterToken),
        Kind::InsufficientScope =>
            row(Status::FORBIDDEN, "insufficient_scope", "the token lacks a scope", 7, ForBetterToken),
        // RFC 9470, section 3.
        Kind::InsufficientUserAuthentication =>
            row(Status::UNAUTHORIZED, "insufficient_user_authentication", "a stronger or more recent login is required", 16, ForBetterToken),
        Kind::CrossSite =>
            row(Status::FORBIDDEN, "cross_site_request", "the request comes from another site", 7, Nothing),
        // RFC 6750, section 3: a token that does not open this gets a challenge too.
        Kind::Forbidden =>
            row(Status::FORBIDDEN, "forbidden", "this is not allowed", 7, ForToken),
        Kind::DevelopmentCookie =>
            row(Status::FORBIDDEN, "forbidden", "this is not allowed", 7, Nothing),
        Kind::Unavailable(_) =>
            row(Status::SERVICE_UNAVAILABLE, "temporarily_unavailable", "the token cannot be checked right now", 14, Nothing),
        Kind::MissingLayer =>
            row(Status::INTERNAL_SERVER_ERROR, "server_error", "the server is not set up correctly", 13, Nothing),
    }
}
