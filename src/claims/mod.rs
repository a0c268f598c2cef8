//! Registered claims: reading them, the rules for them, and where scopes and roles are found.

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
pub(crate) use self::policy::{Policy, Times};
