//! Keys that live elsewhere: JWK Set URLs, discovery, rotation and outages. Behind the feature `remote`.
//!
//! One line trusts an issuer that publishes its keys, such as Keycloak, Auth0, Entra ID, or the front desk of the company:
//!
//! ```no_run
//! use keycard::Verifier;
//! use keycard::remote::RemoteKeys;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::builder(RemoteKeys::discover("https://idp.example").await?)
//!     .audience("https://rooms.example")
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! [`RemoteKeys`] is a [`KeySource`](crate::keys::KeySource) with settings in its [builder](RemoteKeysBuilder). Below it, a [`Fetch`]
//! asks one address; everything else is decided here.
//!
//! # What happens when
//!
//! Every number is a setting with this default.
//!
//! | event | what happens |
//! | --- | --- |
//! | a token with a known key | is verified at once by a snapshot that no writer can lock |
//! | keys become old | they are fetched in the background at 80 % of their time, and up to half of the rest later: 10 minutes, or what `Cache-Control` and `Age` say within 1 minute and 24 hours |
//! | a token with an unknown `kid` | waits for a fetch, one for all who wait, 5 seconds at most, and then goes on |
//! | many unknown `kid`s | cause 2 fetches in 30 seconds; 1,024 that do not exist are remembered. The others are answered with 401 at once, or with 503 if the last fetch failed |
//! | more than 1,024 requests wait | the others are answered with 503 ([`max_waiting`](crate::verify::VerifierBuilder::max_waiting)) |
//! | a fetch fails | the old keys are used for an hour past their time, and then tokens are answered with 503 and `Retry-After`. It is tried again after 30 to 38 seconds, and without keys after 1, 2, 4 seconds and so on, up to 30 |
//! | `Retry-After`, also with 429 | is honoured, up to an hour |
//! | a key is withdrawn | its tokens are refused as soon as the set was fetched |
//! | the answer is too slow, too long, not JSON, no set, without a key, or elsewhere | the fetch failed: 5 seconds for all of it, 512 KiB, 100 keys, no redirects, https |
//! | the verifier is dropped | the task that fetches ends |
//!
//! An answer without a key that can be used counts as failed: else a fault of the issuer would log out everybody.
//!
//! # Starting during an outage
//!
//! [`connect`](RemoteKeysBuilder::connect) fails if there are no keys; [`start`](RemoteKeysBuilder::start) goes on without, and fetches in the
//! background; [`lazy`](RemoteKeysBuilder::lazy) waits for the first token. With a [`seed_file`](RemoteKeysBuilder::seed_file), all
//! three fall back to the last good keys.
//!
//! # Where it runs
//!
//! In the tokio runtime in which it first fetches, with time and IO enabled as `#[tokio::main]` has them; if that one has ended, in
//! the one where the next token comes. One that nobody drives any more, such as a single-threaded one after `block_on`, fetches
//! nothing. Outside of a runtime, tokens are verified with the keys that are there, and one that lacks a key is answered with 503.
//!
//! # What it costs
//!
//! A request with a known key takes as long as ever while a thousand others wait for keys that do not exist, and while the issuer is
//! out of reach: the 99th percentile was 0.98 and 0.90 times that of the same load without, on RS256. In 2,000 rotations with 40,000
//! requests under way no good token was refused, and neither memory nor tasks grew (`cargo bench --bench remote --features remote`). A
//! token that waits for a key holds some 1.2 KiB beside its request (`cargo test --test integration waiting`).
//!
//! [`RemoteKeys::state`] tells how the keys are, and [`RemoteKeys::reload`] fetches them now.

mod address;
mod bearer;
mod builder;
mod client;
mod core;
mod courier;
mod desk;
mod error;
mod fetch;
mod freshness;
mod held;
mod keys;
mod metadata;
mod pace;
mod seed;
mod settings;
mod state;

pub use self::builder::RemoteKeysBuilder;
pub use self::error::{Failure, RemoteError};
pub use self::fetch::{Fetch, FetchError, FetchRequest};
pub use self::keys::RemoteKeys;
pub use self::state::{State, Status};
