//! The front desk: login and logout for browsers, tokens for phones and scripts.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use keycard::issue::SignedToken;
use keycard::request::ReturnPath;
use keycard::{CrossSite, IssueError};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::hotel::Hotel;
use crate::pages;
use crate::users::Credentials;

/// The routes of those who have no token yet, which therefore stand outside of the `JwtLayer`.
pub fn routes() -> Router<Hotel> {
    Router::new()
        .route("/login", get(pages::login).post(login))
        .route("/logout", post(logout))
        .route("/token", post(token))
        // Without it, a form on another site could log a visitor in as somebody else, or out.
        .route_layer(CrossSite::new())
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(flatten)]
    credentials: Credentials,
    /// Whatever the form says, this is a path of this origin.
    #[serde(default)]
    next: ReturnPath,
}

/// For browsers: the token goes into a cookie, which no script can read.
async fn login(
    State(hotel): State<Hotel>,
    Form(form): Form<LoginForm>,
) -> Result<Response, LoginError> {
    let user = form.credentials.user.clone();
    match sign(hotel.clone(), form.credentials).await {
        Ok(token) => {
            let cookie = hotel.cookie.set(&token).map_err(IssueError::from)?;
            Ok((cookie, Redirect::to(form.next.as_str())).into_response())
        }
        Err(LoginError::Refused) => {
            // No redirect: the name would have to go into an address, and so into the history.
            let page = pages::login_again(&user, &form.next);
            Ok((StatusCode::FORBIDDEN, page).into_response())
        }
        Err(error) => Err(error),
    }
}

/// Works for every visitor: a cookie that is stale or broken is removed like a good one.
async fn logout(State(hotel): State<Hotel>) -> impl IntoResponse {
    (hotel.cookie.clear(), Redirect::to("/login"))
}

/// For phones and scripts: the token itself, to be sent as `Authorization: Bearer`.
async fn token(
    State(hotel): State<Hotel>,
    Json(credentials): Json<Credentials>,
) -> Result<SignedToken, LoginError> {
    sign(hotel, credentials).await
}

/// How many passwords are hashed at once.
static HASHES: Semaphore = Semaphore::const_new(4);

/// Checks the password and signs a token.
async fn sign(hotel: Hotel, credentials: Credentials) -> Result<SignedToken, LoginError> {
    let Hotel { desk, users, .. } = hotel;
    let check = move || {
        let user = users.check(&credentials).ok_or(LoginError::Refused)?;
        let token = desk.token(user.id).scope(user.scopes).claims(&user.profile);
        Ok(token.sign()?)
    };
    // A password hash is slow and large on purpose: too slow for a thread that serves others, and too
    // large for as many at once as somebody likes to ask for.
    let _turn = HASHES.acquire().await.map_err(|_| LoginError::Broken)?;
    tokio::task::spawn_blocking(check)
        .await
        .map_err(|_| LoginError::Broken)?
}

enum LoginError {
    Refused,
    Issue(IssueError),
    Broken,
}

impl From<IssueError> for LoginError {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}

impl IntoResponse for LoginError {
    fn into_response(self) -> Response {
        match self {
            // The same answer for a wrong name and a wrong password.
            Self::Refused => (
                StatusCode::UNAUTHORIZED,
                Json(json!({"error": "access_denied"})),
            )
                .into_response(),
            Self::Issue(error) => error.into_response(),
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}
