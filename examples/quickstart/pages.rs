//! The pages and what they load: files of this example, built into the program.

use axum::Router;
use axum::extract::Query;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{Html, IntoResponse};
use axum::routing::{MethodRouter, get};
use keycard::request::ReturnPath;
use serde::Deserialize;

const LOGIN: &str = include_str!("pages/login.html");
const HOME: &str = include_str!("pages/home.html");
const CARD: &str = include_str!("pages/card.html");

/// Scripts and styles come from files of this origin only, so text that slips into a page unescaped
/// is no script; no other page can frame this one, and its forms lead nowhere else.
const POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// What the pages load. It tells nothing about anybody, so it is public.
pub fn assets<S: Clone + Send + Sync + 'static>() -> Router<S> {
    const CSS: &str = "text/css; charset=utf-8";
    const JS: &str = "text/javascript; charset=utf-8";
    Router::new()
        .route(
            "/assets/style.css",
            asset(CSS, include_str!("pages/style.css")),
        )
        .route("/assets/home.js", asset(JS, include_str!("pages/home.js")))
        .route("/assets/card.js", asset(JS, include_str!("pages/card.js")))
        .route(
            "/assets/icon.svg",
            asset("image/svg+xml", include_str!("pages/icon.svg")),
        )
}

fn asset<S: Clone + Send + Sync + 'static>(
    content_type: &'static str,
    text: &'static str,
) -> MethodRouter<S> {
    let headers = [
        (CONTENT_TYPE, content_type),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-cache"),
    ];
    get(move || async move { (headers, text) })
}

pub fn page(html: impl Into<String>) -> impl IntoResponse {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        // After logout the back button must not show the page of somebody who has left.
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(html.into()))
}

/// What this user may do. The file is the same for everybody: its script asks `/session`.
pub async fn home() -> impl IntoResponse {
    page(HOME)
}

/// The laboratory.
pub async fn card() -> impl IntoResponse {
    page(CARD)
}

#[derive(Deserialize)]
pub struct LoginQuery {
    #[serde(default)]
    next: ReturnPath,
}

pub async fn login(Query(query): Query<LoginQuery>) -> impl IntoResponse {
    page(fill(
        LOGIN,
        &[
            ("next", query.next.as_str()),
            ("failed", "hidden"),
            ("focus-user", "autofocus"),
        ],
    ))
}

/// The login page after a wrong try: the name is still there, and the password is what to type next.
pub fn login_again(user: &str, next: &ReturnPath) -> impl IntoResponse + use<> {
    page(fill(
        LOGIN,
        &[
            ("next", next.as_str()),
            ("user", user),
            ("hint", "hidden"),
            ("focus-password", "autofocus"),
        ],
    ))
}

/// Puts values where a page says `{{name}}`, in one pass: nothing looks for a name in what a stranger wrote.
pub fn fill(page: &str, values: &[(&str, &str)]) -> String {
    let mut pieces = page.split("{{");
    let mut html = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or_default();
        let value = values.iter().find(|value| value.0 == name);
        html.push_str(&escape(value.map_or("", |value| value.1)));
        html.push_str(rest);
    }
    html
}

/// A path may have quotes and angle brackets in it, and anybody can write one into a link.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}
