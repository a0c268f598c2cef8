//! Who was let in, for layers outside: on every answer to a good token, and never the token.

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get as on_get;
use axum::{Extension, Router};
use keycard::request::Identity;
use keycard::{JwtLayer, Rejection, TokenCookie, Trust, VerifiedToken, Verifier, require_scope};
use serde_json::json;

use crate::support::{
    Answer, DESK, KEY, NOW, ROOMS, clock, get, get_with, layer, send, token, token_with, verifier,
};

fn of(answer: &Answer) -> Option<(String, String)> {
    let identity = Identity::of(&answer.response.extensions)?;
    let subject = identity.subject().unwrap_or_default().into_owned();
    Some((subject, identity.trust().to_owned()))
}

fn anna() -> (String, String) {
    ("anna".to_owned(), DESK.to_owned())
}

fn routes() -> Router {
    Router::new()
        .route("/open", on_get(async || "in"))
        .route(
            "/scope",
            on_get(async || "in").route_layer(require_scope("rooms:write")),
        )
        .route(
            "/handler",
            on_get(async |_: VerifiedToken| Err::<(), _>(Rejection::forbidden())),
        )
        .route(
            "/fails",
            on_get(async || axum::http::StatusCode::INTERNAL_SERVER_ERROR),
        )
}

#[tokio::test]
async fn whoever_was_let_in_is_known_outside_also_if_a_guard_refuses() {
    let cookie = TokenCookie::new("session").unwrap();
    let app = routes().layer(layer().cookie(cookie));
    let text = token("a");
    for (path, status, rejected) in [
        ("/open", 200, false),
        ("/scope", 403, true),
        ("/handler", 403, true),
        ("/fails", 500, false),
        ("/nowhere", 404, false),
    ] {
        let mut by_cookie = get(path);
        let line = format!("__Host-session={text}");
        by_cookie
            .headers_mut()
            .insert("cookie", line.parse().unwrap());
        for request in [get_with(path, &text), by_cookie] {
            let answer = send(app.clone(), request).await;
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(of(&answer), Some(anna()), "{path}");
            let rejection = answer.response.extensions.get::<Rejection>();
            assert_eq!(rejection.is_some(), rejected, "{path}");
        }
    }
}

#[tokio::test]
async fn nobody_is_named_who_was_not_let_in() {
    let expired = token_with(json!({"exp": NOW - 100}));
    let app = routes().layer(layer());
    for request in [
        get("/open"),
        get_with("/open", &expired),
        get_with("/open", "x"),
    ] {
        let answer = send(app.clone(), request).await;
        assert_eq!((answer.status.as_u16(), of(&answer)), (401, None));
    }
    let greets = routes().layer(layer().optional());
    let answer = send(greets.clone(), get("/open")).await;
    assert_eq!((answer.status.as_u16(), of(&answer)), (200, None));
    let answer = send(greets, get_with("/open", &token("a"))).await;
    assert_eq!(of(&answer), Some(anna()));
    let none = token_with(json!({"sub": null}));
    let answer = send(app, get_with("/open", &none)).await;
    let identity = answer.response.extensions.get::<Identity>().unwrap();
    assert_eq!(identity.subject(), None);
    assert_eq!(identity.trust(), DESK);
}

#[tokio::test]
async fn of_nested_layers_the_inner_one_names_whom_it_let_in() {
    let spa = Trust::new("https://spa.example", KEY.verifying_key()).audience(ROOMS);
    let inner = Verifier::trusting([spa.name("spa")]).with_clock(clock());
    let inner = JwtLayer::new(inner.build().unwrap()).cookie(TokenCookie::new("spa").unwrap());
    let ben = token_with(json!({"iss": "https://spa.example", "sub": "ben"}));
    let app = routes()
        .layer(inner.without_authorization_header())
        .layer(layer());
    let mut request = get_with("/open", &token("a"));
    let line = format!("__Host-spa={ben}");
    request
        .headers_mut()
        .insert("cookie", line.parse().unwrap());
    let answer = send(app.clone(), request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(of(&answer), Some(("ben".to_owned(), "spa".to_owned())));
    // Let in by the outer one, refused by the inner one.
    let answer = send(app, get_with("/open", &token("a"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(of(&answer), Some(anna()));
}

#[tokio::test]
async fn an_access_log_outside_sees_the_subject_and_no_token() {
    #[derive(Clone)]
    struct Lines(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

    async fn access_log(
        Extension(lines): Extension<Lines>,
        request: Request,
        next: Next,
    ) -> Response {
        let path = request.uri().path().to_owned();
        let response = next.run(request).await;
        let subject = Identity::of(response.extensions()).and_then(Identity::subject);
        let subject = subject.as_deref().unwrap_or("nobody");
        let line = format!("{path} {} {subject}", response.status().as_u16());
        lines.0.lock().unwrap().push(line);
        response
    }

    let lines = Lines(std::sync::Arc::default());
    let app = routes()
        .layer(JwtLayer::new(verifier().build().unwrap()))
        .layer(from_fn(access_log))
        .layer(Extension(lines.clone()));
    send(app.clone(), get("/open")).await;
    send(app.clone(), get_with("/open", &token("a"))).await;
    let answer = send(app, get_with("/scope", &token("a"))).await;
    let lines = lines.0.lock().unwrap().clone();
    assert_eq!(
        lines,
        ["/open 401 nobody", "/open 200 anna", "/scope 403 anna"]
    );
    let identity = answer.response.extensions.get::<Identity>().unwrap();
    let shown = format!("{identity:?} {identity:#?}");
    assert!(!shown.contains("anna") && !shown.contains("ey"), "{shown}");
}
