//! A key that signs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::error::{KeyError, SigningError};
use super::jwk::{Jwk, KeyType, Purpose, with_jwk};
use super::kind::expect_private;
use super::pair::Pair;
use super::pem::{self, Half};
use super::secret::hmac_key;
use super::signer::{Signer, longest_signature};
use super::verifying::VerifyingKey;
use crate::algorithm::{Algorithm, AlgorithmSet, Family, Scheme};

/// A private key or a shared secret, prepared to sign with one algorithm.
///
/// Cheap to clone. Knows its public half. `Debug` shows the algorithm and nothing else.
///
/// # Examples
///
/// ```
/// use keycard::{Algorithm, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::EdDSA)?;
/// let pem = key.to_pkcs8_pem()?.expect("an Ed25519 key has one");
/// let same = SigningKey::from_pem(Algorithm::EdDSA, pem.as_str())?;
/// assert_eq!(key.key_id(), same.key_id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    material: Arc<Material>,
    /// Also keeps the identifier.
    public: VerifyingKey,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a few keys live as long as the process"
)]
enum Material {
    Secret(hmac::Key),
    Pair(Pair),
    External(Box<dyn Signer>),
}

impl SigningKey {
    /// Makes a new random key: an RSA one has 2048 bits, a secret 64 bytes.
    ///
    /// It lives as long as the process unless you keep it: see [`to_pkcs8_pem`](Self::to_pkcs8_pem).
    ///
    /// # Errors
    ///
    /// The operating system gave no random bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// assert_eq!(key.algorithm(), Algorithm::ES256);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        match algorithm.scheme() {
            Scheme::Hmac(_) => {
                let mut secret = Zeroizing::new([0; 64]);
                SystemRandom::new()
                    .fill(secret.as_mut_slice())
                    .map_err(|_| KeyError::Generation)?;
                Self::from_secret(algorithm, secret.as_slice(), None)
            }
            Scheme::Public(scheme) => Self::from_pair(algorithm, Pair::generate(scheme)?, None),
        }
    }

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
    /// use keycard::SigningKey;
    /// use keycard::keys::KeyError;
    ///
    /// let key = SigningKey::hs256(b"at least thirty-two bytes of it!")?;
    /// let short = SigningKey::hs256("lemonade");
    /// assert!(matches!(short, Err(KeyError::SecretTooShort { needed: 32, .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_secret(Algorithm::HS256, secret.as_ref(), None)
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
    /// use keycard::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::hs384(b"at least forty-eight bytes of it, and random ones")?;
    /// assert_eq!(key.algorithm(), Algorithm::HS384);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hs384(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_secret(Algorithm::HS384, secret.as_ref(), None)
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
    /// use keycard::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::hs512(
    ///     b"at least sixty-four bytes of it, and, unlike these here, random ones",
    /// )?;
    /// assert_eq!(key.algorithm(), Algorithm::HS512);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hs512(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        Self::from_secret(Algorithm::HS512, secret.as_ref(), None)
    }

    pub(super) fn from_secret(
        algorithm: Algorithm,
        secret: &[u8],
        key_id: Option<String>,
    ) -> Result<Self, KeyError> {
        let key = hmac_key(algorithm, secret)?;
        let public = VerifyingKey::from_hmac(algorithm, key.clone());
        Ok(Self::assemble(
            algorithm,
            Material::Secret(key),
            public,
            key_id,
        ))
    }

    /// Reads a private key in PEM: `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1) or
    /// `EC PRIVATE KEY` (SEC1), not encrypted. A certificate may stand beside it, before or behind: it is passed over,
    /// and nobody looks whether its key is the same.
    ///
    /// A key that is made for RSASSA-PSS alone signs with that, and only with the hash that it names, if it names one
    /// (RFC 4055, section 1.2).
    ///
    /// # Errors
    ///
    /// No such section, a certificate, the public half of a key, a key of another kind than the algorithm
    /// needs, or a weak one.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    ///
    /// // The key of RFC 8410, section 10.3; yours comes from `openssl genpkey -algorithm ed25519`.
    /// let pem = "-----BEGIN PRIVATE KEY-----
    /// MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
    /// -----END PRIVATE KEY-----";
    /// let key = SigningKey::from_pem(Algorithm::EdDSA, pem)?;
    /// assert!(key.key_id().is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "env")]
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let (_, der) = pem::section(pem.as_ref(), Half::Private)?;
        Self::from_der(algorithm, der.as_slice())
    }

    /// Reads a private key in DER: PKCS#8, for RSA also PKCS#1, for EC also SEC1 (RFC 5915). That of an
    /// ML-DSA key has a seed, the expanded key, or both (RFC 9881, section 6).
    ///
    /// # Errors
    ///
    /// A certificate, the public half of a key, a key of another kind than the algorithm needs, or a weak
    /// one.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    /// use keycard::keys::KeyError;
    ///
    /// /// Reads a key out of a secret store, which keeps bytes.
    /// fn sealed(der: &[u8]) -> Result<SigningKey, KeyError> {
    ///     SigningKey::from_der(Algorithm::ES256, der)
    /// }
    /// assert!(sealed(b"no key").is_err());
    /// ```
    pub fn from_der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        match algorithm.scheme() {
            Scheme::Hmac(_) => Err(KeyError::WrongAlgorithm),
            Scheme::Public(scheme) => {
                let der = der.as_ref();
                expect_private(algorithm, scheme, der)?;
                let pair = Pair::from_der(scheme, der)?;
                Self::from_pair(algorithm, pair, None)
            }
        }
    }

    /// Reads a JSON Web Key with its private members.
    ///
    /// The algorithm is the `alg` of the key, or the only one that its kind has; an RSA or `oct` key
    /// must have an `alg`. Of the private members of an RSA key `d` is enough (RFC 7518, section 6.3.2): those that are
    /// missing of `p`, `q`, `dp`, `dq` and `qi` are computed.
    ///
    /// # Errors
    ///
    /// Text that is no private key, members that contradict each other, or a weak key.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    ///
    /// // The key of RFC 8037, appendix A.1.
    /// let key = SigningKey::from_jwk(
    ///     r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    ///         "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    /// )?;
    /// assert_eq!(key.algorithm(), Algorithm::EdDSA);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_jwk(jwk: &str) -> Result<Self, KeyError> {
        with_jwk(jwk, Self::read_jwk)
    }

    fn read_jwk(jwk: &Jwk<'_>) -> Result<Self, KeyError> {
        jwk.check_use(Purpose::Sign, &[])?;
        let algorithm = match jwk.algorithm()? {
            Some(algorithm) => algorithm,
            None => only_algorithm(jwk.key_type()?).ok_or(KeyError::NoAlgorithm)?,
        };
        let key_id = jwk.key_id()?;
        match algorithm.scheme() {
            Scheme::Hmac(_) => Self::from_secret(algorithm, &jwk.bytes("k")?, key_id),
            Scheme::Public(scheme) => {
                Self::from_pair(algorithm, Pair::from_jwk(scheme, jwk)?, key_id)
            }
        }
    }

    /// Takes a key that somebody else holds, and signs by asking them: a key management service, a hardware
    /// security module, another process.
    ///
    /// The public key says the algorithm and, if it has one, the `kid`; else that is the RFC 7638 thumbprint. With
    /// such a key [`sign_async`](Self::sign_async) works and [`sign`](Self::sign) does not.
    ///
    /// # Errors
    ///
    /// - [`KeyError::NoAlgorithm`]: the public key serves several algorithms. One that is read with
    ///   [`VerifyingKey::from_pem`] serves the one that was named.
    /// - [`KeyError::WrongAlgorithm`]: it is a secret, and whoever can verify can sign.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::{KeyError, Signer};
    /// use keycard::{Algorithm, SigningKey, VerifyingKey};
    ///
    /// fn sealed(pem: &str, module: impl Signer) -> Result<SigningKey, KeyError> {
    ///     SigningKey::external(VerifyingKey::from_pem(Algorithm::PS256, pem)?, module)
    /// }
    /// ```
    pub fn external(public: VerifyingKey, signer: impl Signer) -> Result<Self, KeyError> {
        let thumbprint = public.thumbprint().ok_or(KeyError::WrongAlgorithm)?;
        let mut algorithms = public.algorithms();
        let (Some(algorithm), None) = (algorithms.next(), algorithms.next()) else {
            return Err(KeyError::NoAlgorithm);
        };
        let key_id = public.key_id().is_none().then_some(thumbprint);
        let material = Material::External(Box::new(signer));
        Ok(Self::assemble(algorithm, material, public, key_id))
    }

    fn from_pair(
        algorithm: Algorithm,
        pair: Pair,
        key_id: Option<String>,
    ) -> Result<Self, KeyError> {
        let checked = pair.public()?;
        let key_id = key_id.unwrap_or_else(|| checked.components.thumbprint());
        let bound = AlgorithmSet::from_iter([algorithm]);
        let public = VerifyingKey::from_checked(bound, checked, None)?;
        Ok(Self::assemble(
            algorithm,
            Material::Pair(pair),
            public,
            Some(key_id),
        ))
    }

    fn assemble(
        algorithm: Algorithm,
        material: Material,
        public: VerifyingKey,
        key_id: Option<String>,
    ) -> Self {
        let public = match key_id {
            Some(key_id) => public.with_key_id(key_id),
            None => public,
        };
        Self {
            algorithm,
            material: Arc::new(material),
            public,
        }
    }

    /// Gives the key an identifier of your own, the `kid` of its tokens and of its entry in the JWK Set.
    ///
    /// The default is that of the JWK, or the RFC 7638 thumbprint of the public key; a secret has none. For a
    /// key that keeps the name under which others know it.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, Issuer, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::ES256)?.with_key_id("2026-03");
    /// assert_eq!(key.key_id(), Some("2026-03"));
    /// let issuer = Issuer::builder(key)
    ///     .issuer("https://desk.example")
    ///     .audience("https://rooms.example")
    ///     .build()?;
    /// assert!(issuer.jwks().contains(r#""kid":"2026-03""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.public = self.public.with_key_id(key_id);
        self
    }

    /// Returns the algorithm that the key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the identifier that goes into the `kid` of tokens: the one that it was
    /// [given](Self::with_key_id), that of the JWK, or the RFC 7638 thumbprint. A secret that has not been given
    /// one has none.
    pub fn key_id(&self) -> Option<&str> {
        self.public.key_id()
    }

    /// Returns the half that verifies; for a secret that is the secret itself.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.public.clone()
    }

    /// Returns a private key as a PKCS#8 PEM text, to be kept where only its owner can read it.
    ///
    /// A secret has no such form, and of a key that somebody else holds it cannot be had: `None`. An RSA key is written
    /// as one for any padding, also if it was read as one for RSASSA-PSS alone.
    ///
    /// # Errors
    ///
    /// The library could not write the key: it writes the seed of an ML-DSA key, which one that was read
    /// in its expanded form does not have.
    pub fn to_pkcs8_pem(&self) -> Result<Option<Zeroizing<String>>, KeyError> {
        match &*self.material {
            Material::Secret(_) | Material::External(_) => Ok(None),
            Material::Pair(pair) => pair.to_pkcs8_pem().map(Some),
        }
    }

    /// Signs one message: the bare step of JWS (RFC 7515, section 5.1, step 5).
    ///
    /// # Errors
    ///
    /// - [`SigningError::Library`]: for want of memory or random bytes.
    /// - [`SigningError::External`]: the key is held by a [`Signer`](crate::keys::Signer).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        match &*self.material {
            Material::Secret(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
            Material::Pair(pair) => pair.sign(message).map_err(|_| SigningError::Library),
            Material::External(_) => Err(SigningError::External),
        }
    }

    /// Signs one message, wherever the key is. With a key that is here it never waits.
    ///
    /// What a [`Signer`](crate::keys::Signer) answers has been verified when this returns.
    ///
    /// # Errors
    ///
    /// - [`SigningError::Library`]: for want of memory or random bytes.
    /// - [`SigningError::Unavailable`]: the signer is out of reach.
    /// - [`SigningError::OtherForm`]: it answered with DER in [`Signature::Plain`](crate::keys::Signature::Plain), with
    ///   base64, or the like.
    /// - [`SigningError::NotASignature`]: it answered with something else.
    pub async fn sign_async(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let Material::External(signer) = &*self.material else {
            return self.sign(message);
        };
        let answer = signer.sign(message).await;
        let signature = answer.map_err(SigningError::Unavailable)?;
        let verifies = |plain: &Cow<'_, [u8]>| {
            let verified = self.public.verify(self.algorithm, message, plain);
            verified.is_ok()
        };
        let plain = signature.plain(self.algorithm).filter(verifies);
        plain.map(Cow::into_owned).ok_or_else(|| {
            let found = signature.other_form(self.algorithm);
            found.map_or(SigningError::NotASignature, SigningError::OtherForm)
        })
    }

    /// Returns how many bytes a signature has at most.
    pub(crate) fn signature_len(&self) -> usize {
        match &*self.material {
            Material::Secret(key) => key.algorithm().tag_len(),
            Material::Pair(pair) => pair.signature_len(),
            Material::External(_) => self.algorithm.public_scheme().map_or(0, longest_signature),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Returns the algorithm of a key that names none: where its kind has one only, or two names for it.
fn only_algorithm(key_type: KeyType) -> Option<Algorithm> {
    let KeyType::Public(family) = key_type else {
        return None;
    };
    match family {
        Family::Rsa => None,
        Family::Ec(_) | Family::Ed25519 | Family::MlDsa(_) => {
            AlgorithmSet::of_family(family).iter().next()
        }
    }
}
