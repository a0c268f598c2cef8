//! Signature algorithms of JSON Web Signature in one table, and sets of them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac::{self, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING,
    ED25519, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, ML_DSA_44, ML_DSA_44_SIGNING,
    ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING, PqdsaSigningAlgorithm,
    PqdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaParameters, RsaSignatureEncoding, VerificationAlgorithm,
};

/// Makes the enum of algorithms, and what is said of each, from lines of variant, name and scheme.
macro_rules! algorithms {
    ($($(#[$doc:meta])* $variant:ident $name:literal $scheme:expr;)*) => {
        /// A JWS signature algorithm (RFC 7518, section 3.1; RFC 8037; RFC 9864; RFC 9964).
        ///
        /// Names are those of the IANA registry. `none` does not exist here.
        ///
        /// # Examples
        ///
        /// ```
        /// use keycard::Algorithm;
        ///
        /// assert_eq!("ES256".parse(), Ok(Algorithm::ES256));
        /// assert_eq!(Algorithm::EdDSA.to_string(), "EdDSA");
        /// assert!("none".parse::<Algorithm>().is_err());
        /// ```
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Algorithm {
            $($(#[$doc])* $variant,)*
        }

        impl Algorithm {
            /// Every algorithm this crate knows.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Returns the value that this algorithm has in an `alg` header parameter.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Returns how this algorithm signs and verifies, and with which kind of key.
            pub(crate) const fn scheme(self) -> Scheme {
                match self {
                    $(Self::$variant => $scheme,)*
                }
            }
        }
    };
}

// The order is the one in which a set lists them. Everything else follows from a line here: another
// algorithm of a known scheme is one more.
algorithms! {
    /// HMAC with SHA-256.
    HS256 "HS256" Scheme::Hmac(&HMAC_SHA256);
    /// HMAC with SHA-384.
    HS384 "HS384" Scheme::Hmac(&HMAC_SHA384);
    /// HMAC with SHA-512.
    HS512 "HS512" Scheme::Hmac(&HMAC_SHA512);
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256 "RS256" pkcs1(&RSA_PKCS1_2048_8192_SHA256, &RSA_PKCS1_SHA256);
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384 "RS384" pkcs1(&RSA_PKCS1_2048_8192_SHA384, &RSA_PKCS1_SHA384);
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512 "RS512" pkcs1(&RSA_PKCS1_2048_8192_SHA512, &RSA_PKCS1_SHA512);
    /// RSASSA-PSS with SHA-256 and MGF1 with SHA-256.
    PS256 "PS256" pss(&RSA_PSS_2048_8192_SHA256, &RSA_PSS_SHA256);
    /// RSASSA-PSS with SHA-384 and MGF1 with SHA-384.
    PS384 "PS384" pss(&RSA_PSS_2048_8192_SHA384, &RSA_PSS_SHA384);
    /// RSASSA-PSS with SHA-512 and MGF1 with SHA-512.
    PS512 "PS512" pss(&RSA_PSS_2048_8192_SHA512, &RSA_PSS_SHA512);
    /// ECDSA on P-256 with SHA-256.
    ES256 "ES256" ecdsa(&Curve {
        name: "P-256",
        oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        size: 32,
        verification: &ECDSA_P256_SHA256_FIXED,
        signing: &ECDSA_P256_SHA256_FIXED_SIGNING,
    });
    /// ECDSA on P-384 with SHA-384.
    ES384 "ES384" ecdsa(&Curve {
        name: "P-384",
        oid: &[0x2b, 0x81, 4, 0, 34],
        size: 48,
        verification: &ECDSA_P384_SHA384_FIXED,
        signing: &ECDSA_P384_SHA384_FIXED_SIGNING,
    });
    /// ECDSA on P-521 with SHA-512.
    ES512 "ES512" ecdsa(&Curve {
        name: "P-521",
        oid: &[0x2b, 0x81, 4, 0, 35],
        size: 66,
        verification: &ECDSA_P521_SHA512_FIXED,
        signing: &ECDSA_P521_SHA512_FIXED_SIGNING,
    });
    /// Ed25519 under the name that RFC 8037 gave it.
    EdDSA "EdDSA" Scheme::Public(PublicScheme::Ed25519);
    /// Ed25519 under its fully specified name (RFC 9864). A key without `alg` serves both names.
    Ed25519 "Ed25519" Scheme::Public(PublicScheme::Ed25519);
    /// ML-DSA-44 (RFC 9964; FIPS 204): a signature of 2,420 bytes. A token fits into a cookie if its
    /// claims have no more than some 500 bytes.
    MlDsa44 "ML-DSA-44" ml_dsa(&ParameterSet {
        name: "ML-DSA-44",
        oid: &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17],
        verification: &ML_DSA_44,
        signing: &ML_DSA_44_SIGNING,
    });
    /// ML-DSA-65: a signature of 3,309 bytes. No token fits into a cookie, of which browsers keep 4,096
    /// bytes.
    MlDsa65 "ML-DSA-65" ml_dsa(&ParameterSet {
        name: "ML-DSA-65",
        oid: &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18],
        verification: &ML_DSA_65,
        signing: &ML_DSA_65_SIGNING,
    });
    /// ML-DSA-87: a signature of 4,627 bytes. No token fits into a cookie, of which browsers keep 4,096
    /// bytes.
    MlDsa87 "ML-DSA-87" ml_dsa(&ParameterSet {
        name: "ML-DSA-87",
        oid: &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19],
        verification: &ML_DSA_87,
        signing: &ML_DSA_87_SIGNING,
    });
}

/// How an algorithm signs and verifies.
#[derive(Clone, Copy)]
pub(crate) enum Scheme {
    /// With a secret that both sides share, and this hash.
    Hmac(&'static hmac::Algorithm),
    Public(PublicScheme),
}

/// How an algorithm with a private and a public key signs and verifies.
#[derive(Clone, Copy)]
pub(crate) enum PublicScheme {
    Rsa {
        padding: Padding,
        verification: &'static RsaParameters,
        signing: &'static RsaSignatureEncoding,
    },
    Ecdsa(&'static Curve),
    Ed25519,
    MlDsa(&'static ParameterSet),
}

/// How RSA fills up a hash.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Padding {
    Pkcs1,
    Pss,
}

/// An elliptic curve and the one ECDSA algorithm that JWS has on it.
#[derive(Debug)]
pub(crate) struct Curve {
    /// The `crv` of a JWK.
    pub(crate) name: &'static str,
    /// Its object identifier in DER (RFC 5480, section 2.1.1.1).
    pub(crate) oid: &'static [u8],
    /// How many bytes a coordinate has, and each half of a signature.
    pub(crate) size: usize,
    pub(crate) verification: &'static EcdsaVerificationAlgorithm,
    pub(crate) signing: &'static EcdsaSigningAlgorithm,
}

impl PartialEq for Curve {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Curve {}

/// One of the sizes that ML-DSA comes in, each an algorithm with keys of its own.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct ParameterSet {
    /// The `alg` of a JWK and of a token.
    pub(crate) name: &'static str,
    /// Its object identifier in DER (RFC 9881, section 2).
    pub(crate) oid: &'static [u8],
    pub(crate) verification: &'static PqdsaVerificationAlgorithm,
    pub(crate) signing: &'static PqdsaSigningAlgorithm,
}

/// What kind of public key an algorithm works with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Rsa,
    Ec(&'static Curve),
    Ed25519,
    MlDsa(&'static ParameterSet),
}

const fn pkcs1(
    verification: &'static RsaParameters,
    signing: &'static RsaSignatureEncoding,
) -> Scheme {
    Scheme::Public(PublicScheme::Rsa {
        padding: Padding::Pkcs1,
        verification,
        signing,
    })
}

const fn pss(
    verification: &'static RsaParameters,
    signing: &'static RsaSignatureEncoding,
) -> Scheme {
    Scheme::Public(PublicScheme::Rsa {
        padding: Padding::Pss,
        verification,
        signing,
    })
}

const fn ecdsa(curve: &'static Curve) -> Scheme {
    Scheme::Public(PublicScheme::Ecdsa(curve))
}

const fn ml_dsa(parameters: &'static ParameterSet) -> Scheme {
    Scheme::Public(PublicScheme::MlDsa(parameters))
}

impl Algorithm {
    /// Returns the scheme of an algorithm that has public keys.
    pub(crate) const fn public_scheme(self) -> Option<PublicScheme> {
        match self.scheme() {
            Scheme::Hmac(_) => None,
            Scheme::Public(scheme) => Some(scheme),
        }
    }
}

impl Scheme {
    /// Returns what kind of key it needs, as errors call it.
    pub(crate) const fn key_name(self) -> &'static str {
        match self {
            Self::Hmac(_) => "HMAC",
            Self::Public(scheme) => scheme.family().name(),
        }
    }
}

impl PublicScheme {
    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Rsa { .. } => Family::Rsa,
            Self::Ecdsa(curve) => Family::Ec(curve),
            Self::Ed25519 => Family::Ed25519,
            Self::MlDsa(parameters) => Family::MlDsa(parameters),
        }
    }

    /// Tells whether this is the newer padding of RSA.
    pub(crate) const fn is_pss(self) -> bool {
        match self {
            Self::Rsa { padding, .. } => matches!(padding, Padding::Pss),
            Self::Ecdsa(_) | Self::Ed25519 | Self::MlDsa(_) => false,
        }
    }

    pub(crate) const fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::Rsa { verification, .. } => verification,
            Self::Ecdsa(curve) => curve.verification,
            Self::Ed25519 => &ED25519,
            Self::MlDsa(parameters) => parameters.verification,
        }
    }
}

impl Family {
    /// Returns every kind of public key, some of them several times.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Algorithm::ALL
            .into_iter()
            .filter_map(Algorithm::public_scheme)
            .map(PublicScheme::family)
    }

    /// Returns the `kty` of a JWK (RFC 7518, section 6.1; RFC 8037, section 2; RFC 9964,
    /// section 3).
    pub(crate) const fn key_type(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec(_) => "EC",
            Self::Ed25519 => "OKP",
            Self::MlDsa(_) => "AKP",
        }
    }

    /// Returns what tells it from others with the same `kty`: of those on a curve the `crv`, of those for
    /// one algorithm the `alg`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ec(curve) => curve.name,
            Self::Ed25519 => "Ed25519",
            Self::MlDsa(parameters) => parameters.name,
        }
    }

    /// Returns the object identifier that a key in DER has (RFC 8017, appendix C; RFC 8410, section 3);
    /// of those on a curve it is that of the curve.
    pub(crate) const fn oid(self) -> &'static [u8] {
        match self {
            Self::Rsa => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1],
            Self::Ec(curve) => curve.oid,
            Self::Ed25519 => &[0x2b, 0x65, 0x70],
            Self::MlDsa(parameters) => parameters.oid,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for a name that is no [`Algorithm`].
///
/// # Examples
///
/// ```
/// use keycard::Algorithm;
/// use keycard::keys::UnknownAlgorithm;
///
/// assert_eq!("none".parse::<Algorithm>(), Err(UnknownAlgorithm));
/// // Names are compared octet by octet.
/// assert_eq!("es256".parse::<Algorithm>(), Err(UnknownAlgorithm));
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there is one way to be unknown")]
pub struct UnknownAlgorithm;

impl fmt::Debug for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnknownAlgorithm: {self}")
    }
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a signature algorithm of JWS, or not one of this crate")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::named(name).ok_or(UnknownAlgorithm)
    }
}

/// A set of algorithms, one bit each.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct AlgorithmSet(u32);

const _: () = assert!(
    Algorithm::ALL.len() <= u32::BITS as usize,
    "a bit for each algorithm"
);

impl AlgorithmSet {
    /// What a verifier allows unless told otherwise: what its keys are bound to.
    pub(crate) fn all() -> Self {
        Algorithm::ALL.into_iter().collect()
    }

    /// All algorithms that a public key of this family can serve.
    pub(crate) fn of_family(family: Family) -> Self {
        Algorithm::ALL
            .into_iter()
            .filter(|algorithm| {
                algorithm
                    .public_scheme()
                    .is_some_and(|scheme| scheme.family() == family)
            })
            .collect()
    }

    pub(crate) const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u32) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL
            .into_iter()
            .filter(move |algorithm| self.contains(*algorithm))
    }
}

impl FromIterator<Algorithm> for AlgorithmSet {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(
            algorithms
                .into_iter()
                .fold(0, |bits, algorithm| bits | 1 << algorithm as u32),
        )
    }
}

impl fmt::Debug for AlgorithmSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
        for name in ["none", "NONE", "hs256", "HS256 ", "", "RSA-OAEP", "ES256K"] {
            assert_eq!(name.parse::<Algorithm>(), Err(UnknownAlgorithm), "{name}");
        }
    }
}
