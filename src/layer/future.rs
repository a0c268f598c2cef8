//! The way out.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::reply::Reply;
use crate::keys::BoxFuture;
use crate::rejection::Rejection;
use crate::request::{Absent, Presence, Settled};

pin_project! {
    /// Response future of [`Jwt`](crate::Jwt).
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Request;
    /// use keycard::{JwtLayer, ResponseFuture};
    /// use tower::{Layer, Service, ServiceExt};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let key = keycard::SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// # let issuer = keycard::Issuer::builder(key)
    /// #     .issuer("https://desk.example")
    /// #     .audience("https://rooms.example")
    /// #     .build()?;
    /// # let verifier = issuer.verifier();
    /// # let rooms = tower::service_fn(|_: http::Request<()>| async {
    /// #     Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::from("room 7")))
    /// # });
    /// let mut service = JwtLayer::new(verifier).layer(rooms);
    /// let answer: ResponseFuture<_, ()> = service.ready().await?.call(Request::new(()));
    /// assert_eq!(answer.await?.status(), 401);
    /// # Ok(())
    /// # }
    /// ```
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
        reply: Reply,
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
        },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn refused(rejection: &Rejection, reply: Reply) -> Self {
        let response = Some(reply.refusal(rejection));
        Self {
            state: State::Refused { response },
            reply,
        }
    }

    pub(super) fn verifying(
        verifying: BoxFuture<'static, Settled>,
        request: Request<B>,
        inner: S,
        reply: Reply,
    ) -> Self {
        let held = Some((request, inner));
        Self {
            state: State::Verifying { verifying, held },
            reply,
        }
    }

    pub(super) fn calling(calling: S::Future, reply: Reply) -> Self {
        Self {
            state: State::Calling { calling },
            reply,
        }
    }
}

impl<S, B, RB> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<RB>>,
    RB: From<Bytes>,
{
    type Output = Result<Response<RB>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjection::Calling { calling } => {
                    let response = ready!(calling.poll(context))?;
                    return Poll::Ready(Ok(this.reply.finish(response)));
                }
                StateProjection::Refused { response } => {
                    let response = polled_again(response.take());
                    return Poll::Ready(Ok(response.map(RB::from)));
                }
                StateProjection::Verifying { verifying, held } => {
                    let verified = ready!(verifying.as_mut().poll(context));
                    let (mut request, mut inner) = polled_again(held.take());
                    let presence = match verified {
                        Ok(Ok(presence)) => presence,
                        Ok(Err(rejection)) => {
                            let response = Some(this.reply.refusal(&rejection));
                            this.state.set(State::Refused { response });
                            continue;
                        }
                        Err(Absent(cookie)) => {
                            this.reply.forget(cookie);
                            Presence::Anonymous
                        }
                    };
                    request.extensions_mut().insert(presence);
                    let calling = inner.call(request);
                    this.state.set(State::Calling { calling });
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
