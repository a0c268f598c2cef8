//! Proxies that ask whether a request may pass: what they say, and what they are answered.

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::{HeaderName, Method, Request, StatusCode, Uri};
use keycard::request::{ForwardAuth, RequestHead};
use keycard::{CrossSite, JwtLayer, Rejection, TokenCookie, require_role};
use serde_json::json;
use tower::Layer;

use crate::support::{Answer, layer, send, token_with};

/// The application's rules, behind a layer that a proxy asks.
pub fn gatekeeper(forward_auth: ForwardAuth) -> Router {
    guarded(layer().forward_auth(forward_auth))
}

fn guarded(layer: JwtLayer) -> Router {
    let cookie = TokenCookie::new("session").unwrap();
    let rules = Router::new()
        .route(
            "/admin",
            any(async || StatusCode::OK).layer(require_role("manager")),
        )
        .route("/echo", any(echo))
        .fallback(async || StatusCode::OK);
    let asked = layer.cookie(cookie).login_page("/login").layer(rules);
    Router::new().route_service("/auth", asked)
}

async fn echo(method: Method, uri: Uri) -> String {
    format!("{method} {uri}")
}

pub fn card() -> String {
    let token = token_with(json!({"sub": "änna b", "roles": ["guest"]}));
    format!("__Host-session={token}")
}

const TRAEFIK: [(&str, &str); 4] = [
    ("x-forwarded-method", "GET"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "hotel.example"),
    ("x-forwarded-uri", "/rooms?floor=3"),
];

const NGINX: [(&str, &str); 2] = [
    ("x-original-method", "GET"),
    ("x-original-url", "https://hotel.example/rooms?floor=3"),
];

/// The headers with others in place of some, or removed where the value is empty.
fn with<'a>(
    headers: &[(&'a str, &'a str)],
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = headers
        .iter()
        .filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    kept.chain(added).copied().collect()
}

async fn ask(app: &Router, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get("/auth").header("host", "127.0.0.1:3001");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app.clone(), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_request_that_is_asked_about_decides() {
    let card = card();
    let cookie = [("cookie", card.as_str())];
    for (forward_auth, asked, method) in [
        (ForwardAuth::nginx(), &NGINX[..], "x-original-method"),
        (ForwardAuth::traefik(), &TRAEFIK, "x-forwarded-method"),
        (ForwardAuth::caddy(), &TRAEFIK, "x-forwarded-method"),
    ] {
        let app = gatekeeper(forward_auth);
        let good = with(asked, &cookie);
        let answer = ask(&app, &good).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-auth-request-user"), Some("%C3%A4nna%20b"));
        for (changes, status) in [
            // A form of another site.
            (
                vec![
                    (method, "POST"),
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ],
                403,
            ),
            (
                vec![(method, "POST"), ("origin", "https://evil.example")],
                403,
            ),
            (
                vec![(method, "POST"), ("origin", "http://127.0.0.1:3001")],
                403,
            ),
            (
                vec![(method, "DELETE"), ("sec-fetch-site", "same-site")],
                403,
            ),
            // A WebSocket, whose upgrade the proxy has dropped.
            (
                vec![
                    ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
                    ("origin", "https://evil.example"),
                ],
                403,
            ),
            // The same of this site.
            (
                vec![(method, "POST"), ("sec-fetch-site", "same-origin")],
                200,
            ),
            (
                vec![(method, "POST"), ("origin", "https://hotel.example")],
                200,
            ),
            (
                vec![
                    ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
                    ("origin", "https://hotel.example"),
                ],
                200,
            ),
            (
                vec![
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ],
                200,
            ),
        ] {
            assert_eq!(
                ask(&app, &with(&good, &changes)).await.status,
                status,
                "{changes:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_inside_sees_the_request_that_is_asked_about() {
    let card = card();
    let app = gatekeeper(ForwardAuth::nginx());
    let about = |method, url| {
        [
            ("cookie", card.as_str()),
            ("x-original-method", method),
            ("x-original-url", url),
        ]
    };
    let answer = ask(&app, &about("PATCH", "https://hotel.example/echo?a=b")).await;
    assert_eq!(answer.body, "PATCH https://hotel.example/echo?a=b");
    // A body that is not there has no length: over HTTP/2 the answer would be broken.
    let answer = ask(&app, &about("HEAD", "https://hotel.example/echo")).await;
    let length = answer.header("content-length");
    assert_eq!((answer.status.as_u16(), &*answer.body), (200, ""));
    assert!(matches!(length, None | Some("0")), "{length:?}");
    assert_eq!(
        ask(&app, &about("GET", "https://hotel.example/admin"))
            .await
            .status,
        403
    );
    assert_eq!(
        ask(&app, &about("GET", "https://hotel.example/administration"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_question_that_can_be_read_in_two_ways_is_refused() {
    let card = card();
    let nginx = gatekeeper(ForwardAuth::nginx());
    let traefik = gatekeeper(ForwardAuth::traefik());
    for (name, value) in [
        ("x-original-method", ""),
        ("x-original-method", "G T"),
        ("x-original-method", "GET, POST"),
        ("x-original-url", ""),
        ("x-original-url", "/rooms"),
        ("x-original-url", "//hotel.example/rooms"),
        ("x-original-url", "https://hotel.example"),
        ("x-original-url", "https:///rooms"),
        ("x-original-url", "ftp://hotel.example/rooms"),
        ("x-original-url", "https://user@hotel.example/rooms"),
        // What a client may write into `Host`.
        ("x-original-url", "https://hotel.example?/rooms"),
        ("x-original-url", "https://hotel.example#/rooms"),
        ("x-original-url", "https://hotel.example\\x/rooms"),
        ("x-original-url", "https://rooms example/rooms"),
        ("x-original-url", "https://hotel.example/ro oms"),
        // What others may read as `/admin`.
        ("x-original-url", "https://hotel.example/rooms/../admin"),
        ("x-original-url", "https://hotel.example/./admin"),
        ("x-original-url", "https://hotel.example//admin"),
        ("x-original-url", "https://hotel.example/rooms/%2e%2E/admin"),
        ("x-original-url", "https://hotel.example/rooms/.%2e/admin"),
        ("x-original-url", "https://hotel.example/rooms%2F..%2Fadmin"),
        ("x-original-url", "https://hotel.example/rooms/..%5cadmin"),
        ("x-original-url", "https://hotel.example/%2561dmin"),
        ("x-original-url", "https://hotel.example/admin%00"),
        ("x-original-url", "https://hotel.example/%61dmin"),
        ("x-original-url", "https://hotel.example/adm%49n"),
        ("x-original-url", "https://hotel.example/%7Eadmin"),
        ("x-original-url", "https://hotel.example/a%40b"),
        ("x-original-url", "https://hotel.example/a%3Fb"),
        ("x-original-url", "https://hotel.example/a%23b"),
        ("x-original-url", "https://hotel.example/a%0ab"),
        ("x-original-url", "https://hotel.example/a%"),
        ("x-original-url", "https://hotel.example/a%6"),
        ("x-original-url", "https://hotel.example/a%+1"),
        ("x-original-url", "https://hotel.example/a%zz"),
        ("x-original-url", "https://hotel.example/rooms/..;/admin"),
        ("x-original-url", "https://hotel.example/admin;a=1/x"),
        ("x-original-url", "https://hotel.example/admin%3bx"),
        ("x-original-url", "https://hotel.example/rooms#/../admin"),
        ("x-original-url", "https://hotel.example/rooms?a#b"),
    ] {
        let headers = with(&with(&NGINX, &[("cookie", &card)]), &[(name, value)]);
        assert_eq!(ask(&nginx, &headers).await.status, 403, "{name}: {value}");
    }
    for name in [
        "x-forwarded-method",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-uri",
    ] {
        for value in ["", "a b", "x, y", "://"] {
            let headers = with(&with(&TRAEFIK, &[("cookie", &card)]), &[(name, value)]);
            assert_eq!(ask(&traefik, &headers).await.status, 400, "{name}: {value}");
        }
    }
    // Two lines, of which one may be the client's.
    for (app, asked, status) in [(&nginx, &NGINX[..], 403), (&traefik, &TRAEFIK, 400)] {
        for line in asked {
            let headers = [asked, &[*line], &[("cookie", &card)]].concat();
            assert_eq!(ask(app, &headers).await.status, status, "{line:?}");
        }
    }
    // The headers of another proxy are a client's.
    let foreign = [
        &NGINX[..],
        &[
            ("x-forwarded-method", "POST"),
            ("x-forwarded-uri", "/admin"),
        ],
    ]
    .concat();
    let foreign = with(
        &foreign,
        &[("cookie", &card), ("origin", "https://evil.example")],
    );
    assert_eq!(ask(&nginx, &foreign).await.status, 200);
    for url in [
        "https://hotel.example/a/b/?c=/../d//e%2f",
        "https://hotel.example/",
        "http://[::1]:3000/a",
        "https://hotel.example/k%C3%A4se%20%22a%22",
    ] {
        let headers = with(&NGINX, &[("cookie", &card), ("x-original-url", url)]);
        assert_eq!(ask(&nginx, &headers).await.status, 200, "{url}");
    }
    let any_path = gatekeeper(ForwardAuth::nginx().dangerous_any_path());
    let odd = with(
        &NGINX,
        &[
            ("cookie", &card),
            ("x-original-url", "https://hotel.example/group%2Fproject"),
        ],
    );
    assert_eq!(ask(&any_path, &odd).await.status, 200);
}

/// No UTF-8, and a letter or a dot to whoever does not look.
#[tokio::test]
async fn a_question_with_characters_in_more_bytes_than_they_take_is_refused() {
    let card = card();
    let nginx = gatekeeper(ForwardAuth::nginx());
    for (path, status) in [
        ("%C1%A1dmin", 403),
        ("a/%c0%ae%c0%ae/admin", 403),
        ("%E0%81%A1dmin", 403),
        ("%e0%9f%bf", 403),
        ("%F0%80%81%A1dmin", 403),
        ("%F8%80%80%81%A1dmin", 403),
        ("%fc%80%80%80%81%a1dmin", 403),
        ("%FE%80%80%80%80%81%A1dmin", 403),
        ("m%FCller", 200),
        ("%E0%A4%85%F0%90%80%80%C3%A4", 200),
    ] {
        let url = format!("https://hotel.example/{path}");
        let headers = with(&NGINX, &[("cookie", &card), ("x-original-url", &url)]);
        assert_eq!(ask(&nginx, &headers).await.status, status, "{path}");
    }
}

/// Where a program's token stands in the header that a proxy may have made of a cookie.
#[tokio::test]
async fn a_cross_site_layer_inside_checks_the_request_that_is_asked_about() {
    let authorization = format!("Bearer {}", token_with(json!({})));
    let rules = || Router::new().fallback(async || StatusCode::OK);
    let asked = layer().forward_auth(ForwardAuth::nginx());
    let inside = asked.clone().layer(rules().layer(CrossSite::new()));
    let inside = Router::new().route_service("/auth", inside);
    let around = CrossSite::new().layer(asked.layer(rules()));
    let around = Router::new().route_service("/auth", around);
    let headers = |origin| {
        let changes = [
            ("x-original-method", "POST"),
            ("authorization", &authorization),
            ("origin", origin),
        ];
        with(&NGINX, &changes)
    };
    let own = headers("https://hotel.example");
    let foreign = headers("https://evil.example");
    assert_eq!(ask(&inside, &own).await.status, 200);
    assert_eq!(ask(&inside, &foreign).await.status, 403);
    // As the guide says, it sees a question there, and that is a GET.
    assert_eq!(ask(&around, &foreign).await.status, 200);
}

/// A client has written most of it, and each byte is looked at.
#[tokio::test]
async fn a_question_about_too_long_an_address_is_refused() {
    let card = card();
    let nginx = gatekeeper(ForwardAuth::nginx());
    let address = |host: &str, path: &str| format!("https://{host}/{path}");
    for (host, path, status) in [
        ("a".repeat(512), "a".repeat(8 * 1024 - 1), 200),
        ("a".repeat(513), String::new(), 403),
        ("a".to_owned(), "a".repeat(8 * 1024), 403),
        ("a".to_owned(), format!("?{}", "a".repeat(60_000)), 200),
        ("a".to_owned(), format!("?{}", "a".repeat(65 * 1024)), 403),
    ] {
        let url = address(&host, &path);
        let headers = with(&NGINX, &[("cookie", &card), ("x-original-url", &url)]);
        let answer = ask(&nginx, &headers).await;
        assert_eq!(answer.status, status, "{} and {}", host.len(), path.len());
    }
    let traefik = gatekeeper(ForwardAuth::traefik());
    for (name, value, status) in [
        ("x-forwarded-method", "A".repeat(64), 200),
        ("x-forwarded-method", "A".repeat(65), 400),
        ("x-forwarded-proto", "https".repeat(13), 400),
        ("x-forwarded-host", "a".repeat(512), 200),
        ("x-forwarded-host", "a".repeat(513), 400),
    ] {
        let own = [("sec-fetch-site", "same-origin"), ("cookie", &card)];
        let changes = [own[0], own[1], (name, &value)];
        let answer = ask(&traefik, &with(&TRAEFIK, &changes)).await;
        assert_eq!(answer.status, status, "{name} of {}", value.len());
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_the_login_page_as_the_proxy_understands_it() {
    let navigation = [("sec-fetch-mode", "navigate")];
    let way = "/login?next=/rooms%3Ffloor%3D3";
    let whole = format!("https://hotel.example{way}");
    for (forward_auth, asked, status, location) in [
        (ForwardAuth::nginx(), &NGINX[..], 401, way),
        (ForwardAuth::traefik(), &TRAEFIK, 303, &whole),
        (ForwardAuth::caddy(), &TRAEFIK, 303, way),
    ] {
        let app = gatekeeper(forward_auth);
        let answer = ask(&app, &with(asked, &navigation)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (status, Some(location))
        );
        let script = ask(&app, asked).await;
        assert_eq!(
            (script.status.as_u16(), script.header("location")),
            (401, None)
        );
        assert!(
            script
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer")
        );
    }
}

/// A proxy lets pass whatever is answered with 2xx.
#[tokio::test]
async fn no_refusal_looks_like_a_pass() {
    let grpc = [
        ("x-original-method", "POST"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    for (what, layer) in [
        ("plain", layer()),
        (
            "a hook",
            layer().on_rejection(|_, _| http::Response::new("all is well".into())),
        ),
        (
            "a hook",
            layer().on_rejection(|_: &Rejection, head: RequestHead<'_>| {
                assert_eq!(head.uri(), "https://hotel.example/rooms?floor=3");
                let mut response = http::Response::new("accepted".into());
                *response.status_mut() = StatusCode::ACCEPTED;
                response
            }),
        ),
    ] {
        let app = guarded(layer.forward_auth(ForwardAuth::nginx()));
        let mut request = Request::get("/auth").version(http::Version::HTTP_2);
        for (name, value) in with(&NGINX, &grpc) {
            request = request.header(name, value);
        }
        let answer = send(app, request.body(Body::empty()).unwrap()).await;
        assert!(
            matches!(answer.status.as_u16(), 401 | 403),
            "{what}: {}",
            answer.status
        );
    }
}

/// A layer inside has answered already, in terms of its own.
#[tokio::test]
async fn no_refusal_of_a_layer_inside_looks_like_a_pass() {
    let grpc = [
        ("x-original-method", "POST"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let all_is_well = layer().on_rejection(|_, _| http::Response::new("all is well".into()));
    for (what, changes, inside) in [
        ("plain", &[][..], layer()),
        ("gRPC", &grpc, layer()),
        ("a hook", &[], all_is_well),
    ] {
        let rules = Router::new().fallback(async || StatusCode::OK);
        let cookie = TokenCookie::new("session").unwrap();
        let asked = layer()
            .cookie(cookie)
            .forward_auth(ForwardAuth::nginx())
            .layer(rules.layer(inside.without_authorization_header()));
        let app = Router::new().route_service("/auth", asked);
        let card = card();
        let mut request = Request::get("/auth").version(http::Version::HTTP_2);
        for (name, value) in with(&with(&NGINX, changes), &[("cookie", card.as_str())]) {
            request = request.header(name, value);
        }
        let answer = send(app, request.body(Body::empty()).unwrap()).await;
        assert!(
            matches!(answer.status.as_u16(), 401 | 403),
            "{what}: {}",
            answer.status
        );
        assert_eq!(answer.header("x-auth-request-user"), None, "{what}");
    }
}

/// The rules saw the token of the layer inside, and so the proxy is told of its subject, as an access log is.
#[tokio::test]
async fn the_proxy_is_told_of_whom_the_rules_saw() {
    let inside = layer().without_authorization_header();
    let inside = inside.source("x-inner", |head| {
        head.headers().get("x-inner")?.to_str().ok().map(Into::into)
    });
    let host = token_with(json!({"sub": "ben", "roles": ["manager"]}));
    for (inside, user) in [(inside.clone(), "ben"), (inside.optional(), "ben")] {
        let rules = Router::new()
            .fallback(async || StatusCode::OK)
            .layer(require_role("manager"));
        let asked = layer()
            .cookie(TokenCookie::new("session").unwrap())
            .forward_auth(ForwardAuth::nginx())
            .layer(rules.layer(inside));
        let app = Router::new().route_service("/auth", asked);
        let card = card();
        let both = [("cookie", &*card), ("x-inner", &*host)];
        let answer = ask(&app, &with(&NGINX, &both)).await;
        let named = answer.header("x-auth-request-user");
        assert_eq!((answer.status.as_u16(), named), (200, Some(user)));
    }
}

#[tokio::test]
async fn the_header_with_the_user_is_always_ours() {
    let card = card();
    let name = HeaderName::from_static("remote-user");
    let optional = layer()
        .optional()
        .forward_auth(ForwardAuth::nginx().user_header(name));
    let app = guarded(optional);
    let spoofed = with(&NGINX, &[("remote-user", "root")]);
    let anonymous = ask(&app, &spoofed).await;
    assert_eq!(
        (anonymous.status.as_u16(), anonymous.header("remote-user")),
        (200, Some(""))
    );
    let anna = ask(&app, &with(&spoofed, &[("cookie", &card)])).await;
    assert_eq!(anna.header("remote-user"), Some("%C3%A4nna%20b"));
}

/// A proxy of another kind than the layer was told, or one that nobody thought of.
#[tokio::test]
async fn without_the_mode_the_headers_are_a_clients() {
    let card = card();
    let app = guarded(layer());
    let headers = with(
        &NGINX,
        &[
            ("x-original-method", "POST"),
            ("cookie", &card),
            ("origin", "https://evil.example"),
        ],
    );
    let answer = ask(&app, &headers).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("x-auth-request-user")),
        (200, None)
    );
}

/// As in the documentation: all that is below, and the place itself.
#[tokio::test]
async fn a_rule_for_a_part_of_the_application_covers_all_of_it() {
    let admin = any(echo).layer(require_role("manager"));
    let rules = Router::new()
        .route("/admin", admin.clone())
        .route("/admin/", admin.clone())
        .route("/admin/{*page}", admin)
        .fallback(async || "");
    let asked = layer().forward_auth(ForwardAuth::nginx()).layer(rules);
    let app = Router::new().route_service("/auth", asked);
    let manager = token_with(json!({"roles": ["manager"]}));
    let manager = format!("Bearer {manager}");
    let guest = format!("Bearer {}", token_with(json!({"roles": ["guest"]})));
    for (path, status) in [
        ("/admin", 403),
        ("/admin/", 403),
        ("/admin/x", 403),
        ("/admin/x/y?z", 403),
        ("/administration", 200),
        ("/", 200),
    ] {
        let url = format!("https://hotel.example{path}");
        let asked = with(&NGINX, &[("x-original-url", &url)]);
        let by_guest = ask(&app, &with(&asked, &[("authorization", &guest)])).await;
        assert_eq!(by_guest.status, status, "{path}");
        let by_manager = ask(&app, &with(&asked, &[("authorization", &manager)])).await;
        assert_eq!(by_manager.status, 200, "{path}");
    }
}

/// Also where a router of axum has kept the address of the question.
#[tokio::test]
async fn the_original_address_is_that_of_the_application() {
    use axum::extract::OriginalUri;

    let tell = async |OriginalUri(uri): OriginalUri| uri.to_string();
    let rules = Router::new().nest("/a", Router::new().fallback(tell));
    let asked = layer()
        .optional()
        .forward_auth(ForwardAuth::nginx())
        .layer(rules);
    let app = Router::new().route_service("/auth", asked);
    let asked = with(&NGINX, &[("x-original-url", "https://hotel.example/a/b?c")]);
    assert_eq!(ask(&app, &asked).await.body, "https://hotel.example/a/b?c");
}
