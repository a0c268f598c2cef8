//! What is demanded of the registered claims.

use std::time::Duration;

use super::expected::Expected;
use super::facts::Facts;
use crate::error::Reason;
use crate::json::Value;
use crate::numeric_date::{CENTURY, NumericDate};
use crate::refusal::{Detail, Refusal};

/// The rules about time, the same for every issuer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) leeway: Duration,
    pub(crate) allow_future_iat: bool,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            leeway: Duration::from_secs(60),
            allow_future_iat: false,
        }
    }
}

impl Times {
    /// Checks `exp`, `nbf` and `iat`. No value of them overflows.
    pub(crate) fn check(self, facts: &Facts, now: NumericDate) -> Result<(), Refusal> {
        let expires = facts.expires.ok_or_else(|| Refusal::missing("exp"))?;
        // RFC 7519, section 4.1.4: on or after `exp` is too late.
        if now >= expires.saturating_add(self.leeway) {
            return Err(Reason::Expired.with(Detail::past(expires, now, self.leeway)));
        }
        let soon = now.saturating_add(self.leeway);
        if expires > soon.saturating_add(CENTURY) {
            return Err(Reason::ExpiresTooLate.into());
        }
        let ahead = |time| Detail::ahead(time, now, self.leeway);
        if let Some(start) = facts.not_before.filter(|start| *start > soon) {
            return Err(Reason::NotYetValid.with(ahead(start)));
        }
        let issued = facts.issued_at.filter(|issued| *issued > soon);
        if let Some(issued) = issued.filter(|_| !self.allow_future_iat) {
            return Err(Reason::IssuedInTheFuture.with(ahead(issued)));
        }
        Ok(())
    }
}

/// How long the tokens of one trust may last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    /// From `iat` to `exp`.
    pub(crate) lifetime: Option<Duration>,
    /// From `iat` to now.
    pub(crate) age: Option<Duration>,
}

impl Bounds {
    /// Returns when a token gets too old, if it ever does.
    pub(crate) fn end_of_age(self, facts: &Facts) -> Option<NumericDate> {
        Some(facts.issued_at?.saturating_add(self.age?))
    }

    pub(crate) fn check(
        self,
        facts: &Facts,
        now: NumericDate,
        leeway: Duration,
    ) -> Result<(), Refusal> {
        if self.lifetime.is_none() && self.age.is_none() {
            return Ok(());
        }
        let issued = facts.issued_at.ok_or_else(|| Refusal::missing("iat"))?;
        let exceeds = |end: Option<NumericDate>, most| {
            end.is_some_and(|end| end > issued.saturating_add(most))
        };
        // Both times are the issuer's, so there is no skew between them.
        if let Some(most) = self.lifetime.filter(|most| exceeds(facts.expires, *most)) {
            return Err(Reason::LifetimeTooLong.with(Detail::AtMost(most)));
        }
        let oldest = |most: Duration| most.saturating_add(leeway);
        if let Some(most) = self.age.filter(|most| exceeds(Some(now), oldest(*most))) {
            return Err(Reason::TooOld.with(Detail::AtMost(most)));
        }
        Ok(())
    }
}

/// The rules of one trust, in the order in which they are applied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    /// Who is trusted.
    pub(crate) issuers: Expected,
    /// The names of this resource server.
    pub(crate) audiences: Expected,
    /// Claims that must be there, whatever they say.
    pub(crate) required: Vec<Box<str>>,
    /// Claims that must be strings and say something.
    pub(crate) required_texts: Vec<Box<str>>,
    /// How long its tokens may last.
    pub(crate) bounds: Bounds,
}

impl Policy {
    pub(crate) fn check(&self, facts: &Facts, root: Value<'_>) -> Result<(), Refusal> {
        check_party("iss", &self.issuers, facts.issuer(root), Reason::Issuer)?;
        check_party(
            "aud",
            &self.audiences,
            facts.audience(root),
            Reason::Audience,
        )?;
        for name in &self.required {
            if root.member(name).is_none() {
                return Err(Refusal::missing(name.to_string()));
            }
        }
        for name in &self.required_texts {
            let Some(value) = root.member(name) else {
                return Err(Refusal::missing(name.to_string()));
            };
            if !value.is_string() || value.source().is_empty() {
                let wanted = "a string that is not empty";
                return Err(Refusal::ill_typed(name.to_string(), value.kind(), wanted));
            }
        }
        Ok(())
    }
}

/// RFC 7519, sections 4.1.1 and 4.1.3: what is expected has to be there, and to be exactly this.
fn check_party(
    claim: &'static str,
    expected: &Expected,
    found: Option<Value<'_>>,
    reason: Reason,
) -> Result<(), Refusal> {
    match (expected, found) {
        (Expected::Anyone, _) => Ok(()),
        (expected, None) => Err(Refusal {
            detail: expected.absent(),
            ..Refusal::missing(claim)
        }),
        (expected, Some(value)) if expected.accepts(value) => Ok(()),
        (expected, Some(value)) => Err(Refusal {
            detail: expected.detail(value),
            ..reason.into()
        }),
    }
}
