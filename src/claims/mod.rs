//! What a payload says: registered claims, and where scopes and roles are found.
//!
//! - A handler that wants registered claims asks for [`RegisteredClaims`], or flattens it into a type of its own;
//!   [`Audience`] and [`NumericDate`] read all forms in which issuers write them.
//! - A [`ClaimPath`] names the claim that [`scopes_from`](crate::Trust::scopes_from) and
//!   [`roles_from`](crate::Trust::roles_from) read.
//!
//! The rules for `exp`, `nbf`, `iat`, `iss` and `aud` are applied by the [verifier](crate::verify).

mod expected;
mod facts;
mod grants;
mod policy;
mod registered;

pub use self::grants::ClaimPath;
pub use self::registered::{Audience, RegisteredClaims};
pub use crate::numeric_date::NumericDate;

pub(crate) use self::expected::Expected;
pub(crate) use self::facts::Facts;
pub(crate) use self::grants::Grants;
pub(crate) use self::policy::{Bounds, Policy, Times};
