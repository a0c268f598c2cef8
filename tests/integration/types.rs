//! What the compiler knows of the public types: that they can be shared, sent, cloned and printed.

use std::fmt::Debug;
use std::future::{Future, Ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use keycard::rule::InvalidScope;
use keycard::{
    Algorithm, Audience, ClaimPath, Claims, ClaimsError, Clock, ConfigError, IssueError, Issuer,
    IssuerBuilder, Jwt, JwtLayer, KeyError, KeySet, KeySource, Keys, ManualClock, Miss, NumericDate,
    Outage, Presence, Reason, RegisteredClaims, Rejection, RejectionKind, RequestHead, Require,
    RequireFuture, RequireLayer, ResponseFuture, RevocationList, RevocationStatus, Rule,
    SharedClaims, SignatureError, SignedToken, SigningKey, Source, SystemClock, TokenBuilder,
    TokenIdentity, UnknownAlgorithm, VerifiedToken, Verifier, VerifierBuilder, VerifyError,
    VerifyingKey, require_scope,
};
use tower::{Service, service_fn};

use crate::support::layer;

fn shared<T: Send + Sync + Debug>() {}

fn cloned<T: Send + Sync + Debug + Clone + 'static>() {}

/// What is thrown has to be a whole error.
fn error<T: std::error::Error + Send + Sync + Clone + 'static>() {}

fn copied<T: Send + Sync + Debug + Copy + Eq + 'static>() {}

#[test]
fn values_are_copied() {
    copied::<Algorithm>();
    copied::<Miss>();
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
    error::<Miss>();
    error::<Outage>();
    error::<Rejection>();
    error::<SignatureError>();
    error::<UnknownAlgorithm>();
    error::<VerifyError>();
}

#[test]
fn the_seams_are_objects_that_can_be_shared() {
    fn seam<T: Send + Sync + ?Sized + 'static>() {}

    seam::<dyn Clock>();
    seam::<dyn KeySource>();
    seam::<dyn RevocationList>();
}

type Answered = Ready<Result<Response<Full<Bytes>>, std::convert::Infallible>>;

fn inner(_: Request<SendOnly>) -> Answered {
    std::future::ready(Ok(Response::new(Full::default())))
}

/// A body that can be sent but not shared, as axum's.
struct SendOnly {
    _cell: std::cell::Cell<u8>,
}

#[test]
fn response_futures_can_be_sent() {
    fn sent<F: Future + Send + 'static>(_: &F) {}
    fn printed<T: Debug>() {}

    let service = tower::Layer::layer(&require_scope("a"), service_fn(inner));
    let mut service = tower::Layer::layer(&layer(), service);
    let body = SendOnly {
        _cell: std::cell::Cell::new(0),
    };
    sent(&service.call(Request::new(body)));

    fn future_of<S, B>() -> usize
    where
        S: Service<Request<B>>,
        ResponseFuture<S, B>: Send,
    {
        size_of::<ResponseFuture<S, B>>()
    }

    type Inner = tower::util::ServiceFn<fn(Request<SendOnly>) -> Answered>;
    assert!(future_of::<Inner, SendOnly>() > 0);
    printed::<ResponseFuture<Inner, SendOnly>>();
    printed::<RequireFuture<String>>();
}

#[test]
fn handlers_may_hold_what_they_extract_across_a_wait() {
    fn handler<F: Future + Send>(_: F) {}

    async fn wait() {}

    async fn hold(token: VerifiedToken, claims: SharedClaims<String>, rule: Rule) -> bool {
        wait().await;
        token.require(rule).is_ok() && claims.is_empty()
    }

    handler(async {
        let (token, claims, rule) = std::future::pending().await;
        hold(token, claims, rule).await
    });
}
