//! Keys: which are loaded, which are refused, and which of them a token gets.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::keys::{KeyError, KeySet, Keys};
use keycard::verify::Reason;
use keycard::{Algorithm, ConfigError, JwtLayer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};

use crate::support::{
    DESK, KEY, ROOMS, assert_in, assert_refused, base64url, claims, clock, knock, sign_raw,
};

pub(crate) const SECRET: &[u8] =
    b"a secret that is sixty-four bytes long, which is enough for HS512";

pub(crate) fn layer(keys: impl Into<Keys>) -> JwtLayer {
    let verifier = Verifier::builder(keys)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock());
    JwtLayer::new(verifier.build().unwrap())
}

pub(crate) fn token(key: &SigningKey, key_id: Option<&str>) -> String {
    let header = match key_id {
        Some(key_id) => json!({"alg": key.algorithm().name(), "kid": key_id}),
        None => json!({"alg": key.algorithm().name()}),
    };
    sign_raw(key, header.to_string(), claims().to_string())
}

pub(crate) fn generate(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

pub(crate) fn jwk(key: &SigningKey) -> Value {
    let set: Value = serde_json::from_str(&KeySet::new([key.verifying_key()]).to_jwks()).unwrap();
    set["keys"][0].clone()
}

#[tokio::test]
async fn several_families_of_keys_work_in_one_verifier() {
    let keys: Vec<SigningKey> = Algorithm::ALL.into_iter().map(generate).collect();
    let all = KeySet::new(keys.iter().map(SigningKey::verifying_key));
    for key in &keys {
        let verifier = Verifier::builder(all.clone())
            .issuer(DESK)
            .audience(ROOMS)
            .algorithms(Algorithm::ALL)
            .with_clock(clock());
        let layer = JwtLayer::new(verifier.build().unwrap());
        let good = token(key, key.key_id());
        assert_in(&knock(&layer, &good).await, key.algorithm().name());
    }
}

#[tokio::test]
async fn an_algorithm_can_be_disallowed() {
    let key = generate(Algorithm::ES256);
    let other = generate(Algorithm::EdDSA);
    let keys = KeySet::new([key.verifying_key(), other.verifying_key()]);
    let narrow = Verifier::builder(keys)
        .issuer(DESK)
        .audience(ROOMS)
        .algorithms([Algorithm::EdDSA])
        .with_clock(clock());
    let layer = JwtLayer::new(narrow.build().unwrap());
    assert_in(
        &knock(&layer, &token(&other, other.key_id())).await,
        "allowed",
    );
    let answer = knock(&layer, &token(&key, key.key_id())).await;
    assert_refused(&answer, Reason::Algorithm, "not allowed");
    let useless = Verifier::builder(key.verifying_key())
        .audience(ROOMS)
        .algorithms([Algorithm::EdDSA]);
    assert_eq!(useless.build().err(), Some(ConfigError::NoUsableAlgorithm));
}

/// RFC 9864 gave the one algorithm of these keys a second name, and issuers move to it.
#[tokio::test]
async fn a_key_of_ed25519_serves_the_names_it_is_bound_to() {
    let key = generate(Algorithm::Ed25519);
    let rsa = generate(Algorithm::RS256);
    let old_name = sign_raw(&key, r#"{"alg":"EdDSA"}"#, claims().to_string());
    let bound = VerifyingKey::from_jwk(&jwk(&key).to_string()).unwrap();
    for keys in [
        KeySet::new([bound.clone()]),
        KeySet::new([rsa.verifying_key(), bound]),
    ] {
        let layer = self::layer(keys);
        assert_in(&knock(&layer, &token(&key, None)).await, "its name");
        let answer = knock(&layer, &old_name).await;
        assert_refused(&answer, Reason::Algorithm, "its other name");
    }

    let mut open = jwk(&key);
    open.as_object_mut().unwrap().remove("alg");
    let open = VerifyingKey::from_jwk(&open.to_string()).unwrap();
    let layer = self::layer(open.clone());
    assert_in(&knock(&layer, &token(&key, None)).await, "by its new name");
    assert_in(&knock(&layer, &old_name).await, "by its old name");

    let narrow = Verifier::builder(open)
        .issuer(DESK)
        .audience(ROOMS)
        .algorithms([Algorithm::EdDSA])
        .with_clock(clock());
    let layer = JwtLayer::new(narrow.build().unwrap());
    assert_in(
        &knock(&layer, &old_name).await,
        "by the name that is allowed",
    );
    let answer = knock(&layer, &token(&key, None)).await;
    assert_refused(&answer, Reason::Algorithm, "by the other");
}

#[tokio::test]
async fn a_key_serves_the_algorithm_that_it_names() {
    let rsa = generate(Algorithm::RS256);
    let header = r#"{"alg":"RS256"}"#;
    let good = sign_raw(&rsa, header, claims().to_string());
    let mut named = jwk(&rsa);
    assert_in(
        &knock(
            &layer(VerifyingKey::from_jwk(&named.to_string()).unwrap()),
            &good,
        )
        .await,
        "RS256",
    );
    named["alg"] = "PS256".into();
    let other = layer(VerifyingKey::from_jwk(&named.to_string()).unwrap());
    assert_refused(&knock(&other, &good).await, Reason::Algorithm, "PS256");
    named.as_object_mut().unwrap().remove("alg");
    let open = VerifyingKey::from_jwk(&named.to_string()).unwrap();
    assert_eq!(open.algorithms().count(), 6);
    assert_in(&knock(&layer(open), &good).await, "no alg");
}

#[tokio::test]
async fn a_kid_picks_the_key() {
    let (first, second, stranger) = (
        generate(Algorithm::ES256),
        generate(Algorithm::ES256),
        generate(Algorithm::ES256),
    );
    let keys = KeySet::new([
        first.verifying_key().with_key_id("first"),
        second.verifying_key().with_key_id("the other key"),
    ]);
    let layer = layer(keys);
    assert_in(
        &knock(&layer, &token(&first, Some("first"))).await,
        "its kid",
    );
    assert_in(
        &knock(&layer, &token(&second, Some("the other key"))).await,
        "its kid",
    );
    assert_in(
        &knock(&layer, &token(&second, None)).await,
        "no kid: all that fit are tried",
    );
    for (bad, why, what) in [
        (
            token(&first, Some("the other key")),
            Reason::Signature,
            "the kid of another",
        ),
        (
            token(&first, Some("third")),
            Reason::UnknownKey,
            "a kid of nobody",
        ),
        (
            token(&first, Some("First")),
            Reason::UnknownKey,
            "another case",
        ),
        (
            token(&stranger, Some("first")),
            Reason::Signature,
            "a stranger",
        ),
        (
            token(&stranger, None),
            Reason::Signature,
            "a stranger without kid",
        ),
    ] {
        assert_refused(&knock(&layer, &bad).await, why, what);
    }
}

#[tokio::test]
async fn a_key_without_kid_fits_any_token() {
    let old = SigningKey::hs256(b"the old secret, at least 32 bytes").unwrap();
    let new = SigningKey::hs256(b"the new secret, at least 32 bytes").unwrap();
    let third = SigningKey::hs256(b"a third secret, at least 32 bytes").unwrap();
    let layer = layer([old.verifying_key(), new.verifying_key()]);
    for key in [&old, &new] {
        assert_in(&knock(&layer, &token(key, None)).await, "no kid");
        assert_in(&knock(&layer, &token(key, Some("any"))).await, "any kid");
    }
    assert_refused(
        &knock(&layer, &token(&third, None)).await,
        Reason::Signature,
        "third",
    );
}

#[tokio::test]
async fn at_most_four_keys_are_tried() {
    let keys: Vec<SigningKey> = (0..5).map(|_| generate(Algorithm::ES256)).collect();
    let open = |key: &SigningKey| {
        let mut jwk = jwk(key);
        jwk.as_object_mut().unwrap().remove("kid");
        VerifyingKey::from_jwk(&jwk.to_string()).unwrap()
    };
    let layer = layer(KeySet::new(keys.iter().map(open)));
    assert_in(&knock(&layer, &token(&keys[3], None)).await, "the fourth");
    assert_refused(
        &knock(&layer, &token(&keys[4], None)).await,
        Reason::Signature,
        "the fifth",
    );
}

#[tokio::test]
async fn a_bad_key_in_a_set_does_no_harm_to_the_others() {
    let good = generate(Algorithm::ES256);
    let (rsa, secret) = (generate(Algorithm::RS256), base64url(SECRET));
    let (ec, mut weak) = (jwk(&good), jwk(&rsa));
    weak["e"] = "Aw".into();
    let mut off_curve = ec.clone();
    off_curve["y"] = off_curve["x"].clone();
    let mut short = ec.clone();
    short["x"] = base64url([1; 31]).into();
    let with = |mut jwk: Value, name: &str, value: Value| {
        jwk[name] = value;
        jwk
    };
    let bad = vec![
        json!(null),
        json!("text"),
        json!({}),
        json!({"kty": "oct", "k": secret, "alg": "HS256"}),
        json!({"kty": "OKP", "crv": "X25519", "x": base64url([9; 32])}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": base64url([9; 31])}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": base64url([0; 32])}),
        json!({"kty": "RSA", "n": base64url([255; 128]), "e": "AQAB"}),
        weak,
        off_curve,
        short,
        with(ec.clone(), "use", "enc".into()),
        with(ec.clone(), "key_ops", json!(["sign"])),
        with(ec.clone(), "key_ops", "verify".into()),
        with(ec.clone(), "alg", "ES384".into()),
        with(ec.clone(), "alg", "RSA-OAEP".into()),
        with(ec.clone(), "alg", 1.into()),
        with(ec.clone(), "crv", "P-384".into()),
        with(ec.clone(), "crv", "secp256k1".into()),
        with(ec.clone(), "kty", "RSA".into()),
        with(ec.clone(), "kid", 1.into()),
    ];
    for bad in &bad {
        let set = json!({"keys": [bad]}).to_string();
        assert!(KeySet::from_jwks(&set).unwrap().is_empty(), "{bad}");
    }
    let mut keys = bad;
    keys.push(with(ec, "key_ops", json!(["verify", "x"])));
    let set = KeySet::from_jwks(&json!({"keys": keys, "x": 1}).to_string()).unwrap();
    assert_eq!(set.len(), 1);
    assert_in(
        &knock(&layer(set), &token(&good, good.key_id())).await,
        "the good one",
    );

    let secret_in_set = json!({"keys": [{"kty": "oct", "k": secret, "alg": "HS256"}]});
    let empty = KeySet::from_jwks(&secret_in_set.to_string()).unwrap();
    let nothing = Verifier::builder(empty).audience(ROOMS).build();
    let no_key = ConfigError::NoKey {
        skipped: 1,
        reasons: vec![KeyError::SecretInSet.to_string()],
    };
    assert_eq!(nothing.err(), Some(no_key));
}

#[test]
fn a_key_with_a_fault_in_its_json_does_no_harm_either() {
    let good = jwk(&KEY).to_string();
    for bad in [
        r#"{"kty":"RSA","kid":"a","kid":"b"}"#,
        r#"{"kty":"RSA","n":1e999}"#,
        r#"{"kty":"RSA","x":"\ud800"}"#,
    ] {
        let set = KeySet::from_jwks(&format!(r#"{{"keys":[{bad},{good}]}}"#)).unwrap();
        assert_eq!(set.len(), 1, "{bad}");
    }
}

#[test]
fn one_key_has_one_encoding() {
    let spki = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
    let point = |jwk: &Value, name: &str| {
        let text = jwk[name].as_str().unwrap();
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let jwk = jwk(&KEY);
    let (x, y) = (point(&jwk, "x"), point(&jwk, "y"));
    let mut der = BASE64_STANDARD.decode(spki).unwrap();
    der.extend_from_slice(&x);
    der.extend_from_slice(&y);
    assert!(VerifyingKey::from_der(Algorithm::ES256, &der).is_ok());
    assert!(VerifyingKey::from_der(Algorithm::ES256, [&[4], &x[..], &y].concat()).is_ok());
    let parity = 2 + (y[31] & 1);
    for bad in [
        [&der[..], &[0]].concat(),
        [&[4], &x[..], &y, &[0]].concat(),
        [&[parity], &x[..]].concat(),
        [&[parity + 4], &x[..], &y].concat(),
    ] {
        assert!(VerifyingKey::from_der(Algorithm::ES256, bad).is_err());
    }
}

#[test]
fn what_is_no_set_is_an_error() {
    for bad in [
        "{}",
        "[]",
        r#"{"keys":{}}"#,
        r#"{"keys":[]"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[{"kty":"RSA"]}"#,
        r#"{"keys":[{"kty":"RSA]}"#,
        r#"{"keys":[[}]]}"#,
        r#"{"keys":[]} {}"#,
    ] {
        assert!(
            matches!(KeySet::from_jwks(bad), Err(KeyError::Malformed(_))),
            "{bad}"
        );
    }
    assert!(KeySet::from_jwks(r#"{"keys":[]}"#).unwrap().is_empty());
    let missing = KeySet::from_jwks_file("no such file").unwrap_err();
    assert_eq!(
        missing,
        KeyError::Unreadable {
            file: "no such file".into(),
            kind: std::io::ErrorKind::NotFound
        }
    );
}

#[test]
fn a_private_key_goes_out_and_comes_back() {
    for algorithm in Algorithm::ALL {
        let key = generate(algorithm);
        let Some(pem) = key.to_pkcs8_pem().unwrap() else {
            assert!(algorithm.name().starts_with("HS"));
            assert!(key.key_id().is_none());
            continue;
        };
        let again = SigningKey::from_pem(algorithm, pem.as_str()).unwrap();
        assert_eq!(again.key_id(), key.key_id());
        assert_eq!(key.key_id(), key.verifying_key().thumbprint().as_deref());
        let signature = again.sign(b"message").unwrap();
        let public = key.verifying_key();
        assert!(public.verify(algorithm, b"message", &signature).is_ok());
        assert!(public.verify(algorithm, b"massage", &signature).is_err());
        for other in Algorithm::ALL {
            let read = SigningKey::from_pem(other, pem.as_str());
            let same_kind = read.is_ok_and(|read| read.key_id() == key.key_id());
            assert_eq!(
                same_kind,
                kind(other) == kind(algorithm),
                "{algorithm} {other}"
            );
        }
        // A private key is no public one.
        assert!(VerifyingKey::from_pem(algorithm, pem.as_str()).is_err());
    }
}

fn kind(algorithm: Algorithm) -> &'static str {
    match algorithm.name() {
        "EdDSA" | "Ed25519" => "Ed25519",
        name if name.starts_with("RS") || name.starts_with("PS") => "RSA",
        name => name,
    }
}

#[test]
fn published_keys_need_an_issuer_or_a_word_that_any_will_do() {
    let key = generate(Algorithm::ES256).verifying_key();
    let published = KeySet::from_jwks(&KeySet::new([key.clone()]).to_jwks()).unwrap();
    let build = |keys: keycard::keys::Keys| Verifier::builder(keys).audience(ROOMS);
    let nobody = build(published.clone().into()).build();
    assert_eq!(nobody.err(), Some(ConfigError::NoIssuer));
    assert!(
        build(published.clone().into())
            .dangerous_any_issuer()
            .build()
            .is_ok()
    );
    assert!(build(published.clone().into()).issuer(DESK).build().is_ok());
    assert!(build(key.into()).build().is_ok(), "a key of one's own");
    let both = build(published.into())
        .issuer(DESK)
        .dangerous_any_issuer()
        .build();
    assert_eq!(both.err(), Some(ConfigError::IssuerTwice));
}

#[test]
fn an_rsa_modulus_has_between_2048_and_8192_bits() {
    for (bits, accepted) in [(2_040, false), (2_048, true), (8_192, true), (8_200, false)] {
        let n = base64url(vec![0xff; bits / 8]);
        let jwk = json!({"kty": "RSA", "alg": "RS256", "n": n, "e": "AQAB"});
        let key = VerifyingKey::from_jwk(&jwk.to_string());
        assert_eq!(key.is_ok(), accepted, "{bits} bits: {:?}", key.err());
    }
}

/// A SubjectPublicKeyInfo around a PKCS#1 key, with this for its algorithm.
fn spki(algorithm: &[u8], pkcs1: &[u8]) -> Vec<u8> {
    let sequence = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, content].concat()
    };
    let bits = [&[0][..], pkcs1].concat();
    let algorithm = [&[0x30, u8::try_from(algorithm.len()).unwrap()], algorithm].concat();
    sequence(0x30, &[algorithm, sequence(3, &bits)].concat())
}

#[test]
fn a_key_for_pss_alone_does_not_serve_the_older_padding() {
    const RSA: [u8; 13] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    const PSS: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    let modulus = [&[2, 0x82, 1, 1, 0][..], &[0xff; 256]].concat();
    let numbers = [modulus, vec![2, 3, 1, 0, 1]].concat();
    let length = u16::try_from(numbers.len()).unwrap().to_be_bytes();
    let pkcs1 = [&[0x30, 0x82][..], &length, &numbers].concat();
    let load = |algorithm, der: &[u8]| keycard::VerifyingKey::from_der(algorithm, der).map(drop);
    let other = |found, wanted| Err(KeyError::OtherKind { found, wanted });
    let wrong = other("RSASSA-PSS", Algorithm::RS256);
    assert_eq!(load(Algorithm::RS256, &spki(&RSA, &pkcs1)), Ok(()));
    assert_eq!(load(Algorithm::PS256, &spki(&RSA, &pkcs1)), Ok(()));
    assert_eq!(load(Algorithm::RS256, &spki(&PSS, &pkcs1)), wrong);
    let refused = load(Algorithm::PS256, &spki(&PSS, &pkcs1));
    assert!(!matches!(refused, Err(KeyError::OtherKind { .. })));
    // The label of the older form says RSA too.
    let pem = |der: &[u8]| {
        let text = BASE64_STANDARD.encode(der);
        format!("-----BEGIN RSA PUBLIC KEY-----\n{text}\n-----END RSA PUBLIC KEY-----\n")
    };
    let from_pem = |algorithm| keycard::VerifyingKey::from_pem(algorithm, pem(&pkcs1)).map(drop);
    assert_eq!(from_pem(Algorithm::RS256), Ok(()));
    assert_eq!(from_pem(Algorithm::ES256), other("RSA", Algorithm::ES256));
}

#[test]
fn a_set_is_the_same_as_its_clones() {
    let key = generate(Algorithm::ES256).verifying_key();
    let (one, other) = (KeySet::new([key.clone()]), KeySet::new([key]));
    assert!(one.is_same(&one.clone()));
    assert!(!one.is_same(&other));
}

#[test]
fn a_jwk_on_another_curve_says_so() {
    for (kty, crv) in [("EC", "secp256k1"), ("OKP", "X25519")] {
        let jwk = json!({"kty": kty, "crv": crv, "x": "AA", "y": "AA"});
        let key = keycard::VerifyingKey::from_jwk(&jwk.to_string());
        assert_eq!(key.err(), Some(KeyError::UnsupportedKind(crv)));
    }
}

#[test]
fn no_algorithm_at_all_does_not_build() {
    let key = generate(Algorithm::ES256).verifying_key();
    let builder = || Verifier::builder(key.clone()).issuer(DESK).audience(ROOMS);
    let nothing = builder().algorithms([]).build();
    assert_eq!(nothing.err(), Some(ConfigError::NoUsableAlgorithm));
    // A source may have keys for anything, but for nothing there are none.
    let source = NoKeys;
    let nothing = Verifier::builder(source).issuer(DESK).audience(ROOMS);
    let nothing = nothing.algorithms([]).build();
    assert_eq!(nothing.err(), Some(ConfigError::NoUsableAlgorithm));
    // Named twice is named.
    assert!(builder().algorithms([Algorithm::ES256; 2]).build().is_ok());
    assert_eq!(Algorithm::ES256.to_string(), "ES256");
    assert_eq!(
        format!("{key:?}"),
        "VerifyingKey { algorithms: {ES256}, .. }"
    );
}

struct NoKeys;

impl keycard::keys::KeySource for NoKeys {
    fn snapshot(&self) -> Option<KeySet> {
        None
    }

    fn refresh<'a>(
        &'a self,
        _: keycard::keys::Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> keycard::keys::BoxFuture<'a, Result<(), keycard::verify::Outage>> {
        Box::pin(async { Ok(()) })
    }
}
