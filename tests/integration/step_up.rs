//! A stronger or more recent login, where a guard or a handler asks for one (RFC 9470).

use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{any as on_any, get as on_get, post};
use http::{Method, Request, Version};
use keycard::answer::RejectionKind;
use keycard::clock::ManualClock;
use keycard::request::{ForwardAuth, ReturnPath};
use keycard::resource::ResourceMetadata;
use keycard::rule::{Rule, acr, all, any, max_age, role, scope, subject};
use keycard::{
    IssueError, Issuer, JwtLayer, Rejection, TokenCookie, Trust, VerifiedToken, Verifier, require,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{
    Answer, DESK, KEY, NOW, ROOMS, get, get_with, issuer, layer, send, token_with, verifier,
};

const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// What the vault asks for: one of two classes, not long ago.
fn strong() -> Rule {
    all([acr(["card", "otp"]), max_age(FIVE_MINUTES)])
}

fn vault(layer: JwtLayer, rule: Rule) -> Router {
    let by_handler = rule.clone();
    let handler =
        move |token: VerifiedToken| std::future::ready(token.require(&by_handler).map(|()| "in"));
    Router::new()
        .route("/vault", on_any(async || "in").layer(require(rule)))
        .route("/handler", on_any(handler))
        .layer(layer)
}

/// Sends a token to the guard and to the handler, who have to say the same.
async fn enter(rule: &Rule, token: &str) -> Answer {
    let by_guard = send(vault(layer(), rule.clone()), get_with("/vault", token)).await;
    let by_handler = send(vault(layer(), rule.clone()), get_with("/handler", token)).await;
    assert_eq!(by_guard.status, by_handler.status);
    assert_eq!(by_guard.challenge, by_handler.challenge);
    assert_eq!(by_guard.body, by_handler.body);
    by_guard
}

fn rejection(answer: &Answer) -> &Rejection {
    answer.response.extensions.get().expect("a refusal")
}

#[tokio::test]
async fn each_claim_of_the_login_decides() {
    let fresh = NOW - 10;
    for (claims, words) in [
        (json!({"acr": "card", "auth_time": fresh}), None),
        (json!({"acr": "otp", "auth_time": NOW - 360}), None),
        (json!({"acr": "otp", "auth_time": NOW + 60}), None),
        (json!({"acr": "otp", "auth_time": 1_799_999_990.5}), None),
        (json!({}), Some("acr is missing, or no string")),
        (
            json!({"auth_time": fresh}),
            Some("acr is missing, or no string"),
        ),
        (
            json!({"acr": 1, "auth_time": fresh}),
            Some("acr is missing, or no string"),
        ),
        (
            json!({"acr": ["otp"], "auth_time": fresh}),
            Some("acr is missing, or no string"),
        ),
        (
            json!({"acr": "", "auth_time": fresh}),
            Some("acr is none of those that the rule names"),
        ),
        (
            json!({"acr": "OTP", "auth_time": fresh}),
            Some("acr is none of those that the rule names"),
        ),
        (
            json!({"acr": "otp card", "auth_time": fresh}),
            Some("acr is none of those that the rule names"),
        ),
        (
            json!({"acr": "otp"}),
            Some("auth_time is missing, or no number"),
        ),
        (
            json!({"acr": "otp", "auth_time": "1799999990"}),
            Some("auth_time is missing, or no number"),
        ),
        (
            json!({"acr": "otp", "auth_time": [fresh]}),
            Some("auth_time is missing, or no number"),
        ),
        (
            json!({"acr": "otp", "auth_time": NOW - 361}),
            Some("auth_time 361 seconds ago, with a leeway of 60"),
        ),
        (
            json!({"acr": "otp", "auth_time": 0}),
            Some("auth_time 1800000000 seconds ago, with a leeway of 60"),
        ),
        (
            json!({"acr": "otp", "auth_time": NOW + 61}),
            Some("auth_time 61 seconds ahead, with a leeway of 60"),
        ),
        (
            json!({"acr": "otp", "auth_time": fresh * 1000}),
            Some("auth_time more than a century ahead: it counts seconds, not milliseconds"),
        ),
    ] {
        let answer = enter(&strong(), &token_with(claims.clone())).await;
        let Some(words) = words else {
            assert_eq!(
                (answer.status.as_u16(), &*answer.body),
                (200, "in"),
                "{claims}"
            );
            continue;
        };
        assert_eq!(answer.status, 401, "{claims}");
        assert_eq!(
            answer.challenge.as_deref(),
            Some(
                r#"Bearer error="insufficient_user_authentication", acr_values="card otp", max_age="300""#
            ),
            "{claims}"
        );
        assert_eq!(
            answer.body,
            r#"{"error":"insufficient_user_authentication","error_description":"a stronger or more recent login is required"}"#
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let rejection = rejection(&answer);
        assert_eq!(
            rejection.kind(),
            RejectionKind::InsufficientUserAuthentication
        );
        let said = format!("the login behind the token is too weak or too long ago: {words}");
        assert_eq!(rejection.to_string(), said, "{claims}");
        assert_eq!(rejection.claim(), words.split(' ').next());
        assert_eq!(rejection.acr_values(), Some("card otp"));
        assert_eq!(rejection.max_age(), Some(FIVE_MINUTES));
    }
}

/// The status and the challenge of a login that does not do.
fn step_up(rest: &str) -> (u16, String) {
    let error = r#"Bearer error="insufficient_user_authentication""#;
    (401, format!("{error}, {rest}"))
}

/// The status and the challenge of scopes that are missing.
fn scope_missing(scopes: &str) -> (u16, String) {
    let error = r#"Bearer error="insufficient_scope""#;
    (403, format!(r#"{error}, scope="{scopes}""#))
}

/// The status and the challenge where nothing helps.
fn forbidden() -> (u16, String) {
    (403, r#"Bearer realm="token""#.to_owned())
}

async fn assert_refused(rule: Rule, claims: Value, (status, challenge): (u16, String)) {
    let answer = enter(&rule, &token_with(claims.clone())).await;
    assert_eq!(answer.challenge, Some(challenge), "{rule:?} and {claims}");
    assert_eq!(answer.status, status, "{rule:?} and {claims}");
}

#[tokio::test]
async fn the_challenge_has_all_that_the_next_token_has_to_be() {
    let both = r#"acr_values="card otp", max_age="300""#;
    for (rule, claims, refusal) in [
        (acr(["otp"]), json!({}), step_up(r#"acr_values="otp""#)),
        (
            max_age(FIVE_MINUTES),
            json!({}),
            step_up(r#"max_age="300""#),
        ),
        (
            max_age(Duration::from_millis(1_900)),
            json!({}),
            step_up(r#"max_age="1""#),
        ),
        (
            max_age(Duration::ZERO),
            json!({"auth_time": NOW - 61}),
            step_up(r#"max_age="0""#),
        ),
        // What the login has already is asked for too: another one might not have it.
        (
            strong(),
            json!({"acr": "otp", "auth_time": NOW - 400}),
            step_up(both),
        ),
        (
            strong(),
            json!({"acr": "pwd", "auth_time": NOW}),
            step_up(both),
        ),
    ] {
        assert_refused(rule, claims, refusal).await;
    }
    // Two demands are one.
    let ages = [FIVE_MINUTES, Duration::from_secs(9)].map(max_age);
    let rule = all([acr(["a", "b", "c"]), acr(["c", "b"]), all(ages)]);
    let refusal = step_up(r#"acr_values="b c", max_age="9""#);
    assert_refused(rule, json!({"acr": "a"}), refusal).await;
    let nothing_in_common = all([acr(["a"]), acr(["b"])]);
    assert_refused(nothing_in_common, json!({"acr": "a"}), forbidden()).await;
}

#[tokio::test]
async fn scopes_stand_beside_the_login_and_come_after_it() {
    let rule = || all([strong(), scope("vault"), role("guest")]);
    let guest = |acr: &str, scope: &str| json!({"acr": acr, "auth_time": NOW, "roles": ["guest"], "scope": scope});
    let all_of_it = r#"scope="vault", acr_values="card otp", max_age="300""#;
    assert_refused(rule(), guest("pwd", ""), step_up(all_of_it)).await;
    assert_refused(rule(), guest("pwd", "vault"), step_up(all_of_it)).await;
    assert_refused(rule(), guest("otp", "spa"), scope_missing("vault")).await;
    assert_eq!(
        enter(&rule(), &token_with(guest("otp", "vault")))
            .await
            .status,
        200
    );
    // Neither a login nor a scope makes somebody a guest.
    assert_refused(rule(), json!({}), forbidden()).await;
}

#[tokio::test]
async fn of_alternatives_the_shortest_is_asked_for_and_no_login_without_need() {
    let otp = || acr(["otp"]);
    let asked_for_otp = || step_up(r#"acr_values="otp""#);
    assert_refused(any([scope("vault"), otp()]), json!({}), asked_for_otp()).await;
    assert_refused(any([subject("ben"), otp()]), json!({}), asked_for_otp()).await;
    let either = any([all([scope("a"), otp()]), scope("b")]);
    assert_refused(either, json!({}), scope_missing("b")).await;
    // The login is not the matter, as the scope does in its place.
    let rule = all([any([scope("vault"), otp()]), scope("more")]);
    assert_refused(rule, json!({"scope": "vault"}), scope_missing("vault more")).await;
    // The shortest ones contradict each other, and a longer one does not.
    let rule = all([
        any([acr(["x", "y"]), scope("a")]),
        any([acr(["z"]), scope("b")]),
        acr(["y"]),
    ]);
    let refusal = step_up(r#"scope="b", acr_values="y""#);
    assert_refused(rule, json!({}), refusal).await;
}

#[tokio::test]
async fn no_value_of_the_token_leaves_not_even_to_a_client_that_is_told_why() {
    let token = token_with(json!({"acr": "canary-class", "auth_time": "canary-time"}));
    for layer in [layer(), layer().explain()] {
        for rule in [acr(["otp"]), max_age(FIVE_MINUTES)] {
            let answer = send(vault(layer.clone(), rule), get_with("/vault", &token)).await;
            assert_eq!(answer.status, 401);
            let shown = format!(
                "{:?} {} {:?}",
                answer.challenge, answer.body, answer.response.headers
            );
            assert!(!shown.contains("canary"), "{shown}");
            assert!(!rejection(&answer).to_string().contains("canary"));
        }
    }
}

#[tokio::test]
async fn a_client_without_a_token_is_told_at_once_inside_of_an_optional_layer() {
    let rule = || all([strong(), scope("vault")]);
    let answer = send(
        vault(layer().optional().realm("rooms"), rule()),
        get("/vault"),
    )
    .await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer realm="rooms", scope="vault", acr_values="card otp", max_age="300""#)
    );
    assert_eq!(answer.json()["error"], "unauthorized");
    // A strict one answers before the guard is asked.
    let answer = send(vault(layer(), rule()), get("/vault")).await;
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="token""#));

    let metadata = ResourceMetadata::builder(ROOMS)
        .authorization_server(DESK)
        .build()
        .unwrap();
    let layer = layer().resource_metadata(&metadata);
    let answer = send(
        vault(layer, acr(["otp"])),
        get_with("/vault", &token_with(json!({}))),
    )
    .await;
    assert_eq!(
        answer.challenge.unwrap(),
        format!(
            r#"Bearer error="insufficient_user_authentication", acr_values="otp", resource_metadata="{}""#,
            metadata.url()
        )
    );
}

#[tokio::test]
async fn the_clock_and_the_leeway_are_those_of_the_verifier() {
    let clock = ManualClock::new(keycard::claims::NumericDate::from_seconds(NOW));
    let builder = || {
        verifier()
            .with_clock(clock.clone())
            .leeway(Duration::from_secs(5))
    };
    let several = Verifier::trusting([
        Trust::new(DESK, KEY.verifying_key()).audience(ROOMS),
        Trust::new("https://spa.example", KEY.verifying_key()).audience(ROOMS),
    ]);
    let several = several
        .with_clock(clock.clone())
        .leeway(Duration::from_secs(5));
    let token = token_with(json!({"auth_time": NOW}));
    for verifier in [builder().build().unwrap(), several.build().unwrap()] {
        clock.set(keycard::claims::NumericDate::from_seconds(NOW));
        let verified = verifier.verify_now(&token).unwrap();
        let recent = max_age(FIVE_MINUTES);
        clock.advance(Duration::from_secs(305));
        assert!(verified.require(&recent).is_ok());
        // The token is the same, and good; the login behind it grows old.
        clock.advance(Duration::from_nanos(1));
        assert!(verified.require(&recent).is_err());
        assert!(verifier.verify_now(&token).is_ok());
    }
}

#[test]
fn a_rule_that_nobody_can_satisfy_panics_at_start_up_and_refuses_in_a_handler() {
    let token = verifier()
        .build()
        .unwrap()
        .verify_now(&token_with(json!({"acr": ""})))
        .unwrap();
    for rule in [
        acr([] as [&str; 0]),
        acr([""]),
        acr(["a b"]),
        acr(["a", "\""]),
        acr(["é"]),
    ] {
        let guard = rule.clone();
        assert!(
            std::panic::catch_unwind(|| require(guard)).is_err(),
            "{rule:?}"
        );
        assert_eq!(
            token.require(&rule).unwrap_err().kind(),
            RejectionKind::Forbidden
        );
    }
    assert_eq!(
        format!("{:?}", strong()),
        r#"all([acr("card otp"), max_age(300s)])"#
    );
}

#[tokio::test]
async fn grpc_gets_the_code_for_another_login() {
    let mut call = get_with("/vault", &token_with(json!({})));
    *call.method_mut() = Method::POST;
    *call.version_mut() = Version::HTTP_2;
    for (name, value) in [("content-type", "application/grpc"), ("te", "trailers")] {
        call.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = send(vault(layer(), strong()), call).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("grpc-status")),
        (200, Some("16"))
    );
    assert_eq!(
        answer.header("grpc-message"),
        Some("a stronger or more recent login is required")
    );
    assert_eq!(answer.challenge, None);
}

/// A browser that goes to a page.
fn visit(path: &str, cookie: &str) -> Request<axum::body::Body> {
    let mut request = get(path);
    for (name, value) in [("sec-fetch-mode", "navigate"), ("cookie", cookie)] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

fn with_cookie() -> JwtLayer {
    layer().cookie(TokenCookie::new("session").unwrap())
}

#[tokio::test]
async fn a_browser_goes_to_the_login_page_which_is_told_what_is_asked_for() {
    let weak = format!("__Host-session={}", token_with(json!({"acr": "pwd"})));
    for (login_page, location) in [
        (
            "/login",
            "/login?acr_values=card%20otp&max_age=300&next=/vault%3Fdoor%3D7",
        ),
        (
            "/login?tab=1",
            "/login?tab=1&acr_values=card%20otp&max_age=300&next=/vault%3Fdoor%3D7",
        ),
    ] {
        for layer in [with_cookie(), with_cookie().optional()] {
            let app = vault(layer.login_page(login_page), strong());
            let answer = send(app.clone(), visit("/vault?door=7", &weak)).await;
            assert_eq!(answer.status, 303);
            assert_eq!(answer.header("location"), Some(location));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            // The token is good elsewhere.
            assert_eq!(answer.header("set-cookie"), None);
            // A script learns the same from the challenge.
            let mut script = get("/vault");
            script.headers_mut().insert("cookie", weak.parse().unwrap());
            let answer = send(app, script).await;
            assert_eq!(answer.status, 401);
            assert!(answer.challenge.unwrap().contains("acr_values"));
        }
    }
    // Whoever has no token at all logs in once, and not twice.
    let app = vault(
        with_cookie().optional().login_page("/login"),
        acr(["urn:hotel:gold"]),
    );
    let answer = send(app, visit("/vault", "a=b")).await;
    assert_eq!(
        answer.header("location"),
        Some("/login?acr_values=urn%3Ahotel%3Agold&next=/vault")
    );
    // The login page itself does not lead to itself.
    let app = Router::new().route("/login", on_get(async || "in").layer(require(strong())));
    let app = app.layer(with_cookie().login_page("/login"));
    assert_eq!(send(app, visit("/login", &weak)).await.status, 401);
}

#[test]
fn a_login_page_has_no_demands_of_its_own() {
    for page in [
        "/login?acr_values=a",
        "/login?max_age=1",
        "/login?a=b&next=/",
    ] {
        let login_page = || layer().login_page(page);
        assert!(std::panic::catch_unwind(login_page).is_err(), "{page}");
    }
}

#[tokio::test]
async fn a_hook_can_read_what_is_asked_for() {
    let layer = layer().on_rejection(|rejection, _| {
        let age = rejection.max_age().map(|age| age.as_secs());
        let body =
            json!({"classes": rejection.acr_values(), "age": age, "code": rejection.error()});
        rejection.to_response().map(|_| body.to_string().into())
    });
    let answer = send(
        vault(layer, strong()),
        get_with("/vault", &token_with(json!({}))),
    )
    .await;
    let code = "insufficient_user_authentication";
    assert_eq!(
        answer.json(),
        json!({"classes": "card otp", "age": 300, "code": code})
    );
    assert!(answer.challenge.unwrap().contains(code));
}

#[tokio::test]
async fn a_proxy_that_asks_is_told_in_its_terms() {
    let weak = format!("__Host-session={}", token_with(json!({"acr": "pwd"})));
    let app = |forward_auth: ForwardAuth| {
        let layer = with_cookie()
            .login_page("/login")
            .forward_auth(forward_auth);
        Router::new()
            .route("/auth", on_any(async || "in"))
            .fallback(async || "in")
            .layer(require(strong()))
            .layer(layer)
    };
    for (forward_auth, headers, status, location) in [
        (
            ForwardAuth::nginx(),
            [
                ("x-original-method", "GET"),
                ("x-original-url", "https://hotel.example/vault"),
                ("x-a", "b"),
                ("x-c", "d"),
            ],
            401,
            "/login?acr_values=card%20otp&max_age=300&next=/vault",
        ),
        (
            ForwardAuth::traefik(),
            [
                ("x-forwarded-method", "GET"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "hotel.example"),
                ("x-forwarded-uri", "/vault"),
            ],
            303,
            "https://hotel.example/login?acr_values=card%20otp&max_age=300&next=/vault",
        ),
    ] {
        let mut question = visit("/auth", &weak);
        for (name, value) in headers {
            question.headers_mut().insert(name, value.parse().unwrap());
        }
        let answer = send(app(forward_auth), question).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("location"), Some(location));
    }
}

/// An application that asks again, and returns to the page.
#[derive(Clone)]
struct Desk {
    issuer: Issuer,
    cookie: TokenCookie,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: ReturnPath,
    acr_values: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    code: Option<String>,
}

async fn login(
    State(desk): State<Desk>,
    Query(asked): Query<Asked>,
    Form(form): Form<Credentials>,
) -> Result<impl IntoResponse, IssueError> {
    let wants_code = asked
        .acr_values
        .is_some_and(|classes| classes.split(' ').any(|it| it == "otp"));
    let class = if wants_code && form.code.as_deref() == Some("123456") {
        "otp"
    } else {
        "pwd"
    };
    let now = keycard::claims::NumericDate::from_seconds(NOW);
    let token = desk.issuer.token("anna").acr(class).auth_time(now).sign()?;
    Ok((desk.cookie.set(&token)?, Redirect::to(asked.next.as_str())))
}

#[tokio::test]
async fn a_login_that_asks_again_returns_to_the_page() {
    let desk = Desk {
        issuer: issuer(),
        cookie: TokenCookie::new("session").unwrap(),
    };
    let app = vault(with_cookie().login_page("/login"), strong())
        .merge(Router::new().route("/login", post(login)).with_state(desk));
    let mut cookie = "a=b".to_owned();
    let mut next = "/vault".to_owned();
    for (code, status) in [("", 303), ("code=123456", 303), ("", 200)] {
        let answer = send(app.clone(), visit("/vault", &cookie)).await;
        assert_eq!(answer.status, status, "{code}");
        if status == 200 {
            assert_eq!((&*answer.body, &*next), ("in", "/vault"));
            break;
        }
        let mut form = Request::post(answer.header("location").unwrap())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(code.into())
            .unwrap();
        form.headers_mut()
            .insert("sec-fetch-site", "same-origin".parse().unwrap());
        let answer = send(app.clone(), form).await;
        assert_eq!(answer.status, 303);
        next = answer.header("location").unwrap().to_owned();
        let set = answer.header("set-cookie").unwrap();
        cookie = set.split(';').next().unwrap().to_owned();
    }
}

#[test]
fn a_token_says_of_its_login_what_it_was_told() {
    let payload = |token: keycard::issue::TokenBuilder| -> Value {
        let token = issuer()
            .verifier()
            .verify_now(&token.sign().unwrap())
            .unwrap();
        token.claims().unwrap()
    };
    let plain = payload(issuer().token("anna"));
    for name in ["auth_time", "acr", "amr"] {
        assert_eq!(plain.get(name), None);
    }
    let time = keycard::claims::NumericDate::from_seconds(NOW - 5)
        .saturating_add(Duration::from_millis(900));
    let told = issuer()
        .token("anna")
        .auth_time(time)
        .acr("urn:hotel:gold")
        .amr(["pwd"])
        .amr(["otp"]);
    let told = payload(told);
    assert_eq!(told["auth_time"], NOW - 5);
    assert_eq!(told["acr"], "urn:hotel:gold");
    assert_eq!(told["amr"], json!(["pwd", "otp"]));
    // The claims of an application may say it too, and not twice.
    let own = json!({"auth_time": 1, "acr": "a", "amr": ["b"]});
    assert_eq!(payload(issuer().token("anna").claims(&own))["acr"], "a");
    let reserved = |token: keycard::issue::TokenBuilder| token.claims(&own).sign().unwrap_err();
    for (token, name) in [
        (issuer().token("anna").auth_time(time), "auth_time"),
        (issuer().token("anna").acr("a"), "acr"),
        (issuer().token("anna").amr(["a"]), "amr"),
    ] {
        assert_eq!(reserved(token), IssueError::ReservedClaim(name.into()));
    }
    for (token, name) in [
        (issuer().token("anna").acr(""), "acr"),
        (issuer().token("anna").amr(["a", ""]), "amr"),
    ] {
        assert_eq!(token.sign().unwrap_err(), IssueError::EmptyName(name));
    }
}
