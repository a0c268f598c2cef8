//! A resource server for the tokens of any issuer that publishes its keys: Keycloak, Auth0, Entra ID, a desk of your own.
//!
//! `cargo run --example resource_server --features remote -- https://idp.example [audience]` finds the keys of the issuer,
//! prints which of them it took, and serves at any free port of 127.0.0.1: with a token, `GET /` shows whose it is and
//! what it allows. Why a request is refused stands in the log, on standard error.

use std::env;
use std::error::Error;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use keycard::claims::RegisteredClaims;
use keycard::remote::{RemoteKeys, State};
use keycard::{Algorithm, JwtLayer, Rejection, VerifiedToken, Verifier};
use tokio::net::TcpListener;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const USAGE: &str =
    "usage: resource_server ISSUER [AUDIENCE], such as https://idp.example https://rooms.example";

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(Targets::new().with_target("keycard", LevelFilter::DEBUG))
        .init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let issuer = arguments.next().ok_or(USAGE)?;
    let audience = arguments.next();

    let keys = RemoteKeys::discover(&issuer).await?;
    println!("{issuer} publishes these keys:");
    print_keys(&keys.state());

    let builder = Verifier::builder(keys);
    let verifier = match &audience {
        Some(audience) => builder.audience(audience),
        // For a first try. The others that this issuer has tokens for could use theirs here.
        None => builder.dangerous_any_audience(),
    };
    let app = Router::new()
        .route("/", get(who))
        .layer(JwtLayer::new(verifier.build()?));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!();
    match audience {
        Some(audience) => println!("Tokens of this issuer for {audience} are let in, no others."),
        None => println!(
            "No audience was named: tokens of this issuer are let in, whoever they are for."
        ),
    }
    println!("Put one into TOKEN:");
    println!();
    println!("curl -i http://{address}/    # 401");
    println!("curl -i -H \"Authorization: Bearer $TOKEN\" http://{address}/    # 200");
    axum::serve(listener, app).await?;
    Ok(())
}

/// What a health check or a page for the operator could show too. Published keys, their `kid` included, are no secrets;
/// in quotation marks, they cannot do anything to a terminal.
fn print_keys(state: &State) {
    for key in state.keys().iter() {
        let algorithms: Vec<&str> = key.algorithms().map(Algorithm::name).collect();
        let key_id = key.key_id().unwrap_or_default();
        println!("  taken:   {key_id:?} for {}", algorithms.join(", "));
    }
    for skipped in state.keys().skipped() {
        let key_id = skipped.key_id().unwrap_or_default();
        println!("  skipped: {key_id:?}, as {}", skipped.error());
    }
    let minutes = state.next_fetch().as_secs() / 60;
    println!(
        "They are {:?}, and fetched again in {minutes} minutes.",
        state.status()
    );
}

async fn who(token: VerifiedToken) -> Result<String, Rejection> {
    let scopes: Vec<_> = token.scopes().collect();
    let claims: RegisteredClaims = token.claims()?;
    let audiences: Vec<&str> = claims.audience.iter().collect();
    Ok(format!(
        "subject: {}\nscopes: {}\naudiences: {}\n",
        token.subject().unwrap_or_default(),
        scopes.join(" "),
        audiences.join(" "),
    ))
}
