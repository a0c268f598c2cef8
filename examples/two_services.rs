//! Tokens signed by one service open the doors of another: a front desk that has the private key, and
//! room services that know only its public half. Each is a process of its own.
//!
//! `cargo run --example two_services` starts a desk and two room services, walks through them and
//! prints what happens. By hand, each in a shell: `-- desk DIRECTORY`, then `-- rooms DIRECTORY`, as
//! often as you like; the desk leaves its public keys in the directory.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use keycard::issue::SignedToken;
use keycard::keys::KeySet;
use keycard::{
    Algorithm, Claims, IssueError, Issuer, JwtLayer, SigningKey, Verifier, require_scope,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;

type Failure = Box<dyn Error>;

const DESK: &str = "https://desk.example";
const ROOMS: &str = "https://rooms.example";
const PUBLIC_KEYS: &str = "jwks.json";

#[derive(Deserialize, Serialize)]
struct Stay {
    room: u32,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => demonstrate().await,
        ["desk", directory] => desk(Path::new(directory)).await,
        ["rooms", directory] => rooms(Path::new(directory)).await,
        _ => Err("arguments: none, or desk DIRECTORY, or rooms DIRECTORY".into()),
    }
}

/// The front desk: signs, and publishes its public keys.
async fn desk(directory: &Path) -> Result<(), Failure> {
    let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
        .issuer(DESK)
        .audience(ROOMS)
        .lifetime(Duration::from_secs(600))
        .build()?;
    fs::write(directory.join(PUBLIC_KEYS), issuer.jwks())?;
    let app = Router::new()
        .route("/check-in", post(check_in))
        .with_state(issuer);
    serve(app).await
}

/// A real desk would ask who you are first.
async fn check_in(State(issuer): State<Issuer>) -> Result<SignedToken, IssueError> {
    let stay = Stay { room: 7 };
    issuer.token("anna").scope("room:open").claims(&stay).sign()
}

/// A room service: knows public keys, and nothing that could sign.
async fn rooms(directory: &Path) -> Result<(), Failure> {
    let keys = KeySet::from_jwks_file(directory.join(PUBLIC_KEYS))?;
    let verifier = Verifier::builder(keys)
        .issuer(DESK)
        .audience(ROOMS)
        .build()?;
    let app = Router::new()
        .route("/door", get(door).route_layer(require_scope("room:open")))
        .layer(JwtLayer::new(verifier));
    serve(app).await
}

async fn door(Claims(stay): Claims<Stay>) -> Json<Stay> {
    Json(stay)
}

/// Prints the address on a line of its own and serves.
async fn serve(app: Router) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

/// A process of this program that ends with its owner.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(role: &str, directory: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(env::current_exe()?)
            .arg(role)
            .arg(directory)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        let address = address.trim().to_owned();
        let process = Self { child, address };
        if process.address.is_empty() {
            return Err(format!("the process {role} did not start").into());
        }
        println!("{role:5} listens at {}", process.address);
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn demonstrate() -> Result<(), Failure> {
    let directory = env::temp_dir().join(format!("keycard-two-services-{}", std::process::id()));
    // Fails if somebody else was here first.
    fs::create_dir(&directory)?;
    let outcome = walk(&directory).await;
    fs::remove_dir_all(&directory)?;
    outcome
}

async fn walk(directory: &Path) -> Result<(), Failure> {
    let desk = Process::start("desk", directory)?;
    let first = Process::start("rooms", directory)?;
    let second = Process::start("rooms", directory)?;

    let (_, body) = ask(Method::POST, &format!("{}/check-in", desk.address), "").await?;
    let answer: Value = serde_json::from_str(&body)?;
    let token = answer["access_token"].as_str().ok_or("no token")?;
    println!("the desk signed a token");

    for rooms in [&first, &second] {
        let door = format!("{}/door", rooms.address);
        let (with, body) = ask(Method::GET, &door, token).await?;
        let (without, _) = ask(Method::GET, &door, "").await?;
        println!("{door}: {with} with the token ({body}), {without} without");
        if with != StatusCode::OK || without != StatusCode::UNAUTHORIZED {
            return Err("this is not how it should be".into());
        }
    }
    Ok(())
}

async fn ask(method: Method, url: &str, token: &str) -> Result<(StatusCode, String), Failure> {
    let mut request = Request::builder().method(method).uri(url);
    if !token.is_empty() {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Empty::<Bytes>::new())?).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8(body.to_vec())?))
}
