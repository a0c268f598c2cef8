//! A way for services whose response body is not made of bytes.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// Layer that lets a service answer with any body, inside of a [`JwtLayer`](crate::JwtLayer) and of guards.
///
/// Services of hyper, of tower-http and of tonic have bodies such as `BoxBody`, of which none can be made of bytes, and an
/// answer of keycard is bytes. Around such a service, this layer turns its body into an [`AnyBody`], which is either.
/// axum does not need it.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::combinators::BoxBody;
/// use http_body_util::{BodyExt, Empty};
/// use keycard::layer::AnyBodyLayer;
/// use keycard::{JwtLayer, testing};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// async fn files(_: Request<()>) -> Result<Response<BoxBody<Bytes, std::io::Error>>, std::io::Error> {
///     Ok(Response::new(Empty::new().map_err(|never| match never {}).boxed()))
/// }
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let guarded = ServiceBuilder::new()
///         .layer(JwtLayer::new(testing::issuer().verifier()))
///         .layer(AnyBodyLayer::new())
///         .service(service_fn(files));
///     let answer = guarded.oneshot(Request::new(())).await?;
///     assert_eq!(answer.status(), 401);
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct AnyBodyLayer {
    _private: (),
}

impl AnyBodyLayer {
    /// Creates the layer.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::layer::AnyBodyLayer;
    /// use keycard::{JwtLayer, testing};
    /// use tower::ServiceBuilder;
    ///
    /// let jwt = JwtLayer::new(testing::issuer().verifier());
    /// let around_files = ServiceBuilder::new().layer(jwt).layer(AnyBodyLayer::new());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }
}

impl<S> Layer<S> for AnyBodyLayer {
    type Service = AnyBodyService<S>;

    fn layer(&self, inner: S) -> AnyBodyService<S> {
        AnyBodyService { inner }
    }
}

/// Service whose body is an [`AnyBody`]. Made by [`AnyBodyLayer`].
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use keycard::layer::{AnyBodyLayer, AnyBodyService};
/// use tower::Layer;
///
/// let service: AnyBodyService<Router> = AnyBodyLayer::new().layer(Router::new());
/// ```
#[derive(Clone, Debug)]
pub struct AnyBodyService<S> {
    inner: S,
}

impl<S, B, RB> Service<Request<B>> for AnyBodyService<S>
where
    S: Service<Request<B>, Response = Response<RB>>,
{
    type Response = Response<AnyBody<RB>>;
    type Error = S::Error;
    type Future = AnyBodyFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let calling = self.inner.call(request);
        AnyBodyFuture { calling }
    }
}

pin_project! {
    /// Response future of [`AnyBodyService`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::layer::AnyBodyFuture;
    ///
    /// // For a service of yours that names the type of its future.
    /// struct Timed<F> {
    ///     inner: AnyBodyFuture<F>,
    ///     since: std::time::Instant,
    /// }
    /// ```
    pub struct AnyBodyFuture<F> {
        #[pin]
        calling: F,
    }
}

impl<F, RB, E> Future for AnyBodyFuture<F>
where
    F: Future<Output = Result<Response<RB>, E>>,
{
    type Output = Result<Response<AnyBody<RB>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().calling.poll(context))?;
        Poll::Ready(Ok(response.map(|inner| AnyBody {
            either: Either::Inner { inner },
        })))
    }
}

pin_project! {
    /// The body of a service, or an answer of keycard.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http_body_util::{BodyExt, Empty};
    /// use keycard::layer::AnyBody;
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() {
    ///     let answer: AnyBody<Empty<Bytes>> = Bytes::from("no entry").into();
    ///     let Ok(collected) = answer.collect().await;
    ///     assert_eq!(collected.to_bytes(), "no entry");
    /// }
    /// ```
    pub struct AnyBody<B> {
        #[pin]
        either: Either<B>,
    }
}

pin_project! {
    #[project = EitherProjection]
    enum Either<B> {
        Answer {
            // Nothing when it has been sent.
            bytes: Option<Bytes>,
        },
        Inner {
            #[pin]
            inner: B,
        },
    }
}

impl<B> From<Bytes> for AnyBody<B> {
    fn from(bytes: Bytes) -> Self {
        let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        Self {
            either: Either::Answer { bytes },
        }
    }
}

impl<B> Body for AnyBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        match self.project().either.project() {
            EitherProjection::Inner { inner } => inner.poll_frame(context),
            EitherProjection::Answer { bytes } => {
                let data = bytes.take().map(B::Data::from);
                Poll::Ready(data.map(|data| Ok(Frame::data(data))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.either {
            Either::Inner { inner } => inner.is_end_stream(),
            Either::Answer { bytes } => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.either {
            Either::Inner { inner } => inner.size_hint(),
            Either::Answer { bytes } => {
                let length = bytes.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(length.try_into().unwrap_or(u64::MAX))
            }
        }
    }
}

impl<F> fmt::Debug for AnyBodyFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyBodyFuture").finish_non_exhaustive()
    }
}

impl<B> fmt::Debug for AnyBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_answer = matches!(self.either, Either::Answer { .. });
        f.debug_struct("AnyBody")
            .field("is_answer", &is_answer)
            .finish_non_exhaustive()
    }
}
