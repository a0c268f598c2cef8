//! The plain decision about the head of a request, and the rendering of a refusal.
//!
//! [`JwtLayer`](crate::JwtLayer) is tower around a [`Gate`], and holds its settings. Where there is no tower, a server framework on
//! the types of `http` takes the gate itself: `examples/hyper_gate.rs` is a whole adapter.
//!
//! 1. [`Gate::admit`] decides about a request, waits for a key if it has to, and leaves a
//!    [`Presence`](crate::request::Presence) for the service inside; or it returns the answer of a refusal.
//! 2. [`Reply::finish`] turns what the service inside returned into the answer.
//!
//! [`Gate::decide`] is the first step without waiting and without a request.

mod decision;
mod reply;
mod settings;

pub use self::decision::{Gate, Pending, Verdict};
pub use self::reply::Reply;

pub(crate) use self::settings::Settings;
