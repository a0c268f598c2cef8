//! What a request costs that waits for keys.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use keycard::Algorithm::ES256;
use keycard::Verifier;

use super::server::{Act, KEYS, Server, new_key, verifier};
use crate::support::clock;

const WAITING: usize = 100;

/// The memory that a hundred tokens hold while they wait, all in all, beside that of the tokens.
fn held(verifier: &Verifier, tokens: &[String]) -> u64 {
    let mut waiting: Vec<Pin<Box<dyn Future<Output = bool> + '_>>> = Vec::with_capacity(WAITING);
    let info = allocation_counter::measure(|| {
        for token in tokens {
            let mut one = Box::pin(async { verifier.verify(token.as_str()).await.is_ok() });
            let mut context = Context::from_waker(Waker::noop());
            assert!(one.as_mut().poll(&mut context).is_pending());
            waiting.push(one);
        }
    });
    u64::try_from(info.bytes_current).unwrap()
}

#[tokio::test]
async fn a_waiting_token_holds_less_than_3_kib() {
    let key = new_key(ES256);
    let server = Server::publishing(&[&key]).await;
    let verifier = verifier(server.builder(&clock()).connect().await.unwrap());
    server.act(KEYS, Act::Hang);
    let tokens: Vec<String> = (0..WAITING)
        .map(|_| server.token(&new_key(ES256)))
        .collect();
    // The first starts what all of them share.
    held(&verifier, &tokens[..1]);
    let each = held(&verifier, &tokens) / u64::try_from(WAITING).unwrap();
    println!("a token that waits for a key holds {each} bytes");
    assert!(each < 3 * 1024, "{each}");
}
