//! The cookie that carries a token.
//!
//! One [`TokenCookie`] serves both sides, so that they cannot disagree: the handlers of login and logout write it
//! ([`set`](TokenCookie::set), [`clear`](TokenCookie::clear)), and [`JwtLayer::cookie`](crate::JwtLayer::cookie) reads it on
//! every request, with the cross-site check that a cookie needs. Other attributes than the defaults:
//! [`TokenCookie::builder`]. The [chapter on cookies](crate::guide::cookies) shows login and logout as a whole.

mod attributes;
mod builder;
mod error;
mod parts;
mod set_cookie;
mod size;
mod token_cookie;

pub use self::attributes::SameSite;
pub use self::builder::TokenCookieBuilder;
pub use self::error::CookieError;
pub use self::set_cookie::{CookieToken, SetCookie};
pub use self::token_cookie::TokenCookie;

pub(crate) use self::parts::Found;
pub(crate) use self::set_cookie::is_same_cookie;
#[cfg(any(test, fuzzing))]
pub(crate) use self::token_cookie::{MOST_EMPTY, MOST_PLACES, MOST_SPACES, MOST_SPACES_IN_ALL};
