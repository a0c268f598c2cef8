//! Rules: what the bearer of a token must be allowed, written as a value.
//!
//! The same value guards a route ([`require`](crate::require)), decides in a handler
//! ([`VerifiedToken::require`]), and says in the challenge which scopes would have been enough. Only [`trust`] asks who
//! granted a scope or a role, where a verifier trusts several issuers.
//!
//! The [chapter on guards](crate::guide::guards) has examples of both.
//!
//! # Examples
//!
//! ```
//! use keycard::rule::{Rule, all, any, role, scope};
//!
//! let one: Rule = scope("minibar:write");
//! let both: Rule = scope("minibar:read minibar:write");
//! let either = any([scope("minibar:write"), role("manager")]);
//! let nested = all([scope("rooms:read"), either]);
//! ```

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::claims::ClaimPath;
use crate::grammar::is_scope_token;
use crate::rejection::{Note, Rejection, RejectionKind};
use crate::verify::VerifiedToken;

/// What the bearer of a token must be allowed.
///
/// Cheap to clone. A text converts into the rule that [`scope`] makes of it.
///
/// A rule that cannot be meant, such as a scope with a quote in it or an alternative of nothing, is
/// satisfied by nobody. [`require`](crate::require) and its kin panic on it, which is at start-up; in a
/// handler it refuses.
///
/// # Examples
///
/// ```
/// use keycard::{require, testing};
/// use keycard::rule::{Rule, any, role, scope};
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").scope("minibar:write").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// let minibar: Rule = any([scope("minibar:write"), role("manager")]);
/// let guard = require(&minibar); // for a route
/// assert!(token.require(&minibar).is_ok()); // in a handler
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Rule {
    node: Arc<Node>,
}

#[derive(PartialEq)]
enum Node {
    Scope(Box<str>),
    Role(Box<str>),
    Subject(Box<str>),
    Trust(Box<str>),
    Claim(ClaimPath, Box<str>),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Nobody,
}

/// Requires a scope, or all of several that are divided by single spaces.
///
/// Scopes are compared octet by octet. A text that is no scope by RFC 6749, section 3.3, is satisfied
/// by nobody; `"..".parse::<Rule>()` reports it.
///
/// # Examples
///
/// ```
/// use keycard::rule::scope;
/// use keycard::testing;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").scope("rooms:read minibar:write").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// assert!(scope("rooms:read minibar:write").check(&token).is_ok());
/// assert!(scope("rooms").check(&token).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scope(scopes: &str) -> Rule {
    scopes.parse().unwrap_or(Rule::nobody())
}

/// Requires a role. A role may contain any characters; nobody has an empty one.
///
/// # Examples
///
/// ```
/// use keycard::rule::role;
/// use serde_json::json;
/// use keycard::testing;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("ben").claims(&json!({"roles": ["night manager"]})).sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// assert!(role("night manager").check(&token).is_ok());
/// assert!(role("manager").check(&token).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn role(role: &str) -> Rule {
    if role.is_empty() {
        return Rule::nobody();
    }
    Rule::new(Node::Role(role.into()))
}

/// Requires that the token is about this subject: its `sub` claim is exactly this.
///
/// An empty subject is nobody's. A subject is unique to its issuer only: where a verifier trusts
/// several, require the [`trust`] too.
///
/// # Examples
///
/// ```
/// use keycard::rule::{any, role, subject};
/// use keycard::testing;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// let notes_of_anna = any([subject("anna"), role("manager")]);
/// assert!(notes_of_anna.check(&token).is_ok());
/// assert!(subject("ben").check(&token).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn subject(subject: &str) -> Rule {
    if subject.is_empty() {
        return Rule::nobody();
    }
    Rule::new(Node::Subject(subject.into()))
}

/// Requires that the token came under the [`Trust`](crate::Trust) of this name, which is that of its first issuer
/// unless [`name`](crate::Trust::name) gave it another.
///
/// For a verifier of several: what the bearer of a token may do depends on who says so.
///
/// # Examples
///
/// ```
/// use keycard::rule::{all, role, trust};
/// use keycard::{JwtLayer, Trust, Verifier, require, testing};
///
/// let trusts = [testing::issuer().trust().name("desk")]; // and others
/// let layer = JwtLayer::new(Verifier::trusting(trusts).build()?);
/// let managers = require(all([trust("desk"), role("manager")]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn trust(name: &str) -> Rule {
    if name.is_empty() {
        return Rule::nobody();
    }
    Rule::new(Node::Trust(name.into()))
}

/// Requires that this claim is exactly this text. A claim of another type is none, and an empty text is nobody's.
///
/// # Examples
///
/// ```
/// use axum::extract::Path;
/// use keycard::rule::claim;
/// use keycard::{Rejection, VerifiedToken};
///
/// async fn rooms(Path(tenant): Path<String>, token: VerifiedToken) -> Result<String, Rejection> {
///     token.require(claim("tenant", &tenant))?;
///     Ok(format!("the rooms of {tenant}"))
/// }
/// ```
#[doc(alias = "tenant")]
pub fn claim(path: impl Into<ClaimPath>, value: &str) -> Rule {
    let path = path.into();
    if path.is_empty() || value.is_empty() {
        return Rule::nobody();
    }
    Rule::new(Node::Claim(path, value.into()))
}

/// Requires all of these rules. All of nothing is satisfied by nobody.
///
/// # Examples
///
/// ```
/// use keycard::rule::{all, role, scope};
/// use keycard::testing;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").scope("rooms:read").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// let refused = all([scope("rooms:read"), role("manager")]).check(&token);
/// assert!(refused.is_err()); // a scope alone will not do
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn all<R: Into<Rule>>(rules: impl IntoIterator<Item = R>) -> Rule {
    several(rules, Node::All)
}

/// Requires one of these rules. One of nothing is satisfied by nobody.
///
/// # Examples
///
/// ```
/// use keycard::rule::any;
/// use keycard::testing;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").scope("minibar:write").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// // Texts stand for scopes.
/// assert!(any(["minibar:read", "minibar:write"]).check(&token).is_ok());
/// assert!(any(["rooms:read", "rooms:write"]).check(&token).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn any<R: Into<Rule>>(rules: impl IntoIterator<Item = R>) -> Rule {
    several(rules, Node::Any)
}

fn several<R: Into<Rule>>(
    rules: impl IntoIterator<Item = R>,
    node: impl FnOnce(Vec<Rule>) -> Node,
) -> Rule {
    let rules: Vec<Rule> = rules.into_iter().map(Into::into).collect();
    if rules.is_empty() {
        return Rule::nobody();
    }
    Rule::new(node(rules))
}

impl Rule {
    fn new(node: Node) -> Self {
        Self {
            node: Arc::new(node),
        }
    }

    fn nobody() -> Self {
        Self::new(Node::Nobody)
    }

    /// Tells whether some part of the rule cannot be meant.
    pub(crate) fn is_impossible(&self) -> bool {
        match &*self.node {
            Node::Nobody => true,
            Node::Scope(_)
            | Node::Role(_)
            | Node::Subject(_)
            | Node::Trust(_)
            | Node::Claim(..) => false,
            Node::All(rules) | Node::Any(rules) => rules.iter().any(Self::is_impossible),
        }
    }

    /// Checks the rule against a token.
    ///
    /// # Errors
    ///
    /// 403: `insufficient_scope` with the scopes that are needed if scopes alone would help, a plain
    /// refusal otherwise.
    pub fn check(&self, token: &VerifiedToken) -> Result<(), Rejection> {
        if self.holds(token) {
            return Ok(());
        }
        let rejection = match self.shortest(Some(token)) {
            Some(scopes) => {
                Rejection::new(RejectionKind::InsufficientScope).with_scope(&scopes.join(" "))
            }
            None => Rejection::forbidden(),
        };
        let rule = Arc::new(self.clone());
        Err(rejection.with_note(if self.is_impossible() {
            Note::Impossible(rule)
        } else {
            Note::Rule(rule)
        }))
    }

    /// The rejection of a request without a token: the challenge says which scopes to ask for.
    pub(crate) fn no_credential(&self) -> Rejection {
        let scopes = self.shortest(None).unwrap_or_default();
        Rejection::new(RejectionKind::NoCredential)
            .with_scope(&scopes.join(" "))
            .with_note(Note::Rule(Arc::new(self.clone())))
    }

    fn holds(&self, token: &VerifiedToken) -> bool {
        match &*self.node {
            Node::Scope(scope) => token.has_scope(scope),
            Node::Role(role) => token.has_role(role),
            Node::Subject(subject) => token.subject().as_deref() == Some(&**subject),
            Node::Trust(name) => token.trust() == &**name,
            Node::Claim(path, value) => token.text_at(path).as_deref() == Some(&**value),
            Node::All(rules) => rules.iter().all(|rule| rule.holds(token)),
            Node::Any(rules) => rules.iter().any(|rule| rule.holds(token)),
            Node::Nobody => false,
        }
    }

    /// Returns scopes with which the rule would hold, of each `any` those of the shortest alternative,
    /// given everything else that the token has; nothing if no scope would help. Without a token,
    /// everything else is given.
    fn shortest(&self, token: Option<&VerifiedToken>) -> Option<Vec<&str>> {
        let given = |holds: bool| holds.then(Vec::new);
        match &*self.node {
            Node::Scope(scope) => Some(vec![scope]),
            Node::Role(_) | Node::Subject(_) | Node::Trust(_) | Node::Claim(..) => {
                given(token.is_none_or(|token| self.holds(token)))
            }
            Node::Nobody => None,
            Node::All(rules) => {
                let needed = rules.iter().map(|rule| rule.shortest(token));
                let needed: Vec<Vec<&str>> = needed.collect::<Option<_>>()?;
                Some(each_once(needed.into_iter().flatten()))
            }
            Node::Any(rules) => rules
                .iter()
                .filter_map(|rule| rule.shortest(token))
                .min_by_key(Vec::len),
        }
    }
}

/// Leaves out what was there before. A rule may be made of what a client sent, and comparing every pair of a long
/// list is an attack.
fn each_once<'a>(scopes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    scopes.filter(|scope| seen.insert(*scope)).collect()
}

impl VerifiedToken {
    /// Checks a rule in a handler; a text stands for scopes.
    ///
    /// # Errors
    ///
    /// 403: see [`Rule::check`]. The answer is made by the layer, so `?` is all it takes where the
    /// handler returns a [`Rejection`]. An error type of yours takes it in with `From`, and hands it on
    /// with `rejection.into_response()`.
    #[doc(alias = "owner")]
    pub fn require(&self, rule: impl Into<Rule>) -> Result<(), Rejection> {
        rule.into().check(self)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.node {
            Node::Scope(scope) => f.debug_tuple("scope").field(scope).finish(),
            Node::Role(role) => f.debug_tuple("role").field(role).finish(),
            // Often made of what a client sent.
            Node::Subject(_) => f.write_str("subject"),
            Node::Claim(path, _) => f.debug_tuple("claim").field(path).finish(),
            Node::Trust(name) => f.debug_tuple("trust").field(name).finish(),
            Node::All(rules) => f.debug_tuple("all").field(rules).finish(),
            Node::Any(rules) => f.debug_tuple("any").field(rules).finish(),
            Node::Nobody => f.write_str("nobody"),
        }
    }
}

/// The text is no scope, and no list of scopes divided by single spaces.
///
/// # Examples
///
/// ```
/// use keycard::rule::{InvalidScope, Rule};
///
/// let configured = "rooms:read  minibar:write"; // two spaces
/// assert_eq!(configured.parse::<Rule>(), Err(InvalidScope));
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there is one way to be none")]
pub struct InvalidScope;

impl fmt::Debug for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidScope: {self}")
    }
}

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a scope: printable ASCII without space, quote and backslash")
    }
}

impl std::error::Error for InvalidScope {}

impl FromStr for Rule {
    type Err = InvalidScope;

    fn from_str(scopes: &str) -> Result<Self, InvalidScope> {
        if !scopes.split(' ').all(is_scope_token) {
            return Err(InvalidScope);
        }
        let scopes = each_once(scopes.split(' ')).into_iter();
        let mut rules: Vec<Self> = scopes
            .map(|scope| Self::new(Node::Scope(scope.into())))
            .collect();
        Ok(match rules.pop() {
            Some(only) if rules.is_empty() => only,
            last => {
                rules.extend(last);
                Self::new(Node::All(rules))
            }
        })
    }
}

impl From<&str> for Rule {
    fn from(scopes: &str) -> Self {
        scope(scopes)
    }
}

impl From<&Self> for Rule {
    fn from(rule: &Self) -> Self {
        rule.clone()
    }
}
