//! The way out.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::answer::AnswerBody;
use crate::future::BoxFuture;
use crate::gate::{Pending, Reply};
use crate::rejection::Rejection;
use crate::request::Presence;

/// What came of a token that had to wait, and the rest of its request.
type Settled = (Result<Presence, Rejection>, Reply);

pin_project! {
    /// Response future of [`Jwt`](crate::layer::Jwt).
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::layer::{Jwt, ResponseFuture};
    /// use tower::Service;
    ///
    /// // For a service of yours that stands around the layer and names the type of its future.
    /// struct Timed<S: Service<Request<()>>> {
    ///     inner: ResponseFuture<S, ()>,
    ///     since: std::time::Instant,
    /// }
    /// ```
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        Refused {
            response: Option<Response<Bytes>>,
        },
        Verifying {
            verifying: BoxFuture<'static, Settled>,
            held: Option<(Request<B>, S)>,
        },
        Calling {
            #[pin]
            calling: S::Future,
            reply: Reply,
        },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn refused(response: Response<Bytes>) -> Self {
        let response = Some(response);
        Self {
            state: State::Refused { response },
        }
    }

    pub(super) fn verifying(pending: Pending, reply: Reply, request: Request<B>, inner: S) -> Self {
        let held = Some((request, inner));
        let verifying = Box::pin(pending.settle(reply));
        Self {
            state: State::Verifying { verifying, held },
        }
    }

    pub(super) fn calling(calling: S::Future, reply: Reply) -> Self {
        Self {
            state: State::Calling { calling, reply },
        }
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<RB>>,
    RB: AnswerBody,
{
    type Output = Result<Response<RB>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjection::Calling { calling, reply } => {
                    let response = ready!(calling.poll(context))?;
                    return Poll::Ready(Ok(reply.finish(response)));
                }
                StateProjection::Refused { response } => {
                    let response = polled_again(response.take());
                    return Poll::Ready(Ok(response.map(RB::from_bytes)));
                }
                StateProjection::Verifying { verifying, held } => {
                    let (settled, mut reply) = ready!(verifying.as_mut().poll(context));
                    let (mut request, mut inner) = polled_again(held.take());
                    let next = match settled {
                        Ok(presence) => {
                            reply.enter(&mut request, presence);
                            let calling = inner.call(request);
                            State::Calling { calling, reply }
                        }
                        Err(rejection) => {
                            let response = Some(reply.refuse(&rejection));
                            State::Refused { response }
                        }
                    };
                    this.state.set(next);
                }
            }
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "the contract of futures: not after they are done"
)]
fn polled_again<T>(value: Option<T>) -> T {
    value.expect("ResponseFuture polled after completion")
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
