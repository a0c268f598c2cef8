//! The JOSE header: what is read, what is refused, what is never used.

use std::borrow::Cow;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::error::Reason;
use crate::json::{Tape, Value, scan};
use crate::refusal::{Detail, Names, Part, Refusal};

/// Most headers have no more nodes than this and are read without touching the heap.
pub(crate) const USUAL_NODES: usize = 24;

/// What a header says that matters.
///
/// Parameters that bring or point to a key (`jwk`, `jku`, `x5c`, `x5u`) are never looked at: a
/// token does not choose the key that verifies it (RFC 8725, section 3.10).
pub(crate) struct Header<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<Cow<'a, str>>,
    pub(crate) token_type: Option<Cow<'a, str>>,
}

impl<'a> Header<'a> {
    pub(crate) fn read(
        text: &'a [u8],
        depth: usize,
        tape: &'a mut Tape<USUAL_NODES>,
    ) -> Result<Self, Refusal> {
        let not_utf8 = |_| Reason::Json.said("the header is not UTF-8");
        let text = std::str::from_utf8(text).map_err(not_utf8)?;
        scan(text, depth, tape).map_err(|error| {
            let part = Part::Header;
            Reason::Json.with(Detail::Json { part, error, depth })
        })?;
        let root = Value::root(text, tape.nodes());
        if !root.is_object() {
            return Err(Reason::Json.said("the header is no object"));
        }
        Self::from_members(root)
    }

    fn from_members(root: Value<'a>) -> Result<Self, Refusal> {
        let (mut algorithm, mut key_id, mut token_type) = (None, None, None);
        let (mut critical, mut nested) = (None, false);
        let text = |value: Value<'a>, problem| {
            let text = value.as_str();
            text.ok_or_else(|| Reason::Header.said(problem))
        };
        for (name, value) in root.members() {
            match name.as_str().as_deref() {
                Some("alg") => algorithm = Some(text(value, "alg has to be a string")?),
                Some("kid") => key_id = Some(text(value, "kid has to be a string")?),
                Some("typ") => token_type = Some(text(value, "typ has to be a string")?),
                // RFC 7515, section 4.1.11: no extension is understood here, so whatever `crit`
                // lists is not, and an empty or ill-formed `crit` is not allowed.
                Some("crit") => critical = Some("crit lists what has to be understood"),
                // RFC 7797, section 7: a JWT must not use `b64` with the value false.
                Some("b64") if !value.is_true() => critical = Some("b64 is not true"),
                // RFC 7519, section 7.2, step 8: the payload would be another token.
                Some("cty") if is_jwt(value) => nested = true,
                _ => {}
            }
        }
        let algorithm = algorithm.ok_or_else(|| Reason::Header.said("alg is missing"))?;
        let algorithm = algorithm
            .parse()
            .map_err(|_| Reason::Algorithm.said(unknown_algorithm(&algorithm)))?;
        if let Some(extension) = critical {
            return Err(Reason::Critical.said(extension));
        }
        if nested {
            return Err(Reason::Type.said("cty says that the payload is a token itself"));
        }
        Ok(Self {
            algorithm,
            key_id,
            token_type,
        })
    }
}

/// Says why a name is that of no algorithm.
fn unknown_algorithm(name: &str) -> &'static str {
    let is_like = |known: &str| name.eq_ignore_ascii_case(known);
    if is_like("none") {
        "the token says that nobody signed it"
    } else if Algorithm::ALL.iter().any(|known| is_like(known.name())) {
        "a known one in another case: names of algorithms are compared as they are"
    } else {
        "no algorithm of this name is known here"
    }
}

/// Which values of `typ` are accepted (RFC 8725, section 3.11): those that were named or, if nothing was
/// said, the usual ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TypeRule {
    /// Without `application/`.
    names: Names,
    or_absent: bool,
}

impl Default for TypeRule {
    fn default() -> Self {
        Self {
            names: Arc::new([]),
            or_absent: false,
        }
    }
}

impl TypeRule {
    /// What an access token has: `JWT`, `at+jwt`, or nothing at all.
    const USUAL: [&str; 2] = ["JWT", "at+jwt"];

    pub(crate) fn add(&mut self, token_type: &str) {
        let names = self.names.iter().cloned();
        self.names = names.chain([without_prefix(token_type).into()]).collect();
    }

    pub(crate) fn add_absent(&mut self) {
        self.or_absent = true;
    }

    /// Tells whether no type was named.
    pub(crate) fn is_usual(&self) -> bool {
        self.names.is_empty()
    }

    /// Tells whether no other type is accepted.
    pub(crate) fn is_only(&self, name: &str) -> bool {
        let mut names = self.names.iter();
        !self.is_usual() && !self.or_absent && names.all(|other| other.eq_ignore_ascii_case(name))
    }

    pub(crate) fn has_empty_name(&self) -> bool {
        self.names.iter().any(|name| name.is_empty())
    }

    /// Says what was expected in place of a type that is not accepted.
    pub(crate) fn refuse(&self, token_type: Option<&str>) -> Refusal {
        match token_type {
            None => Reason::Type.said("typ is missing"),
            Some(_) if self.is_usual() => Reason::Type.said("typ is none of an access token"),
            Some(_) => Reason::Type.with(Detail::Expected {
                names: Arc::clone(&self.names),
                near: None,
            }),
        }
    }

    /// Media types are compared without case and without `application/` (RFC 7515, section 4.1.9).
    pub(crate) fn accepts(&self, token_type: Option<&str>) -> bool {
        let Some(found) = token_type.map(without_prefix) else {
            return self.or_absent || self.is_usual();
        };
        if self.is_usual() {
            return Self::USUAL
                .iter()
                .any(|name| found.eq_ignore_ascii_case(name));
        }
        self.names
            .iter()
            .any(|name| found.eq_ignore_ascii_case(name))
    }
}

fn is_jwt(content_type: Value<'_>) -> bool {
    let content_type = content_type.as_str();
    content_type.is_some_and(|name| without_prefix(&name).eq_ignore_ascii_case("JWT"))
}

fn without_prefix(media_type: &str) -> &str {
    const PREFIX: &str = "application/";
    match media_type.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => media_type,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Algorithm, Option<String>, Option<String>), Reason> {
        let mut tape = Tape::new();
        let header =
            Header::read(text.as_bytes(), 32, &mut tape).map_err(|refusal| refusal.reason)?;
        Ok((
            header.algorithm,
            header.key_id.map(Cow::into_owned),
            header.token_type.map(Cow::into_owned),
        ))
    }

    #[test]
    fn reads_three_parameters_and_ignores_the_rest() {
        let header = r#"{"alg":"ES256","kid":"a\u0062","typ":"JWT","jwk":{},"jku":"x","x5c":[]}"#;
        assert_eq!(
            read(header),
            Ok((Algorithm::ES256, Some("ab".into()), Some("JWT".into())))
        );
        assert_eq!(
            read(r#"{"\u0061lg":"HS256","b64":true}"#),
            Ok((Algorithm::HS256, None, None))
        );
    }

    #[test]
    fn refuses_each_parameter_of_a_wrong_kind() {
        for (header, reason) in [
            ("", Reason::Json),
            ("[]", Reason::Json),
            ("null", Reason::Json),
            ("\u{feff}{\"alg\":\"HS256\"}", Reason::Json),
            (r#"{"alg":"HS256","alg":"HS256"}"#, Reason::Json),
            ("{}", Reason::Header),
            (r#"{"alg":null}"#, Reason::Header),
            (r#"{"alg":["HS256"]}"#, Reason::Header),
            (r#"{"alg":"HS256","kid":1}"#, Reason::Header),
            (r#"{"alg":"HS256","typ":null}"#, Reason::Header),
            (r#"{"alg":"none"}"#, Reason::Algorithm),
            (r#"{"alg":"hs256"}"#, Reason::Algorithm),
            (r#"{"alg":""}"#, Reason::Algorithm),
            (r#"{"alg":"HS256","crit":["exp"]}"#, Reason::Critical),
            (r#"{"alg":"HS256","crit":[]}"#, Reason::Critical),
            (r#"{"alg":"HS256","crit":null}"#, Reason::Critical),
            (r#"{"alg":"HS256","b64":false}"#, Reason::Critical),
            (r#"{"alg":"HS256","cty":"JWT"}"#, Reason::Type),
            (r#"{"alg":"HS256","cty":"application/jwt"}"#, Reason::Type),
        ] {
            assert_eq!(read(header), Err(reason), "{header}");
        }
    }

    #[test]
    fn the_usual_types_are_few() {
        for good in [
            None,
            Some("JWT"),
            Some("jwt"),
            Some("at+jwt"),
            Some("application/at+jwt"),
            Some("APPLICATION/JWT"),
        ] {
            assert!(TypeRule::default().accepts(good), "{good:?}");
        }
        for bad in [
            "",
            "JOSE",
            "dpop+jwt",
            "logout+jwt",
            "application/",
            "text/jwt",
            "JWT ",
        ] {
            assert!(!TypeRule::default().accepts(Some(bad)), "{bad}");
        }
    }

    #[test]
    fn a_type_that_is_named_replaces_the_usual_ones() {
        let mut rule = TypeRule::default();
        rule.add_absent();
        assert_eq!(
            rule.accepts(Some("JWT")),
            rule.accepts(None),
            "the usual ones are there"
        );
        let mut rule = TypeRule::default();
        rule.add("application/secevent+jwt");
        assert!(rule.accepts(Some("secevent+jwt")));
        assert!(rule.accepts(Some("application/SecEvent+JWT")));
        assert!(!rule.accepts(Some("JWT")));
        assert!(!rule.accepts(None));
        rule.add("JWS");
        assert!(rule.accepts(Some("secevent+jwt")) && rule.accepts(Some("jws")));
        assert!(!rule.accepts(None));
        rule.add_absent();
        assert!(rule.accepts(None) && rule.accepts(Some("JWS")));
        assert!(!rule.accepts(Some("JWT")) && !rule.accepts(Some("")));
    }
}
