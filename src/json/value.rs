//! Reading what lies on a tape.

use std::borrow::Cow;

use super::tape::{Kind, Node};
use super::text::{Unescaped, unescape};

/// One value of a scanned text.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    text: &'a str,
    nodes: &'a [Node],
    position: usize,
}

/// A number as precise as Rust can hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Unsigned(u64),
    Signed(i64),
    Float(f64),
}

impl<'a> Value<'a> {
    pub(super) fn new(text: &'a str, nodes: &'a [Node], position: usize) -> Self {
        Self {
            text,
            nodes,
            position,
        }
    }

    /// Returns the outermost value of a text and the nodes that a scan made of it.
    pub(crate) fn root(text: &'a str, nodes: &'a [Node]) -> Self {
        Self::new(text, nodes, 0)
    }

    /// Returns the value at a position that [`Self::position`] gave for the same text.
    pub(crate) fn at(self, position: usize) -> Self {
        Self { position, ..self }
    }

    pub(crate) fn position(self) -> usize {
        self.position
    }

    fn node(self) -> Option<Node> {
        self.nodes.get(self.position).copied()
    }

    pub(crate) fn kind(self) -> Kind {
        self.node().map_or(Kind::Null, |node| node.kind)
    }

    /// Returns the JSON text of this value; of a string what stands between the quotes.
    pub(crate) fn source(self) -> &'a str {
        self.source_in(self.text)
    }

    /// Returns the same, borrowed from the text that was scanned and not from the tape too.
    fn source_in(self, scanned: &str) -> &str {
        self.node()
            .and_then(|node| scanned.get(node.start as usize..node.end as usize))
            .unwrap_or_default()
    }

    /// Returns the JSON text of this value, of a string with its quotes.
    pub(super) fn raw(self) -> &'a str {
        let quote = usize::from(self.is_string());
        let range = self.node().and_then(|node| {
            let start = (node.start as usize).checked_sub(quote)?;
            Some(start..(node.end as usize).checked_add(quote)?)
        });
        range
            .and_then(|range| self.text.get(range))
            .unwrap_or_default()
    }

    pub(crate) fn is_object(self) -> bool {
        self.kind() == Kind::Object
    }

    pub(crate) fn is_true(self) -> bool {
        self.kind() == Kind::True
    }

    pub(crate) fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    pub(crate) fn is_string(self) -> bool {
        matches!(self.kind(), Kind::Text | Kind::EscapedText)
    }

    /// Returns the string that this is, unescaped; of any other value nothing.
    pub(crate) fn as_str(self) -> Option<Cow<'a, str>> {
        self.is_string().then(|| self.text())
    }

    /// Returns the string that this is, which must be one.
    pub(super) fn text(self) -> Cow<'a, str> {
        self.text_of(self.text)
    }

    /// Returns the text of a string, borrowed from the text that was scanned and not from the tape.
    pub(super) fn text_of(self, scanned: &str) -> Cow<'_, str> {
        unescape(self.source_in(scanned), self.kind() == Kind::EscapedText)
    }

    /// Tells whether this is the string `expected`.
    pub(crate) fn is_text(self, expected: &str) -> bool {
        match self.kind() {
            Kind::Text => self.source() == expected,
            Kind::EscapedText => Unescaped::new(self.source()).eq(expected.chars()),
            _ => false,
        }
    }

    fn length(self) -> Option<u32> {
        self.node().map(|node| node.end.wrapping_sub(node.start))
    }

    /// Tells whether two strings are the same one.
    pub(super) fn same_text(self, other: Self) -> bool {
        match (self.kind(), other.kind()) {
            // Most names differ in length already, and the nodes know it without the text.
            (Kind::Text, Kind::Text) => {
                self.length() == other.length() && self.source() == other.source()
            }
            (Kind::Text, _) => other.is_text(self.source()),
            (_, Kind::Text) => self.is_text(other.source()),
            _ => Unescaped::new(self.source()).eq(Unescaped::new(other.source())),
        }
    }

    pub(crate) fn number(self) -> Option<Number> {
        let source = self.source();
        match self.kind() {
            Kind::Integer => {
                if source.starts_with('-') {
                    // Only a float has a negative zero.
                    if let Some(number) = source.parse().ok().filter(|number| *number != 0) {
                        return Some(Number::Signed(number));
                    }
                } else if let Ok(number) = source.parse() {
                    return Some(Number::Unsigned(number));
                }
                source.parse().ok().map(Number::Float)
            }
            Kind::Float => source.parse().ok().map(Number::Float),
            _ => None,
        }
    }

    /// Returns the members of an object; of any other value none.
    pub(crate) fn members(self) -> Members<'a> {
        Members {
            children: self.children(Kind::Object),
        }
    }

    /// Returns the elements of an array; of any other value none.
    pub(crate) fn elements(self) -> Elements<'a> {
        Elements {
            children: self.children(Kind::Array),
        }
    }

    pub(crate) fn is_array(self) -> bool {
        self.kind() == Kind::Array
    }

    /// Returns the member of this name.
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        self.members()
            .find_map(|(key, value)| key.is_text(name).then_some(value))
    }

    fn children(self, kind: Kind) -> Children<'a> {
        let end = match self.node() {
            Some(node) if node.kind == kind => node.next as usize,
            _ => 0,
        };
        Children {
            value: self.at(self.position.saturating_add(1)),
            end,
        }
    }
}

/// The nodes directly inside a container.
#[derive(Clone)]
struct Children<'a> {
    value: Value<'a>,
    end: usize,
}

impl<'a> Iterator for Children<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let value = self.value;
        if value.position >= self.end {
            return None;
        }
        self.value = value.at(value.node()?.next as usize);
        Some(value)
    }
}

/// The names and values of an object, in the order of the text.
#[derive(Clone)]
pub(crate) struct Members<'a> {
    children: Children<'a>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Value<'a>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.children.next()?, self.children.next()?))
    }
}

/// The values of an array.
#[derive(Clone)]
pub(crate) struct Elements<'a> {
    children: Children<'a>,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.children.next()
    }
}
