//! Keys as `jwt-simple` reads, makes and writes them.

use jwt_simple::prelude::{ES256KeyPair, ES384KeyPair, Ed25519KeyPair, RS256KeyPair};
use keycard::Algorithm;

use crate::keys::{private_der, private_pem};

/// One key pair in the forms that `jwt-simple` has for it.
pub(crate) struct Written {
    pub(crate) private_pem: String,
    pub(crate) private_der: Vec<u8>,
    pub(crate) public_pem: String,
    pub(crate) public_der: Vec<u8>,
}

// Writing an RSA or EC key can fail there, writing an Ed25519 key cannot.
macro_rules! written {
    ($pair:expr $(, $unwrap:ident)?) => {{
        let pair = $pair;
        let public = pair.public_key();
        Written {
            private_pem: pair.to_pem()$(.$unwrap())?,
            private_der: pair.to_der()$(.$unwrap())?,
            public_pem: public.to_pem()$(.$unwrap())?,
            public_der: public.to_der()$(.$unwrap())?,
        }
    }};
}

impl Written {
    /// Returns keycard's key, read in PEM.
    pub(crate) fn from_pem(algorithm: Algorithm) -> Self {
        let pem = private_pem(algorithm);
        match algorithm {
            Algorithm::ES256 => written!(ES256KeyPair::from_pem(pem).unwrap(), unwrap),
            Algorithm::ES384 => written!(ES384KeyPair::from_pem(pem).unwrap(), unwrap),
            Algorithm::EdDSA => written!(Ed25519KeyPair::from_pem(pem).unwrap()),
            // The key is the same for every algorithm of RSA.
            _ => written!(RS256KeyPair::from_pem(pem).unwrap(), unwrap),
        }
    }

    /// Returns keycard's key, read in DER.
    pub(crate) fn from_der(algorithm: Algorithm) -> Self {
        let der = &private_der(algorithm);
        match algorithm {
            Algorithm::ES256 => written!(ES256KeyPair::from_der(der).unwrap(), unwrap),
            Algorithm::ES384 => written!(ES384KeyPair::from_der(der).unwrap(), unwrap),
            Algorithm::EdDSA => written!(Ed25519KeyPair::from_der(der).unwrap()),
            _ => written!(RS256KeyPair::from_der(der).unwrap(), unwrap),
        }
    }

    /// Returns a new key.
    pub(crate) fn made(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::ES256 => written!(ES256KeyPair::generate(), unwrap),
            Algorithm::ES384 => written!(ES384KeyPair::generate(), unwrap),
            Algorithm::EdDSA => written!(Ed25519KeyPair::generate()),
            _ => written!(RS256KeyPair::generate(2048).unwrap(), unwrap),
        }
    }
}
