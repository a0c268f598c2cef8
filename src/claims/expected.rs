//! Which names are accepted. "Anybody" is a value of its own: an empty list is nobody.

use std::sync::Arc;

use crate::json::Value;
use crate::refusal::{Detail, Names, Near};

/// Which values of a claim are accepted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Expected {
    /// Nothing was said. Nobody is accepted.
    #[default]
    Unsaid,
    /// Whatever the claim says, and if it is not there.
    Anyone,
    /// Exactly these.
    OneOf(Names),
    /// Both were said, which cannot be meant. Nobody is accepted.
    Contradiction,
}

impl Expected {
    /// Accepts this name too.
    pub(crate) fn add(&mut self, name: Box<str>) {
        match self {
            Self::Unsaid => *self = Self::OneOf(Arc::new([name])),
            Self::OneOf(names) => {
                let all = names.iter().cloned().chain([name]);
                *names = all.collect();
            }
            Self::Anyone | Self::Contradiction => *self = Self::Contradiction,
        }
    }

    /// Accepts everybody.
    pub(crate) fn accept_anyone(&mut self) {
        *self = match self {
            Self::Unsaid | Self::Anyone => Self::Anyone,
            Self::OneOf(_) | Self::Contradiction => Self::Contradiction,
        };
    }

    /// Returns the names, if it takes one of some.
    pub(crate) fn names(&self) -> &[Box<str>] {
        match self {
            Self::OneOf(names) => names,
            Self::Unsaid | Self::Anyone | Self::Contradiction => &[],
        }
    }

    /// Tells whether this name is accepted.
    pub(crate) fn takes(&self, name: &str) -> bool {
        match self {
            Self::Anyone => true,
            Self::OneOf(names) => names.iter().any(|own| **own == *name),
            Self::Unsaid | Self::Contradiction => false,
        }
    }

    /// Tells whether a text is accepted, or one of an array of texts.
    pub(super) fn accepts(&self, value: Value<'_>) -> bool {
        let is_named = |value: Value<'_>| self.names().iter().any(|name| value.is_text(name));
        match self {
            Self::Anyone => true,
            Self::OneOf(_) => is_named(value) || value.elements().any(is_named),
            Self::Unsaid | Self::Contradiction => false,
        }
    }

    /// Says what was expected where there is nothing.
    pub(super) fn absent(&self) -> Option<Detail> {
        match self {
            Self::OneOf(names) => Some(Detail::Absent(Arc::clone(names))),
            Self::Unsaid | Self::Anyone | Self::Contradiction => None,
        }
    }

    /// Says what was expected in place of a value that is not accepted, and whether it is nearly the same.
    pub(super) fn detail(&self, value: Value<'_>) -> Option<Detail> {
        let Self::OneOf(names) = self else {
            return None;
        };
        let near = |value: Value<'_>| Near::among(&value.as_str()?, names);
        Some(Detail::Expected {
            names: Arc::clone(names),
            near: near(value).or_else(|| value.elements().find_map(near)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Tape, scan};

    fn accepts(expected: &Expected, json: &str) -> bool {
        let mut tape = Tape::<4>::new();
        scan(json, 4, &mut tape).unwrap();
        expected.accepts(Value::root(json, tape.nodes()))
    }

    #[test]
    fn a_lost_setting_closes_the_door() {
        let mut one = Expected::Unsaid;
        one.add("a".into());
        let mut both = one.clone();
        both.accept_anyone();
        assert_eq!(both, Expected::Contradiction);
        for nobody in [Expected::Unsaid, Expected::OneOf(Arc::new([])), both] {
            for json in ["\"\"", "\"a\"", "[\"a\"]", "null"] {
                assert!(!accepts(&nobody, json), "{nobody:?} and {json}");
            }
        }
        assert!(accepts(&one, "\"a\"") && accepts(&one, "[\"b\",\"a\"]"));
        assert!(!accepts(&one, "\"b\"") && !accepts(&one, "[]"));
        assert!(accepts(&Expected::Anyone, "\"b\""));
    }

    #[test]
    fn anyone_and_somebody_contradict_each_other_in_any_order() {
        let mut expected = Expected::Unsaid;
        expected.accept_anyone();
        assert_eq!(expected, Expected::Anyone);
        expected.add("a".into());
        assert_eq!(expected, Expected::Contradiction);
        expected.accept_anyone();
        expected.add("b".into());
        assert_eq!(expected, Expected::Contradiction);
        assert_eq!(expected.names(), []);
    }
}
