//! keycard without axum: the layer and a guard around plain tower services, served by hyper.
//!
//! `cargo run --example tower_only --no-default-features` prints an address and lines for `curl`.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use keycard::{Algorithm, Issuer, JwtLayer, SigningKey, VerifiedToken, require_scope};
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

/// Finds the token in the extensions of the request: there are no extractors here.
async fn greet(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let token = VerifiedToken::of(request.extensions());
    let subject = token.and_then(VerifiedToken::subject);
    let greeting = format!(
        "hello, {}\n",
        subject.as_deref().unwrap_or("whoever you are")
    );
    Ok(Response::new(Full::from(greeting)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let issuer = Issuer::builder(SigningKey::generate(Algorithm::EdDSA)?)
        .issuer("https://desk.example")
        .audience("https://rooms.example")
        .lifetime(Duration::from_secs(600))
        .build()?;

    let service = ServiceBuilder::new()
        .layer(JwtLayer::new(issuer.verifier()))
        .layer(require_scope("hello"))
        .service(service_fn(greet));

    let good = issuer.token("anna").scope("hello").sign()?;
    let poor = issuer.token("ben").sign()?;
    println!("curl -i http://{address}/    # 401");
    println!(
        "curl -i http://{address}/ -H 'Authorization: Bearer {}'    # 200",
        good.as_str()
    );
    println!(
        "curl -i http://{address}/ -H 'Authorization: Bearer {}'    # 403",
        poor.as_str()
    );

    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = auto::Builder::new(TokioExecutor::new());
            // A connection that breaks is the client's affair.
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
