//! What a text or some bytes are that turned out to be no key in the form that was expected.

use std::fmt;

/// In which form something was given where a key in another form was expected.
///
/// `Display` says what to do. Nothing of what was given is in it, but for the label of a PEM section.
///
/// # Examples
///
/// ```
/// use keycard::keys::{Form, KeyError};
/// use keycard::{Algorithm, VerifyingKey};
///
/// // A variable that holds where the key is, and not the key.
/// let setting = "/etc/desk/public.pem";
/// let error = VerifyingKey::from_pem(Algorithm::ES256, setting).err();
/// assert_eq!(error, Some(KeyError::OtherForm(Form::Path)));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Form {
    /// Nothing, or white space.
    Empty,
    /// The path of a file.
    Path,
    /// The address of something.
    Address,
    /// The name of a variable that nobody has replaced by its value, such as `${KEY}`.
    Variable,
    /// What stands in examples until somebody puts a value there, such as `<your-secret>`.
    Placeholder,
    /// One byte again and again, or a few of them.
    Repeated,
    /// A PEM section with this label, which is none of a key.
    Section(String),
    /// PEM whose BEGIN and END lines have not five dashes on each side.
    Dashes,
    /// PEM whose line breaks are written as a backslash and an `n`.
    EscapedLineBreaks,
    /// The lines of a PEM section without its BEGIN and END line.
    Body,
    /// Base64 of a key that is a text itself.
    Base64,
    /// PEM, where JSON or DER was expected.
    Pem,
    /// DER, where a text was expected.
    Der,
    /// PKCS#12, which has a certificate in it and most often a private key, behind a password.
    Pkcs12,
    /// Hexadecimal of something.
    Hexadecimal,
    /// A JSON Web Key, where PEM, DER or a JWK Set was expected.
    Jwk,
    /// A JWK Set, where a single key was expected.
    JwkSet,
    /// An object of PEM texts by the `kid` of each, where a single key was expected.
    PemMap,
    /// The metadata of an issuer, which names the address of its JWK Set.
    Metadata,
    /// JSON of another kind.
    Json,
    /// A page in HTML or XML.
    Markup,
    /// A public key as OpenSSH writes it.
    SshPublicKey,
    /// A private key as OpenSSH writes it.
    SshPrivateKey,
    /// A request for a certificate.
    CertificateRequest,
    /// Text in UTF-16.
    Utf16,
    /// Text of another kind.
    Text,
    /// Nothing that is known.
    Unknown,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Section(label) => write!(f, "a PEM section with the label {label}"),
            other => f.write_str(other.sentence()),
        }
    }
}

impl Form {
    /// Says what this is and what to do about it.
    const fn sentence(&self) -> &'static str {
        match self {
            Self::Dashes => {
                "PEM whose BEGIN and END lines do not have five dashes on each side, as in \
                 -----BEGIN PUBLIC KEY-----"
            }
            Self::EscapedLineBreaks => {
                "PEM whose line breaks are written as a backslash and an n: put line breaks there, as \
                 `printf '%b'` does"
            }
            Self::Body => {
                "the lines of a PEM section without its BEGIN and END line: put them around it, or \
                 decode the base64 and give that to VerifyingKey::from_der or SigningKey::from_der"
            }
            Self::Base64 => "base64 of a key: decode it first, as `openssl base64 -d -A` does",
            Self::Pem => {
                "PEM, which VerifyingKey::from_pem reads, or SigningKey::from_pem a private key"
            }
            Self::Der => {
                "DER, which VerifyingKey::from_der reads, or SigningKey::from_der a private key"
            }
            Self::Pkcs12 => {
                "PKCS#12, as files are that end with .p12 or .pfx: `openssl pkcs12 -nokeys -in FILE` prints the \
                 certificate in it as PEM, and `openssl pkcs12 -nocerts -nodes -in FILE` the private key"
            }
            Self::Jwk => {
                "a JSON Web Key, which VerifyingKey::from_jwk reads, or SigningKey::from_jwk a private key"
            }
            Self::JwkSet => "a JWK Set, which KeySet::from_jwks reads",
            Self::PemMap => "PEM texts by the kid of each, which KeySet::from_jwks reads",
            Self::SshPublicKey => {
                "a public key as OpenSSH writes it: `ssh-keygen -e -m PKCS8 -f FILE` prints it as PEM"
            }
            Self::SshPrivateKey => {
                "a private key as OpenSSH writes it: `ssh-keygen -p -m PKCS8 -f FILE` rewrites the file"
            }
            Self::CertificateRequest => {
                "a request for a certificate: `openssl req -noout -pubkey` prints the public key in it"
            }
            other => other.sentence_of_no_key(),
        }
    }

    /// The same of what has no key in it.
    const fn sentence_of_no_key(&self) -> &'static str {
        match self {
            Self::Empty => {
                "an empty text: look whether the file or the variable has something in it"
            }
            Self::Path => "what looks like the path of a file: read the file first",
            Self::Address => "an address: fetch what is there first",
            Self::Variable => "the name of a variable, which nobody has replaced by its value",
            Self::Placeholder => "a placeholder, which nobody has replaced by a value",
            Self::Repeated => {
                "the same again and again: `openssl rand -base64 64` makes a secret for every hash"
            }
            Self::Hexadecimal => "hexadecimal: make bytes of it first, as `xxd -r -p` does",
            Self::Metadata => {
                "the metadata of an issuer: its keys are at the jwks_uri that it names"
            }
            Self::Json => "JSON with something else in it: take the key out of it first",
            Self::Markup => "a page in HTML or XML",
            Self::Utf16 => "text in UTF-16, as PowerShell writes files: write it in UTF-8",
            Self::Text => "a text, and neither PEM nor a JSON Web Key nor base64 of a key",
            _ => "nothing that is known as one",
        }
    }
}
