//! A server of plain hyper, without tower and without axum: an adapter around the gate, in one function.
//!
//! `cargo run --example hyper_gate --no-default-features` prints an address and lines for `curl`. `tower_only` is the
//! same with tower.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use keycard::gate::Gate;
use keycard::{Algorithm, Issuer, JwtLayer, Rejection, SigningKey, VerifiedToken};
use tokio::net::TcpListener;

type Answer = Response<Full<Bytes>>;

/// The adapter: what comes in passes the gate, and so does what goes out.
async fn guarded<H, F>(gate: Gate, mut request: Request<Incoming>, handler: H) -> Answer
where
    H: FnOnce(Request<Incoming>) -> F,
    F: Future<Output = Result<Answer, Rejection>>,
{
    match gate.admit(&mut request).await {
        Ok(reply) => {
            let response = handler(request).await;
            reply.finish(response.unwrap_or_else(Answer::from))
        }
        Err(refusal) => refusal.map(Full::from),
    }
}

/// A handler: it finds the token in the extensions of the request, and refuses by the same rules as a guard.
async fn greet(request: Request<Incoming>) -> Result<Answer, Rejection> {
    let token = VerifiedToken::of(request.extensions());
    let Some(token) = token else {
        return Ok(Response::new("hello, whoever you are\n".into()));
    };
    token.require("hello")?;
    let subject = token.subject().unwrap_or_default();
    Ok(Response::new(format!("hello, {subject}\n").into()))
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
    let gate = JwtLayer::new(issuer.verifier()).realm("rooms").gate();

    let good = issuer.token("anna").scope("hello").sign()?;
    let poor = issuer.token("ben").sign()?;
    println!("curl -i http://{address}/    # 401");
    for (token, status) in [(&good, 200), (&poor, 403)] {
        let bearer = format!("Authorization: Bearer {}", token.as_str());
        println!("curl -i http://{address}/ -H '{bearer}'    # {status}");
    }

    loop {
        let (stream, _) = listener.accept().await?;
        let gate = gate.clone();
        tokio::spawn(async move {
            let serve = service_fn(|request| {
                let gate = gate.clone();
                async { Ok::<_, Infallible>(guarded(gate, request, greet).await) }
            });
            let connection = auto::Builder::new(TokioExecutor::new());
            // A connection that breaks is the client's affair.
            let _ = connection
                .serve_connection(TokioIo::new(stream), serve)
                .await;
        });
    }
}
