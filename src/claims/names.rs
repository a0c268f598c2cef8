//! The names of scopes and roles, one after the other.

use std::borrow::Cow;

use super::source::{GrantSource, Shape};
use crate::json::{Elements, Kind, Members, Value};

/// Whether one string lists several names.
#[derive(Clone, Copy)]
pub(super) enum Spaces {
    /// RFC 6749, section 3.3: scopes stand in one string, divided by single spaces.
    Split,
    /// The name of a role may have spaces in it.
    Keep,
}

/// Names found in a payload, one after the other. Values of wrong types grant nothing.
pub(crate) struct Names<'a> {
    sources: std::slice::Iter<'a, GrantSource>,
    root: Value<'a>,
    spaces: Spaces,
    elements: Option<Elements<'a>>,
    members: Option<Members<'a>>,
    /// Those that had to be made of the payload.
    computed: std::slice::Iter<'a, String>,
    /// A string, and how much of it has been read.
    text: Option<(Cow<'a, str>, usize)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        sources: &'a [GrantSource],
        root: Value<'a>,
        spaces: Spaces,
        computed: &'a [String],
    ) -> Self {
        Self {
            sources: sources.iter(),
            root,
            spaces,
            elements: None,
            members: None,
            computed: computed.iter(),
            text: None,
        }
    }

    /// Tells whether `wanted` is among the names, octet by octet.
    pub(crate) fn contain(mut self, wanted: &str) -> bool {
        self.any(|name| name == wanted)
    }

    /// Begins to read what stands in a claim.
    fn enter(&mut self, source: &GrantSource) {
        let claim = source.path().and_then(|path| path.find(self.root));
        match source.shape() {
            Shape::Texts => {
                self.elements = claim.map(Value::elements);
                self.text = claim.and_then(Value::as_str).map(|text| (text, 0));
            }
            Shape::MemberNames => self.members = claim.map(Value::members),
            Shape::JsonText | Shape::Function(_) => {}
        }
    }

    /// Takes the next name off a string that lists several.
    fn next_in_text(&mut self) -> Option<Cow<'a, str>> {
        let (text, start) = self.text.take()?;
        if matches!(self.spaces, Spaces::Keep) {
            return Some(text);
        }
        let rest = text.get(start..)?;
        let length = rest.find(' ').unwrap_or(rest.len());
        let end = start.saturating_add(length);
        let name = match &text {
            Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end)?),
            Cow::Owned(text) => Cow::Owned(text.get(start..end)?.to_owned()),
        };
        if end < text.len() {
            self.text = Some((text, end.saturating_add(1)));
        }
        Some(name)
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        loop {
            let name = if let Some(name) = self.next_in_text() {
                Some(name)
            } else if let Some(element) = self.elements.as_mut().and_then(Iterator::next) {
                element.as_str()
            } else if let Some((name, value)) = self.members.as_mut().and_then(Iterator::next) {
                // Some write everybody's name, and whether it holds.
                let holds = !matches!(value.kind(), Kind::False | Kind::Null);
                name.as_str().filter(|_| holds)
            } else if let Some(source) = self.sources.next() {
                self.enter(source);
                None
            } else {
                Some(Cow::Borrowed(self.computed.next()?.as_str()))
            };
            // Two spaces in a row have no name between them.
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                return Some(name);
            }
        }
    }
}
