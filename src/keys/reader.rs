//! Reading what somebody has published: a JWK Set, or PEM texts by the `kid` of each.

use std::path::Path;

use super::error::KeyError;
use super::form::Form;
use super::jwk::without_mark;
use super::set::{KeySet, SkippedKey};
use super::shape;
use super::verifying::VerifyingKey;
use crate::json::{Tape, Value, scan, scan_structure};
use crate::observe::{Event, observe};

/// How deep a set is looked into: the object, and the list in it. Each key is read by itself.
const DEPTH: usize = 2;

/// Reads published keys, with settings that [`KeySet::from_jwks`] does not have.
///
/// # Examples
///
/// ```
/// use keycard::keys::KeySetReader;
///
/// let bundle = r#"{"keys":[{"use":"jwt-svid","kty":"OKP","crv":"Ed25519","kid":"2026",
///     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let keys = KeySetReader::new().signing_use("jwt-svid").read(bundle)?;
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeySetReader {
    signing_uses: Vec<String>,
    max_keys: Option<usize>,
}

impl KeySetReader {
    /// Creates a reader that reads as [`KeySet::from_jwks`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySetReader;
    ///
    /// assert!(KeySetReader::new().read(r#"{"keys":[]}"#)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes keys whose `use` is this one for keys that sign, as those with `sig` are.
    ///
    /// RFC 7517, section 4.2, has `sig` and `enc`, and lets others add to them: SPIFFE publishes the keys of its JWTs with
    /// `jwt-svid`, beside keys of certificates with `x509-svid`. The default is none; each call adds one.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::KeySetReader;
    ///
    /// let reader = KeySetReader::new().signing_use("jwt-svid");
    /// # let bundle = r#"{"keys":[{"use":"x509-svid","kty":"RSA","x5c":[]}]}"#;
    /// // Keys of certificates are left out.
    /// assert!(reader.read(bundle)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn signing_use(mut self, name: impl Into<String>) -> Self {
        self.signing_uses.push(name.into());
        self
    }

    /// Refuses sets with more keys than this, whether they can be used or not, before it looks at one of them. The default
    /// is no limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::{KeyError, KeySetReader};
    ///
    /// let read = KeySetReader::new().max_keys(1).read(r#"{"keys":[{},{}]}"#);
    /// assert_eq!(read.err(), Some(KeyError::TooManyKeys { found: 2 }));
    /// ```
    #[must_use]
    pub const fn max_keys(mut self, keys: usize) -> Self {
        self.max_keys = Some(keys);
        self
    }

    /// Reads a JWK Set, or PEM texts by `kid`: see [`KeySet::from_jwks`].
    ///
    /// # Errors
    ///
    /// Those of `from_jwks`, [`KeyError::TooManyKeys`], and [`KeyError::WrongUse`] if `enc` was named as a use for
    /// signatures.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::{KeyError, KeySetReader};
    ///
    /// let set = r#"{"keys":[]}"#;
    /// assert!(KeySetReader::new().read(set).is_ok());
    /// let mistaken = KeySetReader::new().signing_use("enc").read(set);
    /// assert_eq!(mistaken.err(), Some(KeyError::WrongUse));
    /// ```
    pub fn read(&self, text: &str) -> Result<KeySet, KeyError> {
        const NOT_A_SET: KeyError = KeyError::Malformed("not a JWK Set");
        if self.signing_uses.iter().any(|usage| usage == "enc") {
            return Err(KeyError::WrongUse);
        }
        let text = without_mark(text);
        let mut tape = Tape::<64>::new();
        scan_structure(text, DEPTH, &mut tape).map_err(|_| unlike(text.as_bytes(), NOT_A_SET))?;
        let root = Value::root(text, tape.nodes());
        let mut lists = root.members().filter(|(name, _)| name.is_text("keys"));
        match (lists.next(), lists.next()) {
            (Some((_, keys)), None) if keys.is_array() => {
                self.count(keys.elements().count())?;
                Ok(self.read_list(keys))
            }
            _ if root.members().any(|(_, value)| is_pem(value)) => {
                self.count(root.members().count())?;
                Ok(read_map(root))
            }
            _ => Err(unlike(text.as_bytes(), NOT_A_SET)),
        }
    }

    /// Reads a file with such a text in it.
    ///
    /// # Errors
    ///
    /// - [`KeyError::Unreadable`], which names the file: it cannot be read.
    /// - Those of [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use keycard::keys::KeySetReader;
    ///
    /// let reader = KeySetReader::new().signing_use("jwt-svid");
    /// let keys = reader.read_file("/run/spire/bundle.json")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_file(&self, path: impl AsRef<Path>) -> Result<KeySet, KeyError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|error| KeyError::Unreadable {
            file: path.to_owned(),
            kind: error.kind(),
        })?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.read(text),
            Err(_) => Err(unlike(&bytes, KeyError::Malformed("not UTF-8"))),
        }
    }

    fn count(&self, found: usize) -> Result<(), KeyError> {
        match self.max_keys {
            Some(most) if found > most => Err(KeyError::TooManyKeys { found }),
            Some(_) | None => Ok(()),
        }
    }

    fn read_list(&self, list: Value<'_>) -> KeySet {
        let entries = list.elements().map(|jwk| {
            let key = if jwk.is_object() {
                VerifyingKey::from_set_member(jwk.source(), &self.signing_uses)
            } else {
                Err(KeyError::Malformed("not a JSON object"))
            };
            key.map_err(|error| (key_id(jwk.source()), error))
        });
        collect(entries)
    }
}

/// Reads PEM texts by `kid`. They do not say their algorithm, as a JWK need not.
fn read_map(map: Value<'_>) -> KeySet {
    let entries = map.members().map(|(name, value)| {
        let key_id = strict_text(name);
        let key = match (&key_id, value.as_str()) {
            (None, _) => Err(KeyError::Malformed("its name is no text in JSON")),
            (_, None) => Err(KeyError::Malformed("not a text")),
            (Some(key_id), Some(pem)) => VerifyingKey::from_map_member(pem.as_bytes())
                .map(|key| key.with_key_id(key_id.as_str())),
        };
        key.map_err(|error| (key_id, error))
    });
    collect(entries)
}

fn is_pem(value: Value<'_>) -> bool {
    value.is_string() && value.source().contains("-----BEGIN ")
}

/// Returns the text of a string in which everything is as it should be.
fn strict_text(value: Value<'_>) -> Option<String> {
    let quoted = format!("\"{}\"", value.source());
    let mut tape = Tape::<1>::new();
    scan(&quoted, 0, &mut tape).ok()?;
    let text = Value::root(&quoted, tape.nodes()).as_str();
    text.map(String::from)
}

/// Returns the `kid` of a key that cannot be used, as far as there is one.
fn key_id(jwk: &str) -> Option<String> {
    let mut tape = Tape::<24>::new();
    scan_structure(jwk, 1, &mut tape).ok()?;
    let key_id = Value::root(jwk, tape.nodes()).member("kid")?;
    key_id.is_string().then(|| strict_text(key_id))?
}

/// Puts together what can be used and what cannot.
fn collect(
    entries: impl Iterator<Item = Result<VerifyingKey, (Option<String>, KeyError)>>,
) -> KeySet {
    let (mut keys, mut skipped) = (Vec::new(), Vec::new());
    for (index, entry) in entries.enumerate() {
        match entry {
            Ok(key) => keys.push(key),
            Err((key_id, error)) => {
                observe(&match &error {
                    KeyError::WrongUse | KeyError::UnknownUse => Event::KeyOfOtherUse { index },
                    error => Event::KeySkipped { index, error },
                });
                skipped.push(SkippedKey::new(index, key_id, error));
            }
        }
    }
    KeySet::published(keys, skipped)
}

/// Says what something is, if it is nothing like a set of keys.
fn unlike(bytes: &[u8], error: KeyError) -> KeyError {
    match shape::of(bytes) {
        Form::JwkSet | Form::PemMap | Form::Json | Form::Text | Form::Unknown => error,
        other => KeyError::OtherForm(other),
    }
}

impl KeySet {
    /// Reads a JWK Set (RFC 7517, section 5), or an object of PEM texts by the `kid` of each, as Google publishes the
    /// certificates of Firebase and the keys of its proxy.
    ///
    /// A key that cannot be used is left out with a warning in the log, and does no harm to the
    /// others: a weak or malformed one, one of an unknown kind, a secret. One for encryption is left
    /// out too, as it should be there. [`skipped`](Self::skipped) tells which they are, and why.
    ///
    /// A certificate is only the envelope of its key, of which [`VerifyingKey::from_pem`] says more. A key in PEM serves
    /// every algorithm of its kind that the verifier allows.
    ///
    /// # Errors
    ///
    /// Text that is no JSON object with one `keys` array, nor with PEM in it. [`KeyError::OtherForm`] says what it is
    /// instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::keys::{KeyError, KeySet};
    ///
    /// let keys = KeySet::from_jwks(
    ///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"2026",
    ///         "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///         {"kty":"oct","alg":"HS256","k":"a secret is left out"}]}"#,
    /// )?;
    /// assert_eq!((keys.len(), keys.skipped().count()), (1, 1));
    /// assert!(matches!(KeySet::from_jwks("[]"), Err(KeyError::Malformed(_))));
    ///
    /// let keys = KeySet::from_jwks(
    ///     r#"{"2026":"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----"}"#,
    /// )?;
    /// assert_eq!(keys.iter().next().and_then(|key| key.key_id()), Some("2026"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_jwks(jwks: &str) -> Result<Self, KeyError> {
        KeySetReader::new().read(jwks)
    }

    /// Reads a file with a JWK Set in it: see [`from_jwks`](Self::from_jwks).
    ///
    /// # Errors
    ///
    /// - [`KeyError::Unreadable`], which names the file: it cannot be read.
    /// - Those of `from_jwks`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::{Algorithm, SigningKey};
    /// use keycard::keys::KeySet;
    ///
    /// let path = std::env::temp_dir().join(format!("desk-{}.json", std::process::id()));
    /// let desk = KeySet::new([SigningKey::generate(Algorithm::ES256)?.verifying_key()]);
    ///
    /// std::fs::write(&path, desk.to_jwks())?; // once, by the one who signs
    /// let keys = KeySet::from_jwks_file(&path)?;
    /// assert_eq!(keys.len(), 1);
    /// std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        KeySetReader::new().read_file(path)
    }
}
