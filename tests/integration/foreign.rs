//! Tokens where others put them: a cookie or a header of a proxy that has a login of its own.

use axum::Router;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::routing::{any, get as on_get};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderValue, Method, Request};
use keycard::cookie::CookieError;
use keycard::gate::Verdict;
use keycard::request::RequestHead;
use keycard::verify::{Reason, Source};
use keycard::{ConfigError, CrossSite, JwtLayer, TokenCookie, VerifiedToken};

use crate::support::{Answer, assert_in, assert_refused, door, layer, send, token, token_with};

const CLOUDFLARE: &str = "cf-access-jwt-assertion";
const GOOGLE: &str = "x-goog-iap-jwt-assertion";

fn cookie() -> TokenCookie {
    TokenCookie::foreign("CF_Authorization").unwrap()
}

/// A request with these headers.
fn request(method: Method, headers: &[(&str, &str)]) -> Request<Body> {
    let mut builder = Request::builder()
        .method(method)
        .uri("/")
        .header("host", "rooms.example");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(Body::empty()).unwrap()
}

async fn ask(layer: &JwtLayer, method: Method, headers: &[(&str, &str)]) -> Answer {
    send(door(layer.clone()), request(method, headers)).await
}

const FORGED: (&str, &str) = ("sec-fetch-site", "cross-site");
const ELSEWHERE: (&str, &str) = ("origin", "https://evil.example");

#[tokio::test]
async fn a_forged_post_with_the_cookie_of_a_proxy_is_refused_and_a_bearer_is_not() {
    let layer = layer().cookie(cookie());
    let token = token("a");
    let of_proxy = format!("a=b; CF_Authorization={token}");
    let bearer = format!("Bearer {token}");
    for trace in [FORGED, ELSEWHERE] {
        let with = |credential| [credential, trace];
        let forged = ask(&layer, Method::POST, &with(("cookie", &of_proxy))).await;
        assert_eq!(forged.status, 403, "{trace:?}");
        let page = ask(&layer, Method::POST, &with(("authorization", &bearer))).await;
        assert_in(&page, "a front end of another origin");
        let link = ask(&layer, Method::GET, &with(("cookie", &of_proxy))).await;
        assert_in(&link, "a link from elsewhere");
    }
    let own = [
        ("cookie", of_proxy.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_in(&ask(&layer, Method::POST, &own).await, "a form of its own");
}

#[tokio::test]
async fn a_cookie_of_others_is_read_and_never_written() {
    let signed = crate::support::issuer().token("anna").sign().unwrap();
    let cookie = cookie();
    assert_eq!(cookie.set(&signed).err(), Some(CookieError::Foreign));
    assert_eq!(
        cookie.set_for_session(&signed).err(),
        Some(CookieError::Foreign)
    );
    assert!(cookie.clear().header_values().is_empty());

    // Not even a layer that greets everybody removes a bad one.
    let optional = layer().cookie(cookie).optional();
    let bad = ask(
        &optional,
        Method::GET,
        &[("cookie", "CF_Authorization=a.b.c")],
    )
    .await;
    assert_in(&bad, "anonymous");
    assert_eq!(bad.header("set-cookie"), None);
    let twice = format!("CF_Authorization={0}; CF_Authorization={0}", token("a"));
    let answer = ask(
        &layer().cookie(self::cookie()),
        Method::GET,
        &[("cookie", &twice)],
    )
    .await;
    assert_eq!(answer.status, 400);
    // The name is compared octet by octet.
    let other = format!("cf_authorization={}", token("a"));
    let answer = ask(
        &layer().cookie(self::cookie()),
        Method::GET,
        &[("cookie", &other)],
    )
    .await;
    assert_eq!(answer.status, 401);
}

#[test]
fn a_cookie_of_others_has_a_name_that_cookies_can_have() {
    for good in [
        "CF_Authorization",
        "__Host-x",
        "__Secure-x",
        "AWSELBAuthSessionCookie-0",
        "a.b",
    ] {
        assert_eq!(TokenCookie::foreign(good).unwrap().name(), good);
    }
    for bad in ["", "a b", "a=b", "a;b", "é", "a\"", &"x".repeat(257)] {
        assert_eq!(
            TokenCookie::foreign(bad).err(),
            Some(ConfigError::CookieName),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_header_of_a_proxy_has_one_line_and_a_token_in_it() {
    for name in [CLOUDFLARE, GOOGLE, "X-Token"] {
        let layer = layer().without_authorization_header().header(name);
        let good = token("a");
        let strange = token_with(serde_json::json!({"aud": "https://pool.example"}));
        assert_in(&ask(&layer, Method::GET, &[(name, &good)]).await, name);
        let refused = ask(&layer, Method::GET, &[(name, &strange)]).await;
        assert_refused(&refused, Reason::Audience, name);
        for lines in [
            vec![(name, good.as_str()), (name, &good)],
            vec![(name, good.as_str()), (name, &strange)],
            vec![(name, good.as_str()), (name, "")],
            vec![(name, ""), (name, &good)],
        ] {
            let answer = ask(&layer, Method::GET, &lines).await;
            assert_eq!(answer.status, 400, "{name}");
            assert!(answer.body.contains("invalid_request"), "{name}");
        }
        let bearer = format!("Bearer {good}");
        let list = format!("{good}, {good}");
        for malformed in [bearer.as_str(), &list, "\"a\"", "a b", "=", "a=b", "\u{e9}"] {
            let answer = ask(&layer, Method::GET, &[(name, malformed)]).await;
            assert_eq!(answer.status, 400, "{name}: {malformed}");
        }
        // What is too long to be a token is not looked at: each byte would take its time.
        for long in ["=", " ", "a"].map(|part| part.repeat(16 * 1024 + 1)) {
            let inside = format!("a{long}a");
            let answer = ask(&layer, Method::GET, &[(name, &inside)]).await;
            assert_refused(&answer, Reason::TooLong, name);
        }
        for absent in [vec![], vec![(name, "")]] {
            assert_eq!(
                ask(&layer, Method::GET, &absent).await.status,
                401,
                "{name}"
            );
            let optional = layer.clone().optional();
            assert_in(&ask(&optional, Method::GET, &absent).await, "anonymous");
        }
        // A bad one is nobody's visitor, as it is no cookie.
        let optional = layer.clone().optional();
        let answer = ask(&optional, Method::GET, &[(name, &strange)]).await;
        assert_refused(&answer, Reason::Audience, name);
    }
}

#[tokio::test]
async fn a_header_that_a_proxy_made_of_its_cookie_is_no_defence_against_other_sites() {
    let layer = layer().header(CLOUDFLARE);
    let token = token("a");
    for trace in [FORGED, ELSEWHERE] {
        for (method, status) in [
            (Method::POST, 403),
            (Method::DELETE, 403),
            (Method::GET, 200),
        ] {
            let headers = [(CLOUDFLARE, token.as_str()), trace];
            assert_eq!(
                ask(&layer, method, &headers).await.status,
                status,
                "{trace:?}"
            );
        }
    }
    // Neither a page of its own nor a program is held up.
    let own = [
        (CLOUDFLARE, token.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_in(&ask(&layer, Method::POST, &own).await, "a form of its own");
    let program = [(CLOUDFLARE, token.as_str())];
    assert_in(&ask(&layer, Method::POST, &program).await, "a program");
}

/// Some proxies write `Authorization` of their cookie, and nobody can tell that from what a program sends.
#[tokio::test]
async fn a_cross_site_layer_around_covers_a_bearer_that_a_proxy_made_of_its_cookie() {
    let app = door(layer()).layer(CrossSite::new());
    let bearer = format!("Bearer {}", token("a"));
    let ask = async |method, trace: &[(&str, &str)]| {
        let headers = [&[("authorization", bearer.as_str())], trace].concat();
        send(app.clone(), request(method, &headers)).await
    };
    for trace in [FORGED, ELSEWHERE] {
        assert_eq!(ask(Method::POST, &[trace]).await.status, 403, "{trace:?}");
        assert_in(&ask(Method::GET, &[trace]).await, "a link from elsewhere");
    }
    let own = [("sec-fetch-site", "same-origin")];
    assert_in(&ask(Method::POST, &own).await, "a form of its own");
    assert_in(&ask(Method::POST, &[]).await, "a program");
}

#[tokio::test]
async fn answers_to_such_requests_are_for_one_visitor() {
    let layer = layer().cookie(cookie()).header(CLOUDFLARE);
    let token = token("a");
    let of_proxy = format!("CF_Authorization={token}");
    for credential in [("cookie", of_proxy.as_str()), (CLOUDFLARE, &token)] {
        let answer = ask(&layer, Method::GET, &[credential]).await;
        assert_eq!(
            answer.header("cache-control"),
            Some("private"),
            "{}",
            credential.0
        );
    }
}

#[tokio::test]
async fn a_token_remembers_the_header_that_it_came_in() {
    let source = async |token: VerifiedToken| match token.source() {
        Source::NamedHeader(name) => name,
        _ => "elsewhere",
    };
    let app = Router::new()
        .route("/", on_get(source))
        .layer(layer().header(CLOUDFLARE).header(GOOGLE));
    for name in [CLOUDFLARE, GOOGLE] {
        let answer = send(app.clone(), request(Method::GET, &[(name, &token("a"))])).await;
        assert_eq!(answer.body, name);
    }
    // A Bearer header decides before it.
    let bearer = format!("Bearer {}", token("a"));
    let both = [("authorization", bearer.as_str()), (CLOUDFLARE, "a.b.c")];
    assert_eq!(
        send(app, request(Method::GET, &both)).await.body,
        "elsewhere"
    );
}

#[tokio::test]
async fn its_value_is_sensitive_whatever_becomes_of_the_request() {
    let marked = async |request: AxumRequest| {
        let value: &HeaderValue = &request.headers()[GOOGLE];
        if value.is_sensitive() {
            "sensitive"
        } else {
            "shown"
        }
    };
    let layer = layer().header(GOOGLE);
    let app = Router::new().route("/", any(marked)).layer(layer.clone());
    let good = request(Method::GET, &[(GOOGLE, &token("a"))]);
    assert_eq!(send(app, good).await.body, "sensitive");

    let mut bad = request(Method::GET, &[(GOOGLE, "a.b.c")]);
    bad.headers_mut()
        .append(COOKIE, HeaderValue::from_static("a=b"));
    let gate = layer.gate();
    assert!(gate.admit(&mut bad).await.is_err());
    assert!(bad.headers()[GOOGLE].is_sensitive() && bad.headers()[COOKIE].is_sensitive());
    assert!(!bad.headers()["host"].is_sensitive());
    let twice = request(Method::GET, &[(GOOGLE, "a"), (GOOGLE, "b")]);
    let (verdict, _) = gate.decide(RequestHead::of(&twice));
    assert!(matches!(verdict, Verdict::Refuse(_)));
}

#[test]
fn a_header_with_rules_of_its_own_is_not_named() {
    for bad in [
        "",
        "a b",
        "authorization",
        "Authorization",
        "cookie",
        "COOKIE",
        "é",
    ] {
        let named = std::panic::catch_unwind(|| layer().header(bad));
        assert!(named.is_err(), "{bad}");
    }
    assert_eq!(AUTHORIZATION, "authorization");
}
