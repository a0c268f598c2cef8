//! Rules: what the bearer of a token must be allowed, written as a value.
//!
//! The same value guards a route ([`require`](crate::require)), decides in a handler
//! ([`VerifiedToken::require`]), and says in the challenge which scopes would have been enough.
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

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::rejection::{Rejection, RejectionKind};
use crate::verify::VerifiedToken;

/// What the bearer of a token must be allowed.
///
/// Cheap to clone. A text converts into the rule that [`scope`] makes of it.
#[derive(Clone, PartialEq)]
pub struct Rule {
    node: Arc<Node>,
}

#[derive(PartialEq)]
enum Node {
    Scope(Box<str>),
    Role(Box<str>),
    Subject(Box<str>),
    All(Vec<Rule>),
    Any(Vec<Rule>),
}

/// Requires a scope, or all of several that are divided by spaces.
///
/// Scopes are compared octet by octet (RFC 6749, section 3.3).
///
/// # Panics
///
/// If there is no scope in the text, or a character that a scope cannot have: a rule that nobody can
/// satisfy should be noticed at start-up. `"..".parse::<Rule>()` reports it instead.
pub fn scope(scopes: &str) -> Rule {
    match scopes.parse() {
        Ok(rule) => rule,
        Err(InvalidScope) => invalid("a scope consists of printable ASCII without \" and \\"),
    }
}

/// Requires a role. A role may contain any characters.
///
/// # Panics
///
/// If the role is empty.
pub fn role(role: &str) -> Rule {
    if role.is_empty() {
        invalid("the role is empty");
    }
    Rule::new(Node::Role(role.into()))
}

/// Requires that the token is about this subject: its `sub` claim is exactly this.
///
/// An empty subject is nobody's.
pub fn subject(subject: &str) -> Rule {
    Rule::new(Node::Subject(subject.into()))
}

/// Requires all of these rules.
///
/// # Panics
///
/// If there are none: the rule would let everybody in.
pub fn all<R: Into<Rule>>(rules: impl IntoIterator<Item = R>) -> Rule {
    Rule::new(Node::All(several(rules)))
}

/// Requires one of these rules.
///
/// # Panics
///
/// If there are none: the rule would let nobody in.
pub fn any<R: Into<Rule>>(rules: impl IntoIterator<Item = R>) -> Rule {
    Rule::new(Node::Any(several(rules)))
}

fn several<R: Into<Rule>>(rules: impl IntoIterator<Item = R>) -> Vec<Rule> {
    let rules: Vec<Rule> = rules.into_iter().map(Into::into).collect();
    if rules.is_empty() {
        invalid("there is no rule");
    }
    rules
}

#[expect(
    clippy::panic,
    reason = "a rule is written by the programmer, not by a client"
)]
#[track_caller]
fn invalid(what: &str) -> ! {
    panic!("not a rule: {what}")
}

impl Rule {
    fn new(node: Node) -> Self {
        Self {
            node: Arc::new(node),
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
        Err(match self.shortest(Some(token)) {
            Some(scopes) => {
                Rejection::new(RejectionKind::InsufficientScope).with_scope(&scopes.join(" "))
            }
            None => Rejection::forbidden(),
        })
    }

    /// The rejection of a request without a token: the challenge says which scopes to ask for.
    pub(crate) fn no_credential(&self) -> Rejection {
        let scopes = self.shortest(None).unwrap_or_default();
        Rejection::new(RejectionKind::NoCredential).with_scope(&scopes.join(" "))
    }

    fn holds(&self, token: &VerifiedToken) -> bool {
        match &*self.node {
            Node::Scope(scope) => token.has_scope(scope),
            Node::Role(role) => token.has_role(role),
            Node::Subject(subject) => is_subject(token, subject),
            Node::All(rules) => rules.iter().all(|rule| rule.holds(token)),
            Node::Any(rules) => rules.iter().any(|rule| rule.holds(token)),
        }
    }

    /// Returns scopes with which the rule would hold, of each `any` those of the shortest alternative,
    /// given everything else that the token has; nothing if no scope would help. Without a token,
    /// everything else is given.
    fn shortest(&self, token: Option<&VerifiedToken>) -> Option<Vec<&str>> {
        let given = |holds: bool| holds.then(Vec::new);
        match &*self.node {
            Node::Scope(scope) => Some(vec![scope]),
            Node::Role(role) => given(token.is_none_or(|token| token.has_role(role))),
            Node::Subject(subject) => given(token.is_none_or(|token| is_subject(token, subject))),
            Node::All(rules) => rules.iter().try_fold(Vec::new(), |mut scopes, rule| {
                for scope in rule.shortest(token)? {
                    if !scopes.contains(&scope) {
                        scopes.push(scope);
                    }
                }
                Some(scopes)
            }),
            Node::Any(rules) => rules
                .iter()
                .filter_map(|rule| rule.shortest(token))
                .min_by_key(Vec::len),
        }
    }
}

fn is_subject(token: &VerifiedToken, subject: &str) -> bool {
    !subject.is_empty() && token.subject().as_deref() == Some(subject)
}

impl VerifiedToken {
    /// Checks a rule in a handler; a text stands for scopes.
    ///
    /// # Errors
    ///
    /// 403: see [`Rule::check`]. The answer is made by the layer, so `?` is all it takes.
    ///
    /// # Examples
    ///
    /// ```
    /// use keycard::rule::subject;
    /// use keycard::{Rejection, VerifiedToken};
    ///
    /// // Only the owner: in axum, `owner` comes from `Path(owner)`.
    /// fn open(owner: &str, token: &VerifiedToken) -> Result<&'static str, Rejection> {
    ///     token.require(subject(owner))?;
    ///     Ok("open")
    /// }
    /// ```
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
            Node::All(rules) => f.debug_tuple("all").field(rules).finish(),
            Node::Any(rules) => f.debug_tuple("any").field(rules).finish(),
        }
    }
}

/// The text is no scope, and no list of scopes divided by single spaces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InvalidScope;

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a scope: printable ASCII without space, quote and backslash")
    }
}

impl std::error::Error for InvalidScope {}

impl FromStr for Rule {
    type Err = InvalidScope;

    fn from_str(scopes: &str) -> Result<Self, InvalidScope> {
        let mut rules = Vec::new();
        for scope in scopes.split(' ') {
            if !is_scope(scope) {
                return Err(InvalidScope);
            }
            rules.push(Self::new(Node::Scope(scope.into())));
        }
        Ok(match rules.pop() {
            Some(only) if rules.is_empty() => only,
            last => {
                rules.extend(last);
                Self::new(Node::All(rules))
            }
        })
    }
}

/// RFC 6749, section 3.3: scope-token.
pub(crate) fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl From<&str> for Rule {
    #[track_caller]
    fn from(scopes: &str) -> Self {
        scope(scopes)
    }
}

impl From<&Self> for Rule {
    fn from(rule: &Self) -> Self {
        rule.clone()
    }
}
