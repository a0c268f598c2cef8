//! An issuer that publishes its keys on loopback, and does what can happen to one.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use super::hold::Hold;
use super::issuer::AUDIENCE;
use super::script::{Place, Script};
use super::server::Port;
use crate::algorithm::Algorithm;
use crate::clock::{Clock, SystemClock};
use crate::issue::{Issuer, TokenBuilder};

/// An issuer that serves its metadata and its JWK Set on loopback, for the tests of whatever fetches keys.
///
/// It signs for real, and publishes the keys that it signs with. There is no login and no token endpoint: the test asks
/// for [tokens](Self::token). It serves from a thread of its own, so that several tests can share one in a static; when it is dropped,
/// the thread has ended and the port is free.
///
/// # Examples
///
/// An application that takes its keys from an issuer, before and after a rotation:
///
/// ```
/// use keycard::Verifier;
/// use keycard::remote::RemoteKeys;
/// use keycard::testing::{self, Provider};
///
/// #[tokio::main(flavor = "current_thread")] // in a test: #[tokio::test]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let idp = Provider::start();
///     let clock = testing::clock();
///     let keys = RemoteKeys::builder(idp.url()).with_clock(clock.clone()).connect().await?;
///     let verifier = Verifier::builder(keys).audience(testing::AUDIENCE).build()?;
///
///     assert!(verifier.verify(&idp.token("anna").sign()?).await.is_ok());
///     idp.rotate();
///     assert!(verifier.verify(&idp.token("anna").sign()?).await.is_ok());
///     assert_eq!((idp.metadata_fetches(), idp.key_fetches()), (1, 2));
///     Ok(())
/// }
/// ```
#[doc(alias("idp", "mock", "wiremock"))]
pub struct Provider {
    script: Arc<Script>,
    port: Mutex<Port>,
}

impl Provider {
    /// Starts an issuer with an ES256 key, the clock of the system and no path.
    ///
    /// # Panics
    ///
    /// There is no port, no thread or no socket left.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing::Provider;
    ///
    /// let idp = Provider::start();
    /// assert!(idp.url().starts_with("http://127.0.0.1:"));
    /// ```
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts to describe another one.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Algorithm;
    /// use keycard::testing::Provider;
    ///
    /// let keycloak = Provider::builder().algorithm(Algorithm::RS256).path("/realms/hotel").start();
    /// assert!(keycloak.url().ends_with("/realms/hotel"));
    /// ```
    pub fn builder() -> ProviderBuilder {
        ProviderBuilder {
            algorithm: Algorithm::ES256,
            audience: AUDIENCE.into(),
            path: Box::default(),
            clock: Arc::new(SystemClock),
        }
    }

    fn port(&self) -> MutexGuard<'_, Port> {
        self.port.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the address of the issuer, which is the `iss` claim of its tokens.
    pub fn url(&self) -> String {
        self.script.place().issuer()
    }

    /// Returns the address of the JWK Set, which the metadata names as `jwks_uri`.
    pub fn jwks_url(&self) -> String {
        self.script.place().keys()
    }

    /// Returns the issuer as it signs now. What it signs stays of the same key, whatever happens afterwards.
    pub fn issuer(&self) -> Issuer {
        self.script.issuer()
    }

    /// Starts a token by the key that signs now.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing::Provider;
    ///
    /// let idp = Provider::start();
    /// let token = idp.token("anna").scope("minibar:read").sign()?;
    /// assert!(idp.issuer().verifier().verify_now(&token)?.has_scope("minibar:read"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn token(&self, subject: impl Into<String>) -> TokenBuilder {
        self.issuer().token(subject)
    }

    /// Signs with a new key from now on. Those of before stay published, and their tokens good.
    pub fn rotate(&self) {
        self.script.rotate();
    }

    /// Publishes nothing but the key that signs now: the tokens of those before are refused by whoever fetches the set.
    pub fn withdraw(&self) {
        self.script.withdraw();
    }

    /// Fails those who ask from now on, until it is told to [`heal`](Self::heal). A second fault takes the place of the first.
    ///
    /// # Examples
    ///
    /// An outage of the issuer is none of the application, and no reason to log anybody out:
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::Verifier;
    /// use keycard::remote::{RemoteKeys, Status};
    /// use keycard::testing::{self, Fault, Provider};
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let idp = Provider::start();
    ///     let keys = RemoteKeys::discover(idp.url()).await?;
    ///     let verifier = Verifier::builder(keys.clone()).audience(testing::AUDIENCE).build()?;
    ///
    ///     idp.break_with(Fault::Refused);
    ///     assert!(keys.reload().await.is_err());
    ///     assert!(verifier.verify(&idp.token("anna").sign()?).await.is_ok());
    ///     Ok(())
    /// }
    /// ```
    pub fn break_with(&self, fault: Fault) {
        let mut port = self.port();
        if fault == Fault::Refused {
            port.close();
            self.script.set_fault(Some(fault));
        } else {
            self.script.set_fault(Some(fault));
            port.open(&self.script);
        }
    }

    /// Answers as it should again. What [`Fault::Hang`] has left without an answer stays so.
    pub fn heal(&self) {
        let mut port = self.port();
        self.script.set_fault(None);
        port.open(&self.script);
    }

    /// Holds back the answer to whoever asks from now on, until that is released: a test sees that somebody waits,
    /// and needs no time for it.
    ///
    /// # Examples
    ///
    /// Ten requests with a key that nobody knows yet cause one fetch:
    ///
    /// ```
    /// use keycard::Verifier;
    /// use keycard::remote::RemoteKeys;
    /// use keycard::testing::{self, Provider};
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let idp = Provider::start();
    ///     let keys = RemoteKeys::discover(idp.url()).await?;
    ///     let verifier = Verifier::builder(keys).audience(testing::AUDIENCE).build()?;
    ///
    ///     idp.rotate();
    ///     let hold = idp.hold();
    ///     let mut requests = tokio::task::JoinSet::new();
    ///     for guest in 0..10 {
    ///         let (verifier, token) = (verifier.clone(), idp.token(format!("{guest}")).sign()?);
    ///         requests.spawn(async move { verifier.verify(&token).await.is_ok() });
    ///     }
    ///     hold.until_waiting(1).await;
    ///     hold.release();
    ///     assert!(requests.join_all().await.into_iter().all(|let_in| let_in));
    ///     assert_eq!(idp.key_fetches(), 2);
    ///     Ok(())
    /// }
    /// ```
    pub fn hold(&self) -> Hold {
        let (hold, bar) = Hold::new();
        self.script.set_bar(bar);
        hold
    }

    /// Returns how often somebody has asked for the metadata, whatever was answered. A request that was refused a connection
    /// is not seen.
    pub fn metadata_fetches(&self) -> usize {
        *self.script.metadata_fetches.borrow()
    }

    /// Returns how often somebody has asked for the JWK Set, whatever was answered.
    pub fn key_fetches(&self) -> usize {
        *self.script.key_fetches.borrow()
    }

    /// Waits until the JWK Set was asked for so often: for what happens in the background after a clock was moved. Whoever asked
    /// has not taken the answer yet: `RemoteKeys::settled` waits for that.
    pub async fn until_key_fetches(&self, times: usize) {
        let mut count = self.script.key_fetches.subscribe();
        let _ = count.wait_for(|count| *count >= times).await;
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// How a [`Provider`] is. Ends with [`start`](Self::start).
///
/// # Examples
///
/// ```
/// use keycard::testing::{self, Provider};
///
/// let clock = testing::clock();
/// let idp = Provider::builder().with_clock(clock).audience("rooms").start();
/// ```
#[must_use]
pub struct ProviderBuilder {
    algorithm: Algorithm,
    audience: Box<str>,
    path: Box<str>,
    clock: Arc<dyn Clock>,
}

impl ProviderBuilder {
    /// Sets what it signs with. The default is ES256. A secret cannot be published: HS256, HS384 and HS512 have no keys to fetch.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Algorithm;
    /// use keycard::testing::Provider;
    ///
    /// let idp = Provider::builder().algorithm(Algorithm::EdDSA).start();
    /// assert!(idp.issuer().jwks().contains("OKP"));
    /// ```
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets whom its tokens are for, unless [`TokenBuilder::audience`] says otherwise. The default is
    /// [`AUDIENCE`](super::AUDIENCE).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing::Provider;
    ///
    /// let idp = Provider::builder().audience("rooms").start();
    /// let token = idp.issuer().verifier().verify_now(&idp.token("anna").sign()?)?;
    /// assert!(token.payload().contains("rooms"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into().into();
        self
    }

    /// Sets the path of the issuer, such as `/realms/hotel`, or `/` for one whose name ends with a slash. The default is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing::Provider;
    ///
    /// let auth0 = Provider::builder().path("/").start();
    /// assert!(auth0.url().ends_with('/'));
    /// ```
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into().into();
        self
    }

    /// Takes the time that it signs from this clock. The default is that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::testing::{self, Provider};
    ///
    /// let clock = testing::clock();
    /// let idp = Provider::builder().with_clock(clock.clone()).start();
    /// let token = idp.token("anna").sign()?;
    /// clock.advance(token.lifetime() + Duration::from_secs(60));
    /// assert!(idp.issuer().verifier().verify_now(&token).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// There is no port, no thread or no socket left; the algorithm has no keys that can be published; or the path does
    /// not begin with a slash.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::testing::Provider;
    ///
    /// let (ours, theirs) = (Provider::builder().start(), Provider::builder().start());
    /// assert_ne!(ours.url(), theirs.url());
    /// ```
    pub fn start(self) -> Provider {
        assert!(
            self.path.is_empty() || self.path.starts_with('/'),
            "the path of an issuer begins with a slash"
        );
        let mut port = Port::new();
        let place = Place::new(port.origin(), &self.path);
        let script = Script::new(place, &self.audience, self.algorithm, self.clock);
        let script = Arc::new(script);
        port.open(&script);
        let port = Mutex::new(port);
        Provider { script, port }
    }
}

/// Does not show what it signs with.
impl fmt::Debug for ProviderBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderBuilder")
            .field("algorithm", &self.algorithm)
            .field("audience", &self.audience)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
