//! The routes of the hotel: which door asks for what.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use keycard::axum::claims_endpoint;
use keycard::rule::scope;
use keycard::{
    Claims, Issuer, JwtLayer, Rejection, TokenCookie, VerifiedToken, Verifier, require_scope,
};
use serde_json::{Value, json};

use crate::laboratory::{self, Laboratory};
use crate::users::{Profile, Users};
use crate::{desk, log, lost, pages};

/// What the handlers share.
#[derive(Clone)]
pub struct Hotel {
    pub desk: Issuer,
    pub cookie: TokenCookie,
    pub users: Users,
    pub laboratory: Laboratory,
    price: Arc<AtomicU32>,
}

impl Hotel {
    pub fn new(desk: Issuer, cookie: TokenCookie, users: Users, laboratory: Laboratory) -> Self {
        Self {
            desk,
            cookie,
            users,
            laboratory,
            price: Arc::new(AtomicU32::new(4)),
        }
    }
}

pub fn app(hotel: Hotel, verifier: Verifier) -> Router {
    let doors = JwtLayer::new(verifier)
        .cookie(hotel.cookie.clone())
        .login_page("/login")
        .realm("hotel");
    Router::new()
        .route("/", get(pages::home))
        .route("/session", get(claims_endpoint(["name", "role", "room"])))
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
        .route("/bell", get(bell))
        .route("/card", get(pages::card))
        .route("/card/sample", get(laboratory::sample))
        .route("/card/check", post(laboratory::check))
        .route_layer(doors)
        // Public: axum wraps only the routes that were there before the layer.
        .merge(desk::routes())
        .merge(pages::assets())
        .route("/.well-known/jwks.json", get(jwks))
        // These are around unknown paths as well.
        .layer(from_fn(lost::around))
        .layer(from_fn(log::around))
        .with_state(hotel)
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

/// A WebSocket is opened by a request with the cookie, and other sites may open one to here too: the
/// layer has refused theirs.
///
/// A socket outlives its token, like any connection that was let in: one that matters ends at `exp`.
async fn bell(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(ring)
}

async fn ring(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let answer = match message {
            Message::Text(_) | Message::Binary(_) => socket.send("ding".into()).await,
            Message::Close(_) => return,
            // axum answers pings by itself.
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        };
        if answer.is_err() {
            return;
        }
    }
}

/// The public key, for services that verify the tokens of this desk on their own.
async fn jwks(State(hotel): State<Hotel>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "application/jwk-set+json")],
        hotel.desk.jwks(),
    )
}
