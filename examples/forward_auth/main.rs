//! A gatekeeper for applications that know no tokens: a proxy asks it whether a request may pass.
//!
//! `PORT=3001 cargo run --example forward_auth -- nginx` goes with the `nginx.conf` in this folder, `traefik` and `caddy`
//! with the others. It also prints lines for `curl`, which ask as the proxy would. Whoever passes lands here again, in
//! what stands for the application.

use std::env;
use std::error::Error;

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{any, get};
use keycard::request::{ForwardAuth, ReturnPath};
use keycard::{
    Algorithm, CrossSite, IssueError, Issuer, JwtLayer, SigningKey, TokenCookie, require_role,
};
use tokio::net::TcpListener;
use tower::Layer;

#[derive(Clone)]
struct Desk {
    issuer: Issuer,
    cookie: TokenCookie,
}

#[derive(serde::Deserialize)]
struct Back {
    #[serde(default)]
    next: ReturnPath,
}

#[derive(serde::Deserialize)]
struct Credentials {
    user: String,
}

#[derive(serde::Serialize)]
struct Staff {
    roles: &'static [&'static str],
}

async fn login_page() -> Html<&'static str> {
    Html("<form method=post><input name=user><button>Log in</button></form>")
}

/// Believes every name, for this is about what comes after.
async fn login(
    State(desk): State<Desk>,
    Query(back): Query<Back>,
    Form(form): Form<Credentials>,
) -> Result<impl IntoResponse, IssueError> {
    let roles = if form.user == "anna" {
        &["manager"][..]
    } else {
        &[]
    };
    let token = desk
        .issuer
        .token(form.user)
        .claims(&Staff { roles })
        .sign()?;
    Ok((desk.cookie.set(&token)?, Redirect::to(back.next.as_str())))
}

/// The application. It believes the proxy.
async fn application(headers: HeaderMap) -> String {
    let user = headers.get("x-auth-request-user");
    let user = user.and_then(|user| user.to_str().ok()).unwrap_or("nobody");
    format!("hello, {user}\n")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let forward_auth = match env::args().nth(1).as_deref() {
        Some("traefik") => ForwardAuth::traefik(),
        Some("caddy") => ForwardAuth::caddy(),
        _ => ForwardAuth::nginx(),
    };
    let port: u16 = env::var("PORT").unwrap_or_default().parse().unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    let issuer = Issuer::builder(SigningKey::generate(Algorithm::EdDSA)?)
        .issuer("https://desk.example")
        .audience("https://rooms.example")
        .build()?;
    let cookie = TokenCookie::new("session")?;

    // The rules for the addresses of the application.
    let admin = any(async || StatusCode::OK).layer(require_role("manager"));
    let rules = Router::new()
        .route("/admin", admin.clone())
        .route("/admin/", admin.clone())
        .route("/admin/{*page}", admin)
        .fallback(async || StatusCode::OK);
    let gatekeeper = JwtLayer::new(issuer.verifier())
        .cookie(cookie.clone())
        .login_page("/login")
        .forward_auth(forward_auth)
        .layer(rules);
    let token = issuer.token("ben").sign()?;

    let app = Router::new()
        .route(
            "/login",
            get(login_page).post(login).route_layer(CrossSite::new()),
        )
        .route_service("/auth", gatekeeper)
        .fallback(application)
        .with_state(Desk { issuer, cookie });

    println!("auth=http://{address}/auth");
    println!("ben='Cookie: __Host-session={}'", token.as_str());
    println!("rooms='X-Original-URL: https://rooms.example/rooms'");
    println!("admin='X-Original-URL: https://rooms.example/admin'");
    println!("evil='Origin: https://evil.example'");
    println!("get='X-Original-Method: GET'");
    println!("post='X-Original-Method: POST'");
    println!("curl -i $auth -H \"$ben\" -H \"$get\" -H \"$rooms\"    # 200, and who it is");
    println!(
        "curl -i $auth -H \"$ben\" -H \"$post\" -H \"$rooms\" -H \"$evil\"    # 403: another site"
    );
    println!("curl -i $auth -H \"$ben\" -H \"$get\" -H \"$admin\"    # 403: for managers");
    println!("curl -i $auth -H \"$get\" -H \"$rooms\"    # 401");
    println!("curl -i $auth -H \"$ben\"    # 403: nobody says what this is about");
    axum::serve(listener, app).await?;
    Ok(())
}
