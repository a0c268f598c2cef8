//! The way of a request up to the service inside, in plain functions.

mod credential;
mod cross_site;
mod decide;
mod head;
mod navigation;
mod presence;
mod sensitive;

pub use self::cross_site::CrossSite;
pub use self::head::RequestHead;
pub use self::navigation::ReturnPath;
pub use self::presence::Presence;

pub(crate) use self::credential::Place;
#[cfg(any(test, fuzzing))]
pub(crate) use self::credential::bearer;
pub(crate) use self::decide::{Absent, Entry, Outcome, Settled};
pub(crate) use self::head::SavedHead;
pub(crate) use self::navigation::{is_navigation, is_own_path, with_way_back};
pub(crate) use self::sensitive::mark_sensitive;
