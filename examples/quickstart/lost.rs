//! What a browser shows where it was refused or nothing is: a page of the hotel with a way back.

use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use keycard::request::ReturnPath;

use crate::pages::{fill, page};

const LOST: &str = include_str!("pages/lost.html");

/// Stands around everything. Scripts and `curl` get the answer as it is; somebody who opened the address in
/// a browser would see raw JSON, or a page of the browser's own.
pub async fn around(request: Request, next: Next) -> Response {
    if !is_navigation(request.headers()) {
        return next.run(request).await;
    }
    let wanted = match *request.method() {
        Method::GET => request.uri().path_and_query().map(ToString::to_string),
        // To come back to what a form wanted would do it without asking.
        _ => None,
    };
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || is_html(response.headers()) {
        return response;
    }
    let mut headers = response.headers().clone();
    headers.remove(CONTENT_TYPE);
    headers.remove(CONTENT_LENGTH);
    // The status and the challenge stay what they are: only the body is for people.
    (status, headers, page(body(status, wanted.as_deref()))).into_response()
}

/// Browsers that are too old to say what they want to do say that they would like HTML.
fn is_navigation(headers: &HeaderMap) -> bool {
    match headers.get("sec-fetch-mode") {
        Some(mode) => mode == "navigate",
        None => says(headers.get(ACCEPT), "text/html"),
    }
}

fn is_html(headers: &HeaderMap) -> bool {
    says(headers.get(CONTENT_TYPE), "text/html")
}

fn says(value: Option<&axum::http::HeaderValue>, begins: &str) -> bool {
    value.is_some_and(|value| value.as_bytes().starts_with(begins.as_bytes()))
}

fn body(status: StatusCode, wanted: Option<&str>) -> String {
    let (title, text) = words(status);
    // Another user may get in where this one was refused; a page that is not there stays so.
    let wanted = wanted.filter(|_| status == StatusCode::FORBIDDEN);
    let login = ReturnPath::new(wanted.unwrap_or("/")).appended_to("/login");
    let status = status.as_str();
    let values = [
        ("status", status),
        ("title", title),
        ("text", text),
        ("login", &login),
    ];
    fill(LOST, &values)
}

fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => (
            "The door does not know you",
            "There was no key card, or one that is no longer good. Log in and try again.",
        ),
        StatusCode::FORBIDDEN => (
            "This door stays closed",
            "What is behind it is not for you, or another site asked for it in your name.",
        ),
        StatusCode::NOT_FOUND => (
            "There is no such room",
            "Nothing is at this address. Perhaps a letter got lost on the way.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "Nothing to see behind this door",
            "It opens by one of the buttons of your stay, not by its address.",
        ),
        _ if status.is_server_error() => (
            "The hotel is in disorder",
            "This is no fault of yours. Please try again in a while.",
        ),
        _ => (
            "The front desk did not understand",
            "What arrived was not what it expected. Please go back and try again.",
        ),
    }
}
