//! The log: which request was answered how, and why one was refused.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, info, info_span};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Why requests are refused goes to the log, and to nobody else.
pub fn start() {
    let targets = Targets::new()
        .with_target("keycard", LevelFilter::DEBUG)
        .with_target(module_path!(), LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(targets)
        .init();
}

/// Stands around everything, so that each line about a request says which one.
pub async fn around(request: Request, next: Next) -> Response {
    // The path alone: a query may hold what is no business of a log.
    let span = info_span!("request", method = %request.method(), path = %request.uri().path());
    let answer = async {
        let response = next.run(request).await;
        info!(status = response.status().as_u16(), "answered");
        response
    };
    answer.instrument(span).await
}
