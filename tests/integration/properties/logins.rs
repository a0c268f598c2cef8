//! The login behind a token, compared with exact arithmetic and with a model that is not clever.

use std::sync::LazyLock;
use std::time::Duration;

use keycard::answer::RejectionKind;
use keycard::clock::ManualClock;
use keycard::rule::{self, Rule, max_age};
use keycard::{SigningKey, VerifiedToken, Verifier};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::config;
use super::times::{Exact, SECOND, at, claim, nanos};
use crate::support::{NOW, clock, sign_raw};

static KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::hs256(crate::keys::SECRET).unwrap());

fn sign(members: &[String]) -> String {
    let payload = format!("{{{}}}", members.join(","));
    sign_raw(&KEY, r#"{"alg":"HS256"}"#, payload)
}

/// A login, and the moment at which somebody looks.
#[derive(Debug)]
struct Case {
    now: i128,
    leeway: i128,
    max_age: u64,
    auth_time: Option<String>,
}

fn age() -> impl Strategy<Value = Case> {
    let ages = prop_oneof![3 => 0..10_000_u64, 1 => any::<u64>(), 1 => select(vec![0, u64::MAX])];
    let now = prop_oneof![
        3 => 1_700_000_000..1_900_000_000_i128,
        1 => -1_000_000_000_000..1_000_000_000_000_i128,
    ];
    (now, 0..=3_600_i128, ages).prop_flat_map(|(now, leeway, max_age)| {
        let (now, leeway) = (now * SECOND, leeway * SECOND);
        let oldest = now - leeway - i128::from(max_age) * SECOND;
        let time = prop_oneof![3 => claim(oldest, 1, SECOND), 1 => claim(now + leeway, -1, SECOND)];
        time.prop_map(move |auth_time| Case {
            now,
            leeway,
            max_age,
            auth_time,
        })
    })
}

impl Case {
    /// Whether it is recent, or nothing if that is too close to say, or if the token is no JSON.
    fn model(&self) -> Option<bool> {
        let Some(text) = &self.auth_time else {
            return Some(false);
        };
        if !text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Some(false);
        }
        let time = Exact::read(text)?;
        let oldest = self.now - self.leeway - i128::from(self.max_age) * SECOND;
        // Not before the oldest one, which is after a nanosecond earlier.
        let is_young = time.is_after(oldest - 1)?;
        Some(is_young && !time.is_after(self.now + self.leeway)?)
    }

    fn verify(&self) -> Option<VerifiedToken> {
        // In seconds, and a whole number here.
        let mut members = vec![format!("\"exp\":{}", self.now / SECOND + 100)];
        members.extend(
            self.auth_time
                .as_ref()
                .map(|time| format!("\"auth_time\":{time}")),
        );
        let builder = Verifier::builder(KEY.verifying_key()).dangerous_any_audience();
        let builder = builder
            .leeway(nanos(self.leeway))
            .with_clock(ManualClock::new(at(self.now)));
        builder.build().unwrap().verify_now(&sign(&members)).ok()
    }
}

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let builder = Verifier::builder(KEY.verifying_key()).dangerous_any_audience();
    builder.with_clock(clock()).build().unwrap()
});

/// What a token says, in the words of the model. The login was so many seconds ago.
#[derive(Clone, Debug)]
struct Bearer {
    scopes: Vec<&'static str>,
    subject: &'static str,
    acr: Option<String>,
    age: Option<i64>,
}

impl Bearer {
    fn token(&self) -> VerifiedToken {
        let mut members = vec![
            format!("\"exp\":{}", NOW + 1),
            format!("\"sub\":\"{}\"", self.subject),
            format!("\"scope\":\"{}\"", self.scopes.join(" ")),
        ];
        members.extend(self.acr.as_ref().map(|acr| format!("\"acr\":\"{acr}\"")));
        members.extend(self.age.map(|age| format!("\"auth_time\":{}", NOW - age)));
        VERIFIER.verify_now(&sign(&members)).unwrap()
    }
}

const SCOPES: [&str; 3] = ["a", "b", "c"];
const CLASSES: [&str; 3] = ["x", "y", "z"];

fn bearer() -> impl Strategy<Value = Bearer> {
    let scopes = subsequence(SCOPES.to_vec(), 0..=3);
    let acr = option::of(select(CLASSES.to_vec()).prop_map(str::to_owned));
    let age = option::of(select(vec![-61, -60, 0, 60, 61, 70, 71, 200]));
    (scopes, select(vec!["anna", "ben"]), acr, age).prop_map(|(scopes, subject, acr, age)| Bearer {
        scopes,
        subject,
        acr,
        age,
    })
}

/// A rule before it is one.
#[derive(Clone, Debug)]
enum Wanted {
    Scope(&'static str),
    Subject(&'static str),
    Acr(Vec<&'static str>),
    MaxAge(u64),
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
}

impl Wanted {
    fn rule(&self) -> Rule {
        match self {
            Self::Scope(scope) => rule::scope(scope),
            Self::Subject(subject) => rule::subject(subject),
            Self::Acr(classes) => rule::acr(classes),
            Self::MaxAge(age) => max_age(Duration::from_secs(*age)),
            Self::All(parts) => rule::all(parts.iter().map(Self::rule)),
            Self::Any(parts) => rule::any(parts.iter().map(Self::rule)),
        }
    }

    fn holds(&self, bearer: &Bearer) -> bool {
        match self {
            Self::Scope(scope) => bearer.scopes.contains(scope),
            Self::Subject(subject) => bearer.subject == *subject,
            Self::Acr(classes) => bearer
                .acr
                .as_deref()
                .is_some_and(|acr| classes.contains(&acr)),
            Self::MaxAge(most) => bearer
                .age
                .is_some_and(|age| age >= -60 && age <= i64::try_from(*most).unwrap() + 60),
            Self::All(parts) => parts.iter().all(|part| part.holds(bearer)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(bearer)),
        }
    }
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let leaf = prop_oneof![
        3 => select(SCOPES.to_vec()).prop_map(Wanted::Scope),
        1 => select(vec!["anna", "ben"]).prop_map(Wanted::Subject),
        3 => subsequence(CLASSES.to_vec(), 1..=3).prop_map(Wanted::Acr),
        3 => select(vec![0, 10, 100]).prop_map(Wanted::MaxAge),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Wanted::All),
            vec(inner, 1..4).prop_map(Wanted::Any),
        ]
    })
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn an_age_decides_as_exact_arithmetic_does(case in age()) {
        let recent = max_age(Duration::from_secs(case.max_age));
        if let (Some(expected), Some(token)) = (case.model(), case.verify()) {
            prop_assert_eq!(token.require(recent).is_ok(), expected);
        }
    }

    #[test]
    fn whoever_logs_in_as_the_challenge_says_gets_in(bearer in bearer(), wanted in wanted()) {
        let rule = wanted.rule();
        let refusal = rule.check(&bearer.token()).err();
        prop_assert_eq!(refusal.is_none(), wanted.holds(&bearer));
        let Some(refusal) = refusal else {
            return Ok(());
        };
        let named = refusal.scope().unwrap_or_default().split_ascii_whitespace();
        let scopes: Vec<_> = SCOPES.into_iter().filter(|scope| named.clone().any(|it| it == *scope)).collect();
        match refusal.kind() {
            RejectionKind::InsufficientScope => {
                let next = Bearer { scopes, ..bearer };
                prop_assert!(wanted.holds(&next) && rule.check(&next.token()).is_ok());
            }
            RejectionKind::InsufficientUserAuthentication => {
                // One that does nothing that was not asked for.
                let age = refusal.max_age().map(|_| 0);
                let classes: Vec<_> = refusal.acr_values().map_or(vec![None], |classes| {
                    classes.split(' ').map(|class| Some(class.to_owned())).collect()
                });
                for acr in classes {
                    let next = Bearer { scopes: scopes.clone(), acr, age, ..bearer.clone() };
                    prop_assert!(wanted.holds(&next), "{next:?}");
                    prop_assert!(rule.check(&next.token()).is_ok(), "{next:?}");
                }
            }
            other => {
                // Nothing that a client could do would help.
                prop_assert_eq!(other, RejectionKind::Forbidden);
                for acr in CLASSES {
                    let acr = Some(acr.to_owned());
                    let best = Bearer { scopes: SCOPES.to_vec(), acr, age: Some(0), ..bearer.clone() };
                    prop_assert!(!wanted.holds(&best), "{best:?}");
                }
            }
        }
    }
}
