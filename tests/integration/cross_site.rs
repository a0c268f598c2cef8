//! The cross-site check: every cell of the table, for requests with a cookie and for login.

use axum::Router;
use axum::body::Body;
use axum::routing;
use http::{Method, Request};
use keycard::{ConfigError, CrossSite, TokenCookie};

use crate::support::{Answer, layer, send, token};

const METHODS: [(&str, bool); 9] = [
    ("GET", true),
    ("HEAD", true),
    ("OPTIONS", true),
    ("POST", false),
    ("PUT", false),
    ("PATCH", false),
    ("DELETE", false),
    ("TRACE", false),
    ("QUERY", false),
];

const SITES: [Option<&str>; 7] = [
    None,
    Some("same-origin"),
    Some("none"),
    Some("same-site"),
    Some("cross-site"),
    Some("Same-Origin"),
    Some("nonsense"),
];

const ORIGINS: [Option<&str>; 7] = [
    None,
    Some("https://rooms.example"),
    Some("https://app.example"),
    Some("https://evil.example"),
    Some("https://rooms.example:8443"),
    Some("null"),
    Some("nonsense"),
];

#[derive(Clone, Copy)]
enum Carrier {
    Cookie,
    Header,
    Both,
    Nothing,
}

fn request(
    method: &str,
    site: Option<&str>,
    origin: Option<&str>,
    carrier: Carrier,
) -> Request<Body> {
    let token = token("a");
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri("/")
        .header("host", "rooms.example");
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    if matches!(carrier, Carrier::Cookie | Carrier::Both) {
        request = request.header("cookie", format!("__Host-session={token}"));
    }
    if matches!(carrier, Carrier::Header | Carrier::Both) {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(Body::empty()).unwrap()
}

/// What the rule says, written down once more: for unsafe methods only.
fn is_same_site(site: Option<&str>, origin: Option<&str>) -> bool {
    let trusted = origin == Some("https://app.example");
    match site {
        Some("same-origin" | "none") => true,
        Some(_) => trusted,
        None => trusted || matches!(origin, None | Some("https://rooms.example")),
    }
}

fn trusting() -> CrossSite {
    CrossSite::new().trust("https://app.example").unwrap()
}

fn rooms(cross_site: CrossSite) -> Router {
    let cookie = TokenCookie::new("session").unwrap();
    Router::new()
        .route("/", routing::any(async || "in"))
        .layer(layer().cookie(cookie).cross_site(cross_site))
}

#[track_caller]
fn assert_cross_site(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 403, "{what}");
    assert_eq!(answer.challenge, None, "{what}");
    if !what.starts_with("HEAD") {
        assert_eq!(
            answer.body,
            r#"{"error":"cross_site_request","error_description":"the request comes from another site"}"#,
            "{what}"
        );
    }
}

#[tokio::test]
async fn every_cell_of_the_table() {
    let app = rooms(trusting());
    let (mut refused, mut passed) = (0, 0);
    for (method, safe) in METHODS {
        for site in SITES {
            for origin in ORIGINS {
                let what = format!("{method} {site:?} {origin:?}");
                let with = |carrier| send(app.clone(), request(method, site, origin, carrier));
                let answer = with(Carrier::Cookie).await;
                if safe || is_same_site(site, origin) {
                    assert_eq!(answer.status, 200, "{what}");
                    passed += 1;
                } else {
                    assert_cross_site(&answer, &what);
                    refused += 1;
                }
                assert_eq!(with(Carrier::Header).await.status, 200, "{what}");
                // The header decides, so the cookie is not even looked at.
                assert_eq!(with(Carrier::Both).await.status, 200, "{what}");
                assert_eq!(with(Carrier::Nothing).await.status, 401, "{what}");
            }
        }
    }
    assert_eq!((passed, refused), (9 * 7 * 7 - refused, refused));
    assert_eq!(
        refused,
        6 * (4 * 6 + 4),
        "four sites without the trusted origin, and no site"
    );
}

#[tokio::test]
async fn an_upgrade_is_checked_like_a_post() {
    let app = rooms(CrossSite::new());
    let upgrade = |origin, site| {
        let mut request = request("GET", site, origin, Carrier::Cookie);
        request
            .headers_mut()
            .insert("upgrade", "websocket".parse().unwrap());
        request
            .headers_mut()
            .insert("connection", "Upgrade".parse().unwrap());
        request
    };
    for (origin, site) in [
        (Some("https://evil.example"), None),
        (Some("https://rooms.example:8443"), None),
        (Some("https://evil.example"), Some("cross-site")),
        (Some("null"), None),
        (None, Some("same-site")),
    ] {
        let answer = send(app.clone(), upgrade(origin, site)).await;
        assert_cross_site(&answer, &format!("{origin:?} {site:?}"));
    }
    for (origin, site) in [
        (Some("https://rooms.example"), None),
        (Some("https://rooms.example"), Some("same-origin")),
        (None, None),
    ] {
        assert_eq!(send(app.clone(), upgrade(origin, site)).await.status, 200);
    }
}

#[tokio::test]
async fn login_and_logout_take_it_as_a_layer() {
    let app = Router::new().route("/", routing::any(async || "in").layer(trusting()));
    for (method, safe) in METHODS {
        for site in SITES {
            for origin in ORIGINS {
                let what = format!("{method} {site:?} {origin:?}");
                let request = request(method, site, origin, Carrier::Nothing);
                let answer = send(app.clone(), request).await;
                if safe || is_same_site(site, origin) {
                    assert_eq!(answer.status, 200, "{what}");
                } else {
                    assert_cross_site(&answer, &what);
                }
            }
        }
    }
}

#[tokio::test]
async fn it_comes_before_a_look_at_the_token() {
    let app = rooms(CrossSite::new());
    let mut bad = request("POST", Some("cross-site"), None, Carrier::Nothing);
    bad.headers_mut()
        .insert("cookie", "__Host-session=garbage".parse().unwrap());
    assert_cross_site(&send(app.clone(), bad).await, "a bad cookie");
    let mut bad = request("POST", Some("same-origin"), None, Carrier::Nothing);
    bad.headers_mut()
        .insert("cookie", "__Host-session=garbage".parse().unwrap());
    assert_eq!(send(app, bad).await.status, 401);
}

#[tokio::test]
async fn report_only_refuses_nothing() {
    let app = rooms(CrossSite::new().dangerous_report_only());
    let evil = Some("https://evil.example");
    let answer = send(
        app,
        request("POST", Some("cross-site"), evil, Carrier::Cookie),
    )
    .await;
    assert_eq!(answer.status, 200);
}

#[test]
fn an_origin_that_would_never_match_is_an_error() {
    for good in [
        "https://app.example",
        "http://localhost:3000",
        "https://xn--exmple-cua.com",
        "https://app.example:8443",
        "http://app.example:443",
        "https://app.example:80",
        "http://127.0.0.1:65535",
        "http://[::1]",
        "http://[::1]:3000",
    ] {
        assert!(CrossSite::new().trust(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "app.example",
        "https://app.example/",
        "https://App.example",
        "HTTPS://app.example",
        "https://app.example:443",
        "http://app.example:80",
        "https://app.example/path",
        "https://exämple.com",
        "ftp://app.example",
        "null",
        "*",
        "https://*.example",
        "https://app.example:",
        "https://app.example:0443",
        "https://app.example:08443",
        "https://app.example:99999",
        "https://app.example:+80",
        "https://app.example:8443:8443",
        "https://app.example:x",
        "http://[::1]:",
        "http://[::1]:80",
        "https://:8443",
        "https://-",
        "https://.",
        "https://",
    ] {
        let error = CrossSite::new().trust(bad).err();
        assert_eq!(error, Some(ConfigError::Origin(bad.into())), "{bad}");
    }
}

#[tokio::test]
async fn an_origin_longer_than_any_host_is_nobodys() {
    let long = "a".repeat(400_000);
    let cookie = keycard::TokenCookie::new("session").unwrap();
    let app = crate::support::door(crate::support::layer().cookie(cookie));
    let request = |method: &str, origin: String, host: String| {
        http::Request::builder()
            .method(method)
            .uri("/")
            .header(
                "cookie",
                format!("__Host-session={}", crate::support::token("a")),
            )
            .header("origin", origin)
            .header("host", host)
            .body(axum::body::Body::empty())
            .unwrap()
    };
    let own = request("POST", format!("https://{long}"), long.clone());
    assert_eq!(crate::support::send(app.clone(), own).await.status, 403);
    let short = request(
        "POST",
        "https://rooms.example".into(),
        "rooms.example".into(),
    );
    assert_eq!(crate::support::send(app.clone(), short).await.status, 200);
    let reading = request("GET", format!("https://{long}"), long.clone());
    assert_eq!(crate::support::send(app, reading).await.status, 200);
}
