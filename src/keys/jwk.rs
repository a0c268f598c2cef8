//! Reading a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037, RFC 9964).

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::error::KeyError;
use super::form::Form;
use super::kind::foreign;
use super::shape;
use super::wiped;
use crate::algorithm::{Algorithm, Family, Scheme};
use crate::alphabet::URL_SAFE_NO_PAD;
use crate::json::{ScanError, Tape, Value, scan};

/// How deep a key may nest. Its own members have one level, and those that others put there are passed over (RFC 7517,
/// section 4).
const DEPTH: usize = 32;

/// The members of one key, each read when it is asked for.
pub(super) struct Jwk<'a> {
    root: Value<'a>,
}

/// What is said of a member that has to be there.
const MISSING: &str = "is missing";

pub(super) const fn member(name: &'static str, fault: &'static str) -> KeyError {
    KeyError::Member { name, fault }
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
    let text = without_mark(text);
    let mut tape = Tape::<24>::new();
    if let Err(error) = scan(text, DEPTH, &mut tape) {
        return Err(unlike(text, KeyError::Malformed(fault(error))));
    }
    let root = Value::root(text, tape.nodes());
    if !root.is_object() {
        return Err(unlike(text, KeyError::Malformed("not a JSON object")));
    }
    let jwk = Jwk { root };
    if jwk.has("kty") {
        load(&jwk)
    } else {
        Err(unlike(text, member("kty", MISSING)))
    }
}

/// Drops the mark that some editors put in front of a text (RFC 8259, section 8.1).
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Says what a text is, if it is nothing like a JSON Web Key, and else what is wrong with it.
fn unlike(text: &str, error: KeyError) -> KeyError {
    match shape::of(text.as_bytes()) {
        Form::Jwk | Form::Json | Form::Text | Form::Unknown => error,
        other => KeyError::OtherForm(other),
    }
}

const fn fault(error: ScanError) -> &'static str {
    match error {
        ScanError::Syntax | ScanError::Length => "not JSON",
        ScanError::Depth => "JSON that nests too deep",
        ScanError::DuplicateName => "a member stands in it twice",
        ScanError::PrivateName => "a member has a name that a library keeps for itself",
        ScanError::LoneSurrogate => "half of a character stands in it",
        ScanError::NumberRange => "a number in it is out of range",
    }
}

/// Says what is wrong with a text that is not the base64url of RFC 7515, section 2.
fn fault_of_base64(text: &str) -> &'static str {
    if text.contains("\\n") || text.contains("\\r") {
        "has line breaks in it"
    } else if text.contains(char::is_whitespace) || text.contains("\\t") {
        "has white space in it"
    } else if text.contains(['+', '/']) {
        "is base64 with + and /, and a JWK has base64url, with - and _"
    } else if text.ends_with('=') {
        "is padded with =, and the base64url of a JWK is not"
    } else {
        "is not base64url"
    }
}

impl<'a> Jwk<'a> {
    /// Returns a member that is a string, or nothing if it is not there.
    fn text(&self, name: &'static str) -> Result<Option<Cow<'a, str>>, KeyError> {
        self.member(name)
            .map(|value| value.as_str().ok_or(member(name, "is not a string")))
            .transpose()
    }

    /// Returns a member. One that is null is one that its writer has not filled in.
    fn member(&self, name: &str) -> Option<Value<'a>> {
        self.root.member(name).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// Returns a member that is base64url.
    pub(super) fn bytes(&self, name: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let value = self.member(name).ok_or_else(|| self.missing(name))?;
        if !value.is_string() {
            return Err(member(name, "is not a string"));
        }
        // An escape in the text is no base64url either, so it can be read as it stands.
        let text = value.source();
        wiped::decode(&URL_SAFE_NO_PAD, text.as_bytes())
            .ok_or_else(|| member(name, fault_of_base64(text)))
    }

    /// RFC 7518, sections 6.2.1 and 6.3.1: the members are the key, and a certificate only comes with it.
    fn missing(&self, name: &'static str) -> KeyError {
        if self.has("x5c") {
            member(name, "is missing, and x5c alone makes no JWK")
        } else {
            member(name, MISSING)
        }
    }

    /// Returns a member that is base64url of so many bytes.
    pub(super) fn sized_bytes(
        &self,
        name: &'static str,
        size: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let bytes = self.bytes(name)?;
        if bytes.len() == size {
            Ok(bytes)
        } else {
            Err(member(name, "is of the wrong length"))
        }
    }

    pub(super) fn key_id(&self) -> Result<Option<String>, KeyError> {
        Ok(self.text("kid")?.map(Cow::into_owned))
    }

    /// Returns the kind of key, from `kty` and what tells those with the same `kty` apart.
    pub(super) fn key_type(&self) -> Result<KeyType, KeyError> {
        let key_type = self.text("kty")?.ok_or(member("kty", MISSING))?;
        let name = match &*key_type {
            "oct" => return Ok(KeyType::Secret),
            "EC" | "OKP" => self.text("crv")?.ok_or(member("crv", MISSING))?,
            // RFC 9964, section 3: such a key is for one algorithm, and says which.
            "AKP" => self.text("alg")?.ok_or(KeyError::NoAlgorithm)?,
            _ => key_type.clone(),
        };
        Family::all()
            .find(|family| family.key_type() == key_type && family.name() == name)
            .map(KeyType::Public)
            .ok_or_else(|| self.unsupported(&key_type, &name))
    }

    /// Says which key this is, which is one for no algorithm, or at least not for its own.
    fn unsupported(&self, key_type: &str, name: &str) -> KeyError {
        let found = match key_type {
            "EC" | "OKP" => foreign(name).unwrap_or("another curve"),
            "AKP" => "another algorithm",
            _ => "an unknown kty",
        };
        let named = self.text("alg").ok().flatten();
        match named.and_then(|name| name.parse().ok()) {
            Some(wanted) => KeyError::OtherKind { found, wanted },
            None => KeyError::UnsupportedKind(found),
        }
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
            return Ok(Some(algorithm));
        }
        Err(KeyError::OtherKind {
            found: match key_type {
                KeyType::Secret => "HMAC",
                KeyType::Public(family) => family.name(),
            },
            wanted: algorithm,
        })
    }

    /// Checks `use` and `key_ops` (RFC 7517, sections 4.2 and 4.3).
    ///
    /// Keys whose `use` is one of `further` are for signatures too.
    pub(super) fn check_use(&self, purpose: Purpose, further: &[String]) -> Result<(), KeyError> {
        match self.text("use")?.as_deref() {
            None | Some("sig") => {}
            Some("enc") => return Err(KeyError::WrongUse),
            Some(usage) if further.iter().any(|further| further == usage) => {}
            Some(_) => return Err(KeyError::UnknownUse),
        }
        let Some(operations) = self.member("key_ops") else {
            return Ok(());
        };
        if !operations.is_array() {
            return Err(member("key_ops", "is not an array"));
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
