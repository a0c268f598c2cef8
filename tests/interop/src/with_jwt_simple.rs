//! `jwt-simple`, which takes private keys in PEM here and derives the public ones from them.

use jwt_simple::JWTError;
use jwt_simple::prelude::{
    Audiences, Duration, ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ECDSAP384KeyPairLike,
    ECDSAP384PublicKeyLike, ES256KeyPair, ES384KeyPair, Ed25519KeyPair, EdDSAKeyPairLike,
    EdDSAPublicKeyLike, HS256Key, HS384Key, HS512Key, HashSet, JWTClaims, MACLike, MLDSA44KeyPair,
    MLDSA65KeyPair, MLDSA87KeyPair, MLDSAKeyPairLike, MLDSAPublicKeyLike, PS256KeyPair,
    PS384KeyPair, PS512KeyPair, RS256KeyPair, RS384KeyPair, RS512KeyPair, RSAKeyPairLike,
    RSAPublicKeyLike, VerificationOptions,
};
use keycard::Algorithm;
use keycard::verify::Reason;

use crate::claims::{AUDIENCE, Claims, ISSUER, Stay};
use crate::keys::{SECRET, private_pem};
use crate::party::Party;

/// Returns `jwt-simple` with the key of this algorithm.
pub(crate) fn party(algorithm: Algorithm) -> Box<dyn Party> {
    let pem = || private_pem(algorithm);
    match algorithm {
        Algorithm::HS256 => Box::new(HS256Key::from_bytes(SECRET)),
        Algorithm::HS384 => Box::new(HS384Key::from_bytes(SECRET)),
        Algorithm::HS512 => Box::new(HS512Key::from_bytes(SECRET)),
        Algorithm::RS256 => Box::new(RS256KeyPair::from_pem(pem()).unwrap()),
        Algorithm::RS384 => Box::new(RS384KeyPair::from_pem(pem()).unwrap()),
        Algorithm::RS512 => Box::new(RS512KeyPair::from_pem(pem()).unwrap()),
        Algorithm::PS256 => Box::new(PS256KeyPair::from_pem(pem()).unwrap()),
        Algorithm::PS384 => Box::new(PS384KeyPair::from_pem(pem()).unwrap()),
        Algorithm::PS512 => Box::new(PS512KeyPair::from_pem(pem()).unwrap()),
        Algorithm::ES256 => Box::new(ES256KeyPair::from_pem(pem()).unwrap()),
        Algorithm::ES384 => Box::new(ES384KeyPair::from_pem(pem()).unwrap()),
        Algorithm::EdDSA => Box::new(Ed25519KeyPair::from_pem(pem()).unwrap()),
        other => panic!("jwt-simple has no {other}"),
    }
}

// Every algorithm is a type of its own there, and the methods are those of six traits.
macro_rules! parties {
    ($($key:ty: $sign:path, $verify:expr;)*) => {$(
        impl Party for $key {
            fn sign(&self, claims: &Claims) -> String {
                $sign(self, theirs(claims)).unwrap()
            }

            fn verify(&self, token: &str) -> Result<Claims, Reason> {
                let verify: fn(&Self, &str, VerificationOptions) -> _ = $verify;
                verify(self, token, options()).map(ours).map_err(|error| reason(&error))
            }
        }
    )*};
}

macro_rules! parties_with_secret {
    ($($key:ty)*) => {parties! {$(
        $key: MACLike::authenticate, |key, token, options| key.verify_token(token, Some(options));
    )*}};
}

macro_rules! parties_with_key_pair {
    ($($key:ty: $sign:path;)*) => {parties! {$(
        $key: $sign, |pair, token, options| pair.public_key().verify_token(token, Some(options));
    )*}};
}

parties_with_secret! { HS256Key HS384Key HS512Key }

parties_with_key_pair! {
    RS256KeyPair: RSAKeyPairLike::sign;
    RS384KeyPair: RSAKeyPairLike::sign;
    RS512KeyPair: RSAKeyPairLike::sign;
    PS256KeyPair: RSAKeyPairLike::sign;
    PS384KeyPair: RSAKeyPairLike::sign;
    PS512KeyPair: RSAKeyPairLike::sign;
    ES256KeyPair: ECDSAP256KeyPairLike::sign;
    ES384KeyPair: ECDSAP384KeyPairLike::sign;
    Ed25519KeyPair: EdDSAKeyPairLike::sign;
    MLDSA44KeyPair: MLDSAKeyPairLike::sign;
    MLDSA65KeyPair: MLDSAKeyPairLike::sign;
    MLDSA87KeyPair: MLDSAKeyPairLike::sign;
}

pub(crate) fn options() -> VerificationOptions {
    VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        ..VerificationOptions::default()
    }
}

pub(crate) fn theirs(claims: &Claims) -> JWTClaims<Stay> {
    JWTClaims {
        issued_at: Some(Duration::from_secs(claims.iat)),
        expires_at: Some(Duration::from_secs(claims.exp)),
        invalid_before: None,
        issuer: Some(claims.iss.clone()),
        subject: Some(claims.sub.clone()),
        audiences: Some(Audiences::AsString(claims.aud.clone())),
        jwt_id: None,
        nonce: None,
        custom: claims.stay.clone(),
    }
}

fn ours(claims: JWTClaims<Stay>) -> Claims {
    Claims {
        iss: claims.issuer.unwrap(),
        sub: claims.subject.unwrap(),
        aud: claims.audiences.unwrap().into_string().unwrap(),
        iat: claims.issued_at.unwrap().as_secs(),
        exp: claims.expires_at.unwrap().as_secs(),
        stay: claims.custom,
    }
}

fn reason(error: &jwt_simple::Error) -> Reason {
    match error.downcast_ref() {
        Some(JWTError::InvalidSignature | JWTError::InvalidAuthenticationTag) => Reason::Signature,
        Some(JWTError::RequiredIssuerMismatch) => Reason::Issuer,
        Some(JWTError::RequiredAudienceMismatch) => Reason::Audience,
        Some(JWTError::TokenHasExpired) => Reason::Expired,
        _ => panic!("jwt-simple refuses for another reason: {error}"),
    }
}
