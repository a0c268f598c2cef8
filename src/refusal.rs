//! A reason, and what the log says besides: which part of the token, which limit, what was expected.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::AlgorithmSet;
use crate::error::Reason;
use crate::json::{Kind, ScanError};
use crate::numeric_date::{CENTURY, NumericDate};

/// A reason, the claim that it is about, and more that is no value of the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) claim: Option<Cow<'static, str>>,
    pub(crate) detail: Option<Detail>,
}

/// What is to be said of a refusal besides its reason. Made of the configuration and of what a token lacks:
/// copying one takes no memory, as strangers cause them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Detail {
    /// A sentence, or the end of one.
    Said(&'static str),
    /// The token, or its header, has more bytes than this.
    Longer { part: Part, most: usize },
    /// Which segment is not base64url, and whether it ends with `=`.
    Encoding { part: Part, padded: bool },
    /// What is wrong with which JSON text.
    Json {
        part: Part,
        error: ScanError,
        depth: usize,
    },
    /// A claim has to be of another type.
    Type { found: Kind, wanted: &'static str },
    /// One of these names was expected.
    Expected { names: Names, near: Option<Near> },
    /// One of these names was expected, and there is none.
    Absent(Names),
    /// One of these algorithms was expected.
    Algorithms(AlgorithmSet),
    /// How far a time lies from now, and what is allowed.
    Time {
        seconds: u64,
        leeway: u64,
        ahead: bool,
    },
    /// It may last so long, and not longer.
    AtMost(Duration),
    /// How many keys there are, and how many of them were tried.
    Keys(Tries),
}

/// Configured names, shared with the configuration.
pub(crate) type Names = Arc<[Box<str>]>;

/// A part of a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    Token,
    Header,
    Payload,
    Signature,
}

/// How a name misses the one that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Near {
    Slash,
    Case,
    Scheme,
    Space,
}

/// How many bytes a near miss is longer or shorter, at most.
const MOST_OVERLOOKED: usize = 4;

/// How many expected names are looked at for a near miss: a stranger's token costs each of these looks.
const MOST_COMPARED: usize = 64;

/// How the keys fared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Tries {
    /// All that the trust has.
    pub(crate) held: u32,
    /// Those with the `kid` of the token; none if it has no `kid`.
    pub(crate) named: Option<u32>,
    /// Those that were tried.
    pub(crate) tried: u32,
    /// Those that would fit too, and were not.
    pub(crate) left: u32,
}

impl Refusal {
    /// The claim is not there, and has to be.
    pub(crate) fn missing(claim: impl Into<Cow<'static, str>>) -> Self {
        Self::from(Reason::MissingClaim).about(claim)
    }

    /// The claim is there, and of the wrong type.
    pub(crate) fn ill_typed(
        claim: impl Into<Cow<'static, str>>,
        found: Kind,
        wanted: &'static str,
    ) -> Self {
        Self::from(Reason::ClaimType)
            .about(claim)
            .with(Detail::Type { found, wanted })
    }

    /// Names the claim.
    pub(crate) fn about(mut self, claim: impl Into<Cow<'static, str>>) -> Self {
        self.claim = Some(claim.into());
        self
    }

    /// Says more.
    pub(crate) fn with(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }
}

impl Reason {
    /// Says more of it.
    pub(crate) fn with(self, detail: Detail) -> Refusal {
        Refusal::from(self).with(detail)
    }

    /// Says more of it, in words.
    pub(crate) fn said(self, text: &'static str) -> Refusal {
        self.with(Detail::Said(text))
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            claim: None,
            detail: None,
        }
    }
}

impl Detail {
    /// A time has passed.
    pub(crate) fn past(time: NumericDate, now: NumericDate, leeway: Duration) -> Self {
        Self::Time {
            seconds: now.saturating_since(time).as_secs(),
            leeway: leeway.as_secs(),
            ahead: false,
        }
    }

    /// A time is yet to come: perhaps it never will, as it is one in milliseconds.
    pub(crate) fn ahead(time: NumericDate, now: NumericDate, leeway: Duration) -> Self {
        let distance = time.saturating_since(now);
        if distance > CENTURY {
            return Self::Said("more than a century ahead: it counts seconds, not milliseconds");
        }
        Self::Time {
            seconds: distance.as_secs(),
            leeway: leeway.as_secs(),
            ahead: true,
        }
    }

    /// Returns what was expected in its place, as it was configured.
    pub(crate) fn expected(&self) -> Option<String> {
        match self {
            Self::Expected { names, .. } | Self::Absent(names) => Some(names.join(", ")),
            Self::Algorithms(algorithms) => {
                let names: Vec<_> = algorithms.iter().map(|one| one.to_string()).collect();
                Some(names.join(", "))
            }
            Self::Said(_)
            | Self::Longer { .. }
            | Self::Encoding { .. }
            | Self::Json { .. }
            | Self::Type { .. }
            | Self::Time { .. }
            | Self::AtMost(_)
            | Self::Keys(_) => None,
        }
    }
}

impl Near {
    /// Tells how a name misses one of those that are expected.
    pub(crate) fn among(found: &str, names: &[Box<str>]) -> Option<Self> {
        let mut names = names.iter().take(MOST_COMPARED);
        names.find_map(|name| Self::of(found, name))
    }

    /// Tells how a name misses an expected one, if that is by what people overlook.
    fn of(found: &str, expected: &str) -> Option<Self> {
        // Strangers send what is compared with each of many names.
        if found.len().abs_diff(expected.len()) > MOST_OVERLOOKED {
            return None;
        }
        if found.trim_end_matches('/') == expected.trim_end_matches('/') {
            return Some(Self::Slash);
        }
        if found.eq_ignore_ascii_case(expected) {
            return Some(Self::Case);
        }
        if found.trim() == expected.trim() {
            return Some(Self::Space);
        }
        (without_scheme(found)? == without_scheme(expected)?).then_some(Self::Scheme)
    }
}

fn without_scheme(name: &str) -> Option<&str> {
    let (scheme, rest) = name.split_once("://")?;
    ["http", "https"].contains(&scheme).then_some(rest)
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(text) => f.write_str(text),
            Self::Longer { part, most } => {
                write!(f, "the {part} has more than {most} bytes")?;
                f.write_str(match part {
                    Part::Header => " (max_header_bytes)",
                    Part::Token | Part::Payload | Part::Signature => " (max_token_bytes)",
                })
            }
            Self::Encoding { part, padded: true } => write!(f, "the {part} is padded with ="),
            Self::Encoding { part, .. } => write!(f, "the {part}"),
            Self::Json {
                part,
                error: ScanError::Depth,
                depth,
            } => write!(f, "the {part} has more than {depth} levels (max_depth)"),
            Self::Json { part, error, .. } => write!(f, "in the {part}, {error}"),
            Self::Type { found, wanted } => write!(f, "has to be {wanted}, and is {found}"),
            Self::Expected { near: None, names } if names.len() == 1 => {
                f.write_str("one name is accepted")
            }
            Self::Expected { near: None, names } => {
                write!(f, "{} names are accepted", names.len())
            }
            Self::Expected {
                near: Some(near), ..
            } => near.fmt(f),
            Self::Absent(_) => f.write_str("is configured, and so has to be there"),
            Self::Algorithms(_) => f.write_str("it is known, and not allowed"),
            Self::Time {
                seconds,
                leeway,
                ahead,
            } => {
                let way = if *ahead { "ahead" } else { "ago" };
                write!(f, "{seconds} seconds {way}, with a leeway of {leeway}")
            }
            Self::AtMost(most) => write!(f, "at most {} seconds are allowed", most.as_secs_f64()),
            Self::Keys(tries) => tries.fmt(f),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token => "token",
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slash => "it differs from the expected one by a slash at the end only",
            Self::Case => "it differs from the expected one in upper and lower case only",
            Self::Scheme => "one of it and the expected one is http, the other https",
            Self::Space => "it differs from the expected one by white space around it only",
        })
    }
}

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = |number: u32| if number == 1 { "key" } else { "keys" };
        let Self {
            held,
            named,
            tried,
            left,
        } = *self;
        write!(f, "of {held} {}, ", keys(held))?;
        match named {
            Some(0) if tried == 0 => return f.write_str("none has this kid"),
            Some(0) => f.write_str("none has this kid, ")?,
            Some(named) => write!(f, "{named} with this kid, ")?,
            None => {}
        }
        match (tried, left) {
            (0, _) => f.write_str("none is for this algorithm"),
            (tried, 0) => write!(f, "{tried} tried"),
            (tried, left) => write!(f, "{tried} tried, and {left} more that fit left untried"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_known_by_what_people_overlook() {
        let desk = "https://desk.example";
        for (found, near) in [
            ("https://desk.example/", Some(Near::Slash)),
            ("https://desk.example//", Some(Near::Slash)),
            ("https://Desk.example", Some(Near::Case)),
            ("HTTPS://desk.example", Some(Near::Case)),
            ("http://desk.example", Some(Near::Scheme)),
            (" https://desk.example\n", Some(Near::Space)),
            ("desk.example", None),
            ("https://desk.example/a", None),
            ("ftp://desk.example", None),
            ("https://evil.example", None),
            ("", None),
        ] {
            assert_eq!(Near::of(found, desk), near, "{found:?}");
            assert_eq!(Near::of(desk, found), near, "{found:?}");
        }
    }

    #[test]
    fn a_near_miss_is_looked_for_among_the_first_names_only() {
        let names: Vec<Box<str>> = (0..1_000).map(|n| format!("{n:04}/").into()).collect();
        assert_eq!(Near::among("0000", &names), Some(Near::Slash));
        assert_eq!(Near::among("0063", &names), Some(Near::Slash));
        assert_eq!(Near::among("0064", &names), None);
        assert_eq!(Near::among("0000", &[]), None);
    }

    #[test]
    fn tries_are_counted_in_words() {
        let tries = |held, named, tried, left| {
            Tries {
                held,
                named,
                tried,
                left,
            }
            .to_string()
        };
        assert_eq!(tries(1, None, 1, 0), "of 1 key, 1 tried");
        assert_eq!(
            tries(6, None, 4, 2),
            "of 6 keys, 4 tried, and 2 more that fit left untried"
        );
        assert_eq!(
            tries(2, Some(1), 0, 0),
            "of 2 keys, 1 with this kid, none is for this algorithm"
        );
        assert_eq!(
            tries(3, Some(0), 1, 0),
            "of 3 keys, none has this kid, 1 tried"
        );
    }
}
