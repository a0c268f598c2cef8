//! Secrets of HMAC: how long they are, and that no key of another kind is taken for one.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::keys::KeyError;
use keycard::verify::Reason;
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::keys::{SECRET, generate, jwk, layer, token};
use crate::support::{KEY, assert_in, assert_refused, base64url, knock};

/// How every certificate of X.509 begins: two sequences, the version, a serial number.
const CERTIFICATE: [u8; 48] = {
    let mut der = [7; 48];
    let start = [
        0x30, 0x82, 3, 0, 0x30, 0x82, 2, 0, 0xa0, 3, 2, 1, 2, 2, 1, 1,
    ];
    let (beginning, _) = der.split_at_mut(start.len());
    beginning.copy_from_slice(&start);
    der
};

#[tokio::test]
async fn a_public_key_is_never_an_hmac_secret() {
    let rsa = generate(Algorithm::RS256);
    let layer = layer(rsa.verifying_key());
    assert_in(
        &knock(&layer, &token(&rsa, None)).await,
        "signed by the private key",
    );
    let confused = SigningKey::hs256(SECRET).unwrap();
    let answer = knock(&layer, &token(&confused, None)).await;
    assert_refused(&answer, Reason::Algorithm, "an HMAC where RSA is expected");

    let ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";
    let body = ed25519.lines().nth(1).unwrap();
    let der = BASE64_STANDARD.decode(body).unwrap();
    let hexadecimal: Vec<String> = der.iter().map(|byte| format!("{byte:02X}")).collect();
    for public in [
        jwk(&rsa).to_string().as_bytes(),
        format!("{{\"keys\":[{}]}}", jwk(&rsa)).as_bytes(),
        ed25519.as_bytes(),
        format!("Bag Attributes\n{ed25519}").as_bytes(),
        format!("\u{feff}{ed25519}").as_bytes(),
        format!(" {body}\n").as_bytes(),
        &der,
        b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ me@example.com",
        body.replace('A', "A\n").as_bytes(),
        body.trim_end_matches('=').as_bytes(),
        base64url(&der).as_bytes(),
        hexadecimal.concat().as_bytes(),
        &CERTIFICATE,
        BASE64_STANDARD.encode(CERTIFICATE).as_bytes(),
    ] {
        let error = SigningKey::hs256(public).unwrap_err();
        assert_eq!(error, KeyError::SecretLooksLikeKey, "{public:?}");
    }
    assert!(
        SigningKey::hs256(format!("{{{body}")).is_ok(),
        "braces alone are no key"
    );
}

#[test]
fn a_secret_is_as_long_as_its_hash_and_no_pem() {
    for (algorithm, needed) in [
        (Algorithm::HS256, 32),
        (Algorithm::HS384, 48),
        (Algorithm::HS512, 64),
    ] {
        let load = |secret: &[u8]| match algorithm {
            Algorithm::HS256 => VerifyingKey::hs256(secret),
            Algorithm::HS384 => VerifyingKey::hs384(secret),
            _ => VerifyingKey::hs512(secret),
        };
        assert!(load(&SECRET[..needed]).is_ok());
        let short = load(&SECRET[..needed - 1]).unwrap_err();
        assert_eq!(short, KeyError::SecretTooShort { algorithm, needed });
        let jwk = |length| {
            json!({"kty": "oct", "alg": algorithm.name(), "k": base64url(&SECRET[..length])})
                .to_string()
        };
        assert!(VerifyingKey::from_jwk(&jwk(needed)).is_ok());
        assert!(SigningKey::from_jwk(&jwk(needed)).is_ok());
        assert_eq!(VerifyingKey::from_jwk(&jwk(needed - 1)).unwrap_err(), short);
        assert_eq!(SigningKey::from_jwk(&jwk(needed - 1)).unwrap_err(), short);
    }
    let pem = KEY.to_pkcs8_pem().unwrap().unwrap();
    for pem in [pem.as_str().to_owned(), format!("\n {}", pem.as_str())] {
        assert_eq!(
            VerifyingKey::hs256(&pem).unwrap_err(),
            KeyError::SecretLooksLikeKey
        );
        assert_eq!(
            SigningKey::hs256(&pem).unwrap_err(),
            KeyError::SecretLooksLikeKey
        );
    }
    let nameless = json!({"kty": "oct", "k": base64url(SECRET)}).to_string();
    assert_eq!(
        VerifyingKey::from_jwk(&nameless).unwrap_err(),
        KeyError::NoAlgorithm
    );
}

#[test]
fn a_generated_secret_is_random() {
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        let (one, other) = (generate(algorithm), generate(algorithm));
        let signature = one.sign(b"message").unwrap();
        assert!(
            one.verifying_key()
                .verify(algorithm, b"message", &signature)
                .is_ok()
        );
        assert!(
            other
                .verifying_key()
                .verify(algorithm, b"message", &signature)
                .is_err()
        );
    }
}

#[test]
fn a_secret_may_begin_as_keys_do() {
    for good in [
        "0123456789abcdef0123456789abcdef",
        "30820300308202000123456789abcdef",
    ] {
        assert!(SigningKey::hs256(good).is_ok(), "{good}");
    }
    // The same bytes as those of a certificate but for one.
    let mut der = CERTIFICATE;
    der[8] = 0xa1;
    assert!(SigningKey::hs256(der).is_ok());
}

/// Each way in which a key may be written where a secret is expected.
fn disguises(key: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let standard = BASE64_STANDARD.encode(key);
    let hexadecimal: Vec<String> = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let utf16 = |order: fn(u16) -> [u8; 2], mark: &[u8]| {
        let units = standard.encode_utf16().flat_map(order);
        mark.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    let after = |text: &[u8]| [key, text].concat();
    vec![
        ("as it is", key.to_vec()),
        ("a line end behind", after(b"\n")),
        ("an older line end behind", after(b"\r\n")),
        ("zeros behind", after(&[0; 7])),
        ("a space in front", [b" ", key].concat()),
        ("base64", standard.clone().into_bytes()),
        (
            "base64 with a line end",
            format!("{standard}\n").into_bytes(),
        ),
        ("base64url", base64url(key).into_bytes()),
        (
            "base64 of base64",
            BASE64_STANDARD.encode(&standard).into_bytes(),
        ),
        ("quoted base64", format!("\"{standard}\"").into_bytes()),
        (
            "base64 in single quotes",
            format!("'{standard}'").into_bytes(),
        ),
        ("hexadecimal", hexadecimal.concat().into_bytes()),
        (
            "hexadecimal with 0x",
            format!("0x{}", hexadecimal.concat()).into_bytes(),
        ),
        (
            "hexadecimal with colons",
            hexadecimal.join(":").into_bytes(),
        ),
        ("UTF-16", utf16(u16::to_le_bytes, &[0xff, 0xfe])),
        (
            "UTF-16 the other way round",
            utf16(u16::to_be_bytes, &[0xfe, 0xff]),
        ),
        ("UTF-16 without a mark", utf16(u16::to_le_bytes, &[])),
    ]
}

#[test]
fn a_key_is_no_secret_however_it_is_written() {
    let pem = |label: &str, der: &[u8]| {
        let body = BASE64_STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    };
    let key_pairs = [
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
        Algorithm::MlDsa44,
    ];
    let mut keys: Vec<(String, Vec<u8>)> = Vec::new();
    for algorithm in key_pairs {
        let pair = generate(algorithm);
        let private = pair.to_pkcs8_pem().unwrap().unwrap();
        let body: String = private
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = BASE64_STANDARD.decode(body).unwrap();
        keys.push((format!("{algorithm} PKCS#8"), der));
        keys.push((
            format!("{algorithm} PKCS#8 in PEM"),
            private.as_bytes().to_vec(),
        ));
        keys.push((
            format!("{algorithm} JWK"),
            jwk(&pair).to_string().into_bytes(),
        ));
        keys.push((
            format!("{algorithm} list of JWKs"),
            format!("[{}]", jwk(&pair)).into_bytes(),
        ));
    }
    let ed25519: &[u8] = &[
        0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0, 0x19, 0xbf, 0x44, 9, 0x69, 0x84,
        0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50, 0x86, 0xaa, 0x30,
        0xb6, 0xb6, 0xcb, 0xc, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
    ];
    // No key of ours: its curve is foreign, and its point is none.
    let foreign = [&ed25519[..8], &[0x71], &ed25519[9..]].concat();
    keys.push(("SubjectPublicKeyInfo".into(), ed25519.to_vec()));
    keys.push(("of a foreign curve".into(), foreign));
    for end in *b"\0 \n" {
        let ending = [&ed25519[..ed25519.len() - 1], &[end]].concat();
        keys.push((format!("one that ends with {end}"), ending));
    }
    keys.push(("PUBLIC KEY".into(), pem("PUBLIC KEY", ed25519).into_bytes()));
    keys.push(("certificate".into(), CERTIFICATE.to_vec()));
    keys.push((
        "CERTIFICATE".into(),
        pem("CERTIFICATE", &CERTIFICATE).into_bytes(),
    ));
    let ssh = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY=";
    for line in [
        format!("ecdsa-sha2-nistp256 {ssh} me@example.com"),
        format!("command=\"/bin/true\",no-pty ecdsa-sha2-nistp256 {ssh}"),
        format!("sk-ecdsa-sha2-nistp256@openssh.com {ssh}"),
        format!("---- BEGIN SSH2 PUBLIC KEY ----\n{ssh}\n---- END SSH2 PUBLIC KEY ----\n"),
        ssh.to_owned(),
    ] {
        keys.push((line.clone(), line.into_bytes()));
    }
    for (name, key) in keys {
        for (how, secret) in disguises(&key) {
            let error = VerifyingKey::hs256(&secret).err();
            assert_eq!(error, Some(KeyError::SecretLooksLikeKey), "{name}, {how}");
        }
    }
}

#[test]
fn parts_of_public_keys_are_no_secrets() {
    let (rsa, ec) = (
        jwk(&generate(Algorithm::RS256)),
        jwk(&generate(Algorithm::ES384)),
    );
    let bytes = |jwk: &Value, name: &str| {
        let text = jwk[name].as_str().unwrap();
        BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let point = [&[4], &*bytes(&ec, "x"), &*bytes(&ec, "y")].concat();
    for (name, secret) in [
        ("a modulus", rsa["n"].as_str().unwrap().as_bytes()),
        ("a point", &point),
        ("a point in base64url", base64url(&point).as_bytes()),
    ] {
        let error = VerifyingKey::hs256(secret).err();
        assert_eq!(error, Some(KeyError::SecretLooksLikeKey), "{name}");
    }
}

#[test]
fn random_secrets_are_secrets_however_they_are_written() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u8::try_from(state >> 56).unwrap()
    };
    for round in 0..30_000 {
        let length = [32, 33, 48, 64, 65, 97, 128][round % 7];
        let secret: Vec<u8> = std::iter::repeat_with(&mut next).take(length).collect();
        let written = match round % 4 {
            0 => secret.clone(),
            1 => BASE64_STANDARD.encode(&secret).into_bytes(),
            2 => base64url(&secret).into_bytes(),
            _ => secret
                .iter()
                .flat_map(|byte| format!("{byte:02x}").into_bytes())
                .collect(),
        };
        assert!(VerifyingKey::hs256(&written).is_ok(), "{secret:?}");
    }
}
