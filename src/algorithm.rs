//! Signature algorithms of JSON Web Signature, and sets of them.

use std::fmt;
use std::str::FromStr;

/// A JWS signature algorithm (RFC 7518, section 3.1; RFC 8037; RFC 9864).
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
    /// HMAC with SHA-256.
    HS256,
    /// HMAC with SHA-384.
    HS384,
    /// HMAC with SHA-512.
    HS512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256 and MGF1 with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384 and MGF1 with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512 and MGF1 with SHA-512.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519 under the name that RFC 8037 gave it.
    EdDSA,
    /// Ed25519 under its fully specified name (RFC 9864). Accepted only where it is allowed by name.
    Ed25519,
}

/// What kind of key an algorithm works with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Hmac,
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Algorithm {
    /// Every algorithm this crate knows.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Algorithm;
    ///
    /// let names = Algorithm::ALL.map(Algorithm::name).join(", ");
    /// let help = format!("the algorithm of the hotel's keys: {names}");
    /// assert!(help.contains("PS256, PS384"));
    /// ```
    pub const ALL: [Self; 14] = [
        Self::HS256,
        Self::HS384,
        Self::HS512,
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
        Self::Ed25519,
    ];

    /// Returns the value that this algorithm has in an `alg` header parameter.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::Algorithm;
    ///
    /// assert_eq!(Algorithm::ES256.name(), "ES256");
    /// assert_eq!(Algorithm::EdDSA.name(), "EdDSA");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::HS256 => "HS256",
            Self::HS384 => "HS384",
            Self::HS512 => "HS512",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    pub(crate) const fn family(self) -> Family {
        match self {
            Self::HS256 | Self::HS384 | Self::HS512 => Family::Hmac,
            Self::RS256 | Self::RS384 | Self::RS512 | Self::PS256 | Self::PS384 | Self::PS512 => {
                Family::Rsa
            }
            Self::ES256 => Family::P256,
            Self::ES384 => Family::P384,
            Self::ES512 => Family::P521,
            Self::EdDSA | Self::Ed25519 => Family::Ed25519,
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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownAlgorithm;

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a signature algorithm of JWS, or not one of this crate")
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(UnknownAlgorithm)
    }
}

/// A set of algorithms, one bit each.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct AlgorithmSet(u16);

impl AlgorithmSet {
    /// What a verifier allows unless told otherwise: everything but the new name of Ed25519.
    pub(crate) fn standard() -> Self {
        Algorithm::ALL
            .into_iter()
            .filter(|algorithm| *algorithm != Algorithm::Ed25519)
            .collect()
    }

    /// All algorithms that a key of this family can serve.
    pub(crate) fn of_family(family: Family) -> Self {
        Algorithm::ALL
            .into_iter()
            .filter(|algorithm| algorithm.family() == family)
            .collect()
    }

    pub(crate) const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u16) != 0
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
                .fold(0, |bits, algorithm| bits | 1 << algorithm as u16),
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

    #[test]
    fn the_standard_set_leaves_out_only_the_new_name_of_ed25519() {
        let standard = AlgorithmSet::standard();
        for algorithm in Algorithm::ALL {
            assert_eq!(
                standard.contains(algorithm),
                algorithm != Algorithm::Ed25519
            );
        }
    }
}
