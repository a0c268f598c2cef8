//! A trust that has been checked, and the way from a token to the one that it belongs to.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::queue::Queue;
use crate::algorithm::AlgorithmSet;
use crate::claims::{Grants, Policy};
use crate::clock::Clock;
use crate::error::Reason;
use crate::jws::{Header, TypeRule};
use crate::keys::Keys;
use crate::refusal::{Detail, Names, Near, Refusal};

/// One issuer, and everything that is demanded of its tokens.
pub(crate) struct Trusted {
    pub(super) name: Arc<str>,
    pub(super) keys: Keys,
    pub(super) algorithms: AlgorithmSet,
    pub(super) types: TypeRule,
    pub(super) policy: Policy,
    pub(super) grants: Grants,
    pub(super) numeric_subject: bool,
    pub(super) padded_segments: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) leeway: Duration,
    /// Of its own, as who fills it must not keep the keys of others from coming.
    pub(super) queue: Queue,
}

impl Trusted {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The same for the window, which hands it on.
    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// Checks what the header says of itself, before any key is looked for.
    pub(super) fn check_header(&self, header: &Header<'_>) -> Result<(), Refusal> {
        if !self.algorithms.contains(header.algorithm) {
            return Err(Reason::Algorithm.with(Detail::Algorithms(self.algorithms)));
        }
        let token_type = header.token_type.as_deref();
        if !self.types.accepts(token_type) {
            return Err(self.types.refuse(token_type));
        }
        Ok(())
    }
}

/// Whom a verifier trusts.
pub(super) enum Trusts {
    /// One, so that no token needs to say whose it is before its signature was checked.
    One(Arc<Trusted>),
    /// Several.
    Several(Several),
}

impl Trusts {
    /// Tells whether one of them takes tokens with padding.
    pub(super) fn take_padding(&self) -> bool {
        match self {
            Self::One(only) => only.padded_segments,
            Self::Several(several) => several.by_issuer.values().any(|one| one.padded_segments),
        }
    }

    /// Returns the names of all issuers, in the order in which they were given.
    pub(super) fn issuers(&self) -> &[Box<str>] {
        match self {
            Self::One(only) => only.policy.issuers.names(),
            Self::Several(several) => &several.issuers,
        }
    }

    /// Tells whether each of them takes tokens for this audience.
    pub(super) fn all_take_audience(&self, name: &str) -> bool {
        let takes = |one: &Trusted| one.policy.audiences.takes(name);
        match self {
            Self::One(only) => takes(only),
            Self::Several(several) => several.by_issuer.values().all(|one| takes(one)),
        }
    }
}

/// Several trusts, and what can be said before one is chosen.
pub(super) struct Several {
    /// By each of the names of their issuers. No two share a name.
    pub(super) by_issuer: HashMap<Box<str>, Arc<Trusted>>,
    /// All that one of them allows: a token with another one is nobody's, and its payload is not read.
    pub(super) algorithms: AlgorithmSet,
    /// The same names, for the log.
    pub(super) issuers: Names,
}

impl Several {
    /// Says that the token names nobody.
    pub(super) fn refuse_nameless(&self) -> Refusal {
        Refusal::missing("iss").with(Detail::Absent(Arc::clone(&self.issuers)))
    }

    /// Says that nobody has this name, and whether somebody has nearly the same.
    pub(super) fn refuse(&self, issuer: &str) -> Refusal {
        Reason::Issuer.with(Detail::Expected {
            names: Arc::clone(&self.issuers),
            near: Near::among(issuer, &self.issuers),
        })
    }
}
