//! What the compiler knows of the public types: that they can be shared, sent, cloned and printed.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{Future, Ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use keycard::answer::RejectionKind;
use keycard::axum::SharedClaims;
use keycard::claims::{Audience, ClaimPath, NumericDate, RegisteredClaims};
use keycard::clock::{Clock, ManualClock, SystemClock};
use keycard::guard::{GuardFuture, Require, RequireLayer};
use keycard::issue::{IssuerBuilder, SignedToken, TokenBuilder};
use keycard::keys::{KeyError, KeySet, KeySource, Keys, SignatureError, UnknownAlgorithm};
use keycard::layer::{Jwt, ResponseFuture};
use keycard::request::{Presence, RequestHead};
use keycard::resource::{ResourceMetadata, ResourceMetadataBuilder};
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::rule::InvalidScope;
use keycard::rule::Rule;
use keycard::verify::{ClaimsError, Outage, Reason, Source, VerifierBuilder, VerifyError};
use keycard::{
    Algorithm, Claims, ConfigError, IssueError, Issuer, JwtLayer, Rejection, SigningKey,
    VerifiedToken, Verifier, VerifyingKey,
};
use tower::util::ServiceFn;

fn shared<T: Send + Sync + Debug>() {}

fn cloned<T: Send + Sync + Debug + Clone + 'static>() {}

/// What is thrown has to be a whole error.
fn error<T: std::error::Error + Send + Sync + Clone + 'static>() {}

fn copied<T: Send + Sync + Debug + Copy + Eq + 'static>() {}

#[test]
fn values_are_copied() {
    copied::<Algorithm>();
    copied::<VerifyError>();
    copied::<NumericDate>();
    copied::<Outage>();
    copied::<Reason>();
    copied::<RejectionKind>();
    copied::<RevocationStatus>();
    copied::<Source>();
}

#[test]
fn parts_of_an_application_can_be_cloned_and_shared() {
    cloned::<Audience>();
    cloned::<ClaimPath>();
    cloned::<Claims<String>>();
    cloned::<Issuer>();
    cloned::<Jwt<String>>();
    cloned::<JwtLayer>();
    cloned::<KeySet>();
    cloned::<Keys>();
    cloned::<ResourceMetadata>();
    shared::<ResourceMetadataBuilder>();
    cloned::<ManualClock>();
    cloned::<Presence>();
    cloned::<RegisteredClaims>();
    cloned::<Rejection>();
    cloned::<Require<String>>();
    cloned::<RequireLayer>();
    cloned::<Rule>();
    cloned::<SharedClaims<String>>();
    cloned::<SigningKey>();
    cloned::<SystemClock>();
    cloned::<VerifiedToken>();
    cloned::<Verifier>();
    cloned::<VerifyingKey>();
    cloned::<RequestHead<'static>>();
    cloned::<keycard::keys::Wanted<'static>>();
    cloned::<TokenIdentity<'static>>();
}

#[test]
fn claims_are_shared_whether_or_not_their_type_can_be_cloned_or_printed() {
    struct Plain;

    fn clone<T: Clone + Debug>() {}

    clone::<SharedClaims<Plain>>();
}

#[test]
fn what_is_used_up_is_sent_but_not_cloned() {
    shared::<IssuerBuilder>();
    shared::<SignedToken>();
    shared::<TokenBuilder>();
    shared::<VerifierBuilder>();
}

#[test]
fn errors_are_errors() {
    error::<ClaimsError>();
    error::<ConfigError>();
    error::<InvalidScope>();
    error::<IssueError>();
    error::<KeyError>();
    error::<VerifyError>();
    error::<Outage>();
    error::<Rejection>();
    error::<SignatureError>();
    error::<keycard::keys::SigningError>();
    error::<UnknownAlgorithm>();
    error::<VerifyError>();
}

#[test]
fn the_seams_are_objects_that_can_be_shared() {
    fn seam<T: Send + Sync + ?Sized + 'static>() {}

    seam::<dyn Clock>();
    seam::<dyn KeySource>();
    seam::<dyn RevocationList>();
    seam::<dyn keycard::keys::Signer>();
}

/// A body that can be sent but not shared, as axum's.
struct SendOnly {
    _cell: Cell<u8>,
}

type Answered = Ready<Result<Response<Full<Bytes>>, Infallible>>;
type Inner = ServiceFn<fn(Request<SendOnly>) -> Answered>;

#[test]
fn response_futures_can_be_sent() {
    fn sent<F: Future + Debug + Send + 'static>() {}

    sent::<ResponseFuture<Inner, SendOnly>>();
    sent::<ResponseFuture<Require<Inner>, SendOnly>>();
    sent::<GuardFuture<Answered>>();
}

#[test]
fn handlers_may_hold_what_they_extract_across_a_wait() {
    fn sent<F: Future + Send>(_: F) {}

    async fn hold(token: VerifiedToken, claims: SharedClaims<String>, rule: Rule) -> bool {
        std::future::pending::<()>().await;
        token.require(rule).is_ok() && claims.is_empty()
    }

    sent(async {
        let (token, claims, rule) = std::future::pending().await;
        hold(token, claims, rule).await
    });
}
