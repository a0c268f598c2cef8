//! What handlers ask for: claims of their own type, shared claims, the token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get as on_get;
use keycard::axum::SharedClaims;
use keycard::guard::require_claims;
use keycard::{Claims, Rejection, VerifiedToken};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::support::{NO_TOKEN, ROOMS, get, get_with, layer, send, token_with};

#[derive(Clone, Deserialize)]
struct Guest {
    sub: String,
    room: u32,
}

impl Guest {
    fn text(&self) -> String {
        format!("{} in {}", self.sub, self.room)
    }
}

fn text(token: &VerifiedToken) -> String {
    format!("{} by token", token.subject().unwrap())
}

async fn claims(Claims(guest): Claims<Guest>) -> String {
    guest.text()
}

async fn claims_option(guest: Option<Claims<Guest>>) -> String {
    guest.map_or("anonymous".to_owned(), |Claims(guest)| guest.text())
}

async fn claims_result(guest: Result<Claims<Guest>, Rejection>) -> String {
    guest.map_or_else(|why| format!("no: {why}"), |Claims(guest)| guest.text())
}

async fn shared(guest: SharedClaims<Guest>) -> String {
    guest.text()
}

async fn shared_option(guest: Option<SharedClaims<Guest>>) -> String {
    guest.map_or("anonymous".to_owned(), |guest| guest.text())
}

async fn shared_result(guest: Result<SharedClaims<Guest>, Rejection>) -> String {
    guest.map_or_else(|why| format!("no: {why}"), |guest| guest.text())
}

async fn token(token: VerifiedToken) -> String {
    text(&token)
}

async fn token_option(token: Option<VerifiedToken>) -> String {
    token.map_or("anonymous".to_owned(), |token| text(&token))
}

async fn token_result(token: Result<VerifiedToken, Rejection>) -> String {
    token.map_or_else(|why| format!("no: {why}"), |token| text(&token))
}

const PLAIN: [&str; 3] = ["/claims", "/shared", "/token"];
const OPTIONS: [&str; 3] = ["/claims/option", "/shared/option", "/token/option"];
const RESULTS: [&str; 3] = ["/claims/result", "/shared/result", "/token/result"];

fn app() -> Router {
    Router::new()
        .route("/claims", on_get(claims))
        .route("/claims/option", on_get(claims_option))
        .route("/claims/result", on_get(claims_result))
        .route("/shared", on_get(shared))
        .route("/shared/option", on_get(shared_option))
        .route("/shared/result", on_get(shared_result))
        .route("/token", on_get(token))
        .route("/token/option", on_get(token_option))
        .route("/token/result", on_get(token_result))
}

#[tokio::test]
async fn every_extractor_has_what_a_good_token_says() {
    let app = app().layer(layer().optional());
    let good = token_with(json!({}));
    for path in PLAIN.into_iter().chain(OPTIONS).chain(RESULTS) {
        let answer = send(app.clone(), get_with(path, &good)).await;
        let expected = if path.starts_with("/token") {
            "anna by token"
        } else {
            "anna in 7"
        };
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (200, expected),
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_anonymous_request_is_refused_unless_the_handler_can_do_without() {
    let app = app().layer(layer().optional());
    for path in PLAIN {
        let answer = send(app.clone(), get(path)).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
        assert_eq!(answer.json()["error"], "unauthorized");
    }
    for path in OPTIONS {
        let answer = send(app.clone(), get(path)).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, "anonymous"));
        assert_eq!(answer.challenge, None);
    }
    for path in RESULTS {
        let answer = send(app.clone(), get(path)).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (200, "no: the request has no token")
        );
    }
}

#[tokio::test]
async fn a_payload_that_does_not_fit_is_an_invalid_token() {
    let app = app().layer(layer());
    let unfit = token_with(json!({"room": "seven"}));
    for path in ["/claims", "/shared", "/claims/option", "/shared/option"] {
        let answer = send(app.clone(), get_with(path, &unfit)).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(
            answer.challenge.as_deref(),
            Some(r#"Bearer error="invalid_token""#)
        );
        assert_eq!(
            answer.json(),
            json!({"error": "invalid_token", "error_description": "the token is not valid"})
        );
    }
    for path in ["/claims/result", "/shared/result"] {
        let answer = send(app.clone(), get_with(path, &unfit)).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (200, "no: the payload does not fit the type of the handler")
        );
    }
    // Who does not ask for the room does not mind.
    let answer = send(app, get_with("/token", &unfit)).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.body),
        (200, "anna by token")
    );
}

#[tokio::test]
async fn a_missing_layer_is_a_fault_of_the_server_and_no_panic() {
    let good = token_with(json!({}));
    for path in PLAIN.into_iter().chain(OPTIONS) {
        let answer = send(app(), get_with(path, &good)).await;
        assert_eq!(answer.status, 500, "{path}");
        assert_eq!(answer.challenge, None);
        assert_eq!(
            answer.json(),
            json!({
                "error": "server_error",
                "error_description": "the server is not set up correctly"
            })
        );
    }
    for path in RESULTS {
        let answer = send(app(), get_with(path, &good)).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (200, "no: no JwtLayer looked at the request")
        );
    }
}

#[tokio::test]
async fn two_handlers_behind_one_layer_ask_for_two_types() {
    #[derive(Deserialize)]
    struct Badge {
        aud: String,
    }

    async fn badge(Claims(badge): Claims<Badge>) -> String {
        badge.aud
    }

    async fn both(Claims(guest): Claims<Guest>, badge: SharedClaims<Badge>) -> String {
        format!("{} at {}", guest.text(), badge.aud)
    }

    let app = app()
        .route("/badge", on_get(badge))
        .route("/both", on_get(both))
        .layer(layer());
    let good = token_with(json!({}));
    for (path, body) in [
        ("/claims", "anna in 7"),
        ("/badge", "https://rooms.example"),
        ("/both", "anna in 7 at https://rooms.example"),
    ] {
        let answer = send(app.clone(), get_with(path, &good)).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, body));
    }
    // What does not fit one handler fits the other.
    let listed = token_with(json!({"aud": ["https://rooms.example"]}));
    let answer = send(app.clone(), get_with("/badge", &listed)).await;
    assert_eq!(answer.status, 401);
    let answer = send(app, get_with("/claims", &listed)).await;
    assert_eq!(answer.body, "anna in 7");
}

static DECODED: AtomicUsize = AtomicUsize::new(0);

/// Counts how often it is decoded.
struct Counted {
    room: u32,
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DECODED.fetch_add(1, Ordering::Relaxed);
        let guest = Guest::deserialize(deserializer)?;
        Ok(Self { room: guest.room })
    }
}

#[tokio::test]
async fn shared_claims_are_decoded_once_for_all_who_ask() {
    async fn counted(
        token: VerifiedToken,
        first: SharedClaims<Counted>,
        other: Option<SharedClaims<Guest>>,
        second: Result<SharedClaims<Counted>, Rejection>,
    ) -> String {
        let (first, second) = (first.into_inner(), second.unwrap().into_inner());
        let third: Arc<Counted> = token.shared_claims().unwrap();
        assert!(Arc::ptr_eq(&first, &second) && Arc::ptr_eq(&second, &third));
        assert_eq!(other.unwrap().room, first.room);
        format!("room {}", third.room)
    }
    let app = Router::new()
        .route("/", on_get(counted))
        .layer(require_claims(|counted: &Counted, _| counted.room == 7))
        .layer(layer());

    let answer = send(app, get_with("/", &token_with(json!({})))).await;
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, "room 7"));
    assert_eq!(DECODED.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn registered_claims_know_their_audiences() {
    async fn audiences(Claims(claims): Claims<keycard::claims::RegisteredClaims>) -> String {
        let audience = claims.audience;
        let names: Vec<&str> = audience.iter().collect();
        let known = ["pool", "spa"].map(|name| audience.contains(name));
        format!("{names:?} {known:?}")
    }
    let app = Router::new()
        .route("/", axum::routing::get(audiences))
        .layer(layer());
    for (aud, text) in [
        (json!(ROOMS), format!("[{ROOMS:?}] [false, false]")),
        (
            json!([ROOMS, "pool"]),
            format!("[{ROOMS:?}, \"pool\"] [true, false]"),
        ),
    ] {
        let token = token_with(json!({ "aud": aud }));
        assert_eq!(send(app.clone(), get_with("/", &token)).await.body, text);
    }
    let written = keycard::claims::Audience::from(vec!["spa".to_owned()]);
    assert!(written.contains("spa") && !written.contains("pool"));
}
