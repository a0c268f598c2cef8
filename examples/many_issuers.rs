//! One route for everybody: guests of the hotel's own login, whose tokens are signed with a secret, and the staff, who
//! log in at Keycloak or any other issuer that publishes its keys.
//!
//! `cargo run --example many_issuers --features remote -- https://id.example/realms/staff`
//!
//! Prints a `curl` line with a token of the own login; put one of the staff in its place. As long as the other issuer is out
//! of reach, only its own tokens are answered with 503.

use std::env;
use std::error::Error;

use axum::Router;
use axum::routing::get;
use keycard::remote::RemoteKeys;
use keycard::rule::{any, scope, trust};
use keycard::{Issuer, JwtLayer, SigningKey, Trust, VerifiedToken, Verifier, require};
use tokio::net::TcpListener;

const ROOMS: &str = "https://rooms.example";

async fn lobby(token: VerifiedToken) -> String {
    let subject = token.subject().unwrap_or_default().into_owned();
    format!("{subject}, one of our {}", token.trust())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let staff = env::args().nth(1);
    let staff = staff.unwrap_or_else(|| "https://id.example/realms/staff".to_owned());
    let secret = env::var("LOGIN_SECRET");
    let secret =
        secret.unwrap_or_else(|_| "only for trying it out, not for a real hotel".to_owned());

    let login = Issuer::builder(SigningKey::hs256(secret)?)
        .issuer("https://hotel.example")
        .audience(ROOMS)
        .build()?;
    // Nobody is asked for keys before the first token of the staff comes.
    let staff = Trust::of(RemoteKeys::builder(staff).lazy()?)
        .name("staff")
        .audience(ROOMS)
        .roles_from("realm_access.roles");
    let verifier = Verifier::trusting([login.trust().name("guests"), staff]).build()?;

    // A scope is what its issuer says it is: name the trust where it matters who granted it.
    let cellar = any([trust("staff"), scope("cellar:visit")]);
    let app = Router::new()
        .route("/", get(lobby))
        .route("/cellar", get(lobby).route_layer(require(cellar)))
        .layer(JwtLayer::new(verifier));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let anna = login.token("anna").sign()?;
    println!("token='{}'", anna.as_str());
    println!("curl -i http://{address}/ -H \"authorization: Bearer $token\" # 200");
    println!("curl -i http://{address}/cellar -H \"authorization: Bearer $token\" # 403");
    println!("curl -i http://{address}/ # 401");
    Ok(axum::serve(listener, app).await?)
}
