//! Sets of published keys: no entry harms another, and each one that is not used is told with its reason.

use keycard::keys::{Form, KeyError, KeySet, KeySetReader, SkippedKey};
use keycard::verify::Reason;
use keycard::{Algorithm, ConfigError, JwtLayer, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};

use crate::key_errors::{load, member, rfc};
use crate::keys::{SECRET, generate, jwk};
use crate::support::{
    DESK, KEY, NOW, ROOMS, assert_in, assert_refused, base64url, changed, clock, knock, sign_raw,
};

/// Reads a set of this entry between two good ones, and returns the one that was skipped.
fn beside_good_ones(entry: &str) -> SkippedKey {
    let good = jwk(&KEY).to_string();
    let set = KeySet::from_jwks(&format!(r#"{{"keys":[{good},{entry},{good}]}}"#)).expect(entry);
    assert_eq!(set.len(), 2, "{entry}");
    let skipped: Vec<&SkippedKey> = set.skipped().collect();
    assert_eq!((skipped.len(), skipped[0].index()), (1, 1), "{entry}");
    skipped[0].clone()
}

#[test]
fn no_entry_of_a_set_harms_another() {
    let malformed = KeyError::Malformed;
    let nested =
        |open: &str, close: &str, depth| [open.repeat(depth), close.repeat(depth)].concat();
    let huge = format!(
        r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#,
        "A".repeat(1_000_000)
    );
    let many = format!(r#"{{"kty":"RSA"{}}}"#, r#","a":1"#.repeat(10_000));
    for (entry, error) in [
        ("null", malformed("not a JSON object")),
        ("true", malformed("not a JSON object")),
        ("7", malformed("not a JSON object")),
        ("1e999", malformed("not a JSON object")),
        (r#""text""#, malformed("not a JSON object")),
        ("[]", malformed("not a JSON object")),
        ("{}", member("kty", "is missing")),
        (r#"{"kty":null}"#, member("kty", "is missing")),
        (r#"{"kty":7}"#, member("kty", "is not a string")),
        (r#"{"kty":["RSA"]}"#, member("kty", "is not a string")),
        (
            r#"{"kty":"RSA","kty":"EC"}"#,
            malformed("a member stands in it twice"),
        ),
        (
            r#"{"kty":"RSA","n":1e999}"#,
            malformed("a number in it is out of range"),
        ),
        (
            r#"{"kty":"RSA","x":"\ud800"}"#,
            malformed("half of a character stands in it"),
        ),
        (r#"{"kty":"RSA","x":"\q"}"#, malformed("not JSON")),
        ("{\"kty\":\"RSA\",\"n\":\"a\nb\"}", malformed("not JSON")),
        (r#"{"kty" "RSA"}"#, malformed("not JSON")),
        (r#"{"kty":NaN,}"#, malformed("not JSON")),
        (r#"{"kty":"RSA","x":"]}]}{["}"#, member("n", "is missing")),
        (r#"{"kty":"RSA","x":"\"]}\\"}"#, member("n", "is missing")),
        (
            r#"{"kty":"RSA","$serde_json::private::Number":"1"}"#,
            malformed("a member has a name that a library keeps for itself"),
        ),
        (&nested("[", "]", 1_000), malformed("not a JSON object")),
        (
            &nested(r#"{"a":["#, "]}", 100_000),
            malformed("JSON that nests too deep"),
        ),
        (
            &format!(r#"{{"kty":"RSA","x5c":{}}}"#, nested("[", "]", 1_000)),
            malformed("JSON that nests too deep"),
        ),
        (&huge, malformed("not an RSA modulus and exponent")),
        (&many, malformed("a member stands in it twice")),
    ] {
        let start: String = entry.chars().take(60).collect();
        assert_eq!(beside_good_ones(entry).error(), &error, "{start}");
    }
}

/// RFC 7517, section 4: members that are not understood are ignored.
#[test]
fn what_others_put_into_a_key_does_it_no_harm() {
    let deep = (0..20).fold(json!(1), |inner, _| json!({ "a": [inner] }));
    for (name, value) in [
        ("x5c", json!(["MIIB", 7])),
        ("x5t#S256", json!(7)),
        ("n", json!("of another kind")),
        ("https://desk.example/note", json!({"a": {"b": []}})),
        (
            "a",
            deep["a"][0]["a"][0]["a"][0]["a"][0]["a"][0]["a"][0].clone(),
        ),
        // What a program writes that fills in nothing.
        ("use", Value::Null),
        ("alg", Value::Null),
        ("key_ops", Value::Null),
        ("kid", Value::Null),
        ("d", Value::Null),
    ] {
        let mut key = jwk(&KEY);
        key[name] = value;
        let read = VerifyingKey::from_jwk(&key.to_string()).unwrap();
        assert_eq!(
            read.thumbprint(),
            KEY.verifying_key().thumbprint(),
            "{name}"
        );
        let set = KeySet::from_jwks(&json!({"keys": [key], name: 1}).to_string()).unwrap();
        assert_eq!(set.len(), 1, "{name}");
    }
    // The mark that some editors put in front of a text.
    let marked = |text: &Value| format!("\u{feff}{text}");
    let key = jwk(&KEY);
    assert!(VerifyingKey::from_jwk(&marked(&key)).is_ok());
    assert_eq!(
        KeySet::from_jwks(&marked(&json!({"keys": [key]})))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn keys_that_are_skipped_are_told() {
    let good = jwk(&KEY);
    let with = |changes| changed(good.clone(), changes);
    let set = json!({"keys": [
        with(json!({"use": "enc", "kid": "a"})),
        good,
        with(json!({"use": "tls", "kid": "b"})),
        with(json!({"key_ops": ["sign"], "kid": "c"})),
        with(json!({"kid": 7})),
        {"kty": "oct", "alg": "HS256", "k": base64url(SECRET), "kid": "d"},
        {"kty": "RSA", "kid": "e", "x5c": ["MIIB"]},
        "f",
    ]});
    let set = KeySet::from_jwks(&set.to_string()).unwrap();
    let skipped: Vec<_> = set
        .skipped()
        .map(|key| (key.index(), key.key_id(), key.error().clone()))
        .collect();
    let alone = "is missing, and x5c alone makes no JWK";
    let expected = [
        (0, Some("a"), KeyError::WrongUse),
        (2, Some("b"), KeyError::UnknownUse),
        (3, Some("c"), KeyError::WrongUse),
        (4, None, member("kid", "is not a string")),
        (5, Some("d"), KeyError::SecretInSet),
        (6, Some("e"), member("n", alone)),
        (7, None, KeyError::Malformed("not a JSON object")),
    ];
    assert_eq!(skipped, expected);
    assert_eq!(set.clone().skipped().count(), 7);
    assert_eq!(KeySet::new([KEY.verifying_key()]).skipped().count(), 0);
    // What is broken in one place is read in the others, as far as it goes.
    let broken = beside_good_ones(r#"{"kid":"a","n":1e999,"x":"\q","d":[[]]}"#);
    assert_eq!(broken.key_id(), Some("a"));
    for nameless in [r#"{"kid":"\ud800"}"#, r#"{"kid":null}"#, "{,}", "[]"] {
        assert_eq!(beside_good_ones(nameless).key_id(), None, "{nameless}");
    }
}

#[test]
fn a_verifier_without_a_key_says_why() {
    let build = |set: &Value| {
        let set = KeySet::from_jwks(&set.to_string()).unwrap();
        let verifier = Verifier::builder(set).issuer(DESK).audience(ROOMS);
        verifier.build().unwrap_err().to_string()
    };
    let empty = "there is no key to verify with";
    assert_eq!(build(&json!({"keys": []})), empty);
    let svid = changed(jwk(&KEY), json!({"use": "jwt-svid"}));
    let chain = json!({"kty": "RSA", "x5c": ["MIIB"]});
    assert_eq!(
        build(&json!({"keys": [svid, chain, svid]})),
        "there is no key to verify with; 3 of the JWK Set cannot be used: use of the key is neither \
         sig nor enc: KeySetReader::signing_use names one that is for signatures too; the key is \
         malformed: n is missing, and x5c alone makes no JWK"
    );
    // However many there are, the sentence can be read.
    let many: Vec<Value> = ["kty", "n", "e", "d", "k"]
        .into_iter()
        .flat_map(|name| {
            [
                json!({"kty": name}),
                json!({"kty": "EC", "crv": name}),
                json!(name),
            ]
        })
        .chain([
            json!({"kty": 7}),
            json!({"kty": "EC"}),
            json!({"kty": "OKP", "crv": 7}),
        ])
        .collect();
    let sentence = build(&json!({"keys": many}));
    assert!(sentence.contains("18 of the JWK Set"), "{sentence}");
    assert!(sentence.len() < 400, "{sentence}");
    let held = Verifier::builder(Vec::<VerifyingKey>::new())
        .audience(ROOMS)
        .build();
    let none = ConfigError::NoKey {
        skipped: 0,
        reasons: Vec::new(),
    };
    assert_eq!(held.err(), Some(none));
}

/// The bundle of a trust domain, and a JWT-SVID with the `typ` that its standard allows beside `JWT`.
#[tokio::test]
async fn a_jwt_svid_is_accepted_by_the_keys_of_its_bundle() {
    let authority = generate(Algorithm::ES256);
    let published =
        |key: &SigningKey, usage: &str| changed(jwk(key), json!({"use": usage, "alg": null}));
    let bundle = json!({
        "spiffe_sequence": 7,
        "spiffe_refresh_hint": 300,
        "keys": [
            changed(published(&generate(Algorithm::ES256), "x509-svid"), json!({"kid": null, "x5c": ["MIIB"]})),
            published(&authority, "jwt-svid"),
        ],
    });
    let bundle = bundle.to_string();
    assert!(
        KeySet::from_jwks(&bundle).unwrap().is_empty(),
        "only on request"
    );
    let reader = KeySetReader::new().signing_use("jwt-svid");
    let keys = reader.read(&bundle).unwrap();
    let skipped: Vec<_> = keys.skipped().map(SkippedKey::error).collect();
    assert_eq!((keys.len(), skipped), (1, vec![&KeyError::UnknownUse]));

    let verifier = Verifier::builder(keys)
        .dangerous_any_issuer()
        .audience("spiffe://hotel.example/rooms")
        .token_type("JWT")
        .token_type("JOSE")
        .allow_absent_token_type()
        .require_claim("sub")
        .with_clock(clock());
    let layer = JwtLayer::new(verifier.build().unwrap());
    let claims = json!({
        "sub": "spiffe://hotel.example/desk",
        "aud": ["spiffe://hotel.example/rooms"],
        "exp": NOW + 300,
    });
    let svid = |header: Value| sign_raw(&authority, header.to_string(), claims.to_string());
    let kid = authority.key_id().unwrap();
    for header in [
        json!({"alg": "ES256", "kid": kid, "typ": "JOSE"}),
        json!({"alg": "ES256", "kid": kid, "typ": "JWT"}),
        json!({"alg": "ES256", "kid": kid}),
    ] {
        assert_in(
            &knock(&layer, &svid(header.clone())).await,
            &header.to_string(),
        );
    }
    let other = svid(json!({"alg": "ES256", "kid": kid, "typ": "at+jwt"}));
    assert_refused(
        &knock(&layer, &other).await,
        Reason::Type,
        "a type not named",
    );
}

#[test]
fn a_use_is_one_for_signatures_if_it_is_named() {
    let with =
        |usage: &str| json!({"keys": [changed(jwk(&KEY), json!({"use": usage}))]}).to_string();
    let reader = KeySetReader::new()
        .signing_use("jwt-svid")
        .signing_use("tls");
    for (usage, count) in [
        ("sig", 1),
        ("jwt-svid", 1),
        ("tls", 1),
        ("x509-svid", 0),
        ("JWT-SVID", 0),
        ("enc", 0),
        ("", 0),
    ] {
        assert_eq!(reader.read(&with(usage)).unwrap().len(), count, "{usage}");
        let by_default = KeySet::from_jwks(&with(usage)).unwrap();
        assert_eq!(by_default.len(), usize::from(usage == "sig"), "{usage}");
    }
    let only_signs = changed(jwk(&KEY), json!({"use": "tls", "key_ops": ["sign"]}));
    let set = json!({"keys": [only_signs]}).to_string();
    assert!(
        reader.read(&set).unwrap().is_empty(),
        "key_ops is heard all the same"
    );
    let single = changed(jwk(&KEY), json!({"use": "jwt-svid"}));
    assert_eq!(load(&single), Some(KeyError::UnknownUse));
    let encryption = KeySetReader::new().signing_use("enc");
    assert_eq!(
        encryption.read(&with("sig")).err(),
        Some(KeyError::WrongUse)
    );
    let missing = reader.read_file("no such file").err();
    assert_eq!(
        missing,
        Some(KeyError::Unreadable {
            file: "no such file".into(),
            kind: std::io::ErrorKind::NotFound
        })
    );
    assert_eq!(
        missing.unwrap().to_string(),
        "the file no such file could not be read: entity not found"
    );
    let folder = KeySet::from_jwks_file("tests/vectors").unwrap_err();
    assert!(
        folder
            .to_string()
            .starts_with("the file tests/vectors could not be read: ")
    );
    let file = std::env::temp_dir().join(format!("utf-16-{}.json", std::process::id()));
    let utf16 = "{\"keys\":[]}".encode_utf16().flat_map(u16::to_le_bytes);
    for (bytes, error) in [
        (utf16.collect::<Vec<u8>>(), KeyError::OtherForm(Form::Utf16)),
        (
            b"{\"keys\":[\xff]}".to_vec(),
            KeyError::Malformed("not UTF-8"),
        ),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(KeySet::from_jwks_file(&file).err(), Some(error));
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(
        reader.read_file("tests/vectors/keys.pem").err(),
        Some(KeyError::OtherForm(Form::Pem))
    );
}

/// RFC 7515, section 2: base64url without padding, line breaks, white space.
#[test]
fn base64_of_another_kind_is_named() {
    let rsa = changed(rfc("RFC 7515 A.2"), json!({"alg": "RS256"}));
    let n = rsa["n"].as_str().unwrap();
    let standard = n.replace('-', "+").replace('_', "/");
    let alphabet = "is base64 with + and /, and a JWK has base64url, with - and _";
    let (head, tail) = n.split_at(64);
    for (text, fault) in [
        (
            format!("{n}=="),
            "is padded with =, and the base64url of a JWK is not",
        ),
        (
            format!("{n}="),
            "is padded with =, and the base64url of a JWK is not",
        ),
        (standard.clone(), alphabet),
        (format!("{standard}=="), alphabet),
        (format!("{head}\n{tail}"), "has line breaks in it"),
        (format!("{head}\r\n{tail}"), "has line breaks in it"),
        (format!("{n}\n"), "has line breaks in it"),
        (format!("{head} {tail}"), "has white space in it"),
        (format!("{head}\t{tail}"), "has white space in it"),
        (format!("{head}*{tail}"), "is not base64url"),
        (format!("{n}AAA"), "is not base64url"),
        (format!("{n}é"), "is not base64url"),
    ] {
        let wrong = changed(rsa.clone(), json!({"n": text}));
        assert_eq!(load(&wrong), Some(member("n", fault)), "{fault}");
        assert_eq!(
            beside_good_ones(&wrong.to_string()).error(),
            &member("n", fault)
        );
    }
    let escaped = rsa.to_string().replace(n, &standard.replace('/', "\\/"));
    let refused = VerifyingKey::from_jwk(&escaped).err();
    assert_eq!(refused, Some(member("n", alphabet)));
    let ec = rfc("RFC 7515 A.3");
    let padded = |name: &str| json!(format!("{}=", ec[name].as_str().unwrap()));
    for name in ["x", "y", "d"] {
        let wrong = changed(ec.clone(), json!({name: padded(name)})).to_string();
        let error = SigningKey::from_jwk(&wrong).err();
        let fault = "is padded with =, and the base64url of a JWK is not";
        assert!(
            matches!(error, Some(KeyError::Member { fault: found, .. }) if found == fault),
            "{name}"
        );
    }
}
