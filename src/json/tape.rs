//! What a scan leaves behind: one node per value and member name, in the order of the text.

use std::fmt;

/// What a node is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Object,
    Array,
    /// A string that stands in the text as it is.
    Text,
    /// A string with at least one backslash.
    EscapedText,
    /// A number of digits only, with or without a sign.
    Integer,
    /// A number with a fraction or an exponent.
    Float,
    True,
    False,
    Null,
}

/// Its type as a sentence has it.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Text | Self::EscapedText => "a string",
            Self::Integer => "an integer",
            Self::Float => "a float",
            Self::True | Self::False => "a boolean",
            Self::Null => "null",
        })
    }
}

/// One value: where its text lies, without the quotes of a string, and which node follows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
    pub(super) kind: Kind,
}

impl Node {
    const EMPTY: Self = Self {
        start: 0,
        end: 0,
        next: 0,
        kind: Kind::Null,
    };
}

/// Nodes that lie on the stack up to `N` of them, and on the heap beyond.
#[derive(Debug)]
pub(crate) struct Tape<const N: usize> {
    inline: [Node; N],
    length: usize,
    spilled: Vec<Node>,
}

impl<const N: usize> Tape<N> {
    pub(crate) fn new() -> Self {
        Self {
            inline: [Node::EMPTY; N],
            length: 0,
            spilled: Vec::new(),
        }
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        if self.spilled.is_empty() {
            self.inline.get(..self.length).unwrap_or_default()
        } else {
            &self.spilled
        }
    }

    /// Appends a node and returns its position.
    pub(super) fn push(&mut self, node: Node) -> usize {
        let position = self.length;
        self.length = self.length.saturating_add(1);
        if self.spilled.is_empty() {
            if let Some(slot) = self.inline.get_mut(position) {
                *slot = node;
                return position;
            }
            self.spilled.reserve(N.saturating_mul(4));
            self.spilled.extend_from_slice(&self.inline);
        }
        self.spilled.push(node);
        position
    }

    /// Closes a container: its text ends here, and so do its nodes.
    pub(super) fn close(&mut self, position: usize, end: u32) {
        let next = u32::try_from(self.length).unwrap_or(u32::MAX);
        let node = if self.spilled.is_empty() {
            self.inline.get_mut(position)
        } else {
            self.spilled.get_mut(position)
        };
        if let Some(node) = node {
            node.end = end;
            node.next = next;
        }
    }
}
