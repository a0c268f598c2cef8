//! Registered claims as a type, for handlers that want them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use crate::numeric_date::NumericDate;

/// The registered claims of RFC 7519, section 4.1, in the forms that issuers really send: `aud` as a
/// string or an array, times as integers or floats, each of them perhaps absent.
///
/// # Examples
///
/// On its own, or flattened into a type of yours:
///
/// ```
/// use keycard::claims::RegisteredClaims;
///
/// #[derive(serde::Deserialize)]
/// struct Guest {
///     #[serde(flatten)]
///     registered: RegisteredClaims,
///     room: u32,
/// }
/// let guest: Guest = serde_json::from_str(
///     r#"{"sub":"anna","aud":"https://rooms.example","exp":1.5e9,"room":7}"#,
/// ).unwrap();
/// assert!(guest.registered.audience.contains("https://rooms.example"));
/// ```
#[non_exhaustive]
#[derive(Clone, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RegisteredClaims {
    /// `iss`: who issued the token.
    #[serde(rename = "iss", default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// `sub`: whom the token is about. Of an integer, which only some trusts
    /// [take](crate::Trust::dangerous_numeric_subject), its digits.
    #[serde(
        rename = "sub",
        default,
        deserialize_with = "subject",
        skip_serializing_if = "Option::is_none"
    )]
    pub subject: Option<String>,
    /// `aud`: whom the token is meant for.
    #[serde(rename = "aud", default, skip_serializing_if = "Audience::is_empty")]
    pub audience: Audience,
    /// `exp`: when the token ends.
    #[serde(rename = "exp", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<NumericDate>,
    /// `nbf`: when the token begins.
    #[serde(rename = "nbf", default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<NumericDate>,
    /// `iat`: when the token was issued.
    #[serde(rename = "iat", default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<NumericDate>,
    /// `jti`: the identifier of the token.
    #[serde(rename = "jti", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The `aud` claim: one string, or an array of strings (RFC 7519, section 4.1.3).
///
/// # Examples
///
/// ```
/// use keycard::claims::Audience;
///
/// let one: Audience = serde_json::from_str(r#""https://rooms.example""#)?;
/// let two: Audience = serde_json::from_str(r#"["https://spa.example","https://rooms.example"]"#)?;
/// assert!(one.contains("https://rooms.example"));
/// assert!(two.contains("https://rooms.example"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Audience {
    names: Vec<String>,
}

// Claims are personal data.
impl fmt::Debug for RegisteredClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisteredClaims").finish_non_exhaustive()
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audience").finish_non_exhaustive()
    }
}

impl Audience {
    /// Tells whether `name` is one of the audiences, exactly.
    pub fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|audience| audience == name)
    }

    /// Returns the audiences.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

impl From<Vec<String>> for Audience {
    fn from(names: Vec<String>) -> Self {
        Self { names }
    }
}

impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [only] = self.names.as_slice() {
            return serializer.serialize_str(only);
        }
        let mut names = serializer.serialize_seq(Some(self.names.len()))?;
        for name in &self.names {
            names.serialize_element(name)?;
        }
        names.end()
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Audience;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an array of strings")
            }

            fn visit_str<E>(self, name: &str) -> Result<Audience, E> {
                Ok(Audience {
                    names: vec![name.to_owned()],
                })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Audience, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = elements.next_element()? {
                    names.push(name);
                }
                Ok(Audience { names })
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Reads a string, or an integer by its digits, as the verifier does.
fn subject<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Visitor;

    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string or an integer")
        }

        fn visit_str<E>(self, subject: &str) -> Result<Self::Value, E> {
            Ok(Some(subject.to_owned()))
        }

        fn visit_i64<E>(self, subject: i64) -> Result<Self::Value, E> {
            Ok(Some(subject.to_string()))
        }

        fn visit_u64<E>(self, subject: u64) -> Result<Self::Value, E> {
            Ok(Some(subject.to_string()))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        // `arbitrary_precision` of serde_json gives numbers in another way.
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            let number = Number::deserialize(MapAccessDeserializer::new(map))?;
            let digits = number.as_i64().map(|whole| whole.to_string());
            let digits = digits.or_else(|| number.as_u64().map(|whole| whole.to_string()));
            let wanted = || de::Error::invalid_type(de::Unexpected::Other("a float"), &Self);
            digits.map(Some).ok_or_else(wanted)
        }
    }

    deserializer.deserialize_any(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_issuers_send_and_writes_it_back() {
        for json in [
            r#"{"aud":"a"}"#,
            r#"{"aud":["a","b"],"exp":1.5}"#,
            r#"{"iss":"i","sub":"s","exp":3,"nbf":1,"iat":2,"jti":"x"}"#,
            "{}",
        ] {
            let claims: RegisteredClaims = serde_json::from_str(json).unwrap();
            assert_eq!(
                serde_json::to_value(&claims).unwrap(),
                serde_json::from_str::<serde_json::Value>(json).unwrap()
            );
        }
        for (json, digits) in [
            (r#"{"sub":4}"#, Some("4")),
            (r#"{"sub":-4}"#, Some("-4")),
            (
                r#"{"sub":18446744073709551615}"#,
                Some("18446744073709551615"),
            ),
            (r#"{"sub":null}"#, None),
        ] {
            let claims: RegisteredClaims = serde_json::from_str(json).unwrap();
            assert_eq!(claims.subject.as_deref(), digits, "{json}");
        }
        for bad in [
            r#"{"sub":4.0}"#,
            r#"{"sub":1e3}"#,
            r#"{"sub":[4]}"#,
            r#"{"sub":{}}"#,
        ] {
            assert!(
                serde_json::from_str::<RegisteredClaims>(bad).is_err(),
                "{bad}"
            );
        }
        assert!(serde_json::from_str::<RegisteredClaims>(r#"{"aud":42}"#).is_err());
        assert!(serde_json::from_str::<RegisteredClaims>(r#"{"aud":["a",1]}"#).is_err());
    }
}
