//! Why a key was not accepted.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::form::Form;
use crate::algorithm::Algorithm;
use crate::error::Outage;

/// What is wrong with the weak keys that there are most of.
pub(super) const SHORT_RSA: &str = "an RSA modulus under 2048 bits";

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
    /// A certificate stands where a private key belongs.
    Certificate,
    /// The certificate says that its key is not for signatures: its keyUsage has no digitalSignature (RFC 5280, section
    /// 4.2.1.3).
    CertificateUse,
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
    /// It is not in the form that was expected. The field says in which one it is.
    OtherForm(Form),
    /// The private key is encrypted. Decrypt it first.
    Encrypted,
    /// The key is well-formed but too weak to be used. The field says why.
    Weak(&'static str),
    /// `use` or `key_ops` of the key do not allow what it is loaded for.
    WrongUse,
    /// The `use` of the key is one that RFC 7517 does not have, such as the `jwt-svid` of SPIFFE.
    /// [`KeySetReader::signing_use`](super::KeySetReader::signing_use) makes it one for signatures.
    UnknownUse,
    /// A secret key stands in a JWK Set. Load it as a single key.
    SecretInSet,
    /// The set has more keys than [`KeySetReader::max_keys`](super::KeySetReader::max_keys) allows.
    TooManyKeys {
        /// How many it has.
        found: usize,
    },
    /// The file could not be read.
    Unreadable {
        /// The path of the file, as it was given.
        file: PathBuf,
        /// Why.
        kind: io::ErrorKind,
    },
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
            Self::OtherForm(_) => "OtherForm",
            Self::CertificateUse => "CertificateUse",
            Self::UnknownUse => "UnknownUse",
            Self::Encrypted => "Encrypted",
            Self::Weak(_) => "Weak",
            Self::WrongUse => "WrongUse",
            Self::SecretInSet => "SecretInSet",
            Self::TooManyKeys { .. } => "TooManyKeys",
            Self::Unreadable { .. } => "Unreadable",
            Self::Generation => "Generation",
        };
        write!(f, "{name}: {self}")
    }
}

impl KeyError {
    /// Returns the sentence of an error that says the same each time.
    const fn sentence(&self) -> &'static str {
        match self {
            Self::SecretLooksLikeKey => {
                "the secret looks like an asymmetric key: load it as one, a public key with \
                 VerifyingKey::from_pem and its like, a private one with SigningKey::from_pem"
            }
            Self::WrongAlgorithm => {
                "the algorithm does not go with this key: HS256 and its like work with a secret, all others \
                 with a key pair, and none for encryption is known here"
            }
            Self::PrivateKey => {
                "this is a private key, and the public one is what verifies: `openssl pkey -pubout` \
                 prints it"
            }
            Self::PublicKey => "this is a public key, and the private one is what signs",
            Self::Certificate => {
                "this is a certificate, which has the public key in it, and the private one is what signs"
            }
            Self::CertificateUse => {
                "the certificate says that its key is not for signatures: its keyUsage has no \
                 digitalSignature"
            }
            Self::NoAlgorithm => "the key does not say its algorithm, and it has to",
            Self::Encrypted => {
                "the private key is encrypted: `openssl pkey -in FILE -out PLAIN` decrypts it"
            }
            Self::WrongUse => "use or key_ops of the key do not allow this",
            Self::UnknownUse => {
                "use of the key is neither sig nor enc: KeySetReader::signing_use names one that is for \
                 signatures too"
            }
            Self::SecretInSet => "a secret key in a JWK Set is never used: load it as a single key",
            Self::Generation => "no key could be generated",
            Self::SecretTooShort { .. }
            | Self::OtherKind { .. }
            | Self::UnsupportedKind(_)
            | Self::Malformed(_)
            | Self::Member { .. }
            | Self::OtherForm(_)
            | Self::Weak(_)
            | Self::TooManyKeys { .. }
            | Self::Unreadable { .. } => "the key cannot be used",
        }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretTooShort { algorithm, needed } => write!(
                f,
                "a secret for {algorithm} must have at least {needed} bytes: `openssl rand -base64 \
                 {needed}` makes one"
            ),
            Self::OtherKind { found, wanted } => {
                let needed = wanted.scheme().key_name();
                write!(
                    f,
                    "this is a key for {found}, and {wanted} needs one for {needed}"
                )?;
                algorithms_of(found)
                    .enumerate()
                    .try_for_each(|(place, algorithm)| match place {
                        0 => write!(f, "; it goes with {algorithm}"),
                        _ => write!(f, ", {algorithm}"),
                    })
            }
            Self::UnsupportedKind(found) => write!(f, "a key for {found} has no use here"),
            Self::Malformed(what) => write!(f, "the key is malformed: {what}"),
            Self::Member { name, fault } => write!(f, "the key is malformed: {name} {fault}"),
            Self::OtherForm(form) => write!(f, "this is no key, but {form}"),
            Self::Weak(SHORT_RSA) => write!(
                f,
                "the key is too weak: {SHORT_RSA}; `openssl genpkey -algorithm RSA -pkeyopt \
                 rsa_keygen_bits:3072` makes a longer one"
            ),
            Self::TooManyKeys { found } => {
                write!(f, "the set has {found} keys, more than max_keys allows")
            }
            Self::Weak(why) => write!(f, "the key is too weak: {why}"),
            Self::Unreadable { file, kind } => {
                write!(f, "the file {} could not be read: {kind}", file.display())
            }
            other => f.write_str(other.sentence()),
        }
    }
}

/// Returns the algorithms that a kind of key goes with.
fn algorithms_of(kind: &str) -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL
        .into_iter()
        .filter(move |algorithm| algorithm.scheme().key_name() == kind)
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
    /// What the signer answered is in another form than it says. The field says in which.
    OtherForm(&'static str),
    /// What the signer answered is no signature of its key over the message.
    NotASignature,
}

impl fmt::Debug for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Library => "Library",
            Self::External => "External",
            Self::Unavailable(_) => "Unavailable",
            Self::OtherForm(_) => "OtherForm",
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
            Self::OtherForm(found) => return write!(f, "the signer answered with {found}"),
            Self::NotASignature => "the signer answered with no signature of its key",
        })
    }
}

impl std::error::Error for SigningError {}
