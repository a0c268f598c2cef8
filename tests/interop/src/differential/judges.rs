//! Three libraries with the same key, issuer and audience.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{DecodingKey, Validation, decode};
use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ES256KeyPair, Ed25519KeyPair, EdDSAPublicKeyLike, HS256Key, JWTClaims,
    MACLike, PS256KeyPair, RS256KeyPair, RSAPublicKeyLike,
};
use keycard::keys::KeySet;
use keycard::{Algorithm, SigningKey, Verifier};
use serde_json::{Map, Value, json};

use crate::claims::{AUDIENCE, ISSUER};
use crate::keys::{SECRET, private_pem, signing_key};
use crate::with_jwt_simple::options;

/// The subject of a token that was accepted; nothing of one that was refused.
type Verdict = Option<Option<String>>;

/// The libraries, and the key that all of them have.
pub(super) struct Judge {
    pub(super) algorithm: Algorithm,
    pub(super) key: SigningKey,
    pub(super) key_id: String,
    pub(super) now: i64,
    verifier: Verifier,
    jsonwebtoken: (DecodingKey, Validation),
    jwt_simple: Box<dyn Fn(&str) -> Verdict>,
}

/// One for each family of keys.
pub(super) fn judges() -> impl Iterator<Item = Judge> {
    use Algorithm::{ES256, EdDSA, HS256, PS256, RS256};
    [HS256, ES256, EdDSA, RS256, PS256]
        .into_iter()
        .map(Judge::new)
}

impl Judge {
    fn new(algorithm: Algorithm) -> Self {
        let key = if algorithm == Algorithm::HS256 {
            let k = base64url(SECRET);
            let jwk = json!({"kty": "oct", "alg": "HS256", "kid": "shared", "k": k});
            SigningKey::from_jwk(&jwk.to_string()).unwrap()
        } else {
            signing_key(algorithm)
        };
        let verifier = Verifier::builder(key.verifying_key())
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .build()
            .unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Self {
            algorithm,
            key_id: key.key_id().unwrap().to_owned(),
            now: now.as_secs().try_into().unwrap(),
            verifier,
            jsonwebtoken: jsonwebtoken(algorithm, &key),
            jwt_simple: jwt_simple(algorithm),
            key,
        }
    }

    /// Signatures of RSA in plain Rust are slow: a few tokens have to do.
    pub(super) fn share(&self, number: usize) -> usize {
        match self.algorithm {
            Algorithm::RS256 | Algorithm::PS256 => 1,
            _ => number,
        }
    }

    pub(super) fn keycard(&self, token: &str) -> Verdict {
        let token = self.verifier.verify_now(&token);
        let token = token.ok()?;
        Some(token.subject().map(Into::into))
    }

    /// What the others say. A library that panics refuses, in its way.
    pub(super) fn others(&self, token: &str) -> [(&'static str, Verdict); 2] {
        let (key, validation) = &self.jsonwebtoken;
        let first = || {
            let token = decode::<Value>(token, key, validation).ok()?;
            Some(token.claims["sub"].as_str().map(str::to_owned))
        };
        let second = || (self.jwt_simple)(token);
        [
            (
                "jsonwebtoken",
                catch_unwind(AssertUnwindSafe(first)).unwrap_or(None),
            ),
            (
                "jwt-simple",
                catch_unwind(AssertUnwindSafe(second)).unwrap_or(None),
            ),
        ]
    }
}

fn jsonwebtoken(algorithm: Algorithm, key: &SigningKey) -> (DecodingKey, Validation) {
    let mut validation = Validation::new(algorithm.try_into().unwrap());
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    let key = if algorithm == Algorithm::HS256 {
        DecodingKey::from_secret(SECRET)
    } else {
        let jwks = KeySet::new([key.verifying_key()]).to_jwks();
        let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&jwks).unwrap();
        DecodingKey::from_jwk(&jwks.keys[0]).unwrap()
    };
    (key, validation)
}

fn jwt_simple(algorithm: Algorithm) -> Box<dyn Fn(&str) -> Verdict> {
    macro_rules! public {
        ($pair:ty) => {{
            let public = <$pair>::from_pem(private_pem(algorithm))
                .unwrap()
                .public_key();
            Box::new(move |token| verdict(public.verify_token(token, Some(options()))))
        }};
    }
    match algorithm {
        Algorithm::HS256 => {
            let key = HS256Key::from_bytes(SECRET);
            Box::new(move |token| verdict(key.verify_token(token, Some(options()))))
        }
        Algorithm::ES256 => public!(ES256KeyPair),
        Algorithm::EdDSA => public!(Ed25519KeyPair),
        Algorithm::RS256 => public!(RS256KeyPair),
        Algorithm::PS256 => public!(PS256KeyPair),
        other => panic!("no judge for {other}"),
    }
}

fn verdict(claims: Result<JWTClaims<Map<String, Value>>, jwt_simple::Error>) -> Verdict {
    claims.ok().map(|claims| claims.subject)
}

pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Encoder};
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap()
}
