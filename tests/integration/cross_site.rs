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
        "tauri://localhost",
        "capacitor://localhost",
        "ionic://localhost",
        "app://.",
        "app://obsidian.md",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://3c6f9e2a-41f3-4b1c-9d4e-0b5c7c1d2e3f",
        "safari-web-extension://3C6F9E2A-41F3-4B1C-9D4E-0B5C7C1D2E3F",
        "vscode-webview://1a2b",
    ] {
        assert!(CrossSite::new().trust(good).is_ok(), "{good}");
        assert!(CrossSite::new().public_origin(good).is_ok(), "{good}");
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
        "file://",
        "file:///",
        "file://host",
        "data://a",
        "javascript://a",
        "blob://a",
        "ws://app.example",
        "wss://app.example",
        "Tauri://localhost",
        "tauri://",
        "tauri:localhost",
        "tauri://local host",
        "tauri://localhost/",
        "tauri://localhost?a",
        "1app://a",
        "://a",
        "app://a@b",
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
        let error = CrossSite::new().public_origin(bad).err();
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

/// What a request with a cookie is answered, that has these headers.
async fn status(rule: &CrossSite, method: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::builder().method(method).uri("/");
    request = request.header("cookie", format!("__Host-session={}", token("a")));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    send(rooms(rule.clone()), request).await.status.as_u16()
}

#[tokio::test]
async fn applications_with_a_scheme_of_their_own_are_trusted_by_it() {
    for origin in [
        "tauri://localhost",
        "capacitor://localhost",
        "ionic://localhost",
        "app://.",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://3c6f9e2a-41f3-4b1c-9d4e-0b5c7c1d2e3f",
    ] {
        let rule = CrossSite::new().trust(origin).unwrap();
        let headers = |origin| {
            [
                ("host", "rooms.example"),
                ("sec-fetch-site", "cross-site"),
                ("origin", origin),
            ]
        };
        assert_eq!(
            status(&rule, "POST", &headers(origin)).await,
            200,
            "{origin}"
        );
        let other = format!("{origin}x");
        assert_eq!(
            status(&rule, "POST", &headers(&other)).await,
            403,
            "{other}"
        );
        let none = CrossSite::new();
        assert_eq!(
            status(&none, "POST", &headers(origin)).await,
            403,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn an_extension_with_permission_for_the_host_gets_in() {
    let headers = [
        ("host", "rooms.example"),
        ("sec-fetch-site", "none"),
        (
            "origin",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        ),
    ];
    assert_eq!(status(&CrossSite::new(), "POST", &headers).await, 200);
}

/// Behind a proxy that writes the address of this service into `Host`.
#[tokio::test]
async fn a_public_origin_stands_in_for_the_host() {
    const HANDSHAKE: [(&str, &str); 3] = [
        ("host", "127.0.0.1:3000"),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
    ];
    let public = CrossSite::new()
        .public_origin("https://rooms.example")
        .unwrap();
    let plain = CrossSite::new();
    for (origin, with_public, without) in [
        ("https://rooms.example", 200, 403),
        // Neither another scheme nor the host that the proxy wrote.
        ("http://rooms.example", 403, 403),
        ("https://127.0.0.1:3000", 403, 200),
        ("https://evil.example", 403, 403),
        ("null", 403, 403),
    ] {
        let handshake = [&HANDSHAKE[..], &[("origin", origin)]].concat();
        assert_eq!(
            status(&public, "GET", &handshake).await,
            with_public,
            "{origin}"
        );
        assert_eq!(status(&plain, "GET", &handshake).await, without, "{origin}");
    }
    let page = [
        ("host", "127.0.0.1:3000"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(status(&public, "POST", &page).await, 200);
    let both = public.trust("https://app.example").unwrap();
    let app = [
        ("host", "x"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://app.example"),
    ];
    assert_eq!(status(&both, "POST", &app).await, 200);
}

#[tokio::test]
async fn a_handshake_without_its_upgrade_is_one() {
    let handshake = |origin| {
        [
            ("host", "rooms.example"),
            ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
            ("origin", origin),
        ]
    };
    let rule = CrossSite::new();
    assert_eq!(
        status(&rule, "GET", &handshake("https://evil.example")).await,
        403
    );
    assert_eq!(
        status(&rule, "GET", &handshake("https://rooms.example")).await,
        200
    );
}

#[tokio::test]
async fn a_function_may_know_origins() {
    let rule = CrossSite::new().trust_if(|origin| {
        assert_ne!(origin, "null", "that is nobody's");
        origin.ends_with(".preview.example") || origin.is_empty()
    });
    for (origin, wanted) in [
        ("https://branch-7.preview.example", 200),
        ("https://preview.example.evil.example", 403),
        ("null", 403),
    ] {
        let headers = [
            ("host", "rooms.example"),
            ("sec-fetch-site", "cross-site"),
            ("origin", origin),
        ];
        assert_eq!(status(&rule, "POST", &headers).await, wanted, "{origin}");
    }
    let without = [("host", "rooms.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(status(&rule, "POST", &without).await, 403);
}

#[tokio::test]
async fn of_two_lines_none_counts() {
    let rule = CrossSite::new().trust("https://app.example").unwrap();
    for (headers, what) in [
        (
            [
                ("origin", "https://rooms.example"),
                ("origin", "https://evil.example"),
            ],
            "origins",
        ),
        (
            [
                ("origin", "https://app.example"),
                ("origin", "https://app.example"),
            ],
            "trusted",
        ),
        (
            [
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-site", "cross-site"),
            ],
            "sites",
        ),
    ] {
        let headers = [&headers[..], &[("host", "rooms.example")]].concat();
        assert_eq!(status(&rule, "POST", &headers).await, 403, "{what}");
    }
    let hosts = [
        ("host", "rooms.example"),
        ("host", "evil.example"),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(status(&rule, "POST", &hosts).await, 403);
}

/// The rule of tower-http decides alike, but for the case of a host and its default port.
#[tokio::test]
async fn another_library_decides_alike() {
    use tower::{Layer, ServiceExt, service_fn};
    use tower_http::csrf::CsrfLayer;

    let theirs = CsrfLayer::new()
        .add_trusted_origin("https://app.example")
        .unwrap();
    let inside = service_fn(async |_: Request<Body>| {
        Ok::<_, std::convert::Infallible>(http::Response::new(Body::empty()))
    });
    let ours = Router::new().route("/", routing::any(async || "in").layer(trusting()));
    let mut compared = 0;
    for (method, _) in METHODS {
        for site in SITES {
            for origin in ORIGINS.into_iter().chain([
                Some(""),
                Some("https://rooms.example."),
                Some("http://rooms.example"),
                Some("tauri://rooms.example"),
                Some("https://user@rooms.example"),
                Some("https://rooms.example/"),
            ]) {
                let what = format!("{method} {site:?} {origin:?}");
                let request = || request(method, site, origin, Carrier::Nothing);
                let theirs = theirs.layer(inside).oneshot(request()).await.unwrap();
                let ours = send(ours.clone(), request()).await;
                // It compares what a URL library takes for the host of this.
                if origin == Some("https://rooms.example/") && theirs.status() != ours.status {
                    assert_eq!(ours.status, 403, "{what}");
                    continue;
                }
                assert_eq!(
                    ours.status.is_success(),
                    theirs.status().is_success(),
                    "{what}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 700, "{compared}");
}
