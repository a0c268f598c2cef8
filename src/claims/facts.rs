//! The registered claims of one payload, found in one pass.

use crate::json::{Number, Value};
use crate::numeric_date::NumericDate;
use crate::refusal::Refusal;

/// How long a date may be written: the largest float has 309 digits. A verifier of several trusts reads dates before any
/// signature, and a number of many digits takes long to round.
const LONGEST_DATE: usize = 400;

/// The longest integers of 64 bits.
const LONGEST_INTEGER: usize = "-9223372036854775808".len();

/// What the registered claims say, or where they stand. Their types have been checked, whether or
/// not anybody asks for them (RFC 7519, section 4.1).
#[derive(Default)]
pub(crate) struct Facts {
    pub(super) expires: Option<NumericDate>,
    pub(super) not_before: Option<NumericDate>,
    pub(super) issued_at: Option<NumericDate>,
    issuer: Option<usize>,
    audience: Option<usize>,
    subject: Option<usize>,
    id: Option<usize>,
    pub(super) bound: bool,
    /// The subject is an integer: only some trusts take it.
    numeric_subject: bool,
}

impl Facts {
    pub(crate) fn read(root: Value<'_>) -> Result<Self, Refusal> {
        let mut facts = Self::default();
        for (name, value) in root.members() {
            match name.as_str().as_deref() {
                Some("exp") => facts.expires = Some(date("exp", value)?),
                Some("nbf") => facts.not_before = Some(date("nbf", value)?),
                Some("iat") => facts.issued_at = Some(date("iat", value)?),
                Some("iss") => facts.issuer = Some(string("iss", value)?),
                Some("sub") => {
                    facts.numeric_subject = is_whole(value);
                    facts.subject = Some(if facts.numeric_subject {
                        value.position()
                    } else {
                        string("sub", value)?
                    });
                }
                Some("jti") => facts.id = Some(string("jti", value)?),
                Some("aud") => facts.audience = Some(strings("aud", value)?),
                Some("cnf") => facts.bound = true,
                _ => {}
            }
        }
        Ok(facts)
    }

    pub(crate) fn issuer<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        self.issuer.map(|position| root.at(position))
    }

    pub(crate) fn audience<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        self.audience.map(|position| root.at(position))
    }

    pub(crate) fn subject<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        self.subject.map(|position| root.at(position))
    }

    pub(crate) fn id<'a>(&self, root: Value<'a>) -> Option<Value<'a>> {
        self.id.map(|position| root.at(position))
    }

    pub(crate) fn expires(&self) -> Option<NumericDate> {
        self.expires
    }

    pub(crate) fn issued_at(&self) -> Option<NumericDate> {
        self.issued_at
    }

    /// RFC 7519, section 4.1.2: the subject is a string. Called once it is known whose token it is.
    pub(crate) fn check_subject(
        &self,
        root: Value<'_>,
        may_be_numeric: bool,
    ) -> Result<(), Refusal> {
        match self.subject(root) {
            Some(subject) if self.numeric_subject && !may_be_numeric => {
                string("sub", subject).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Tells whether there is a `cnf` claim: the token is no use without a proof (RFC 7800).
    pub(crate) fn is_bound(&self) -> bool {
        self.bound
    }
}

fn date(name: &'static str, value: Value<'_>) -> Result<NumericDate, Refusal> {
    if value.source().len() > LONGEST_DATE {
        let wanted = "a number of at most 400 characters";
        return Err(Refusal::ill_typed(name, value.kind(), wanted));
    }
    let date = match value.number() {
        Some(Number::Unsigned(seconds)) => Some(NumericDate::from_seconds(
            i64::try_from(seconds).unwrap_or(i64::MAX),
        )),
        Some(Number::Signed(seconds)) => Some(NumericDate::from_seconds(seconds)),
        Some(Number::Float(seconds)) => NumericDate::from_float(seconds),
        None => None,
    };
    date.ok_or_else(|| Refusal::ill_typed(name, value.kind(), "a number"))
}

/// Reads a NumericDate that is no registered claim; what is none says nothing.
pub(crate) fn numeric_date(value: Value<'_>) -> Option<NumericDate> {
    date("auth_time", value).ok()
}

/// Tells whether a value is an integer that every reader takes for the same: within 64 bits, and no negative zero.
/// Strict JSON has one way to write it.
fn is_whole(value: Value<'_>) -> bool {
    value.source().len() <= LONGEST_INTEGER
        && matches!(
            value.number(),
            Some(Number::Unsigned(_) | Number::Signed(_))
        )
}

fn string(name: &'static str, value: Value<'_>) -> Result<usize, Refusal> {
    if value.is_string() {
        Ok(value.position())
    } else {
        Err(Refusal::ill_typed(name, value.kind(), "a string"))
    }
}

/// RFC 7519, section 4.1.3: a string, or an array of strings.
fn strings(name: &'static str, value: Value<'_>) -> Result<usize, Refusal> {
    if value.is_string() || value.is_array() && value.elements().all(Value::is_string) {
        Ok(value.position())
    } else {
        let wanted = "a string or an array of strings";
        Err(Refusal::ill_typed(name, value.kind(), wanted))
    }
}
