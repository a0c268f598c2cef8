//! What a payload says: registered claims, and where scopes and roles are found.
//!
//! - A handler that wants registered claims asks for [`RegisteredClaims`], or flattens it into a type of its own;
//!   [`Audience`] and [`NumericDate`] read all forms in which issuers write them.
//! - A [`ClaimPath`] names the claim that [`scopes_from`](crate::Trust::scopes_from) and
//!   [`roles_from`](crate::Trust::roles_from) read; a [`GrantSource`] one that has another shape than a list of texts.
//!
//! The rules for `exp`, `nbf`, `iat`, `iss` and `aud` are applied by the [verifier](crate::verify).

mod expected;
mod facts;
mod grants;
mod names;
mod path;
mod policy;
mod registered;
mod source;

pub use self::path::ClaimPath;
pub use self::registered::{Audience, RegisteredClaims};
pub use self::source::GrantSource;
pub use crate::numeric_date::NumericDate;

pub(crate) use self::expected::Expected;
pub(crate) use self::facts::{Facts, numeric_date};
pub(crate) use self::grants::{Computed, Grants};
pub(crate) use self::names::Names;
pub(crate) use self::policy::{Bounds, Policy, Times};
