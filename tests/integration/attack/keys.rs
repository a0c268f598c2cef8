//! Keys that are taken for others, and keys that should never have been published.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::keys::KeySet;
use keycard::{Algorithm, JwtLayer, SigningKey};
use serde_json::{Value, json};

use super::cases::Expected::{In, InvalidToken};
use super::cases::{Expected, check, check_tokens};
use crate::support::{DESK, KEY, ROOMS, base64url, changed, claims, clock, header, sign_raw};
use crate::wire::bearer;

/// The JWK of the public key that all servers here trust.
fn jwk() -> Value {
    let set: Value = serde_json::from_str(&KeySet::new([KEY.verifying_key()]).to_jwks()).unwrap();
    set["keys"][0].clone()
}

/// The public key as a SubjectPublicKeyInfo, of which all but the point is the same for every key.
fn der() -> Vec<u8> {
    let mut der = vec![
        0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 3, 1, 7, 3, 0x42, 0, 4,
    ];
    for coordinate in ["x", "y"] {
        let text = jwk()[coordinate].as_str().unwrap().to_owned();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        der.extend(bytes);
    }
    der
}

fn pem() -> String {
    let text = BASE64_STANDARD.encode(der());
    let (first, second) = text.split_at(64);
    format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
}

/// HMAC with SHA-256 and any key, which no key type of ours lets anybody do.
fn hmac(secret: &[u8], message: &str) -> Vec<u8> {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    aws_lc_rs::hmac::sign(&key, message.as_bytes())
        .as_ref()
        .to_vec()
}

#[test]
fn the_forms_of_the_public_key_are_right() {
    let from_pem = keycard::VerifyingKey::from_pem(Algorithm::ES256, pem()).unwrap();
    assert_eq!(from_pem.thumbprint(), KEY.verifying_key().thumbprint());
}

#[tokio::test]
async fn an_hmac_keyed_with_the_public_key_is_refused() {
    let secrets: Vec<(&str, Vec<u8>)> = vec![
        ("PEM", pem().into_bytes()),
        ("PEM without its last line end", pem().trim_end().into()),
        ("DER", der()),
        ("base64 of DER", BASE64_STANDARD.encode(der()).into()),
        ("the point", der()[26..].to_vec()),
        ("x", jwk()["x"].as_str().unwrap().into()),
        ("JWK", jwk().to_string().into_bytes()),
        ("JWK Set", json!({"keys": [jwk()]}).to_string().into_bytes()),
        ("the thumbprint", KEY.key_id().unwrap().into()),
        ("nothing", vec![]),
    ];
    let mut cases = Vec::new();
    for (name, secret) in secrets {
        for header in [header(), json!({})] {
            let header = changed(header, json!({"alg": "HS256"})).to_string();
            let message = format!("{}.{}", base64url(header), base64url(claims().to_string()));
            let signature = base64url(hmac(&secret, &message));
            cases.push((
                name.to_owned(),
                format!("{message}.{signature}"),
                InvalidToken,
            ));
        }
    }
    check_tokens(cases).await;
}

#[tokio::test]
async fn none_is_no_algorithm_in_any_spelling_or_type() {
    let mut cases = Vec::new();
    for alg in [
        json!("none"),
        json!("None"),
        json!("NONE"),
        json!("nOnE"),
        json!(" none"),
        json!("none\0"),
        json!(""),
        json!(null),
        json!(false),
        json!(0),
        json!([]),
        json!(["ES256"]),
        json!({}),
        json!("ES256 "),
        json!("es256"),
        json!("ES256\0"),
        json!("HS0"),
        json!("RSA"),
        json!("dir"),
    ] {
        let header = json!({"alg": alg, "kid": KEY.key_id()}).to_string();
        let signed = sign_raw(&KEY, &header, claims().to_string());
        let (message, _) = signed.rsplit_once('.').unwrap();
        cases.push((format!("{header} signed"), signed.clone(), InvalidToken));
        cases.push((header, format!("{message}."), InvalidToken));
    }
    let header = r#"{"\u0061lg":"\u006eone"}"#;
    cases.push((
        header.to_owned(),
        sign_raw(&KEY, header, claims().to_string()),
        InvalidToken,
    ));
    let header = r#"{"\u0061lg":"\u0045S256"}"#;
    cases.push((
        header.to_owned(),
        sign_raw(&KEY, header, claims().to_string()),
        In,
    ));
    let missing = sign_raw(&KEY, "{}", claims().to_string());
    cases.push(("no alg".to_owned(), missing, InvalidToken));
    check_tokens(cases).await;
}

/// A set with one good key among all that can be wrong with a key.
fn a_set_of_bad_keys() -> Value {
    let good = jwk();
    let with = |changes: Value| changed(good.clone(), changes);
    let rsa = |bits: usize, e: &str| json!({"kty": "RSA", "n": base64url(vec![0xff; bits / 8]), "e": e, "kid": "weak"});
    let ed25519 = |x: &[u8]| json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(x)});
    json!({"keys": [
        null, 7, "key", [], {}, [[[]]], {"kty": null}, {"kty": "EC"}, {"kty": "ec"},
        with(json!({"x": base64url([1; 32])})),
        with(json!({"x": base64url([0; 32]), "y": base64url([0; 32])})),
        with(json!({"x": base64url([1; 31])})),
        with(json!({"x": ""})),
        with(json!({"x": 7})),
        with(json!({"crv": "P-384"})),
        with(json!({"crv": "secp256k1"})),
        with(json!({"alg": "HS256"})),
        with(json!({"alg": "none"})),
        with(json!({"use": "enc"})),
        with(json!({"key_ops": ["sign"]})),
        with(json!({"key_ops": "verify"})),
        with(json!({"kid": ["a"]})),
        rsa(512, "AQAB"), rsa(1024, "AQAB"), rsa(2048, "Aw"), rsa(2048, "AQ"), rsa(2048, "AA"),
        rsa(2048, ""), rsa(16_384, "AQAB"), rsa(0, "AQAB"),
        ed25519(&[0; 32]), ed25519(&[1; 31]), ed25519(&[0xff; 32]), ed25519(&[]),
        {"kty": "oct", "alg": "HS256", "k": base64url("a secret that stands in a public set")},
        good,
    ]})
}

#[tokio::test]
async fn bad_keys_in_a_set_open_nothing_and_shut_nothing() {
    let keys = KeySet::from_jwks(&a_set_of_bad_keys().to_string()).unwrap();
    assert_eq!(keys.len(), 1);
    let verifier = keycard::Verifier::builder(keys)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock())
        .build()
        .unwrap();
    let secret = SigningKey::hs256("a secret that stands in a public set").unwrap();
    let by_secret = sign_raw(&secret, r#"{"alg":"HS256"}"#, claims().to_string());
    let case = |what: &str, token: String, expected: Expected| {
        (what.to_owned(), vec![bearer(token)], expected)
    };
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let good = sign_raw(&KEY, header().to_string(), claims().to_string());
    let cases = vec![
        case("the secret of the set", by_secret, InvalidToken),
        case(
            "a stranger",
            sign_raw(&stranger, header().to_string(), claims().to_string()),
            InvalidToken,
        ),
        case(
            "by the good key, without kid",
            sign_raw(&KEY, r#"{"alg":"ES256"}"#, claims().to_string()),
            In,
        ),
        case("by the good key", good, In),
    ];
    check(JwtLayer::new(verifier), cases).await;
}
