//! Scopes and roles in the shapes in which issuers write them, and what the log says of other shapes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get as on_get;
use keycard::claims::{ClaimPath, GrantSource};
use keycard::rule::role;
use keycard::verify::VerifierBuilder;
use keycard::{ConfigError, JwtLayer, VerifiedToken, require_role, require_scope};
use serde_json::{Value, json};

use crate::logs::Log;
use crate::support::{get_with, send, token_with, verifier};

const ZITADEL: &str = "urn:zitadel:iam:org:project:roles";

fn verified(builder: VerifierBuilder, claims: Value) -> VerifiedToken {
    builder
        .build()
        .unwrap()
        .verify_now(&token_with(claims))
        .unwrap()
}

fn roles(source: GrantSource, claims: Value) -> Vec<String> {
    let token = verified(verifier().roles_from(source), claims);
    let roles: Vec<String> = token.roles().map(String::from).collect();
    for role in &roles {
        assert!(token.has_role(role), "{role}");
    }
    roles
}

fn scopes(source: GrantSource, claims: Value) -> Vec<String> {
    let token = verified(verifier().scopes_from(source), claims);
    let scopes: Vec<String> = token.scopes().map(String::from).collect();
    for scope in &scopes {
        assert!(token.has_scope(scope), "{scope}");
    }
    scopes
}

#[test]
fn the_names_of_an_object_are_roles_where_the_operator_says_so() {
    let names = || GrantSource::member_names(ZITADEL);
    let nothing: [&str; 0] = [];
    for (object, found) in [
        (json!({"admin": {"7": "host"}}), &["admin"][..]),
        (
            json!({"admin": {"7": "host"}, "night shift": {}, "\u{1f511}": 1}),
            &["admin", "night shift", "\u{1f511}"],
        ),
        // Some write everybody's name, and whether it holds.
        (
            json!({"a": true, "b": false, "c": null, "d": 0}),
            &["a", "d"],
        ),
        (json!({"": {}}), &nothing),
        (json!({}), &nothing),
        (json!("admin"), &nothing),
        (json!(["admin"]), &nothing),
        (json!([{"admin": 1}]), &nothing),
    ] {
        let claims = json!({ZITADEL: object});
        let mut found: Vec<&str> = found.to_vec();
        let mut roles = roles(names(), claims.clone());
        found.sort_unstable();
        roles.sort();
        assert_eq!(roles, found, "{claims}");
    }
    // Until it is asked for, an object grants nothing: what is it of whose names?
    assert!(roles(ZITADEL.into(), json!({ZITADEL: {"admin": {}}})).is_empty());
    let nested = GrantSource::member_names(["a", "b.c"]);
    assert_eq!(
        roles(nested, json!({"a": {"b.c": {"admin": {}}}})),
        ["admin"]
    );
    let granted = json!({"granted": {"rooms:read": {}, "rooms:write": false}});
    assert_eq!(
        scopes(GrantSource::member_names("granted"), granted),
        ["rooms:read"]
    );
}

#[test]
fn json_in_a_string_is_read_where_the_operator_says_so() {
    let nothing: [&str; 0] = [];
    for (text, found) in [
        (
            json!(r#"["admin","night shift"]"#),
            &["admin", "night shift"][..],
        ),
        (json!(r#" [ "\u0061dmin" ] "#), &["admin"]),
        (json!(r#""admin""#), &["admin"]),
        (json!("[]"), &nothing),
        (json!(""), &nothing),
        (json!("admin"), &nothing),
        (json!(r#"["admin""#), &nothing),
        (json!(r#"["admin",1]"#), &nothing),
        (json!(r#"{"admin":1}"#), &nothing),
        (json!(r#"["admin"] ["#), &nothing),
        (
            json!(format!("{}1{}", "[".repeat(40), "]".repeat(40))),
            &nothing,
        ),
        // What is not in a string is not JSON in a string.
        (json!(["admin"]), &nothing),
        (json!(null), &nothing),
    ] {
        let mut claims = json!({});
        if !text.is_null() {
            claims["groups"] = text;
        }
        let found_here = roles(GrantSource::json_text("groups"), claims.clone());
        assert_eq!(found_here, found, "{claims}");
        assert!(
            !roles("groups".into(), claims.clone()).contains(&"night shift".to_owned()),
            "as it stands, it is one role with an odd name: {claims}"
        );
    }
    let text = json!({"granted": r#"["rooms:read","rooms:write"]"#});
    let found = scopes(GrantSource::json_text("granted"), text);
    assert_eq!(found, ["rooms:read", "rooms:write"]);
}

#[test]
fn a_function_of_the_application_finds_what_no_shape_describes() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let in_our_hotel = GrantSource::function(move |claims| {
        counter.fetch_add(1, Ordering::Relaxed);
        let stays = claims["stays"].as_array().into_iter().flatten();
        let ours = stays.filter(|stay| stay["hotel"] == "ours");
        ours.filter_map(|stay| stay["role"].as_str())
            .map(str::to_owned)
            .collect()
    });
    let stays = json!({"stays": [
        {"hotel": "ours", "role": "admin"}, {"hotel": "theirs", "role": "owner"}
    ]});
    let builder = verifier().roles_from(in_our_hotel.clone());
    let token = verified(builder.roles_from("roles"), stays.clone());
    assert_eq!(calls.load(Ordering::Relaxed), 0, "nobody has asked yet");
    assert!(token.has_role("admin") && !token.has_role("owner"));
    let clone = token.clone();
    assert!(clone.require(role("admin")).is_ok());
    assert_eq!(token.roles().collect::<Vec<_>>(), ["admin"]);
    assert_eq!(calls.load(Ordering::Relaxed), 1, "once for a token");
    assert_eq!(roles(in_our_hotel.clone(), json!({"stays": 1})), [""; 0]);
    assert_eq!(scopes(in_our_hotel, stays), ["admin"]);
}

#[test]
fn sources_of_several_shapes_add_up() {
    let builder = verifier()
        .roles_from("roles")
        .roles_from(GrantSource::member_names(ZITADEL))
        .roles_from(GrantSource::json_text("groups"))
        .roles_from(GrantSource::function(|_| {
            vec!["guest".to_owned(), String::new()]
        }));
    let claims = json!({"roles": "one", ZITADEL: {"two": {}}, "groups": "[\"three\"]"});
    let token = verified(builder, claims);
    assert_eq!(
        token.roles().collect::<Vec<_>>(),
        ["one", "two", "three", "guest"]
    );
    // Whatever was named replaces the usual claim.
    let only = verifier().roles_from(GrantSource::json_text("groups"));
    let token = verified(only, json!({"roles": ["admin"]}));
    assert_eq!(token.roles().count(), 0);
}

#[test]
fn a_source_without_a_name_does_not_build() {
    for source in [
        GrantSource::member_names(""),
        GrantSource::json_text(["", ""]),
        GrantSource::from(ClaimPath::from("")),
    ] {
        let built = verifier().roles_from(source.clone()).build().err();
        assert_eq!(built, Some(ConfigError::Empty("roles_from")));
        let built = verifier().scopes_from(source).build().err();
        assert_eq!(built, Some(ConfigError::Empty("scopes_from")));
    }
    let function = GrantSource::function(|_| Vec::new());
    assert_eq!(format!("{function:?}"), "function");
    assert!(verifier().roles_from(function).build().is_ok());
    let names = GrantSource::member_names(["a", "b"]);
    assert_eq!(format!("{names:?}"), "member_names(\"a.b\")");
}

#[tokio::test]
async fn guards_ask_for_roles_and_scopes_in_any_shape() {
    let builder = verifier()
        .roles_from(GrantSource::member_names(ZITADEL))
        .scopes_from(GrantSource::json_text("granted"));
    let app = Router::new()
        .route(
            "/role",
            on_get(async || "in").route_layer(require_role("admin")),
        )
        .route(
            "/scope",
            on_get(async || "in").route_layer(require_scope("a")),
        )
        .layer(JwtLayer::new(builder.build().unwrap()));
    let good = token_with(json!({ZITADEL: {"admin": {"7": "x"}}, "granted": "[\"a\"]"}));
    let bad = token_with(json!({ZITADEL: {"guest": {"7": "x"}}, "granted": "[\"b\"]"}));
    for path in ["/role", "/scope"] {
        assert_eq!(send(app.clone(), get_with(path, &good)).await.status, 200);
        assert_eq!(send(app.clone(), get_with(path, &bad)).await.status, 403);
    }
}

#[test]
fn a_claim_of_another_shape_is_told_at_debug_by_its_name() {
    let lists = "wanted=\"a string or an array of strings\"";
    let json = "wanted=\"a string with a JSON array of strings in it\"";
    let plain = |claims: &str| verifier().roles_from(claims).scopes_from("granted");
    let names = || verifier().roles_from(GrantSource::member_names("a.b"));
    let text = || verifier().roles_from(GrantSource::json_text("roles"));
    for (builder, claims, said) in [
        (
            verifier(),
            json!({"roles": {"canary": {}}}),
            ["what=\"roles\" claim=\"roles\" found=an object", lists],
        ),
        (
            verifier(),
            json!({"scope": 424_242}),
            ["what=\"scopes\" claim=\"scope\" found=an integer", lists],
        ),
        (
            verifier(),
            json!({"scp": ["canary", 424_242]}),
            ["what=\"scopes\" claim=\"scp\" found=an array", lists],
        ),
        (
            plain("a.b"),
            json!({"a": {"b": true}}),
            ["what=\"roles\" claim=\"a.b\" found=a boolean", lists],
        ),
        (
            names(),
            json!({"a": {"b": ["canary"]}}),
            ["claim=\"a.b\" found=an array", "wanted=\"an object\""],
        ),
        (
            text(),
            json!({"roles": "canary"}),
            ["claim=\"roles\" found=a string", json],
        ),
    ] {
        let (log, _guard) = Log::start();
        verified(builder, claims);
        let text = log.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.trim_start().starts_with("DEBUG"), "{text}");
        for said in said {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert!(text.contains("trust=\"https://desk.example\""), "{text}");
        for value in ["canary", "424242"] {
            assert!(!text.contains(value), "{text}");
        }
    }
    for (builder, claims) in [
        (verifier(), json!({})),
        (verifier(), json!({"roles": [], "scope": ""})),
        (plain("a.b"), json!({"a": {"c": 1}, "granted": "a b"})),
        (names(), json!({"a": {"b": {}}})),
        (text(), json!({"roles": "[]"})),
        (verifier().roles_from("other"), json!({"roles": {"a": 1}})),
    ] {
        let (log, _guard) = Log::start();
        verified(builder, claims);
        assert_eq!(log.text(), "");
    }
    // Null is the absence of names, and not another shape.
    let (log, _guard) = Log::start();
    let token = crate::support::sign(&crate::support::header(), &{
        let mut claims = crate::support::claims();
        claims["roles"] = Value::Null;
        claims
    });
    assert!(verifier().build().unwrap().verify_now(&token).is_ok());
    assert_eq!(log.text(), "");
}
