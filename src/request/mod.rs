//! The way of a request up to the service inside, in plain functions.

mod credential;
mod decide;
mod head;
mod presence;

pub use self::head::RequestHead;
pub use self::presence::Presence;

pub(crate) use self::credential::Place;
pub(crate) use self::decide::{Decision, Entry};
pub(crate) use self::head::SavedHead;
