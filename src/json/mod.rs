//! Strict JSON: one pass that refuses what parsers disagree about, and a tape to read the rest from.
//!
//! [`scan`] accepts a subset of RFC 8259: the whole text is one value with nothing around it but
//! white space, no member name stands twice in an object (compared after unescaping), no string
//! holds a lone surrogate, no number leaves the range of binary64, and containers nest only so deep
//! (RFC 7515, sections 4 and 10.12; RFC 7493). What it found lies on a tape of nodes;
//! [`Value`] walks it and [`serde`] deserializes from it, without looking at the text again.
//!
//! Nothing here knows about tokens.

mod access;
mod de;
mod error;
#[cfg(any(test, fuzzing))]
mod naive;
mod names;
#[cfg(test)]
mod properties;
mod range;
mod scan;
mod scan_error;
mod tape;
mod text;
mod value;

pub(crate) use self::error::Error;
#[cfg(any(test, fuzzing))]
pub(crate) use self::naive::Naive;
pub(crate) use self::scan::{scan, scan_structure};
pub(crate) use self::scan_error::ScanError;
pub(crate) use self::tape::{Kind, Node, Tape};
pub(crate) use self::value::{Elements, Members, Number, Value};
