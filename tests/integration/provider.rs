//! Tokens and keys of a real OpenID provider, before and after it changed its keys.

use axum::Router;
use axum::routing::get as on_get;
use keycard::keys::KeySet;
use keycard::verify::Reason;
use keycard::{Algorithm, JwtLayer, Verifier, require_scope};

use crate::openid_provider::Provider;
use crate::support::{assert_in, assert_refused, get_with, knock, send};

/// A layer for tokens that are signed with an algorithm, with the keys that are published now.
async fn layer(provider: &Provider, issuer: &str, algorithm: Algorithm) -> JwtLayer {
    let keys = KeySet::from_jwks(&provider.jwks().await).unwrap();
    assert_eq!(keys.skipped().count(), 0);
    let verifier = Verifier::builder(keys)
        .issuer(issuer)
        .audience(Provider::audience(algorithm))
        .rfc9068();
    JwtLayer::new(verifier.build().unwrap())
}

#[tokio::test]
async fn its_tokens_of_every_algorithm_open_the_door_of_their_audience_only() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    for algorithm in Provider::ALGORITHMS {
        let layer = layer(&provider, provider.url(), algorithm).await;
        for other in Provider::ALGORITHMS {
            let what = format!("{other:?} at the door of {algorithm:?}");
            let answer = knock(&layer, &provider.token(other, "rooms:read").await).await;
            if other == algorithm {
                assert_in(&answer, &what);
            } else {
                assert_refused(&answer, Reason::Audience, &what);
            }
        }
    }
}

#[tokio::test]
async fn its_issuer_and_its_scopes_count() {
    // With a path, as many providers have one for each realm or tenant.
    let Some(provider) = Provider::start_at("/realms/hotel").await else {
        return;
    };
    assert!(provider.url().ends_with("/realms/hotel"));
    let reads = provider.token(Algorithm::ES256, "rooms:read").await;
    let both = provider
        .token(Algorithm::ES256, "rooms:read rooms:write")
        .await;

    let door = Router::new()
        .route(
            "/",
            on_get(async || "in").route_layer(require_scope("rooms:write")),
        )
        .layer(layer(&provider, provider.url(), Algorithm::ES256).await);
    assert_in(&send(door.clone(), get_with("/", &both)).await, "both");
    let poor = send(door, get_with("/", &reads)).await;
    assert_eq!(poor.status, 403);
    assert_eq!(
        poor.challenge.as_deref(),
        Some(r#"Bearer error="insufficient_scope", scope="rooms:write""#)
    );

    let root = provider.url().strip_suffix("/realms/hotel").unwrap();
    for other in [root.to_owned(), format!("{}/", provider.url())] {
        let layer = layer(&provider, &other, Algorithm::ES256).await;
        assert_refused(&knock(&layer, &both).await, Reason::Issuer, &other);
    }
}

#[tokio::test]
async fn old_keys_verify_until_they_are_withdrawn() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    for algorithm in Provider::ALGORITHMS {
        let before = layer(&provider, provider.url(), algorithm).await;
        let old = provider.token(algorithm, "rooms:read").await;
        assert_in(&knock(&before, &old).await, "before any change");

        provider.rotate().await;
        let new = provider.token(algorithm, "rooms:read").await;
        let unknown = Reason::UnknownKey;
        assert_refused(&knock(&before, &new).await, unknown, "keys of before");
        let rotated = layer(&provider, provider.url(), algorithm).await;
        assert_in(&knock(&rotated, &old).await, "an old one after rotation");
        assert_in(&knock(&rotated, &new).await, "a new one after rotation");

        provider.withdraw().await;
        let withdrawn = layer(&provider, provider.url(), algorithm).await;
        assert_refused(&knock(&withdrawn, &old).await, unknown, "a withdrawn key");
        assert_in(&knock(&withdrawn, &new).await, "the key that signs");
    }
}

#[tokio::test]
async fn counts_what_it_is_asked_for() {
    let Some(provider) = Provider::start_at("/realms/hotel").await else {
        return;
    };
    let paths = ["/.well-known/openid-configuration", "/jwks", "/token"];
    for path in paths {
        assert_eq!(provider.count(path).await, 0, "{path}");
    }
    let layer = layer(&provider, provider.url(), Algorithm::EdDSA).await;
    let token = provider.token(Algorithm::EdDSA, "rooms:read").await;
    for _ in 0..3 {
        assert_in(&knock(&layer, &token).await, "by the keys that were read");
    }
    provider.token(Algorithm::EdDSA, "rooms:read").await;
    for (path, count) in paths.into_iter().zip([1, 1, 2]) {
        assert_eq!(provider.count(path).await, count, "{path}");
    }
}
