//! A token: as it is, or a header and a payload that are signed first.

use keycard::{Algorithm, VerifiedToken};
use serde_json::Value;

use super::desk::{
    AUDIENCE, HS256, HS512, ISSUER, NOW, VERIFIER, base64url, independent, same, sign,
};

/// Takes a token, or the header in one line and the payload in those below it.
pub fn check(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let Some((header, payload)) = end.map(|end| (&data[..end], &data[end + 1..])) else {
        return check_token(data);
    };
    for key in [&*HS256, &*HS512] {
        let token = sign(key, header, payload);
        check_token(token.as_bytes());
    }
}

fn check_token(token: &[u8]) {
    let decided = VERIFIER.verify_now(token);
    let again = VERIFIER.verify_now(token);
    match (decided, again) {
        (Ok(verified), Ok(_)) => check_accepted(token, &verified),
        (Err(miss), Err(same)) => assert_eq!(miss, same),
        _ => panic!("one token is decided about in two ways"),
    }
}

fn check_accepted(token: &[u8], verified: &VerifiedToken) {
    let token = std::str::from_utf8(token).unwrap();
    let claims: Value = verified.claims().unwrap();
    // `jsonwebtoken` reads no time beyond 64 bits, which here is in the far future, and no header with
    // a `jku` or the like of a wrong type, which here is not looked at (RFC 7515, section 4).
    // Nor, with numbers of any length, a time that is no integer.
    let is_integer = |name: &str| claims.get(name).is_none_or(Value::is_i64);
    let is_plain = ["exp", "nbf"].into_iter().all(is_integer);
    let is_near = claims["exp"].as_f64().unwrap() < 1e18;
    if is_near && is_plain && jsonwebtoken::decode_header(token).is_ok() {
        assert!(independent(token).is_some_and(|theirs| same(&theirs, &claims)));
    }

    let segments: Vec<&str> = token.split('.').collect();
    assert_eq!(segments.len(), 3);
    assert_eq!(base64url(verified.payload().as_bytes()), segments[1]);
    let key = match verified.algorithm() {
        Algorithm::HS256 => &*HS256,
        _ => &*HS512,
    };
    let message = format!("{}.{}", segments[0], segments[1]);
    let signature = key.sign(message.as_bytes()).unwrap();
    assert_eq!(base64url(&signature), segments[2]);

    check_claims(&claims);
    let scopes: Vec<_> = verified.scopes().collect();
    for scope in &scopes {
        assert!(verified.has_scope(scope));
    }
    let shared = verified.shared_claims::<Value>().unwrap();
    assert!(same(&shared, &claims));
}

/// The rules once more, read off a tree.
fn check_claims(claims: &Value) {
    let time = |name: &str| claims.get(name).map(|time| time.as_f64().unwrap());
    #[expect(clippy::cast_precision_loss, reason = "not a large number")]
    let now = NOW as f64;
    assert!(time("exp").unwrap() > now - 60.0);
    assert!(time("nbf").is_none_or(|time| time <= now + 60.0));
    assert!(time("iat").is_none_or(|time| time <= now + 60.0));
    assert_eq!(claims["iss"], ISSUER);
    let named = match &claims["aud"] {
        Value::Array(names) => names.iter().any(|name| name == AUDIENCE),
        name => name == AUDIENCE,
    };
    assert!(named);
    assert!(claims.get("cnf").is_none());
    for name in ["sub", "jti"] {
        assert!(claims.get(name).is_none_or(Value::is_string));
    }
}
