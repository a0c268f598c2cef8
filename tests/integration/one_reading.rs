//! The rules and the handler read the same token, whatever type the handler asks for.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get as on_get;
use keycard::axum::claims_endpoint;
use keycard::guard::require_claims;
use keycard::verify::{ClaimsError, Reason};
use keycard::{Claims, VerifiedToken};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::support::{
    NOW, assert_refused, get_with, header, layer, send, sign, sign_raw, token_with, verifier,
};

fn verified(changes: Value) -> VerifiedToken {
    let verifier = verifier().build().unwrap();
    verifier.verify_now(&token_with(changes)).unwrap()
}

/// A payload of another one inside of a name by which `serde_json` hands out texts.
fn masked(name: &str, inside: &str) -> String {
    let inside = Value::String(inside.to_owned());
    let (iss, aud) = (crate::support::DESK, crate::support::ROOMS);
    format!(
        r#"{{"{name}":{inside},"iss":"{iss}","aud":"{aud}","exp":{},"sub":"mallory"}}"#,
        NOW + 900
    )
}

#[tokio::test]
async fn a_token_does_not_wear_the_mask_of_another() {
    let root = r#"{"sub":"root","roles":["admin"]}"#;
    let is_root = |claims: &Value, _: keycard::request::RequestHead<'_>| claims["sub"] == "root";
    let app = Router::new()
        .route(
            "/claims",
            on_get(async |Claims(claims): Claims<Value>| claims.to_string()),
        )
        .route(
            "/guard",
            on_get(async || "in").route_layer(require_claims(is_root)),
        )
        .route("/session", on_get(claims_endpoint(["sub"])))
        .layer(layer());
    for name in [
        "$serde_json::private::RawValue",
        "$serde_json::private::Number",
        r"\u0024serde_json::private::RawValue",
        "$__toml_private_datetime",
        "$ron::private::RawValue",
    ] {
        let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
        for inside in [root, "7", "", &deep] {
            let token = sign_raw(
                &crate::support::KEY,
                header().to_string(),
                masked(name, inside),
            );
            for path in ["/claims", "/guard", "/session"] {
                let answer = send(app.clone(), get_with(path, &token)).await;
                assert_refused(&answer, Reason::Json, name);
            }
        }
    }
    // Deeper down, and in a header, it is no better.
    let inner = token_with(json!({"a": [{"$serde_json::private::RawValue": root}]}));
    assert_refused(
        &send(app.clone(), get_with("/claims", &inner)).await,
        Reason::Json,
        "inner",
    );
    let header = json!({"alg": "ES256", "$serde_json::private::RawValue": "{}"});
    let token = sign(&header, &crate::support::claims());
    assert_refused(
        &send(app, get_with("/claims", &token)).await,
        Reason::Json,
        "header",
    );
}

#[test]
fn a_raw_value_is_the_text_of_the_claim() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        #[serde(borrow)]
        room: &'a RawValue,
        address: Box<RawValue>,
    }
    let token = verified(json!({"room": [1, "a\"b", null], "address": "x\ny"}));
    let claims: Borrowed<'_> = token.claims().unwrap();
    assert_eq!(claims.room.get(), r#"[1,"a\"b",null]"#);
    assert_eq!(claims.address.get(), r#""x\ny""#);
    let whole: Box<RawValue> = token.claims().unwrap();
    assert_eq!(whole.get(), token.payload());
}

#[expect(clippy::needless_pass_by_value, reason = "what is read is made here")]
fn read<T: DeserializeOwned>(value: Value) -> Result<T, ClaimsError> {
    #[derive(Deserialize)]
    struct Claim<T> {
        value: T,
    }
    verified(json!({"value": value}))
        .claims()
        .map(|Claim { value }| value)
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(tag = "t")]
enum Role {
    Guest,
    Admin,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Exactly {
    a: u8,
    b: u8,
}

#[test]
fn nothing_is_passed_over_and_nothing_stands_for_something_else() {
    assert_eq!(read::<(u8, u8)>(json!([1, 2])).unwrap(), (1, 2));
    assert!(read::<(u8, u8)>(json!([1, 2, 3])).is_err());
    assert_eq!(read::<[u8; 2]>(json!([1, 2])).unwrap(), [1, 2]);
    assert!(read::<[u8; 2]>(json!([1, 2, 3])).is_err());
    let exactly = Exactly { a: 1, b: 2 };
    assert_eq!(read::<Exactly>(json!([1, 2])).unwrap(), exactly);
    assert!(read::<Exactly>(json!([1, 2, 3])).is_err());

    assert_eq!(read::<Role>(json!({"t": "Admin"})).unwrap(), Role::Admin);
    for number in [0, 1] {
        assert!(
            read::<Role>(json!({"t": number})).is_err(),
            "a number is no name"
        );
    }
    assert_eq!(read::<Map<String, Value>>(json!({})).unwrap(), Map::new());
    assert!(
        read::<Map<String, Value>>(json!(null)).is_err(),
        "null is no map"
    );
    assert!(read::<BTreeMap<String, u8>>(json!(null)).is_err());
    assert!(read::<Vec<u8>>(json!(null)).is_err());
    assert!(read::<()>(json!({})).is_err());
}

/// Reads the first member and leaves the others.
#[derive(Debug)]
struct First(String);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = First;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("anything with something in it")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<First, A::Error> {
                let name = map.next_entry::<String, Value>()?;
                Ok(First(name.map(|(name, _)| name).unwrap_or_default()))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<First, A::Error> {
                Ok(First(seq.next_element()?.unwrap_or_default()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[test]
fn a_type_that_leaves_something_unread_is_refused() {
    for (good, first) in [
        (json!({"a": 1}), "a"),
        (json!({}), ""),
        (json!(["a"]), "a"),
        (json!([]), ""),
    ] {
        assert_eq!(read::<First>(good).unwrap().0, first);
    }
    for bad in [json!({"a": 1, "b": 2}), json!(["a", "b"])] {
        assert!(read::<First>(bad.clone()).is_err(), "{bad}");
    }
}
