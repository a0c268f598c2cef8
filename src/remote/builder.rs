//! Settings, checked before anything is asked.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::address::{self, PlainHttp};
use super::client::DefaultClient;
use super::error::RemoteError;
use super::fetch::Fetch;
use super::keys::RemoteKeys;
use super::settings::{Numbers, Place, Settings};
use crate::clock::{SystemClock, Timer};
use crate::keys::KeySetReader;

/// Where to start.
impl RemoteKeys {
    /// Finds the keys of an issuer by its metadata, and fetches them: OpenID Connect Discovery and RFC 8414.
    ///
    /// The issuer is the `iss` claim of its tokens to the letter, which is [demanded](crate::keys::KeySource::issuer) of them from here
    /// on. This is [`builder`](Self::builder) and [`connect`](RemoteKeysBuilder::connect), with every setting at its
    /// default.
    ///
    /// # Errors
    ///
    /// The issuer is invalid, is out of reach, or has no key that can be used. `Display` says what to do.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::remote::RemoteKeys;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = RemoteKeys::discover("https://id.example/realms/hotel").await?;
    /// println!("{:?}", keys.state());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn discover(issuer: impl Into<String>) -> Result<Self, RemoteError> {
        Self::builder(issuer).connect().await
    }

    /// Fetches the keys at an address. Whose they are is for the [trust](crate::Trust::issuer) to say.
    ///
    /// # Errors
    ///
    /// The address is invalid, is out of reach, or has no key that can be used.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::Verifier;
    /// use keycard::remote::RemoteKeys;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = RemoteKeys::jwks("https://desk.example/keys.json").await?;
    /// let verifier = Verifier::builder(keys)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn jwks(url: impl Into<String>) -> Result<Self, RemoteError> {
        Self::jwks_builder(url).connect().await
    }

    /// Starts with an issuer, whose metadata says where the keys are unless a setting does.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = RemoteKeys::builder("https://idp.example")
    ///     .fresh_for(Duration::from_secs(300))
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(issuer: impl Into<String>) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(Some(issuer.into()), None)
    }

    /// Starts with the address of a JWK Set.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let keys = RemoteKeys::jwks_builder("https://desk.example/keys.json").max_keys(10).lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jwks_builder(url: impl Into<String>) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(None, Some(url.into()))
    }
}

/// How keys are fetched, and from where. Ends with [`connect`](Self::connect), [`start`](Self::start) or
/// [`lazy`](Self::lazy).
///
/// The issuer, the address of its metadata and that of its keys are three settings. Tokens name the issuer; in a
/// cluster, both addresses may be others than those that the world sees.
///
/// # Examples
///
/// ```
/// use keycard::remote::RemoteKeys;
///
/// let keys = RemoteKeys::builder("https://id.example/realms/hotel") // as tokens name it
///     .jwks_url("http://keycloak.internal:8080/realms/hotel/protocol/openid-connect/certs")
///     .dangerous_plain_http("keycloak.internal")
///     .lazy()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "build")]
#[must_use]
pub struct RemoteKeysBuilder {
    issuer: Option<String>,
    discovery_url: Option<String>,
    jwks_url: Option<String>,
    numbers: Numbers,
    plain_http: PlainHttp,
    authorities: Vec<Box<[u8]>>,
    bearer_token: Option<PathBuf>,
    seed: Option<PathBuf>,
    reader: KeySetReader,
    fetch: Option<Arc<dyn Fetch>>,
    timer: Arc<dyn Timer>,
}

impl RemoteKeysBuilder {
    fn new(issuer: Option<String>, jwks_url: Option<String>) -> Self {
        Self {
            issuer,
            discovery_url: None,
            jwks_url,
            numbers: Numbers::default(),
            plain_http: PlainHttp::default(),
            authorities: Vec::new(),
            bearer_token: None,
            seed: None,
            reader: KeySetReader::new(),
            fetch: None,
            timer: Arc::new(SystemClock),
        }
    }

    /// Names the issuer of the keys at an address: tokens have to have it as their `iss`.
    ///
    /// The default is that the [trust](crate::Trust::issuer) has to say whose tokens they are for.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::jwks_builder("https://desk.example/keys.json");
    /// let keys = builder.issuer("https://desk.example").lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets where the metadata of the issuer is, whole.
    ///
    /// The default is made of the issuer, and is asked for in this order: `.well-known/openid-configuration` after its path,
    /// `.well-known/oauth-authorization-server` and `.well-known/openid-configuration` before its path, and
    /// `.well-known/oauth-authorization-server` after it (OpenID Connect Discovery, section 4; RFC 8414, sections 3 and 5). The next one
    /// is asked only if there is no metadata at the one before.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example")
    ///     .discovery_url("https://idp.internal/.well-known/openid-configuration");
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn discovery_url(mut self, url: impl Into<String>) -> Self {
        self.discovery_url = Some(url.into());
        self
    }

    /// Sets where the keys are. Metadata is asked for only if `discovery_url` is given as well, and then has to be that of the
    /// issuer.
    ///
    /// The default is the `jwks_uri` of the metadata.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example")
    ///     .jwks_url("https://idp.internal/keys.json");
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.jwks_url = Some(url.into());
        self
    }

    /// Asks this host over http: anybody on the way can then put keys of their own there, and be whoever they like.
    ///
    /// The default is https only, and http to `localhost`, `127.0.0.0/8` and `::1`. Takes a host without a port; each call adds one.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example")
    ///     .jwks_url("http://keys.internal:8080/keys.json")
    ///     .dangerous_plain_http("keys.internal");
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dangerous_plain_http(mut self, host: impl Into<String>) -> Self {
        self.plain_http.allow(&host.into());
        self
    }

    /// Trusts certificates of this authority too, in PEM, for the connections that fetch keys.
    ///
    /// The default is the authorities of the operating system. Each call adds one or several. Not with a client of your own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::remote::RemoteKeys;
    ///
    /// let pem = std::fs::read("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")?;
    /// let builder = RemoteKeys::builder("https://kubernetes.default.svc").certificate_authority(pem);
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn certificate_authority(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.authorities.push(pem.as_ref().into());
        self
    }

    /// Shows the token in this file to whom it asks, read anew each time (RFC 6750, section 2.1).
    ///
    /// It goes to the hosts that were configured only: not to another one that metadata points to. The default is no token.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://kubernetes.default.svc")
    ///     .bearer_token_file("/var/run/secrets/kubernetes.io/serviceaccount/token");
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bearer_token_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.bearer_token = Some(file.into());
        self
    }

    /// Asks by this client: a `reqwest::Client` with settings of yours, or anything that is a [`Fetch`].
    ///
    /// The default is a client with rustls, the authorities of the operating system, and the proxies that the environment names,
    /// of which none is asked for an address of this machine.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let client = reqwest::Client::builder()
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .local_address("127.0.0.1".parse::<std::net::IpAddr>()?)
    ///     .build()?;
    /// let keys = RemoteKeys::builder("https://idp.example").fetch(client).lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fetch(mut self, client: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(client));
        self
    }

    /// Reads sets with these settings, such as keys of another `use`.
    ///
    /// The default is [`KeySetReader::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySetReader;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let spiffe = KeySetReader::new().signing_use("jwt-svid");
    /// let keys = RemoteKeys::jwks_builder("https://spire.example/keys").reader(spiffe).lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reader(mut self, reader: KeySetReader) -> Self {
        self.reader = reader;
        self
    }

    /// Keeps the last good keys in this file, and starts with them if the issuer is out of reach.
    ///
    /// They are as old as they are: a restart lets nobody use keys for longer than [`stale_for`](Self::stale_for). Only the owner can read and
    /// write the file, and whoever can write it decides which tokens are good. Two issuers need two files. The default is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").seed_file("/var/lib/rooms/idp.json");
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn seed_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.seed = Some(file.into());
        self
    }

    /// Sets for how long keys are fresh if the other side does not say so by `Cache-Control`. The default is 10 minutes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").fresh_for(Duration::from_secs(300));
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fresh_for(mut self, time: Duration) -> Self {
        self.numbers.freshness.usual = time;
        self
    }

    /// Sets the bounds of what `Cache-Control` and `Age` may say. The default is from a minute to 24 hours.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example")
    ///     .fresh_within(Duration::from_secs(30), Duration::from_secs(3600));
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fresh_within(mut self, least: Duration, most: Duration) -> Self {
        self.numbers.freshness.least = least;
        self.numbers.freshness.most = most;
        self
    }

    /// Sets after how many percent of that time keys are fetched again, from 10 to 99, so that nobody waits for it. The
    /// default is 80. Up to half of what is left comes on top at random, as instances that started at once would ask at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").refresh_ahead(50);
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refresh_ahead(mut self, percent: u32) -> Self {
        self.numbers.refresh_ahead = percent;
        self
    }

    /// Sets for how long keys are used that are not fresh any more, while they cannot be fetched; zero is allowed.
    ///
    /// For so long an issuer who is out of reach cannot withdraw a key. After that, tokens are answered with 503. The default is an
    /// hour.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").stale_for(Duration::ZERO);
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stale_for(mut self, time: Duration) -> Self {
        self.numbers.stale = time;
        self
    }

    /// Sets how long a fetch may take, metadata and keys together. The default is 5 seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").timeout(Duration::from_secs(2));
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(mut self, time: Duration) -> Self {
        self.numbers.timeout = time;
        self
    }

    /// Sets how long a request waits for a key that is not known yet. After that it is answered with 503. The default is
    /// 5 seconds. How many wait at a time is for [`max_waiting`](crate::verify::VerifierBuilder::max_waiting) to say.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").max_wait(Duration::from_secs(2));
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_wait(mut self, time: Duration) -> Self {
        self.numbers.wait = time;
        self
    }

    /// Sets how many fetches tokens with an unknown `kid` may cause within how long, failed ones counted.
    ///
    /// Anybody can invent one. The default is 2 in 30 seconds: two, so that a rotation right after a fetch is still seen. A `kid` that a
    /// fetch has not found causes no other one for as long.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").unknown_key_fetches(4, Duration::from_secs(60));
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unknown_key_fetches(mut self, fetches: usize, window: Duration) -> Self {
        self.numbers.allowance.fetches = fetches;
        self.numbers.allowance.window = window;
        self
    }

    /// Sets how many of the `kid`s that do not exist are remembered, at some 50 bytes each. The default is 1,024.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").max_remembered(256);
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_remembered(mut self, keys: usize) -> Self {
        self.numbers.allowance.remembered = keys;
        self
    }

    /// Sets how long an answer may be. The default is 512 KiB.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").max_body_bytes(64 * 1024);
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.numbers.body = bytes;
        self
    }

    /// Sets how many keys a set may have, usable or not. The default is 100.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let builder = RemoteKeys::builder("https://idp.example").max_keys(10);
    /// let keys = builder.lazy()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_keys(mut self, keys: usize) -> Self {
        self.numbers.keys = keys;
        self
    }

    /// Takes the time from this clock. The default is that of the operating system.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use keycard::remote::RemoteKeys;
    /// use keycard::testing;
    ///
    /// let clock = testing::clock();
    /// let keys = RemoteKeys::builder("https://idp.example").with_clock(clock.clone()).lazy()?;
    /// clock.advance(Duration::from_secs(600)); // what is due now is fetched
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_clock(mut self, clock: impl Timer) -> Self {
        self.timer = Arc::new(clock);
        self
    }

    /// Fetches the keys, and fails if there are none: neither at the issuer nor in a [`seed_file`](Self::seed_file).
    ///
    /// # Errors
    ///
    /// An invalid setting, or why the keys could not be fetched. `Display` says what to do.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::remote::RemoteKeys;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = RemoteKeys::builder("https://idp.example").connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(self) -> Result<RemoteKeys, RemoteError> {
        let keys = self.lazy()?;
        keys.first_fetch().await?;
        Ok(keys)
    }

    /// Starts to fetch the keys, and does not wait for them: the application starts even if the issuer is out of
    /// reach. Until there are keys, tokens wait for the fetch that is under way, and are answered with 503 if it fails.
    ///
    /// # Errors
    ///
    /// An invalid setting, or no tokio runtime here.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::remote::RemoteKeys;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = RemoteKeys::builder("https://idp.example").start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn start(self) -> Result<RemoteKeys, RemoteError> {
        let keys = self.lazy()?;
        if !keys.start() {
            return Err(RemoteError::configuration(super::keys::NO_RUNTIME));
        }
        Ok(keys)
    }

    /// Asks nobody for anything before the first token comes: for many issuers of which few are in use.
    ///
    /// Whoever reports to be ready only with [usable](super::Status::is_usable) keys never gets that token.
    ///
    /// # Errors
    ///
    /// An invalid setting.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::remote::RemoteKeys;
    ///
    /// let all: Result<Vec<RemoteKeys>, _> = (1..=100)
    ///     .map(|tenant| RemoteKeys::builder(format!("https://idp.example/{tenant}")).lazy())
    ///     .collect();
    /// assert_eq!(all?.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lazy(self) -> Result<RemoteKeys, RemoteError> {
        check(&self.numbers)?;
        self.plain_http.check()?;
        let place = self.place()?;
        let fetch = match self.fetch {
            Some(fetch) if self.authorities.is_empty() => fetch,
            Some(_) => {
                return Err(RemoteError::configuration(
                    "certificate_authority is for the client that is there by default: name the authority to yours",
                ));
            }
            None => Arc::new(DefaultClient::new(&self.authorities)?),
        };
        Ok(RemoteKeys::new(Settings {
            place,
            numbers: self.numbers,
            plain_http: self.plain_http,
            bearer_token: self.bearer_token,
            seed: self.seed,
            reader: self.reader,
            fetch,
            timer: self.timer,
        }))
    }

    fn place(&self) -> Result<Place, RemoteError> {
        let demanded = |what, text: &str| {
            let url = address::parse(what, text)?;
            self.plain_http.demand(what, &url)?;
            Ok(url)
        };
        let keys = self.jwks_url.as_deref();
        let keys = keys.map(|url| demanded("jwks_url", url)).transpose()?;
        let metadata = match (&self.discovery_url, &self.issuer, &keys) {
            (Some(url), _, _) => vec![demanded("discovery_url", url)?],
            (None, Some(issuer), None) => {
                let url = address::issuer(issuer)?;
                self.plain_http.demand("the issuer", &url)?;
                address::of_metadata(&url)
            }
            (None, _, _) => Vec::new(),
        };
        if self.issuer.as_deref() == Some("") {
            return Err(RemoteError::configuration("the issuer is empty"));
        }
        Ok(Place {
            issuer: self.issuer.as_deref().map(Box::from),
            metadata,
            keys,
        })
    }
}

/// A time that nobody can have meant would make a timer that never goes off, or one that never stops.
fn check(numbers: &Numbers) -> Result<(), RemoteError> {
    const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
    let second = Duration::from_secs(1);
    let freshness = &numbers.freshness;
    for (fits, what) in [
        ((second..=YEAR).contains(&freshness.least), "fresh_within"),
        (
            (freshness.least..=YEAR).contains(&freshness.most),
            "fresh_within",
        ),
        ((second..=YEAR).contains(&freshness.usual), "fresh_for"),
        ((10..=99).contains(&numbers.refresh_ahead), "refresh_ahead"),
        (numbers.stale <= YEAR, "stale_for"),
        (is_a_while(numbers.timeout), "timeout"),
        (is_a_while(numbers.wait), "max_wait"),
        (
            (1..=1000).contains(&numbers.allowance.fetches),
            "unknown_key_fetches",
        ),
        (
            (second..=YEAR).contains(&numbers.allowance.window),
            "unknown_key_fetches",
        ),
        (numbers.allowance.remembered <= 1 << 20, "max_remembered"),
        ((1..=1 << 26).contains(&numbers.body), "max_body_bytes"),
        ((1..=100_000).contains(&numbers.keys), "max_keys"),
    ] {
        if !fits {
            return Err(RemoteError::configuration(format!(
                "the setting {what} is out of range"
            )));
        }
    }
    Ok(())
}

/// For how long somebody may wait who wants an answer.
fn is_a_while(time: Duration) -> bool {
    (Duration::from_millis(1)..=Duration::from_secs(300)).contains(&time)
}

impl fmt::Debug for RemoteKeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeysBuilder").finish_non_exhaustive()
    }
}
