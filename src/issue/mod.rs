//! Issuing: making the tokens that verifiers accept.

mod error;
mod issuer;
mod signed;
mod token;

pub use self::error::IssueError;
pub use self::issuer::{Issuer, IssuerBuilder};
pub use self::signed::SignedToken;
pub use self::token::TokenBuilder;
