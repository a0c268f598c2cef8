//! Why a text is no strict JSON.

use std::fmt;

/// Why a text was not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ScanError {
    Syntax,
    Depth,
    DuplicateName,
    PrivateName,
    LoneSurrogate,
    NumberRange,
    Length,
}

/// Never repeats anything of the text.
impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Syntax => "a syntax error",
            Self::Depth => "too many levels",
            Self::DuplicateName => "a name stands twice in one object",
            Self::PrivateName => "a name is private to a library",
            Self::LoneSurrogate => "half of a surrogate pair stands alone",
            Self::NumberRange => "a number is out of range",
            Self::Length => "too many bytes",
        })
    }
}
