//! Keys that others hold: a key management service, a hardware security module, another process.

use std::borrow::Cow;
use std::fmt;

use super::der::ecdsa_numbers;
use crate::algorithm::{Algorithm, PublicScheme};
use crate::error::Outage;
use crate::future::BoxFuture;

/// The longest signature of RSA that anybody verifies: its modulus has 8192 bits.
const LONGEST_RSA: usize = 1_024;

/// Somebody who signs with a private key that does not leave them.
///
/// [`SigningKey::external`](crate::SigningKey::external) makes a key of it. What comes back is verified before it goes
/// any further, so a signer that answers with something else makes an error and never a bad token.
///
/// # Examples
///
/// A signing agent behind a socket, which answers in DER as AWS KMS, Google Cloud KMS and `openssl dgst` do:
///
/// ```no_run
/// use std::{io, path::PathBuf, time::Duration};
/// use keycard::keys::{BoxFuture, Signature, Signer};
/// use keycard::verify::Outage;
/// use keycard::{Algorithm, Issuer, SigningKey, VerifyingKey};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::UnixStream;
/// use tokio::time::timeout;
///
/// struct Agent(PathBuf);
///
/// impl Agent {
///     async fn ask(&self, message: &[u8]) -> io::Result<Signature> {
///         let mut agent = UnixStream::connect(&self.0).await?;
///         agent.write_all(message).await?;
///         agent.shutdown().await?;
///         let mut signature = Vec::new();
///         agent.take(1_000).read_to_end(&mut signature).await?;
///         Ok(Signature::Der(signature))
///     }
/// }
///
/// impl Signer for Agent {
///     fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, Outage>> {
///         const SOON: Duration = Duration::from_secs(2);
///         Box::pin(async {
///             let answer = timeout(SOON, self.ask(message)).await;
///             answer.ok().and_then(Result::ok).ok_or(Outage::new(SOON))
///         })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let public = VerifyingKey::from_pem(Algorithm::ES256, std::fs::read("public.pem")?)?;
/// let issuer = Issuer::builder(SigningKey::external(public, Agent("/run/agent".into()))?)
///     .issuer("https://desk.example")
///     .audience("https://rooms.example")
///     .build()?;
/// let token = issuer.token("anna").sign_async().await?;
/// # Ok(())
/// # }
/// ```
#[doc(alias = "KMS")]
#[doc(alias = "HSM")]
#[doc(alias = "PKCS#11")]
#[doc(alias = "Vault")]
pub trait Signer: Send + Sync + 'static {
    /// Signs this message with the key and the algorithm of the public key that goes with it.
    ///
    /// It is what a JWS signs: header and payload with the dot between them (RFC 7515, section 5.1, step 5), at most
    /// 16 KiB. A service that takes less, or a digest, is given the digest. The future ends within a bounded time,
    /// as a request waits for it, and is dropped when its client goes away.
    ///
    /// # Errors
    ///
    /// The signer is out of reach or does not want to.
    fn sign<'a>(&'a self, message: &'a [u8]) -> BoxFuture<'a, Result<Signature, Outage>>;
}

/// A signature as a [`Signer`] has it. `Debug` does not show it, as it is a part of a token.
///
/// # Examples
///
/// ```
/// use keycard::keys::Signature;
///
/// /// What a service answers whose signatures of ECDSA may be one or the other.
/// fn signature(bytes: Vec<u8>, is_der: bool) -> Signature {
///     if is_der { Signature::Der(bytes) } else { Signature::Plain(bytes) }
/// }
/// ```
#[non_exhaustive]
pub enum Signature {
    /// As JWS has it: of ECDSA r and s in full size, one after the other (RFC 7518, section 3.4), as Azure Key Vault
    /// and PKCS#11 have it; of every other algorithm its only form.
    Plain(Vec<u8>),
    /// Of ECDSA, r and s in DER (RFC 3279, section 2.2.3), as AWS KMS, Google Cloud KMS, Vault and OpenSSL have it.
    Der(Vec<u8>),
}

impl Signature {
    /// Returns the signature as JWS has it, if it can be had.
    pub(super) fn plain(&self, algorithm: Algorithm) -> Option<Cow<'_, [u8]>> {
        match (self, algorithm.public_scheme()?) {
            (Self::Plain(signature), _) => Some(signature.into()),
            (Self::Der(signature), PublicScheme::Ecdsa(curve)) => {
                let (r, s) = ecdsa_numbers(signature)?;
                let mut plain = Vec::with_capacity(curve.size.saturating_mul(2));
                for number in [r, s] {
                    // RFC 7518, section 3.4, step 2: leading zeros are not omitted.
                    let zeros = curve.size.checked_sub(number.len())?;
                    plain.extend(std::iter::repeat_n(0, zeros));
                    plain.extend_from_slice(number);
                }
                Some(plain.into())
            }
            (Self::Der(_), _) => None,
        }
    }

    /// Says in which form this is, if it did not verify and is in another one than its name says.
    pub(super) fn other_form(&self, algorithm: Algorithm) -> Option<&'static str> {
        let (Self::Plain(bytes) | Self::Der(bytes)) = self;
        let curve = match algorithm.public_scheme()? {
            PublicScheme::Ecdsa(curve) => Some(curve),
            PublicScheme::Rsa { .. } | PublicScheme::Ed25519 | PublicScheme::MlDsa(_) => None,
        };
        let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        let is_plain = curve.is_some_and(|curve| bytes.len() == curve.size.saturating_mul(2));
        let is_der = ecdsa_numbers(bytes).is_some();
        if bytes.is_empty() {
            None
        } else if bytes.iter().all(is_text) {
            Some("text, such as base64: decode it, and answer with the bytes")
        } else if matches!(self, Self::Plain(_)) {
            (curve.is_some() && is_der)
                .then_some("a Signature::Plain that is in DER: answer with Signature::Der")
        } else if curve.is_none() {
            Some(
                "a Signature::Der, and no signature but that of ECDSA is in DER: answer with \
                 Signature::Plain",
            )
        } else if is_der {
            None
        } else if is_plain {
            Some(
                "a Signature::Der that has r and s one after the other: answer with Signature::Plain",
            )
        } else {
            Some("a Signature::Der that is not in DER")
        }
    }
}

/// Returns how many bytes a signature has at most.
pub(super) fn longest_signature(scheme: PublicScheme) -> usize {
    match scheme {
        PublicScheme::Rsa { .. } => LONGEST_RSA,
        PublicScheme::Ecdsa(curve) => curve.size.saturating_mul(2),
        PublicScheme::Ed25519 => 64,
        PublicScheme::MlDsa(parameters) => parameters.signing.signature_len(),
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain([redacted])",
            Self::Der(_) => "Der([redacted])",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(algorithm: Algorithm, der: &[u8]) -> Option<Vec<u8>> {
        let signature = Signature::Der(der.to_vec());
        signature.plain(algorithm).map(Cow::into_owned)
    }

    #[test]
    fn numbers_in_der_are_filled_up_to_their_size() {
        // r has a high bit, and so a zero byte before it; s is short.
        let der = [0x30, 9, 2, 2, 0, 0x81, 2, 3, 1, 2, 3];
        for (algorithm, size) in [
            (Algorithm::ES256, 32),
            (Algorithm::ES384, 48),
            (Algorithm::ES512, 66),
        ] {
            let mut expected = vec![0; 2 * size];
            expected[size - 1] = 0x81;
            expected[2 * size - 3..].copy_from_slice(&[1, 2, 3]);
            assert_eq!(plain(algorithm, &der), Some(expected));
        }
    }

    #[test]
    fn what_is_no_signature_in_der_is_none() {
        let long = [&[0x30, 38, 2, 33, 1][..], &[7; 32], &[2, 1, 1]].concat();
        for bad in [
            &[][..],
            &[0x30, 0],
            &[0x30, 3, 2, 1, 1],
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 0],
            &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1],
            &[0x30, 6, 2, 1, 0x81, 2, 1, 1],
            &[0x31, 6, 2, 1, 1, 2, 1, 1],
            &long,
        ] {
            assert_eq!(plain(Algorithm::ES256, bad), None, "{bad:?}");
        }
        let good = [0x30, 6, 2, 1, 1, 2, 1, 1];
        assert!(plain(Algorithm::ES256, &good).is_some());
        for other in [Algorithm::RS256, Algorithm::EdDSA, Algorithm::MlDsa44] {
            assert_eq!(plain(other, &good), None, "{other}");
        }
    }
}
