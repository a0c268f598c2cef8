//! What a token says: its payload, read once, and what it is known to be.

use std::sync::Arc;

use super::memo::Memo;
use super::trusted::Trusted;
use crate::algorithm::Algorithm;
use crate::claims::Facts;
use crate::error::Reason;
use crate::json::{Node, Tape, Value, scan};
use crate::jws::{base64url, not_canonical};
use crate::refusal::{Detail, Part, Refusal};

/// Most payloads have no more nodes than this and are scanned without touching the heap.
const USUAL_NODES: usize = 96;

/// A payload, as strict JSON, with the types of its registered claims checked.
pub(super) struct Payload {
    text: Box<str>,
    nodes: Box<[Node]>,
    pub(super) facts: Facts,
}

impl Payload {
    pub(super) fn read(segment: &[u8], depth: usize) -> Result<Self, Refusal> {
        let text = base64url::decode(segment).map_err(|_| not_canonical(Part::Payload, segment))?;
        let not_utf8 = |_| Reason::Json.said("the payload is not UTF-8");
        let text = String::from_utf8(text).map_err(not_utf8)?;
        let mut tape = Tape::<USUAL_NODES>::new();
        scan(&text, depth, &mut tape).map_err(|error| {
            let part = Part::Payload;
            Reason::Json.with(Detail::Json { part, error, depth })
        })?;
        let root = Value::root(&text, tape.nodes());
        // RFC 7519, section 7.2, step 10: a JSON object.
        if !root.is_object() {
            return Err(Reason::Json.said("the payload is no object"));
        }
        Ok(Self {
            facts: Facts::read(root)?,
            nodes: tape.nodes().into(),
            text: text.into_boxed_str(),
        })
    }

    pub(super) fn root(&self) -> Value<'_> {
        Value::root(&self.text, &self.nodes)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// A token whose signature is good.
///
/// The same for every request that brings it: what follows (time, revocation, the checks of the
/// application) may come to another end each time.
pub(super) struct Opened {
    pub(super) payload: Payload,
    pub(super) algorithm: Algorithm,
    pub(super) trust: Arc<Trusted>,
    pub(super) memo: Memo,
}

impl Opened {
    pub(super) fn new(payload: Payload, algorithm: Algorithm, trust: Arc<Trusted>) -> Self {
        Self {
            payload,
            algorithm,
            trust,
            memo: Memo::default(),
        }
    }

    pub(super) fn root(&self) -> Value<'_> {
        self.payload.root()
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.payload.facts
    }
}
