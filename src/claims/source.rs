//! Where scopes or roles stand, and in which shape.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::path::ClaimPath;
use crate::json::{Kind, Tape, Value, scan};

/// JSON in a string nests no deeper than the payload around it may.
const DEEPEST: usize = 32;

/// Where a trust finds scopes or roles: in a claim, in one of several shapes, or by a function.
///
/// A text, an array and a [`ClaimPath`] convert into one: a claim that is a string, or an array of strings. Other shapes
/// have to be named; in a claim of another shape than the one that was named stands nothing, and the log tells it at
/// debug level.
///
/// # Examples
///
/// ```
/// use keycard::Trust;
/// use keycard::claims::GrantSource;
/// use keycard::keys::KeySet;
///
/// fn zitadel(keys: KeySet) -> Trust {
///     Trust::new("https://hotel.zitadel.example", keys)
///         // {"admin": {"ORG": "host"}} makes an admin.
///         .roles_from(GrantSource::member_names("urn:zitadel:iam:org:project:roles"))
/// }
/// ```
#[derive(Clone)]
pub struct GrantSource {
    path: Option<ClaimPath>,
    shape: Shape,
}

/// How names stand there.
#[derive(Clone)]
pub(super) enum Shape {
    /// A string, or an array of strings.
    Texts,
    /// The names of the members of an object.
    MemberNames,
    /// One of the first, as JSON in a string.
    JsonText,
    /// Whatever the application makes of the payload.
    Function(Function),
}

type Function = Arc<dyn Fn(&serde_json::Value) -> Vec<String> + Send + Sync>;

impl GrantSource {
    fn new(path: impl Into<ClaimPath>, shape: Shape) -> Self {
        Self {
            path: Some(path.into()),
            shape,
        }
    }

    /// Takes the names of the members of an object, as Zitadel writes roles: `{"admin": {"ORG": "host"}}` is the role
    /// `admin`.
    ///
    /// A name with `false` or `null` behind it grants nothing; what else stands there does not matter. The claim is a
    /// [`ClaimPath`]: a text is split at its dots, so for a claim with a dot in its name write `["urn:hotel.example:roles"]`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::claims::GrantSource;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let roles = GrantSource::member_names("urn:zitadel:iam:org:project:roles");
    /// let verifier = issuer.verifier_builder().roles_from(roles).build()?;
    /// let claims = serde_json::json!({"urn:zitadel:iam:org:project:roles": {"admin": {"7": "host"}}});
    /// let token = verifier.verify_now(&issuer.token("anna").claims(&claims).sign()?)?;
    /// assert!(token.has_role("admin"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn member_names(claim: impl Into<ClaimPath>) -> Self {
        Self::new(claim, Shape::MemberNames)
    }

    /// Takes a string with JSON in it, a string or an array of strings: `"[\"admin\"]"` is the role `admin`.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::claims::GrantSource;
    /// use keycard::testing;
    ///
    /// let issuer = testing::issuer();
    /// let builder = issuer.verifier_builder().roles_from(GrantSource::json_text("groups"));
    /// let claims = serde_json::json!({"groups": "[\"admin\",\"night shift\"]"});
    /// let token = builder.build()?.verify_now(&issuer.token("anna").claims(&claims).sign()?)?;
    /// assert!(token.has_role("night shift"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json_text(claim: impl Into<ClaimPath>) -> Self {
        Self::new(claim, Shape::JsonText)
    }

    /// Takes what a function makes of the payload, for every other shape.
    ///
    /// It runs once for a token that somebody asks for its scopes or roles, and each text it returns is one of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::claims::GrantSource;
    /// use keycard::testing;
    ///
    /// let in_our_hotel = GrantSource::function(|claims| {
    ///     let stays = claims["stays"].as_array().into_iter().flatten();
    ///     let ours = stays.filter(|stay| stay["hotel"] == "ours");
    ///     ours.filter_map(|stay| stay["role"].as_str()).map(str::to_owned).collect()
    /// });
    /// let issuer = testing::issuer();
    /// let verifier = issuer.verifier_builder().roles_from(in_our_hotel).build()?;
    /// let claims = serde_json::json!({"stays": [{"hotel": "ours", "role": "admin"}]});
    /// let token = verifier.verify_now(&issuer.token("anna").claims(&claims).sign()?)?;
    /// assert!(token.has_role("admin"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn function<F>(function: F) -> Self
    where
        F: Fn(&serde_json::Value) -> Vec<String> + Send + Sync + 'static,
    {
        Self {
            path: None,
            shape: Shape::Function(Arc::new(function)),
        }
    }

    pub(super) fn path(&self) -> Option<&ClaimPath> {
        self.path.as_ref()
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Tells whether there is a claim to look for, and it has no name.
    pub(crate) fn is_empty(&self) -> bool {
        self.path.as_ref().is_some_and(ClaimPath::is_empty)
    }

    /// Tells whether its names have to be made of the payload, and do not just stand there.
    pub(super) fn is_computed(&self) -> bool {
        match self.shape {
            Shape::Texts | Shape::MemberNames => false,
            Shape::JsonText | Shape::Function(_) => true,
        }
    }

    /// Makes the names that do not stand there as they are.
    pub(super) fn compute(&self, root: Value<'_>) -> Vec<String> {
        match (&self.shape, &self.path) {
            (Shape::Function(function), _) => {
                let claims = serde_json::Value::deserialize(root);
                claims.map(|claims| function(&claims)).unwrap_or_default()
            }
            (Shape::JsonText, Some(path)) => {
                path.find(root).and_then(texts_in_json).unwrap_or_default()
            }
            (Shape::JsonText, None) | (Shape::Texts | Shape::MemberNames, _) => Vec::new(),
        }
    }

    /// Returns what stands in the claim, and what should, if nothing can be made of it. Nothing and null are the absence
    /// of names.
    pub(super) fn mismatch(&self, root: Value<'_>) -> Option<Mismatch> {
        let path = self.path.as_ref()?;
        let value = path.find(root)?;
        let found = value.kind();
        let (fits, wanted) = match self.shape {
            Shape::Texts => (is_texts(value), "a string or an array of strings"),
            Shape::MemberNames => (value.is_object(), "an object"),
            Shape::JsonText => (
                texts_in_json(value).is_some(),
                "a string with a JSON array of strings in it",
            ),
            Shape::Function(_) => (true, ""),
        };
        let claim = path.name();
        (!fits && found != Kind::Null).then_some(Mismatch {
            claim,
            found,
            wanted,
        })
    }
}

/// A claim in another shape than the one that was named.
pub(crate) struct Mismatch {
    /// As it was configured.
    pub(crate) claim: String,
    pub(crate) found: Kind,
    pub(crate) wanted: &'static str,
}

fn is_texts(value: Value<'_>) -> bool {
    value.is_string() || value.is_array() && value.elements().all(Value::is_string)
}

/// Reads JSON in a string as strictly as the payload.
fn texts_in_json(value: Value<'_>) -> Option<Vec<String>> {
    let text = value.as_str()?;
    let mut tape = Tape::<16>::new();
    scan(&text, DEEPEST, &mut tape).ok()?;
    let inside = Value::root(&text, tape.nodes());
    if !is_texts(inside) {
        return None;
    }
    let texts = inside.elements().chain([inside]).filter_map(Value::as_str);
    Some(texts.map(Cow::into_owned).collect())
}

impl<P: Into<ClaimPath>> From<P> for GrantSource {
    fn from(claim: P) -> Self {
        Self::new(claim, Shape::Texts)
    }
}

impl fmt::Debug for GrantSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.shape {
            Shape::Texts => "texts",
            Shape::MemberNames => "member_names",
            Shape::JsonText => "json_text",
            Shape::Function(_) => return f.write_str("function"),
        };
        let claim = self.path.as_ref().map(ClaimPath::name);
        f.debug_tuple(name)
            .field(&claim.unwrap_or_default())
            .finish()
    }
}
