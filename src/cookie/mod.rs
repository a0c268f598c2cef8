//! The cookie that carries a token: written at login and logout, read on every request, by one value,
//! so that the two cannot disagree.

mod attributes;
mod builder;
mod error;
mod set_cookie;
mod size;
mod token_cookie;

pub use self::attributes::SameSite;
pub use self::builder::TokenCookieBuilder;
pub use self::error::CookieError;
pub use self::set_cookie::{CookieToken, SetCookie};
pub use self::token_cookie::TokenCookie;

pub(crate) use self::token_cookie::Found;
#[cfg(any(test, fuzzing))]
pub(crate) use self::token_cookie::{MOST_PLACES, MOST_SPACES};
