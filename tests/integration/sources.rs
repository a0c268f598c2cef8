//! Where a layer looks for tokens, in which order, and when it does without one.

use axum::Router;
use axum::body::Body;
use axum::routing::any as on_any;
use http::{Method, Request};
use keycard::request::Presence;
use keycard::verify::Source;
use keycard::{JwtLayer, VerifiedToken};
use serde_json::json;

use crate::support::{NO_TOKEN, get, get_with, layer, send, token, token_with};

/// Tells who came, and how.
async fn who(request: Request<Body>) -> String {
    match Presence::of(request.extensions()) {
        None => "no layer".to_owned(),
        Some(Presence::Anonymous) => "anonymous".to_owned(),
        Some(Presence::Verified(token)) => {
            let subject = token.subject().unwrap();
            match token.source() {
                Source::Header => format!("{subject} by header"),
                Source::Query(name) => format!("{subject} by the query {name}"),
                Source::Custom(name) => format!("{subject} by {name}"),
                other => format!("{subject} by {other:?}"),
            }
        }
    }
}

fn app(layer: JwtLayer) -> Router {
    Router::new().route("/", on_any(who)).layer(layer)
}

fn token_of(subject: &str) -> String {
    token_with(json!({"sub": subject}))
}

fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

/// The layer, and a second source in a header of its name.
fn also(layer: JwtLayer, name: &'static str) -> JwtLayer {
    layer.source(name, move |head| {
        let value = head.headers().get(name)?;
        Some(value.to_str().ok()?.into())
    })
}

#[tokio::test]
async fn an_optional_layer_lets_a_request_without_a_token_pass() {
    let optional = app(layer().optional());
    let answer = send(optional.clone(), get("/")).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "anonymous"));
    assert_eq!(answer.challenge, None);
    // RFC 9110, section 11.4: another scheme is none of ours.
    let basic = with(get("/"), "authorization", "Basic YTpi");
    assert_eq!(send(optional.clone(), basic).await.body, "anonymous");
    let answer = send(optional, get_with("/", &token("a"))).await;
    assert_eq!(answer.body, "anna by header");

    let answer = send(app(layer()), get("/")).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn an_optional_layer_refuses_a_bad_token() {
    let optional = app(layer().optional());
    let answer = send(optional.clone(), get_with("/", "bad")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_token""#)
    );
    let expired = token_with(json!({"exp": 1}));
    let answer = send(optional.clone(), get_with("/", &expired)).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error_description"], "the token expired");

    let malformed = with(get("/"), "authorization", "Bearer");
    let answer = send(optional, malformed).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_request""#)
    );
}

fn preflight() -> Request<Body> {
    Request::options("/")
        .header("origin", "https://desk.example")
        .header("access-control-request-method", "GET")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_preflight_request_is_like_any_other_by_default() {
    let answer = send(app(layer()), preflight()).await;
    assert_eq!(answer.status, 401);
    let good = with(
        preflight(),
        "authorization",
        &format!("Bearer {}", token("a")),
    );
    assert_eq!(send(app(layer()), good).await.body, "anna by header");
}

#[tokio::test]
async fn allow_preflight_lets_preflight_requests_pass_and_no_others() {
    let app = app(layer().allow_preflight());
    let answer = send(app.clone(), preflight()).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "anonymous"));

    let mut no_options = preflight();
    *no_options.method_mut() = Method::POST;
    let mut no_origin = preflight();
    no_origin.headers_mut().remove("origin");
    let mut no_method = preflight();
    no_method
        .headers_mut()
        .remove("access-control-request-method");
    for other in [no_options, no_origin, no_method, get("/")] {
        assert_eq!(send(app.clone(), other).await.status, 401);
    }
}

#[tokio::test]
async fn a_token_is_found_in_a_source_of_the_application() {
    let custom = app(also(layer(), "x-token"));
    let request = with(get("/"), "x-token", &token_of("ben"));
    assert_eq!(send(custom.clone(), request).await.body, "ben by x-token");
    let request = with(get("/"), "x-token", "bad");
    let answer = send(custom.clone(), request).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_token""#)
    );
    assert_eq!(send(custom, get("/")).await.status, 401);

    let request = with(get("/"), "x-token", &token_of("ben"));
    assert_eq!(send(app(layer()), request).await.status, 401);
}

#[tokio::test]
async fn an_empty_source_has_no_token() {
    let optional = app(also(layer(), "x-token").optional());
    let request = with(get("/"), "x-token", "");
    assert_eq!(send(optional, request).await.body, "anonymous");
}

#[tokio::test]
async fn sources_are_tried_in_the_order_in_which_they_were_given() {
    let several = app(also(also(layer(), "x-first"), "x-second"));
    let first = with(get("/"), "x-first", &token_of("first"));
    let both = with(first, "x-second", &token_of("second"));
    assert_eq!(send(several.clone(), both).await.body, "first by x-first");

    let empty = with(get("/"), "x-first", "");
    let later = with(empty, "x-second", &token_of("second"));
    assert_eq!(
        send(several.clone(), later).await.body,
        "second by x-second"
    );

    let header = with(get_with("/", &token("a")), "x-first", &token_of("first"));
    assert_eq!(send(several, header).await.body, "anna by header");
}

#[tokio::test]
async fn the_first_source_that_has_a_token_decides() {
    let several = app(also(layer(), "x-token"));
    let rescue = with(get_with("/", "bad"), "x-token", &token_of("ben"));
    assert_eq!(send(several.clone(), rescue).await.status, 401);

    let malformed = with(get("/"), "authorization", "Bearer a b");
    let rescue = with(malformed, "x-token", &token_of("ben"));
    assert_eq!(send(several.clone(), rescue).await.status, 400);

    let basic = with(get("/"), "authorization", "Basic YTpi");
    let other = with(basic, "x-token", &token_of("ben"));
    assert_eq!(send(several, other).await.body, "ben by x-token");
}

#[tokio::test]
async fn without_authorization_header_only_the_other_sources_count() {
    let only = app(also(layer(), "x-token").without_authorization_header());
    let answer = send(only.clone(), get_with("/", &token("a"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));

    let request = with(get("/"), "x-token", &token_of("ben"));
    let request = with(request, "authorization", "Bearer bad");
    assert_eq!(send(only, request).await.body, "ben by x-token");
}

#[tokio::test]
async fn a_query_parameter_is_read_only_if_it_was_named() {
    let path = format!("/?a=1&access_token={}&z=2", token("a"));
    assert_eq!(send(app(layer()), get(&path)).await.status, 401);
    let loud = app(layer().dangerous_query_parameter("access_token"));
    let answer = send(loud.clone(), get(&path)).await;
    assert_eq!(answer.body, "anna by the query access_token");

    for other in ["xaccess_token", "access_token2", "Access_token"] {
        let path = format!("/?{other}={}", token("a"));
        assert_eq!(
            send(loud.clone(), get(&path)).await.status,
            401,
            "{other} is another parameter"
        );
    }
}

#[tokio::test]
async fn two_tokens_in_the_query_string_are_malformed() {
    let loud = app(layer().dangerous_query_parameter("access_token"));
    let token = token("a");
    let path = format!("/?access_token={token}&access_token={token}");
    let answer = send(loud.clone(), get(&path)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"], "invalid_request");
    let path = format!("/?access_token={token}");
    assert_eq!(send(loud, get(&path)).await.status, 200);
}

#[tokio::test]
async fn two_authorization_lines_are_malformed() {
    let twice = with(
        get_with("/", &token("a")),
        "authorization",
        &format!("Bearer {}", token("a")),
    );
    let answer = send(app(layer()), twice).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="invalid_request""#)
    );
    let once = send(app(layer()), get_with("/", &token("a"))).await;
    assert_eq!(once.status, 200);
}

#[tokio::test]
async fn a_source_sees_the_head_of_the_request() {
    #[derive(Clone)]
    struct Session(String);

    let layer = layer().source("session", |head| {
        assert_eq!(head.method(), Method::GET);
        assert_eq!(head.uri().path(), "/");
        let session = head.extensions().get::<Session>()?;
        Some(session.0.as_str().into())
    });
    let mut request = get("/");
    request.extensions_mut().insert(Session(token_of("ben")));
    assert_eq!(
        send(app(layer.clone()), request).await.body,
        "ben by session"
    );
    assert_eq!(send(app(layer), get("/")).await.status, 401);
}

#[test]
fn nobody_is_verified_where_no_layer_looked() {
    let request = get_with("/", &token("a"));
    assert!(VerifiedToken::of(request.extensions()).is_none());
    assert!(Presence::of(request.extensions()).is_none());
}

#[tokio::test]
async fn a_preflight_with_a_credential_is_none() {
    let app = app(crate::support::layer().allow_preflight());
    let preflight = |token: Option<String>| {
        let mut request = Request::builder()
            .method("OPTIONS")
            .uri("/")
            .header("origin", "https://app.example")
            .header("access-control-request-method", "POST");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(send(app.clone(), preflight(None)).await.body, "anonymous");
    assert_eq!(
        send(app.clone(), preflight(Some("bad".into())))
            .await
            .status,
        401
    );
    let good = send(app, preflight(Some(token("a")))).await;
    assert_eq!(good.body, "anna by header");
}

#[tokio::test]
async fn a_full_map_of_headers_is_no_panic() {
    let mut request = get_with("/", &token("a"));
    for n in 0..24_000 {
        let name = http::HeaderName::from_bytes(format!("x-{n}").as_bytes()).unwrap();
        if request
            .headers_mut()
            .try_insert(name, "y".parse().unwrap())
            .is_err()
        {
            break;
        }
    }
    assert_eq!(send(app(layer()), request).await.body, "anna by header");
}

#[tokio::test]
async fn the_longest_token_may_be_followed_by_nothing_and_led_by_one_space() {
    for (line, status) in [
        (format!("Bearer {}", "a".repeat(16 * 1024)), 401),
        (format!("Bearer {}", "a".repeat(16 * 1024 + 1)), 401),
        (format!("Bearer {}", "a b".repeat(6_000)), 401),
        (format!("Bearer {}", "a b".repeat(5_000)), 400),
        (format!("Bearer{}", " ".repeat(10_000)), 400),
        (format!("Bearer{}a", " ".repeat(10_000)), 401),
    ] {
        let request = with(get("/"), "authorization", &line);
        assert_eq!(
            send(app(layer()), request).await.status,
            status,
            "{line:.20}"
        );
    }
}
