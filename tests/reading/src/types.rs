//! Types of every shape that `serde` reads.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroI8, NonZeroU64, Saturating, Wrapping};
use std::ops::{Bound, Range};
use std::path::PathBuf;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::{Read, Readings, printed};

type Sample = &'static [&'static str];

/// Reads the claim `value` as this type, and for objects the whole payload too.
macro_rules! types {
    ($($name:literal $type:ty: [$($sample:literal),* $(,)?],)*) => {
        pub const TYPES: &[(&str, Sample, Read)] = &[$((
            $name,
            &[$($sample),*],
            |token| Readings {
                ours: printed(token.claims::<Claim<$type>>()),
                theirs: printed(serde_json::from_str::<Claim<$type>>(token.payload())),
            },
        ),)*];
    };
}

/// The claim whose value is looked at, beside others that are not.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct Claim<T> {
    value: T,
}

#[derive(Debug, Deserialize)]
struct Unit;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct Newtype(u8);

#[derive(Debug, Deserialize)]
#[serde(transparent)]
#[expect(dead_code, reason = "printed")]
struct Transparent {
    inner: String,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct Pair(u8, String);

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct Plain {
    a: u8,
    b: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "printed")]
struct Closed {
    a: u8,
    b: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Defaults {
    a: u8,
    b: String,
    #[serde(skip)]
    c: u8,
}

fn seven() -> u8 {
    7
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "printed")]
struct Renamed {
    #[serde(rename = "A", alias = "alias", alias = "a")]
    first: u8,
    #[serde(default = "seven")]
    kebab_case: u8,
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(i64),
    }
    Ok(match Either::deserialize(deserializer)? {
        Either::Text(text) => text,
        Either::Number(number) => number.to_string(),
    })
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct With {
    #[serde(deserialize_with = "text_or_number")]
    a: String,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "u8")]
#[expect(dead_code, reason = "printed")]
struct Even(u8);

impl TryFrom<u8> for Even {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        if number.is_multiple_of(2) {
            Ok(Self(number))
        } else {
            Err("odd")
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(from = "Vec<u8>")]
#[expect(dead_code, reason = "printed")]
struct Sum(u32);

impl From<Vec<u8>> for Sum {
    fn from(numbers: Vec<u8>) -> Self {
        Self(numbers.into_iter().map(u32::from).sum())
    }
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct FlatStruct {
    c: Option<bool>,
    #[serde(flatten)]
    plain: Plain,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct FlatEnum {
    c: Option<bool>,
    #[serde(flatten)]
    tagged: Internal,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct FlatOption {
    c: Option<bool>,
    #[serde(flatten)]
    plain: Option<Plain>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct BorrowedStruct<'a> {
    a: &'a str,
    #[serde(borrow)]
    b: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
struct Recursive {
    a: u8,
    b: Option<Box<Recursive>>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "printed")]
enum External {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct {
        a: u8,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "t")]
#[expect(dead_code, reason = "printed")]
enum Internal {
    Unit,
    Guest { room: u8 },
    Newtype(Plain),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "t", deny_unknown_fields)]
#[expect(dead_code, reason = "printed")]
enum InternalClosed {
    Unit,
    Guest { room: u8 },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "t", content = "c")]
#[expect(dead_code, reason = "printed")]
enum Adjacent {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { a: u8 },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "printed")]
enum Untagged {
    Number(u8),
    Float(f64),
    Text(String),
    Pair(u8, u8),
    Struct { a: u8 },
    Nothing,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
enum Key {
    A,
    B,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Fieldless {
    Guest,
    #[serde(alias = "R")]
    Resident,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[expect(dead_code, reason = "printed")]
struct Generic<T> {
    a: T,
    b: Vec<T>,
}

types! {
    "bool" bool: ["true", "false"],
    "i8" i8: ["0", "127", "-128", "-1"],
    "i16" i16: ["0", "-129", "256"],
    "i32" i32: ["0", "65536", "-2147483648"],
    "i64" i64: ["0", "9223372036854775807", "-9223372036854775808"],
    "i128" i128: ["0", "-9223372036854775809", "18446744073709551616"],
    "u8" u8: ["0", "255", "7"],
    "u16" u16: ["0", "65535"],
    "u32" u32: ["0", "4294967295"],
    "u64" u64: ["0", "18446744073709551615"],
    "u128" u128: ["0", "170141183460469231731687303715884105728"],
    "f32" f32: ["0.1", "7", "-1.5"],
    "f64" f64: ["0.1", "7", "1e300", "-0.0"],
    "char" char: ["\"a\"", "\"é\"", "\"\\n\""],
    "String" String: ["\"\"", "\"a\\nb\""],
    "&str" &'_ str: ["\"\"", "\"ab\""],
    "Cow" Cow<'_, str>: ["\"\"", "\"a\\nb\""],
    "&[u8]" &'_ [u8]: ["\"ab\"", "\"\""],
    "()" (): ["null"],
    "Unit" Unit: ["null"],
    "PhantomData" PhantomData<u8>: ["null"],
    "IgnoredAny" IgnoredAny: ["null", "[1,{\"a\":2}]"],
    "Option" Option<u8>: ["null", "7"],
    "nested Option" Option<Option<bool>>: ["null", "true"],
    "Box" Box<str>: ["\"a\""],
    "Newtype" Newtype: ["7"],
    "transparent" Transparent: ["\"a\""],
    "pair struct" Pair: ["[7,\"a\"]"],
    "plain struct" Plain: ["{\"a\":7}", "{\"a\":7,\"b\":\"x\"}", "{\"b\":null,\"a\":1,\"c\":[1,{}]}", "[7,null]", "[7,\"x\"]"],
    "deny_unknown_fields" Closed: ["{\"a\":7}", "{\"a\":7,\"b\":\"x\"}", "[7,\"x\"]"],
    "default" Defaults: ["{}", "{\"a\":7}", "{\"b\":\"x\",\"c\":1}"],
    "rename, alias, rename_all" Renamed: ["{\"A\":1}", "{\"a\":1,\"kebab-case\":2}", "{\"alias\":1}"],
    "deserialize_with" With: ["{\"a\":\"x\"}", "{\"a\":-7}"],
    "try_from" Even: ["2", "254", "0"],
    "from" Sum: ["[1,2]", "[]"],
    "flatten a map" Flat: ["{\"a\":1,\"b\":[1,\"x\",null]}", "{\"a\":1}"],
    "flatten a struct" FlatStruct: ["{\"c\":true,\"a\":1}", "{\"a\":1,\"b\":\"x\",\"d\":{}}"],
    "flatten an enum" FlatEnum: ["{\"c\":true,\"t\":\"Unit\"}", "{\"t\":\"Guest\",\"room\":7}"],
    "flatten an option" FlatOption: ["{\"c\":true}", "{\"a\":1,\"b\":\"x\"}"],
    "borrowed struct" BorrowedStruct<'_>: ["{\"a\":\"x\",\"b\":\"y\\n\"}"],
    "recursive" Recursive: ["{\"a\":1,\"b\":{\"a\":2,\"b\":null}}", "{\"a\":1}"],
    "generic" Generic<u8>: ["{\"a\":1,\"b\":[2,3]}"],
    "externally tagged" External: ["\"Unit\"", "{\"Newtype\":7}", "{\"Tuple\":[7,\"a\"]}", "{\"Struct\":{\"a\":7}}", "{\"Struct\":[7]}", "{\"Unit\":null}", "\"else\""],
    "internally tagged" Internal: ["{\"t\":\"Unit\"}", "{\"t\":\"Guest\",\"room\":7}", "{\"a\":1,\"t\":\"Newtype\"}", "{\"t\":\"Unit\",\"x\":1}", "[\"Guest\",7]"],
    "internally tagged, closed" InternalClosed: ["{\"t\":\"Unit\"}", "{\"t\":\"Guest\",\"room\":7}"],
    "adjacently tagged" Adjacent: ["{\"t\":\"Unit\"}", "{\"t\":\"Newtype\",\"c\":7}", "{\"c\":[7,\"a\"],\"t\":\"Tuple\"}", "{\"t\":\"Struct\",\"c\":{\"a\":7}}", "[\"Newtype\",7]"],
    "untagged" Untagged: ["7", "1.5", "\"a\"", "[1,2]", "{\"a\":7}", "null"],
    "fieldless" Fieldless: ["\"guest\"", "\"resident\"", "\"R\"", "{\"guest\":null}"],
    "Result" Result<u8, String>: ["{\"Ok\":7}", "{\"Err\":\"a\"}"],
    "Vec" Vec<u8>: ["[]", "[1,2,3]"],
    "VecDeque" VecDeque<bool>: ["[]", "[true,false]"],
    "LinkedList" LinkedList<String>: ["[]", "[\"a\"]"],
    "BTreeSet" BTreeSet<char>: ["[]", "[\"a\",\"a\"]"],
    "array" [u8; 2]: ["[1,2]"],
    "empty array" [u8; 0]: ["[]"],
    "tuple" (u8, String, Option<bool>): ["[1,\"a\",null]", "[1,\"a\",true]"],
    "tuple of one" (u8,): ["[1]"],
    "boxed slice" Box<[i8]>: ["[1,-2]"],
    "map" BTreeMap<String, u8>: ["{}", "{\"a\":1,\"b\":2}"],
    "map by numbers" BTreeMap<u8, bool>: ["{}", "{\"1\":true,\"255\":false}"],
    "map by signed numbers" BTreeMap<i16, u8>: ["{\"-1\":1,\"7\":2}"],
    "map by wide numbers" BTreeMap<u128, u8>: ["{\"18446744073709551616\":1}", "{\"0\":1}"],
    "map by booleans" BTreeMap<bool, u8>: ["{\"true\":1,\"false\":2}"],
    "map by characters" BTreeMap<char, u8>: ["{\"a\":1,\"é\":2}"],
    "map by variants" BTreeMap<Key, u8>: ["{\"a\":1,\"b\":2}"],
    "map by newtypes" BTreeMap<Option<String>, u8>: ["{\"a\":1}"],
    "Range" Range<u8>: ["{\"start\":1,\"end\":2}", "[1,2]"],
    "Bound" Bound<u8>: ["\"Unbounded\"", "{\"Included\":1}"],
    "Duration" Duration: ["{\"secs\":1,\"nanos\":2}", "[1,2]"],
    "IpAddr" IpAddr: ["\"127.0.0.1\"", "\"::1\""],
    "Ipv4Addr" Ipv4Addr: ["\"127.0.0.1\""],
    "SocketAddr" SocketAddr: ["\"127.0.0.1:80\""],
    "PathBuf" PathBuf: ["\"/a\"", "\"\""],
    "NonZeroU64" NonZeroU64: ["1", "18446744073709551615"],
    "NonZeroI8" NonZeroI8: ["1", "-1"],
    "Wrapping" Wrapping<u8>: ["1"],
    "Saturating" Saturating<i8>: ["1", "300", "-300"],
    "Cell" Cell<u8>: ["1"],
    "RefCell" RefCell<String>: ["\"a\""],
    "Value" Value: ["{\"a\":[1,2.5,null,\"x\",true,{}]}", "7", "null", "18446744073709551616"],
    "Map" Map<String, Value>: ["{}", "{\"a\":[1,{\"b\":null}]}"],
    "Number" Number: ["7", "-7", "1.5", "1e2"],
    "RawValue" Box<RawValue>: ["{\"a\": [1 ,2]}", "\"a\\n\"", "7", "null"],
    "borrowed RawValue" &'_ RawValue: ["[ 1,\"x\" ]", "\"\"", "1.50"],
    "RawValue in a list" Vec<Box<RawValue>>: ["[1.0, \"a\" ,{}]"],
    "RawValue in a map" BTreeMap<String, Box<RawValue>>: ["{\"a\":1e2,\"b\":\"x\"}"],
    "map of values" BTreeMap<Key, Vec<Option<Value>>>: ["{\"a\":[null,1.5]}"],
}
