//! What goes to the log, at which level, and what never does.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::routing::get as on_get;
use keycard::axum::SharedClaims;
use keycard::cookie::CookieError;
use keycard::guard::require_claims;
use keycard::keys::SigningError;
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::verify::{Credential, Outage, Source};
use keycard::{Claims, IssueError, Rejection, VerifiedToken, require_scope};
use serde::Deserialize;
use serde_json::json;
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::recorder::LogLine;
use crate::support::{
    KEY, NOW, clock, get, get_with, issuer, layer, send, token, token_with, verifier,
};

/// All that this thread logs while the guard beside it lives.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        io::Write::write(&mut LogLine, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn subscriber(log: Log) -> impl Subscriber + Send + Sync {
    tracing_subscriber::fmt()
        .with_writer(move || log.clone())
        .with_max_level(LevelFilter::TRACE)
        .without_time()
        .finish()
}

/// While there is only one subscriber, `tracing` asks the thread that comes first to a call site, which
/// may be one without, and never again. So there always is a second one.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(subscriber(Log::default())));

impl Log {
    pub fn start() -> (Self, DefaultGuard) {
        LazyLock::force(&SECOND);
        let log = Self::default();
        let guard = subscriber(log.clone()).set_default();
        (log, guard)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of a level.
    pub fn lines(&self, level: &str) -> Vec<String> {
        let text = self.text();
        let lines = text.lines().map(str::trim_start);
        lines
            .filter(|line| line.starts_with(level))
            .map(str::to_owned)
            .collect()
    }
}

#[derive(Deserialize)]
struct Guest {
    #[expect(dead_code, reason = "only decoded")]
    rooms: Vec<Room>,
}

#[derive(Deserialize)]
struct Room {
    #[expect(dead_code, reason = "only decoded")]
    number: u32,
}

fn app() -> Router {
    Router::new()
        .route("/claims", on_get(async |_: Claims<Guest>| "in"))
        .route("/shared", on_get(async |_: SharedClaims<Guest>| "in"))
        .route("/option", on_get(async |_: Option<Claims<Guest>>| "in"))
        .route("/token", on_get(async |_: VerifiedToken| "in"))
        .route(
            "/guard",
            on_get(async || "in").route_layer(require_claims(|_: &Guest, _| true)),
        )
        .route(
            "/scope",
            on_get(async || "in").route_layer(require_scope("a")),
        )
}

#[tokio::test]
async fn a_payload_that_does_not_fit_is_logged_with_type_and_path_but_not_its_value() {
    let app = app().layer(layer());
    let fits = token_with(json!({"rooms": [{"number": 1}, {"number": 2}]}));
    let unfit = token_with(json!({"rooms": [{"number": 1}, {"number": "canary-7"}]}));
    for path in ["/claims", "/shared", "/option", "/guard"] {
        let (log, _guard) = Log::start();
        assert_eq!(send(app.clone(), get_with(path, &fits)).await.status, 200);
        assert_eq!(log.lines("WARN"), [""; 0]);

        let answer = send(app.clone(), get_with(path, &unfit)).await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.body.contains("canary"));
        let [line] = &log.lines("WARN")[..] else {
            panic!("one warning: {}", log.text())
        };
        assert!(line.contains("Guest"), "{line}");
        assert!(line.contains(".rooms[1].number"), "{line}");
        // Whoever has such a token can send it for ever: after a thousand, one line in a hundred is written.
        assert!(line.contains(" count="), "{line}");
        assert!(!log.text().contains("canary"), "{}", log.text());
        assert_eq!(log.lines("ERROR"), [""; 0]);
    }
}

#[tokio::test]
async fn a_missing_layer_is_logged_as_an_error_that_says_what_to_add() {
    for (path, wanted) in [
        ("/claims", "Claims<"),
        ("/shared", "SharedClaims<"),
        ("/option", "Claims<"),
        ("/token", "VerifiedToken"),
        ("/guard", "guard"),
        ("/scope", "guard"),
    ] {
        let (log, _guard) = Log::start();
        let good = token("a");
        let answer = send(app(), get_with(path, &good)).await;
        assert_eq!(answer.status, 500, "{path}");
        assert!(!answer.body.contains("JwtLayer"), "not for clients");
        let [line] = &log.lines("ERROR")[..] else {
            panic!("one error: {}", log.text())
        };
        assert!(line.contains(".layer(JwtLayer::new(verifier))"), "{line}");
        assert!(line.contains(wanted), "{line}");
        assert!(!log.text().contains(&good));
    }
    let (log, _guard) = Log::start();
    let good = send(app().layer(layer()), get_with("/token", &token("a"))).await;
    assert_eq!(good.status, 200);
    assert_eq!(log.text(), "", "a good request leaves no trace");
}

#[tokio::test]
async fn the_reason_of_a_refusal_is_logged_at_debug_and_nothing_of_the_token() {
    let app = app().layer(layer());
    let claims = |exp| json!({"sub": "canary-sub", "jti": "canary-jti", "exp": exp});
    for (path, token, reason) in [
        ("/token", None, "the request has no token"),
        (
            "/token",
            Some(token_with(claims(NOW - 100))),
            "the exp claim is in the past",
        ),
        (
            "/scope",
            Some(token_with(claims(NOW + 100))),
            "the token lacks a scope",
        ),
        (
            "/token",
            Some("canary".repeat(1000)),
            "the token does not have three segments",
        ),
    ] {
        let (log, _guard) = Log::start();
        let request = token
            .as_deref()
            .map_or_else(|| get(path), |token| get_with(path, token));
        let answer = send(app.clone(), request).await;
        assert!([401, 403].contains(&answer.status.as_u16()));

        let [line] = &log.lines("DEBUG")[..] else {
            panic!("one line: {}", log.text())
        };
        assert!(line.contains(reason), "{line}");
        assert_eq!(
            log.text().lines().count(),
            1,
            "an anonymous client is quiet"
        );
        assert!(log.text().len() < 300, "whatever the length of the token");
        assert!(!log.text().contains("canary"), "{}", log.text());
        assert!(!log.text().contains(KEY.key_id().unwrap()));
        for segment in token.iter().flat_map(|token| token.split('.')) {
            assert!(!log.text().contains(segment));
        }
    }
}

#[tokio::test]
async fn an_outage_is_logged_as_such_and_not_as_an_invalid_token() {
    struct Out;

    impl RevocationList for Out {
        fn status(&self, _: &TokenIdentity<'_>) -> RevocationStatus {
            RevocationStatus::Unknown(Outage::new(std::time::Duration::from_secs(3)))
        }
    }

    let (log, _guard) = Log::start();
    let verifier = verifier().revocation(Out).build().unwrap();
    let app = app().layer(keycard::JwtLayer::new(verifier));
    let answer = send(app, get_with("/token", &token("a"))).await;
    assert_eq!(answer.status, 503);
    assert!(log.text().contains("out of reach"), "{}", log.text());
    assert!(!log.text().contains("InvalidToken"), "{}", log.text());
}

#[tokio::test]
async fn a_request_of_another_site_is_logged_with_the_beginning_of_what_it_said() {
    let (log, _guard) = Log::start();
    let cookie = keycard::TokenCookie::new("session").unwrap();
    let app = app().layer(layer().cookie(cookie));
    let origin = format!("https://evil.example/{}", "x".repeat(1_000));
    let request = http::Request::post("/token?code=a-canary-of-the-query")
        .header("cookie", format!("__Host-session={}", token("a")))
        .header("origin", origin)
        .header("host", "rooms.example")
        .header("sec-fetch-site", "cross-site")
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(send(app, request).await.status, 403);
    let [line] = &log.lines("WARN")[..] else {
        panic!("one warning: {}", log.text())
    };
    for said in [
        r#"origin="https://evil.example/xxx"#,
        r#"compared_with="rooms.example""#,
        r#"sec_fetch_site="cross-site""#,
        "refused=true",
        r#"method="POST" path="/token""#,
        "CrossSite::trust",
    ] {
        assert!(line.contains(said), "{said} in {line}");
    }
    assert!(line.len() < 600, "whatever the length of the origin");
    assert!(!line.contains("canary"), "{line}");
}

/// What the line of one request says, which is caused by another site.
async fn line_of_another_site(app: Router, request: http::request::Builder) -> String {
    let (log, _guard) = Log::start();
    let request = request.body(axum::body::Body::empty()).unwrap();
    assert_eq!(send(app, request).await.status, 403);
    let [line] = &log.lines("WARN")[..] else {
        panic!("one warning: {}", log.text())
    };
    line.clone()
}

#[tokio::test]
async fn a_line_about_another_site_says_which_request_it_was_and_what_it_did_not_say() {
    let card = format!("__Host-session={}", token("a"));
    let jwt = || layer().cookie(keycard::TokenCookie::new("session").unwrap());
    let rooms = Router::new()
        .route("/rooms/{room}", axum::routing::put(async || "in"))
        .layer(jwt());
    let put = || http::Request::put("/api/rooms/7?x=1").header("cookie", &card);
    let nested = || Router::new().nest("/api", rooms.clone());
    let request = put().header("sec-fetch-site", "cross-site");
    let line = line_of_another_site(nested(), request).await;
    let said = r#"method="PUT" path="/api/rooms/7" origin="none" sec_fetch_site="cross-site" compared_with="none""#;
    assert!(line.contains(said), "{line}");
    let request = put()
        .header("origin", "null")
        .header("host", "rooms.example");
    let line = line_of_another_site(nested(), request).await;
    let said = r#"origin="null" sec_fetch_site="none" compared_with="rooms.example""#;
    assert!(line.contains(said), "{line}");

    // The layer of login has the same line.
    let login = Router::new()
        .route("/login", axum::routing::post(async || "in"))
        .route_layer(keycard::CrossSite::new());
    let request = http::Request::post("/desk/login").header("origin", "https://evil.example");
    let line = line_of_another_site(Router::new().nest("/desk", login), request).await;
    assert!(
        line.contains(r#"method="POST" path="/desk/login""#),
        "{line}"
    );

    // A proxy asks about a request that it has itself, whatever the address of the question.
    let asked = Router::new()
        .route("/auth", on_get(async || "in"))
        .layer(jwt().forward_auth(keycard::request::ForwardAuth::nginx()));
    let question = http::Request::get("/auth")
        .header("cookie", &card)
        .header("x-original-method", "DELETE")
        .header("x-original-url", "https://rooms.example/rooms/7?x=1")
        .header("origin", "https://evil.example");
    let line = line_of_another_site(asked, question).await;
    let said = r#"method="DELETE" path="/rooms/7" origin="https://evil.example" sec_fetch_site="none" compared_with="rooms.example""#;
    assert!(line.contains(said), "{line}");

    let long = format!("/{}", "x".repeat(1_000));
    let request = http::Request::post(long).header("origin", "https://evil.example");
    let line = line_of_another_site(
        Router::new()
            .fallback(async || "in")
            .layer(keycard::CrossSite::new()),
        request,
    );
    assert!(line.await.len() < 700, "whatever the length of the path");
}

#[tokio::test]
async fn a_claim_that_is_missing_is_named() {
    let verifier = verifier().require_claim("email").build().unwrap();
    let app = app().layer(keycard::JwtLayer::new(verifier));
    for (missing, changes) in [
        ("aud", json!({"aud": null})),
        ("iss", json!({"iss": null})),
        ("exp", json!({"exp": null})),
        ("email", json!({"room": 7})),
    ] {
        let (log, _guard) = Log::start();
        let token = token_with(changes);
        assert_eq!(
            send(app.clone(), get_with("/token", &token)).await.status,
            401
        );
        assert!(
            log.text().contains(&format!("claim=\"{missing}\"")),
            "{}",
            log.text()
        );
    }
}

#[tokio::test]
async fn a_claim_of_the_wrong_type_is_named_and_its_value_is_not() {
    let app = app().layer(layer().explain());
    let (text, number) = ("a string", "a number");
    let texts = "a string or an array of strings";
    for (claim, changes, wanted, found) in [
        ("sub", json!({"sub": 424_242}), text, "an integer"),
        ("jti", json!({"jti": [424_242]}), text, "an array"),
        ("jti", json!({"jti": 4.24242}), text, "a float"),
        ("nbf", json!({"nbf": "424242"}), number, "a string"),
        ("aud", json!({"aud": {"a": 424_242}}), texts, "an object"),
        ("aud", json!({"aud": ["a", 424_242]}), texts, "an array"),
        ("iss", json!({"iss": 424_242}), text, "an integer"),
        (
            "exp",
            json!({"exp": true, "x": 424_242}),
            number,
            "a boolean",
        ),
    ] {
        let (log, _guard) = Log::start();
        let answer = send(app.clone(), get_with("/token", &token_with(changes))).await;
        assert_eq!(answer.status, 401);
        let rejection = answer.response.extensions.get::<Rejection>().unwrap();
        assert_eq!(rejection.claim(), Some(claim));
        let said = format!(
            "a registered claim is of the wrong type: {claim} has to be {wanted}, and is {found}"
        );
        assert_eq!(answer.json()["error_description"], said);
        assert!(
            log.text().contains(&format!("claim=\"{claim}\"")),
            "{}",
            log.text()
        );
        assert!(!log.text().contains("424242"), "{}", log.text());
    }
}

#[tokio::test]
async fn a_line_says_where_the_token_was_whose_it_is_and_how_long_it_took() {
    let spa = keycard::Trust::new("https://spa.example", KEY.verifying_key());
    let verifier = keycard::Verifier::trusting([
        issuer().trust().name("guests").allow_absent_token_type(),
        spa.audience("https://spa.example").name("visitors"),
    ]);
    let layer = keycard::JwtLayer::new(verifier.with_clock(clock()).build().unwrap());
    let app = app().layer(layer.cookie(keycard::TokenCookie::new("session").unwrap()));
    let expired = token_with(json!({"exp": NOW - 100}));
    let visitor = token_with(json!({"iss": "https://spa.example"}));
    let stranger = token_with(json!({"iss": "https://evil.example"}));
    for (token, trust) in [
        (&expired, Some("guests")),
        (&visitor, Some("visitors")),
        (&stranger, None),
    ] {
        for source in ["header", "cookie"] {
            let request = match source {
                "header" => get_with("/token", token),
                _ => http::Request::get("/token")
                    .header("cookie", format!("__Host-session={token}"))
                    .body(axum::body::Body::empty())
                    .unwrap(),
            };
            let (log, _guard) = Log::start();
            assert_eq!(send(app.clone(), request).await.status, 401);
            let [line] = &log.lines("DEBUG")[..] else {
                panic!("one line: {}", log.text())
            };
            assert!(line.contains(&format!("source=\"{source}\"")), "{line}");
            assert!(line.contains("micros="), "{line}");
            match trust {
                Some(trust) => assert!(line.contains(&format!("trust=\"{trust}\"")), "{line}"),
                None => assert!(!line.contains("trust="), "{line}"),
            }
            assert!(!line.contains("evil"), "{line}");
        }
    }
    // A guard refuses a token that was accepted: the line still says whose.
    let (log, _guard) = Log::start();
    assert_eq!(
        send(app, get_with("/scope", &token_with(json!({}))))
            .await
            .status,
        403
    );
    assert!(log.text().contains("trust=\"guests\""), "{}", log.text());
}

#[test]
fn a_token_that_did_not_come_by_http_is_told_too() {
    let verifier = verifier().build().unwrap();
    let (log, _guard) = Log::start();
    assert!(verifier.verify_now(&token("a")).is_ok());
    assert_eq!(log.text(), "");
    let expired = token_with(json!({"exp": NOW - 100, "sub": "canary"}));
    let queue = Credential::from(&expired).found_in(Source::Custom("queue"));
    assert!(verifier.verify_now(queue).is_err());
    let [line] = &log.lines("DEBUG")[..] else {
        panic!("one line: {}", log.text())
    };
    for said in [
        "InvalidToken(Expired)",
        "source=\"queue\"",
        "trust=\"https://desk.example\"",
    ] {
        assert!(line.contains(said), "{said} in {line}");
    }
    assert!(!log.text().contains("canary"));
}

#[tokio::test]
async fn a_rule_that_nobody_can_satisfy_is_a_warning() {
    let handler = async |token: VerifiedToken| token.require("a \"b\"").map(|()| "in");
    let app = Router::new().route("/", on_get(handler)).layer(layer());
    let (log, _guard) = Log::start();
    assert_eq!(send(app, get_with("/", &token("a"))).await.status, 403);
    let [line] = &log.lines("WARN")[..] else {
        panic!("one warning: {}", log.text())
    };
    assert!(
        line.contains("nobody can satisfy") && line.contains(" count="),
        "{line}"
    );
    assert_eq!(log.lines("DEBUG").len(), 1, "{}", log.text());
}

/// Anybody can send such requests, and each is longer than nothing.
#[tokio::test]
async fn a_stranger_does_not_write_the_log() {
    let (log, _guard) = Log::start();
    let cookie = keycard::TokenCookie::new("session").unwrap();
    let layer = layer().cookie(cookie);
    let app = Router::new()
        .route("/", axum::routing::post(async || "in"))
        .layer(layer);
    for _ in 0..250 {
        let mut request = get("/");
        *request.method_mut() = http::Method::POST;
        let headers = request.headers_mut();
        headers.insert("cookie", "__Host-session=x".parse().unwrap());
        headers.insert("host", "rooms.example".parse().unwrap());
        headers.insert("origin", "https://evil.example".parse().unwrap());
        assert_eq!(send(app.clone(), request).await.status, 403);
    }
    let lines = log.lines("WARN");
    assert_eq!(lines.len(), 12, "{lines:#?}");
    let last = lines.last().unwrap();
    for what in [
        "count=200",
        r#"origin="https://evil.example""#,
        r#"compared_with="rooms.example""#,
        "public_origin",
    ] {
        assert!(last.contains(what), "{what}: {last}");
    }
}

/// At a login no layer stands around.
#[tokio::test]
async fn another_site_at_a_login_leaves_a_line_of_its_refusal() {
    let (log, _guard) = Log::start();
    let login = axum::routing::post(async || "in");
    let app = Router::new()
        .route("/login", login)
        .layer(keycard::CrossSite::new());
    let forged = || {
        let mut request = get("/login");
        *request.method_mut() = http::Method::POST;
        let site = "cross-site".parse().unwrap();
        request.headers_mut().insert("sec-fetch-site", site);
        request
    };
    assert_eq!(send(app.clone(), forged()).await.status, 403);
    let [line] = &log.lines("DEBUG")[..] else {
        panic!("one line: {}", log.text())
    };
    assert!(line.contains("kind=CrossSite"), "{line}");

    // A layer around tells it, and nobody else.
    let (log, _guard) = Log::start();
    let app = app.layer(layer().optional());
    assert_eq!(send(app, forged()).await.status, 403);
    assert_eq!(log.lines("DEBUG").len(), 1, "{}", log.text());
}

#[tokio::test]
async fn a_wait_for_a_key_and_a_fetch_in_vain_say_how_long() {
    use crate::remote::server::{Act, KEYS, Server, advance, new_key, verifier};

    let (log, _guard) = Log::start();
    let [old, new] = [keycard::Algorithm::ES256; 2].map(new_key);
    let clock = clock();
    let server = Server::publishing(&[&old]).await;
    let keys = server.builder(&clock).connect().await.unwrap();
    let verifier = verifier(keys.clone());
    server.publish(&[&old, &new]);
    assert!(verifier.verify(&server.token(&new)).await.is_ok());
    let waited = log.lines("DEBUG");
    let waited = waited.iter().find(|line| line.contains("has waited"));
    let waited = waited.unwrap();
    for said in [r#"outcome="found""#, "trust=\"http://127.0.0.1", "micros="] {
        assert!(waited.contains(said), "{said} in {waited}");
    }

    advance(&clock, 30).await;
    server.act(KEYS, Act::status(500));
    keys.reload().await.unwrap_err();
    let [failed] = &log.lines("WARN")[..] else {
        panic!("one warning: {}", log.text())
    };
    for said in [r#"failure="status""#, "age_seconds=30", "old ones are used"] {
        assert!(failed.contains(said), "{said} in {failed}");
    }
}

#[tokio::test]
async fn a_question_of_a_proxy_that_is_not_understood_is_logged() {
    let cookie = || keycard::TokenCookie::new("session").unwrap();
    let card = format!("__Host-session={}", token("a"));
    let ask = async |layer: keycard::JwtLayer, headers: &[(&'static str, &str)]| {
        let (log, _guard) = Log::start();
        let app = Router::new().route("/", on_get(async || "in")).layer(layer);
        for _ in 0..50 {
            let mut request = get("/");
            for (name, value) in headers {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }
            send(app.clone(), request).await;
        }
        log.lines("WARN")
    };
    let with_card = ("cookie", card.as_str());
    for name in [
        "x-original-method",
        "x-original-url",
        "x-original-uri",
        "x-forwarded-method",
        "x-forwarded-uri",
    ] {
        let lines = ask(layer().cookie(cookie()), &[with_card, (name, "POST")]).await;
        assert_eq!(lines.len(), 10, "{lines:#?}");
        assert!(
            lines[0].contains("JwtLayer::forward_auth") && !lines[0].contains("POST"),
            "{}",
            lines[0]
        );
        // Nobody's browser sends a header for somebody else.
        let lines = ask(layer().cookie(cookie()), &[(name, "POST")]).await;
        assert!(lines.is_empty(), "{lines:#?}");
    }
    // What every proxy sends.
    let usual = [
        with_card,
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-host", "rooms.example"),
        ("x-forwarded-proto", "https"),
    ];
    let lines = ask(layer().cookie(cookie()), &usual).await;
    assert!(lines.is_empty(), "{lines:#?}");
    let asked = layer().forward_auth(keycard::request::ForwardAuth::nginx());
    let lines = ask(asked, &[("x-original-url", "https://rooms.example/")]).await;
    assert_eq!(lines.len(), 10, "{lines:#?}");
    assert!(
        lines[0].contains(r#"header="X-Original-Method""#),
        "{}",
        lines[0]
    );
}

#[test]
fn an_issue_that_a_client_caused_is_a_warning_and_another_one_an_error() {
    use axum::response::IntoResponse;

    for (error, level, other) in [
        (IssueError::InvalidScope, "WARN", "ERROR"),
        (IssueError::NoSubject, "WARN", "ERROR"),
        (CookieError::NotAToken.into(), "WARN", "ERROR"),
        (IssueError::Signing(SigningError::Library), "ERROR", "WARN"),
        (IssueError::HeaderParameter("alg".into()), "ERROR", "WARN"),
    ] {
        let (log, _guard) = Log::start();
        let _ = error.clone().into_response();
        let lines = log.lines(level);
        assert_eq!(lines.len(), 1, "{error}");
        assert!(lines[0].contains(&error.to_string()), "{lines:?}");
        assert!(log.lines(other).is_empty(), "{error}");
    }
}
