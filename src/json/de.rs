//! Deserializing any type from a tape, as `serde_json` does from a text.
//!
//! What a type asks for is what it gets, or an error: a number is no name of a variant, `null` is no empty map, and what a
//! type leaves unread is not passed over. Rules and handlers would else read two different tokens.

use std::borrow::Cow;

use serde::de::{self, Deserializer, Unexpected, Visitor};

use super::access::{Array, Object, Raw, Variant};
use super::error::Error;
use super::tape::Kind;
use super::text::visit_text;
use super::value::{Number, Value};

/// The name under which `serde_json` asks for the text of a value.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl<'de> Value<'de> {
    fn visit_number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.number() {
            Some(Number::Unsigned(number)) => visitor.visit_u64(number),
            Some(Number::Signed(number)) => visitor.visit_i64(number),
            Some(Number::Float(number)) => visitor.visit_f64(number),
            None => Err(self.unlike(&visitor)),
        }
    }

    fn visit_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_string() {
            visit_text(self.text(), visitor)
        } else {
            Err(self.unlike(&visitor))
        }
    }

    fn visit_array<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.is_array() {
            return Err(self.unlike(&visitor));
        }
        let mut elements = Array::new(self.elements());
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        Ok(value)
    }

    /// `named` says whether the names are those of the type or of the claims, and not data of somebody's.
    fn visit_object<V: Visitor<'de>>(self, named: bool, visitor: V) -> Result<V::Value, Error> {
        if !self.is_object() {
            return Err(self.unlike(&visitor));
        }
        let mut members = Object::new(self.members(), named);
        let value = visitor.visit_map(&mut members)?;
        members.end()?;
        Ok(value)
    }

    /// The outermost names are claims, also where the type is a map or flattened.
    fn is_outermost(self) -> bool {
        self.position() == 0
    }

    /// The error for a value of another kind.
    fn unlike(self, expected: &dyn de::Expected) -> Error {
        let found = match self.kind() {
            Kind::Object => Unexpected::Map,
            Kind::Array => Unexpected::Seq,
            Kind::Text | Kind::EscapedText => Unexpected::Str(""),
            Kind::Integer => Unexpected::Signed(0),
            Kind::Float => Unexpected::Float(0.0),
            Kind::True => Unexpected::Bool(true),
            Kind::False => Unexpected::Bool(false),
            Kind::Null => Unexpected::Unit,
        };
        de::Error::invalid_type(found, expected)
    }
}

/// Methods that do what another one does.
macro_rules! alike {
    ($($method:ident => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$visit(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Object => self.visit_object(self.is_outermost(), visitor),
            Kind::Array => self.visit_array(visitor),
            Kind::Text | Kind::EscapedText => self.visit_string(visitor),
            Kind::Integer | Kind::Float => self.visit_number(visitor),
            Kind::True => visitor.visit_bool(true),
            Kind::False => visitor.visit_bool(false),
            Kind::Null => visitor.visit_unit(),
        }
    }

    alike! {
        deserialize_i8 => visit_number,
        deserialize_i16 => visit_number,
        deserialize_i32 => visit_number,
        deserialize_i64 => visit_number,
        deserialize_u8 => visit_number,
        deserialize_u16 => visit_number,
        deserialize_u32 => visit_number,
        deserialize_u64 => visit_number,
        deserialize_f64 => visit_number,
        deserialize_char => visit_string,
        deserialize_str => visit_string,
        deserialize_string => visit_string,
        deserialize_identifier => visit_string,
        deserialize_seq => visit_array,
        deserialize_byte_buf => deserialize_bytes,
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::True => visitor.visit_bool(true),
            Kind::False => visitor.visit_bool(false),
            _ => Err(self.unlike(&visitor)),
        }
    }

    // The tape keeps 64 bits; a wider number is read from its text.
    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.source().parse() {
            Ok(number) if self.kind() == Kind::Integer => visitor.visit_i128(number),
            _ => Err(self.unlike(&visitor)),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.source().parse() {
            Ok(number) if self.kind() == Kind::Integer => visitor.visit_u128(number),
            _ => Err(self.unlike(&visitor)),
        }
    }

    // Rounded once, and never to infinity.
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.number(), self.source().parse()) {
            (Some(Number::Float(_)), Ok(number)) if f32::is_finite(number) => {
                visitor.visit_f64(number.into())
            }
            (Some(Number::Unsigned(_) | Number::Signed(_)), _) => self.visit_number(visitor),
            _ => Err(self.unlike(&visitor)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.as_str() {
            Some(Cow::Borrowed(text)) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Some(Cow::Owned(text)) => visitor.visit_byte_buf(text.into_bytes()),
            None => self.visit_array(visitor),
        }
    }

    // `null` is no value; what is absent never comes here.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Null => visitor.visit_unit(),
            _ => Err(self.unlike(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        // A type asks for it by the name of its struct, and a token cannot: no member may have this name.
        if name == RAW_VALUE {
            return visitor.visit_map(Raw::new(RAW_VALUE, self.raw()));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.visit_array(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.visit_array(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.visit_object(self.is_outermost(), visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Array => self.visit_array(visitor),
            _ => self.visit_object(true, visitor),
        }
    }

    // The name of a variant alone, or an object with one member: the name, and what the variant holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.is_string() {
            return visitor.visit_enum(Variant::new(self, None));
        }
        let mut members = self.members();
        match (members.next(), members.next()) {
            (Some((name, content)), None) => visitor.visit_enum(Variant::new(name, Some(content))),
            _ => Err(Error::new(
                "expected a variant: a string, or an object of one member",
            )),
        }
    }

    // The scan has read it already, to its end and strictly: there is nothing to skip.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use std::fmt;

    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::super::{Tape, scan};
    use super::*;

    fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
        let mut tape = Tape::<4>::new();
        scan(text, 32, &mut tape).unwrap();
        T::deserialize(Value::root(text, tape.nodes()))
    }

    /// What serde_json makes of it, ours must make of it too.
    fn same<T: DeserializeOwned + PartialEq + fmt::Debug>(text: &str) {
        let theirs: Option<T> = serde_json::from_str(text).ok();
        assert_eq!(read(text).ok(), theirs, "{text}");
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Shape {
        Unit,
        Newtype(u8),
        Tuple(u8, String),
        Struct { a: bool },
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    enum Tagged {
        Guest { room: u32 },
        Staff,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Loose {
        One(String),
        Many(Vec<String>),
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Wide {
        name: String,
        #[serde(default)]
        note: Option<String>,
        #[serde(flatten)]
        rest: BTreeMap<String, serde_json::Value>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Closed {
        a: (u8, i64, f64),
        #[serde(rename = "é")]
        accent: Vec<Option<bool>>,
    }

    /// A float that can be a key, read as one.
    #[derive(Debug, PartialEq)]
    struct OrderedFloat(u64);

    impl<'de> Deserialize<'de> for OrderedFloat {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            f64::deserialize(deserializer).map(|float| Self(float.to_bits()))
        }
    }

    impl Eq for OrderedFloat {}

    impl PartialOrd for OrderedFloat {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for OrderedFloat {
        fn cmp(&self, other: &Self) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }

    #[test]
    fn fits_every_kind_of_type_just_as_serde_json_does() {
        for text in [
            r#""Unit""#,
            r#"{"Unit":null}"#,
            r#"{"Newtype":7}"#,
            r#"{"Newtype":700}"#,
            r#"{"Tuple":[1,"x"]}"#,
            r#"{"Struct":{"a":true}}"#,
            r#"{"Struct":{"a":1}}"#,
            r#""Newtype""#,
            r#""Else""#,
            "{}",
            "3",
        ] {
            same::<Shape>(text);
        }
        for text in [
            r#"{"kind":"guest","room":3}"#,
            r#"{"room":3,"kind":"guest"}"#,
            r#"{"kind":"staff"}"#,
            r#"{"kind":"guest"}"#,
            r#"{"kind":"ghost"}"#,
        ] {
            same::<Tagged>(text);
        }
        for text in [r#""a""#, r#"["a","\u0062"]"#, "1", "[1]"] {
            same::<Loose>(text);
        }
        for text in [
            r#"{"name":"\u00e9","x":[1,-2,3.5,null,{"y":18446744073709551616}]}"#,
            r#"{"name":"n","note":null,"-0":-0}"#,
            r#"{"note":"n"}"#,
        ] {
            same::<Wide>(text);
        }
        for text in [
            r#"{"a":[1,-2,3],"é":[true,null]}"#,
            r#"{"a":[1,-2,3e0],"\u00e9":[]}"#,
            r#"{"a":[1,-2],"é":[]}"#,
            r#"{"a":[1,-2,3],"é":[],"b":1}"#,
            r#"{"a":[256,-2,3],"é":[]}"#,
        ] {
            same::<Closed>(text);
        }
        same::<BTreeMap<u16, bool>>(r#"{"1":true,"65535":false}"#);
        same::<BTreeMap<u16, bool>>(r#"{"65536":true}"#);
        for name in ["01", "+1", " 1", "1 ", "-0", "1.0", "1e0", ""] {
            same::<BTreeMap<i16, bool>>(&format!(r#"{{"{name}":true}}"#));
        }
        for name in ["NaN", "inf", "Infinity", "1."] {
            let text = format!(r#"{{"{name}":true}}"#);
            assert!(
                read::<BTreeMap<OrderedFloat, bool>>(&text).is_err(),
                "{name}"
            );
        }
        same::<BTreeMap<bool, char>>(r#"{"true":"x","false":"é"}"#);
        same::<i128>("-170141183460469231731687303715884105728");
        same::<u128>("340282366920938463463374607431768211455");
        same::<u64>("18446744073709551616");
        same::<f32>("0.1");
        same::<Option<Option<u8>>>("null");
        same::<()>("null");
        same::<serde_json::Value>(r#"{"deep":[{"er":["\n\/\\",1e2]}]}"#);
    }

    #[test]
    fn an_error_says_where_and_what_but_never_the_value() {
        #[derive(Debug, Deserialize)]
        struct Stay {
            #[expect(dead_code)]
            rooms: Vec<Room>,
        }
        #[derive(Debug, Deserialize)]
        struct Room {
            #[expect(dead_code)]
            number: u32,
        }
        let error = read::<Stay>(r#"{"rooms":[{"number":1},{"number":"secret"}]}"#).unwrap_err();
        assert_eq!(error.path(), ".rooms[1].number");
        assert_eq!(error.to_string(), "expected u32, found a string");

        let error = read::<Stay>(r#"{"rooms":[{}]}"#).unwrap_err();
        assert_eq!(error.path(), ".rooms[0]");
        assert_eq!(error.to_string(), "the member `number` is missing");

        let name = format!("\u{9b}{}", "x".repeat(10_000));
        let long = read::<BTreeMap<String, u8>>(&format!(r#"{{"{name}":"secret"}}"#)).unwrap_err();
        assert_eq!(long.path(), format!(".\\u{{9b}}{}...", "x".repeat(39)));

        let map = read::<BTreeMap<String, BTreeMap<String, u8>>>(r#"{"a":{"secret":"x"}}"#);
        assert_eq!(
            map.unwrap_err().path(),
            ".a.*",
            "the keys of a map are data"
        );

        for secret in [r#"{"kind":"secret"}"#, r#""secret""#, r#"{"secret":1}"#] {
            assert!(
                !read::<Tagged>(secret)
                    .unwrap_err()
                    .to_string()
                    .contains("secret")
            );
            assert!(
                !read::<Shape>(secret)
                    .unwrap_err()
                    .to_string()
                    .contains("secret")
            );
            assert!(
                !read::<Closed>(secret)
                    .unwrap_err()
                    .to_string()
                    .contains("secret")
            );
        }
    }

    #[test]
    fn an_error_names_what_was_found_by_its_kind() {
        for (text, found) in [
            ("true", "a boolean"),
            ("7", "an integer"),
            ("-7", "an integer"),
            ("1.5", "a float"),
            ("null", "null"),
            ("[]", "an array"),
            ("{}", "an object"),
        ] {
            let error = read::<String>(text).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("expected a string, found {found}")
            );
        }
        let error = read::<u8>(r#""7""#).unwrap_err();
        assert_eq!(error.to_string(), "expected u8, found a string");
        let error = read::<crate::numeric_date::NumericDate>("[]").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a number of seconds, found an array"
        );
        let error = read::<crate::claims::Audience>("7").unwrap_err();
        let text = "expected a string or an array of strings, found an integer";
        assert_eq!(error.to_string(), text);
    }
}
