//! Browser manners: where a navigation without a good token goes, and what a page may know.

use axum::Router;
use axum::routing::get as on_get;
use http::header::CACHE_CONTROL;
use keycard::axum::claims_endpoint;
use keycard::{TokenCookie, VerifiedToken, require_scope};
use serde_json::json;

use crate::support::{NO_TOKEN, get, get_with, issuer, layer, send, token, token_with};

fn app() -> Router {
    let cookie = TokenCookie::new("session").unwrap();
    Router::new()
        .route("/", on_get(async || "in").post(async || "in"))
        .route("/rooms/{id}", on_get(async || "in"))
        .route(
            "/login",
            on_get(async || "a login page inside of the layer"),
        )
        .route(
            "/prices",
            on_get(async || "in").route_layer(require_scope("prices")),
        )
        .route("/never", on_get(async |_: VerifiedToken| "in"))
        .layer(layer().cookie(cookie).login_page("/login"))
}

fn navigate(path: &str) -> http::Request<axum::body::Body> {
    let mut request = get(path);
    request
        .headers_mut()
        .insert("sec-fetch-mode", "navigate".parse().unwrap());
    request
}

#[tokio::test]
async fn a_navigation_without_a_token_goes_to_the_login_page_with_the_way_back() {
    let answer = send(app(), navigate("/rooms/7?floor=3&x=a%20b")).await;
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.header("location"),
        Some("/login?next=/rooms/7%3Ffloor%3D3%26x%3Da%2520b")
    );
    assert_eq!(answer.challenge, None);
    assert!(answer.body.is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    let mut old_browser = get("/");
    let accept = "text/html,application/xhtml+xml;q=0.9";
    old_browser
        .headers_mut()
        .insert("accept", accept.parse().unwrap());
    let answer = send(app(), old_browser).await;
    assert_eq!(answer.header("location"), Some("/login?next=/"));

    let mut expired = navigate("/");
    let cookie = format!("__Host-session={}", token_with(json!({"exp": 1})));
    expired
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    assert_eq!(send(app(), expired).await.status, 303);
}

#[tokio::test]
async fn scripts_get_401_and_so_does_everything_that_is_no_page() {
    let mut script = get("/");
    script
        .headers_mut()
        .insert("sec-fetch-mode", "cors".parse().unwrap());
    script
        .headers_mut()
        .insert("accept", "text/html".parse().unwrap());
    let mut put = navigate("/");
    *put.method_mut() = http::Method::PUT;
    for request in [get("/"), script, put] {
        let answer = send(app(), request).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN));
        assert_eq!(answer.json()["error"], "unauthorized");
    }
}

#[tokio::test]
async fn a_login_does_not_help_against_a_missing_scope() {
    let mut request = get_with("/prices", &token("a"));
    request
        .headers_mut()
        .insert("sec-fetch-mode", "navigate".parse().unwrap());
    assert_eq!(send(app(), request).await.status, 403);
    let mut request = get_with("/prices", &token("prices"));
    request
        .headers_mut()
        .insert("sec-fetch-mode", "navigate".parse().unwrap());
    assert_eq!(send(app(), request).await.status, 200);
}

#[tokio::test]
async fn a_login_page_inside_of_the_layer_does_not_lead_to_itself() {
    let answer = send(app(), navigate("/login?next=/")).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_way_back_to_another_host_is_forgotten() {
    for path in ["//evil.example/", "//evil.example//"] {
        let mut request = navigate("/");
        *request.uri_mut() = http::Uri::builder().path_and_query(path).build().unwrap();
        let answer = send(app(), request).await;
        assert_eq!(answer.header("location"), Some("/login?next=/"), "{path}");
    }
}

#[test]
fn a_login_page_is_a_path_of_this_origin() {
    for bad in [
        "",
        "login",
        "https://evil.example/",
        "//evil.example/",
        "/a\\b",
        "/a b",
        "/login#x",
        "/login?next=/",
    ] {
        let result = std::panic::catch_unwind(|| layer().login_page(bad));
        assert!(result.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn the_claims_endpoint_tells_what_was_chosen_and_nothing_else() {
    let app = Router::new()
        .route(
            "/session",
            on_get(claims_endpoint(["name", "room", "absent"])),
        )
        .layer(layer());
    let claims = json!({"name": "Anna", "room": 7, "secret": "canary"});
    let signed = issuer()
        .token("anna")
        .scope("a b")
        .claims(&claims)
        .sign()
        .unwrap();
    let answer = send(app.clone(), get_with("/session", signed.as_str())).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.response.headers[CACHE_CONTROL], "no-store");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({"claims": {"name": "Anna", "room": 7}, "scopes": ["a", "b"],
            "exp": signed.expires_at().seconds()})
    );
    assert_eq!(send(app, get("/session")).await.status, 401);
}

#[tokio::test]
async fn a_token_in_the_query_is_no_part_of_the_way_back() {
    let cookie = TokenCookie::new("session").unwrap();
    let app = |layer: keycard::JwtLayer| {
        let page = on_get(async || "in");
        let layer = layer.login_page("/login");
        Router::new().route("/rooms", page).layer(layer)
    };
    let layers = [
        layer()
            .cookie(cookie.clone())
            .dangerous_query_parameter("t"),
        layer().dangerous_query_parameter("t").cookie(cookie),
    ];
    for layer in layers {
        for (path, location) in [
            ("/rooms?floor=3", "/login?next=/rooms%3Ffloor%3D3"),
            ("/rooms?floor=3&t=canary", "/login?next=/rooms"),
            ("/rooms?t=", "/login?next=/rooms"),
        ] {
            let answer = send(app(layer.clone()), navigate(path)).await;
            assert_eq!(answer.header("location"), Some(location), "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_that_does_not_fit_the_page_is_not_helped_by_another_login() {
    #[derive(serde::Deserialize)]
    struct Other {
        #[expect(dead_code, reason = "never decoded")]
        nowhere: u32,
    }
    let page = on_get(async |_: keycard::Claims<Other>| "in");
    let cookie = TokenCookie::new("session").unwrap();
    let app = Router::new()
        .route("/", page)
        .layer(layer().cookie(cookie).login_page("/login"));
    let mut request = navigate("/");
    let good = format!("__Host-session={}", token("a"));
    request
        .headers_mut()
        .insert("cookie", good.parse().unwrap());
    assert_eq!(send(app, request).await.status, 401);
}

#[tokio::test]
async fn what_an_old_browser_accepts_is_read_as_a_list() {
    for (accept, status) in [
        ("text/html", 303),
        ("*/*, TEXT/HTML;q=0.5", 303),
        ("text/htmlx", 401),
        ("application/x;y=\"text/html\"", 401),
        ("*/*", 401),
    ] {
        let mut request = get("/");
        request
            .headers_mut()
            .insert("accept", accept.parse().unwrap());
        assert_eq!(send(app(), request).await.status, status, "{accept}");
    }
}

#[tokio::test]
async fn the_way_back_is_read_from_the_query_and_followed() {
    #[derive(serde::Deserialize)]
    struct LoginQuery {
        #[serde(default)]
        next: keycard::request::ReturnPath,
    }
    async fn login(axum::extract::Query(query): axum::extract::Query<LoginQuery>) -> String {
        format!("{}", query.next)
    }
    let app = Router::new().route("/login", on_get(login));
    for (query, next) in [
        ("", "/"),
        ("?next=/rooms%3Ffloor%3D3", "/rooms?floor=3"),
        ("?next=//evil.example", "/"),
        ("?next=https://evil.example/", "/"),
    ] {
        let answer = send(app.clone(), get(&format!("/login{query}"))).await;
        assert_eq!(answer.body, next, "{query}");
    }
}

#[tokio::test]
async fn a_way_back_of_more_than_2048_bytes_is_forgotten() {
    for (length, kept) in [(2_047, true), (2_048, true), (2_049, false)] {
        let path = format!("/{}", "a".repeat(length - 1));
        let answer = send(app(), navigate(&path)).await;
        let expected = if kept { &path } else { "/" };
        let location = format!("/login?next={expected}");
        assert_eq!(
            answer.header("location"),
            Some(location.as_str()),
            "{length}"
        );
    }
    // Escapes count: each byte of these takes three.
    for (escapes, kept) in [(682, true), (683, false)] {
        let path = "/a".to_owned() + &"%".repeat(escapes);
        let answer = send(app(), navigate(&path)).await;
        let is_kept = answer.header("location") != Some("/login?next=/");
        assert_eq!(is_kept, kept, "{escapes}");
    }
}

fn with(
    mut request: http::Request<axum::body::Body>,
    headers: &[(&'static str, &str)],
) -> http::Request<axum::body::Body> {
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

#[tokio::test]
async fn a_form_that_was_sent_too_late_leads_to_login_and_back_to_its_page() {
    let form = |headers: &[(&'static str, &str)]| {
        let mut request = get("/order");
        *request.method_mut() = http::Method::POST;
        let usual = [
            ("host", "rooms.example"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        with(with(request, &usual), headers)
    };
    let navigation = ("sec-fetch-mode", "navigate");
    let page = ("referer", "https://rooms.example/minibar?floor=3");
    for (headers, location) in [
        (
            vec![navigation, ("sec-fetch-site", "same-origin"), page],
            Some("/login?next=/minibar%3Ffloor%3D3"),
        ),
        (
            vec![navigation, page],
            Some("/login?next=/minibar%3Ffloor%3D3"),
        ),
        // No page to go back to, or none of this site.
        (vec![navigation], Some("/login?next=/")),
        (
            vec![
                navigation,
                ("sec-fetch-site", "cross-site"),
                ("referer", "https://evil.example/x"),
            ],
            Some("/login?next=/"),
        ),
        (
            vec![navigation, ("referer", "https://evil.example/x")],
            Some("/login?next=/"),
        ),
        (
            vec![
                navigation,
                ("referer", "https://rooms.example//evil.example"),
            ],
            Some("/login?next=/"),
        ),
        (
            vec![navigation, ("referer", "nonsense")],
            Some("/login?next=/"),
        ),
        // Over plain http.
        (
            vec![
                ("accept", "text/html,*/*"),
                ("referer", "http://rooms.example/minibar"),
            ],
            Some("/login?next=/minibar"),
        ),
        (
            vec![
                ("accept", "text/html"),
                ("content-type", "multipart/form-data; boundary=x"),
            ],
            Some("/login?next=/"),
        ),
        // Scripts.
        (vec![("accept", "*/*")], None),
        (
            vec![
                ("accept", "text/html"),
                ("x-requested-with", "XMLHttpRequest"),
            ],
            None,
        ),
        (
            vec![
                ("accept", "text/html"),
                ("content-type", "application/json"),
            ],
            None,
        ),
        (
            vec![("sec-fetch-mode", "cors"), ("accept", "text/html")],
            None,
        ),
    ] {
        let answer = send(app(), form(&headers)).await;
        let status = if location.is_some() { 303 } else { 401 };
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (status, location),
            "{headers:?}"
        );
    }
    let long = format!("https://rooms.example/{}", "a".repeat(100_000));
    let answer = send(app(), form(&[navigation, ("referer", &long)])).await;
    assert_eq!(answer.header("location"), Some("/login?next=/"));
    // What another site sends with a cookie is refused before anybody looks at the token.
    let cookie = format!("__Host-session={}", token_with(json!({"exp": 1})));
    let evil = [
        navigation,
        ("sec-fetch-site", "cross-site"),
        ("cookie", &cookie),
    ];
    assert_eq!(send(app(), form(&evil)).await.status, 403);
    let own = [
        navigation,
        ("sec-fetch-site", "same-origin"),
        ("cookie", &cookie),
        page,
    ];
    assert_eq!(send(app(), form(&own)).await.status, 303);
}

#[tokio::test]
async fn a_service_worker_hands_on_the_request_for_a_page() {
    for (headers, status) in [
        (
            [
                ("sec-fetch-mode", "same-origin"),
                ("accept", "text/html,application/xhtml+xml"),
            ],
            303,
        ),
        ([("sec-fetch-mode", "same-origin"), ("accept", "*/*")], 401),
        ([("sec-fetch-mode", "cors"), ("accept", "text/html")], 401),
        (
            [("sec-fetch-mode", "no-cors"), ("accept", "text/html")],
            401,
        ),
    ] {
        let answer = send(app(), with(get("/"), &headers)).await;
        assert_eq!(answer.status, status, "{headers:?}");
    }
}

#[tokio::test]
async fn a_script_of_old_is_not_sent_to_a_page() {
    let headers = [
        ("accept", "text/html, */*; q=0.01"),
        ("x-requested-with", "XMLHttpRequest"),
    ];
    assert_eq!(send(app(), with(get("/"), &headers)).await.status, 401);
}

#[tokio::test]
async fn a_login_page_and_a_hook_go_together() {
    let hook = |rejection: &keycard::Rejection, _: keycard::request::RequestHead<'_>| {
        rejection
            .to_response()
            .map(|_| r#"{"message":"no entry"}"#.into())
    };
    let page = on_get(async || "in").route_layer(require_scope("prices"));
    let app = Router::new()
        .route("/", page)
        .layer(layer().on_rejection(hook).login_page("/login"));
    let answer = send(app.clone(), navigate("/")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, Some("/login?next=/"))
    );
    let answer = send(app.clone(), get("/")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str()),
        (401, r#"{"message":"no entry"}"#)
    );
    // A login would not help.
    let poor = with(
        get_with("/", &token("a")),
        &[("sec-fetch-mode", "navigate")],
    );
    let answer = send(app, poor).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str()),
        (403, r#"{"message":"no entry"}"#)
    );
}

/// Something in front took the beginning of the path away, so that nobody knows where the login page is.
#[tokio::test]
async fn a_login_page_that_is_seen_without_its_beginning_does_not_lead_to_itself() {
    let page = on_get(async || "in");
    let app = Router::new()
        .route("/login", page.clone())
        .route("/profile", page);
    let app = app.layer(layer().login_page("/user/login"));
    let answer = send(app.clone(), navigate("/profile")).await;
    let location = answer.header("location").unwrap().to_owned();
    assert_eq!(location, "/user/login?next=/profile");
    let stripped = location.strip_prefix("/user").unwrap();
    assert_eq!(send(app, navigate(stripped)).await.status, 401);
}

/// The login page is inside of the same nested router, and of its layer.
#[tokio::test]
async fn inside_of_a_nested_router_the_way_back_is_the_address_in_the_browser() {
    let page = on_get(async || "in");
    let user = Router::new()
        .route("/profile", page.clone())
        .route("/login", page.clone())
        .layer(layer().login_page("/user/login"));
    let deep = Router::new().nest(
        "/b",
        Router::new()
            .route("/c", page)
            .layer(layer().login_page("/login")),
    );
    let app = Router::new().nest("/user", user).nest("/a", deep);
    for (path, location) in [
        (
            "/user/profile?x=1",
            Some("/user/login?next=/user/profile%3Fx%3D1"),
        ),
        ("/user/login", None),
        ("/user/login?next=/user/profile", None),
        ("/a/b/c?d", Some("/login?next=/a/b/c%3Fd")),
    ] {
        let answer = send(app.clone(), navigate(path)).await;
        let status = if location.is_some() { 303 } else { 401 };
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (status, location),
            "{path}"
        );
    }
    // Around the nested router it is the same.
    let nested = Router::new().route("/profile", on_get(async || "in"));
    let app = Router::new()
        .nest("/user", nested)
        .layer(layer().login_page("/user/login"));
    let answer = send(app, navigate("/user/profile")).await;
    assert_eq!(
        answer.header("location"),
        Some("/user/login?next=/user/profile")
    );
}
