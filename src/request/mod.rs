//! A request up to the service inside, in plain functions: where its token stands, who caused it, what
//! becomes of it.
//!
//! - A handler or middleware reads the [`Presence`] from the extensions of a request.
//! - A layer outside reads the [`Identity`] from the extensions of a response.
//! - Hooks, guards and sources of tokens see a [`RequestHead`].
//! - A proxy that asks whether a request may pass is answered by [`ForwardAuth`].
//! - Login and logout are guarded by [`CrossSite`], and [`ReturnPath`] leads back to the page that was asked for.
//!
//! [`Gate`](crate::gate::Gate) decides with all of it.

mod credential;
mod cross_site;
mod decide;
mod forward_auth;
mod head;
mod hint;
mod identity;
mod loopback;
mod navigation;
mod origin;
mod presence;
mod sensitive;

pub use self::cross_site::CrossSite;
pub use self::forward_auth::ForwardAuth;
pub use self::head::RequestHead;
pub use self::identity::Identity;
pub use self::navigation::ReturnPath;
pub use self::presence::Presence;

pub(crate) use self::credential::Place;
#[cfg(any(test, fuzzing))]
pub(crate) use self::credential::bearer;
pub(crate) use self::cross_site::Site;
pub(crate) use self::decide::{Entry, Outcome, Settled, Waiting};
pub(crate) use self::forward_auth::{Original, Proxy};
pub(crate) use self::head::SavedHead;
pub(crate) use self::hint::Hint;
pub(crate) use self::navigation::{Page, is_own_path};
pub(crate) use self::sensitive::mark_sensitive;
