//! Headers that point to a key elsewhere, where somebody waits for a connection.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::cases::Expected::{In, InvalidToken};
use super::cases::check_tokens;
use crate::support::{KEY, changed, claims, header, sign_raw};
use keycard::keys::KeySet;
use keycard::{Algorithm, SigningKey};

#[tokio::test]
async fn nobody_is_asked_for_a_key_that_a_token_brings_or_points_to() {
    let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", trap.local_addr().unwrap());
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let public = KeySet::new([stranger.verifying_key()]).to_jwks();
    let public: Value = serde_json::from_str(&public).unwrap();
    let lures = [
        json!({ "jku": url }),
        json!({ "x5u": url }),
        json!({ "jku": [url], "x5u": {"url": url} }),
        json!({ "jwk": public["keys"][0] }),
        json!({ "jwk": url }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "x5t": "AAAA", "x5t#S256": "AAAA" }),
        json!({ "kid": url }),
        json!({ "kid": "../../../../etc/passwd" }),
        json!({ "kid": "' OR 1=1 --" }),
        json!({ "iss": url, "jku": url, "kid": stranger.key_id() }),
    ];
    let mut cases = Vec::new();
    for lure in lures {
        let header = changed(header(), lure.clone()).to_string();
        let theirs = sign_raw(&stranger, &header, claims().to_string());
        cases.push((format!("{lure} by a stranger"), theirs, InvalidToken));
        // The same header does no harm where the right key signed it.
        let named = lure.get("kid").is_some();
        let ours = sign_raw(&KEY, &header, claims().to_string());
        let expected = if named { InvalidToken } else { In };
        cases.push((lure.to_string(), ours, expected));
    }
    check_tokens(cases).await;
    let caught = tokio::time::timeout(std::time::Duration::from_millis(50), trap.accept()).await;
    assert!(caught.is_err(), "somebody came");
}
