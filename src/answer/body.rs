//! Bodies that an answer can have.

use bytes::Bytes;

/// A response body that can hold an answer of keycard: every type that implements `From<Bytes>`, such as axum's `Body`
/// and `Full<Bytes>`.
///
/// A body of another type becomes one in [`AnyBodyLayer`](crate::layer::AnyBodyLayer).
///
/// # Examples
///
/// ```
/// use http::Response;
/// use keycard::answer::AnswerBody;
/// use keycard::gate::Gate;
/// use keycard::request::RequestHead;
///
/// fn refusal<B: AnswerBody>(gate: &Gate, head: RequestHead<'_>) -> Option<Response<B>> {
///     match gate.decide(head) {
///         (keycard::gate::Verdict::Refuse(why), reply) => Some(reply.refuse(&why).map(B::from_bytes)),
///         _ => None,
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the response body `{Self}` cannot hold an answer of keycard",
    label = "this service answers with `{Self}`, which is not made of bytes",
    note = "put `keycard::layer::AnyBodyLayer` between the service and the layers of keycard: \
            `ServiceBuilder::new().layer(jwt).layer(AnyBodyLayer::new()).service(..)`"
)]
pub trait AnswerBody: Sized {
    /// Makes a body of the bytes of an answer.
    fn from_bytes(bytes: Bytes) -> Self;
}

#[diagnostic::do_not_recommend]
impl<B: From<Bytes>> AnswerBody for B {
    fn from_bytes(bytes: Bytes) -> Self {
        Self::from(bytes)
    }
}
