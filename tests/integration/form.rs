//! Form: each rule for the shape of a token and its header, a refused case and its nearest twin.

use keycard::verify::Reason;
use keycard::{JwtLayer, SigningKey};
use serde_json::json;

use crate::support::{
    KEY, assert_in, assert_refused, base64url, changed, claims, header, knock, layer, sign,
    sign_raw, token, verifier,
};

/// A good token of exactly this many bytes.
fn token_of_length(length: usize) -> String {
    // Base64url turns three bytes into four characters, so three attempts meet every length.
    for key_id in ["", "a", "aa", "aaa"] {
        let header = format!(r#"{{"alg":"ES256","x":"{key_id}"}}"#);
        for padding in 0..4 {
            let room = (length * 3 / 4).saturating_sub(300);
            for fill in room..room + 300 {
                let fill = "x".repeat(fill + padding);
                let payload = changed(claims(), json!({ "fill": fill })).to_string();
                let signed = base64url(&header).len() + base64url(&payload).len() + 2 + 86;
                if signed == length {
                    return sign_raw(&KEY, &header, &payload);
                }
                if signed > length {
                    break;
                }
            }
        }
    }
    panic!("no token has {length} bytes");
}

#[tokio::test]
async fn a_token_has_at_most_16_kib() {
    let longest = token_of_length(16 * 1024);
    assert_in(&knock(&layer(), &longest).await, "16384 bytes");
    let longer = token_of_length(16 * 1024 + 1);
    assert_refused(
        &knock(&layer(), &longer).await,
        Reason::TooLong,
        "16385 bytes",
    );

    let narrow = verifier()
        .max_token_bytes(longest.len() - 1)
        .build()
        .unwrap();
    let answer = knock(&JwtLayer::new(narrow), &longest).await;
    assert_refused(&answer, Reason::TooLong, "a lower limit");
    let wide = verifier().max_token_bytes(longer.len()).build().unwrap();
    assert_in(
        &knock(&JwtLayer::new(wide), &longer).await,
        "a higher limit",
    );
}

#[tokio::test]
async fn a_header_segment_has_at_most_2_kib() {
    let with_header = |bytes: usize| {
        let bare = r#"{"alg":"ES256","x":""}"#.len();
        let header = format!(r#"{{"alg":"ES256","x":"{}"}}"#, "x".repeat(bytes - bare));
        sign_raw(&KEY, &header, claims().to_string())
    };
    // 1536 bytes are 2048 characters of base64url.
    assert_in(
        &knock(&layer(), &with_header(1536)).await,
        "2048 characters",
    );
    let answer = knock(&layer(), &with_header(1537)).await;
    assert_refused(&answer, Reason::TooLong, "2050 characters");
}

#[tokio::test]
async fn a_token_has_three_segments() {
    let good = token("a");
    let parts: Vec<&str> = good.split('.').collect();
    assert_in(&knock(&layer(), &good).await, "three");
    for bad in [
        parts[0].to_owned(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{}", parts[2]),
        ".".repeat(100),
    ] {
        let answer = knock(&layer(), &bad).await;
        assert_refused(&answer, Reason::Form, &bad);
    }
}

#[tokio::test]
async fn every_segment_is_canonical_base64url() {
    let good = token("a");
    let parts: Vec<&str> = good.split('.').collect();
    // A signature of 64 bytes leaves four bits over in its last character.
    let (body, last) = parts[2].split_at(parts[2].len() - 1);
    let stray = char::from(last.as_bytes()[0] + 1);
    for bad in [
        format!("{}=.{}.{}", parts[0], parts[1], parts[2]),
        format!("{}.{}=.{}", parts[0], parts[1], parts[2]),
        format!("{good}=="),
        format!("{}.{}.{body}{stray}", parts[0], parts[1]),
        format!("{}.{}.{}+", parts[0], parts[1], body),
        format!("{}.{}.{}/", parts[0], parts[1], body),
        format!("{}~.{}.{}", parts[0], parts[1], parts[2]),
    ] {
        let answer = knock(&layer(), &bad).await;
        // `=` ends a b64token, so what comes after it is no header of RFC 6750 any more.
        if bad.contains("=.") {
            assert_eq!(answer.status, 400, "{bad}");
        } else {
            assert_refused(&answer, Reason::Encoding, &bad);
        }
    }
    assert_in(&knock(&layer(), &good).await, "canonical");
}

#[tokio::test]
async fn header_and_payload_are_strict_json_objects() {
    let header = header().to_string();
    let payload = claims().to_string();
    let inside = payload.strip_prefix('{').unwrap();
    for bad in [
        format!("\u{feff}{payload}"),
        format!("{payload}{payload}"),
        format!("[{payload}]"),
        "\"text\"".to_owned(),
        String::new(),
        format!(r#"{{"sub":"anna",{inside}"#),
        format!(r#"{{"\u0073ub":"eve",{inside}"#),
        format!(r#"{{"x":{{"a":1,"b":{{"c":1,"c":1}}}},{inside}"#),
        format!(r#"{{"x":"\ud800",{inside}"#),
        format!(r#"{{"x":1e400,{inside}"#),
        format!(r#"{{"x":{}{},{inside}"#, "[".repeat(32), "]".repeat(32)),
    ] {
        let answer = knock(&layer(), &sign_raw(&KEY, &header, &bad)).await;
        assert_refused(&answer, Reason::Json, &bad);
    }
    for good in [
        format!(" {payload}\n"),
        format!(r#"{{"\u0053ub":"eve",{inside}"#),
        format!(r#"{{"x":{{"a":1,"b":{{"a":1}}}},{inside}"#),
        format!(r#"{{"x":"\ud83d\ude00",{inside}"#),
        format!(r#"{{"x":1e300,{inside}"#),
        format!(r#"{{"x":{}{},{inside}"#, "[".repeat(31), "]".repeat(31)),
    ] {
        assert_in(
            &knock(&layer(), &sign_raw(&KEY, &header, &good)).await,
            &good,
        );
    }
    for bad in [
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"ES256","x":{"y":1,"y":1}}"#,
        r#"["ES256"]"#,
        "",
    ] {
        let answer = knock(&layer(), &sign_raw(&KEY, bad, &payload)).await;
        assert_refused(&answer, Reason::Json, bad);
    }
}

#[tokio::test]
async fn the_depth_is_a_setting() {
    let nested = |levels| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let inside = claims().to_string();
        let payload = format!(r#"{{"x":{value},{}"#, inside.strip_prefix('{').unwrap());
        sign_raw(&KEY, header().to_string(), &payload)
    };
    let layer = JwtLayer::new(verifier().max_depth(3).build().unwrap());
    assert_in(&knock(&layer, &nested(2)).await, "three levels");
    assert_refused(
        &knock(&layer, &nested(3)).await,
        Reason::Json,
        "four levels",
    );
}

#[tokio::test]
async fn a_header_with_crit_or_b64_is_refused() {
    for bad in [
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"crit": "b64"}),
        json!({"crit": false}),
        json!({"crit": ["b64"], "b64": true}),
        json!({"b64": false}),
        json!({"b64": "true"}),
    ] {
        let token = sign(&changed(header(), bad.clone()), &claims());
        let answer = knock(&layer(), &token).await;
        assert_refused(&answer, Reason::Critical, &bad.to_string());
    }
    let with_null = r#"{"alg":"ES256","crit":null}"#;
    let answer = knock(&layer(), &sign_raw(&KEY, with_null, claims().to_string())).await;
    assert_refused(&answer, Reason::Critical, with_null);

    // The payload of such a token would be another one.
    for nested in ["JWT", "jwt", "application/JWT"] {
        let token = sign(&changed(header(), json!({"cty": nested})), &claims());
        assert_refused(&knock(&layer(), &token).await, Reason::Type, nested);
    }
    for good in [
        json!({"b64": true}),
        json!({"Crit": ["exp"]}),
        json!({"cty": "json"}),
        json!({"cty": 7}),
    ] {
        let token = sign(&changed(header(), good.clone()), &claims());
        assert_in(&knock(&layer(), &token).await, &good.to_string());
    }
}

#[tokio::test]
async fn typ_is_that_of_an_access_token() {
    for good in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/JWT",
    ] {
        let token = sign(&changed(header(), json!({"typ": good})), &claims());
        assert_in(&knock(&layer(), &token).await, good);
    }
    assert_in(
        &knock(&layer(), &sign(&header(), &claims())).await,
        "no typ",
    );
    for bad in [
        "",
        "JWS",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "application/jwt+x",
    ] {
        let token = sign(&changed(header(), json!({"typ": bad})), &claims());
        assert_refused(&knock(&layer(), &token).await, Reason::Type, bad);
    }
    for bad in [
        json!({"typ": 1}),
        json!({"typ": ["JWT"]}),
        json!({"kid": 7}),
    ] {
        let token = sign(&changed(header(), bad.clone()), &claims());
        let answer = knock(&layer(), &token).await;
        assert_refused(&answer, Reason::Header, &bad.to_string());
    }
}

#[tokio::test]
async fn another_typ_can_be_the_only_one() {
    let layer = JwtLayer::new(verifier().token_type("Door+JWT").build().unwrap());
    for good in ["door+jwt", "application/door+jwt"] {
        let token = sign(&changed(header(), json!({"typ": good})), &claims());
        assert_in(&knock(&layer, &token).await, good);
    }
    let answer = knock(&layer, &sign(&header(), &claims())).await;
    assert_refused(&answer, Reason::Type, "no typ");
    for bad in ["JWT", "at+jwt"] {
        let token = sign(&changed(header(), json!({"typ": bad})), &claims());
        assert_refused(&knock(&layer, &token).await, Reason::Type, bad);
    }
}

#[tokio::test]
async fn rfc_9068_asks_for_its_type_and_all_its_claims() {
    let layer = JwtLayer::new(verifier().rfc9068().build().unwrap());
    let header = changed(header(), json!({"typ": "at+jwt"}));
    let full = changed(claims(), json!({"client_id": "app", "jti": "1"}));
    assert_in(&knock(&layer, &sign(&header, &full)).await, "all of it");
    for name in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        let mut partial = full.clone();
        partial.as_object_mut().unwrap().remove(name);
        let answer = knock(&layer, &sign(&header, &partial)).await;
        assert_refused(&answer, Reason::MissingClaim, name);
    }
    for empty in ["iss", "sub", "client_id", "jti"] {
        for value in [json!(""), json!(false)] {
            let hollow = changed(full.clone(), json!({empty: value}));
            assert_eq!(
                knock(&layer, &sign(&header, &hollow)).await.status,
                401,
                "{empty}"
            );
        }
    }
    let nobody = keycard::Verifier::builder(KEY.verifying_key())
        .audience("x")
        .rfc9068();
    assert_eq!(nobody.build().err(), Some(keycard::ConfigError::NoIssuer));
    let anybody = keycard::Verifier::builder(KEY.verifying_key())
        .issuer("x")
        .dangerous_any_audience()
        .rfc9068();
    assert_eq!(
        anybody.build().err(),
        Some(keycard::ConfigError::NoAudience)
    );
    let other = changed(header, json!({"typ": "JWT"}));
    assert_refused(
        &knock(&layer, &sign(&other, &full)).await,
        Reason::Type,
        "JWT",
    );
}

#[tokio::test]
async fn keys_and_addresses_in_a_header_are_never_used() {
    let stranger = SigningKey::generate(keycard::Algorithm::ES256).unwrap();
    let jwks: serde_json::Value =
        serde_json::from_str(&keycard::keys::KeySet::new([stranger.verifying_key()]).to_jwks())
            .unwrap();
    let tempting = json!({
        "alg": "ES256", "jwk": jwks["keys"][0], "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/",
        "x5c": ["AAAA"],
    })
    .to_string();
    let forged = sign_raw(&stranger, &tempting, claims().to_string());
    assert_refused(&knock(&layer(), &forged).await, Reason::Signature, "forged");
    let harmless = sign_raw(&KEY, &tempting, claims().to_string());
    assert_in(&knock(&layer(), &harmless).await, "ignored");
}

#[tokio::test]
async fn header_and_payload_are_utf_8() {
    let header = header().to_string();
    let payload = changed(claims(), json!({"x": "?"})).to_string();
    let with = |text: &str, bytes: &[u8]| -> Vec<u8> {
        let (before, after) = text.split_once('?').unwrap();
        [before.as_bytes(), bytes, after.as_bytes()].concat()
    };
    let utf_16: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bad in [
        with(&payload, b"\xff"),
        with(&payload, b"\xc0\xaf"),
        with(&payload, b"\xed\xa0\x80"),
        with(&payload, b"\xf4\x90\x80\x80"),
        utf_16,
    ] {
        let answer = knock(&layer(), &sign_raw(&KEY, &header, &bad)).await;
        assert_refused(&answer, Reason::Json, &String::from_utf8_lossy(&bad));
        // The same in the header.
        let header = with(r#"{"alg":"ES256","x":"?"}"#, &bad);
        let answer = knock(&layer(), &sign_raw(&KEY, &header, &payload)).await;
        assert_refused(&answer, Reason::Json, &String::from_utf8_lossy(&bad));
    }
    let good = with(&payload, "\u{10ffff}".as_bytes());
    assert_in(
        &knock(&layer(), &sign_raw(&KEY, &header, &good)).await,
        "good",
    );
}

#[tokio::test]
async fn names_and_values_are_compared_after_their_escapes_are_resolved() {
    let payload = claims().to_string();
    for (plain, escaped, reason) in [
        (
            r#""https://desk.example""#,
            r#""https:\/\/desk.example""#,
            None,
        ),
        (
            r#""https://rooms.example""#,
            r#""\u0068ttps://rooms.example""#,
            None,
        ),
        (r#""exp""#, r#""\u0065x\u0070""#, None),
        (r#""iss""#, r#""\u0069ss""#, None),
        (r#""room":7"#, r#""\u0063nf":{}"#, Some(Reason::Binding)),
        (
            r#""iat""#,
            r#""\u006ebf":9e9,"iat""#,
            Some(Reason::NotYetValid),
        ),
        (
            r#""https://desk.example""#,
            r#""https:\/\/desk.exampl\u0065x""#,
            Some(Reason::Issuer),
        ),
    ] {
        assert!(payload.contains(plain), "{plain} in {payload}");
        let token = sign_raw(&KEY, header().to_string(), payload.replace(plain, escaped));
        let answer = knock(&layer(), &token).await;
        match reason {
            None => assert_in(&answer, escaped),
            Some(reason) => assert_refused(&answer, reason, escaped),
        }
    }
}

#[tokio::test]
async fn the_published_token_with_an_unknown_critical_extension_is_refused() {
    // RFC 7515, appendix E; its twin has an algorithm, since the original falls over `none`.
    let published = r#"{"alg":"none","crit":["http://example.invalid/UNDEFINED"],"http://example.invalid/UNDEFINED":true}"#;
    let original = format!("{}.RkFJTA.", base64url(published.replace(',', ",\r\n ")));
    let answer = knock(&layer(), &original).await;
    assert_refused(&answer, Reason::Algorithm, "the original");
    let twin = published.replace("none", "ES256");
    let token = sign_raw(&KEY, twin, claims().to_string());
    assert_refused(&knock(&layer(), &token).await, Reason::Critical, "its twin");
}
