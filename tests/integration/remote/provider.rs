//! The same with a real issuer, the OpenID provider of npm.

use std::time::Duration;

use keycard::clock::{Clock, ManualClock};
use keycard::remote::{RemoteKeys, Status};
use keycard::verify::{Reason, VerifyError};
use keycard::{Algorithm, Verifier};

use crate::openid_provider::Provider;

const METADATA: &str = "/.well-known/openid-configuration";

fn verifier(keys: &RemoteKeys, algorithm: Algorithm) -> Verifier {
    let builder = Verifier::builder(keys.clone()).audience(Provider::audience(algorithm));
    builder.build().unwrap()
}

#[tokio::test]
async fn one_line_and_every_algorithm() {
    let Some(provider) = Provider::start_at("/realms/hotel").await else {
        return;
    };
    let keys = RemoteKeys::discover(provider.url()).await.unwrap();
    assert_eq!(keys.state().status(), Status::Fresh);
    for algorithm in Provider::ALGORITHMS {
        let token = provider.token(algorithm, "rooms:read").await;
        let verified = verifier(&keys, algorithm).verify(&token).await.unwrap();
        assert!(verified.has_scope("rooms:read"), "{algorithm}");
        assert_eq!(verified.trust(), provider.url());
    }
    assert_eq!(provider.count(METADATA).await, 1);
    assert_eq!(provider.count("/jwks").await, 1);
}

#[tokio::test]
async fn rotation_with_old_tokens_alive_and_then_withdrawn() {
    let Some(provider) = Provider::start().await else {
        return;
    };
    let clock = ManualClock::new(keycard::clock::SystemClock.now());
    let keys = RemoteKeys::builder(provider.url()).with_clock(clock.clone());
    let keys = keys.connect().await.unwrap();
    let algorithm = Algorithm::ES256;
    let verifier = verifier(&keys, algorithm);
    let old = provider.token(algorithm, "rooms:read").await;
    assert!(verifier.verify(&old).await.is_ok());

    provider.rotate().await;
    let new = provider.token(algorithm, "rooms:read").await;
    assert_eq!(
        verifier.verify_now(&new).err(),
        Some(VerifyError::UnknownKey)
    );
    // The first request goes on, and so does everything that was signed before.
    assert!(verifier.verify(&new).await.is_ok());
    assert!(verifier.verify(&old).await.is_ok());
    assert_eq!(provider.count("/jwks").await, 2);

    provider.withdraw().await;
    clock.advance(Duration::from_secs(600));
    super::server::eventually("the old key to go", || verifier.verify_now(&old).is_err()).await;
    let refused = verifier.verify(&old).await.err();
    assert_eq!(refused, Some(VerifyError::Refused(Reason::UnknownKey)));
    assert!(verifier.verify(&new).await.is_ok());
}
