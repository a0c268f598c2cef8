//! Guards: layers that refuse requests on their way to one route.

mod cross_site;
mod future;
mod require;

pub use self::cross_site::CrossSiteService;
pub use self::future::GuardFuture;
pub use self::require::{
    Require, RequireLayer, require, require_claims, require_role, require_scope,
};
