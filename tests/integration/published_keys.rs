//! Keys as their publishers really write them, be it as an RFC wants it or not quite.

use keycard::keys::KeyError;
use keycard::{Algorithm, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::key_errors::{der, load, load_private, member, rfc, without};
use crate::support::{base64url, changed};

/// The members of a private RSA key that follow from `n`, `e` and `d`.
const FACTORS: [&str; 5] = ["p", "q", "dp", "dq", "qi"];

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    let text = jwk[name].as_str().unwrap();
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).unwrap()
}

fn thumbprint(jwk: &Value) -> Option<String> {
    let key = VerifyingKey::from_jwk(&jwk.to_string()).unwrap();
    key.thumbprint()
}

/// The numbers of an RSA key in PKCS#8, as a JWK.
fn private_jwk(pkcs8: &[u8]) -> Value {
    let mut numbers = Vec::new();
    // Behind the algorithm, in an octet string, is a sequence of numbers; all are longer than 127 bytes but two.
    let mut rest = &pkcs8[pkcs8
        .windows(4)
        .position(|part| part == [2, 0x82, 1, 1])
        .unwrap()..];
    while let [2, first, behind @ ..] = rest {
        let (length, start) = match *first {
            0x81 => (usize::from(behind[0]), 1),
            0x82 => (usize::from(behind[0]) << 8 | usize::from(behind[1]), 2),
            short => (usize::from(short), 0),
        };
        numbers.push(base64url(&behind[start..start + length]));
        rest = &behind[start + length..];
    }
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let mut jwk = json!({"kty": "RSA", "alg": "PS256"});
    for (name, number) in names.into_iter().zip(numbers) {
        jwk[name] = number.into();
    }
    jwk
}

/// Two keys whose `d` is over (p - 1)(q - 1), one whose `d` is over the least common multiple of both.
fn rsa_keys() -> [Value; 3] {
    let named = |name| changed(rfc(name), json!({"alg": "PS256"}));
    [
        named("RFC 7515 A.2"),
        named("RFC 7520 4.1"),
        private_jwk(&der("rsa-private")),
    ]
}

/// RFC 7518, section 6.3.1.1, forbids a publisher to write zeros in front. The number is the same.
#[test]
fn zeros_in_front_of_a_number_make_no_other_key() {
    for rsa in rsa_keys() {
        for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
            for zeros in [1, 2, 300] {
                let number = [vec![0; zeros], bytes(&rsa, name)].concat();
                let padded = changed(rsa.clone(), json!({name: base64url(number)}));
                assert_eq!(load_private(&padded), None, "{name}");
                assert_eq!(thumbprint(&padded), thumbprint(&rsa), "{name}");
            }
        }
    }
    let jwk = changed(rfc("RFC 7515 A.2"), json!({"e": "AAEAAQ"}));
    assert_eq!(load(&jwk), None);
    // Zeros do not make a key longer.
    let short = [vec![0; 128], vec![0xff; 128]].concat();
    let short = changed(jwk.clone(), json!({"n": base64url(short)}));
    assert_eq!(
        load(&short),
        Some(KeyError::Weak("an RSA modulus under 2048 bits"))
    );
    for (name, nothing) in [
        ("n", vec![0; 256]),
        ("e", vec![0; 3]),
        ("n", vec![]),
        ("e", vec![]),
    ] {
        let none = changed(jwk.clone(), json!({name: base64url(nothing)}));
        assert!(
            matches!(load(&none), Some(KeyError::Malformed(_))),
            "{name}"
        );
    }
}

/// RFC 7518, section 6.3.2: only `d` is required.
#[test]
fn a_private_rsa_key_needs_no_more_than_d() {
    for rsa in rsa_keys() {
        for left_out in 0..1 << FACTORS.len() {
            let names = FACTORS.iter().enumerate();
            let names = names.filter(|(bit, _)| left_out >> bit & 1 == 1);
            let names: Vec<&str> = names.map(|(_, name)| *name).collect();
            let jwk = without(&rsa, &names).to_string();
            let key = SigningKey::from_jwk(&jwk).expect(&jwk);
            let signature = key.sign(b"message").unwrap();
            let public = VerifyingKey::from_jwk(&without(&rsa, &["d"]).to_string()).unwrap();
            let verified = public.verify(Algorithm::PS256, b"message", &signature);
            assert!(verified.is_ok(), "{names:?}");
        }
    }
}

#[test]
fn numbers_that_do_not_belong_together_make_no_key() {
    let [rsa, stranger, _] = rsa_keys();
    let no_pair = Some(KeyError::Malformed("the numbers do not make a pair"));
    let mut wrong = bytes(&rsa, "d");
    *wrong.last_mut().unwrap() ^= 4;
    let short = without(&rsa, &FACTORS);
    for jwk in [&rsa, &short] {
        for d in [
            json!(base64url(&wrong)),
            stranger["d"].clone(),
            json!(base64url([1])),
            json!(base64url([0])),
            json!(""),
            json!(base64url([0xff; 257])),
            json!(base64url(vec![0xff; 100_000])),
        ] {
            assert_eq!(
                load_private(&changed(jwk.clone(), json!({"d": d}))),
                no_pair,
                "{d}"
            );
        }
    }
    for name in FACTORS {
        for number in [
            stranger[name].clone(),
            json!(""),
            json!(base64url([0])),
            json!(base64url([1])),
            json!(base64url([2])),
            json!(base64url([0xff; 256])),
        ] {
            let alone = changed(short.clone(), json!({name: number}));
            assert_eq!(load_private(&alone), no_pair, "{name}: {number}");
            let among = changed(rsa.clone(), json!({name: number}));
            assert_eq!(load_private(&among), no_pair, "{name}: {number}");
        }
    }
    let crossed = changed(rsa.clone(), json!({"p": rsa["q"], "q": rsa["p"]}));
    assert_eq!(
        load_private(&crossed),
        no_pair,
        "dp, dq and qi are of the other prime"
    );
    let crossed = without(&crossed, &["dp", "dq", "qi"]);
    assert_eq!(
        load_private(&crossed),
        None,
        "which prime is p is the writer's choice"
    );
    let more = changed(
        rsa.clone(),
        json!({"oth": [{"r": "Aw", "d": "AQ", "t": "AQ"}]}),
    );
    let fault = "names further primes, and two are all that is known here";
    assert_eq!(load_private(&more), Some(member("oth", fault)));
    assert_eq!(load(&more), None, "the public half has none");
}
