//! The registered claims of one payload, found in one pass.

use crate::error::Reason;
use crate::json::{Number, Value};
use crate::numeric_date::NumericDate;

/// What the registered claims say, or where they stand. Their types have been checked, whether or
/// not anybody asks for them (RFC 7519, section 4.1).
#[derive(Clone, Copy, Default)]
pub(crate) struct Facts {
    pub(super) expires: Option<NumericDate>,
    pub(super) not_before: Option<NumericDate>,
    pub(super) issued_at: Option<NumericDate>,
    issuer: Option<usize>,
    pub(super) audience: Option<usize>,
    subject: Option<usize>,
    id: Option<usize>,
    pub(super) bound: bool,
}

impl Facts {
    pub(crate) fn read(root: Value<'_>) -> Result<Self, Reason> {
        let mut facts = Self::default();
        for (name, value) in root.members() {
            match name.as_str().as_deref() {
                Some("exp") => facts.expires = Some(date(value)?),
                Some("nbf") => facts.not_before = Some(date(value)?),
                Some("iat") => facts.issued_at = Some(date(value)?),
                Some("iss") => facts.issuer = Some(string(value)?),
                Some("sub") => facts.subject = Some(string(value)?),
                Some("jti") => facts.id = Some(string(value)?),
                Some("aud") => facts.audience = Some(strings(value)?),
                Some("cnf") => facts.bound = true,
                _ => {}
            }
        }
        Ok(facts)
    }

    pub(crate) fn issuer(self, root: Value<'_>) -> Option<Value<'_>> {
        self.issuer.map(|position| root.at(position))
    }

    pub(crate) fn subject(self, root: Value<'_>) -> Option<Value<'_>> {
        self.subject.map(|position| root.at(position))
    }

    pub(crate) fn id(self, root: Value<'_>) -> Option<Value<'_>> {
        self.id.map(|position| root.at(position))
    }

    pub(crate) fn expires(self) -> Option<NumericDate> {
        self.expires
    }

    pub(crate) fn issued_at(self) -> Option<NumericDate> {
        self.issued_at
    }

    /// Tells whether there is a `cnf` claim: the token is no use without a proof (RFC 7800).
    pub(crate) fn is_bound(self) -> bool {
        self.bound
    }
}

fn date(value: Value<'_>) -> Result<NumericDate, Reason> {
    match value.number() {
        Some(Number::Unsigned(seconds)) => Ok(NumericDate::from_seconds(
            i64::try_from(seconds).unwrap_or(i64::MAX),
        )),
        Some(Number::Signed(seconds)) => Ok(NumericDate::from_seconds(seconds)),
        Some(Number::Float(seconds)) => NumericDate::from_float(seconds).ok_or(Reason::ClaimType),
        None => Err(Reason::ClaimType),
    }
}

fn string(value: Value<'_>) -> Result<usize, Reason> {
    if value.is_string() {
        Ok(value.position())
    } else {
        Err(Reason::ClaimType)
    }
}

fn strings(value: Value<'_>) -> Result<usize, Reason> {
    if value.is_string() || value.is_array() && value.elements().all(Value::is_string) {
        Ok(value.position())
    } else {
        Err(Reason::ClaimType)
    }
}
