//! What a token says: its payload, read once, and what it is known to be.

use std::sync::Arc;

use zeroize::Zeroize;

use super::memo::Memo;
use super::trusted::Trusted;
use crate::algorithm::Algorithm;
use crate::claims::{Computed, Facts, Names};
use crate::error::Reason;
use crate::json::{Node, Tape, Value, scan};
use crate::jws::{base64url, not_canonical};
use crate::refusal::{Detail, Part, Refusal};

/// Most payloads have no more nodes than this and are scanned without touching the heap.
const USUAL_NODES: usize = 96;

/// A payload, as strict JSON, with the types of its registered claims checked, and the token that it stands in.
pub(super) struct Payload {
    text: Text,
    nodes: Box<[Node]>,
    pub(super) facts: Facts,
}

impl Payload {
    /// Reads the payload of a token whose other segments are in base64url, which is ASCII.
    pub(super) fn read(token: &[u8], segment: &[u8], depth: usize) -> Result<Self, Refusal> {
        let text = Text::read(token, segment)?;
        let mut tape = Tape::<USUAL_NODES>::new();
        scan(text.payload(), depth, &mut tape).map_err(|error| {
            let part = Part::Payload;
            Reason::Json.with(Detail::Json { part, error, depth })
        })?;
        let root = Value::root(text.payload(), tape.nodes());
        // RFC 7519, section 7.2, step 10: a JSON object.
        if !root.is_object() {
            return Err(Reason::Json.said("the payload is no object"));
        }
        Ok(Self {
            facts: Facts::read(root)?,
            nodes: tape.nodes().into(),
            text,
        })
    }

    pub(super) fn root(&self) -> Value<'_> {
        Value::root(self.text(), &self.nodes)
    }

    pub(super) fn text(&self) -> &str {
        self.text.payload()
    }

    pub(super) fn token(&self) -> &str {
        self.text.token()
    }
}

/// A token, and behind it its payload: one piece of memory for both.
struct Text {
    both: Box<str>,
    /// Where the payload begins.
    middle: usize,
}

impl Text {
    fn read(token: &[u8], segment: &[u8]) -> Result<Self, Refusal> {
        let both = base64url::decode_behind(token, segment)
            .map_err(|_| not_canonical(Part::Payload, segment))?;
        let not_utf8 = |_| Reason::Json.said("the payload is not UTF-8");
        Ok(Self {
            both: String::from_utf8(both).map_err(not_utf8)?.into(),
            middle: token.len(),
        })
    }

    fn token(&self) -> &str {
        self.both.get(..self.middle).unwrap_or_default()
    }

    fn payload(&self) -> &str {
        self.both.get(self.middle..).unwrap_or_default()
    }

    /// Without its signature the rest of a token opens nothing.
    fn wipe(&mut self) {
        let dot = self.token().rfind('.').unwrap_or_default();
        if let Some((token, _)) = self.both.split_at_mut_checked(self.middle)
            && let Some((_, signature)) = token.split_at_mut_checked(dot)
        {
            signature.zeroize();
        }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        self.wipe();
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
    computed: Computed,
}

impl Opened {
    pub(super) fn new(payload: Payload, algorithm: Algorithm, trust: Arc<Trusted>) -> Self {
        Self {
            payload,
            algorithm,
            trust,
            memo: Memo::default(),
            computed: Computed::default(),
        }
    }

    pub(super) fn root(&self) -> Value<'_> {
        self.payload.root()
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.payload.facts
    }

    pub(super) fn scopes(&self) -> Names<'_> {
        self.trust.grants.scopes(self.root(), &self.computed)
    }

    pub(super) fn roles(&self) -> Names<'_> {
        self.trust.grants.roles(self.root(), &self.computed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_and_its_payload_lie_in_one_place_and_the_signature_is_wiped() {
        let segment = base64url::encode(r#"{"sub":"anna"}"#);
        let token = format!("e30.{segment}.c2lnbmF0dXJl");
        let mut text = Text::read(token.as_bytes(), segment.as_bytes()).unwrap();
        assert_eq!(text.token(), token);
        assert_eq!(text.payload(), r#"{"sub":"anna"}"#);
        text.wipe();
        let wiped = format!("e30.{segment}{}", "\0".repeat(".c2lnbmF0dXJl".len()));
        assert_eq!(text.token(), wiped);
        assert_eq!(text.payload(), r#"{"sub":"anna"}"#);
    }
}
