//! What a visitor reads an array, an object or a variant from.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::error::{Error, shown};
use super::scan::scan;
use super::tape::Tape;
use super::text::visit_text;
use super::value::{Elements, Members, Value};

/// The elements of an array.
pub(super) struct Array<'de> {
    elements: Elements<'de>,
    index: usize,
}

impl<'de> Array<'de> {
    pub(super) fn new(elements: Elements<'de>) -> Self {
        Self { elements, index: 0 }
    }

    /// Fails if the visitor has left elements unread.
    pub(super) fn end(mut self) -> Result<(), Error> {
        match self.elements.next() {
            None => Ok(()),
            Some(_) => Err(Error::new(format!(
                "the type takes {} elements, and there are more",
                self.index
            ))),
        }
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

/// The members of an object.
pub(super) struct Object<'de> {
    /// Whether the names are those of the type or of the claims, and not data of somebody's.
    named: bool,
    members: Members<'de>,
    current: Option<(Value<'de>, Value<'de>)>,
}

impl<'de> Object<'de> {
    pub(super) fn new(members: Members<'de>, named: bool) -> Self {
        Self {
            named,
            members,
            current: None,
        }
    }

    /// Fails if the visitor has left members unread.
    pub(super) fn end(mut self) -> Result<(), Error> {
        match (self.current, self.members.next()) {
            (None, None) => Ok(()),
            _ => Err(Error::new("the type leaves members unread")),
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

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.deserialize_bytes(visitor)
    }

    forward_to_deserialize_any! {
        char str string unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// A variant: its name, and what it holds.
pub(super) struct Variant<'de> {
    name: Value<'de>,
    content: Option<Value<'de>>,
}

impl<'de> Variant<'de> {
    pub(super) fn new(name: Value<'de>, content: Option<Value<'de>>) -> Self {
        Self { name, content }
    }
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
pub(super) struct Content<'de>(Option<Value<'de>>);

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
        self.required()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.required()?.deserialize_struct("", fields, visitor)
    }
}

/// The text of a value under the one name that `serde_json` knows it by.
pub(super) struct Raw<'de> {
    name: Option<&'static str>,
    text: &'de str,
}

impl<'de> Raw<'de> {
    pub(super) fn new(name: &'static str, text: &'de str) -> Self {
        Self {
            name: Some(name),
            text,
        }
    }
}

impl<'de> de::MapAccess<'de> for Raw<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let name = self.name.take().map(BorrowedStrDeserializer::new);
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(BorrowedStrDeserializer::new(self.text))
    }
}
