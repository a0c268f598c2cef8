//! The tower layer: verifies the token of every request, and answers every refusal.
//!
//! [`JwtLayer`] is what an application adds to its router, once, around everything that is not public. Its
//! settings say where tokens are found and how refusals are answered. It is tower around a
//! [`Gate`](crate::gate::Gate).

mod body;
mod future;
mod jwt_layer;
mod service;

pub use self::body::{AnyBody, AnyBodyFuture, AnyBodyLayer, AnyBodyService};
pub use self::future::ResponseFuture;
pub use self::jwt_layer::JwtLayer;
pub use self::service::Jwt;
