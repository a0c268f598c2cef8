//! Whether every float of a value is a number. JSON has neither infinities nor NaN, and `serde_json` writes `null`
//! for them without a word.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

/// Tells whether no float in it is infinite or NaN. A value that cannot be serialized at all is somebody else's concern.
pub(super) fn is_finite<T: Serialize + ?Sized>(value: &T) -> bool {
    !matches!(value.serialize(Probe), Err(Fault::NotFinite))
}

/// A serializer that writes nothing.
#[derive(Clone, Copy)]
struct Probe;

#[derive(Debug)]
enum Fault {
    NotFinite,
    Custom,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not finite, or an error of the type")
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Custom
    }
}

/// Values that hold no others.
macro_rules! leaves {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, _: $type) -> Result<(), Fault> {
            Ok(())
        }
    )*};
}

impl Serializer for Probe {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    leaves! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(Fault::NotFinite)
        }
    }

    fn serialize_none(self) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Fault> {
        Ok(self)
    }
}

/// Values that hold others, one after the other.
macro_rules! lists {
    ($($trait:ident: $method:ident,)*) => {$(
        impl ser::$trait for Probe {
            type Ok = ();
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )*};
}

/// Values that hold others by the names of their fields.
macro_rules! structs {
    ($($trait:ident,)*) => {$(
        impl ser::$trait for Probe {
            type Ok = ();
            type Error = Fault;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                _: &'static str,
                value: &T,
            ) -> Result<(), Fault> {
                value.serialize(*self)
            }

            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field,
}

structs! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Probe {
    type Ok = ();
    type Error = Fault;

    // `serde_json` refuses such a key by itself.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Fault> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(*self)
    }

    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::is_finite;

    #[derive(Serialize)]
    enum Kind<T> {
        Newtype(T),
        Tuple(u8, T),
        Struct { value: T },
    }

    #[derive(Serialize)]
    struct Newtype<T>(T);

    #[derive(Serialize)]
    struct Pair<T>(u8, T);

    #[derive(Serialize)]
    struct Flat<T> {
        #[serde(flatten)]
        rest: BTreeMap<&'static str, T>,
    }

    #[test]
    fn a_float_is_found_wherever_it_is() {
        for (value, good) in [
            (1.5, true),
            (f64::MIN, true),
            (f64::NAN, false),
            (f64::INFINITY, false),
            (f64::NEG_INFINITY, false),
        ] {
            let rest = BTreeMap::from([("a", value)]);
            let found = [
                is_finite(&value),
                is_finite(&[value]),
                is_finite(&(1, "a", value)),
                is_finite(&Some(value)),
                is_finite(&Newtype(value)),
                is_finite(&Pair(1, value)),
                is_finite(&Kind::Newtype(value)),
                is_finite(&Kind::Tuple(1, value)),
                is_finite(&Kind::Struct { value }),
                is_finite(&rest),
                is_finite(&Flat { rest }),
            ];
            assert_eq!(found, [good; 11], "{value}");
        }
        assert!(!is_finite(&f32::NAN) && is_finite(&f32::MAX));
    }

    #[test]
    fn everything_else_passes() {
        assert!(is_finite(&(true, 1_u8, -1_i128, 'x', "x", ())));
        assert!(is_finite(&serde_json::json!({"a": [null, 1, 1.5, "x"]})));
        assert!(is_finite(&None::<f64>));
    }
}
