//! Tokens signed by one service open the doors of another: a front desk that has the private key, and
//! room services that know only its public half. Each is a process of its own.
//!
//! `cargo run --example two_services` is the desk. It starts two room services, shows each of them a token
//! and prints what they answer.

use std::env;
use std::error::Error;
use std::process::Stdio;

use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use keycard::keys::KeySet;
use keycard::{Algorithm, Claims, Issuer, JwtLayer, SigningKey, Verifier, require_scope};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

type Failure = Box<dyn Error>;

const DESK: &str = "https://desk.example";
const ROOMS: &str = "https://rooms.example";

#[derive(Deserialize, Serialize)]
struct Stay {
    room: u32,
}

/// The front desk: signs, and hands out its public keys.
async fn desk() -> Result<(), Failure> {
    let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
        .issuer(DESK)
        .audience(ROOMS)
        .build()?;
    let anna = issuer.token("anna").scope("room:open");
    let token = anna.claims(&Stay { room: 7 }).sign()?;

    for _ in 0..2 {
        // The service ends when `_rooms` is dropped.
        let (_rooms, door) = start(&issuer.jwks()).await?;
        let (with, stay) = ask(&door, Some(token.as_str())).await?;
        let (without, _) = ask(&door, None).await?;
        println!("{door}: {with} with the token ({stay}), {without} without");
        if with != StatusCode::OK || without != StatusCode::UNAUTHORIZED {
            return Err("this is not how it should be".into());
        }
    }
    Ok(())
}

/// A room service: knows public keys, and nothing that could sign.
async fn rooms(jwks: &str) -> Result<(), Failure> {
    let verifier = Verifier::builder(KeySet::from_jwks(jwks)?)
        .issuer(DESK)
        .audience(ROOMS)
        .build()?;
    let app = Router::new()
        .route("/door", get(door).route_layer(require_scope("room:open")))
        .layer(JwtLayer::new(verifier));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/door", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn door(Claims(stay): Claims<Stay>) -> Json<Stay> {
    Json(stay)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match env::args().nth(1) {
        None => desk().await,
        Some(jwks) => rooms(&jwks).await,
    }
}

/// Starts this program as a room service, and returns where its door is. Public keys are no secret, so
/// they may stand on a command line.
async fn start(jwks: &str) -> Result<(Child, String), Failure> {
    let mut child = Command::new(env::current_exe()?)
        .arg(jwks)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    let door = BufReader::new(output).lines().next_line().await?;
    Ok((child, door.ok_or("the room service did not start")?))
}

async fn ask(url: &str, token: Option<&str>) -> Result<(StatusCode, String), Failure> {
    let mut request = Request::builder().uri(url);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Empty::<Bytes>::new())?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec())?))
}
