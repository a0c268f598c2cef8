//! The service that the layer puts around another one.

use std::fmt;
use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::future::ResponseFuture;
use crate::answer::AnswerBody;
use crate::gate::{Gate, Verdict};
use crate::request::RequestHead;

/// Service that verifies the token of every request before the service inside sees it.
///
/// Made by [`JwtLayer`](crate::JwtLayer).
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use keycard::layer::Jwt;
/// use keycard::{JwtLayer, testing};
/// use tower::Layer;
///
/// let layer = JwtLayer::new(testing::issuer().verifier());
/// let service: Jwt<Router> = layer.layer(Router::new());
/// ```
#[derive(Clone)]
pub struct Jwt<S> {
    inner: S,
    gate: Gate,
}

impl<S> Jwt<S> {
    pub(super) fn new(inner: S, gate: Gate) -> Self {
        Self { inner, gate }
    }
}

impl<S, B, RB> Service<Request<B>> for Jwt<S>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone,
    RB: AnswerBody,
{
    type Response = Response<RB>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        self.gate.mark_sensitive(request.headers_mut());
        match self.gate.decide(RequestHead::of(&request)) {
            (Verdict::Pass(presence), mut reply) => {
                reply.enter(&mut request, presence);
                ResponseFuture::calling(self.inner.call(request), reply)
            }
            (Verdict::Refuse(rejection), reply) => {
                ResponseFuture::refused(reply.refuse(&rejection))
            }
            (Verdict::Wait(pending), reply) => {
                // The clone was never polled; the service that was goes into the future.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                ResponseFuture::verifying(pending, reply, request, ready)
            }
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Jwt<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
