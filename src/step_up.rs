//! What the login behind a token has to be like (RFC 9470): of which class, and how long ago.

use std::borrow::Cow;
use std::time::Duration;

use crate::grammar::is_scope_token;
use crate::numeric_date::NumericDate;

/// More bytes of classes are nobody's: they stand in a header, and in the address of a login page.
const MOST_BYTES: usize = 1024;

/// What a login has to be like.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct StepUp {
    /// The classes that will do, the best one first, divided by spaces.
    acr_values: Option<Box<str>>,
    /// In whole seconds, as the challenge has it.
    max_age: Option<Duration>,
}

/// What a token says of the login behind it, and when it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Login<'a> {
    pub(crate) acr: Option<Cow<'a, str>>,
    pub(crate) auth_time: Option<NumericDate>,
    pub(crate) now: NumericDate,
    pub(crate) leeway: Duration,
}

/// What a login lacks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lack {
    /// The token does not say of which class it was.
    NoClass,
    /// It is of another class.
    OtherClass,
    /// The token does not say when it was.
    NoTime,
    /// It is yet to come.
    Ahead(NumericDate),
    /// It was too long ago.
    TooLongAgo(NumericDate),
}

impl StepUp {
    /// One of these classes; none if there is none, or one of them cannot stand in a challenge.
    pub(crate) fn of_class<T: AsRef<str>>(classes: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut all = String::new();
        for class in classes {
            let class = class.as_ref();
            if !is_scope_token(class) || all.len().saturating_add(class.len()) >= MOST_BYTES {
                return None;
            }
            if !all.is_empty() {
                all.push(' ');
            }
            all.push_str(class);
        }
        let acr_values = (!all.is_empty()).then(|| all.into());
        acr_values.map(|classes| Self {
            acr_values: Some(classes),
            max_age: None,
        })
    }

    /// At most this long ago; parts of a second are cut off, so that nothing else is checked than the challenge says.
    pub(crate) fn of_age(max_age: Duration) -> Self {
        Self {
            acr_values: None,
            max_age: Some(Duration::from_secs(max_age.as_secs())),
        }
    }

    /// What does for both; none if there is no class that does.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        let acr_values = match (&self.acr_values, &other.acr_values) {
            (Some(ours), Some(theirs)) => {
                let mut common = ours.split(' ').filter(|class| has_class(theirs, class));
                let first = common.next()?.to_owned();
                Some(common.fold(first, |all, class| all + " " + class).into())
            }
            (one, other) => one.clone().or_else(|| other.clone()),
        };
        let ages = [self.max_age, other.max_age].into_iter().flatten();
        Some(Self {
            acr_values,
            max_age: ages.min(),
        })
    }

    /// The same with this class only; none if the class does not do.
    pub(crate) fn only(&self, class: &str) -> Option<Self> {
        let acr_values = match &self.acr_values {
            Some(classes) => Some(has_class(classes, class).then(|| class.into())?),
            None => None,
        };
        let max_age = self.max_age;
        Some(Self {
            acr_values,
            max_age,
        })
    }

    /// The classes that do, the best one first.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &str> {
        self.acr_values
            .iter()
            .flat_map(|classes| classes.split(' '))
    }

    /// Tells what a login lacks, if it does.
    pub(crate) fn lack(&self, login: &Login<'_>) -> Option<Lack> {
        self.lack_of_class(login)
            .or_else(|| self.lack_of_age(login))
    }

    fn lack_of_class(&self, login: &Login<'_>) -> Option<Lack> {
        let classes = self.acr_values.as_deref()?;
        match login.acr.as_deref() {
            None => Some(Lack::NoClass),
            Some(acr) => (!has_class(classes, acr)).then_some(Lack::OtherClass),
        }
    }

    fn lack_of_age(&self, login: &Login<'_>) -> Option<Lack> {
        let max_age = self.max_age?;
        let Some(time) = login.auth_time else {
            return Some(Lack::NoTime);
        };
        if time > login.now.saturating_add(login.leeway) {
            return Some(Lack::Ahead(time));
        }
        let latest = time.saturating_add(max_age).saturating_add(login.leeway);
        (login.now > latest).then_some(Lack::TooLongAgo(time))
    }

    pub(crate) fn acr_values(&self) -> Option<&str> {
        self.acr_values.as_deref()
    }

    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age
    }
}

/// No class has a space in it, so that a text with one is none of them.
fn has_class(classes: &str, class: &str) -> bool {
    classes.split(' ').any(|one| one == class)
}

impl Lack {
    /// The claim that says it.
    pub(crate) fn claim(self) -> &'static str {
        match self {
            Self::NoClass | Self::OtherClass => "acr",
            Self::NoTime | Self::Ahead(_) | Self::TooLongAgo(_) => "auth_time",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(classes: &[&str]) -> StepUp {
        StepUp::of_class(classes).unwrap()
    }

    fn login(acr: Option<&'static str>, auth_time: Option<i64>) -> Login<'static> {
        Login {
            acr: acr.map(Cow::Borrowed),
            auth_time: auth_time.map(NumericDate::from_seconds),
            now: NumericDate::from_seconds(1_000),
            leeway: Duration::from_secs(60),
        }
    }

    #[test]
    fn a_class_is_one_of_those_octet_by_octet() {
        let wanted = classes(&["urn:hotel:gold", "silver"]);
        assert_eq!(wanted.acr_values(), Some("urn:hotel:gold silver"));
        for good in ["urn:hotel:gold", "silver"] {
            assert_eq!(wanted.lack(&login(Some(good), None)), None, "{good}");
        }
        for bad in [
            "",
            " ",
            "Silver",
            "silver ",
            "gold",
            "urn:hotel:gold silver",
        ] {
            let lack = wanted.lack(&login(Some(bad), None));
            assert_eq!(lack, Some(Lack::OtherClass), "{bad:?}");
        }
        assert_eq!(wanted.lack(&login(None, None)), Some(Lack::NoClass));
    }

    #[test]
    fn what_cannot_stand_in_a_challenge_is_no_class() {
        let long = "a".repeat(MOST_BYTES);
        for bad in [
            &[][..],
            &[""],
            &["a b"],
            &["a", "\""],
            &["\\"],
            &["é"],
            &["a\n"],
            &[&long],
        ] {
            assert_eq!(StepUp::of_class(bad), None, "{bad:?}");
        }
        let many = vec!["abc"; MOST_BYTES / 4 + 1];
        assert_eq!(StepUp::of_class(many), None);
    }

    #[test]
    fn a_login_is_recent_up_to_the_age_and_the_leeway() {
        let age = |seconds| StepUp::of_age(Duration::from_secs(seconds));
        for (max_age, auth_time, lack) in [
            (300, 640, None),
            (
                300,
                639,
                Some(Lack::TooLongAgo(NumericDate::from_seconds(639))),
            ),
            (300, 1_060, None),
            (
                300,
                1_061,
                Some(Lack::Ahead(NumericDate::from_seconds(1_061))),
            ),
            (0, 940, None),
            (
                0,
                939,
                Some(Lack::TooLongAgo(NumericDate::from_seconds(939))),
            ),
            (u64::MAX, i64::MIN, None),
            (
                u64::MAX,
                i64::MAX,
                Some(Lack::Ahead(NumericDate::from_seconds(i64::MAX))),
            ),
        ] {
            let found = age(max_age).lack(&login(None, Some(auth_time)));
            assert_eq!(found, lack, "{max_age} and {auth_time}");
        }
        assert_eq!(age(300).lack(&login(None, None)), Some(Lack::NoTime));
        let cut = StepUp::of_age(Duration::from_millis(1_999));
        assert_eq!(cut.max_age(), Some(Duration::from_secs(1)));
    }

    #[test]
    fn two_demands_are_one_that_does_for_both() {
        let one = classes(&["a", "b", "c"]);
        assert_eq!(
            one.and(&classes(&["c", "b", "d"])),
            Some(classes(&["b", "c"]))
        );
        assert_eq!(one.and(&classes(&["d"])), None);
        let (short, long) = (
            StepUp::of_age(Duration::from_secs(5)),
            StepUp::of_age(Duration::from_secs(9)),
        );
        assert_eq!(long.and(&short), Some(short.clone()));
        let both = one.and(&short).unwrap();
        assert_eq!(
            (both.acr_values(), both.max_age()),
            (Some("a b c"), short.max_age())
        );
        assert_eq!(short.and(&one), Some(both));
    }
}
