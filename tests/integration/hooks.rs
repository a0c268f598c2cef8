//! The answers to refusals: what an application can change, and what outer layers see.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response as AxumResponse;
use axum::routing::get as on_get;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use keycard::answer::RejectionKind;
use keycard::request::RequestHead;
use keycard::verify::{Outage, Reason};
use keycard::{JwtLayer, Rejection, VerifiedToken, require_scope};
use serde_json::json;

use crate::support::{NOW, get, get_with, layer, send, token, token_with};

async fn charge(token: VerifiedToken) -> Result<&'static str, Rejection> {
    token.require("minibar:write")?;
    Ok("charged")
}

/// One route each for a refusal of the layer, of a guard and of a handler.
fn app(layer: JwtLayer) -> Router {
    Router::new()
        .route("/open", on_get(async || "open"))
        .route(
            "/guarded",
            on_get(async || "in").route_layer(require_scope("minibar:write")),
        )
        .route("/charge", on_get(charge))
        .layer(layer)
}

#[derive(Clone)]
struct Trace(u32);

fn teapot(kind: RejectionKind, head: RequestHead<'_>) -> Response<Bytes> {
    let trace = head.extensions().get::<Trace>().map(|trace| trace.0);
    let from = head.headers().get("x-from").map(HeaderValue::as_bytes);
    let from = from.map(String::from_utf8_lossy);
    let text = format!(
        "{kind:?} {} {} {from:?} {trace:?}",
        head.method(),
        head.uri()
    );
    Response::builder()
        .status(StatusCode::IM_A_TEAPOT)
        .header("x-hook", "yes")
        .body(text.into())
        .unwrap()
}

#[tokio::test]
async fn the_hook_answers_refusals_of_layer_guard_and_handler() {
    let hooked = app(layer().on_rejection(|rejection, head| teapot(rejection.kind(), head)));
    for (path, token, kind) in [
        ("/open?a=1", "bad", "InvalidToken(Form)"),
        ("/guarded?a=1", &*token("a"), "InsufficientScope"),
        ("/charge?a=1", &*token("a"), "InsufficientScope"),
    ] {
        let mut request = get_with(path, token);
        request.extensions_mut().insert(Trace(7));
        let value = "room 7".parse().unwrap();
        request.headers_mut().insert("x-from", value);

        let answer = send(hooked.clone(), request).await;
        assert_eq!(answer.status, 418, "{path}");
        assert_eq!(
            answer.body,
            format!("{kind} GET {path} Some(\"room 7\") Some(7)")
        );
        assert_eq!(answer.header("x-hook"), Some("yes"));
        assert_eq!(answer.challenge, None, "the hook set none");
        assert_eq!(answer.header("content-type"), None, "the hook set none");
    }
    for (path, body) in [
        ("/open", "open"),
        ("/guarded", "in"),
        ("/charge", "charged"),
    ] {
        let answer = send(hooked.clone(), get_with(path, &token("minibar:write"))).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, body));
        assert_eq!(answer.header("x-hook"), None);
    }
}

#[tokio::test]
async fn the_hook_answers_once_for_each_refusal_and_never_for_others() {
    let seen: Arc<Mutex<Vec<RejectionKind>>> = Arc::default();
    let notes = Arc::clone(&seen);
    let hooked = app(layer().on_rejection(move |rejection, head| {
        notes.lock().unwrap().push(rejection.kind());
        teapot(rejection.kind(), head)
    }));

    send(hooked.clone(), get_with("/open", &token("a"))).await;
    let missing = send(hooked.clone(), get_with("/nowhere", &token("a"))).await;
    assert_eq!(missing.status, 404);
    assert_eq!(*seen.lock().unwrap(), []);
    send(hooked.clone(), get("/open")).await;
    send(hooked.clone(), get_with("/guarded", &token("a"))).await;
    send(hooked, get_with("/charge", &token("a"))).await;
    assert_eq!(
        *seen.lock().unwrap(),
        [
            RejectionKind::NoCredential,
            RejectionKind::InsufficientScope,
            RejectionKind::InsufficientScope
        ]
    );
}

#[tokio::test]
async fn a_403_of_the_application_is_not_a_refusal_of_ours() {
    async fn closed() -> (StatusCode, &'static str) {
        (StatusCode::FORBIDDEN, "closed")
    }
    let app = Router::new()
        .route("/", on_get(closed))
        .layer(layer().on_rejection(|rejection, head| teapot(rejection.kind(), head)));
    let answer = send(app, get_with("/", &token("a"))).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (403, "closed"));
    assert!(answer.response.extensions.get::<Rejection>().is_none());
}

/// The hook may log the headers, and did not see them marked by the layer.
#[tokio::test]
async fn credentials_are_marked_sensitive_for_the_hook() {
    let hook = |_: &Rejection, head: RequestHead<'_>| {
        let headers = head.headers();
        Response::new(Bytes::from(format!("{headers:?}")))
    };
    let hooked = app(layer().on_rejection(hook));
    for (path, token) in [("/open", "canary"), ("/charge", &*token("canary"))] {
        let mut request = get_with(path, token);
        let cookie = "session=canary-cookie".parse().unwrap();
        request.headers_mut().insert("cookie", cookie);
        let other = "seen".parse().unwrap();
        request.headers_mut().insert("x-other", other);

        let answer = send(hooked.clone(), request).await;
        assert!(answer.body.contains("seen"), "{}", answer.body);
        assert!(!answer.body.contains("canary"), "{}", answer.body);
        assert!(!answer.body.contains(token), "{}", answer.body);
    }
}

async fn decorate(mut response: AxumResponse) -> AxumResponse {
    let headers = response.headers_mut();
    headers.insert("x-request-id", HeaderValue::from_static("42"));
    headers.append("set-cookie", HeaderValue::from_static("seen=1"));
    // As a layer would that compresses, or measures the body.
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("3"));
    headers.insert("content-encoding", HeaderValue::from_static("gzip"));
    response
}

#[tokio::test]
async fn headers_of_a_middleware_survive_a_refusal_but_those_of_the_body_do_not() {
    let app = Router::new()
        .route("/", on_get(charge))
        .layer(map_response(decorate))
        .layer(layer());

    let answer = send(app.clone(), get_with("/", &token("a"))).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("x-request-id"), Some("42"));
    assert_eq!(answer.header("set-cookie"), Some("seen=1"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("content-encoding"), None);
    let length = answer.header("content-length").map(str::to_owned);
    assert!(
        length.is_none_or(|length| length == answer.body.len().to_string()),
        "the length of the body that was replaced"
    );
    assert_eq!(answer.json()["error"], "insufficient_scope");
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer error="insufficient_scope", scope="minibar:write""#)
    );

    let answer = send(app, get_with("/", &token("minibar:write"))).await;
    assert_eq!(answer.header("content-type"), Some("text/html"));
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
}

#[tokio::test]
async fn cookies_of_a_middleware_survive_a_hook_that_sets_one() {
    let hook = |_: &Rejection, _: RequestHead<'_>| {
        let response = Response::builder().header("set-cookie", "back=1");
        response.body(Bytes::new()).unwrap()
    };
    let app = Router::new()
        .route("/", on_get(charge))
        .layer(map_response(decorate))
        .layer(layer().on_rejection(hook));
    let answer = send(app, get_with("/", &token("a"))).await;
    let cookies = answer.response.headers.get_all("set-cookie");
    let mut cookies: Vec<_> = cookies.iter().map(HeaderValue::as_bytes).collect();
    cookies.sort_unstable();
    assert_eq!(cookies, [b"back=1", b"seen=1"]);
}

#[tokio::test]
async fn a_rejection_stays_in_the_response_for_layers_outside() {
    let outside: Arc<Mutex<Vec<RejectionKind>>> = Arc::default();
    let counter = Arc::clone(&outside);
    let app = app(layer()).layer(map_response(move |response: AxumResponse| {
        if let Some(rejection) = response.extensions().get::<Rejection>() {
            counter.lock().unwrap().push(rejection.kind());
        }
        ready(response)
    }));

    send(app.clone(), get_with("/open", &token("a"))).await;
    assert_eq!(*outside.lock().unwrap(), []);
    send(app.clone(), get("/open")).await;
    let expired = token_with(json!({"exp": NOW - 61}));
    send(app.clone(), get_with("/open", &expired)).await;
    send(app.clone(), get_with("/guarded", &token("a"))).await;
    let answer = send(app, get_with("/charge", &token("a"))).await;
    assert_eq!(
        *outside.lock().unwrap(),
        [
            RejectionKind::NoCredential,
            RejectionKind::InvalidToken(Reason::Expired),
            RejectionKind::InsufficientScope,
            RejectionKind::InsufficientScope
        ]
    );
    let rejection = answer.response.extensions.get::<Rejection>().unwrap();
    assert_eq!(rejection.scope(), Some("minibar:write"));
}

#[tokio::test]
async fn the_realm_stands_in_every_challenge() {
    let app = app(layer().realm("rooms of the hotel"));
    for (path, token, challenge) in [
        ("/open", None, r#"Bearer realm="rooms of the hotel""#),
        (
            "/open",
            Some("bad".to_owned()),
            r#"Bearer realm="rooms of the hotel", error="invalid_token""#,
        ),
        (
            "/charge",
            Some(token("a")),
            r#"Bearer realm="rooms of the hotel", error="insufficient_scope", scope="minibar:write""#,
        ),
    ] {
        let request = token.map_or_else(|| get(path), |token| get_with(path, &token));
        let answer = send(app.clone(), request).await;
        assert_eq!(answer.challenge.as_deref(), Some(challenge));
    }
    let answer = send(app, get_with("/open", &token("a"))).await;
    assert_eq!((answer.status.as_u16(), answer.challenge), (200, None));
}

#[test]
fn a_realm_that_would_break_out_of_its_quotes_is_refused_at_start_up() {
    for realm in ["", "a\"b", "a\\b", "a\r\nb", "zimmer für gäste"] {
        let built = std::panic::catch_unwind(|| layer().realm(realm));
        assert!(built.is_err(), "{realm:?}");
    }
}

#[tokio::test]
async fn the_reason_is_told_only_by_a_layer_that_explains() {
    let expired = token_with(json!({"exp": NOW - 61}));
    let foreign = token_with(json!({"aud": "https://other.example"}));
    for (token, quiet, loud) in [
        (
            &expired,
            "the token expired",
            "the exp claim is in the past: 61 seconds ago, with a leeway of 60",
        ),
        (
            &foreign,
            "the token is not valid",
            "the aud claim names another resource server: one name is accepted",
        ),
    ] {
        let answer = send(app(layer()), get_with("/open", token)).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["error_description"], quiet);
        let explained = send(app(layer().explain()), get_with("/open", token)).await;
        assert_eq!(explained.status, 401);
        assert_eq!(explained.json()["error"], "invalid_token");
        assert_eq!(explained.json()["error_description"], loud);
        assert_eq!(explained.challenge, answer.challenge);
        assert!(!explained.body.contains("other.example"));
    }
    let good = send(app(layer().explain()), get_with("/open", &token("a"))).await;
    assert_eq!(good.body, "open");
}

#[tokio::test]
async fn a_refusal_never_reaches_the_handler() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let handler = move || ready(counter.fetch_add(1, Ordering::Relaxed).to_string());
    let app = Router::new()
        .route("/", on_get(handler).route_layer(require_scope("a")))
        .layer(layer());

    for refused in [get("/"), get_with("/", "bad")] {
        assert_eq!(send(app.clone(), refused).await.status, 401);
    }
    let poor = send(app.clone(), get_with("/", &token("b"))).await;
    assert_eq!(poor.status, 403);
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    assert_eq!(send(app, get_with("/", &token("a"))).await.body, "0");
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_refusal_is_never_kept_by_a_cache() {
    async fn handler(token: keycard::VerifiedToken) -> impl axum::response::IntoResponse {
        let headers = [
            ("cache-control", "public, max-age=3600"),
            ("etag", "\"1\""),
            ("content-disposition", "attachment"),
            ("x-kept", "yes"),
        ];
        (headers, token.require("never").map(|()| "in"))
    }
    let app = axum::Router::new()
        .route("/", axum::routing::get(handler))
        .layer(crate::support::layer());
    let request = crate::support::get_with("/", &crate::support::token("a"));
    let answer = crate::support::send(app, request).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("etag"), None);
    assert_eq!(answer.header("content-disposition"), None);
    assert_eq!(answer.header("x-kept"), Some("yes"));
}

#[tokio::test]
async fn a_refusal_sends_nothing_else_in_its_place() {
    let elsewhere = [
        ("x-accel-redirect", "/internal/secret"),
        ("x-sendfile", "/etc/passwd"),
        ("clear-site-data", "\"*\""),
        ("grpc-status", "0"),
        ("location", "/elsewhere"),
        ("refresh", "0;url=/elsewhere"),
        ("age", "60"),
        ("link", "</elsewhere>; rel=preload"),
        ("content-location", "/elsewhere"),
        ("repr-digest", "sha-256=:AA==:"),
        ("cdn-cache-control", "max-age=600"),
        ("surrogate-control", "max-age=600"),
        ("x-accel-expires", "600"),
        ("cloudflare-cdn-cache-control", "max-age=600"),
        ("netlify-cdn-cache-control", "max-age=600"),
        ("edge-control", "max-age=600"),
        ("x-lighttpd-send-file", "/etc/passwd"),
        ("x-request-id", "7"),
    ];
    let handler = move || ready((elsewhere, Rejection::forbidden()));
    let app = Router::new().route("/", on_get(handler)).layer(layer());
    let answer = send(app, get_with("/", &token("a"))).await;
    assert_eq!(answer.status, 403);
    for (name, _) in elsewhere {
        let kept = name == "x-request-id";
        assert_eq!(answer.header(name).is_some(), kept, "{name}");
    }
}

#[tokio::test]
async fn the_answer_of_a_hook_is_not_kept_unless_it_says_so() {
    let answer = async |said: Option<&'static str>| {
        let layer = layer().on_rejection(move |_, _| {
            let builder = Response::builder().status(404);
            let builder = match said {
                Some(said) => builder.header("cache-control", said),
                None => builder,
            };
            builder.body(Bytes::new()).unwrap()
        });
        let app = Router::new().route("/", on_get(async || "in")).layer(layer);
        let answer = send(app, get("/")).await;
        answer.header("cache-control").map(str::to_owned)
    };
    assert_eq!(answer(None).await.as_deref(), Some("no-store"));
    assert_eq!(
        answer(Some("max-age=9")).await.as_deref(),
        Some("max-age=9")
    );
}

#[test]
fn the_answer_of_a_rejection_is_whole_without_a_layer() {
    let response = Rejection::forbidden().to_response();
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(!response.body().is_empty());
    for (millis, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2")] {
        let outage = keycard::verify::Outage::new(std::time::Duration::from_millis(millis));
        let kind = keycard::answer::RejectionKind::Unavailable(outage);
        let response = Rejection::from(kind).to_response();
        assert_eq!(response.headers()["retry-after"], seconds, "{millis} ms");
    }
}

#[tokio::test]
async fn an_envelope_is_made_of_what_a_client_may_know() {
    let layer = layer().on_rejection(|rejection, head| {
        let (code, message) = (rejection.error(), rejection.description());
        let accept = head.headers().get("accept");
        let accept = accept.and_then(|accept| accept.to_str().ok());
        let (kind, body) = if accept.is_some_and(|accept| accept.contains("text/html")) {
            ("text/html", format!("<p>{code}: {message}"))
        } else {
            (
                "application/json",
                json!({"code": code, "message": message}).to_string(),
            )
        };
        let mut response = rejection.to_response().map(|_| body.into());
        let kind = http::HeaderValue::from_static(kind);
        response.headers_mut().insert("content-type", kind);
        response
    });
    let app = app(layer);
    let expired = token_with(json!({"exp": NOW - 61}));
    let foreign = token_with(json!({"aud": "https://canary.example"}));
    for (token, status, code, message) in [
        (None, 401, "unauthorized", "a token is required"),
        (Some(&expired), 401, "invalid_token", "the token expired"),
        (
            Some(&foreign),
            401,
            "invalid_token",
            "the token is not valid",
        ),
    ] {
        for wants_page in [false, true] {
            let mut request = token.map_or_else(|| get("/open"), |token| get_with("/open", token));
            if wants_page {
                let accept = "text/html,*/*;q=0.8".parse().unwrap();
                request.headers_mut().insert("accept", accept);
            }
            let answer = send(app.clone(), request).await;
            assert_eq!(answer.status, status);
            assert!(answer.challenge.is_some());
            if wants_page {
                assert_eq!(answer.header("content-type"), Some("text/html"));
                assert_eq!(answer.body, format!("<p>{code}: {message}"));
            } else {
                assert_eq!(answer.json(), json!({"code": code, "message": message}));
            }
        }
    }
}

#[test]
fn each_class_has_a_code_and_a_text_for_clients_that_say_what_the_default_answer_says() {
    for kind in [
        RejectionKind::NoCredential,
        RejectionKind::InvalidRequest("canary"),
        RejectionKind::InvalidToken(Reason::Expired),
        RejectionKind::InvalidToken(Reason::Check("canary")),
        RejectionKind::InsufficientScope,
        RejectionKind::InsufficientUserAuthentication,
        RejectionKind::Forbidden,
        RejectionKind::CrossSite,
        RejectionKind::DevelopmentCookie,
        RejectionKind::Unavailable(Outage::new(std::time::Duration::from_secs(5))),
        RejectionKind::MissingLayer,
    ] {
        let rejection = Rejection::from(kind);
        let body: serde_json::Value =
            serde_json::from_slice(rejection.to_response().body()).unwrap();
        assert_eq!(body["error"], rejection.error(), "{kind:?}");
        assert_eq!(
            body["error_description"],
            rejection.description(),
            "{kind:?}"
        );
        assert!(!rejection.description().contains("canary"));
    }
}
