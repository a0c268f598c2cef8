//! Why a key was not accepted.

use std::fmt;
use std::io;

use crate::algorithm::Algorithm;

/// Why a key was not accepted. Never contains any part of the key.
///
/// # Examples
///
/// ```
/// use keycard::{KeyError, SigningKey};
///
/// let advice = match SigningKey::hs256("lemonade") {
///     Err(KeyError::SecretTooShort { needed, .. }) => format!("openssl rand -base64 {needed}"),
///     Err(error) => error.to_string(),
///     Ok(_) => "fine".to_owned(),
/// };
/// assert_eq!(advice, "openssl rand -base64 32");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum KeyError {
    /// The secret is shorter than the hash of its algorithm (RFC 7518, section 3.2).
    SecretTooShort {
        /// The algorithm that the secret was given for.
        algorithm: Algorithm,
        /// How many bytes it must have at least.
        needed: usize,
    },
    /// The secret is an asymmetric key, as PEM, DER, JWK or the like: whoever has it could sign.
    SecretLooksLikeKey,
    /// The algorithm does not go with this kind of key, or with this way to make one.
    WrongAlgorithm,
    /// The key does not say its algorithm, and it has to. Name it, or give the key an `alg`.
    NoAlgorithm,
    /// The key is not well-formed. The field says what is wrong.
    Malformed(&'static str),
    /// The text has no PEM section of a kind that is wanted here. The field says what is wanted.
    NoPemSection(&'static str),
    /// The PEM section is encrypted. Decrypt it first.
    Encrypted,
    /// The key is well-formed but too weak to be used. The field says why.
    Weak(&'static str),
    /// `use` or `key_ops` of the key do not allow what it is loaded for.
    WrongUse,
    /// A secret key stands in a JWK Set. Load it as a single key.
    SecretInSet,
    /// The file could not be read.
    Unreadable(io::ErrorKind),
    /// The operating system gave no random bytes, or the library could not make a key of them.
    Generation,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretTooShort { algorithm, needed } => {
                write!(
                    f,
                    "a secret for {algorithm} must have at least {needed} bytes"
                )
            }
            Self::SecretLooksLikeKey => f.write_str(
                "the secret looks like an asymmetric key: load it as one, with from_pem",
            ),
            Self::WrongAlgorithm => f.write_str("the algorithm does not go with this key"),
            Self::NoAlgorithm => f.write_str("the key does not say its algorithm, and it has to"),
            Self::Malformed(what) => write!(f, "the key is malformed: {what}"),
            Self::NoPemSection(wanted) => write!(f, "no PEM section of this kind: {wanted}"),
            Self::Encrypted => f.write_str("the PEM section is encrypted"),
            Self::Weak(why) => write!(f, "the key is too weak: {why}"),
            Self::WrongUse => f.write_str("use or key_ops of the key do not allow this"),
            Self::SecretInSet => {
                f.write_str("a secret key in a JWK Set is never used: load it as a single key")
            }
            Self::Unreadable(kind) => write!(f, "the file could not be read: {kind}"),
            Self::Generation => f.write_str("no key could be generated"),
        }
    }
}

impl std::error::Error for KeyError {}

/// The signature is not one of this key over this message with this algorithm.
///
/// # Examples
///
/// ```
/// use keycard::{Algorithm, SignatureError, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
/// let signature = key.sign(b"room 7")?;
/// let forged = key.verifying_key().verify(Algorithm::EdDSA, b"room 8", &signature);
/// assert_eq!(forged, Err(SignatureError));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SignatureError;

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl std::error::Error for SignatureError {}

/// The library could not sign, for want of memory or random bytes.
///
/// # Examples
///
/// ```
/// use keycard::{SigningError, SigningKey};
///
/// fn seal(key: &SigningKey, note: &str) -> Result<Vec<u8>, SigningError> {
///     key.sign(note.as_bytes())
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SigningError;

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message could not be signed")
    }
}

impl std::error::Error for SigningError {}
