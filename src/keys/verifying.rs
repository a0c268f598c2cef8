//! A key that verifies signatures.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::ParsedPublicKey;

use super::certificate::without_certificate;
use super::components::{Checked, Components};
use super::error::{KeyError, SignatureError};
use super::jwk::{Jwk, KeyType, Purpose, with_jwk};
use super::kind::{expect_public, family_and_algorithms};
use super::pem::{self, Half};
use super::secret::hmac_key;
use crate::algorithm::{Algorithm, AlgorithmSet, Family, PublicScheme};

/// A public key or a shared secret, prepared to verify signatures with the algorithms it is bound to.
///
/// Cheap to clone. `Debug` shows which algorithms it serves and nothing else.
///
/// # Examples
///
/// ```
/// use keycard::{Algorithm, SigningKey, VerifyingKey};
///
/// let secret = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
/// assert!(VerifyingKey::hs256(b"too short").is_err());
///
/// let pair = SigningKey::generate(Algorithm::ES256)?;
/// let public = pair.verifying_key();
/// let signature = pair.sign(b"message")?;
/// assert!(public.verify(Algorithm::ES256, b"message", &signature).is_ok());
/// assert!(public.verify(Algorithm::ES256, b"massage", &signature).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    key_id: Option<Box<str>>,
    algorithms: AlgorithmSet,
    material: Material,
}

#[derive(Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "a few keys live as long as the process"
)]
enum Material {
    Secret(hmac::Key),
    Public {
        components: Components,
        /// One for each algorithm, as each has its own parameters.
        prepared: Box<[(Algorithm, ParsedPublicKey)]>,
    },
}

impl VerifyingKey {
    /// Takes a shared secret for HMAC with SHA-256: 32 bytes or more, random ones, such as `openssl rand
    /// -base64 32` prints. A sentence that people can remember can be guessed, and those of documents,
    /// this one included, are known.
    ///
    /// # Errors
    ///
    /// A secret that is shorter than the hash (RFC 7518, section 3.2), or one that is an asymmetric key
    /// in a form that lies around: PEM, DER, base64 or hexadecimal of it, a certificate, JWK, ssh.
    ///
    /// What evidently stands in the place of a secret is [`KeyError::OtherForm`]: nothing or white space, a few bytes
    /// again and again, the path of a file (`/run/secrets/jwt`), an address, a variable that was not replaced
    /// (`${JWT_SECRET}`, `{{ jwt_secret }}`), a placeholder (`<your-secret>`). It is told by the shape of the whole, which
    /// no secret has that was drawn by chance.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::VerifyingKey;
    /// use keycard::keys::{Form, KeyError};
    ///
    /// let key = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    /// -----END PUBLIC KEY-----";
    /// assert_eq!(VerifyingKey::hs256(pem).err(), Some(KeyError::SecretLooksLikeKey));
    /// let path = VerifyingKey::hs256("/run/secrets/the-jwt-secret-of-the-desk");
    /// assert_eq!(path.err(), Some(KeyError::OtherForm(Form::Path)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_secret(Algorithm::HS256, secret)
    }

    /// Takes a shared secret for HMAC with SHA-384: 48 bytes or more, random ones.
    ///
    /// # Errors
    ///
    /// Those of [`hs256`](Self::hs256).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs384(b"at least forty-eight bytes of it, and random ones")?;
    /// assert!(key.algorithms().eq([Algorithm::HS384]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hs384(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_secret(Algorithm::HS384, secret)
    }

    /// Takes a shared secret for HMAC with SHA-512: 64 bytes or more, random ones.
    ///
    /// # Errors
    ///
    /// Those of [`hs256`](Self::hs256).
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, VerifyingKey};
    ///
    /// let key = VerifyingKey::hs512(
    ///     b"at least sixty-four bytes of it, and, unlike these here, random ones",
    /// )?;
    /// assert!(key.algorithms().eq([Algorithm::HS512]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hs512(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_secret(Algorithm::HS512, secret)
    }

    pub(super) fn from_secret(
        algorithm: Algorithm,
        secret: impl AsRef<[u8]>,
    ) -> Result<Self, KeyError> {
        Ok(Self::from_hmac(
            algorithm,
            hmac_key(algorithm, secret.as_ref())?,
        ))
    }

    pub(super) fn from_hmac(algorithm: Algorithm, key: hmac::Key) -> Self {
        Self::new(
            AlgorithmSet::from_iter([algorithm]),
            Material::Secret(key),
            None,
        )
    }

    /// Reads a public key in PEM: `PUBLIC KEY` (SubjectPublicKeyInfo), `RSA PUBLIC KEY` (PKCS#1) or `CERTIFICATE`.
    ///
    /// PEM does not say the algorithm: name the one that the issuer signs with. Of several sections the first one is
    /// read, and a key that stands there by itself goes before one in a certificate. Private keys are passed over: of a
    /// file with a private key and its certificate the certificate is read, whatever their order, and
    /// [`SigningKey::from_pem`](crate::SigningKey::from_pem) reads the private key of the same file.
    ///
    /// A certificate is only the envelope of its key: you trust the key because you name it here. No chain of
    /// certificates is followed, no name compared and no date looked at, so the key is good after its certificate has
    /// expired or was revoked. What it says of the use of the key is heard (RFC 5280, section 4.2.1.3).
    ///
    /// # Errors
    ///
    /// No such section, the private half of a key alone, a key of another kind than the algorithm needs, a weak one, or a
    /// certificate whose key is not for signatures.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, VerifyingKey};
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----
    /// MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    /// -----END PUBLIC KEY-----";
    /// let key = VerifyingKey::from_pem(Algorithm::EdDSA, pem)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let (label, der) = pem::section(pem.as_ref(), Half::Public)?;
        let family = algorithm.public_scheme().map(PublicScheme::family);
        if label == "RSA PUBLIC KEY" && family != Some(Family::Rsa) {
            let (found, wanted) = (Family::Rsa.name(), algorithm);
            return Err(KeyError::OtherKind { found, wanted });
        }
        Self::from_der(algorithm, der)
    }

    /// Reads a public key in DER: a SubjectPublicKeyInfo, for RSA also a PKCS#1 RSAPublicKey, or a certificate, of which
    /// [`from_pem`](Self::from_pem) says more.
    ///
    /// # Errors
    ///
    /// The private half of a key, a key of another kind than the algorithm needs, a weak one, or a certificate whose
    /// key is not for signatures.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, VerifyingKey};
    ///
    /// // The public key of RFC 8410, section 10.1, as a key management service may hand it out.
    /// let der = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00\
    ///     \x19\xbf\x44\x09\x69\x84\xcd\xfe\x85\x41\xba\xc1\x67\xdc\x3b\x96\
    ///     \xc8\x50\x86\xaa\x30\xb6\xb6\xcb\x0c\x5c\x38\xad\x70\x31\x66\xe1";
    /// let key = VerifyingKey::from_der(Algorithm::EdDSA, der)?;
    /// assert!(key.algorithms().eq([Algorithm::EdDSA]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let scheme = algorithm.public_scheme().ok_or(KeyError::WrongAlgorithm)?;
        let der = without_certificate(der.as_ref())?;
        expect_public(algorithm, scheme, der)?;
        let key = Checked::from_der(scheme.family(), der)?;
        Self::from_checked(AlgorithmSet::from_iter([algorithm]), key, None)
    }

    /// Reads a JSON Web Key: `RSA`, `EC`, `OKP` with Ed25519, `AKP` with ML-DSA, or `oct`.
    ///
    /// A key with an `alg` is bound to that one. Without, it serves every algorithm of its kind that
    /// the verifier allows; an `oct` or `AKP` key must have one.
    ///
    /// # Errors
    ///
    /// Text that is no key, members that contradict each other, or a weak key.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::VerifyingKey;
    ///
    /// let key = VerifyingKey::from_jwk(
    ///     r#"{"kty":"OKP","crv":"Ed25519","kid":"2026",
    ///         "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    /// )?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_jwk(jwk: &str) -> Result<Self, KeyError> {
        with_jwk(jwk, |jwk| Self::read_jwk(jwk, &[]))
    }

    fn read_jwk(jwk: &Jwk<'_>, signing_uses: &[String]) -> Result<Self, KeyError> {
        jwk.check_use(Purpose::Verify, signing_uses)?;
        let key_type = jwk.key_type()?;
        let algorithm = jwk.algorithm()?;
        let key_id = jwk.key_id()?;
        let family = match key_type {
            KeyType::Public(family) => family,
            KeyType::Secret => {
                let algorithm = algorithm.ok_or(KeyError::NoAlgorithm)?;
                let key = Self::from_secret(algorithm, jwk.bytes("k")?)?;
                return Ok(match key_id {
                    Some(key_id) => key.with_key_id(key_id),
                    None => key,
                });
            }
        };
        let checked = match family {
            Family::Rsa => Checked::from_rsa_components(&jwk.bytes("n")?, &jwk.bytes("e")?)?,
            Family::Ec(curve) => {
                // RFC 7518, section 6.2.1.2: the full size, leading zeros included.
                let coordinate = |name| jwk.sized_bytes(name, curve.size);
                let (x, y) = (coordinate("x")?, coordinate("y")?);
                Checked::from_der(family, &[&[4], x.as_slice(), y.as_slice()].concat())?
            }
            Family::Ed25519 => Checked::from_der(family, &jwk.sized_bytes("x", 32)?)?,
            Family::MlDsa(parameters) => {
                let size = parameters.signing.public_key_len();
                Checked::from_der(family, &jwk.sized_bytes("pub", size)?)?
            }
        };
        let algorithms = match algorithm {
            Some(algorithm) => AlgorithmSet::from_iter([algorithm]),
            None => AlgorithmSet::of_family(family),
        };
        Self::from_checked(algorithms, checked, key_id)
    }

    /// Reads one key of a JWK Set, where no secret has any business.
    pub(super) fn from_set_member(jwk: &str, signing_uses: &[String]) -> Result<Self, KeyError> {
        with_jwk(jwk, |jwk| match jwk.key_type()? {
            KeyType::Secret => Err(KeyError::SecretInSet),
            KeyType::Public(_) => Self::read_jwk(jwk, signing_uses),
        })
    }

    /// Reads a key in PEM that serves every algorithm of its kind, as a JWK without `alg` does.
    pub(super) fn from_map_member(pem: &[u8]) -> Result<Self, KeyError> {
        let (_, der) = pem::section(pem, Half::Public)?;
        let der = without_certificate(&der)?;
        let (family, algorithms) = family_and_algorithms(der)?;
        Self::from_checked(algorithms, Checked::from_der(family, der)?, None)
    }

    pub(super) fn from_checked(
        algorithms: AlgorithmSet,
        key: Checked,
        key_id: Option<String>,
    ) -> Result<Self, KeyError> {
        let prepared = algorithms
            .iter()
            .filter_map(|algorithm| Some((algorithm, algorithm.public_scheme()?)))
            .map(|(algorithm, scheme)| {
                ParsedPublicKey::new(scheme.verification(), &key.encoded)
                    .map(|parsed| (algorithm, parsed))
                    .map_err(|_| KeyError::Malformed("not a public key of this kind"))
            })
            .collect::<Result<_, _>>()?;
        let material = Material::Public {
            components: key.components,
            prepared,
        };
        Ok(Self::new(algorithms, material, key_id))
    }

    fn new(algorithms: AlgorithmSet, material: Material, key_id: Option<String>) -> Self {
        Self {
            inner: Arc::new(Inner {
                key_id: key_id.map(String::into_boxed_str),
                algorithms,
                material,
            }),
        }
    }

    /// Gives the key an identifier: it then fits only tokens with this `kid`, or without one.
    ///
    /// A key without an identifier fits any token.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::VerifyingKey;
    ///
    /// let key = VerifyingKey::hs256(b"at least thirty-two bytes of it!")?.with_key_id("2026-03");
    /// assert_eq!(key.key_id(), Some("2026-03"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.inner).key_id = Some(key_id.into().into_boxed_str());
        self
    }

    /// Returns the identifier of the key, the `kid` of its tokens.
    pub fn key_id(&self) -> Option<&str> {
        self.inner.key_id.as_deref()
    }

    /// Returns the algorithms that the key is bound to.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> + use<> {
        self.inner.algorithms.iter()
    }

    pub(crate) fn algorithm_set(&self) -> AlgorithmSet {
        self.inner.algorithms
    }

    /// Returns the SHA-256 thumbprint of a public key (RFC 7638) in base64url.
    ///
    /// A secret has none: it would tell those who guess at the secret when they are right.
    pub fn thumbprint(&self) -> Option<String> {
        self.components().map(Components::thumbprint)
    }

    /// Returns the public key, if it is one.
    pub(super) fn components(&self) -> Option<&Components> {
        match &self.inner.material {
            Material::Secret(_) => None,
            Material::Public { components, .. } => Some(components),
        }
    }

    /// Verifies one signature: the bare step of JWS (RFC 7515, section 5.2, step 8).
    ///
    /// `message` is the signing input of a token, header and payload with the dot between them;
    /// `signature` is decoded: for ECDSA r and s of full size, one after the other (RFC 7518,
    /// section 3.4).
    ///
    /// # Errors
    ///
    /// The key is not bound to `algorithm`, or the signature is not one of this key.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureError> {
        if !self.inner.algorithms.contains(algorithm) {
            return Err(SignatureError);
        }
        match &self.inner.material {
            // Compares in constant time.
            Material::Secret(key) => hmac::verify(key, message, signature),
            Material::Public { prepared, .. } => prepared
                .iter()
                .find(|(bound, _)| *bound == algorithm)
                .ok_or(SignatureError)?
                .1
                .verify_sig(message, signature),
        }
        .map_err(|_| SignatureError)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithms", &self.inner.algorithms)
            .finish_non_exhaustive()
    }
}
