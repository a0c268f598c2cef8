//! Where a payload says what its bearer may do.

use std::borrow::Cow;

use crate::json::Value;

/// The way to a claim: the name of a member, or the names of nested ones.
///
/// A text is split at its dots, unless it is a URL, as Auth0 has them for names. Other names that have
/// dots in them are given as an array.
///
/// # Examples
///
/// ```
/// use keycard::claims::ClaimPath;
///
/// let keycloak = ClaimPath::from("realm_access.roles");
/// let client = ClaimPath::from(["resource_access", "my.client", "roles"]);
/// let auth0 = ClaimPath::from("https://example.com/roles");
/// assert_eq!(auth0, ClaimPath::from(["https://example.com/roles"]));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClaimPath {
    names: Box<[Box<str>]>,
}

impl ClaimPath {
    pub(crate) fn find<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        self.names
            .iter()
            .try_fold(root, |value, name| value.member(name))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.iter().all(|name| name.is_empty())
    }
}

impl From<&str> for ClaimPath {
    fn from(path: &str) -> Self {
        if path.contains("://") {
            return Self::from([path]);
        }
        Self {
            names: path.split('.').map(Into::into).collect(),
        }
    }
}

impl<const N: usize> From<[&str; N]> for ClaimPath {
    fn from(names: [&str; N]) -> Self {
        Self {
            names: names.into_iter().map(Into::into).collect(),
        }
    }
}

/// The claims that a verifier reads scopes and roles from.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    scopes: Vec<ClaimPath>,
    roles: Vec<ClaimPath>,
}

impl Grants {
    /// Takes these claims, or the usual ones where there are none.
    pub(crate) fn new(scopes: Vec<ClaimPath>, roles: Vec<ClaimPath>) -> Self {
        // RFC 8693, section 4.2, and the older name that Entra and Okta use; RFC 9068, section
        // 2.2.3.1.
        let or_usual = |claims: Vec<ClaimPath>, usual: &[&str]| {
            if claims.is_empty() {
                usual.iter().map(|name| ClaimPath::from(*name)).collect()
            } else {
                claims
            }
        };
        Self {
            scopes: or_usual(scopes, &["scope", "scp"]),
            roles: or_usual(roles, &["roles"]),
        }
    }

    pub(crate) fn scopes<'a>(&'a self, root: Value<'a>) -> Names<'a> {
        Names::new(&self.scopes, root, Spaces::Split)
    }

    pub(crate) fn roles<'a>(&'a self, root: Value<'a>) -> Names<'a> {
        Names::new(&self.roles, root, Spaces::Keep)
    }
}

/// Whether one string lists several names.
#[derive(Clone, Copy)]
enum Spaces {
    /// RFC 6749, section 3.3: scopes stand in one string, divided by single spaces.
    Split,
    /// The name of a role may have spaces in it.
    Keep,
}

/// Names found in a payload, one after the other. Values of wrong types grant nothing.
pub(crate) struct Names<'a> {
    paths: std::slice::Iter<'a, ClaimPath>,
    root: Value<'a>,
    spaces: Spaces,
    elements: Option<crate::json::Elements<'a>>,
    /// A string, and how much of it has been read.
    text: Option<(Cow<'a, str>, usize)>,
}

impl<'a> Names<'a> {
    fn new(paths: &'a [ClaimPath], root: Value<'a>, spaces: Spaces) -> Self {
        Self {
            paths: paths.iter(),
            root,
            spaces,
            elements: None,
            text: None,
        }
    }

    /// Tells whether `wanted` is among the names, octet by octet.
    pub(crate) fn contain(mut self, wanted: &str) -> bool {
        self.any(|name| name == wanted)
    }

    /// Takes the next name off a string that lists several.
    fn next_in_text(&mut self) -> Option<Cow<'a, str>> {
        let (text, start) = self.text.take()?;
        if matches!(self.spaces, Spaces::Keep) {
            return Some(text);
        }
        let rest = text.get(start..)?;
        let length = rest.find(' ').unwrap_or(rest.len());
        let end = start.saturating_add(length);
        let name = match &text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end)?),
            Cow::Owned(text) => Cow::Owned(text.get(start..end)?.to_owned()),
        };
        if end < text.len() {
            self.text = Some((text, end.saturating_add(1)));
        }
        Some(name)
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        loop {
            let name = if let Some(name) = self.next_in_text() {
                Some(name)
            } else if let Some(element) = self.elements.as_mut().and_then(Iterator::next) {
                element.as_str()
            } else {
                let claim = self.paths.next()?.find(self.root);
                self.elements = claim.map(Value::elements);
                self.text = claim.and_then(Value::as_str).map(|text| (text, 0));
                None
            };
            // Two spaces in a row have no name between them.
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                return Some(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Tape, scan};

    fn names(payload: &str, grants: &Grants) -> (Vec<String>, Vec<String>) {
        let mut tape = Tape::<8>::new();
        scan(payload, 32, &mut tape).unwrap();
        let root = Value::root(payload, tape.nodes());
        (
            grants.scopes(root).map(Cow::into_owned).collect(),
            grants.roles(root).map(Cow::into_owned).collect(),
        )
    }

    #[test]
    fn scopes_stand_in_a_string_or_an_array_or_both() {
        let grants = Grants::new(vec![], vec![]);
        let (scopes, roles) = names(
            r#"{"scope":"a b\u0020c","scp":["d","e f",1],"roles":["x y"]}"#,
            &grants,
        );
        assert_eq!(scopes, ["a", "b", "c", "d", "e f"]);
        assert_eq!(roles, ["x y"]);
        for nothing in [
            r"{}",
            r#"{"scope":1}"#,
            r#"{"scope":{"a":"b"}}"#,
            r#"{"scp":null}"#,
        ] {
            assert_eq!(names(nothing, &grants), (vec![], vec![]), "{nothing}");
        }
    }

    #[test]
    fn other_claims_are_found_by_their_path() {
        let grants = Grants {
            scopes: vec!["realm_access.roles".into()],
            roles: vec![["https://example.com/roles"].into(), "role".into()],
        };
        let payload = r#"{"realm_access":{"roles":["a"]},"https://example.com/roles":["b"],
            "role":"c d","scope":"never"}"#;
        assert_eq!(
            names(payload, &grants),
            (vec!["a".into()], vec!["b".into(), "c d".into()])
        );
    }
}
