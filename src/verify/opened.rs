//! A token whose signature is good, and what it says.

use std::sync::Arc;

use super::memo::Memo;
use crate::algorithm::Algorithm;
use crate::claims::{Facts, Grants};
use crate::error::Reason;
use crate::json::{Node, Tape, Value, scan};
use crate::jws::base64url;

/// Most payloads have no more nodes than this and are scanned without touching the heap.
const USUAL_NODES: usize = 96;

/// The outcome of form, key and signature, which is the same however often the token comes; all that
/// can change from one moment to the next is checked again each time.
pub(super) struct Opened {
    payload: Box<str>,
    nodes: Box<[Node]>,
    pub(super) facts: Facts,
    pub(super) algorithm: Algorithm,
    pub(super) grants: Arc<Grants>,
    pub(super) memo: Memo,
}

impl Opened {
    /// Reads the payload of a token whose signature has been verified.
    pub(super) fn read(
        payload: &[u8],
        depth: usize,
        algorithm: Algorithm,
        grants: &Arc<Grants>,
    ) -> Result<Self, Reason> {
        let payload = base64url::decode(payload).map_err(|_| Reason::Encoding)?;
        let payload = String::from_utf8(payload).map_err(|_| Reason::Json)?;
        let mut tape = Tape::<USUAL_NODES>::new();
        scan(&payload, depth, &mut tape).map_err(|_| Reason::Json)?;
        let root = Value::root(&payload, tape.nodes());
        if !root.is_object() {
            return Err(Reason::Json);
        }
        Ok(Self {
            facts: Facts::read(root)?,
            nodes: tape.nodes().into(),
            payload: payload.into_boxed_str(),
            algorithm,
            grants: Arc::clone(grants),
            memo: Memo::default(),
        })
    }

    pub(super) fn root(&self) -> Value<'_> {
        Value::root(&self.payload, &self.nodes)
    }

    pub(super) fn payload(&self) -> &str {
        &self.payload
    }
}
