//! Answers: the only place that writes headers, and the only table of what each refusal looks like.

mod challenge;
mod grpc;
mod render;
mod table;

pub(crate) use self::challenge::check_realm;
pub(crate) use self::grpc::Grpc;
pub(crate) use self::render::{Answers, Asker, bare, finish};
