//! Keys as their publishers really write them, be it as an RFC wants it or not quite.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::keys::{Form, KeyError, KeySet};
use keycard::verify::Reason;
use keycard::{Algorithm, ConfigError, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};

use crate::key_errors::{der, load, load_private, member, other, pem, rfc, without};
use crate::keys::{generate, jwk, layer, token};
use crate::support::{ROOMS, assert_in, assert_refused, base64url, changed, knock};

/// The members of a private RSA key that follow from `n`, `e` and `d`.
const FACTORS: [&str; 5] = ["p", "q", "dp", "dq", "qi"];

/// What a key for PSS is called whose parameters no algorithm has.
const OTHER_PSS: &str = "RSASSA-PSS with a hash, mask or salt that JWS does not have";

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    let text = jwk[name].as_str().unwrap();
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
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

/// One element of DER.
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match u16::try_from(content.len()).unwrap().to_be_bytes() {
        [0, short] if short < 0x80 => vec![short],
        [0, short] => vec![0x81, short],
        long => [&[0x82][..], &long].concat(),
    };
    [&[tag], &length[..], &content].concat()
}

/// A certificate around a key, in whose extensions this stands. Its signature is none.
fn certificate(spki: &[u8], extensions: &[&[u8]]) -> Vec<u8> {
    let name = element(0x30, &[]);
    let mut signed = vec![
        element(0xa0, &[&[2, 1, 2]]),
        vec![2, 1, 7],
        element(0x30, &[]),
        name.clone(),
        element(0x30, &[]),
        name,
        spki.to_vec(),
    ];
    if !extensions.is_empty() {
        signed.push(element(0xa3, &[&element(0x30, extensions)]));
    }
    let signed: Vec<&[u8]> = signed.iter().map(Vec::as_slice).collect();
    let signed = element(0x30, &signed);
    element(0x30, &[&signed, &element(0x30, &[]), &[3, 2, 0, 7]])
}

/// The extension keyUsage with this bit string, and whether it is marked as critical.
fn key_usage(bits: &[u8], critical: bool) -> Vec<u8> {
    let mark: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    let value = element(4, &[&element(3, &[bits])]);
    element(0x30, &[&[6, 3, 0x55, 0x1d, 0x0f], mark, &value])
}

fn to_pem(label: &str, der: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn from_der(algorithm: Algorithm, der: &[u8]) -> Option<KeyError> {
    VerifyingKey::from_der(algorithm, der).err()
}

/// The public half of a key in DER, for Ed25519 and ML-DSA-65.
fn spki(key: &SigningKey) -> Vec<u8> {
    let jwk = jwk(key);
    let point = |name| bytes(&jwk, name);
    let bits = |key: &[u8]| element(3, &[&[0], key]);
    if key.algorithm() == Algorithm::EdDSA {
        let algorithm = [0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
        return element(0x30, &[&algorithm, &bits(&point("x"))]);
    }
    let oid = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18];
    element(0x30, &[&element(0x30, &[&oid]), &bits(&point("pub"))])
}

#[test]
fn a_certificate_is_the_envelope_of_its_key() {
    use Algorithm::{ES256, EdDSA, PS256, RS256};
    for (algorithm, name, key) in [
        (ES256, "certificate-p-256", "p-256-public"),
        (ES256, "certificate-version-1", "p-256-public"),
        (ES256, "certificate-expired", "p-256-public"),
        (RS256, "certificate-rsa", "rsa-public"),
        (PS256, "certificate-rsa", "rsa-public"),
        (PS256, "certificate-rsa-pss", "rsa-pss-public"),
        (EdDSA, "certificate", "ed25519-public"),
    ] {
        let expected = VerifyingKey::from_pem(algorithm, pem(key)).unwrap();
        let from_pem = VerifyingKey::from_pem(algorithm, pem(name)).unwrap();
        let from_der = VerifyingKey::from_der(algorithm, der(name)).unwrap();
        let old_label = to_pem("X509 CERTIFICATE", &der(name));
        let from_old_label = VerifyingKey::from_pem(algorithm, old_label).unwrap();
        for read in [from_pem, from_der, from_old_label] {
            assert_eq!(read.thumbprint(), expected.thumbprint(), "{name}");
            assert!(read.algorithms().eq([algorithm]), "{name}");
        }
        // Nobody signs with what everybody may have.
        let private = SigningKey::from_pem(algorithm, pem(name)).err();
        assert_eq!(private, Some(KeyError::Certificate), "{name}");
    }
    let key = generate(Algorithm::MlDsa65);
    let inside = certificate(&spki(&key), &[]);
    let read = VerifyingKey::from_der(Algorithm::MlDsa65, &inside).unwrap();
    assert_eq!(read.thumbprint(), key.verifying_key().thumbprint());
}

#[test]
fn a_key_in_a_certificate_is_as_good_as_one_by_itself() {
    use Algorithm::{ES256, ES384, PS256, RS256};
    for (algorithm, name, error) in [
        (ES384, "certificate-p-256", other("P-256", ES384)),
        (RS256, "certificate-p-256", other("P-256", RS256)),
        (ES256, "certificate-rsa", other("RSA", ES256)),
        (RS256, "certificate-rsa-pss", other("RSASSA-PSS", RS256)),
        (ES256, "certificate-secp256k1", other("secp256k1", ES256)),
        (
            RS256,
            "certificate-rsa-1024",
            KeyError::Weak("an RSA modulus under 2048 bits"),
        ),
        (PS256, "certificate-encipherment", KeyError::CertificateUse),
        (ES256, "certificate-authority", KeyError::CertificateUse),
        (
            ES256,
            "certificate-request",
            KeyError::OtherForm(Form::CertificateRequest),
        ),
    ] {
        let from_pem = VerifyingKey::from_pem(algorithm, pem(name)).err();
        assert_eq!(from_pem, Some(error.clone()), "{name}");
        assert_eq!(from_der(algorithm, &der(name)), Some(error), "{name}");
    }
    let inside = der("certificate-p-256");
    for length in [0, 1, 100, inside.len() - 1] {
        let short = &inside[..length];
        assert!(from_der(ES256, short).is_some(), "{length}");
        let pem = to_pem("CERTIFICATE", short);
        assert!(VerifyingKey::from_pem(ES256, pem).is_err(), "{length}");
    }
    let cut = Some(KeyError::Malformed("its DER is cut short"));
    assert_eq!(from_der(RS256, &der("certificate-rsa")[..500]), cut);
    for place in 0..inside.len() {
        for bit in 0..8 {
            let mut damaged = inside.clone();
            damaged[place] ^= 1 << bit;
            // Nobody checks its signature, but nothing breaks either.
            let _ = VerifyingKey::from_der(ES256, damaged);
        }
    }
}

/// RFC 5280, section 4.2.1.3.
#[test]
fn what_a_certificate_says_of_the_use_of_its_key_is_heard() {
    let key = spki(&generate(Algorithm::EdDSA));
    let load = |extensions: &[&[u8]]| from_der(Algorithm::EdDSA, &certificate(&key, extensions));
    let other = element(
        0x30,
        &[&[6, 3, 0x55, 0x1d, 0x0e], &element(4, &[&[4, 1, 7]])],
    );
    assert_eq!(load(&[]), None, "nothing is said");
    assert_eq!(load(&[&other]), None, "nothing of that is said");
    for critical in [true, false] {
        for (bits, allowed) in [
            (&[7, 0x80][..], true),
            (&[5, 0xa0], true),
            (&[0, 0xff], true),
            (&[7, 0x80, 0x80], true),
            (&[6, 0x40], false),
            (&[0, 0x7f], false),
            (&[7, 0, 0x80], false),
            (&[0], false),
            (&[], false),
        ] {
            let usage = key_usage(bits, critical);
            let refused = (!allowed).then_some(KeyError::CertificateUse);
            assert_eq!(load(&[&usage]), refused, "{bits:?}");
            assert_eq!(load(&[&other, &usage]), refused, "{bits:?}");
        }
    }
    let damaged = Some(KeyError::Malformed("not a certificate as RFC 5280 has it"));
    let no_bits = element(0x30, &[&[6, 3, 0x55, 0x1d, 0x0f], &[4, 2, 5, 0]]);
    for bad in [&no_bits[..], &[5, 0], &[0x30, 0], &[0x30, 9, 6]] {
        assert_eq!(load(&[bad]), damaged, "{bad:?}");
    }
}

#[test]
fn of_several_sections_the_key_is_taken() {
    use Algorithm::{ES256, EdDSA};
    let thumbprint = |text: &str| {
        let key = VerifyingKey::from_pem(ES256, text).unwrap();
        key.thumbprint()
    };
    let key = thumbprint(pem("p-256-public"));
    let (own, authority) = (pem("certificate-p-256"), pem("certificate"));
    // A chain begins with the one whose key it is about.
    assert_eq!(thumbprint(&format!("{own}\n{authority}")), key);
    let wrong_order = VerifyingKey::from_pem(ES256, format!("{authority}\n{own}")).err();
    assert_eq!(wrong_order, Some(other("Ed25519", ES256)));
    // A key that stands there by itself is the one that is meant, and a private one is no business of a verifier.
    let (public, private) = (pem("p-256-public"), pem("p-256-private"));
    assert_eq!(thumbprint(&format!("{authority}\n{public}")), key);
    assert_eq!(thumbprint(&format!("{private}\n{own}")), key);
    let combined = SigningKey::from_pem(ES256, format!("{own}\n{private}")).unwrap();
    assert_eq!(combined.verifying_key().thumbprint(), key);
    let ed25519 = VerifyingKey::from_pem(EdDSA, format!("subject=CN = desk\n\n{authority}"));
    assert!(ed25519.is_ok());
    // A note in front may be in an encoding of its own.
    let note = [&b"friendlyName: M\xfcller\n"[..], public.as_bytes()].concat();
    assert!(VerifyingKey::from_pem(ES256, note).is_ok());
}

/// As Google publishes the certificates of Firebase, and the keys of its proxy.
#[tokio::test]
async fn pem_texts_by_kid_are_a_set() {
    let desk = SigningKey::from_pem(Algorithm::ES256, pem("p-256-private")).unwrap();
    let map = json!({
        "ee4c2": pem("certificate-p-256"),
        "keys": pem("certificate-rsa"),
        "of\nthe proxy": pem("ed25519-public"),
        "pss": pem("rsa-pss-public"),
        "pinned": pem("rsa-pss-sha-256-public"),
    });
    let set = KeySet::from_jwks(&map.to_string()).unwrap();
    assert_eq!(set.skipped().count(), 0);
    let algorithms = |kid: &str| {
        let key = set.iter().find(|key| key.key_id() == Some(kid)).unwrap();
        let names: Vec<&str> = key.algorithms().map(Algorithm::name).collect();
        names.join(" ")
    };
    assert_eq!(algorithms("ee4c2"), "ES256");
    assert_eq!(algorithms("keys"), "RS256 RS384 RS512 PS256 PS384 PS512");
    assert_eq!(algorithms("of\nthe proxy"), "EdDSA Ed25519");
    assert_eq!(algorithms("pss"), "PS256 PS384 PS512");
    assert_eq!(algorithms("pinned"), "PS256");
    let unnamed = Verifier::builder(set.clone()).audience(ROOMS).build();
    assert_eq!(
        unnamed.err(),
        Some(ConfigError::NoIssuer),
        "they are published"
    );
    let layer = layer(set);
    assert_in(
        &knock(&layer, &token(&desk, Some("ee4c2"))).await,
        "its kid",
    );
    let answer = knock(&layer, &token(&desk, Some("keys"))).await;
    assert_refused(&answer, Reason::Algorithm, "the kid of a key for RSA");
}

#[test]
fn a_bad_entry_among_pem_texts_does_no_harm_to_the_others() {
    let good = pem("p-256-public");
    for (bad, error) in [
        (json!(null), KeyError::Malformed("not a text")),
        (json!(7), KeyError::Malformed("not a text")),
        (json!({"a": [{"b": 1}]}), KeyError::Malformed("not a text")),
        (json!(""), KeyError::OtherForm(Form::Empty)),
        (json!("AQAB"), KeyError::OtherForm(Form::Text)),
        (json!(pem("p-256-private")), KeyError::PrivateKey),
        (
            json!(pem("secp256k1-public")),
            KeyError::UnsupportedKind("secp256k1"),
        ),
        (
            json!(pem("rsa-pss-sha-1-public")),
            KeyError::UnsupportedKind(OTHER_PSS),
        ),
        (
            json!(pem("certificate-authority")),
            KeyError::CertificateUse,
        ),
        (
            json!(pem("rsa-1024-public")),
            KeyError::Weak("an RSA modulus under 2048 bits"),
        ),
    ] {
        let map = json!({"a": bad, "good": good}).to_string();
        let set = KeySet::from_jwks(&map).unwrap();
        assert_eq!(set.len(), 1, "{bad}");
        let skipped: Vec<_> = set.skipped().collect();
        assert_eq!(
            (skipped[0].index(), skipped[0].key_id()),
            (0, Some("a")),
            "{bad}"
        );
        assert_eq!(skipped[0].error(), &error, "{bad}");
    }
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    let good = json!(good);
    for bad in [&deep, r#""\ud800""#, r#""\q""#, "1e999"] {
        let map = format!(r#"{{"a":{bad},"good":{good},"a":{good},"\ud800":{good}}}"#);
        let set = KeySet::from_jwks(&map).unwrap();
        assert_eq!((set.len(), set.skipped().count()), (2, 2));
    }
}

#[test]
fn a_private_key_for_pss_signs_with_pss_and_nothing_else() {
    use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
    for (name, allowed, pinned) in [
        ("rsa-pss", &[PS256, PS384, PS512][..], ""),
        ("rsa-pss-sha-256", &[PS256], "RSASSA-PSS with SHA-256"),
        ("rsa-pss-sha-512", &[PS512], "RSASSA-PSS with SHA-512"),
        ("rsa-pss-sha-1", &[], OTHER_PSS),
        ("rsa-pss-long-salt", &[], OTHER_PSS),
    ] {
        let (private, public) = (format!("{name}-private"), format!("{name}-public"));
        for algorithm in [RS256, RS384, RS512, PS256, PS384, PS512] {
            let signing = SigningKey::from_pem(algorithm, pem(&private));
            let verifying = VerifyingKey::from_pem(algorithm, pem(&public));
            if allowed.contains(&algorithm) {
                let signature = signing.unwrap().sign(b"message").unwrap();
                let verified = verifying.unwrap().verify(algorithm, b"message", &signature);
                assert!(verified.is_ok(), "{name} {algorithm}");
                continue;
            }
            let is_pss = algorithm.name().starts_with("PS");
            let found = if is_pss { pinned } else { "RSASSA-PSS" };
            let refused = Some(other(found, algorithm));
            assert_eq!(signing.err(), refused, "{name} {algorithm}");
            assert_eq!(verifying.err(), refused, "{name} {algorithm}");
        }
        let longer = [der(&private), vec![0]].concat();
        assert!(SigningKey::from_der(PS256, longer).is_err());
    }
}
