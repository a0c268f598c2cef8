//! Why a value does not fit a type.

use std::fmt;

use serde::de;

/// Why a value does not fit a type: what was expected at which path, never what stood there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Error {
    path: String,
    message: String,
}

/// Names of members come from a token: neither long ones nor odd ones go into a log.
const MAX_NAME: usize = 40;
const MAX_PATH: usize = 200;

pub(super) fn shown(name: &str) -> String {
    let end = name.char_indices().nth(MAX_NAME).map(|(end, _)| end);
    match end.and_then(|end| name.get(..end)) {
        Some(start) => format!("{}...", start.escape_default()),
        None => name.escape_default().to_string(),
    }
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    pub(super) fn inside(mut self, step: fmt::Arguments<'_>) -> Self {
        if self.path.len() < MAX_PATH {
            self.path = format!("{step}{}", self.path);
        }
        self
    }

    /// Returns where in the payload the value stands: `.room`, `.rooms[2].number`, or `.` for all.
    pub(crate) fn path(&self) -> &str {
        if self.path.is_empty() {
            "."
        } else {
            &self.path
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

// The default texts of serde repeat the value.
impl de::Error for Error {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("the value was not accepted")
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Bool(_) => "a boolean",
            de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) => "an integer",
            de::Unexpected::Float(_) => "a float",
            de::Unexpected::Char(_) | de::Unexpected::Str(_) => "a string",
            de::Unexpected::Unit | de::Unexpected::Option => "null",
            de::Unexpected::Seq => "an array",
            de::Unexpected::Map => "an object",
            _ => "something else",
        };
        Self::new(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found another value"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {length} elements"))
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("expected a known variant, found another one")
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("a member that the type does not know")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` stands twice"))
    }
}
