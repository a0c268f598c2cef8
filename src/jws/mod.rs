//! JSON Web Signature, compact serialization: three segments and the rules for the header.
//!
//! Nothing here knows keys or claims.

pub(crate) mod base64url;
mod compact;
mod header;

pub(crate) use self::compact::{Compact, Limits, not_canonical};
pub(crate) use self::header::{Header, TypeRule, USUAL_NODES};
