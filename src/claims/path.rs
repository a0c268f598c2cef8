//! The way to a claim.

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

    /// Returns it as a log names it.
    pub(super) fn name(&self) -> String {
        self.names.join(".")
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
