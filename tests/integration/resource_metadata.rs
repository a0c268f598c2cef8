//! What a protected resource says of itself, and how a refused client finds it (RFC 9728).

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{any, get as on_get, post};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, Version};
use keycard::answer::RejectionKind;
use keycard::request::ForwardAuth;
use keycard::resource::{ResourceMetadata, ResourceMetadataBuilder};
use keycard::verify::{Outage, Reason};
use keycard::{ConfigError, JwtLayer, Rejection, Trust, Verifier, require_scope};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use crate::support::{DESK, KEY, ROOMS, get, get_with, layer, send, token, verifier};

const URL: &str = "https://rooms.example/.well-known/oauth-protected-resource";
const PATH: &str = "/.well-known/oauth-protected-resource";

fn of_rooms() -> ResourceMetadataBuilder {
    ResourceMetadata::builder(ROOMS).verifier(&verifier().build().unwrap())
}

fn metadata() -> ResourceMetadata {
    of_rooms().build().unwrap()
}

fn json_of(metadata: &ResourceMetadata) -> Value {
    serde_json::from_slice(&metadata.body()).unwrap()
}

fn asked(method: Method, path: &str) -> Request<Body> {
    let mut request = get(path);
    *request.method_mut() = method;
    request
}

#[test]
fn the_well_known_path_stands_between_host_and_path() {
    for (resource, url, path) in [
        ("https://rooms.example", URL, PATH),
        // Section 3.1: the slash that ends the host goes.
        ("https://rooms.example/", URL, PATH),
        (
            "https://rooms.example/mcp",
            "https://rooms.example/.well-known/oauth-protected-resource/mcp",
            "/.well-known/oauth-protected-resource/mcp",
        ),
        (
            "https://rooms.example:8443/a/b/",
            "https://rooms.example:8443/.well-known/oauth-protected-resource/a/b/",
            "/.well-known/oauth-protected-resource/a/b/",
        ),
    ] {
        let builder = ResourceMetadata::builder(resource).authorization_server(DESK);
        let metadata = builder.build().unwrap();
        assert_eq!((metadata.url(), metadata.path()), (url, path));
        // Section 3.3: octet by octet what the client began with.
        assert_eq!(metadata.resource(), resource);
        assert_eq!(json_of(&metadata)["resource"], resource);
    }
}

#[test]
fn the_least_that_is_said_is_the_resource_its_issuer_and_the_header() {
    let least = json!({
        "resource": ROOMS,
        "authorization_servers": [DESK],
        "bearer_methods_supported": ["header"],
    });
    assert_eq!(json_of(&metadata()), least);
    let by_hand = ResourceMetadata::builder(ROOMS).authorization_server(DESK);
    assert_eq!(json_of(&by_hand.build().unwrap()), least);
}

#[test]
fn everything_that_can_be_said_is_written_once() {
    let full = of_rooms()
        .authorization_server("https://spa.example/realms/a")
        .authorization_server(DESK)
        .scopes(["rooms:read", "minibar:write", "rooms:read"])
        .bearer_methods(["header", "query", "header"])
        .name("Die Zimmer \u{1f6cf}")
        .documentation("https://rooms.example/docs?for=developers")
        .members(&json!({"jwks_uri": "https://rooms.example/jwks", "none": null, "empty": []}))
        .members(&json!({"dpop_bound_access_tokens_required": false, "resource_name#it": "Camere"}))
        .build()
        .unwrap();
    let expected = json!({
        "resource": ROOMS,
        "authorization_servers": ["https://spa.example/realms/a", DESK],
        "scopes_supported": ["rooms:read", "minibar:write"],
        "bearer_methods_supported": ["header", "query"],
        "resource_name": "Die Zimmer \u{1f6cf}",
        "resource_documentation": "https://rooms.example/docs?for=developers",
        "jwks_uri": "https://rooms.example/jwks",
        "dpop_bound_access_tokens_required": false,
        "resource_name#it": "Camere",
    });
    assert_eq!(json_of(&full), expected);
    let cookies_only = of_rooms().bearer_methods([] as [&str; 0]).build().unwrap();
    assert_eq!(
        json_of(&cookies_only)["bearer_methods_supported"],
        json!([])
    );
}

#[test]
fn a_verifier_tells_its_issuers_in_their_order_and_only_those_that_can_be_asked() {
    let trust = |issuer: &str| {
        Trust::new(issuer, KEY.verifying_key())
            .audience(ROOMS)
            .audience("https://spa.example")
    };
    let several = [
        trust("https://z.example").issuer("https://z.example/"),
        trust("front-desk"),
        trust("https://a.example"),
    ];
    let several = Verifier::trusting(several).build().unwrap();
    let metadata = ResourceMetadata::builder(ROOMS).verifier(&several);
    assert_eq!(
        json_of(&metadata.build().unwrap())["authorization_servers"],
        json!([
            "https://z.example",
            "https://z.example/",
            "https://a.example"
        ])
    );

    let nobody = verifier_of(trust("front-desk"));
    let error = ResourceMetadata::builder(ROOMS)
        .verifier(&nobody)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("there is none"), "{error}");
    let named = ResourceMetadata::builder(ROOMS)
        .verifier(&nobody)
        .authorization_server(DESK);
    assert_eq!(
        json_of(&named.build().unwrap())["authorization_servers"],
        json!([DESK])
    );
}

fn verifier_of(trust: Trust) -> Verifier {
    Verifier::trusting([trust]).build().unwrap()
}

/// RFC 8707: a client asks for tokens for the resource, and gets them with that as their audience.
#[test]
fn each_trust_of_the_verifier_takes_tokens_for_the_resource() {
    let trust = |issuer: &str| Trust::new(issuer, KEY.verifying_key());
    let built = |verifier: Verifier| ResourceMetadata::builder(ROOMS).verifier(&verifier).build();
    let wrong = ConfigError::ResourceAudience(ROOMS.to_owned());
    for other in ["https://rooms.example/", "https://Rooms.example", "rooms"] {
        let refused = built(verifier_of(trust(DESK).audience(other)));
        assert_eq!(refused.err(), Some(wrong.clone()), "{other}");
    }
    let one_of_two = Verifier::trusting([
        trust(DESK).audience(ROOMS),
        trust("https://spa.example").audience("https://spa.example"),
    ]);
    assert_eq!(
        built(one_of_two.build().unwrap()).err(),
        Some(wrong.clone())
    );
    let sentence = wrong.to_string();
    assert!(
        sentence.contains(".audience(\"https://rooms.example\")"),
        "{sentence}"
    );

    assert!(built(verifier_of(trust(DESK).audience("rooms").audience(ROOMS))).is_ok());
    assert!(built(verifier_of(trust(DESK).dangerous_any_audience())).is_ok());
    // By hand nobody knows which verifier it will be.
    let by_hand = ResourceMetadata::builder("https://elsewhere.example").authorization_server(DESK);
    assert!(by_hand.build().is_ok());
}

#[test]
fn what_cannot_be_meant_does_not_build_and_is_named() {
    let member = |builder: ResourceMetadataBuilder, wanted: &str, words: &str| {
        let error = builder.build().unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        match error {
            ConfigError::ResourceMember { name, .. } => assert_eq!(name, wanted),
            other => panic!("{other:?}"),
        }
    };
    for resource in [
        "",
        "rooms",
        "http://rooms.example",
        "https://rooms.example/#a",
        "https://a?b",
    ] {
        let error = ResourceMetadata::builder(resource)
            .authorization_server(DESK)
            .build()
            .err();
        assert_eq!(error, Some(ConfigError::Resource(resource.to_owned())));
    }
    member(
        ResourceMetadata::builder(ROOMS),
        "authorization_servers",
        "there is none",
    );
    for server in ["desk", "http://desk.example", "https://desk.example?a", ""] {
        let builder = of_rooms().authorization_server(server);
        member(builder, "authorization_servers", &format!("{server:?}"));
    }
    for scope in ["a b", "", "a\"", "é"] {
        member(
            of_rooms().scopes([scope]),
            "scopes_supported",
            &format!("{scope:?}"),
        );
    }
    member(
        of_rooms().bearer_methods(["cookie"]),
        "bearer_methods_supported",
        "\"cookie\"",
    );
    for page in ["docs", "https://", "javascript:alert(1)", "https://a b", ""] {
        member(
            of_rooms().documentation(page),
            "resource_documentation",
            &format!("{page:?}"),
        );
    }
    member(
        of_rooms().members(&json!({"resource": "x"})),
        "resource",
        "a method of its own",
    );
    let twice = of_rooms()
        .members(&json!({"a": 1}))
        .members(&json!({"a": 2}));
    member(twice, "a", "given twice");
    member(of_rooms().members(&json!([1])), "members", "no object");
    assert_eq!(
        of_rooms().name("").build().err(),
        Some(ConfigError::Empty("resource_name"))
    );

    let plain = || {
        ResourceMetadata::builder("http://127.0.0.1:1/mcp")
            .authorization_server("http://127.0.0.1:2")
    };
    assert!(matches!(plain().build(), Err(ConfigError::Resource(_))));
    assert!(plain().dangerous_plain_http().build().is_ok());
}

/// An application with its metadata, as the docs show it.
fn app(metadata: &ResourceMetadata) -> Router {
    Router::new()
        .without_v07_checks()
        .route(
            "/room",
            on_get(async || "in").route_layer(require_scope("rooms:read spa")),
        )
        .layer(layer().resource_metadata(metadata))
        .route(metadata.path(), metadata.route())
}

#[tokio::test]
async fn the_metadata_is_public_and_everything_else_is_not() {
    let answer = send(app(&metadata()), get(PATH)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json_of(&metadata()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    for path in ["/room", "/", &format!("{PATH}/"), &format!("{PATH}/room")] {
        assert_eq!(
            send(app(&metadata()), get(path)).await.status,
            401,
            "{path}"
        );
    }
    assert_eq!(
        send(
            app(&metadata()),
            get_with("/room", &token("rooms:read spa"))
        )
        .await
        .status,
        200
    );
}

#[tokio::test]
async fn each_method_has_its_answer_and_scripts_of_every_origin_may_read_it() {
    for (method, status) in [
        (Method::GET, 200),
        (Method::HEAD, 200),
        (Method::OPTIONS, 204),
        (Method::POST, 405),
        (Method::PUT, 405),
        (Method::DELETE, 405),
        (Method::TRACE, 405),
        (Method::from_bytes(b"BREW").unwrap(), 405),
    ] {
        let without_axum = metadata().response(&method);
        let answer = send(app(&metadata()), asked(method.clone(), PATH)).await;
        assert_eq!(answer.status.as_u16(), status, "{method}");
        assert_eq!(without_axum.status().as_u16(), status, "{method}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("*"),
            "{method}"
        );
        let is_get = method == Method::GET;
        assert_eq!(answer.body.is_empty(), !is_get, "{method}");
    }
    let preflight = send(app(&metadata()), asked(Method::OPTIONS, PATH)).await;
    assert_eq!(
        preflight.header("access-control-allow-methods"),
        Some("GET")
    );
    assert_eq!(preflight.header("access-control-allow-headers"), Some("*"));
    let wrong = send(app(&metadata()), asked(Method::POST, PATH)).await;
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, OPTIONS"));
    assert_eq!(wrong.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_cors_layer_around_does_no_harm() {
    let app = app(&metadata()).layer(CorsLayer::permissive());
    let mut request = get(PATH);
    request
        .headers_mut()
        .insert("origin", "https://app.example".parse().unwrap());
    let answer = send(app, request).await;
    let origins = answer
        .response
        .headers
        .get_all("access-control-allow-origin");
    assert_eq!(origins.iter().collect::<Vec<_>>(), ["*"]);
}

#[tokio::test]
async fn any_path_that_a_resource_can_have_is_a_route() {
    for below in [
        "/mcp",
        "/a/b/",
        "/:x/*y",
        "/a%20b/%7Bc%7D",
        "/a;b=c,d/@e!$&'()+~",
    ] {
        let builder = ResourceMetadata::builder(format!("{ROOMS}{below}"));
        let metadata = builder.authorization_server(DESK).build().unwrap();
        let answer = send(app(&metadata), get(&format!("{PATH}{below}"))).await;
        assert_eq!(answer.status, 200, "{below}");
        assert_eq!(answer.json()["resource"], format!("{ROOMS}{below}"));
        // No part of it is a parameter.
        assert_eq!(
            send(app(&metadata), get(&format!("{PATH}/other/path")))
                .await
                .status,
            401
        );
    }
}

/// RFC 9728, section 5.1: each class of refusals, with and without the metadata.
#[tokio::test]
async fn the_challenge_names_the_metadata_where_another_token_helps() {
    let unavailable = RejectionKind::Unavailable(Outage::new(Duration::from_secs(5)));
    let named = |start: &str| Some(format!("Bearer {start}resource_metadata=\"{URL}\""));
    let as_before = |challenge: &str| Some(format!("Bearer {challenge}"));
    for (kind, with_it, without) in [
        (
            RejectionKind::NoCredential,
            named(""),
            as_before("realm=\"token\""),
        ),
        (
            RejectionKind::InvalidToken(Reason::Expired),
            named("error=\"invalid_token\", "),
            as_before("error=\"invalid_token\""),
        ),
        (
            RejectionKind::InsufficientScope,
            named("error=\"insufficient_scope\", "),
            as_before("error=\"insufficient_scope\""),
        ),
        (
            RejectionKind::InvalidRequest("two of them"),
            as_before("error=\"invalid_request\""),
            as_before("error=\"invalid_request\""),
        ),
        (
            RejectionKind::Forbidden,
            as_before("realm=\"token\""),
            as_before("realm=\"token\""),
        ),
        (
            RejectionKind::InsufficientUserAuthentication,
            named("error=\"insufficient_user_authentication\", "),
            as_before("error=\"insufficient_user_authentication\""),
        ),
        (RejectionKind::CrossSite, None, None),
        (RejectionKind::DevelopmentCookie, None, None),
        (unavailable, None, None),
        (RejectionKind::MissingLayer, None, None),
    ] {
        let refuse = move || async move { Response::<Body>::from(Rejection::from(kind)) };
        let app = |layer: JwtLayer| {
            Router::new()
                .route("/", any(refuse))
                .layer(layer.optional())
        };
        let plain = send(app(layer()), get("/")).await;
        assert_eq!(plain.challenge, without, "{kind:?}");
        let told = send(app(layer().resource_metadata(&metadata())), get("/")).await;
        assert_eq!(told.challenge, with_it, "{kind:?}");
        assert_eq!(
            (told.status, told.body),
            (plain.status, plain.body),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn the_challenge_has_realm_error_scopes_and_metadata_in_this_order() {
    let app = |layer: JwtLayer| {
        let guarded = on_get(async || "in").route_layer(require_scope("rooms:read spa"));
        let layer = layer.realm("rooms").resource_metadata(&metadata());
        Router::new().route("/room", guarded).layer(layer)
    };
    let poor = send(app(layer()), get_with("/room", &token("spa"))).await;
    assert_eq!(poor.status, 403);
    assert_eq!(
        poor.challenge.unwrap(),
        format!(
            "Bearer realm=\"rooms\", error=\"insufficient_scope\", scope=\"rooms:read spa\", resource_metadata=\"{URL}\""
        )
    );
    // The layer answers before the guard does, and knows of no scope; inside of an optional one the guard answers.
    let strict = send(app(layer()), get("/room")).await;
    assert_eq!(
        strict.challenge.unwrap(),
        format!("Bearer realm=\"rooms\", resource_metadata=\"{URL}\"")
    );
    let optional = send(app(layer().optional()), get("/room")).await;
    assert_eq!(optional.status, 401);
    assert_eq!(
        optional.challenge.unwrap(),
        format!("Bearer realm=\"rooms\", scope=\"rooms:read spa\", resource_metadata=\"{URL}\"")
    );
}

#[tokio::test]
async fn grpc_hooks_and_proxies_that_ask_get_what_they_got() {
    let layer = || layer().resource_metadata(&metadata());
    let mut call = asked(Method::POST, "/room");
    *call.version_mut() = Version::HTTP_2;
    for (name, value) in [("content-type", "application/grpc"), ("te", "trailers")] {
        call.headers_mut().insert(name, value.parse().unwrap());
    }
    let app = Router::new()
        .route("/room", post(async || "in"))
        .layer(layer());
    let answer = send(app, call).await;
    assert_eq!(
        (answer.status, answer.header("grpc-status")),
        (StatusCode::OK, Some("16"))
    );
    assert_eq!(answer.challenge, None);

    let hook = layer().on_rejection(|rejection, _| rejection.to_response().map(|_| Bytes::new()));
    let app = Router::new()
        .route("/room", on_get(async || "in"))
        .layer(hook);
    let answer = send(app, get("/room")).await;
    assert_eq!(answer.challenge.as_deref(), Some("Bearer realm=\"token\""));

    let app = Router::new().route("/auth", any(async || "in"));
    let app = app.layer(layer().forward_auth(ForwardAuth::nginx()));
    let mut question = get("/auth");
    for (name, value) in [
        ("x-original-method", "GET"),
        ("x-original-url", "https://rooms.example/a"),
    ] {
        question.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = send(app, question).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.unwrap(),
        format!("Bearer resource_metadata=\"{URL}\"")
    );
}

/// A client that knows nothing but the address gets in by what it is told.
#[tokio::test]
async fn a_client_walks_from_the_refusal_to_the_issuer() {
    let app = app(&metadata());
    let refused = send(app.clone(), get("/room")).await;
    let challenge = refused.challenge.unwrap();
    let url = challenge.split("resource_metadata=\"").nth(1).unwrap();
    let path = url.strip_suffix('"').unwrap().strip_prefix(ROOMS).unwrap();
    let found = send(app.clone(), get(path)).await.json();
    assert_eq!(found["resource"], ROOMS);
    assert_eq!(found["authorization_servers"][0], DESK);
    let token = token("rooms:read spa");
    assert_eq!(send(app, get_with("/room", &token)).await.status, 200);
}
