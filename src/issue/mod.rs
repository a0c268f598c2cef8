//! Issuing: making the tokens that verifiers accept.
//!
//! An [`Issuer`] holds a [`SigningKey`](crate::SigningKey) and what all its tokens have in common. A handler that logs
//! somebody in calls [`Issuer::token`], says more on the [`TokenBuilder`], and gets a [`SignedToken`], which goes into a
//! [cookie](crate::TokenCookie::set) or into a JSON answer. Services that verify get [`Issuer::jwks`].

mod builder;
mod claims;
mod draft;
mod error;
mod finite;
mod header;
mod issuer;
mod login;
mod settings;
mod signed;
mod token;

pub use self::builder::IssuerBuilder;
pub use self::error::IssueError;
pub use self::issuer::Issuer;
pub use self::signed::SignedToken;
pub use self::token::TokenBuilder;
