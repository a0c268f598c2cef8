//! A server with pages that mean no good.

use axum::response::Html;
use axum::{Router, routing};
use tokio::net::TcpListener;

/// Pages that each run one script as soon as they are open.
pub struct Stranger {
    port: u16,
}

impl Stranger {
    /// Serves scripts, each in a page at its path, as long as the test's runtime lives.
    pub async fn open(scripts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let mut pages = Router::new();
        for (path, script) in scripts {
            let page =
                format!("<!doctype html><title>loading</title><body><script>{script}</script>");
            pages = pages.route(path, routing::get(async || Html(page)));
        }
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async { axum::serve(listener, pages).await });
        Self { port }
    }

    /// The address of a page under one of the server's names.
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }
}
