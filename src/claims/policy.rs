//! What a verifier demands of the registered claims.

use std::time::Duration;

use super::facts::Facts;
use crate::error::Reason;
use crate::json::Value;
use crate::numeric_date::NumericDate;
use crate::trace;

/// The rules, in the order in which they are applied.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) leeway: Duration,
    pub(crate) allow_future_iat: bool,
    /// The issuers that are trusted; empty if anybody is whose key is.
    pub(crate) issuers: Vec<Box<str>>,
    /// The names of this resource server; empty if tokens for anybody are accepted.
    pub(crate) audiences: Vec<Box<str>>,
    /// Claims that must be there, whatever they say.
    pub(crate) required: Vec<Box<str>>,
    /// Claims that must be strings and say something.
    pub(crate) required_texts: Vec<Box<str>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            leeway: Duration::from_secs(60),
            allow_future_iat: false,
            issuers: Vec::new(),
            audiences: Vec::new(),
            required: Vec::new(),
            required_texts: Vec::new(),
        }
    }
}

impl Policy {
    pub(crate) fn check(
        &self,
        facts: Facts,
        root: Value<'_>,
        now: NumericDate,
    ) -> Result<(), Reason> {
        self.check_times(facts, now)?;
        self.check_parties(facts, root)?;
        let mut names = self.required.iter().map(|name| &**name);
        if let Some(name) = names.find(|name| root.member(name).is_none()) {
            return Err(missing(name));
        }
        let is_text = |name: &str| {
            let value = root.member(name);
            value.is_some_and(|value| value.is_string() && !value.source().is_empty())
        };
        if self.required_texts.iter().all(|name| is_text(name)) {
            Ok(())
        } else {
            Err(Reason::ClaimType)
        }
    }

    fn check_times(&self, facts: Facts, now: NumericDate) -> Result<(), Reason> {
        let expires = facts.expires.ok_or_else(|| missing("exp"))?;
        // RFC 7519, section 4.1.4: on or after `exp` is too late.
        if now >= expires.saturating_add(self.leeway) {
            return Err(Reason::Expired);
        }
        let soon = now.saturating_add(self.leeway);
        if facts.not_before.is_some_and(|start| start > soon) {
            return Err(Reason::NotYetValid);
        }
        if !self.allow_future_iat && facts.issued_at.is_some_and(|issued| issued > soon) {
            return Err(Reason::IssuedInTheFuture);
        }
        Ok(())
    }

    fn check_parties(&self, facts: Facts, root: Value<'_>) -> Result<(), Reason> {
        if !self.issuers.is_empty() {
            let issuer = facts.issuer(root).ok_or_else(|| missing("iss"))?;
            if !is_one_of(issuer, &self.issuers) {
                return Err(Reason::Issuer);
            }
        }
        if !self.audiences.is_empty() {
            let audience = facts.audience.ok_or_else(|| missing("aud"))?;
            let audience = root.at(audience);
            let named = is_one_of(audience, &self.audiences)
                || audience
                    .elements()
                    .any(|audience| is_one_of(audience, &self.audiences));
            if !named {
                return Err(Reason::Audience);
            }
        }
        Ok(())
    }
}

/// The log names the claim: it is one that the application asked for.
fn missing(claim: &str) -> Reason {
    trace::debug!(claim = claim, "the token lacks a claim that is required");
    Reason::MissingClaim
}

fn is_one_of(value: Value<'_>, names: &[Box<str>]) -> bool {
    names.iter().any(|name| value.is_text(name))
}
