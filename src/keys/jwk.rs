//! Reading a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 9964).

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::error::KeyError;
use crate::algorithm::{Algorithm, Family, Scheme};
use crate::json::{Tape, Value, scan};
use crate::jws::base64url;

/// How deep a key may nest; a certificate chain in it has one level.
const DEPTH: usize = 8;

/// The members of one key, each read when it is asked for.
pub(super) struct Jwk<'a> {
    root: Value<'a>,
}

/// What a key is: a shared secret, or one half of a pair.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum KeyType {
    Secret,
    Public(Family),
}

/// What a key is loaded for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Verify,
    Sign,
}

/// Reads a text as a key and hands it to `load`.
pub(super) fn with_jwk<T>(
    text: &str,
    load: impl FnOnce(&Jwk<'_>) -> Result<T, KeyError>,
) -> Result<T, KeyError> {
    let mut tape = Tape::<24>::new();
    scan(text, DEPTH, &mut tape).map_err(|_| KeyError::Malformed("not a strict JSON object"))?;
    let root = Value::root(text, tape.nodes());
    if !root.is_object() {
        return Err(KeyError::Malformed("not a JSON object"));
    }
    load(&Jwk { root })
}

impl<'a> Jwk<'a> {
    /// Returns a member that is a string, or nothing if it is not there.
    fn text(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, KeyError> {
        self.root
            .member(name)
            .map(|value| value.as_str().ok_or(KeyError::Malformed(name)))
            .transpose()
    }

    /// Returns a member that is base64url.
    pub(super) fn bytes(&self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = self
            .root
            .member(name)
            .filter(|value| value.is_string())
            .ok_or(KeyError::Malformed(name))?;
        base64url::decode(text.source().as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Malformed(name))
    }

    pub(super) fn key_id(&self) -> Result<Option<String>, KeyError> {
        Ok(self.text("kid")?.map(Cow::into_owned))
    }

    /// Returns the kind of key, from `kty` and what tells those with the same `kty` apart.
    pub(super) fn key_type(&self) -> Result<KeyType, KeyError> {
        let key_type = self.text("kty")?.ok_or(KeyError::Malformed("kty"))?;
        let name = match &*key_type {
            "oct" => return Ok(KeyType::Secret),
            "RSA" => Some(key_type.clone()),
            "EC" | "OKP" => self.text("crv")?,
            // RFC 9964, section 3: such a key is for one algorithm, and says which.
            "AKP" => Some(self.text("alg")?.ok_or(KeyError::NoAlgorithm)?),
            _ => return Err(KeyError::Malformed("kty")),
        };
        Family::all()
            .find(|family| family.key_type() == key_type && Some(family.name()) == name.as_deref())
            .map(KeyType::Public)
            .ok_or(KeyError::Malformed("crv"))
    }

    /// Returns the one algorithm that the key names, which must be one of its family.
    pub(super) fn algorithm(&self) -> Result<Option<Algorithm>, KeyError> {
        let key_type = self.key_type()?;
        let Some(name) = self.text("alg")? else {
            return Ok(None);
        };
        let algorithm: Algorithm = name.parse().map_err(|_| KeyError::WrongAlgorithm)?;
        let wanted = match algorithm.scheme() {
            Scheme::Hmac(_) => KeyType::Secret,
            Scheme::Public(scheme) => KeyType::Public(scheme.family()),
        };
        if wanted == key_type {
            Ok(Some(algorithm))
        } else {
            Err(KeyError::WrongAlgorithm)
        }
    }

    /// Checks `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3).
    pub(super) fn check_use(&self, purpose: Purpose) -> Result<(), KeyError> {
        if self.text("use")?.is_some_and(|usage| usage != "sig") {
            return Err(KeyError::WrongUse);
        }
        let Some(operations) = self.root.member("key_ops") else {
            return Ok(());
        };
        if !operations.is_array() {
            return Err(KeyError::Malformed("key_ops"));
        }
        let wanted = match purpose {
            Purpose::Verify => "verify",
            Purpose::Sign => "sign",
        };
        if operations.elements().any(|name| name.is_text(wanted)) {
            Ok(())
        } else {
            Err(KeyError::WrongUse)
        }
    }
}
