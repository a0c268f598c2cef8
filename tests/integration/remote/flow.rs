//! From the first fetch to the last, as it should be.

use keycard::Algorithm::{ES256, EdDSA};
use keycard::remote::Status;
use keycard::verify::{Reason, VerifyError};

use super::server::{KEYS, OPENID, Server, advance, new_key, verifier};
use crate::support::clock;

#[tokio::test]
async fn one_line_trusts_an_issuer() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let keys = keycard::remote::RemoteKeys::discover(&server.url)
        .await
        .unwrap();
    let state = keys.state();
    assert_eq!((state.status(), state.keys().len()), (Status::Fresh, 1));
    let verifier = verifier(keys);
    let token = verifier.verify_now(&server.token(&key)).unwrap();
    assert_eq!(
        (token.subject().as_deref(), token.trust()),
        (Some("anna"), &*server.url)
    );
    assert_eq!((server.asked(OPENID), server.asked(KEYS)), (1, 1));
}

#[tokio::test]
async fn a_rotation_is_seen_by_the_first_request() {
    let (old, new) = (new_key(ES256), new_key(EdDSA));
    let server = Server::publishing(&[&old]).await;
    let clock = clock();
    let verifier = verifier(server.builder(&clock).connect().await.unwrap());
    assert!(verifier.verify(&server.token(&old)).await.is_ok());

    server.publish(&[&old, &new]);
    assert!(verifier.verify(&server.token(&new)).await.is_ok());
    assert!(verifier.verify(&server.token(&old)).await.is_ok());
    assert_eq!(server.asked(KEYS), 2);

    // The old one is withdrawn, and known to be when the set is fetched the next time.
    server.publish(&[&new]);
    assert!(verifier.verify(&server.token(&old)).await.is_ok());
    advance(&clock, 600).await;
    server.until_asked(KEYS, 3).await;
    super::server::eventually("the old key to go", || {
        verifier.verify_now(&server.token(&old)).is_err()
    })
    .await;
    let withdrawn = verifier.verify(&server.token(&old)).await;
    assert_eq!(
        withdrawn.err(),
        Some(VerifyError::Refused(Reason::UnknownKey))
    );
}
