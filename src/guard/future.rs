//! The way out of a guard.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use crate::answer::{AnswerBody, Grpc, bare};
use crate::rejection::Rejection;

pin_project! {
    /// Response future of guards.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::guard::GuardFuture;
    ///
    /// // For a service of yours that stands around a guard and names the type of its future.
    /// struct Timed<F> {
    ///     inner: GuardFuture<F>,
    ///     since: std::time::Instant,
    /// }
    /// ```
    #[derive(Debug)]
    pub struct GuardFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Refused {
            // Why, and which protocol is to understand it.
            rejection: Option<(Rejection, Option<Grpc>)>,
        },
        Calling {
            #[pin]
            calling: F,
        },
    }
}

impl<F> GuardFuture<F> {
    pub(super) fn calling(calling: F) -> Self {
        Self {
            state: State::Calling { calling },
        }
    }

    pub(super) fn refused(rejection: Rejection, grpc: Option<Grpc>) -> Self {
        Self {
            state: State::Refused {
                rejection: Some((rejection, grpc)),
            },
        }
    }
}

impl<F, RB, E> Future for GuardFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
    RB: AnswerBody,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project().state.project() {
            StateProjection::Calling { calling } => calling.poll(context),
            StateProjection::Refused { rejection } => {
                #[expect(clippy::expect_used, reason = "the contract of futures")]
                let (rejection, grpc) = rejection
                    .take()
                    .expect("GuardFuture polled after completion");
                Poll::Ready(Ok(bare(rejection, grpc)))
            }
        }
    }
}
