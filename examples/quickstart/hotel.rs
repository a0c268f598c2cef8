//! The routes of the hotel: which door asks for what.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use keycard::rule::scope;
use keycard::{
    Claims, IssueError, Issuer, JwtLayer, Rejection, SignedToken, VerifiedToken, Verifier,
    require_scope,
};
use serde_json::{Value, json};

use crate::users::{Credentials, Profile, Users};

/// What the handlers share.
#[derive(Clone)]
pub struct Hotel {
    desk: Issuer,
    users: Users,
    price: Arc<AtomicU32>,
}

impl Hotel {
    pub fn new(desk: Issuer, users: Users) -> Self {
        Self {
            desk,
            users,
            price: Arc::new(AtomicU32::new(4)),
        }
    }
}

pub fn app(hotel: Hotel, verifier: Verifier) -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/rooms/{number}/door", post(open_door))
        .route(
            "/minibar",
            post(order).route_layer(require_scope("minibar:order")),
        )
        .route(
            "/guests",
            get(guests).route_layer(require_scope("guests:read")),
        )
        .route(
            "/prices",
            post(raise_price).route_layer(require_scope("prices:write")),
        )
        .route_layer(JwtLayer::new(verifier).realm("hotel"))
        // Public: axum wraps only the routes that were there before the layer.
        .route("/login", post(login))
        .route("/.well-known/jwks.json", get(jwks))
        .with_state(hotel)
}

/// Checks the password and hands out a token.
async fn login(
    State(hotel): State<Hotel>,
    Json(credentials): Json<Credentials>,
) -> Result<SignedToken, LoginError> {
    let Hotel { desk, users, .. } = hotel;
    let check = move || {
        let user = users.check(&credentials).ok_or(LoginError::Refused)?;
        let token = desk.token(user.id).scope(user.scopes).claims(&user.profile);
        token.sign().map_err(LoginError::Issue)
    };
    // A password hash is slow on purpose, too slow for a thread that serves others.
    tokio::task::spawn_blocking(check)
        .await
        .map_err(|_| LoginError::Broken)?
}

enum LoginError {
    Refused,
    Issue(IssueError),
    Broken,
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

/// What the token says.
async fn me(token: VerifiedToken, Claims(profile): Claims<Profile>) -> Json<Value> {
    Json(json!({
        "sub": token.subject(),
        "profile": profile,
        "scopes": token.scopes().collect::<Vec<_>>(),
        "exp": token.expires_at(),
    }))
}

/// Guests open their own room, and nobody else's.
async fn open_door(
    Path(number): Path<u32>,
    Claims(profile): Claims<Profile>,
) -> Result<String, Rejection> {
    if profile.room != Some(number) {
        return Err(Rejection::forbidden());
    }
    Ok(format!("room {number} is open\n"))
}

async fn order(State(hotel): State<Hotel>, Claims(profile): Claims<Profile>) -> String {
    let price = hotel.price.load(Ordering::Relaxed);
    format!("one lemonade for {}, {price} crowns\n", profile.name)
}

async fn guests(State(hotel): State<Hotel>) -> Json<Value> {
    let guests: Vec<_> = hotel
        .users
        .guests()
        .map(|guest| json!({"name": guest.name, "room": guest.room}))
        .collect();
    Json(guests.into())
}

/// The guard has let this request in; a handler can ask again, or for more.
async fn raise_price(
    State(hotel): State<Hotel>,
    token: VerifiedToken,
) -> Result<String, Rejection> {
    token.require(scope("prices:write"))?;
    let price = hotel.price.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    Ok(format!("lemonade is {price} crowns now\n"))
}

/// The public key, for services that verify the tokens of this desk on their own.
async fn jwks(State(hotel): State<Hotel>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/jwk-set+json")],
        hotel.desk.jwks(),
    )
}
