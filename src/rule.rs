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

use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::claims::ClaimPath;
use crate::grammar::is_scope_token;
use crate::refusal::Detail;
use crate::rejection::{Note, Rejection, RejectionKind};
use crate::step_up::{Lack, Login, StepUp};
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
    Login(StepUp),
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

/// Requires that the login behind the token was of one of these classes: its `acr` claim is exactly one of them (RFC
/// 9470).
///
/// The best one first, which is the order that a client sees in the challenge. What a class means is up to the issuer.
/// A list that is empty or has more than about a thousand bytes, and a class with a space, a quote, a backslash or other
/// than printable ASCII, is satisfied by nobody.
///
/// # Examples
///
/// ```
/// use keycard::answer::RejectionKind;
/// use keycard::rule::acr;
/// use keycard::testing;
///
/// let issuer = testing::issuer();
/// let signed = issuer.token("anna").acr("password").sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// assert!(acr(["passkey", "password"]).check(&token).is_ok());
/// let refused = acr(["passkey"]).check(&token).unwrap_err();
/// assert_eq!(refused.kind(), RejectionKind::InsufficientUserAuthentication);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "step-up")]
#[doc(alias = "mfa")]
pub fn acr<T: AsRef<str>>(classes: impl IntoIterator<Item = T>) -> Rule {
    StepUp::of_class(classes).map_or_else(Rule::nobody, |classes| Rule::new(Node::Login(classes)))
}

/// Requires that the login behind the token was at most this long ago, by its `auth_time` claim (RFC 9470).
///
/// Of an age, whole seconds count. The clock and the leeway are those of the verifier; a login that is yet to come, leeway
/// included, is none. It says nothing of how old the token is: that is [`Trust::max_age`](crate::Trust::max_age).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use keycard::clock::Clock;
/// use keycard::rule::max_age;
/// use keycard::testing;
///
/// let clock = testing::clock();
/// let issuer = testing::issuer_with_clock(clock.clone());
/// let signed = issuer.token("anna").auth_time(clock.now()).sign()?;
/// let token = issuer.verifier().verify_now(&signed)?;
/// let recent = max_age(Duration::from_secs(5 * 60));
/// assert!(recent.check(&token).is_ok());
/// clock.advance(Duration::from_secs(6 * 60 + 1)); // the leeway is a minute
/// assert!(recent.check(&token).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "auth_time")]
pub fn max_age(age: Duration) -> Rule {
    Rule::new(Node::Login(StepUp::of_age(age)))
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
            | Node::Claim(..)
            | Node::Login(_) => false,
            Node::All(rules) | Node::Any(rules) => rules.iter().any(Self::is_impossible),
        }
    }

    /// Checks the rule against a token.
    ///
    /// # Errors
    ///
    /// 401: `insufficient_user_authentication` if it takes another login, with all that it and the next token have to be.
    /// 403: `insufficient_scope` with the scopes that are needed if scopes alone would help, a plain
    /// refusal otherwise.
    pub fn check(&self, token: &VerifiedToken) -> Result<(), Rejection> {
        let bearer = Bearer::of(token);
        if self.holds(&bearer) {
            return Ok(());
        }
        let rejection = match self.demand(Some(&bearer)) {
            Some(Demand { scopes, login }) => {
                let scopes = scopes.join(" ");
                match login.as_ref().and_then(|login| login.lack(bearer.login())) {
                    Some(lack) => Rejection::new(RejectionKind::InsufficientUserAuthentication)
                        .with_step_up(login)
                        .with_claim(lack.claim(), detail_of(lack, bearer.login())),
                    None => Rejection::new(RejectionKind::InsufficientScope),
                }
                .with_scope(&scopes)
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

    /// The rejection of a request without a token: the challenge says which scopes to ask for, and what the login has
    /// to be like.
    pub(crate) fn no_credential(&self) -> Rejection {
        let Demand { scopes, login } = self.demand(None).unwrap_or_default();
        Rejection::new(RejectionKind::NoCredential)
            .with_scope(&scopes.join(" "))
            .with_step_up(login)
            .with_note(Note::Rule(Arc::new(self.clone())))
    }

    fn holds(&self, bearer: &Bearer<'_>) -> bool {
        let token = bearer.token;
        match &*self.node {
            Node::Scope(scope) => token.has_scope(scope),
            Node::Role(role) => token.has_role(role),
            Node::Subject(subject) => token.subject().as_deref() == Some(&**subject),
            Node::Trust(name) => token.trust() == &**name,
            Node::Claim(path, value) => token.text_at(path).as_deref() == Some(&**value),
            Node::Login(wanted) => wanted.lack(bearer.login()).is_none(),
            Node::All(rules) => rules.iter().all(|rule| rule.holds(bearer)),
            Node::Any(rules) => rules.iter().any(|rule| rule.holds(bearer)),
            Node::Nobody => false,
        }
    }

    /// Returns scopes and a login with which the rule would hold; nothing if neither would help.
    fn demand(&self, bearer: Option<&Bearer<'_>>) -> Option<Demand<'_>> {
        // The shortest alternatives may want logins of two classes, and others do not: of one class there is no such
        // contradiction.
        let of_one_class = || {
            let classes = each_once(self.classes().into_iter());
            let demands = classes
                .into_iter()
                .map(|class| self.shortest(bearer, Some(class)));
            demands.flatten().next()
        };
        self.shortest(bearer, None).or_else(of_one_class)
    }

    /// The classes that some part of it names.
    fn classes(&self) -> Vec<&str> {
        match &*self.node {
            Node::Login(wanted) => wanted.classes().collect(),
            Node::All(rules) | Node::Any(rules) => rules.iter().flat_map(Self::classes).collect(),
            Node::Scope(_)
            | Node::Role(_)
            | Node::Subject(_)
            | Node::Trust(_)
            | Node::Claim(..)
            | Node::Nobody => Vec::new(),
        }
    }

    /// Returns scopes and a login, perhaps of one class only, with which the rule would hold, of each `any` those of the
    /// shortest alternative, given everything else that the token has. Without a token, everything else is given.
    fn shortest(&self, bearer: Option<&Bearer<'_>>, class: Option<&str>) -> Option<Demand<'_>> {
        match &*self.node {
            Node::Scope(scope) => Some(Demand {
                scopes: vec![scope],
                login: None,
            }),
            Node::Login(wanted) => Some(Demand {
                scopes: Vec::new(),
                login: Some(class.map_or_else(|| Some(wanted.clone()), |it| wanted.only(it))?),
            }),
            Node::Role(_) | Node::Subject(_) | Node::Trust(_) | Node::Claim(..) => {
                let given = bearer.is_none_or(|bearer| self.holds(bearer));
                given.then(Demand::default)
            }
            Node::Nobody => None,
            Node::All(rules) => {
                let needed = rules.iter().map(|rule| rule.shortest(bearer, class));
                Demand::all(needed.collect::<Option<_>>()?)
            }
            Node::Any(rules) => {
                let demands = rules.iter().filter_map(|rule| rule.shortest(bearer, class));
                // Nobody has to log in once more for what is not the matter.
                let settled = bearer.filter(|bearer| class.is_none() && self.holds(bearer));
                demands
                    .filter(|demand| settled.is_none_or(|bearer| demand.takes_login_of(bearer)))
                    .min_by_key(|demand| (demand.scopes.len(), demand.login.is_some()))
            }
        }
    }
}

/// What would be enough: scopes of a token, and the login behind it.
#[derive(Default)]
struct Demand<'a> {
    scopes: Vec<&'a str>,
    login: Option<StepUp>,
}

impl Demand<'_> {
    /// Puts several together; none if no login does for all.
    fn all(demands: Vec<Self>) -> Option<Self> {
        let mut login: Option<StepUp> = None;
        for wanted in demands.iter().filter_map(|demand| demand.login.as_ref()) {
            login = Some(login.map_or_else(|| Some(wanted.clone()), |login| login.and(wanted))?);
        }
        let scopes = demands.into_iter().flat_map(|demand| demand.scopes);
        let scopes = each_once(scopes);
        Some(Self { scopes, login })
    }

    fn takes_login_of(&self, bearer: &Bearer<'_>) -> bool {
        let login = self.login.as_ref();
        login.is_none_or(|login| login.lack(bearer.login()).is_none())
    }
}

/// A token, and the login behind it at one moment: read once, and only if a rule asks for it.
struct Bearer<'a> {
    token: &'a VerifiedToken,
    login: OnceCell<Login<'a>>,
}

impl<'a> Bearer<'a> {
    fn of(token: &'a VerifiedToken) -> Self {
        let login = OnceCell::new();
        Self { token, login }
    }

    fn login(&self) -> &Login<'a> {
        self.login.get_or_init(|| self.token.login())
    }
}

/// What the log says of a login that does not do.
fn detail_of(lack: Lack, login: &Login<'_>) -> Detail {
    match lack {
        Lack::NoClass => Detail::Said("is missing, or no string"),
        Lack::OtherClass => Detail::Said("is none of those that the rule names"),
        Lack::NoTime => Detail::Said("is missing, or no number"),
        Lack::Ahead(time) => Detail::ahead(time, login.now, login.leeway),
        Lack::TooLongAgo(time) => Detail::past(time, login.now, login.leeway),
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
    /// 401 or 403: see [`Rule::check`]. The answer is made by the layer, so `?` is all it takes where the
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
            Node::Login(login) => match (login.acr_values(), login.max_age()) {
                (None, age) => f
                    .debug_tuple("max_age")
                    .field(&age.unwrap_or_default())
                    .finish(),
                (Some(classes), _) => f.debug_tuple("acr").field(&classes).finish(),
            },
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
