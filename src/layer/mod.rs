//! The tower layer: verifies the token of every request, and answers every refusal.

mod future;
mod jwt_layer;
mod reply;
mod service;

pub use self::future::ResponseFuture;
pub use self::jwt_layer::JwtLayer;
pub use self::service::Jwt;
