//! What a gate was told: how requests come in, and how they are answered.

use crate::answer::Answers;
use crate::request::Entry;

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) entry: Entry,
    pub(crate) answers: Answers,
}
