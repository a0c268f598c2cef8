//! Futures, and what is done with them.

use std::future::Future;
use std::pin::Pin;

/// A boxed future, so that a trait with an asynchronous method can be an object.
///
/// # Examples
///
/// ```
/// use keycard::keys::BoxFuture;
/// use keycard::verify::Outage;
///
/// // An asynchronous function whose type has a name.
/// fn look_again(shelf: &str) -> BoxFuture<'_, Result<(), Outage>> {
///     Box::pin(async move {
///         println!("is there a new key on {shelf}?");
///         Ok(())
///     })
/// }
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Waits for `work`, until `limit` comes first. Returns nothing then.
#[cfg(any(feature = "remote", feature = "testing"))]
pub(crate) async fn before<T>(
    limit: impl Future<Output = ()>,
    work: impl Future<Output = T>,
) -> Option<T> {
    use std::task::Poll;

    let (mut limit, mut work) = (std::pin::pin!(limit), std::pin::pin!(work));
    std::future::poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        limit.as_mut().poll(context).map(|()| None)
    })
    .await
}
