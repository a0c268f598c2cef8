//! Deserializing any type from a tape.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::scan::scan;
use super::tape::{Kind, Tape};
use super::value::{Elements, Members, Number, Value};

/// Why a value does not fit a type: what was expected at which path, never what stood there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Error {
    path: String,
    message: String,
}

/// Names of members come from a token: neither long ones nor odd ones go into a log.
const MAX_NAME: usize = 40;
const MAX_PATH: usize = 200;

fn shown(name: &str) -> String {
    let end = name.char_indices().nth(MAX_NAME).map(|(end, _)| end);
    match end.and_then(|end| name.get(..end)) {
        Some(start) => format!("{}...", start.escape_default()),
        None => name.escape_default().to_string(),
    }
}

impl Error {
    fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    fn inside(mut self, step: fmt::Arguments<'_>) -> Self {
        if self.path.len() < MAX_PATH {
            self.path = format!("{step}{}", self.path);
        }
        self
    }

    /// Returns where in the payload the value stands: `.room`, `.rooms[2].number`, or `.` for all.
    pub(crate) fn path(&self) -> &str {
        if self.path.is_empty() {
            "."
        } else {
            &self.path
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

// The default texts of serde repeat the value.
impl de::Error for Error {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("the value was not accepted")
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match found {
            de::Unexpected::Bool(_) => "a boolean",
            de::Unexpected::Unsigned(_) | de::Unexpected::Signed(_) => "an integer",
            de::Unexpected::Float(_) => "a float",
            de::Unexpected::Char(_) | de::Unexpected::Str(_) => "a string",
            de::Unexpected::Unit | de::Unexpected::Option => "null",
            de::Unexpected::Seq => "an array",
            de::Unexpected::Map => "an object",
            _ => "something else",
        };
        Self::new(format!("expected {expected}, found {found}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found another value"))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Self::new(format!("expected {expected}, found {length} elements"))
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("expected a known variant, found another one")
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new("a member that the type does not know")
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the member `{field}` stands twice"))
    }
}

fn visit_text<'de, V: Visitor<'de>>(text: Cow<'de, str>, visitor: V) -> Result<V::Value, Error> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            // The outermost names are claims, also where the type is a map or flattened.
            Kind::Object => visitor.visit_map(Object::new(self.members(), self.position() == 0)),
            Kind::Array => visitor.visit_seq(Array::new(self.elements())),
            Kind::Text | Kind::EscapedText => visit_text(self.text(), visitor),
            Kind::Integer | Kind::Float => match self.number() {
                Some(Number::Unsigned(number)) => visitor.visit_u64(number),
                Some(Number::Signed(number)) => visitor.visit_i64(number),
                Some(Number::Float(number)) => visitor.visit_f64(number),
                None => Err(Error::new("a number out of range")),
            },
            Kind::True => visitor.visit_bool(true),
            Kind::False => visitor.visit_bool(false),
            Kind::Null => visitor.visit_unit(),
        }
    }

    // The tape keeps 64 bits; a wider number is read from its text. A float stays one, whatever is asked for.
    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.source().parse() {
            Ok(number) if self.kind() == Kind::Integer => visitor.visit_i128(number),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.source().parse() {
            Ok(number) if self.kind() == Kind::Integer => visitor.visit_u128(number),
            _ => self.deserialize_any(visitor),
        }
    }

    // `null` is no value; what is absent never comes here.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.as_str() {
            Some(Cow::Borrowed(text)) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Some(Cow::Owned(text)) => visitor.visit_byte_buf(text.into_bytes()),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    // As serde_json has it: the name of a variant alone, or an object with one member, the name and its content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.is_string() {
            return visitor.visit_enum(Variant {
                name: self,
                content: None,
            });
        }
        let mut members = self.members();
        match (members.next(), members.next()) {
            (Some((name, content)), None) => visitor.visit_enum(Variant {
                name,
                content: Some(content),
            }),
            _ => Err(Error::new(
                "expected a variant: a string, or an object of one member",
            )),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.kind() {
            Kind::Object => visitor.visit_map(Object::new(self.members(), true)),
            _ => self.deserialize_any(visitor),
        }
    }

    // The scan has read it already, to its end and strictly: there is nothing to skip.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

struct Array<'de> {
    elements: Elements<'de>,
    index: usize,
}

impl<'de> Array<'de> {
    fn new(elements: Elements<'de>) -> Self {
        Self { elements, index: 0 }
    }
}

impl<'de> de::SeqAccess<'de> for Array<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(element) = self.elements.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index = index.saturating_add(1);
        seed.deserialize(element)
            .map(Some)
            .map_err(|error| error.inside(format_args!("[{index}]")))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.elements.clone().count())
    }
}

struct Object<'de> {
    /// Whether the names are those of the type or of the claims, and not data of somebody's.
    named: bool,
    members: Members<'de>,
    current: Option<(Value<'de>, Value<'de>)>,
}

impl<'de> Object<'de> {
    fn new(members: Members<'de>, named: bool) -> Self {
        Self {
            named,
            members,
            current: None,
        }
    }
}

impl<'de> de::MapAccess<'de> for Object<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.current = self.members.next();
        match self.current {
            Some((name, _)) => seed.deserialize(Name(name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((name, value)) = self.current.take() else {
            return Err(Error::new("a member without a value"));
        };
        let named = self.named;
        seed.deserialize(value).map_err(|error| {
            if named {
                error.inside(format_args!(".{}", shown(name.source())))
            } else {
                error.inside(format_args!(".*"))
            }
        })
    }
}

/// A member name; maps may have numbers and booleans for keys, which JSON writes as strings.
struct Name<'de>(Value<'de>);

impl Name<'_> {
    /// Tells whether the name is written as JSON writes a number or a boolean: `01`, `+1` and `-0` would
    /// be further names of `1` and `0`.
    fn is_json(&self) -> bool {
        let name = self.0.text();
        let begins = name.starts_with(|first: char| first.is_ascii_graphic());
        let ends = name.ends_with(|last: char| last.is_ascii_graphic());
        let is_value = scan(&name, 0, &mut Tape::<1>::new()).is_ok();
        begins && ends && is_value && name != "-0"
    }
}

macro_rules! parsed_key {
    ($($method:ident => $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.text().parse() {
                Ok(key) if self.is_json() => visitor.$visit(key),
                _ => visit_text(self.0.text(), visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visit_text(self.0.text(), visitor)
    }

    parsed_key! {
        deserialize_bool => visit_bool,
        deserialize_i8 => visit_i8,
        deserialize_i16 => visit_i16,
        deserialize_i32 => visit_i32,
        deserialize_i64 => visit_i64,
        deserialize_i128 => visit_i128,
        deserialize_u8 => visit_u8,
        deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32,
        deserialize_u64 => visit_u64,
        deserialize_u128 => visit_u128,
        deserialize_f32 => visit_f32,
        deserialize_f64 => visit_f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

struct Variant<'de> {
    name: Value<'de>,
    content: Option<Value<'de>>,
}

impl<'de> de::EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Content<'de>), Error> {
        let name = self.name.text();
        let name: StrDeserializer<'_, Error> = name.as_ref().into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

/// What a variant holds; nothing if it was written as a string.
struct Content<'de>(Option<Value<'de>>);

impl<'de> Content<'de> {
    fn required(self) -> Result<Value<'de>, Error> {
        self.0
            .ok_or_else(|| Error::new("expected a variant with content"))
    }
}

impl<'de> de::VariantAccess<'de> for Content<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            Some(content) => de::Deserialize::deserialize(content),
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.required()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.required()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.required()?.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
