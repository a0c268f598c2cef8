//! What can be wrong with an issuer.

use std::time::Duration;

use http::StatusCode;

/// How a [`Provider`](super::Provider) fails those who ask it for keys.
///
/// # Examples
///
/// ```
/// use http::StatusCode;
/// use keycard::testing::{Fault, Provider};
///
/// let idp = Provider::start();
/// idp.break_with(Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
/// // What the application does now is up to its tests.
/// idp.heal();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// Nobody listens: open connections are closed, and new ones are refused. The port stays reserved.
    Refused,
    /// Requests are taken, and never answered. Whoever waits is given up when the clock that fetches go by says so: one of a test
    /// has to be moved.
    Hang,
    /// Every answer has this status.
    Status(StatusCode),
    /// Every answer has this status and a `Retry-After` of so many whole seconds.
    RetryAfter(StatusCode, Duration),
    /// Every answer has the right status and type, and ends in the midst of its JSON.
    Garbage,
    /// The JWK Set is this text. The metadata is as it should be.
    ///
    /// [`Issuer::jwks`](crate::Issuer::jwks) of [`Provider::issuer`](super::Provider::issuer) is what it would be otherwise.
    KeySet(String),
    /// The metadata is this text. The JWK Set is as it should be.
    Metadata(String),
}
