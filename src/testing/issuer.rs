//! An issuer without a server, for verifiers that are told its keys.

use std::sync::LazyLock;
use std::time::SystemTime;

use crate::algorithm::Algorithm;
use crate::clock::{Clock, ManualClock, SystemClock};
use crate::issue::Issuer;
use crate::keys::SigningKey;

/// The issuer of the kit, the `iss` claim of its tokens.
pub const ISSUER: &str = "https://desk.example";

/// Whom the tokens of the kit are for, their `aud` claim.
pub const AUDIENCE: &str = "https://rooms.example";

/// One for the process, so that whatever is built in one place of a test fits what is built in another.
static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(Algorithm::ES256).expect("there are random bytes"));

/// Returns an issuer that is ready to sign, and by [`Issuer::verifier`] to verify.
///
/// Each call returns the same one, in effect: all of them share one ES256 key. Its tokens live for 15 minutes.
///
/// # Examples
///
/// ```
/// use keycard::testing;
///
/// let signed = testing::issuer().token("anna").scope("minibar:read").sign()?;
/// let token = testing::issuer().verifier().verify_now(&signed)?;
/// assert!(token.has_scope("minibar:read"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn issuer() -> Issuer {
    issuer_with_clock(SystemClock)
}

/// Returns the same issuer with another clock, which its verifiers read too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::testing;
///
/// let clock = testing::clock();
/// let issuer = testing::issuer_with_clock(clock.clone());
/// let signed = issuer.token("anna").sign()?;
/// assert!(issuer.verifier().verify_now(&signed).is_ok());
///
/// // A token is refused when the leeway is over, too: a minute after it expired.
/// clock.advance(signed.lifetime() + Duration::from_secs(60));
/// assert!(issuer.verifier().verify_now(&signed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn issuer_with_clock(clock: impl Clock) -> Issuer {
    Issuer::builder(KEY.clone())
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .with_clock(clock)
        .build()
        .expect("the settings are fixed")
}

/// Returns a clock that shows the time of this call until it is told otherwise.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::clock::Clock;
/// use keycard::testing;
///
/// let clock = testing::clock();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.now().saturating_since(before), Duration::from_secs(1));
/// ```
pub fn clock() -> ManualClock {
    ManualClock::new(SystemTime::now())
}
