//! Guards: routes that open only for tokens that satisfy a rule.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get as on_get;
use http::Method;
use keycard::guard::{RequireLayer, require_claims};
use keycard::rule::{all, any, role, scope, subject};
use keycard::{require, require_role, require_scope};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Answer, NO_TOKEN, get, get_with, layer, send, token, token_with};

/// A handler behind a guard, and how often it was called.
struct Room {
    app: Router,
    calls: Arc<AtomicUsize>,
}

impl Room {
    fn behind(guard: RequireLayer) -> Self {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        let handler = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            ready("in")
        };
        let app = Router::new().route("/room", on_get(handler).route_layer(guard));
        Self { app, calls }
    }

    async fn enter(&self, token: Option<&str>) -> Answer {
        let request = token.map_or_else(|| get("/room"), |token| get_with("/room", token));
        send(self.app.clone().layer(layer().optional()), request).await
    }

    async fn opens_for(&self, token: &str) {
        let before = self.calls.load(Ordering::Relaxed);
        let answer = self.enter(Some(token)).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, "in"));
        assert_eq!(answer.challenge, None);
        assert_eq!(self.calls.load(Ordering::Relaxed), before + 1);
    }

    /// Returns the challenge.
    async fn refuses(&self, token: Option<&str>, status: u16, error: &str) -> Option<String> {
        let before = self.calls.load(Ordering::Relaxed);
        let answer = self.enter(token).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.json()["error"], error);
        assert_eq!(self.calls.load(Ordering::Relaxed), before);
        answer.challenge
    }
}

#[tokio::test]
async fn opens_for_a_token_with_the_scope() {
    let room = Room::behind(require_scope("minibar:write"));
    room.opens_for(&token("minibar:write")).await;
    room.opens_for(&token("a minibar:write z")).await;
    room.opens_for(&token_with(json!({"scp": ["minibar:write"]})))
        .await;
}

#[tokio::test]
async fn refuses_a_token_without_the_required_scope() {
    let room = Room::behind(require_scope("minibar:write"));
    let poor = [
        token("minibar:read"),
        token("Minibar:write"),
        token("minibar:write2"),
        token_with(json!({})),
        token_with(json!({"scope": ""})),
    ];
    for token in poor {
        let challenge = room.refuses(Some(&token), 403, "insufficient_scope").await;
        assert_eq!(
            challenge.as_deref(),
            Some(r#"Bearer error="insufficient_scope", scope="minibar:write""#)
        );
    }
}

#[tokio::test]
async fn tells_an_anonymous_client_which_scope_to_ask_for() {
    let room = Room::behind(require_scope("minibar:write"));
    let challenge = room.refuses(None, 401, "unauthorized").await;
    assert_eq!(
        challenge.as_deref(),
        Some(r#"Bearer scope="minibar:write""#)
    );
}

#[tokio::test]
async fn several_scopes_must_all_be_there() {
    let room = Room::behind(require_scope("minibar:read minibar:write"));
    room.opens_for(&token("minibar:write minibar:read")).await;
    let challenge = room
        .refuses(Some(&token("minibar:read")), 403, "insufficient_scope")
        .await;
    assert_eq!(
        challenge.as_deref(),
        Some(r#"Bearer error="insufficient_scope", scope="minibar:read minibar:write""#)
    );
}

#[test]
fn what_is_no_scope_is_refused_at_start_up() {
    for text in ["", "a  b", " a", "a\"b", "a\\b", "zimmerm\u{e4}dchen"] {
        let built = std::panic::catch_unwind(|| require_scope(text));
        assert!(built.is_err(), "{text:?}");
    }
    let _ = require_scope("!#[]~");
}

#[tokio::test]
async fn a_role_opens_and_its_name_is_not_told() {
    let room = Room::behind(require_role("night manager"));
    room.opens_for(&token_with(json!({"roles": ["guest", "night manager"]})))
        .await;
    for roles in [json!(["manager"]), json!("night"), json!([]), Value::Null] {
        let poor = token_with(json!({ "roles": roles }));
        let challenge = room.refuses(Some(&poor), 403, "forbidden").await;
        assert_eq!(challenge.as_deref(), Some(NO_TOKEN), "not a word of it");
        let answer = room.enter(Some(&poor)).await;
        assert!(!answer.body.contains("manager"));
    }
    let challenge = room.refuses(None, 401, "unauthorized").await;
    assert_eq!(challenge.as_deref(), Some(NO_TOKEN));
}

#[tokio::test]
async fn a_rule_of_several_parts_opens_for_each_alternative() {
    let either = any([
        all([scope("a"), scope("b"), scope("c")]),
        all([role("manager"), scope("minibar:write")]),
        subject("owner"),
    ]);
    let room = Room::behind(require(either));
    room.opens_for(&token("a b c")).await;
    room.opens_for(&token_with(json!({"sub": "owner"}))).await;
    let manager = json!({"roles": ["manager"], "scope": "minibar:write"});
    room.opens_for(&token_with(manager)).await;

    // Of any, the shortest alternative that scopes alone would open.
    let challenge = room
        .refuses(Some(&token("a b")), 403, "insufficient_scope")
        .await;
    assert_eq!(
        challenge.as_deref(),
        Some(r#"Bearer error="insufficient_scope", scope="a b c""#)
    );
    let manager = token_with(json!({"roles": ["manager"]}));
    let challenge = room
        .refuses(Some(&manager), 403, "insufficient_scope")
        .await;
    assert_eq!(
        challenge.as_deref(),
        Some(r#"Bearer error="insufficient_scope", scope="minibar:write""#)
    );
}

#[tokio::test]
async fn one_guard_within_another_means_both() {
    let inner = Room::behind(require_scope("a"));
    let app = inner.app.layer(require_scope("b")).layer(layer());
    let answer = send(app.clone(), get_with("/room", &token("a b"))).await;
    assert_eq!(answer.body, "in");
    for (poor, wanted) in [("a", "b"), ("b", "a"), ("c", "b")] {
        let answer = send(app.clone(), get_with("/room", &token(poor))).await;
        assert_eq!(answer.status, 403);
        let challenge = format!(r#"Bearer error="insufficient_scope", scope="{wanted}""#);
        assert_eq!(answer.challenge, Some(challenge));
    }
}

#[derive(Deserialize)]
struct Guest {
    room: u32,
}

#[tokio::test]
async fn claims_of_a_type_open() {
    let room = Room::behind(require_claims(|guest: &Guest, _| guest.room == 7));
    room.opens_for(&token_with(json!({}))).await;

    let other = token_with(json!({"room": 8}));
    let challenge = room.refuses(Some(&other), 403, "forbidden").await;
    assert_eq!(challenge.as_deref(), Some(NO_TOKEN));
    for unfit in [json!("7"), json!(-7), Value::Null] {
        let unfit = token_with(json!({ "room": unfit }));
        let challenge = room.refuses(Some(&unfit), 401, "invalid_token").await;
        assert_eq!(
            challenge.as_deref(),
            Some(r#"Bearer error="invalid_token""#)
        );
    }
    let challenge = room.refuses(None, 401, "unauthorized").await;
    assert_eq!(challenge.as_deref(), Some(NO_TOKEN));
}

#[tokio::test]
async fn a_guard_over_claims_sees_the_head_of_the_request() {
    #[derive(Clone)]
    struct Season(&'static str);

    let guard = require_claims(|guest: &Guest, head| {
        head.method() == Method::GET
            && head.uri().path() == format!("/rooms/{}", guest.room)
            && head.uri().query() == Some("a=1")
            && head.headers().contains_key("x-towel")
            && head
                .extensions()
                .get::<Season>()
                .is_some_and(|it| it.0 == "summer")
    });
    let app = Router::new()
        .route("/rooms/{room}", on_get(async || "in").route_layer(guard))
        .layer(layer());
    let request = |path: &str, towel: bool, season: &'static str| {
        let mut request = get_with(path, &token_with(json!({})));
        request.extensions_mut().insert(Season(season));
        if towel {
            let value = "yes".parse().unwrap();
            request.headers_mut().insert("x-towel", value);
        }
        request
    };

    let good = request("/rooms/7?a=1", true, "summer");
    assert_eq!(send(app.clone(), good).await.body, "in");
    for other in [
        request("/rooms/8?a=1", true, "summer"),
        request("/rooms/7?a=2", true, "summer"),
        request("/rooms/7?a=1", false, "summer"),
        request("/rooms/7?a=1", true, "winter"),
    ] {
        let answer = send(app.clone(), other).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
    }
}

#[tokio::test]
async fn a_guard_without_a_layer_is_a_fault_of_the_server() {
    for guard in [
        require_scope("a"),
        require_role("manager"),
        require(subject("anna")),
        require_claims(|guest: &Guest, _| guest.room == 7),
    ] {
        let room = Room::behind(guard);
        for request in [get("/room"), get_with("/room", &token("a"))] {
            let answer = send(room.app.clone(), request).await;
            assert_eq!(answer.status, 500);
            assert_eq!(answer.challenge, None);
            assert_eq!(answer.json()["error"], "server_error");
        }
        assert_eq!(room.calls.load(Ordering::Relaxed), 0);
    }
    let room = Room::behind(require_scope("a"));
    room.opens_for(&token("a")).await;
}

#[tokio::test]
async fn scopes_and_roles_are_read_where_the_verifier_says() {
    let verifier = crate::support::verifier()
        .scopes_from("permissions")
        .scopes_from("scope")
        .roles_from("realm_access.roles")
        .roles_from(["resource_access", "my.client", "roles"])
        .build()
        .unwrap();
    let layer = keycard::JwtLayer::new(verifier);
    let enter = async |guard: keycard::guard::RequireLayer, claims: Value| {
        let route = on_get(async || "in").route_layer(guard);
        let app = Router::new().route("/", route).layer(layer.clone());
        send(app, get_with("/", &token_with(claims))).await.status
    };
    for (guard, claims, status) in [
        (require_scope("a"), json!({"permissions": ["a"]}), 200),
        (
            require_scope("a b"),
            json!({"permissions": ["a"], "scope": "b"}),
            200,
        ),
        (require_scope("a"), json!({"scp": ["a"]}), 403),
        (
            require_role("r"),
            json!({"realm_access": {"roles": ["r"]}}),
            200,
        ),
        (
            require_role("r"),
            json!({"resource_access": {"my.client": {"roles": ["r"]}}}),
            200,
        ),
        (require_role("r"), json!({"realm_access.roles": ["r"]}), 403),
        (require_role("r"), json!({"roles": ["r"]}), 403),
    ] {
        assert_eq!(enter(guard, claims.clone()).await, status, "{claims}");
    }
}

#[test]
fn a_token_lists_its_roles() {
    let token = token_with(json!({"roles": ["guest", "night manager", 7]}));
    let verifier = crate::support::verifier().build().unwrap();
    let token = verifier.verify_now(&token);
    let token = token.unwrap();
    let roles: Vec<_> = token.roles().collect();
    assert_eq!(roles, ["guest", "night manager"]);
}

#[test]
fn one_scope_is_a_rule_of_one_part() {
    assert_eq!(format!("{:?}", scope("a")), r#"scope("a")"#);
    assert_eq!(
        format!("{:?}", scope("a b")),
        r#"all([scope("a"), scope("b")])"#
    );
}
