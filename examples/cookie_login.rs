//! Login with an httpOnly cookie in an application that has users, state and an error type. What
//! stands between the marks `+` and `-` is all that keycard adds to it, under 40 lines.
//!
//! `cargo run --example cookie_login` prints lines for `curl`.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
// +
use keycard::request::ReturnPath;
use keycard::{
    Algorithm, CrossSite, IssueError, Issuer, JwtLayer, SigningKey, TokenCookie, require_scope,
};
// -

#[derive(Clone)]
struct App {
    users: Users,
    // +
    issuer: Issuer,
    cookie: TokenCookie,
    // -
}

/// Name, password and scopes. A real one keeps hashes of passwords, as the quickstart does.
#[derive(Clone)]
struct Users {
    all: Arc<[(&'static str, &'static str, &'static str)]>,
}

impl Users {
    fn check(&self, form: &Credentials) -> Result<&'static str, AppError> {
        self.all
            .iter()
            .find(|(name, password, _)| *name == form.user && *password == form.password)
            .map(|(_, _, scopes)| *scopes)
            .ok_or(AppError::WrongCredentials)
    }
}

enum AppError {
    WrongCredentials,
    // +
    Issue(IssueError),
    // -
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, "wrong\n").into_response(),
            // +
            Self::Issue(error) => error.into_response(),
            // -
        }
    }
}

#[derive(serde::Deserialize)]
struct Credentials {
    user: String,
    password: String,
}

async fn home() -> &'static str {
    "welcome\n"
}

async fn charge() -> &'static str {
    "one lemonade\n"
}

async fn login_page() -> Html<&'static str> {
    Html(
        "<form method=post><input name=user><input name=password type=password>\
         <button>Log in</button></form>",
    )
}

// +
#[derive(serde::Deserialize)]
struct Back {
    #[serde(default)]
    next: ReturnPath,
}

async fn login(
    State(app): State<App>,
    // The form posts to the address it stands at, the way back included.
    Query(back): Query<Back>,
    Form(form): Form<Credentials>,
) -> Result<impl IntoResponse, AppError> {
    let scopes = app.users.check(&form)?;
    let token = app.issuer.token(form.user).scope(scopes).sign();
    let cookie = token
        .and_then(|token| Ok(app.cookie.set(&token)?))
        .map_err(AppError::Issue)?;
    Ok((cookie, Redirect::to(back.next.as_str())))
}

async fn logout(State(app): State<App>) -> impl IntoResponse {
    (app.cookie.clear(), Redirect::to("/login"))
}
// -

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = format!("http://{}", listener.local_addr()?);
    // +
    let issuer = Issuer::builder(SigningKey::generate(Algorithm::ES256)?)
        .issuer(&origin)
        .audience(&origin)
        .build()?;
    let cookie = TokenCookie::new("session")?;
    let layer = JwtLayer::new(issuer.verifier())
        .cookie(cookie.clone())
        .login_page("/login");
    // -
    let users = Users {
        all: [
            ("anna", "turquoise-heron", "minibar:write"),
            ("ben", "brass-bell", ""),
        ]
        .into(),
    };
    let app = Router::new()
        .route("/", get(home))
        .route(
            "/minibar",
            post(charge).route_layer(require_scope("minibar:write")),
        )
        // +
        .route_layer(layer)
        .route("/logout", post(logout).route_layer(CrossSite::new()))
        // -
        .route(
            "/login",
            get(login_page).post(login).route_layer(CrossSite::new()),
        )
        .with_state(App {
            users,
            issuer,
            cookie,
        });

    println!("jar=$(mktemp)");
    println!("cookie() {{ awk '/__Host-session/{{print \"Cookie: \"$6\"=\"$7}}' $jar; }}");
    println!("curl -i {origin}/    # 401: a script");
    println!("curl -i {origin}/ -H 'Sec-Fetch-Mode: navigate'    # 303: a browser goes to login");
    println!("curl -i {origin}/login -c $jar -d 'user=anna&password=turquoise-heron'    # 303: in");
    println!("curl -i {origin}/ -H \"$(cookie)\"    # 200: welcome");
    println!("curl -i -X POST {origin}/minibar -H \"$(cookie)\"    # 200: may order");
    println!("evil='Origin: https://evil.example'");
    println!(
        "curl -i -X POST {origin}/minibar -H \"$(cookie)\" -H \"$evil\"    # 403: another site"
    );
    println!("curl -i {origin}/login -c $jar -d 'user=ben&password=brass-bell'    # 303: in");
    println!("curl -i -X POST {origin}/minibar -H \"$(cookie)\"    # 403: may not");
    println!("curl -i -X POST {origin}/logout -H \"$(cookie)\"    # 303: out");
    println!("rm $jar");
    axum::serve(listener, app).await?;
    Ok(())
}
