//! Why a key was not accepted.

use std::fmt;
use std::io;

use crate::algorithm::Algorithm;
use crate::error::Outage;

/// Why a key was not accepted. Never contains any part of the key.
///
/// # Examples
///
/// ```
/// use keycard::SigningKey;
/// use keycard::keys::KeyError;
///
/// let advice = match SigningKey::hs256("lemonade") {
///     Err(KeyError::SecretTooShort { needed, .. }) => format!("openssl rand -base64 {needed}"),
///     Err(error) => error.to_string(),
///     Ok(_) => "fine".to_owned(),
/// };
/// assert_eq!(advice, "openssl rand -base64 32");
/// ```
#[non_exhaustive]
#[derive(Clone, Eq, PartialEq)]
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
    /// The algorithm is none of this crate, or does not go with this way to make a key.
    WrongAlgorithm,
    /// The key is well-formed, and for something else than the algorithm.
    OtherKind {
        /// What the key is for: `RSA`, or the name of a curve or of an algorithm.
        found: &'static str,
        /// The algorithm that another kind of key is needed for.
        wanted: Algorithm,
    },
    /// The key is of a kind that no algorithm of this crate works with. The field says which.
    UnsupportedKind(&'static str),
    /// A private key stands where a public one belongs.
    PrivateKey,
    /// A public key stands where a private one belongs.
    PublicKey,
    /// A certificate, or a request for one, stands where a key belongs.
    Certificate,
    /// The key does not say its algorithm, and it has to. Name it, or give the key an `alg`.
    NoAlgorithm,
    /// The key is not well-formed. The field says what is wrong.
    Malformed(&'static str),
    /// A member of a JSON Web Key is missing, or not what it should be.
    Member {
        /// What the member is called.
        name: &'static str,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The text has no PEM section with a key. The field says what it is instead.
    NoPemSection(&'static str),
    /// The private key is encrypted. Decrypt it first.
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

/// Its name, and the sentence: a `main` that returns the error prints this and nothing else.
impl fmt::Debug for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::SecretTooShort { .. } => "SecretTooShort",
            Self::SecretLooksLikeKey => "SecretLooksLikeKey",
            Self::WrongAlgorithm => "WrongAlgorithm",
            Self::OtherKind { .. } => "OtherKind",
            Self::UnsupportedKind(_) => "UnsupportedKind",
            Self::PrivateKey => "PrivateKey",
            Self::PublicKey => "PublicKey",
            Self::Certificate => "Certificate",
            Self::NoAlgorithm => "NoAlgorithm",
            Self::Malformed(_) => "Malformed",
            Self::Member { .. } => "Member",
            Self::NoPemSection(_) => "NoPemSection",
            Self::Encrypted => "Encrypted",
            Self::Weak(_) => "Weak",
            Self::WrongUse => "WrongUse",
            Self::SecretInSet => "SecretInSet",
            Self::Unreadable(_) => "Unreadable",
            Self::Generation => "Generation",
        };
        write!(f, "{name}: {self}")
    }
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
            Self::OtherKind { found, wanted } => {
                let needed = wanted.scheme().key_name();
                write!(
                    f,
                    "this is a key for {found}, and {wanted} needs one for {needed}"
                )
            }
            Self::UnsupportedKind(found) => write!(f, "a key for {found} has no use here"),
            Self::PrivateKey => {
                f.write_str("this is a private key, and the public one is what verifies")
            }
            Self::PublicKey => {
                f.write_str("this is a public key, and the private one is what signs")
            }
            Self::Certificate => f.write_str(
                "this is a certificate: `openssl x509 -noout -pubkey` prints the key in it",
            ),
            Self::NoAlgorithm => f.write_str("the key does not say its algorithm, and it has to"),
            Self::Malformed(what) => write!(f, "the key is malformed: {what}"),
            Self::Member { name, fault } => write!(f, "the key is malformed: {name} {fault}"),
            Self::NoPemSection(found) => write!(f, "no PEM section with a key, but {found}"),
            Self::Encrypted => f.write_str("the private key is encrypted: decrypt it first"),
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
/// use keycard::{Algorithm, SigningKey};
/// use keycard::keys::SignatureError;
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
/// let signature = key.sign(b"room 7")?;
/// let forged = key.verifying_key().verify(Algorithm::EdDSA, b"room 8", &signature);
/// assert_eq!(forged, Err(SignatureError));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "why a signature does not verify, nobody can tell"
)]
pub struct SignatureError;

impl fmt::Debug for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignatureError: {self}")
    }
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl std::error::Error for SignatureError {}

/// Why a message was not signed.
///
/// # Examples
///
/// ```
/// use keycard::SigningKey;
/// use keycard::keys::SigningError;
///
/// fn seal(key: &SigningKey, note: &str) -> Result<Vec<u8>, SigningError> {
///     key.sign(note.as_bytes())
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum SigningError {
    /// The library could not sign, for want of memory or random bytes. It does not say which.
    Library,
    /// The key is held by a [`Signer`](crate::keys::Signer), which takes `sign_async`.
    External,
    /// The signer that holds the key is out of reach, or does not want to sign.
    Unavailable(Outage),
    /// What the signer answered is no signature of its key over the message.
    NotASignature,
}

impl fmt::Debug for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Library => "Library",
            Self::External => "External",
            Self::Unavailable(_) => "Unavailable",
            Self::NotASignature => "NotASignature",
        };
        write!(f, "{name}: {self}")
    }
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Library => "the message could not be signed",
            Self::External => "the key is held by a signer: sign with sign_async",
            Self::Unavailable(_) => "the signer that holds the key is out of reach",
            Self::NotASignature => "the signer answered with no signature of its key",
        })
    }
}

impl std::error::Error for SigningError {}
