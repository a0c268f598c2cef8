//! Scopes, roles and rules, compared with a model that is not clever.

use std::sync::LazyLock;

use keycard::answer::RejectionKind;
use keycard::rule::{self, Rule};
use keycard::{SigningKey, VerifiedToken, Verifier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::config;
use crate::support::{NOW, clock, sign_raw};

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::hs256(crate::keys::SECRET).unwrap());

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = Verifier::builder(KEY.verifying_key()).dangerous_any_audience();
    builder.with_clock(clock()).build().unwrap()
});

/// What stands in a claim: in JSON, and what it grants as roles, where a string is one name.
#[derive(Clone, Debug)]
struct Claim {
    json: String,
    names: Vec<String>,
    is_string: bool,
}

impl Claim {
    /// What it grants as scopes: a string is cut at every space.
    fn scopes(&self) -> Vec<String> {
        let mut scopes = vec![String::new()];
        for name in &self.names {
            scopes.push(String::new());
            for char in name.chars() {
                match char {
                    ' ' if self.is_string => scopes.push(String::new()),
                    _ => scopes.last_mut().unwrap().push(char),
                }
            }
        }
        // Two spaces in a row have no scope between them.
        scopes.retain(|scope| !scope.is_empty());
        scopes
    }
}

/// A string of few characters, each written as itself or as an escape.
fn string() -> impl Strategy<Value = Claim> {
    let char = select(vec!['a', 'a', 'b', 'b', ' ', ' ', 'é', '"', '\\', '\n']);
    vec((char, any::<bool>()), 0..8).prop_map(|chars| {
        let json = chars.iter().map(|(char, escaped)| match char {
            '"' | '\\' if !escaped => format!("\\{char}"),
            '"' | '\\' | '\n' => format!("\\u{:04x}", u32::from(*char)),
            _ if *escaped => format!("\\u{:04X}", u32::from(*char)),
            _ => char.to_string(),
        });
        Claim {
            json: format!("\"{}\"", json.collect::<String>()),
            names: vec![chars.iter().map(|(char, _)| char).collect()],
            is_string: true,
        }
    })
}

/// What grants nothing, although there are names in it.
fn other(json: &'static [&'static str]) -> impl Strategy<Value = Claim> {
    select(json).prop_map(|json| Claim {
        json: json.to_owned(),
        names: Vec::new(),
        is_string: false,
    })
}

fn claim() -> impl Strategy<Value = Claim> {
    const NO_STRING: &[&str] = &["1", "true", "null", r#"{"a":"b"}"#, r#"{"scope":["a"]}"#];
    const NO_ELEMENT: &[&str] = &["1", "false", "null", r#"{"a":"b"}"#, r#"["a","b"]"#];
    let elements = vec(prop_oneof![4 => string(), 1 => other(NO_ELEMENT)], 0..4);
    let array = elements.prop_map(|elements| {
        let json: Vec<_> = elements
            .iter()
            .map(|element| element.json.as_str())
            .collect();
        Claim {
            json: format!("[{}]", json.join(" , ")),
            names: elements
                .iter()
                .flat_map(|element| element.names.clone())
                .collect(),
            is_string: false,
        }
    });
    prop_oneof![4 => string(), 3 => array, 1 => other(NO_STRING)]
}

/// What a token says, in the words of the model.
#[derive(Debug)]
struct Bearer {
    scopes: Vec<String>,
    roles: Vec<String>,
    subject: String,
}

fn bearer() -> impl Strategy<Value = (VerifiedToken, Bearer)> {
    let claims = vec((select(vec!["scope", "scp", "roles"]), claim()), 0..4);
    (claims, "[ab]{0,2}").prop_map(|(mut claims, subject)| {
        claims.sort_by_key(|(name, _)| *name);
        claims.dedup_by_key(|(name, _)| *name);
        let mut payload = format!(r#"{{"exp":{},"sub":"{subject}""#, NOW + 1);
        // From the last name to the first: the order of the claims is not that of the text.
        for (name, claim) in claims.iter().rev() {
            payload = payload + ",\"" + name + "\":" + &claim.json;
        }
        let token = sign_raw(&KEY, r#"{"alg":"HS256"}"#, &(payload + "}"));
        let token = VERIFIER.verify_now(&token);
        let named = |wanted| claims.iter().filter(move |(name, _)| *name == wanted);
        let scopes = named("scope").chain(named("scp"));
        let bearer = Bearer {
            scopes: scopes.flat_map(|(_, claim)| claim.scopes()).collect(),
            roles: named("roles")
                .flat_map(|(_, claim)| claim.names.clone())
                .filter(|name| !name.is_empty())
                .collect(),
            subject,
        };
        (token.unwrap(), bearer)
    })
}

/// A rule before it is one.
#[derive(Clone, Debug)]
enum Demand {
    Scope(String),
    Role(String),
    Subject(String),
    All(Vec<Demand>),
    Any(Vec<Demand>),
}

impl Demand {
    fn rule(&self) -> Rule {
        match self {
            Self::Scope(scopes) => rule::scope(scopes),
            Self::Role(role) => rule::role(role),
            Self::Subject(subject) => rule::subject(subject),
            Self::All(demands) => rule::all(demands.iter().map(Self::rule)),
            Self::Any(demands) => rule::any(demands.iter().map(Self::rule)),
        }
    }

    fn holds(&self, bearer: &Bearer) -> bool {
        match self {
            Self::Scope(scopes) => {
                let mut scopes = scopes.split_ascii_whitespace();
                scopes.all(|scope| bearer.scopes.iter().any(|granted| granted == scope))
            }
            Self::Role(role) => bearer.roles.contains(role),
            // An empty subject is nobody's.
            Self::Subject(subject) => !subject.is_empty() && *subject == bearer.subject,
            Self::All(demands) => demands.iter().all(|demand| demand.holds(bearer)),
            Self::Any(demands) => demands.iter().any(|demand| demand.holds(bearer)),
        }
    }
}

fn demand() -> impl Strategy<Value = Demand> {
    let leaf = prop_oneof![
        4 => "[ab]{1,2}( [ab]{1,2}){0,2}".prop_map(Demand::Scope),
        2 => "[ab ]{1,2}".prop_map(Demand::Role),
        1 => "[ab]{0,2}".prop_map(Demand::Subject),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Demand::All),
            vec(inner, 1..4).prop_map(Demand::Any),
        ]
    })
}

/// Every scope that a [`demand`] can name.
const ALL_SCOPES: [&str; 6] = ["a", "b", "aa", "ab", "ba", "bb"];

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn a_token_has_the_scopes_and_roles_of_the_model(
        (token, bearer) in bearer(), probe in "[ab é\"\n]{0,3}",
    ) {
        prop_assert!(token.scopes().eq(bearer.scopes.iter().map(String::as_str)));
        prop_assert!(token.roles().eq(bearer.roles.iter().map(String::as_str)));
        prop_assert_eq!(token.has_scope(&probe), bearer.scopes.contains(&probe));
        prop_assert_eq!(token.has_role(&probe), bearer.roles.contains(&probe));
        for name in bearer.scopes.iter().chain(&bearer.roles) {
            prop_assert_eq!(token.has_scope(name), bearer.scopes.contains(name));
            prop_assert_eq!(token.has_role(name), bearer.roles.contains(name));
        }
    }

    #[test]
    fn a_rule_holds_where_the_model_says_so(
        (token, mut bearer) in bearer(), demand in demand(),
    ) {
        let refusal = demand.rule().check(&token).err();
        prop_assert_eq!(refusal.is_none(), demand.holds(&bearer));
        let Some(refusal) = refusal else {
            return Ok(());
        };
        let named: Vec<_> = refusal.scope().unwrap_or_default().split_ascii_whitespace().collect();
        if refusal.kind() == RejectionKind::InsufficientScope {
            // Whoever asks for the scopes of the challenge gets in with them.
            bearer.scopes = named.into_iter().map(str::to_owned).collect();
            prop_assert!(demand.holds(&bearer));
        } else {
            // There is no use in asking for any.
            prop_assert_eq!(refusal.kind(), RejectionKind::Forbidden);
            prop_assert!(named.is_empty());
            bearer.scopes = ALL_SCOPES.map(str::to_owned).into();
            prop_assert!(!demand.holds(&bearer));
        }
    }

    #[test]
    fn a_rule_can_be_read_where_every_scope_is_one(text in r#"[ab !"\\é~\x7f\t]{0,6}"#) {
        // RFC 6749, section 3.3: 1*( %x21 / %x23-5B / %x5D-7E ), divided by single spaces.
        let is_scope = |scope: &str| {
            let allowed = |char| ('!'..='~').contains(&char) && char != '"' && char != '\\';
            !scope.is_empty() && scope.chars().all(allowed)
        };
        prop_assert_eq!(text.parse::<Rule>().is_ok(), text.split(' ').all(is_scope));
    }
}
