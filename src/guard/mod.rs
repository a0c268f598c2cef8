//! Guards: layers that refuse requests on their way to one route.
//!
//! - [`require_scope`], [`require_role`] and [`require`] take a [rule](crate::rule); [`require_claims`] takes a function of
//!   the claims and the head of the request.
//! - [`CrossSite`](crate::CrossSite) is a guard too, for login and logout.
//!
//! A guard stands inside of a [`JwtLayer`](crate::JwtLayer), which finds the token and makes the answer: with axum it is
//! the `route_layer` of a route that is added before the layer. Where a handler has to decide, for example by a path
//! parameter, it asks with [`VerifiedToken::require`](crate::VerifiedToken::require): see the
//! [chapter on guards](crate::guide::guards).

mod cross_site;
mod future;
mod require;

pub use self::cross_site::CrossSiteService;
pub use self::future::GuardFuture;
pub use self::require::{
    Require, RequireLayer, require, require_claims, require_role, require_scope,
};
