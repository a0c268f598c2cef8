//! The issuer of the kit, asked by keys from elsewhere behind a real door, without a second of waiting.

use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::routing::get as on_get;
use http::StatusCode;
use keycard::clock::ManualClock;
use keycard::remote::{Failure, RemoteKeys, RemoteKeysBuilder, Status};
use keycard::testing::{self, Fault, Provider};
use keycard::verify::Reason;
use keycard::{Algorithm, JwtLayer, Verifier, VerifyingKey, require_scope};

use crate::support::{Answer, assert_in, assert_refused, get_with, knock, reason, send};

/// An issuer, and who takes its keys, by one clock in the hands of the test.
struct Hotel {
    idp: Provider,
    clock: ManualClock,
    keys: RemoteKeys,
    layer: JwtLayer,
}

impl Hotel {
    async fn open() -> Self {
        let clock = testing::clock();
        let idp = Provider::builder().with_clock(clock.clone()).start();
        let keys = keys_of(&idp, &clock).connect().await.unwrap();
        let layer = layer(&keys, &clock);
        Self {
            idp,
            clock,
            keys,
            layer,
        }
    }

    fn token(&self) -> String {
        self.idp.token("anna").sign().unwrap().as_str().to_owned()
    }

    async fn knock(&self, token: &str) -> Answer {
        knock(&self.layer, token).await
    }
}

fn keys_of(idp: &Provider, clock: &ManualClock) -> RemoteKeysBuilder {
    RemoteKeys::builder(idp.url()).with_clock(clock.clone())
}

fn layer(keys: &RemoteKeys, clock: &ManualClock) -> JwtLayer {
    let verifier = Verifier::builder(keys.clone()).audience(testing::AUDIENCE);
    JwtLayer::new(verifier.with_clock(clock.clone()).build().unwrap())
}

fn address(idp: &Provider) -> SocketAddr {
    idp.url()["http://".len()..].parse().unwrap()
}

#[tokio::test]
async fn its_tokens_open_the_doors_that_their_scopes_name() {
    let idp = Provider::start();
    let keys = RemoteKeys::discover(idp.url()).await.unwrap();
    let verifier = Verifier::builder(keys).audience(testing::AUDIENCE);
    let app = Router::new()
        .route(
            "/minibar",
            on_get(async || "lemonade").route_layer(require_scope("minibar:read")),
        )
        .layer(JwtLayer::new(verifier.build().unwrap()));
    for (scope, status) in [("minibar:read", 200), ("room:open", 403)] {
        let token = idp.token("anna").scope(scope).sign().unwrap();
        let answer = send(app.clone(), get_with("/minibar", token.as_str())).await;
        assert_eq!(answer.status, status, "{scope}");
    }
    assert_eq!((idp.metadata_fetches(), idp.key_fetches()), (1, 1));
}

#[tokio::test]
async fn a_key_that_is_replaced_stays_published_until_it_is_withdrawn() {
    let hotel = Hotel::open().await;
    let old = hotel.token();
    hotel.idp.rotate();
    let new = hotel.token();
    assert_in(&hotel.knock(&new).await, "by the new key");
    assert_in(&hotel.knock(&old).await, "by the old key");
    assert_eq!(hotel.keys.state().keys().len(), 2);
    assert_eq!(hotel.idp.key_fetches(), 2);

    hotel.idp.withdraw();
    assert_in(&hotel.knock(&old).await, "until the set is fetched");
    hotel.keys.reload().await.unwrap();
    assert_refused(&hotel.knock(&old).await, Reason::UnknownKey, "withdrawn");
    assert_in(&hotel.knock(&new).await, "the key that signs");
}

/// Each fault as the keys see it. What was fetched before is used meanwhile, and afterwards all is as it was.
#[tokio::test]
async fn each_fault_is_what_it_says_and_is_healed() {
    let unusable = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#.to_owned();
    let of_another = r#"{"issuer":"https://idp.example","jwks_uri":"https://idp.example/keys"}"#;
    for (fault, failure) in [
        (Fault::Refused, Failure::Connection),
        (
            Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
            Failure::Status(503),
        ),
        (
            Fault::RetryAfter(StatusCode::TOO_MANY_REQUESTS, Duration::from_secs(600)),
            Failure::Status(429),
        ),
        (Fault::Garbage, Failure::Malformed),
        (Fault::KeySet(unusable), Failure::NoKeys),
    ] {
        let hotel = Hotel::open().await;
        hotel.idp.break_with(fault.clone());
        let error = hotel.keys.reload().await.unwrap_err();
        assert_eq!(error.failure(), failure, "{fault:?}: {error}");
        assert_in(&hotel.knock(&hotel.token()).await, "by old keys");

        // Whoever has no keys yet says so, and not that the token is bad.
        let keys = keys_of(&hotel.idp, &hotel.clock).lazy().unwrap();
        let answer = knock(&layer(&keys, &hotel.clock), &hotel.token()).await;
        assert_eq!(answer.status, 503, "{fault:?}");
        assert!(answer.header("retry-after").is_some(), "{fault:?}");

        hotel.idp.heal();
        hotel.keys.reload().await.unwrap();
        assert_eq!(hotel.keys.state().status(), Status::Fresh, "{fault:?}");
        let keys = keys_of(&hotel.idp, &hotel.clock).connect().await.unwrap();
        assert_in(
            &knock(&layer(&keys, &hotel.clock), &hotel.token()).await,
            "healed",
        );

        let metadata = Fault::Metadata(of_another.to_owned());
        hotel.idp.break_with(metadata);
        hotel.keys.reload().await.unwrap();
        let error = keys_of(&hotel.idp, &hotel.clock).connect().await;
        assert_eq!(error.unwrap_err().failure(), Failure::Issuer);
    }
}

#[tokio::test]
async fn an_issuer_that_wants_to_be_left_alone_says_for_how_long() {
    let hotel = Hotel::open().await;
    let pause = Duration::from_secs(1800);
    let busy = Fault::RetryAfter(StatusCode::TOO_MANY_REQUESTS, pause);
    hotel.idp.break_with(busy);
    hotel.keys.reload().await.unwrap_err();
    assert_eq!(hotel.keys.state().next_fetch(), pause);
}

#[tokio::test]
async fn whoever_hangs_is_given_up_when_the_clock_says_so() {
    let hotel = Hotel::open().await;
    hotel.idp.break_with(Fault::Hang);
    let reloading = tokio::spawn({
        let keys = hotel.keys.clone();
        async move { keys.reload().await.map_err(|error| error.failure()) }
    });
    hotel.idp.until_key_fetches(2).await;
    assert!(!reloading.is_finished());
    hotel.clock.advance(Duration::from_secs(5));
    assert_eq!(reloading.await.unwrap(), Err(Failure::Timeout));
}

#[tokio::test]
async fn answers_are_held_back_until_they_are_released() {
    let hotel = Hotel::open().await;
    hotel.idp.rotate();
    let hold = hotel.idp.hold();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (layer, token) = (hotel.layer.clone(), hotel.token());
        waiting.spawn(async move { knock(&layer, &token).await });
    }
    hold.until_waiting(1).await;
    assert!(waiting.try_join_next().is_none());
    hold.release();
    for answer in waiting.join_all().await {
        assert_in(&answer, "when released");
    }
    assert_eq!(hotel.idp.key_fetches(), 2);

    drop(hotel.idp.hold());
    hotel.keys.reload().await.unwrap();
}

/// What is due is fetched in the background.
#[tokio::test]
async fn fetches_are_waited_for_and_not_slept_for() {
    let hotel = Hotel::open().await;
    hotel.clock.advance(Duration::from_secs(600));
    hotel.idp.until_key_fetches(2).await;
    assert_eq!(hotel.idp.metadata_fetches(), 1);
}

#[tokio::test]
async fn its_tokens_expire_by_its_clock_and_keys_by_theirs() {
    let hotel = Hotel::open().await;
    let token = hotel.token();
    hotel.idp.break_with(Fault::Refused);
    hotel.clock.advance(Duration::from_secs(900 + 60));
    let old = hotel.knock(&token).await;
    assert_eq!(
        (old.status, reason(&old)),
        (StatusCode::UNAUTHORIZED, Some(Reason::Expired))
    );
    assert_in(&hotel.knock(&hotel.token()).await, "signed later");

    // Ten minutes fresh, and an hour more while nobody can be asked.
    hotel.clock.advance(Duration::from_secs(4200));
    assert_eq!(hotel.keys.state().status(), Status::Expired);
    assert_eq!(hotel.knock(&hotel.token()).await.status, 503);
}

#[tokio::test]
async fn any_algorithm_signs_and_any_path_is_found() {
    for (algorithm, path) in [
        (Algorithm::ES256, ""),
        (Algorithm::RS256, "/"),
        (Algorithm::PS256, "/realms/hotel"),
        (Algorithm::EdDSA, "/a/b/"),
        (Algorithm::MlDsa44, "/v2.0"),
    ] {
        let idp = Provider::builder().algorithm(algorithm).path(path);
        let idp = idp.audience("rooms").start();
        assert!(idp.url().ends_with(path));
        let discovered = RemoteKeys::discover(idp.url()).await.unwrap();
        let named = RemoteKeys::jwks_builder(idp.jwks_url()).issuer(idp.url());
        for keys in [discovered, named.connect().await.unwrap()] {
            let verifier = Verifier::builder(keys).audience("rooms").build().unwrap();
            idp.rotate();
            let token = idp.token("anna").sign().unwrap();
            let token = verifier.verify(&token).await.unwrap();
            assert_eq!(token.algorithm(), algorithm);
            assert_eq!(token.issuer().unwrap(), idp.url());
        }
    }
}

#[test]
#[should_panic(expected = "a secret cannot be published")]
fn an_issuer_whose_keys_are_secrets_publishes_nothing() {
    Provider::builder().algorithm(Algorithm::HS256).start();
}

#[test]
#[should_panic(expected = "begins with a slash")]
fn a_path_without_a_slash_would_be_part_of_the_port() {
    Provider::builder().path("realms/hotel").start();
}

/// By metadata that another program can read too, from what OpenID Connect Discovery requires.
#[tokio::test]
async fn metadata_and_keys_are_what_any_client_expects() {
    let idp = Provider::builder().path("/realms/hotel").start();
    let origin = format!(
        "http://{}",
        idp.url()["http://".len()..].split_once('/').unwrap().0
    );
    let client = reqwest::Client::new();
    for url in [
        format!("{}/.well-known/openid-configuration", idp.url()),
        format!("{origin}/.well-known/oauth-authorization-server/realms/hotel"),
    ] {
        let answer = client.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let text = answer.text().await.unwrap();
        let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(metadata["issuer"], idp.url());
        assert_eq!(metadata["jwks_uri"], idp.jwks_url());
        for member in [
            "authorization_endpoint",
            "token_endpoint",
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
        ] {
            assert!(!metadata[member].is_null(), "{member}");
        }
    }
    let keys = client.get(idp.jwks_url()).send().await.unwrap();
    assert_eq!(keys.text().await.unwrap(), idp.issuer().jwks());
    assert_eq!((idp.metadata_fetches(), idp.key_fetches()), (2, 1));

    for (method, url) in [
        (http::Method::POST, idp.jwks_url()),
        (http::Method::GET, format!("{origin}/keys")),
        (http::Method::GET, format!("{}/token", idp.url())),
    ] {
        let answer = client.request(method, &url).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{url}");
    }
    assert_eq!((idp.metadata_fetches(), idp.key_fetches()), (2, 1));
}

#[test]
fn connections_are_refused_and_taken_again_at_the_same_port() {
    let idp = Provider::start();
    let address = address(&idp);
    assert!(TcpStream::connect(address).is_ok());
    for _ in 0..3 {
        idp.break_with(Fault::Refused);
        assert!(TcpStream::connect(address).is_err());
        idp.break_with(Fault::Refused);
        idp.heal();
        assert!(TcpStream::connect(address).is_ok());
        idp.heal();
        idp.break_with(Fault::Refused);
        idp.break_with(Fault::Hang);
        assert!(TcpStream::connect(address).is_ok());
    }
}

#[test]
fn nothing_is_left_of_it_when_it_is_dropped() {
    for refused in [false, true] {
        let idp = Provider::start();
        let address = address(&idp);
        let open = TcpStream::connect(address).unwrap();
        if refused {
            idp.break_with(Fault::Refused);
        }
        drop(idp);
        assert!(TcpStream::connect(address).is_err());
        let end = std::io::Read::read(&mut &open, &mut [0]);
        assert!(matches!(end, Ok(0) | Err(_)), "the connection is closed");
    }
}

/// One for all tests of a crate, each of which has a runtime of its own.
#[test]
fn several_runtimes_can_share_one() {
    static IDP: LazyLock<Provider> = LazyLock::new(Provider::start);
    for _ in 0..2 {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let keys = RemoteKeys::discover(IDP.url()).await.unwrap();
            let layer = layer(&keys, &testing::clock());
            let token = IDP.token("anna").sign().unwrap();
            assert_in(&knock(&layer, token.as_str()).await, "in any runtime");
        });
    }
    assert_eq!(IDP.key_fetches(), 2);
}

/// Two issuers of one test have nothing in common.
#[test]
fn each_has_keys_of_its_own() {
    let (ours, theirs) = (Provider::start(), Provider::start());
    let thumbprint = |idp: &Provider| {
        idp.issuer()
            .keys()
            .iter()
            .next()
            .map(VerifyingKey::thumbprint)
    };
    assert_ne!(thumbprint(&ours), thumbprint(&theirs));
    assert_ne!(ours.url(), theirs.url());
    let token = theirs.token("anna").sign().unwrap();
    assert!(ours.issuer().verifier().verify_now(&token).is_err());
    assert!(theirs.issuer().verifier().verify_now(&token).is_ok());
}
