//! The layer among others: where it stands in a router, what it wraps, what it leaves alone.

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::middleware::{Next, from_fn};
use axum::response::Response as AxumResponse;
use axum::routing::get as on_get;
use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use keycard::request::Presence;
use keycard::{JwtLayer, VerifiedToken, require_scope};
use serde_json::json;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::support::{NO_TOKEN, ROOMS, get, get_with, layer, send, token, token_with, verifier};

async fn subject(token: VerifiedToken) -> String {
    token.subject().unwrap_or_default().into_owned()
}

fn routes() -> Router {
    Router::new().route("/room", on_get(subject))
}

fn public() -> Router {
    Router::new().route("/login", on_get(async || "welcome"))
}

#[tokio::test]
async fn layer_guards_the_routes_added_before_it() {
    let app = routes()
        .layer(layer())
        .route("/login", on_get(async || "welcome"));

    let answer = send(app.clone(), get("/room")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
    assert_eq!(
        answer.json(),
        json!({"error": "unauthorized", "error_description": "a token is required"})
    );
    let answer = send(app.clone(), get("/login")).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "welcome"));
    assert_eq!(answer.challenge, None);

    let answer = send(app, get_with("/room", &token("a"))).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "anna"));
    assert_eq!(answer.challenge, None);
}

#[tokio::test]
async fn layer_refuses_unknown_paths() {
    let app = routes().layer(layer());

    let answer = send(app.clone(), get("/nowhere")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));

    let answer = send(app, get_with("/nowhere", &token("a"))).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.challenge, None);
}

#[tokio::test]
async fn route_layer_leaves_unknown_paths_alone() {
    let app = routes().route_layer(layer());

    let answer = send(app.clone(), get("/nowhere")).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.challenge, None);

    let answer = send(app.clone(), get("/room")).await;
    assert_eq!(answer.status, 401);
    let answer = send(app, get_with("/room", &token("a"))).await;
    assert_eq!(answer.body, "anna");
}

#[tokio::test]
async fn a_fallback_is_guarded_if_it_was_there_before_the_layer() {
    let guarded = routes().fallback(subject).layer(layer());
    let answer = send(guarded.clone(), get("/nowhere")).await;
    assert_eq!(answer.status, 401);
    let answer = send(guarded, get_with("/nowhere", &token("a"))).await;
    assert_eq!(answer.body, "anna");

    let open = routes().layer(layer()).fallback(async || "lobby");
    let answer = send(open.clone(), get("/nowhere")).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "lobby"));
    let answer = send(open, get("/room")).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn one_method_of_a_route_can_be_guarded() {
    let methods = on_get(subject)
        .route_layer(layer())
        .post(async || "anybody");
    let app = Router::new().route("/room", methods);

    let answer = send(app.clone(), get("/room")).await;
    assert_eq!(answer.status, 401);
    let answer = send(app.clone(), get_with("/room", &token("a"))).await;
    assert_eq!(answer.body, "anna");
    let mut request = get("/room");
    *request.method_mut() = http::Method::POST;
    assert_eq!(send(app, request).await.body, "anybody");
}

#[tokio::test]
async fn guards_a_nested_router_and_nothing_beside_it() {
    let app = Router::new()
        .nest("/hotel", routes().layer(layer()))
        .merge(public());

    let answer = send(app.clone(), get("/hotel/room")).await;
    assert_eq!(answer.status, 401);
    let answer = send(app.clone(), get_with("/hotel/room", &token("a"))).await;
    assert_eq!(answer.body, "anna");
    let answer = send(app.clone(), get("/login")).await;
    assert_eq!(answer.body, "welcome");
    let answer = send(app, get("/nowhere")).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn guards_a_nested_router_from_outside() {
    let app = Router::new().nest("/hotel", routes()).layer(layer());

    let answer = send(app.clone(), get("/hotel/room")).await;
    assert_eq!(answer.status, 401);
    let answer = send(app, get_with("/hotel/room", &token("a"))).await;
    assert_eq!(answer.body, "anna");
}

#[tokio::test]
async fn a_merged_router_stays_as_public_as_it_was() {
    let app = routes().layer(layer()).merge(public());
    let answer = send(app.clone(), get("/login")).await;
    assert_eq!(answer.body, "welcome");
    let answer = send(app, get("/room")).await;
    assert_eq!(answer.status, 401);

    let app = routes().merge(public()).layer(layer());
    let answer = send(app.clone(), get("/login")).await;
    assert_eq!(answer.status, 401);
    let answer = send(app, get_with("/login", &token("a"))).await;
    assert_eq!(answer.body, "welcome");
}

#[tokio::test]
async fn wraps_a_service_without_axum() {
    let service = ServiceBuilder::new()
        .layer(layer())
        .layer(require_scope("a"))
        .service(service_fn(async |request: Request<Full<Bytes>>| {
            let token = VerifiedToken::of(request.extensions()).unwrap();
            let text = token.subject().unwrap().into_owned();
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(text)))
        }));
    let ask = async |authorization: Option<String>| {
        let mut request = Request::new(Full::default());
        if let Some(value) = authorization {
            let value = value.try_into().unwrap();
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let response = service.clone().oneshot(request).await.unwrap();
        let challenge = response.headers().get("www-authenticate").cloned();
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status.as_u16(), challenge, body)
    };

    let (status, challenge, body) = ask(None).await;
    assert_eq!((status, challenge.as_deref()), (401, Some(NO_TOKEN)));
    assert!(body.starts_with(b"{\"error\":\"unauthorized\""));
    let (status, challenge, _) = ask(Some(format!("Bearer {}", token("b")))).await;
    assert_eq!(
        (status, challenge.as_deref()),
        (403, Some(r#"Bearer error="insufficient_scope", scope="a""#))
    );
    let good = ask(Some(format!("Bearer {}", token("a")))).await;
    assert_eq!(good, (200, None, Bytes::from("anna")));
}

#[tokio::test]
async fn middleware_reads_the_token_from_the_extensions() {
    async fn name(request: AxumRequest, next: Next) -> AxumResponse {
        let seen = match Presence::of(request.extensions()) {
            None => "nobody looked",
            Some(Presence::Anonymous) => "anonymous",
            Some(Presence::Verified(_)) => "verified",
        };
        let token = VerifiedToken::of(request.extensions());
        let subject = token.and_then(VerifiedToken::subject);
        let subject = subject.as_deref().unwrap_or("-").to_owned();
        let mut response = next.run(request).await;
        let headers = response.headers_mut();
        headers.insert("x-seen", seen.parse().unwrap());
        headers.insert("x-subject", subject.parse().unwrap());
        response
    }
    let inside = Router::new()
        .route("/", on_get(async || "in"))
        .layer(from_fn(name));

    let app = inside.clone().layer(layer().optional());
    let answer = send(app.clone(), get_with("/", &token("a"))).await;
    assert_eq!(answer.header("x-seen"), Some("verified"));
    assert_eq!(answer.header("x-subject"), Some("anna"));
    let answer = send(app, get("/")).await;
    assert_eq!(answer.header("x-seen"), Some("anonymous"));
    assert_eq!(answer.header("x-subject"), Some("-"));

    let answer = send(inside, get_with("/", &token("a"))).await;
    assert_eq!(answer.header("x-seen"), Some("nobody looked"));
    assert_eq!(answer.header("x-subject"), Some("-"));
}

#[tokio::test]
async fn credentials_are_marked_sensitive_for_the_service_inside() {
    async fn sensitive(headers: HeaderMap) -> String {
        let marked: Vec<_> = headers
            .iter()
            .filter(|(_, value)| value.is_sensitive())
            .map(|(name, value)| format!("{name}={}", value.to_str().unwrap()))
            .collect();
        marked.join(" ")
    }
    let token = token("a");
    let mut request = get_with("/", &token);
    let headers = request.headers_mut();
    headers.append(COOKIE, "a=1".parse().unwrap());
    headers.append(COOKIE, "b=2".parse().unwrap());
    headers.append("dpop", "proof".parse().unwrap());
    headers.append("x-other", "seen".parse().unwrap());
    let app = Router::new().route("/", on_get(sensitive)).layer(layer());

    let answer = send(app, request).await;
    assert_eq!(
        answer.body,
        format!("authorization=Bearer {token} cookie=a=1 cookie=b=2 dpop=proof")
    );
}

/// An outer layer over an inner one, which takes another token from another header.
fn nested(inner: JwtLayer) -> Router {
    let outer = layer().realm("outer");
    routes()
        .route(
            "/suite",
            on_get(subject).route_layer(require_scope("suite")),
        )
        .layer(inner)
        .layer(outer)
}

fn inner() -> JwtLayer {
    let verifier = verifier().audience("https://inner.example");
    JwtLayer::new(verifier.build().unwrap())
        .without_authorization_header()
        .source("x-inner", |head| {
            head.headers().get("x-inner")?.to_str().ok().map(Into::into)
        })
        .realm("inner")
}

fn with_inner(path: &str, outer: &str, inner: &str) -> Request<axum::body::Body> {
    let mut request = get_with(path, outer);
    let value = inner.parse().unwrap();
    request.headers_mut().insert("x-inner", value);
    request
}

#[tokio::test]
async fn the_inner_layer_decides_what_the_handler_sees() {
    let ben = token_with(json!({"sub": "ben", "aud": "https://inner.example"}));
    let app = nested(inner());
    let answer = send(app, with_inner("/room", &token("a"), &ben)).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "ben"));

    let app = nested(inner().optional());
    let answer = send(app, get_with("/room", &token("a"))).await;
    assert_eq!(answer.status, 401, "anna is known to the outer layer only");
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="inner""#));
}

#[tokio::test]
async fn the_outer_layer_leaves_refusals_of_the_inner_one_alone() {
    let app = nested(inner());
    let answer = send(app.clone(), get("/room")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="outer""#));

    let answer = send(app.clone(), get_with("/room", &token("a"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="inner""#));

    let elsewhere = token_with(json!({"aud": "https://other.example"}));
    let answer = send(app.clone(), with_inner("/room", &token("a"), &elsewhere)).await;
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer realm="inner", error="invalid_token""#)
    );

    // Refused by a guard, answered by the layer next to it, which read another token.
    let both = token("suite");
    let poor = token_with(json!({"aud": [ROOMS, "https://inner.example"]}));
    let answer = send(app.clone(), with_inner("/suite", &both, &poor)).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer realm="inner", error="insufficient_scope", scope="suite""#)
    );
    let answer = send(app, with_inner("/suite", &token("a"), &both)).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "anna"));
}

/// A middleware between two layers that returns the refusal of the inner one as its own.
async fn repeat(
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    use axum::response::IntoResponse;
    let response = next.run(request).await;
    match response.extensions().get::<keycard::Rejection>() {
        Some(rejection) => rejection.clone().into_response(),
        None => response,
    }
}

#[tokio::test]
async fn a_refusal_that_is_returned_again_is_answered_again() {
    let app = Router::new()
        .route("/", axum::routing::get(async || "in"))
        .layer(layer().realm("inner"))
        .layer(axum::middleware::from_fn(repeat))
        .layer(layer().optional().realm("outer"));
    let answer = send(app, crate::support::get("/")).await;
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="outer""#));
}

/// Strangers learn of no path and no method where the layer covers everything, and of both where it covers routes.
#[tokio::test]
async fn what_a_stranger_learns_of_paths_and_methods() {
    let routes = || Router::new().route("/rooms", on_get(async || "in").post(async || "in"));
    let ask = async |app: &Router, method: &str, path: &str| {
        let mut request = get(path);
        *request.method_mut() = method.parse().unwrap();
        let answer = send(app.clone(), request).await;
        assert!(method != "HEAD" || answer.body.is_empty());
        answer.status.as_u16()
    };
    let covered = routes().layer(layer());
    for (method, path) in [
        ("GET", "/rooms"),
        ("HEAD", "/rooms"),
        ("POST", "/rooms"),
        ("DELETE", "/rooms"),
        ("OPTIONS", "/rooms"),
        ("GET", "/rooms/"),
        ("GET", "/nowhere"),
        ("TRACE", "/nowhere"),
    ] {
        assert_eq!(ask(&covered, method, path).await, 401, "{method} {path}");
    }
    let by_route = routes().route_layer(layer());
    for (method, path, status) in [
        ("GET", "/rooms", 401),
        ("HEAD", "/rooms", 401),
        ("POST", "/rooms", 401),
        ("DELETE", "/rooms", 401),
        ("GET", "/rooms/", 404),
        ("GET", "/nowhere", 404),
    ] {
        assert_eq!(
            ask(&by_route, method, path).await,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_a_guard_of_a_route_covers() {
    let guard = || keycard::require_scope("never");
    let methods = on_get(async || "in")
        .fallback(async || "the rest")
        .route_layer(guard());
    let any = axum::routing::any(async || "in").layer(guard());
    let app = Router::new()
        .route("/methods", methods)
        .route("/any", any)
        .layer(layer());
    for (method, path, status) in [
        ("GET", "/methods", 403),
        ("HEAD", "/methods", 403),
        // axum gives a fallback no guard of the methods beside it.
        ("DELETE", "/methods", 200),
        ("GET", "/any", 403),
        ("DELETE", "/any", 403),
    ] {
        let mut request = get_with(path, &token("a"));
        *request.method_mut() = method.parse().unwrap();
        assert_eq!(
            send(app.clone(), request).await.status,
            status,
            "{method} {path}"
        );
    }
}

/// A router that is nested has the fallback of the one around it, which has no layer: a fallback of its own has.
#[tokio::test]
async fn a_nested_router_needs_a_fallback_of_its_own() {
    let rooms = || Router::new().route("/rooms", on_get(async || "in"));
    let around = |api: Router| {
        Router::new()
            .nest("/api", api)
            .fallback(async || "the front page")
    };
    let inherited = around(rooms().layer(layer()));
    assert_eq!(
        send(inherited, get("/api/nowhere")).await.body,
        "the front page"
    );
    let own = rooms()
        .fallback(async || http::StatusCode::NOT_FOUND)
        .layer(layer());
    assert_eq!(send(around(own), get("/api/nowhere")).await.status, 401);
}

/// A preflight never carries a token.
#[tokio::test]
async fn where_a_cors_layer_stands() {
    use tower_http::cors::CorsLayer;

    let cors = || {
        let origins = ["https://app.example".parse().unwrap()];
        CorsLayer::new()
            .allow_origin(origins)
            .allow_headers([AUTHORIZATION])
    };
    let routes = || Router::new().route("/", on_get(async || "in"));
    let both = ServiceBuilder::new().layer(cors()).layer(layer());
    for (what, app, preflight, refusal_is_read) in [
        ("outside", routes().layer(layer()).layer(cors()), 200, true),
        ("in one builder", routes().layer(both), 200, true),
        ("inside", routes().layer(cors()).layer(layer()), 401, false),
        (
            "inside, let through",
            routes().layer(cors()).layer(layer().allow_preflight()),
            200,
            false,
        ),
    ] {
        let mut request = get("/");
        *request.method_mut() = http::Method::OPTIONS;
        let headers = request.headers_mut();
        headers.insert("origin", "https://app.example".parse().unwrap());
        headers.insert("access-control-request-method", "GET".parse().unwrap());
        headers.insert(
            "access-control-request-headers",
            "authorization".parse().unwrap(),
        );
        let answer = send(app.clone(), request).await;
        assert_eq!(answer.status, preflight, "{what}");
        let is_allowed = answer.header("access-control-allow-origin").is_some();
        assert_eq!(is_allowed, preflight == 200, "{what}");
        let mut request = get("/");
        request
            .headers_mut()
            .insert("origin", "https://app.example".parse().unwrap());
        let answer = send(app, request).await;
        assert_eq!(answer.status, 401, "{what}");
        let is_read = answer.header("access-control-allow-origin").is_some();
        assert_eq!(is_read, refusal_is_read, "{what}");
    }
}
