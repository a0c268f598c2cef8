//! Which attributes a cookie can have together, what is then written, and what each login chooses.

use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get as on_get, post as on_post};
use http::header::{COOKIE, SET_COOKIE};
use keycard::cookie::{SameSite, SetCookie};
use keycard::issue::SignedToken;
use keycard::{ConfigError, IssueError, JwtLayer, TokenCookie};

use crate::support::{get, issuer, layer, send};

/// Everything that can be said of a cookie.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is said or not")]
struct Said {
    same_site: SameSite,
    domain: bool,
    partitioned: bool,
    http_prefix: bool,
    development: bool,
}

fn combinations() -> Vec<Said> {
    let mut all = Vec::new();
    for same_site in [SameSite::Strict, SameSite::Lax, SameSite::None] {
        for bits in 0..16_u8 {
            let is = |bit: u8| bits & (1 << bit) != 0;
            all.push(Said {
                same_site,
                domain: is(0),
                partitioned: is(1),
                http_prefix: is(2),
                development: is(3),
            });
        }
    }
    all
}

fn build(said: Said) -> Result<TokenCookie, ConfigError> {
    let mut builder = TokenCookie::builder("session").same_site(said.same_site);
    if said.domain {
        builder = builder.domain("hotel.example");
    }
    if said.partitioned {
        builder = builder.partitioned();
    }
    if said.http_prefix {
        builder = builder.http_prefix();
    }
    if said.development {
        builder = builder.dangerous_development("hotel");
    }
    builder.build()
}

/// The name, the value, and the attributes with their values.
fn read(set: &SetCookie) -> (String, String, Vec<(String, Option<String>)>) {
    let [header] = set.header_values() else {
        panic!("one header");
    };
    let text = header.to_str().unwrap();
    let mut parts = text.split("; ");
    let (name, value) = parts.next().unwrap().split_once('=').unwrap();
    let attributes = parts.map(|part| match part.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (part.to_owned(), None),
    });
    (name.to_owned(), value.to_owned(), attributes.collect())
}

/// What a browser that keeps to RFC 6265bis, sections 4.1.1, 4.1.3 and 5.7, and to the newer attributes asks for.
fn assert_kept(name: &str, value: &str, attributes: &[(String, Option<String>)], what: &str) {
    let has = |name: &str| attributes.iter().any(|(own, _)| own == name);
    let value_of = |name: &str| {
        let found = attributes.iter().find(|(own, _)| own == name)?;
        found.1.clone()
    };
    let is_token = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !text.is_empty() && text.bytes().all(fits)
    };
    let is_cookie_octet =
        |byte| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    assert!(is_token(name), "{what}");
    assert!(value.bytes().all(is_cookie_octet), "{what}");

    let mut names: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), attributes.len(), "each stands once: {what}");
    for (name, value) in attributes {
        let good = match name.as_str() {
            "HttpOnly" | "Secure" | "Partitioned" => value.is_none(),
            "Path" => value.as_deref() == Some("/"),
            "SameSite" => matches!(value.as_deref(), Some("Strict" | "Lax" | "None")),
            "Domain" => value.as_deref() == Some("hotel.example"),
            "Max-Age" => value
                .as_deref()
                .is_some_and(|text| text.parse::<u64>().is_ok()),
            _ => false,
        };
        assert!(good, "{name}={value:?}: {what}");
    }

    assert!(has("HttpOnly") && has("Path") && has("SameSite"), "{what}");
    let is_none = value_of("SameSite").as_deref() == Some("None");
    assert!(has("Secure") || !is_none && !has("Partitioned"), "{what}");
    assert!(is_none || !has("Partitioned"), "{what}");
    if name.starts_with("__") {
        assert!(has("Secure"), "{what}");
        assert!(!name.starts_with("__Host-") || !has("Domain"), "{what}");
    }
}

/// Another library reads what was meant.
fn assert_read_alike(said: Said, cookie: &TokenCookie, signed: &SignedToken) {
    let set = cookie.set(signed).unwrap();
    let text = set.header_values()[0].to_str().unwrap();
    let read = cookie::Cookie::parse(text).unwrap();
    assert_eq!(read.name_value(), (cookie.name(), signed.as_str()));
    assert_eq!((read.http_only(), read.path()), (Some(true), Some("/")));
    assert_eq!(read.secure(), (!said.development).then_some(true));
    assert_eq!(read.partitioned(), said.partitioned.then_some(true));
    assert_eq!(read.domain().is_some(), said.domain);
    assert!(read.max_age().is_some_and(|age| age.whole_seconds() == 900));
    let same_site = read.same_site().map(|it| it.to_string());
    assert_eq!(same_site, Some(format!("{:?}", said.same_site)));
    assert_eq!(read.to_string(), text);
}

#[test]
fn every_combination_of_attributes_is_one_that_browsers_keep_or_an_error() {
    let signed = issuer().token("anna").sign().unwrap();
    let mut built = 0;
    for said in combinations() {
        let what = format!("{said:?}");
        let is_none = said.same_site == SameSite::None;
        let expected = if said.http_prefix && said.domain {
            Some(ConfigError::CookiePrefix)
        } else if said.development && (said.domain || is_none) {
            Some(ConfigError::CookieDevelopment)
        } else if said.partitioned && !is_none {
            Some(ConfigError::CookiePartitioned)
        } else {
            None
        };
        let cookie = match build(said) {
            Ok(cookie) => cookie,
            Err(error) => {
                assert_eq!(Some(error), expected, "{what}");
                continue;
            }
        };
        assert_eq!(expected, None, "{what}");
        built += 1;

        let (name, value, attributes) = read(&cookie.set(&signed).unwrap());
        assert_eq!(
            (name.as_str(), value.as_str()),
            (cookie.name(), signed.as_str())
        );
        assert_kept(&name, &value, &attributes, &what);
        assert_read_alike(said, &cookie, &signed);
        let has = |name: &str| attributes.iter().any(|(own, _)| own == name);
        assert_eq!(has("Domain"), said.domain, "{what}");
        assert_eq!(has("Partitioned"), said.partitioned, "{what}");
        assert_eq!(has("Secure"), !said.development, "{what}");

        // What removes it has the same attributes, and what ends with the browser has one less.
        let max_age = |seconds: &str| ("Max-Age".to_owned(), Some(seconds.to_owned()));
        let without: Vec<_> = attributes
            .iter()
            .filter(|(name, _)| name != "Max-Age")
            .cloned()
            .collect();
        assert!(attributes.contains(&max_age("900")), "{what}");
        let (cleared_name, empty, cleared) = read(&cookie.clear());
        assert_eq!((cleared_name, empty.as_str()), (name.clone(), ""));
        assert_kept(&name, &empty, &cleared, &what);
        let same: Vec<_> = cleared
            .iter()
            .filter(|(name, _)| name != "Max-Age")
            .cloned()
            .collect();
        assert!(same == without && cleared.contains(&max_age("0")), "{what}");
        let (session_name, _, session) = read(&cookie.set_for_session(&signed).unwrap());
        assert_eq!((session_name, session), (name, without), "{what}");
    }
    assert_eq!(built, 16);
}

#[test]
fn the_newer_prefix_begins_with_the_older_one() {
    let cookie = TokenCookie::builder("session")
        .http_prefix()
        .build()
        .unwrap();
    assert_eq!(cookie.name(), "__Host-Http-session");
    let development = TokenCookie::builder("session")
        .http_prefix()
        .dangerous_development("hotel");
    assert_eq!(development.build().unwrap().name(), "hotel-session");
}

#[tokio::test]
async fn each_login_says_whether_it_is_remembered() {
    async fn login(
        axum::extract::Path(remember): axum::extract::Path<bool>,
    ) -> Result<SetCookie, IssueError> {
        let cookie = TokenCookie::new("session").unwrap();
        let token = issuer().token("anna").sign()?;
        Ok(if remember {
            cookie.set(&token)?
        } else {
            cookie.set_for_session(&token)?
        })
    }
    let app = Router::new().route("/login/{remember}", on_get(login));
    for (path, remembered) in [("/login/true", true), ("/login/false", false)] {
        let answer = send(app.clone(), get(path)).await;
        assert_eq!(
            answer.header("set-cookie").unwrap().contains("Max-Age"),
            remembered
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let long = "a".repeat(5_000);
    let cookie = TokenCookie::new("session").unwrap();
    assert!(
        cookie
            .set_for_session((long.as_str(), Duration::ZERO))
            .is_err()
    );
    assert!(
        cookie
            .set_for_session(("no; token", Duration::ZERO))
            .is_err()
    );
}

#[tokio::test]
async fn a_login_removes_the_cookie_of_the_former_domain() {
    fn cookies() -> (TokenCookie, TokenCookie) {
        let of = |domain: &str| {
            TokenCookie::builder("session")
                .domain(domain)
                .build()
                .unwrap()
        };
        (of("rooms.hotel.example"), of("hotel.example"))
    }
    async fn login() -> Result<impl IntoResponse, IssueError> {
        let (old, new) = cookies();
        let token = issuer().token("anna").sign()?;
        Ok((old.clear(), new.set(&token)?, Redirect::to("/")))
    }
    let door: JwtLayer = layer().cookie(cookies().1);
    let app = Router::new()
        .route("/", on_get(async || "in"))
        .layer(door)
        .route("/login", on_post(login));

    // A browser with both: one of the name is no better than the other.
    let token = issuer().token("anna").sign().unwrap();
    let mut both = get("/");
    let line = format!("__Secure-session={0}; __Secure-session={0}", token.as_str());
    both.headers_mut().insert(COOKIE, line.parse().unwrap());
    assert_eq!(send(app.clone(), both).await.status, 400);

    let request = http::Request::post("/login").body(axum::body::Body::empty());
    let answer = send(app.clone(), request.unwrap()).await;
    let set: Vec<&str> = answer
        .response
        .headers
        .get_all(SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    assert_eq!(set.len(), 2, "both stand there, as they have two domains");
    assert!(
        set[0].starts_with("__Secure-session=; ")
            && set[0].contains("Domain=rooms.hotel.example; Max-Age=0")
    );
    assert!(set[1].contains("Domain=hotel.example; Max-Age=900"));
    let one = set[1].split(';').next().unwrap().to_owned();
    let mut next = get("/");
    next.headers_mut().insert(COOKIE, one.parse().unwrap());
    assert_eq!(send(app, next).await.status, 200);
}
