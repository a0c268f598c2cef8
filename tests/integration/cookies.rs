//! The cookie: what is written, what is read, and what happens to a bad one.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get as on_get;
use http::Request;
use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use keycard::cookie::{CookieError, SameSite};
use keycard::request::Presence;
use keycard::verify::{Reason, Source};
use keycard::{IssueError, JwtLayer, TokenCookie, VerifiedToken};
use serde_json::json;

use crate::support::{
    Answer, NO_TOKEN, assert_in, assert_refused, door, get, get_with, issuer, layer, send, token,
    token_with,
};

fn cookie() -> TokenCookie {
    TokenCookie::new("session").unwrap()
}

fn with_cookies(lines: &[String]) -> Request<Body> {
    let mut request = get("/");
    for line in lines {
        request.headers_mut().append(COOKIE, line.parse().unwrap());
    }
    request
}

fn with_cookie(value: &str) -> Request<Body> {
    with_cookies(&[format!("__Host-session={value}")])
}

fn set_cookies(answer: &Answer) -> Vec<&str> {
    let values = answer.response.headers.get_all(SET_COOKIE).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

const CLEARED: &str = "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0";

#[test]
fn what_is_set_has_every_attribute() {
    let signed = issuer().token("anna").sign().unwrap();
    let header = |cookie: &TokenCookie| {
        let value = cookie.set(&signed).unwrap().header_values()[0].clone();
        assert!(value.is_sensitive());
        value.to_str().unwrap().replace(signed.as_str(), "TOKEN")
    };
    let build = || TokenCookie::builder("session");
    for (cookie, expected) in [
        (
            cookie(),
            "__Host-session=TOKEN; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=900",
        ),
        (
            build().same_site(SameSite::Strict).build().unwrap(),
            "__Host-session=TOKEN; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=900",
        ),
        (
            build().same_site(SameSite::None).build().unwrap(),
            "__Host-session=TOKEN; HttpOnly; SameSite=None; Secure; Path=/; Max-Age=900",
        ),
        (
            build().domain("example.com").build().unwrap(),
            "__Secure-session=TOKEN; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.com; Max-Age=900",
        ),
        (
            build().dangerous_development("hotel").build().unwrap(),
            "hotel-session=TOKEN; HttpOnly; SameSite=Lax; Path=/; Max-Age=900",
        ),
    ] {
        assert_eq!(header(&cookie), expected);
        // Removing it takes the same attributes, or browsers keep it.
        let cleared = cookie.clear().header_values()[0].clone();
        let expected = expected
            .replace("TOKEN", "")
            .replace("Max-Age=900", "Max-Age=0");
        assert_eq!(cleared.to_str().unwrap(), expected);
    }
}

#[test]
fn somebody_elses_token_comes_with_its_lifetime() {
    let lifetime = Duration::from_secs(60);
    let set = cookie().set(("abc.def-_~+/==", lifetime)).unwrap();
    assert_eq!(
        set.header_values()[0].to_str().unwrap(),
        "__Host-session=abc.def-_~+/==; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60"
    );
    for bad in ["", "a b", "a;b", "a,b", "a\"b", "a\r\nb", "é", "a\\b"] {
        let error = cookie().set((bad, lifetime)).unwrap_err();
        assert_eq!(error, CookieError::NotAToken, "{bad:?}");
    }
}

#[test]
fn a_cookie_that_browsers_would_drop_names_the_largest_claims() {
    let name = cookie().name().len();
    let longest = "a".repeat(4096 - name);
    assert!(cookie().set((longest.as_str(), Duration::ZERO)).is_ok());
    let longer = "a".repeat(4097 - name);
    let error = cookie().set((longer.as_str(), Duration::ZERO)).unwrap_err();
    assert_eq!(
        error,
        CookieError::TooLarge {
            bytes: 4097,
            most: 4096,
            largest: vec![]
        }
    );

    let claims = json!({"groups": "g".repeat(2500), "photo": "p".repeat(900), "a": 1});
    let signed = issuer().token("anna").claims(&claims).sign().unwrap();
    let error = cookie().set(&signed).unwrap_err();
    let CookieError::TooLarge { bytes, largest, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*bytes, name + signed.as_str().len());
    assert_eq!(
        largest[..2],
        [("groups".into(), 2500), ("photo".into(), 900)]
    );
    let text = error.to_string();
    assert!(
        text.contains(r#""groups" with 2500 bytes, "photo" with 900 bytes"#),
        "{text}"
    );
    assert!(!text.contains("ggg") && !format!("{error:?}").contains("ppp"));
}

#[tokio::test]
async fn it_is_part_of_any_answer_and_keeps_it_out_of_caches() {
    async fn login() -> Result<impl IntoResponse, IssueError> {
        let signed = issuer().token("anna").sign()?;
        Ok((cookie().set(&signed)?, Redirect::to("/")))
    }
    async fn logout() -> impl IntoResponse {
        (cookie().clear(), [(CACHE_CONTROL, "max-age=1")], "bye")
    }
    let app = Router::new()
        .route("/login", on_get(login))
        .route("/logout", on_get(logout))
        .route("/alone", on_get(async || cookie().clear()));
    let answer = send(app.clone(), get("/login")).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(set_cookies(&answer).len(), 1);
    let answer = send(app.clone(), get("/logout")).await;
    assert_eq!(answer.body, "bye");
    // What the handler says after it is its own affair.
    assert_eq!(answer.header("cache-control"), Some("max-age=1"));
    assert_eq!(set_cookies(&answer), [CLEARED]);
    let answer = send(app, get("/alone")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(set_cookies(&answer), [CLEARED]);
}

#[tokio::test]
async fn a_token_in_the_cookie_lets_in_and_says_where_it_was() {
    async fn source(token: VerifiedToken) -> &'static str {
        match token.source() {
            Source::Cookie => "cookie",
            Source::Header => "header",
            _ => "elsewhere",
        }
    }
    let app = Router::new()
        .route("/", on_get(source))
        .layer(layer().cookie(cookie()));
    let answer = send(app.clone(), with_cookie(&token("a"))).await;
    assert_eq!(answer.body, "cookie");
    assert_eq!(answer.header("cache-control"), Some("private"));
    let answer = send(app.clone(), get_with("/", &token("a"))).await;
    assert_eq!(answer.body, "header");
    assert_eq!(answer.header("cache-control"), None);
    // Without a layer that knows it, a cookie is nothing.
    assert_eq!(
        send(door(layer()), with_cookie(&token("a"))).await.status,
        401
    );
}

#[tokio::test]
async fn what_the_handler_says_about_caches_stays() {
    let app = Router::new()
        .route("/", on_get(async || ([(CACHE_CONTROL, "no-store")], "in")))
        .layer(layer().cookie(cookie()));
    let answer = send(app, with_cookie(&token("a"))).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let refused = send(door(layer().cookie(cookie())), with_cookie("x.y.z")).await;
    assert_eq!(refused.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_bad_header_is_never_rescued_by_a_good_cookie() {
    let layer = layer().cookie(cookie());
    let mut request = with_cookie(&token("a"));
    let bearer = format!("Bearer {}", token_with(json!({"aud": "x"})));
    request
        .headers_mut()
        .insert("authorization", bearer.parse().unwrap());
    assert_refused(
        &send(door(layer.clone()), request).await,
        Reason::Audience,
        "header",
    );
    let mut request = with_cookie(&token("a"));
    request
        .headers_mut()
        .insert("authorization", "Basic YTpi".parse().unwrap());
    assert_in(
        &send(door(layer), request).await,
        "another scheme is no credential",
    );
}

#[tokio::test]
async fn cookies_alone_can_be_accepted() {
    let only = layer().without_authorization_header().cookie(cookie());
    assert_in(
        &send(door(only.clone()), with_cookie(&token("a"))).await,
        "cookie",
    );
    let answer = send(door(only), get_with("/", &token("a"))).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
}

#[tokio::test]
async fn names_match_octet_by_octet_in_all_lines() {
    let layer = layer().cookie(cookie());
    let good = token("a");
    for lines in [
        vec![format!("__Host-session={good}")],
        vec![format!("a=b; __Host-session={good}; c=d")],
        vec!["a=b".into(), format!("__Host-session={good}"), "c=d".into()],
        vec![format!("a=b;__Host-session={good}")],
        vec![format!("a=b;\t __Host-session={good} ")],
        vec![format!("__Host-session=; __Host-session={good}")],
        vec!["__Host-session=;x".into(), format!("__Host-session={good}")],
    ] {
        assert_in(
            &send(door(layer.clone()), with_cookies(&lines)).await,
            &format!("{lines:?}"),
        );
    }
    for lines in [
        vec![format!("__Host-sessio%6E={good}")],
        vec![format!("%5F%5FHost-session={good}")],
        vec![format!("__host-session={good}")],
        vec![format!("__HOST-session={good}")],
        vec![format!("session={good}")],
        vec![format!("__Host-sessions={good}")],
        vec![format!("x__Host-session={good}")],
        vec![format!("__Host-session ={good}")],
        vec!["__Host-session=".into()],
        vec!["__Host-session".into()],
        vec![format!("a=\"; __Host-sessionx={good}\"")],
    ] {
        let answer = send(door(layer.clone()), with_cookies(&lines)).await;
        assert_eq!(answer.status, 401, "{lines:?}");
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN), "{lines:?}");
    }
}

#[tokio::test]
async fn two_cookies_of_the_name_are_malformed() {
    let layer = layer().cookie(cookie());
    let (one, two) = (token("a"), token("b"));
    for lines in [
        vec![format!("__Host-session={one}; __Host-session={two}")],
        vec![
            format!("__Host-session={one}"),
            format!("__Host-session={two}"),
        ],
        vec![format!("__Host-session={one}; __Host-session={one}")],
    ] {
        let answer = send(door(layer.clone()), with_cookies(&lines)).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn a_bad_cookie_is_a_bad_token() {
    let layer = layer().cookie(cookie());
    let quoted = format!("\"{}\"", token("a"));
    for (value, why) in [
        (quoted.as_str(), Reason::Encoding),
        ("x", Reason::Form),
        ("%2E.%2E.x", Reason::Encoding),
    ] {
        assert_refused(
            &send(door(layer.clone()), with_cookie(value)).await,
            why,
            value,
        );
    }
    let mut request = get("/");
    let line = [&b"__Host-session=\xff."[..], b"\xfe.\xfd"].concat();
    request
        .headers_mut()
        .insert(COOKIE, line.try_into().unwrap());
    assert_refused(
        &send(door(layer), request).await,
        Reason::Encoding,
        "not UTF-8",
    );
}

/// A page for everybody, which also says whom it took the visitor for.
fn open_house(layer: &JwtLayer) -> Router {
    async fn who(request: Request<Body>) -> &'static str {
        match Presence::of(request.extensions()) {
            Some(Presence::Verified(_)) => "known",
            Some(Presence::Anonymous) => "anonymous",
            _ => "no layer",
        }
    }
    async fn login() -> impl IntoResponse {
        let signed = issuer().token("anna").sign().unwrap();
        (cookie().set(&signed).unwrap(), "welcome")
    }
    Router::new()
        .route("/", on_get(who))
        .route("/login", on_get(login))
        .layer(layer.clone().optional().cookie(cookie()))
}

#[tokio::test]
async fn in_the_optional_mode_a_bad_cookie_counts_as_absent_and_is_removed() {
    let app = open_house(&layer());
    for bad in [
        token_with(json!({"exp": 1})),
        "garbage".into(),
        token_with(json!({"exp": null})),
    ] {
        let answer = send(app.clone(), with_cookie(&bad)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.as_str()),
            (200, "anonymous")
        );
        assert_eq!(set_cookies(&answer), [CLEARED]);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let twice = format!("__Host-session={0}; __Host-session={0}", token("a"));
    let answer = send(app.clone(), with_cookies(&[twice])).await;
    assert_eq!(answer.body, "anonymous");
    // One that is kept apart for each site is another cookie.
    let apart = CLEARED.replace("; Secure", "; Partitioned; Secure");
    assert_eq!(set_cookies(&answer), [CLEARED, &apart]);

    let answer = send(app.clone(), with_cookie(&token("a"))).await;
    assert_eq!(answer.body, "known");
    assert!(set_cookies(&answer).is_empty());
    let answer = send(app.clone(), get("/")).await;
    assert_eq!(answer.body, "anonymous");
    assert!(set_cookies(&answer).is_empty());
    // A bad header is another matter: somebody put it there on purpose.
    let answer = send(app, get_with("/", "garbage")).await;
    assert_refused(&answer, Reason::Form, "header");
}

#[tokio::test]
async fn a_login_inside_of_the_layer_is_not_undone() {
    let mut request = with_cookie("garbage");
    *request.uri_mut() = "/login".parse().unwrap();
    let answer = send(open_house(&layer()), request).await;
    let cookies = set_cookies(&answer);
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].contains("Max-Age=900"), "{cookies:?}");
}

#[tokio::test]
async fn a_cookie_of_the_development_mode_stays_on_this_machine() {
    let development = TokenCookie::builder("session").dangerous_development("hotel");
    let app = door(layer().cookie(development.build().unwrap()));
    let request = |host: &str| {
        let mut request = get("/");
        let headers = request.headers_mut();
        headers.insert(
            COOKIE,
            format!("hotel-session={}", token("a")).parse().unwrap(),
        );
        headers.insert("host", host.parse().unwrap());
        request
    };
    for good in ["localhost:3000", "127.0.0.1", "[::1]:80"] {
        assert_in(&send(app.clone(), request(good)).await, good);
    }
    for bad in ["example.com", "192.168.0.1:3000", "localhost.example.com"] {
        let answer = send(app.clone(), request(bad)).await;
        assert_eq!(answer.status, 403, "{bad}");
        assert_eq!(answer.challenge, None);
        assert_eq!(answer.json()["error"], "forbidden");
    }
}

#[tokio::test]
async fn a_bad_cookie_leaves_a_good_one_alone() {
    let other = TokenCookie::builder("other")
        .domain("example.com")
        .build()
        .unwrap();
    let layer = layer().optional().cookie(other).cookie(cookie());
    let app = Router::new()
        .route(
            "/",
            on_get(async |token: Option<VerifiedToken>| token.map_or("anonymous", |_| "known")),
        )
        .layer(layer);
    let lines = format!("__Secure-other=garbage; __Host-session={}", token("a"));
    let answer = send(app, with_cookies(&[lines])).await;
    assert_eq!(answer.body, "known");
    let cookies = set_cookies(&answer);
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].starts_with("__Secure-other=;"), "{cookies:?}");
}

#[tokio::test]
async fn a_cookie_that_may_become_good_is_ignored_but_stays() {
    let app = open_house(&layer());
    let stranger = keycard::SigningKey::generate(keycard::Algorithm::ES256).unwrap();
    let header = json!({"alg": "ES256", "kid": stranger.key_id()}).to_string();
    for passing in [
        crate::support::sign_raw(&stranger, &header, crate::support::claims().to_string()),
        token_with(json!({"nbf": crate::support::NOW + 90})),
        token_with(json!({"iat": crate::support::NOW + 90})),
        token_with(json!({"aud": "x"})),
        token_with(json!({"iss": "x"})),
        crate::support::sign_raw(
            &stranger,
            r#"{"alg":"ES256"}"#,
            crate::support::claims().to_string(),
        ),
    ] {
        let answer = send(app.clone(), with_cookie(&passing)).await;
        assert_eq!(answer.body, "anonymous");
        assert_eq!(set_cookies(&answer), [""; 0]);
    }
}

#[tokio::test]
async fn an_answer_that_a_shared_cache_could_keep_is_private() {
    let page = async |said: &'static str, request: Request<Body>| {
        let handler = async move || ([(CACHE_CONTROL, said)], "in");
        let app = Router::new().route("/", on_get(handler));
        let layer = layer().cookie(cookie()).dangerous_query_parameter("t");
        let layer = layer.source("x", |head| {
            head.headers().get("x")?.to_str().ok().map(Into::into)
        });
        let answer = send(app.layer(layer), request).await;
        assert_eq!(answer.body, "in");
        let lines = answer.response.headers.get_all(CACHE_CONTROL).iter();
        let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap()).collect();
        lines.join(", ")
    };
    let good = token("a");
    let mut custom = get("/");
    custom.headers_mut().insert("x", good.parse().unwrap());
    for request in [with_cookie(&good), get(&format!("/?t={good}")), custom] {
        assert_eq!(page("max-age=60", request).await, "max-age=60, private");
    }
    for said in [
        "public, max-age=60",
        "Private",
        "no-store",
        "s-maxage=5",
        "max-age=1,S-MaxAge=2",
    ] {
        assert_eq!(page(said, with_cookie(&good)).await, said);
    }
    // RFC 9111, section 3.5: here the header itself keeps shared caches away.
    assert_eq!(page("max-age=60", get_with("/", &good)).await, "max-age=60");
}

#[tokio::test]
async fn a_name_that_stands_in_very_many_places_is_malformed_and_no_work() {
    let layer = layer().cookie(cookie());
    let good = token("a");
    let line = |fill: &str, times| {
        let separator = if fill == " " || fill.ends_with('c') {
            ""
        } else {
            "; "
        };
        format!("{}{separator}__Host-session={good}", fill.repeat(times))
    };
    for (fill, times, status) in [
        ("x__Host-session=a; ", 16, 200),
        ("x__Host-session=a; ", 4_095, 200),
        ("x__Host-session=a; ", 4_096, 400),
        ("__Host-session ", 10_000, 200),
        ("__Host-session=", 5_000, 400),
        ("__Host-session=; ", 63, 200),
        ("__Host-session=; ", 65, 400),
        ("x          __Host-session=a; ", 200, 200),
        ("x          __Host-session=a; ", 210, 400),
        ("          __Host-session          =a; ", 1_000, 200),
        ("__Host-sessio=; ", 5_000, 200),
        (";       ", 1, 200),
        ("; \t", 1_000, 200),
        (" ", 63, 200),
        (" ", 65, 401),
        ("a=b; c", 1, 401),
    ] {
        let answer = send(door(layer.clone()), with_cookies(&[line(fill, times)])).await;
        assert_eq!(answer.status, status, "{fill} {times} times");
    }
}

/// Anybody can send a cookie that is removed, and a cache that kept the answer would log out everybody.
#[tokio::test]
async fn no_cache_of_any_kind_keeps_the_removal_of_a_cookie() {
    const KINDS: [(&str, &str); 6] = [
        ("cache-control", "public, max-age=600"),
        ("cdn-cache-control", "max-age=600"),
        ("cloudflare-cdn-cache-control", "max-age=600"),
        ("surrogate-control", "max-age=600"),
        ("edge-control", "max-age=600"),
        ("x-accel-expires", "600"),
    ];
    let app = Router::new()
        .route("/", on_get(async || (KINDS, "the front page")))
        .route("/login", on_get(async || (KINDS, cookie().clear(), "out")))
        .layer(layer().optional().cookie(cookie()));
    let kept = |answer: &crate::support::Answer| {
        KINDS.map(|(name, said)| answer.header(name) == Some(said))
    };
    let stale = || with_cookies(&["__Host-session=garbage".to_owned()]);
    let removed = send(app.clone(), stale()).await;
    let visited = send(app.clone(), crate::support::get("/")).await;
    let login = send(app, crate::support::get("/login")).await;
    assert_eq!(kept(&visited), [true; 6]);
    for answer in [removed, login] {
        assert!(answer.header("set-cookie").is_some());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(kept(&answer), [false; 6]);
    }
}

#[tokio::test]
async fn of_two_cookies_of_one_name_the_last_one_is_sent() {
    async fn login() -> impl IntoResponse {
        let signed = issuer().token("anna").sign().unwrap();
        let other = TokenCookie::new("other").unwrap();
        (
            cookie().clear(),
            other.clear(),
            cookie().set(&signed).unwrap(),
            "welcome",
        )
    }
    let answer = send(Router::new().route("/", on_get(login)), get("/")).await;
    let cookies = set_cookies(&answer);
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    assert!(cookies[0].starts_with("__Host-other=;"));
    assert!(cookies[1].starts_with("__Host-session=ey"));
}

#[test]
fn a_part_of_a_second_is_rounded_up() {
    let value = token("a");
    for (millis, seconds) in [(1, 1), (1_000, 1), (1_001, 2), (1_999, 2)] {
        let set = cookie().set((value.as_str(), Duration::from_millis(millis)));
        let header = set.unwrap().header_values()[0].clone();
        let end = format!("; Max-Age={seconds}");
        assert!(header.to_str().unwrap().ends_with(&end), "{millis} ms");
    }
}

#[tokio::test]
async fn another_cookie_of_the_handler_does_not_keep_a_bad_one() {
    let other = async || ([(SET_COOKIE, "__Host-session-2=x; Secure; Path=/")], "in");
    let app = Router::new().route("/", on_get(other));
    let app = app.layer(layer().optional().cookie(cookie()));
    let answer = send(app, with_cookie("garbage")).await;
    assert_eq!(
        set_cookies(&answer),
        ["__Host-session-2=x; Secure; Path=/", CLEARED]
    );
}

#[tokio::test]
async fn the_value_of_another_cookie_locks_nobody_out() {
    let layer = layer().cookie(cookie());
    let good = token("a");
    for other in [
        format!("x=a{}__Host-session=b", " ".repeat(70)),
        format!("x={}", "__Host-session=".repeat(200)),
        "x=a __Host-session=b".to_owned(),
    ] {
        let line = format!("{other}; __Host-session={good}");
        let answer = send(door(layer.clone()), with_cookies(&[line])).await;
        assert_in(&answer, &other);
    }
}

#[tokio::test]
async fn cookies_of_one_name_and_two_domains_are_two() {
    async fn moved() -> impl IntoResponse {
        let signed = issuer().token("anna").sign().unwrap();
        let of = |domain| TokenCookie::builder("s").domain(domain).build().unwrap();
        (
            of("example.com").clear(),
            of("app.example.com").set(&signed).unwrap(),
            "in",
        )
    }
    let answer = send(Router::new().route("/", on_get(moved)), get("/")).await;
    assert_eq!(set_cookies(&answer).len(), 2);
}

/// A host beside this one can fill its cookies with the name of ours, and nobody is locked out or logged out by it.
#[tokio::test]
async fn cookies_full_of_the_name_neither_lock_out_nor_remove() {
    let name = "__Host-session=";
    let full = |part: &str, bytes: usize| part.repeat(bytes / part.len());
    let cookies = |part: &str, count: usize| -> String {
        let all = (0..count).map(|n| format!("_{n}={}; ", full(part, 4_000)));
        all.collect()
    };
    for part in [
        name,
        "session=",
        "__Host-session",
        "__Host-session=a__Host-session=",
    ] {
        let line = format!("{}__Host-session={}", cookies(part, 12), token("a"));
        let answer = send(door(layer().cookie(cookie())), with_cookies(&[line])).await;
        assert_eq!(answer.status, 200, "{part}");
    }
    // More than browsers and servers take. It says nothing about the cookie, so nothing is removed.
    let line = format!("{}__Host-session={}", cookies(name, 20), token("a"));
    for layer in [layer(), layer().optional()] {
        let answer = send(
            door(layer.cookie(cookie())),
            with_cookies(std::slice::from_ref(&line)),
        )
        .await;
        assert_eq!(
            (answer.status.as_u16(), set_cookies(&answer).len()),
            (400, 0)
        );
    }
}

/// The domain of the cookie was changed, or a sister instance has one for the domain around.
#[tokio::test]
async fn a_browser_with_two_cookies_of_the_name_gets_out_by_itself() {
    let wide = TokenCookie::builder("session")
        .domain("rooms.example")
        .build()
        .unwrap();
    let request = |host: &str, name: &str, mode: &str| {
        let twice = format!("{name}={}; {name}=other", token("a"));
        let mut request = with_cookies(&[twice]);
        request.headers_mut().insert("host", host.parse().unwrap());
        request
            .headers_mut()
            .insert("sec-fetch-mode", mode.parse().unwrap());
        request
    };
    let app = |layer: keycard::JwtLayer| door(layer.login_page("/login"));
    let page = send(
        app(layer().cookie(wide.clone())),
        request("eu.app.rooms.example:8443", wide.name(), "navigate"),
    )
    .await;
    assert_eq!(
        (page.status.as_u16(), page.header("location")),
        (303, Some("/login?next=/"))
    );
    let removed = |domains: &[&str]| -> Vec<String> {
        let lines = domains.iter().flat_map(|domain| {
            let domain = if domain.is_empty() {
                String::new()
            } else {
                format!("; Domain={domain}")
            };
            // One that is kept apart for each site is another cookie.
            ["", "Partitioned; "].map(|kind| {
                format!(
                    "__Secure-session=; HttpOnly; SameSite=Lax; {kind}Secure; Path=/{domain}; Max-Age=0"
                )
            })
        });
        lines.collect()
    };
    let all = [
        "",
        "eu.app.rooms.example",
        "app.rooms.example",
        "rooms.example",
    ];
    assert_eq!(set_cookies(&page), removed(&all));

    let script = send(
        app(layer().cookie(wide.clone())),
        request("rooms.example", wide.name(), "cors"),
    )
    .await;
    assert_eq!(script.status, 400);
    assert_eq!(set_cookies(&script), removed(&["", "rooms.example"]));
    // Where nobody has to be logged in, the page is there at once.
    let open = send(
        app(layer().cookie(wide.clone()).optional()),
        request("rooms.example", wide.name(), "navigate"),
    )
    .await;
    assert_eq!(open.status, 200);
    assert_eq!(set_cookies(&open), removed(&["", "rooms.example"]));
    // An address has no domains around it, nor has a nonsense; and the number is bounded.
    for (host, count) in [
        ("192.0.2.1:80", 4),
        ("[::1]:80", 4),
        ("localhost", 4),
        ("a..b;x=y", 4),
        ("", 4),
    ] {
        let answer = send(
            app(layer().cookie(wide.clone())),
            request(host, wide.name(), "cors"),
        )
        .await;
        assert_eq!(set_cookies(&answer).len(), count, "{host}");
    }
    // A stranger who writes a long one does not get it back ten times.
    for (labels, count) in [(100, 12), (126, 12), (127, 4), (100_000, 4)] {
        let deep = "a.".repeat(labels) + "example";
        let answer = send(
            app(layer().cookie(wide.clone())),
            request(&deep, wide.name(), "cors"),
        )
        .await;
        assert_eq!(set_cookies(&answer).len(), count, "{labels}");
    }
    // The prefix keeps others from setting one, so there is one to remove.
    let answer = send(
        app(layer().cookie(cookie())),
        request("a.rooms.example", cookie().name(), "navigate"),
    )
    .await;
    assert_eq!(
        (answer.status.as_u16(), set_cookies(&answer).len()),
        (303, 2)
    );
}

/// An application that changes the domain of its cookie removes the old one at login.
#[tokio::test]
async fn a_login_may_remove_a_cookie_of_the_same_name_and_another_domain() {
    let old = TokenCookie::builder("session")
        .domain("rooms.example")
        .build()
        .unwrap();
    let new = TokenCookie::builder("session")
        .domain("eu.rooms.example")
        .build()
        .unwrap();
    let login = async move || {
        let signed = issuer().token("anna").sign().unwrap();
        (old.clear(), new.set(&signed).unwrap(), "welcome")
    };
    let answer = send(Router::new().route("/", on_get(login)), get("/")).await;
    let cookies = set_cookies(&answer);
    assert_eq!(cookies.len(), 2);
    assert!(
        cookies[0].contains("Domain=rooms.example; Max-Age=0"),
        "{}",
        cookies[0]
    );
    assert!(
        cookies[1].contains("Domain=eu.rooms.example") && cookies[1].contains("=ey"),
        "{}",
        cookies[1]
    );
}

#[tokio::test]
async fn a_cookie_for_plain_http_at_home_is_good_on_every_host() {
    let cookie = TokenCookie::builder("session")
        .dangerous_plain_http("hotel")
        .build()
        .unwrap();
    let signed = issuer().token("anna").sign().unwrap();
    let set = cookie.set(&signed).unwrap();
    let text = set.header_values()[0].to_str().unwrap();
    let end = "; HttpOnly; SameSite=Lax; Path=/; Max-Age=900";
    assert_eq!(text, format!("hotel-session={}{end}", signed.as_str()));
    let app = door(layer().cookie(cookie.clone()));
    let ask = async |method: &str, origin: Option<&str>| {
        let mut request = with_cookies(&[format!("hotel-session={}", token("a"))]);
        *request.method_mut() = method.parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("host", "nas.lan:8080".parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        send(app.clone(), request).await.status.as_u16()
    };
    assert_eq!(ask("GET", None).await, 200);
    assert_eq!(ask("POST", Some("http://nas.lan:8080")).await, 200);
    assert_eq!(ask("POST", Some("http://nas.lan")).await, 403);
    assert_eq!(ask("POST", Some("http://evil.example")).await, 403);
    let with_domain = TokenCookie::builder("a")
        .dangerous_plain_http("b")
        .domain("nas.lan")
        .build();
    assert_eq!(
        with_domain.err(),
        Some(keycard::ConfigError::CookieDevelopment)
    );
    // The last word counts.
    let narrow = TokenCookie::builder("session")
        .dangerous_plain_http("a")
        .dangerous_development("hotel");
    let narrow = door(layer().cookie(narrow.build().unwrap()));
    let mut request = with_cookies(&[format!("hotel-session={}", token("a"))]);
    request
        .headers_mut()
        .insert("host", "nas.lan".parse().unwrap());
    assert_eq!(send(narrow, request).await.status, 403);
}
