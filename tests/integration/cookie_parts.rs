//! A token in several cookies: how it is cut, put together, and what of it is refused.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use http::Request;
use http::header::{COOKIE, SET_COOKIE};
use keycard::TokenCookie;
use keycard::cookie::{CookieError, SetCookie};
use keycard::verify::Reason;
use serde_json::json;

use crate::support::{Answer, assert_in, assert_refused, door, get, issuer, layer, send};

fn cookie() -> TokenCookie {
    TokenCookie::builder("session").in_parts().build().unwrap()
}

/// A good token of at least this length.
fn token(length: usize) -> String {
    // Four characters for three bytes.
    let fill = length.saturating_sub(400) / 4 * 3;
    // No two places are alike, and no two lengths.
    let places: Vec<String> = (0..fill).map(|n| (n * length).to_string()).collect();
    let mut groups = places.join(",");
    groups.truncate(fill);
    let claims = json!({"groups": groups});
    let signed = issuer().token("anna").claims(&claims).sign().unwrap();
    signed.as_str().to_owned()
}

/// What a browser keeps.
#[derive(Clone, Default)]
struct Jar(BTreeMap<String, String>);

impl Jar {
    fn take(&mut self, set: &SetCookie) {
        for header in set.header_values() {
            assert!(header.is_sensitive());
            self.take_line(header.to_str().unwrap());
        }
    }

    fn take_line(&mut self, line: &str) {
        let (pair, attributes) = line.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        assert!(name.len() + value.len() <= 4_096, "browsers drop it");
        if attributes.ends_with("Max-Age=0") {
            assert!(value.is_empty());
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn of(token: &str) -> Self {
        let mut jar = Self::default();
        jar.take(&cookie().set((token, Duration::from_secs(900))).unwrap());
        jar
    }

    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn pairs(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }
}

/// A request with these pairs, in one line or each in a line of its own.
fn request(pairs: &[String], lines: bool) -> Request<Body> {
    let mut request = get("/");
    let joined = [pairs.join("; ")];
    for line in if lines { pairs } else { &joined[..] } {
        request.headers_mut().append(COOKIE, line.parse().unwrap());
    }
    request
}

async fn knock(pairs: &[String]) -> Answer {
    let answer = send(door(layer().cookie(cookie())), request(pairs, false)).await;
    let lines = send(door(layer().cookie(cookie())), request(pairs, true)).await;
    assert_eq!(answer.status, lines.status);
    answer
}

#[tokio::test]
async fn a_token_of_any_length_is_put_together_again() {
    for (length, cookies) in [
        (300, 1),
        (3_900, 1),
        (4_509, 2),
        (8_000, 2),
        (9_000, 3),
        (12_500, 4),
        (16_000, 4),
    ] {
        let token = token(length);
        let jar = Jar::of(&token);
        assert_eq!(jar.0.len(), cookies, "{length}");
        let mut pairs = jar.pairs();
        assert_in(&knock(&pairs).await, "in their order");
        pairs.reverse();
        assert_in(&knock(&pairs).await, "the other way round");
        pairs.insert(1, "__Host-session.9=x; __Host-session.12=y; __Host-session.=z; __Host-session.0=z; other=1".into());
        assert_in(&knock(&pairs).await, "with others of about the name");
    }
}

#[tokio::test]
async fn nothing_is_left_of_what_was_set_before() {
    let mut jar = Jar::default();
    for length in [16_000, 300, 9_000, 5_000, 300, 12_500] {
        let token = token(length);
        jar.take(
            &cookie()
                .set((token.as_str(), Duration::from_secs(900)))
                .unwrap(),
        );
        assert_eq!(jar.names(), Jar::of(&token).names(), "{length}");
        assert_in(&knock(&jar.pairs()).await, "after a change");
    }
    jar.take(&cookie().clear());
    assert!(jar.0.is_empty());
}

#[test]
fn every_part_has_the_attributes_and_the_lifetime() {
    let token = token(9_000);
    let build = || TokenCookie::builder("session").in_parts();
    let kinds = [
        build(),
        build().domain("hotel.example"),
        build().dangerous_development("hotel"),
    ];
    for cookie in kinds.map(|builder| builder.build().unwrap()) {
        let one = TokenCookie::clone(&cookie).clear().header_values()[0]
            .to_str()
            .unwrap()
            .to_owned();
        let (_, attributes) = one.split_once("; ").unwrap();
        let lived = attributes.replace("Max-Age=0", "Max-Age=60");
        let set = cookie
            .set((token.as_str(), Duration::from_secs(60)))
            .unwrap();
        for (set, kept) in set
            .header_values()
            .iter()
            .zip([false, true, true, true, false, false])
        {
            let (pair, found) = set.to_str().unwrap().split_once("; ").unwrap();
            assert_eq!(found, if kept { &lived } else { attributes }, "{pair:.40}");
        }
        let session = cookie
            .set_for_session((token.as_str(), Duration::ZERO))
            .unwrap();
        let stays = |value: &&http::HeaderValue| !value.to_str().unwrap().contains("Max-Age");
        assert_eq!(session.header_values().iter().filter(stays).count(), 3);
        assert_eq!(set.header_values().len(), 6);
    }
}

#[tokio::test]
async fn parts_that_do_not_belong_together_are_malformed() {
    let token = token(9_000);
    let good = Jar::of(&token);
    let name = |number: usize| format!("__Host-session.{number}");
    let mut broken = Vec::new();
    for number in 1..=3 {
        let mut missing = good.clone();
        missing.0.remove(&name(number)).unwrap();
        broken.push(missing.pairs());
        let mut empty = good.clone();
        empty.0.insert(name(number), String::new());
        broken.push(empty.pairs());
        let mut doubled = good.pairs();
        doubled.push(doubled[number - 1].clone());
        broken.push(doubled);
    }
    for (number, value) in [(4, "x"), (5, "x")] {
        let mut more = good.clone();
        more.0.insert(name(number), value.into());
        broken.push(more.pairs());
    }
    let whole = [good.pairs(), vec![format!("__Host-session={token}")]].concat();
    broken.push(whole);
    let first = good.0[&name(1)].clone();
    for count in ["", "0", "1", "2", "4", "5", "6", "9", "x", "\u{7f}"] {
        let mut other = good.clone();
        other.0.insert(name(1), format!("{count}{}", &first[1..]));
        if count != "\u{7f}" {
            broken.push(other.pairs());
        }
    }
    broken.push(vec!["__Host-session.1=2".into()]);
    let long = "a".repeat(8_200);
    broken.push(vec![
        format!("__Host-session.1=2{long}"),
        format!("__Host-session.2={long}"),
    ]);
    for pairs in broken {
        let answer = knock(&pairs).await;
        assert_eq!(answer.status, 400, "{:.60}", pairs.join("; "));
    }
}

#[tokio::test]
async fn a_part_of_somebody_else_is_not_covered_by_the_signature() {
    let (own, other) = (Jar::of(&token(9_000)), Jar::of(&token(9_004)));
    for number in 1..=3 {
        let name = format!("__Host-session.{number}");
        let mut mixed = own.clone();
        mixed.0.insert(name.clone(), other.0[&name].clone());
        let answer = knock(&mixed.pairs()).await;
        assert_eq!(answer.status, 401, "{number}");
    }
    let mut swapped = own.clone();
    let (second, third) = ("__Host-session.2".to_owned(), "__Host-session.3".to_owned());
    swapped.0.insert(second.clone(), own.0[&third].clone());
    swapped.0.insert(third, own.0[&second].clone());
    assert_eq!(knock(&swapped.pairs()).await.status, 401);
    let mut last = own.clone();
    let end = last.0.get_mut("__Host-session.3").unwrap();
    let changed = if end.starts_with('A') { "B" } else { "A" };
    end.replace_range(0..1, changed);
    assert_refused(
        &knock(&last.pairs()).await,
        Reason::Signature,
        "one character",
    );
}

#[tokio::test]
async fn a_cookie_from_before_is_still_read_and_parts_are_nothing_to_one_without() {
    let short = format!("__Host-session={}", token(300));
    assert_in(&knock(&[short]).await, "set before");
    let plain = layer().cookie(TokenCookie::new("session").unwrap());
    let pairs = Jar::of(&token(9_000)).pairs();
    assert_eq!(send(door(plain), request(&pairs, false)).await.status, 401);
}

#[tokio::test]
async fn a_layer_that_greets_everybody_removes_all_parts() {
    let optional = layer().cookie(cookie()).optional();
    let mut jar = Jar::of(&token(9_000));
    jar.0.remove("__Host-session.2");
    let answer = send(door(optional), request(&jar.pairs(), false)).await;
    assert_in(&answer, "anonymous");
    let removed = answer.response.headers.get_all(SET_COOKIE);
    assert_eq!(removed.iter().count(), 12);
    for line in removed {
        jar.take_line(line.to_str().unwrap());
    }
    assert!(jar.0.is_empty());
}

#[tokio::test]
async fn a_login_in_parts_replaces_what_the_layer_would_remove() {
    let good = token(9_000);
    let set = good.clone();
    let login = axum::routing::get(move || async move {
        cookie()
            .set((set.as_str(), Duration::from_secs(900)))
            .unwrap()
    });
    let app = axum::Router::new()
        .route("/", login)
        .layer(layer().cookie(cookie()).optional());
    let mut jar = Jar::of(&token(12_500));
    jar.0.remove("__Host-session.2");
    let answer = send(app, request(&jar.pairs(), false)).await;
    for line in answer.response.headers.get_all(SET_COOKIE) {
        jar.take_line(line.to_str().unwrap());
    }
    assert_in(&knock(&jar.pairs()).await, "the new token");
    assert_eq!(jar.0.len(), 3);
}

#[test]
fn parts_have_an_end() {
    let set = |length: usize| {
        let token = "a".repeat(length);
        let longest =
            TokenCookie::builder(&"n".repeat(128)).dangerous_development(&"d".repeat(128));
        for cookie in [cookie(), longest.in_parts().build().unwrap()] {
            let set = cookie.set((token.as_str(), Duration::ZERO))?;
            let kept = set
                .header_values()
                .iter()
                .map(|value| value.to_str().unwrap());
            let values =
                kept.map(|line| line.split_once('=').unwrap().1.split(';').next().unwrap());
            let joined: String = values.collect();
            assert!(joined == token || joined[1..] == token, "{length}");
        }
        Ok::<_, CookieError>(())
    };
    for length in [1, 3_800, 4_082, 4_083, 8_000, 8_160, 8_161, 16_383, 16_384] {
        assert_eq!(set(length), Ok(()), "{length}");
    }
    let error = set(16_385).unwrap_err();
    let expected = CookieError::TooLarge {
        bytes: 16_385,
        most: 16_384,
        largest: vec![],
    };
    assert_eq!(error, expected);
    assert!(
        error
            .to_string()
            .contains("16385 bytes, and parts keep 16384")
    );
}
