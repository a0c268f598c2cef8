//! Several issuers behind one layer: each has its keys, its fetches and its failures for itself.

use std::time::Duration;

use http::StatusCode;
use keycard::Algorithm::{ES256, EdDSA, RS256};
use keycard::clock::{Clock, ManualClock, SystemClock};
use keycard::remote::{RemoteKeys, Status};
use keycard::{Algorithm, Issuer, JwtLayer, SigningKey, Trust, Verifier, VerifyingKey};
use serde_json::json;

use super::server::{Act, KEYS, OPENID, Server, eventually, new_key};
use crate::openid_provider::Provider;
use crate::support::{ROOMS, base64url, clock, door, get_with, send, sign_raw};

async fn knock(layer: &JwtLayer, token: &str) -> StatusCode {
    send(door(layer.clone()), get_with("/", token)).await.status
}

/// Our own login, with a secret.
fn own(clock: ManualClock) -> Issuer {
    let key = SigningKey::hs256("known to this test and nobody else").unwrap();
    let issuer = Issuer::builder(key)
        .issuer("https://own-desk.example")
        .audience(ROOMS);
    issuer.with_clock(clock).build().unwrap()
}

#[tokio::test]
async fn two_real_providers_and_our_own_and_one_of_them_is_killed() {
    let (Some(staff), Some(guests)) =
        (Provider::start().await, Provider::start_at("/guests").await)
    else {
        return;
    };
    let clock = ManualClock::new(SystemClock.now());
    let own = own(clock.clone());
    let remote = |provider: &Provider| {
        let builder = RemoteKeys::builder(provider.url()).with_clock(clock.clone());
        builder.stale_for(Duration::from_secs(60)).lazy().unwrap()
    };
    let (staff_keys, guest_keys) = (remote(&staff), remote(&guests));
    let trust = |keys: &RemoteKeys| Trust::of(keys.clone()).audience(Provider::audience(ES256));
    let verifier = Verifier::trusting([own.trust(), trust(&staff_keys), trust(&guest_keys)]);
    let layer = JwtLayer::new(verifier.build().unwrap());
    // Nobody was asked for anything yet.
    assert_eq!(staff.count("/jwks").await + guests.count("/jwks").await, 0);

    let own_token = own.token("anna").sign().unwrap().as_str().to_owned();
    let staff_token = staff.token(ES256, "rooms:read").await;
    let guest_token = guests.token(ES256, "rooms:read").await;
    for token in [&own_token, &staff_token, &guest_token] {
        assert_eq!(knock(&layer, token).await, StatusCode::OK);
    }
    drop(guests);
    let all = async |expected: [u16; 3]| {
        for (token, status) in [&own_token, &staff_token, &guest_token]
            .into_iter()
            .zip(expected)
        {
            assert_eq!(knock(&layer, token).await.as_u16(), status);
        }
    };
    // Its keys are known, and nobody notices.
    clock.advance(Duration::from_secs(599));
    eventually("a failure", || guest_keys.state().last_error().is_some()).await;
    eventually("a success", || {
        staff_keys.state().age() == Some(Duration::ZERO)
    })
    .await;
    all([200, 200, 200]).await;
    clock.advance(Duration::from_secs(61));
    assert_eq!(guest_keys.state().status(), Status::Expired);
    all([200, 200, 503]).await;
}

#[tokio::test]
async fn no_key_of_one_opens_for_another_whatever_a_token_says() {
    // Two of each kind, one with a kid that all of them have.
    let keys: Vec<SigningKey> = [ES256, ES256, EdDSA, RS256]
        .into_iter()
        .map(|algorithm| new_key(algorithm).with_key_id("2026"))
        .collect();
    let mut servers = Vec::new();
    for key in &keys {
        servers.push(Server::publishing(&[key]).await);
    }
    let secret = SigningKey::hs256("the secret that our own login signs with").unwrap();
    let own = "https://own-desk.example";
    let shared = VerifyingKey::hs256("the secret that our own login signs with").unwrap();
    let mut trusts = vec![Trust::new(own, shared).audience(ROOMS)];
    for server in &servers {
        let keys = server.builder(&clock()).connect().await.unwrap();
        trusts.push(Trust::of(keys).audience(ROOMS));
    }
    let verifier = Verifier::trusting(trusts)
        .with_clock(clock())
        .build()
        .unwrap();

    let issuers: Vec<&str> = [own]
        .into_iter()
        .chain(servers.iter().map(|server| &*server.url))
        .collect();
    let signers: Vec<&SigningKey> = [&secret].into_iter().chain(&keys).collect();
    let spellings = |issuer: &str| {
        [
            issuer.to_owned(),
            format!("{issuer}/"),
            issuer.to_uppercase(),
            format!(" {issuer}"),
            issuer.replace("127.0.0.1", "localhost"),
            format!("{issuer}\u{0}"),
        ]
    };
    let mut accepted = 0;
    for (signer, key) in signers.iter().enumerate() {
        for (named, issuer) in issuers.iter().enumerate() {
            for (spelling, issuer) in spellings(issuer).into_iter().enumerate() {
                for key_id in [None, Some("2026"), Some("another")] {
                    let mut header = json!({"alg": key.algorithm().name(), "typ": "at+jwt"});
                    if let Some(key_id) = key_id {
                        header["kid"] = key_id.into();
                    }
                    let claims =
                        json!({"iss": issuer, "aud": ROOMS, "sub": "anna", "exp": 1_900_000_000});
                    let token = sign_raw(key, header.to_string(), claims.to_string());
                    let is_good = signer == named
                        && (spelling == 0 || issuer == issuers[named])
                        && (key_id != Some("another") || signer == 0);
                    let outcome = verifier.verify(&token).await;
                    assert_eq!(
                        outcome.is_ok(),
                        is_good,
                        "{signer} as {issuer:?} with {key_id:?}"
                    );
                    accepted += usize::from(is_good);
                }
            }
        }
    }
    assert!(accepted >= 2 * keys.len(), "{accepted}");

    // And a public key of one is no secret of another.
    let public = super::server::set(&[&keys[3]]);
    let forged = Algorithm::HS256.name();
    let header = json!({"alg": forged, "kid": "2026"}).to_string();
    let claims = json!({"iss": servers[3].url, "aud": ROOMS, "exp": 1_900_000_000}).to_string();
    let message = format!("{}.{}", base64url(header), base64url(claims));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
    let signature = aws_lc_rs::hmac::sign(&key, message.as_bytes());
    let token = format!("{message}.{}", base64url(signature.as_ref()));
    assert!(verifier.verify(&token).await.is_err());
}

#[tokio::test]
async fn an_outage_of_one_is_felt_by_its_own_tokens_only() {
    let (key, other) = (new_key(ES256), new_key(ES256));
    let (healthy, broken) = (
        Server::publishing(&[&key]).await,
        Server::publishing(&[&other]).await,
    );
    let clock = clock();
    let lazy = |server: &Server| Trust::of(server.builder(&clock).lazy().unwrap()).audience(ROOMS);
    let verifier = Verifier::trusting([lazy(&healthy), lazy(&broken)]);
    let layer = JwtLayer::new(
        verifier
            .with_clock(crate::support::clock())
            .build()
            .unwrap(),
    );
    // One does not answer at all.
    broken.act(OPENID, Act::Hang);
    let token = broken.token(&other);
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let (layer, token) = (layer.clone(), token.clone());
            tokio::spawn(async move { knock(&layer, &token).await })
        })
        .collect();
    broken.until_asked(OPENID, 1).await;
    for _ in 0..50 {
        assert_eq!(knock(&layer, &healthy.token(&key)).await, StatusCode::OK);
    }
    assert_eq!((healthy.asked(KEYS), broken.asked(OPENID)), (1, 1));
    clock.advance(Duration::from_secs(5));
    for one in waiting {
        assert_eq!(one.await.unwrap(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
