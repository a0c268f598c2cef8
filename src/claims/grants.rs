//! Where a payload says what its bearer may do.

use std::sync::OnceLock;

use super::names::{Names, Spaces};
use super::source::{GrantSource, Mismatch};
use crate::json::Value;

/// What a verifier reads scopes and roles from.
#[derive(Clone, Debug)]
pub(crate) struct Grants {
    scopes: Vec<GrantSource>,
    roles: Vec<GrantSource>,
}

/// Names that had to be made of one payload: once, when somebody asks.
#[derive(Default)]
pub(crate) struct Computed {
    scopes: OnceLock<Vec<String>>,
    roles: OnceLock<Vec<String>>,
}

impl Grants {
    /// Takes these claims, or the usual ones where there are none.
    pub(crate) fn new(scopes: Vec<GrantSource>, roles: Vec<GrantSource>) -> Self {
        // RFC 8693, section 4.2, and the older name that Entra and Okta use; RFC 9068, section
        // 2.2.3.1.
        let or_usual = |sources: Vec<GrantSource>, usual: &[&str]| {
            if sources.is_empty() {
                usual.iter().map(|name| GrantSource::from(*name)).collect()
            } else {
                sources
            }
        };
        Self {
            scopes: or_usual(scopes, &["scope", "scp"]),
            roles: or_usual(roles, &["roles"]),
        }
    }

    pub(crate) fn scopes<'a>(&'a self, root: Value<'a>, computed: &'a Computed) -> Names<'a> {
        let computed = compute(&self.scopes, root, &computed.scopes);
        Names::new(&self.scopes, root, Spaces::Split, computed)
    }

    pub(crate) fn roles<'a>(&'a self, root: Value<'a>, computed: &'a Computed) -> Names<'a> {
        let computed = compute(&self.roles, root, &computed.roles);
        Names::new(&self.roles, root, Spaces::Keep, computed)
    }

    /// Returns the claims of which nothing can be made, and whether scopes or roles were looked for in them.
    pub(crate) fn mismatches(
        &self,
        root: Value<'_>,
    ) -> impl Iterator<Item = (&'static str, Mismatch)> {
        let named = |what, sources: &[GrantSource]| {
            let found = sources.iter().filter_map(|source| source.mismatch(root));
            found.map(|mismatch| (what, mismatch)).collect::<Vec<_>>()
        };
        let roles = named("roles", &self.roles);
        named("scopes", &self.scopes).into_iter().chain(roles)
    }
}

fn compute<'a>(
    sources: &[GrantSource],
    root: Value<'_>,
    computed: &'a OnceLock<Vec<String>>,
) -> &'a [String] {
    if !sources.iter().any(GrantSource::is_computed) {
        return &[];
    }
    computed.get_or_init(|| {
        let made = sources.iter().flat_map(|source| source.compute(root));
        made.collect()
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::json::{Tape, scan};

    fn names(payload: &str, grants: &Grants) -> (Vec<String>, Vec<String>) {
        let mut tape = Tape::<8>::new();
        scan(payload, 32, &mut tape).unwrap();
        let root = Value::root(payload, tape.nodes());
        let computed = Computed::default();
        (
            grants
                .scopes(root, &computed)
                .map(Cow::into_owned)
                .collect(),
            grants.roles(root, &computed).map(Cow::into_owned).collect(),
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
        let grants = Grants::new(
            vec!["realm_access.roles".into()],
            vec![["https://example.com/roles"].into(), "role".into()],
        );
        let payload = r#"{"realm_access":{"roles":["a"]},"https://example.com/roles":["b"],
            "role":"c d","scope":"never"}"#;
        assert_eq!(
            names(payload, &grants),
            (vec!["a".into()], vec!["b".into(), "c d".into()])
        );
    }
}
