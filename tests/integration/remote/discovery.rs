//! Where the keys are: by the metadata of the issuer, or by settings.

use http::StatusCode;
use keycard::Algorithm::ES256;
use keycard::remote::{Failure, RemoteError, RemoteKeys};
use keycard::{ConfigError, Trust, Verifier};
use serde_json::json;

use super::server::{Act, KEYS, OAUTH, OPENID, Server, new_key, set, verifier};
use crate::support::{ROOMS, clock, issuer};

const REALM: &str = "/realms/hotel";

/// Serves keys, and metadata at this path only.
async fn with_metadata_at(path: &str, issuer_path: &str) -> (Server, String) {
    let key = new_key(ES256);
    let server = Server::start().await;
    server.publish(&[&key]);
    let issuer = server.at(issuer_path);
    let metadata = json!({"issuer": issuer, "jwks_uri": server.at(KEYS)});
    server.act(path, Act::json(metadata.to_string()));
    (server, issuer)
}

async fn discover(issuer: &str) -> Result<RemoteKeys, RemoteError> {
    RemoteKeys::discover(issuer).await
}

#[tokio::test]
async fn metadata_is_found_at_each_of_its_places() {
    let places = [
        format!("{REALM}{OPENID}"),
        format!("{OAUTH}{REALM}"),
        format!("{OPENID}{REALM}"),
        format!("{REALM}{OAUTH}"),
    ];
    for (index, place) in places.iter().enumerate() {
        let (server, issuer) = with_metadata_at(place, REALM).await;
        discover(&issuer).await.unwrap();
        for (other, path) in places.iter().enumerate() {
            let asked = usize::from(other <= index);
            assert_eq!(server.asked(path), asked, "{path} before {place}");
        }
    }
    for place in [OPENID, OAUTH] {
        let (_server, issuer) = with_metadata_at(place, "").await;
        discover(&issuer).await.unwrap();
        let (_server, issuer) = with_metadata_at(place, "/").await;
        discover(&issuer).await.unwrap();
    }
}

#[tokio::test]
async fn a_page_for_everything_is_no_metadata() {
    let html = Act::text(200, "text/html", "<!doctype html><title>App</title>");
    let other = Act::json(r#"{"hello":"world"}"#);
    let redirect = Act::status(302).with("location", "/login");
    for first in [html, other, redirect, Act::status(401), Act::status(410)] {
        let (server, issuer) = with_metadata_at(OAUTH, "").await;
        server.act(OPENID, first.clone());
        assert!(discover(&issuer).await.is_ok(), "{first:?}");
    }
}

#[tokio::test]
async fn an_outage_is_not_taken_for_another_place() {
    for status in [429, 500, 503] {
        let (server, issuer) = with_metadata_at(OAUTH, "").await;
        server.act(OPENID, Act::status(status));
        let error = discover(&issuer).await.unwrap_err();
        assert_eq!(error.failure(), Failure::Status(status));
        assert_eq!((server.asked(OPENID), server.asked(OAUTH)), (1, 0));
    }
}

#[tokio::test]
async fn without_metadata_the_error_names_the_first_place() {
    let server = Server::start().await;
    let error = discover(&server.url).await.unwrap_err();
    assert_eq!(error.failure(), Failure::Status(404));
    assert_eq!(
        error.to_string(),
        format!(
            "{}{OPENID} answers with status 404. There is no metadata at 2 addresses: is the issuer written as \
             the iss of its tokens, with its path? If the metadata is elsewhere, say so with discovery_url, and if there is \
             none, where the keys are with jwks_url",
            server.url
        )
    );
}

#[tokio::test]
async fn the_metadata_is_that_of_the_issuer_to_the_letter() {
    let (server, issuer) = with_metadata_at(&format!("{REALM}{OPENID}"), REALM).await;
    for (written, advice) in [
        (format!("{issuer}/"), "differ by a slash at the end only"),
        (
            issuer.replace("http://127.0.0.1", "http://localhost"),
            "discovery_url",
        ),
        (issuer.replace("realms", "Realms"), "upper and lower case"),
    ] {
        let keys = RemoteKeys::builder(&written).discovery_url(format!("{issuer}{OPENID}"));
        let error = keys.connect().await.unwrap_err();
        assert_eq!(error.failure(), Failure::Issuer, "{written}");
        assert!(error.to_string().contains(advice), "{error}");
        assert!(error.to_string().contains(&issuer), "{error}");
    }
    assert_eq!(server.asked(KEYS), 0);
    // An issuer that ends with a slash is written so everywhere.
    let (_server, with_slash) =
        with_metadata_at(&format!("{REALM}{OPENID}"), &format!("{REALM}/")).await;
    let error = discover(with_slash.trim_end_matches('/'))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("slash at the end"), "{error}");
    assert!(discover(&with_slash).await.is_ok());
}

#[tokio::test]
async fn where_the_metadata_may_point_to() {
    let key = new_key(ES256);
    let (server, other) = (Server::publishing(&[&key]).await, Server::start().await);
    other.publish(&[&key]);
    let point_to = |jwks_uri: &str| {
        let metadata = json!({"issuer": server.url, "jwks_uri": jwks_uri});
        server.act(OPENID, Act::json(metadata.to_string()));
    };
    // Another host is usual: Google has its keys there.
    point_to(&other.at(KEYS).replace("127.0.0.1", "localhost"));
    discover(&server.url).await.unwrap();
    assert_eq!((other.asked(KEYS), server.asked(KEYS)), (1, 0));

    let https = other.at(KEYS).replace("http:", "https:");
    for (jwks_uri, advice) in [
        (&*https, "another scheme"),
        ("ftp://127.0.0.1/keys", "is not https"),
        ("file:///etc/keys.json", "is not https"),
        (
            "http://keys.example/keys",
            "dangerous_plain_http(\"keys.example\")",
        ),
        ("http://169.254.169.254/keys", "is not https"),
        ("http://me:secret@127.0.0.1/keys", "user name"),
        ("/keys", "no address"),
        ("", "no address"),
    ] {
        point_to(jwks_uri);
        let error = discover(&server.url).await.unwrap_err();
        assert_eq!(error.failure(), Failure::KeyAddress, "{jwks_uri}: {error}");
        assert!(error.to_string().contains(advice), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let without = json!({"issuer": server.url});
    server.act(OPENID, Act::json(without.to_string()));
    let error = discover(&server.url).await.unwrap_err();
    assert!(error.to_string().contains("jwks_url"), "{error}");
}

#[tokio::test]
async fn keys_that_move_are_found_again() {
    let (old, new) = (new_key(ES256), new_key(ES256));
    let server = Server::publishing(&[&old]).await;
    let keys = server.builder(&clock()).connect().await.unwrap();
    server.act("/moved", Act::json(set(&[&new])));
    let metadata = json!({"issuer": server.url, "jwks_uri": server.at("/moved")});
    server.act(OPENID, Act::json(metadata.to_string()));
    server.act(KEYS, Act::status(404));
    assert!(keys.reload().await.is_err());
    keys.reload().await.unwrap();
    assert_eq!((server.asked(OPENID), server.asked("/moved")), (2, 1));
    assert!(verifier(keys).verify_now(&server.token(&new)).is_ok());
}

#[tokio::test]
async fn three_settings_for_a_split_horizon() {
    let key = new_key(ES256);
    let inside = Server::start().await;
    inside.publish(&[&key]);
    let public = "https://idp.example";
    // The metadata names addresses that nobody reaches from here.
    let metadata = json!({"issuer": public, "jwks_uri": "https://idp.example/keys"});
    inside.act(OPENID, Act::json(metadata.to_string()));
    let outside = keycard::Issuer::builder(key.clone())
        .issuer(public)
        .audience(ROOMS);
    let token = outside
        .with_clock(clock())
        .build()
        .unwrap()
        .token("anna")
        .sign()
        .unwrap();

    let builder = || RemoteKeys::builder(public).jwks_url(inside.at(KEYS));
    let keys = builder().connect().await.unwrap();
    assert_eq!((inside.asked(OPENID), inside.asked(KEYS)), (0, 1));
    assert!(verifier(keys).verify_now(&token).is_ok());

    let keys = builder()
        .discovery_url(inside.at(OPENID))
        .connect()
        .await
        .unwrap();
    assert_eq!((inside.asked(OPENID), inside.asked(KEYS)), (1, 2));
    assert!(verifier(keys).verify_now(&token).is_ok());

    // With both, the metadata still has to be that of the issuer.
    let other = RemoteKeys::builder("https://not-this.example").jwks_url(inside.at(KEYS));
    let error = other
        .discovery_url(inside.at(OPENID))
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.failure(), Failure::Issuer);
}

#[tokio::test]
async fn keys_bring_their_issuer_into_the_trust() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock()).connect().await.unwrap();
    let foreign = keycard::Issuer::builder(key.clone())
        .issuer("https://evil.example")
        .audience(ROOMS);
    let foreign = foreign
        .with_clock(clock())
        .build()
        .unwrap()
        .token("anna")
        .sign()
        .unwrap();
    let one = verifier(keys.clone());
    assert!(one.verify_now(&server.token(&key)).is_ok());
    assert!(one.verify_now(&foreign).is_err());

    let own = issuer();
    let several = Verifier::trusting([own.trust(), Trust::of(keys.clone()).audience(ROOMS)]);
    let several = several.with_clock(clock()).build().unwrap();
    assert_eq!(
        several.verify_now(&server.token(&key)).unwrap().trust(),
        server.url
    );
    assert!(
        several
            .verify_now(&own.token("anna").sign().unwrap())
            .is_ok()
    );
    assert!(several.verify_now(&foreign).is_err());

    // A second spelling is added; another issuer in its place is a mistake.
    let builder = || Verifier::builder(keys.clone()).audience(ROOMS);
    let both = builder()
        .issuer(&server.url)
        .issuer("https://evil.example")
        .with_clock(clock());
    assert!(both.build().unwrap().verify_now(&foreign).is_ok());
    let other = builder().issuer("https://evil.example").build();
    assert_eq!(
        other.err(),
        Some(ConfigError::KeysOfOther(server.url.clone()))
    );
    let named = Trust::new(format!("{}/", server.url), keys.clone()).audience(ROOMS);
    let error = Verifier::trusting([named]).build().unwrap_err();
    assert!(error.to_string().contains(&server.url), "{error}");

    // An address of keys alone says nobody's name.
    let keys = RemoteKeys::jwks(server.at(KEYS)).await.unwrap();
    let unnamed = Verifier::builder(keys.clone()).audience(ROOMS).build();
    assert_eq!(unnamed.err(), Some(ConfigError::NoIssuer));
    let named = Verifier::builder(keys)
        .issuer(&server.url)
        .audience(ROOMS)
        .with_clock(clock());
    assert!(
        named
            .build()
            .unwrap()
            .verify_now(&server.token(&key))
            .is_ok()
    );
}

#[tokio::test]
async fn both_media_types_are_taken_for_keys() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    for media_type in [
        "application/jwk-set+json",
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/jwk-set+json;charset=UTF-8",
    ] {
        server.act(
            KEYS,
            Act::text(StatusCode::OK.as_u16(), media_type, set(&[&key])),
        );
        discover(&server.url).await.unwrap();
    }
    let accept = server.headers(KEYS)["accept"].clone();
    assert_eq!(accept, "application/jwk-set+json, application/json");
}

#[tokio::test]
async fn what_metadata_says_at_length_is_not_repeated_at_length() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let long = "a".repeat(100_000);
    let control = "\u{1}".repeat(50_000);
    for (issuer, jwks_uri) in [
        (long.clone(), server.at(KEYS)),
        (control.clone(), server.at(KEYS)),
        (server.url.clone(), long.clone()),
        (server.url.clone(), format!("ftp://idp.example/{long}")),
        (server.url.clone(), format!("http://{long}/")),
        (server.url.clone(), server.at(&format!("/{long}"))),
    ] {
        let metadata = json!({"issuer": issuer, "jwks_uri": jwks_uri});
        server.act(OPENID, Act::json(metadata.to_string()));
        let error = RemoteKeys::discover(&server.url).await.unwrap_err();
        let said = error.to_string();
        assert!(said.len() < 2000, "{} bytes of {:.60}", said.len(), said);
    }
}
