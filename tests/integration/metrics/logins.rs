//! Login and logout.

use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::post;
use http::header::COOKIE;
use http::{Method, Request};
use keycard::cookie::CookieError;
use keycard::{CrossSite, IssueError, TokenCookie};
use metrics_util::debugging::DebuggingRecorder;
use serde_json::json;

use super::meter::{Meter, series};
use crate::support::{NOW, door, get, issuer, layer, send, token_with};

fn request(path: &str) -> Request<axum::body::Body> {
    let mut request = get(path);
    *request.method_mut() = Method::POST;
    request
}

fn app(cookie: &TokenCookie) -> Router {
    let (remember, forget, clear) = (cookie.clone(), cookie.clone(), cookie.clone());
    Router::new()
        .route(
            "/login",
            post(async move || {
                let token = issuer().token("anna").sign()?;
                Ok::<_, IssueError>(remember.set(&token)?)
            }),
        )
        .route(
            "/visit",
            post(async move || {
                let token = issuer().token("anna").sign()?;
                Ok::<_, IssueError>(forget.set_for_session(&token)?)
            }),
        )
        .route("/logout", post(async move || clear.clear()))
        .route("/token", post(async || issuer().token("anna").sign()))
        .layer(CrossSite::new())
}

#[tokio::test]
async fn a_login_is_a_sign_in_and_a_logout_a_sign_out() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let app = app(&TokenCookie::new("session").unwrap());
    for path in ["/login", "/visit", "/login", "/logout", "/token"] {
        assert_eq!(send(app.clone(), request(path)).await.status, 200, "{path}");
    }
    let expected = series(
        "3 keycard.sign_ins{source=cookie}
        1 keycard.sign_ins{source=header}
        1 keycard.sign_outs{source=cookie}",
    );
    assert_eq!(meter.seen(), expected);
}

#[test]
fn what_stores_or_removes_nothing_is_neither() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let own = TokenCookie::new("session").unwrap();
    let minute = Duration::from_secs(60);
    let large = "a".repeat(5000);
    assert!(matches!(
        own.set((&*large, minute)),
        Err(CookieError::TooLarge { .. })
    ));
    assert_eq!(own.set(("a b", minute)).err(), Some(CookieError::NotAToken));
    let foreign = TokenCookie::foreign("CF_Authorization").unwrap();
    assert_eq!(foreign.set(("a", minute)).err(), Some(CookieError::Foreign));
    let _ = foreign.clear().into_response();
    assert_eq!(meter.seen(), series(""));
}

#[tokio::test]
async fn a_cookie_that_is_of_no_use_is_removed_without_a_sign_out() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let layer = layer().cookie(TokenCookie::new("session").unwrap());
    let expired = token_with(json!({"exp": NOW - 100}));
    for cookies in [
        format!("__Host-session={expired}"),
        format!("__Host-session={expired}; __Host-session=other"),
    ] {
        let mut request = get("/");
        request
            .headers_mut()
            .insert(COOKIE, cookies.parse().unwrap());
        let answer = send(door(layer.clone().optional()), request).await;
        assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    }
    let seen = meter.seen();
    assert!(
        seen.keys()
            .all(|name| name.starts_with("keycard.authenticate.")),
        "{seen:?}"
    );
}

/// At a login there is no layer that could count it.
#[tokio::test]
async fn another_site_is_counted_once_with_a_layer_and_without() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let forged = |path| {
        let mut request = request(path);
        let site = "cross-site".parse().unwrap();
        request.headers_mut().insert("sec-fetch-site", site);
        request
    };
    let app = app(&TokenCookie::new("session").unwrap());
    assert_eq!(send(app.clone(), forged("/login")).await.status, 403);
    assert_eq!(
        meter.seen(),
        series("1 keycard.forbids{reason=cross_site, source=none, trust=none}")
    );

    let app = app.layer(layer().optional());
    assert_eq!(send(app, forged("/logout")).await.status, 403);
    let expected = series(
        "1 keycard.authenticate.duration{outcome=anonymous, reason=none, source=none, trust=none}
        1 keycard.forbids{reason=cross_site, source=none, trust=none}",
    );
    assert_eq!(meter.seen(), expected);
}
