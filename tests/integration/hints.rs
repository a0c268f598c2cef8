//! What is wired wrong and shows in a request: the log says it once, by name.

use http::Request;
use keycard::cookie::SameSite;
use keycard::{JwtLayer, TokenCookie};

use crate::logs::Log;
use crate::support::{door, get, layer, send, token};

/// The warnings about a hundred requests with these headers.
async fn hints(
    layer: JwtLayer,
    method: &str,
    path: &str,
    headers: &[(&'static str, &str)],
) -> Vec<String> {
    let (log, _guard) = Log::start();
    let app = door(layer);
    for _ in 0..100 {
        let mut request: Request<axum::body::Body> = get(path);
        *request.method_mut() = method.parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        send(app.clone(), request).await;
    }
    log.lines("WARN")
}

fn with(same_site: SameSite) -> JwtLayer {
    let cookie = TokenCookie::builder("session")
        .same_site(same_site)
        .build()
        .unwrap();
    layer().cookie(cookie).login_page("/login")
}

/// Told at the first request and at the hundredth.
fn assert_told(lines: &[String], what: &str) {
    assert_eq!(lines.len(), 2, "{what}: {lines:#?}");
    assert!(
        lines[0].contains(what) && lines[0].contains("count=1"),
        "{what}: {lines:#?}"
    );
    assert!(lines[1].contains("count=100"), "{lines:#?}");
}

const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
const FRAME: (&str, &str) = ("sec-fetch-dest", "iframe");
const PAGE: (&str, &str) = ("sec-fetch-mode", "navigate");
const SCRIPT: (&str, &str) = ("sec-fetch-mode", "cors");

#[tokio::test]
async fn a_secure_cookie_over_plain_http() {
    let what = "dangerous_plain_http";
    for host in ["nas.lan", "192.168.1.2:8080", "0.0.0.0:3000", "NAS.lan"] {
        let referer = format!("http://{}/login?next=/", host.to_lowercase());
        let headers = [
            ("host", host),
            ("referer", referer.as_str()),
            ("accept", "text/html"),
        ];
        assert_told(
            &hints(with(SameSite::Lax), "GET", "/", &headers).await,
            what,
        );
        let origin = format!("http://{}", host.to_lowercase());
        let headers = [("host", host), ("origin", origin.as_str())];
        assert_told(
            &hints(with(SameSite::Lax), "POST", "/", &headers).await,
            what,
        );
    }
    for (host, referer) in [
        ("localhost:3000", "http://localhost:3000/login"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000/"),
        ("a.localhost", "http://a.localhost/"),
        ("nas.lan", "https://nas.lan/login"),
        ("nas.lan", "http://other.lan/"),
        ("nas.lan", "nonsense"),
    ] {
        let headers = [("host", host), ("referer", referer)];
        let lines = hints(with(SameSite::Lax), "GET", "/", &headers).await;
        assert!(lines.is_empty(), "{host} {referer}: {lines:#?}");
    }
    let plain = TokenCookie::builder("session")
        .dangerous_plain_http("hotel")
        .build()
        .unwrap();
    let headers = [("host", "nas.lan"), ("referer", "http://nas.lan/")];
    assert!(
        hints(layer().cookie(plain), "GET", "/", &headers)
            .await
            .is_empty()
    );
    assert!(
        hints(layer(), "GET", "/", &headers).await.is_empty(),
        "there is no cookie"
    );
    // Whoever has the cookie has kept it.
    let card = format!("__Host-session={}", token("a"));
    let headers = [
        ("host", "nas.lan"),
        ("referer", "http://nas.lan/"),
        ("cookie", &card),
    ];
    assert!(
        hints(with(SameSite::Lax), "GET", "/", &headers)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_cookie_that_another_site_has_to_send() {
    let framed = [CROSS, FRAME, PAGE];
    assert_told(
        &hints(with(SameSite::None), "GET", "/", &framed).await,
        "partitioned",
    );
    assert_told(
        &hints(with(SameSite::None), "GET", "/", &[CROSS, SCRIPT]).await,
        "partitioned",
    );
    assert_told(
        &hints(with(SameSite::Lax), "GET", "/", &framed).await,
        "SameSite::None",
    );
    assert_told(
        &hints(with(SameSite::Strict), "GET", "/", &framed).await,
        "SameSite::None",
    );
    assert_told(
        &hints(with(SameSite::Strict), "GET", "/", &[CROSS, PAGE]).await,
        "SameSite::Lax",
    );
    for (same_site, headers) in [
        (SameSite::Lax, &[CROSS, PAGE][..]),
        (SameSite::Lax, &[CROSS, SCRIPT]),
        (SameSite::None, &[CROSS, PAGE]),
        (
            SameSite::None,
            &[("sec-fetch-site", "same-origin"), FRAME, PAGE],
        ),
        (SameSite::Strict, &[("sec-fetch-site", "none"), PAGE]),
    ] {
        let lines = hints(with(same_site), "GET", "/", headers).await;
        assert!(lines.is_empty(), "{same_site:?} {headers:?}: {lines:#?}");
    }
    let apart = TokenCookie::builder("session")
        .same_site(SameSite::None)
        .partitioned()
        .build()
        .unwrap();
    assert!(
        hints(layer().cookie(apart), "GET", "/", &framed)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_is_wired_wrong_for_everybody() {
    let basic = [("authorization", "Basic YTpi")];
    assert_told(&hints(layer(), "GET", "/", &basic).await, "another scheme");
    let preflight = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "POST"),
    ];
    assert_told(
        &hints(layer(), "OPTIONS", "/", &preflight).await,
        "CorsLayer",
    );
    assert!(
        hints(layer().allow_preflight(), "OPTIONS", "/", &preflight)
            .await
            .is_empty()
    );
    assert_told(
        &hints(with(SameSite::Lax), "GET", "/login", &[PAGE]).await,
        "the login page is inside",
    );
    assert!(
        hints(layer().optional(), "GET", "/", &basic)
            .await
            .is_empty()
    );
    assert!(hints(layer(), "GET", "/", &[]).await.is_empty());
}
