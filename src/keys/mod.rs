//! Keys: loaded once, bound to their algorithms, ready to use.
//!
//! A [`VerifyingKey`] or [`SigningKey`] is checked and prepared when it is made, and knows which
//! algorithms it may serve; a token can only choose among those (RFC 8725, sections 3.1 and 3.2).
//!
//! - To verify with one key: [`VerifyingKey`], from a secret, PEM, DER, JWK or a certificate. With several: a [`KeySet`],
//!   also from a JWK Set, which a [`KeySetReader`] reads with settings. With keys that live elsewhere and change:
//!   a [`KeySource`], of which the feature `remote` has [one](crate::guide::remote).
//! - To sign: a [`SigningKey`], generated or read, or held by a [`Signer`] from where it cannot be read.
//!
//! [`Verifier::builder`](crate::Verifier::builder) and [`Trust::new`](crate::Trust::new) take all of them, as [`Keys`]. The
//! [chapter on keys](crate::guide::keys) says which to take when.
//!
//! What is refused at load: an HMAC secret shorter than its hash, one that looks like a key, or a path, a variable and the like in its place; RSA
//! under 2048 bits or with a public exponent under 65537; EC points off the curve; Ed25519 keys of
//! small order; a key in a certificate that is not for signatures; an ML-DSA key whose halves do not belong together; a JWK whose `kty`, `crv`, `alg`, `use` or
//! `key_ops` contradict each other. A [`KeyError`] says which it was, and the [`Form`] in it what stands there instead of a
//! key.

mod certificate;
mod components;
mod der;
mod disguise;
mod error;
mod form;
mod jwk;
mod kind;
mod natural;
mod pair;
mod pem;
mod primes;
mod pss;
mod reader;
mod secret;
mod set;
mod shape;
mod signer;
mod signing;
mod source;
mod stand_in;
mod verifying;
mod wiped;

#[cfg(feature = "jsonwebtoken")]
mod jsonwebtoken;

pub use self::error::{KeyError, SignatureError, SigningError};
pub use self::form::Form;
pub use self::reader::KeySetReader;
pub use self::set::{KeySet, SkippedKey};
pub use self::signer::{Signature, Signer};
pub use self::signing::SigningKey;
pub use self::source::{KeySource, Keys, Wanted};
pub use self::verifying::VerifyingKey;
pub use crate::algorithm::{Algorithm, UnknownAlgorithm};
pub use crate::future::BoxFuture;
