//! Guards that let a request through only if its token satisfies a rule.

use std::any::{Any, type_name};
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use serde::de::DeserializeOwned;
use tower_layer::Layer;
use tower_service::Service;

use super::future::GuardFuture;
use crate::answer::{AnswerBody, Grpc};
use crate::rejection::{Note, Rejection, RejectionKind};
use crate::request::{Presence, RequestHead};
use crate::rule::{self, Rule};
use crate::verify::VerifiedToken;

/// Guards a route with a scope, or with all of several that are divided by spaces; one of several is
/// [`require`]`(`[`any`](crate::rule::any)`(..))`.
///
/// # Panics
///
/// At start-up, if the text is no scope by RFC 6749, section 3.3.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::post};
/// use keycard::require_scope;
///
/// async fn charge() {}
///
/// let app: Router = Router::new()
///     .route("/minibar", post(charge).route_layer(require_scope("minibar:write")));
/// ```
#[track_caller]
#[doc(alias = "permission")]
pub fn require_scope(scopes: &str) -> RequireLayer {
    require(rule::scope(scopes))
}

/// Guards a route with a role.
///
/// # Panics
///
/// At start-up, if the role is empty.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use keycard::require_role;
///
/// async fn guests() -> &'static str { "anna, ben" }
///
/// let app: Router = Router::new()
///     .route("/guests", get(guests).route_layer(require_role("manager")));
/// ```
#[track_caller]
pub fn require_role(role: &str) -> RequireLayer {
    require(rule::role(role))
}

/// Guards a route with a rule.
///
/// # Panics
///
/// At start-up, if the rule cannot be meant: see [`Rule`].
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::post};
/// use keycard::require;
/// use keycard::rule::{any, role, scope};
///
/// async fn charge() {}
///
/// let app: Router = Router::new().route(
///     "/minibar",
///     post(charge).route_layer(require(any([scope("minibar:write"), role("manager")]))),
/// );
/// ```
#[track_caller]
pub fn require(rule: impl Into<Rule>) -> RequireLayer {
    let rule = rule.into();
    assert!(
        !rule.is_impossible(),
        "nobody can satisfy the rule: {rule:?}"
    );
    RequireLayer {
        condition: Condition::Rule(rule),
    }
}

/// Guards a route with a function of the claims and the head of the request.
///
/// Path parameters are not in the head: what depends on them is decided in the handler, with
/// [`VerifiedToken::require`].
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::get};
/// use keycard::guard::require_claims;
///
/// #[derive(serde::Deserialize)]
/// struct Guest { floor: u8 }
///
/// async fn spa() {}
///
/// let app: Router = Router::new().route(
///     "/spa",
///     get(spa).route_layer(require_claims(|guest: &Guest, _head| guest.floor >= 5)),
/// );
/// ```
pub fn require_claims<T, F>(allowed: F) -> RequireLayer
where
    T: DeserializeOwned + Any + Send + Sync,
    F: Fn(&T, RequestHead<'_>) -> bool + Send + Sync + 'static,
{
    RequireLayer {
        condition: Condition::Claims {
            check: Arc::new(move |token, head| {
                let claims = token.shared_claims::<T>()?;
                if allowed(&claims, head) {
                    Ok(())
                } else {
                    let rule = Arc::new(OfClaims(type_name::<T>()));
                    Err(Rejection::forbidden().with_note(Note::Rule(rule)))
                }
            }),
            wanted: type_name::<T>(),
        },
    }
}

type Check = Arc<dyn Fn(&VerifiedToken, RequestHead<'_>) -> Result<(), Rejection> + Send + Sync>;

#[derive(Clone)]
enum Condition {
    Rule(Rule),
    Claims { check: Check, wanted: &'static str },
}

impl Condition {
    fn check(&self, head: RequestHead<'_>) -> Result<(), Rejection> {
        match (Presence::token_of(head.extensions(), "a guard")?, self) {
            (Some(token), Self::Rule(rule)) => rule.check(token),
            (Some(token), Self::Claims { check, .. }) => check(token, head),
            (None, Self::Rule(rule)) => Err(rule.no_credential()),
            (None, Self::Claims { .. }) => Err(RejectionKind::NoCredential.into()),
        }
    }
}

/// What the log says of a check whose text nobody knows: which claims it sees.
struct OfClaims(&'static str);

impl fmt::Debug for OfClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("claims").field(&self.0).finish()
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => rule.fmt(f),
            Self::Claims { wanted, .. } => OfClaims(wanted).fmt(f),
        }
    }
}

/// Layer that refuses requests whose token does not satisfy a rule.
///
/// Stands inside of a [`JwtLayer`](crate::JwtLayer), which finds the token and makes the answer.
///
/// # Examples
///
/// ```
/// use axum::{Router, routing::post};
/// use keycard::guard::RequireLayer;
/// use keycard::require_scope;
///
/// async fn lemonade() {}
/// async fn peanuts() {}
///
/// let minibar: RequireLayer = require_scope("minibar:write");
/// let app: Router = Router::new()
///     .route("/lemonade", post(lemonade).route_layer(minibar.clone()))
///     .route("/peanuts", post(peanuts).route_layer(minibar));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireLayer {
    condition: Condition,
}

impl<S> Layer<S> for RequireLayer {
    type Service = Require<S>;

    fn layer(&self, inner: S) -> Require<S> {
        Require {
            inner,
            condition: self.condition.clone(),
        }
    }
}

/// Service that refuses requests whose token does not satisfy a rule.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use keycard::guard::Require;
/// use keycard::require_scope;
/// use tower::Layer;
///
/// let guarded: Require<Router> = require_scope("minibar:write").layer(Router::new());
/// ```
#[derive(Clone, Debug)]
pub struct Require<S> {
    inner: S,
    condition: Condition,
}

impl<S, B, RB> Service<Request<B>> for Require<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
    RB: AnswerBody,
{
    type Response = Response<RB>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let head = RequestHead::of(&request);
        let grpc = Grpc::of(head);
        match self.condition.check(head) {
            Ok(()) => GuardFuture::calling(self.inner.call(request)),
            Err(rejection) => GuardFuture::refused(rejection, grpc),
        }
    }
}
