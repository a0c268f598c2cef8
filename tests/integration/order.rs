//! The way of a request: which refusal wins when two apply.

use axum::Router;
use axum::routing::get as on_get;

use crate::support::{get, get_with, layer, send, token};

#[tokio::test]
async fn smoke() {
    let app = Router::new()
        .route("/", on_get(async || "in"))
        .layer(layer());
    let answer = send(app.clone(), get_with("/", &token("a"))).await;
    assert_eq!(answer.body, "in");
    let answer = send(app, get("/")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some("Bearer"));
}
