//! A refusal names its part: the claim, the segment, the limit, what was expected; never a value of the token.

use keycard::guard::require_claims;
use keycard::verify::Reason;
use keycard::{
    Algorithm, JwtLayer, Rejection, SigningKey, Trust, Verifier, VerifyingKey, require,
    require_role, require_scope, rule,
};
use serde_json::{Value, json};

use crate::logs::Log;
use crate::support::{
    Answer, DESK, KEY, NOW, ROOMS, base64url, changed, claims, clock, door, get_with, header,
    knock, layer, reason, send, sign, sign_raw, token, token_with, verifier,
};

/// What the rejection says, which is what the log and a layer that explains say.
fn said(answer: &Answer) -> String {
    let rejection = answer.response.extensions.get::<Rejection>();
    rejection.expect("a refusal").to_string()
}

/// Sends a token to a door, and checks the reason and the words for it.
#[track_caller]
fn assert_said(answer: &Answer, why: Reason, words: &str) {
    assert_eq!(answer.status, 401, "{words}");
    assert_eq!(reason(answer), Some(why), "{words}");
    assert_eq!(said(answer), format!("{why}{words}"));
}

#[tokio::test]
async fn a_limit_that_was_met_is_named_with_its_setting() {
    let layer = JwtLayer::new(
        verifier()
            .max_token_bytes(1_000)
            .max_header_bytes(200)
            .max_depth(4)
            .build()
            .unwrap(),
    );
    let long_header = sign(&changed(header(), json!({"x": "y".repeat(200)})), &claims());
    let deep = |object: Value| changed(object, json!({"deep": [[[[]]]]}));
    for (token, why, words) in [
        (
            "canary".repeat(200),
            Reason::TooLong,
            ": the token has more than 1000 bytes (max_token_bytes)",
        ),
        (
            long_header,
            Reason::TooLong,
            ": the header has more than 200 bytes (max_header_bytes)",
        ),
        (
            sign(&deep(header()), &claims()),
            Reason::Json,
            ": the header has more than 4 levels (max_depth)",
        ),
        (
            sign(&header(), &deep(claims())),
            Reason::Json,
            ": the payload has more than 4 levels (max_depth)",
        ),
    ] {
        assert_said(&knock(&layer, &token).await, why, words);
    }
    assert_eq!(knock(&layer, &token_with(json!({}))).await.status, 200);
}

#[tokio::test]
async fn a_segment_that_was_met_is_named() {
    let payload = claims().to_string();
    let good = token_with(json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, tag] = parts[..] else {
        panic!("three segments")
    };
    let raw = |head: &[u8], body: &[u8]| sign_raw(&KEY, head, body);
    let head_text = header().to_string();
    for (token, why, words) in [
        ("a.b".to_owned(), Reason::Form, ": it has fewer"),
        (format!("{good}.x"), Reason::Form, ": it has more"),
        (
            format!("{good}.x.y"),
            Reason::Form,
            ": it has five, as an encrypted token has",
        ),
        (
            format!("{head}+.{body}.{tag}"),
            Reason::Encoding,
            ": the header",
        ),
        (
            format!("{head}.{body}.{tag}="),
            Reason::Encoding,
            ": the signature is padded with =",
        ),
        (
            raw(b"\xff", payload.as_bytes()),
            Reason::Json,
            ": the header is not UTF-8",
        ),
        (
            raw(b"[]", payload.as_bytes()),
            Reason::Json,
            ": the header is no object",
        ),
        (
            raw(head_text.as_bytes(), b"\xff"),
            Reason::Json,
            ": the payload is not UTF-8",
        ),
        (
            raw(head_text.as_bytes(), b"[]"),
            Reason::Json,
            ": the payload is no object",
        ),
        (
            raw(head_text.as_bytes(), br#"{"a":1,"a":2}"#),
            Reason::Json,
            ": in the payload, a name stands twice in one object",
        ),
        (
            raw(head_text.as_bytes(), br#"{"a":1e999}"#),
            Reason::Json,
            ": in the payload, a number is out of range",
        ),
        (
            raw(b"{", payload.as_bytes()),
            Reason::Json,
            ": in the header, a syntax error",
        ),
    ] {
        assert_said(&knock(&layer(), &token).await, why, words);
    }
}

#[tokio::test]
async fn a_header_parameter_is_named() {
    let with = |changes: Value| sign(&changed(header(), changes), &claims());
    for (token, why, words) in [
        (
            with(json!({"alg": null})),
            Reason::Header,
            ": alg is missing",
        ),
        (
            with(json!({"alg": 1})),
            Reason::Header,
            ": alg has to be a string",
        ),
        (
            with(json!({"kid": 1})),
            Reason::Header,
            ": kid has to be a string",
        ),
        (
            with(json!({"typ": 1})),
            Reason::Header,
            ": typ has to be a string",
        ),
        (
            with(json!({"crit": ["exp"]})),
            Reason::Critical,
            ": crit lists what has to be understood",
        ),
        (
            with(json!({"b64": false})),
            Reason::Critical,
            ": b64 is not true",
        ),
        (
            with(json!({"cty": "JWT"})),
            Reason::Type,
            ": cty says that the payload is a token itself",
        ),
        (
            with(json!({"typ": "logout+jwt"})),
            Reason::Type,
            ": typ is none of an access token",
        ),
    ] {
        assert_said(&knock(&layer(), &token).await, why, words);
    }
    let strict = JwtLayer::new(verifier().token_type("JWS").build().unwrap());
    let absent = knock(&strict, &with(json!({}))).await;
    assert_said(&absent, Reason::Type, ": typ is missing");
    let (log, _guard) = Log::start();
    let other = knock(&strict, &with(json!({"typ": "canary+jwt"}))).await;
    assert_said(&other, Reason::Type, ": one name is accepted");
    assert!(log.text().contains(r#"expected="JWS""#), "{}", log.text());
    assert!(!log.text().contains("canary"), "{}", log.text());
}

#[tokio::test]
async fn it_is_told_what_about_an_algorithm_is_wrong() {
    let with = |name: &str| sign(&changed(header(), json!({"alg": name})), &claims());
    for (name, words) in [
        ("none", ": the token says that nobody signed it"),
        ("NONE", ": the token says that nobody signed it"),
        (
            "es256",
            ": a known one in another case: names of algorithms are compared as they are",
        ),
        ("ES256K", ": no algorithm of this name is known here"),
        ("", ": no algorithm of this name is known here"),
        (
            "RS256",
            ": of 1 key, 1 with this kid, none is for this algorithm",
        ),
    ] {
        assert_said(
            &knock(&layer(), &with(name)).await,
            Reason::Algorithm,
            words,
        );
    }
    let narrow = JwtLayer::new(
        verifier()
            .algorithms([Algorithm::ES256, Algorithm::Ed25519])
            .build()
            .unwrap(),
    );
    let (log, _guard) = Log::start();
    let refused = knock(&narrow, &with("RS256")).await;
    assert_said(
        &refused,
        Reason::Algorithm,
        ": it is known, and not allowed",
    );
    assert!(
        log.text().contains(r#"expected="ES256, Ed25519""#),
        "{}",
        log.text()
    );
}

fn secret(number: u8) -> VerifyingKey {
    VerifyingKey::hs256(
        (0..48_u8)
            .map(|place| place.wrapping_mul(37) ^ number)
            .collect::<Vec<u8>>(),
    )
    .unwrap()
}

#[tokio::test]
async fn keys_are_counted_and_those_left_untried_too() {
    let layer = |keys: Vec<VerifyingKey>| {
        let builder = Verifier::builder(keys).issuer(DESK).audience(ROOMS);
        JwtLayer::new(builder.with_clock(clock()).build().unwrap())
    };
    let token = |header: Value| {
        let message = format!(
            "{}.{}",
            base64url(header.to_string()),
            base64url(claims().to_string())
        );
        format!("{message}.{}", base64url([7; 32]))
    };
    let plain = token(json!({"alg": "HS256"}));
    let named = token(json!({"alg": "HS256", "kid": "a"}));
    let open = |number| (0..number).map(secret).collect::<Vec<_>>();
    let with_a = |mut keys: Vec<VerifyingKey>, key: VerifyingKey| {
        keys.push(key.with_key_id("a"));
        keys
    };
    let others = vec![secret(0).with_key_id("b"), secret(1).with_key_id("c")];
    for (keys, token, why, words) in [
        (open(1), &plain, Reason::Signature, ": of 1 key, 1 tried"),
        (open(4), &plain, Reason::Signature, ": of 4 keys, 4 tried"),
        (
            open(6),
            &plain,
            Reason::Signature,
            ": of 6 keys, 4 tried, and 2 more that fit left untried",
        ),
        (
            with_a(open(6), secret(9)),
            &named,
            Reason::Signature,
            ": of 7 keys, 1 with this kid, 4 tried, and 3 more that fit left untried",
        ),
        (
            open(2),
            &named,
            Reason::Signature,
            ": of 2 keys, none has this kid, 2 tried",
        ),
        (
            others,
            &named,
            Reason::UnknownKey,
            ": of 2 keys, none has this kid",
        ),
        (
            vec![KEY.verifying_key()],
            &plain,
            Reason::Algorithm,
            ": of 1 key, none is for this algorithm",
        ),
    ] {
        assert_said(&knock(&layer(keys), token).await, why, words);
    }
}

#[tokio::test]
async fn times_are_told_in_seconds_with_the_leeway() {
    let millis = ": more than a century ahead: it counts seconds, not milliseconds";
    for (changes, why, words) in [
        (
            json!({"exp": NOW - 3_600}),
            Reason::Expired,
            ": 3600 seconds ago, with a leeway of 60",
        ),
        (
            json!({"exp": NOW - 60}),
            Reason::Expired,
            ": 60 seconds ago, with a leeway of 60",
        ),
        (
            json!({"nbf": NOW + 61}),
            Reason::NotYetValid,
            ": 61 seconds ahead, with a leeway of 60",
        ),
        (
            json!({"iat": NOW + 300}),
            Reason::IssuedInTheFuture,
            ": 300 seconds ahead, with a leeway of 60",
        ),
        (json!({"nbf": NOW * 1000}), Reason::NotYetValid, millis),
        (
            json!({"iat": NOW * 1000}),
            Reason::IssuedInTheFuture,
            millis,
        ),
        (json!({"exp": NOW * 1000}), Reason::ExpiresTooLate, ""),
    ] {
        assert_said(&knock(&layer(), &token_with(changes)).await, why, words);
    }
    let answer = knock(&layer(), &token_with(json!({"exp": null}))).await;
    assert_said(&answer, Reason::MissingClaim, ": exp");
    let answer = knock(&layer(), &token_with(json!({"cnf": {"jkt": "x"}}))).await;
    assert_said(&answer, Reason::Binding, ": cnf");
}

#[tokio::test]
async fn an_issuer_and_an_audience_that_are_nearly_right_are_told_how_they_differ() {
    let slash = ": it differs from the expected one by a slash at the end only";
    let case = ": it differs from the expected one in upper and lower case only";
    let scheme = ": one of it and the expected one is http, the other https";
    let space = ": it differs from the expected one by white space around it only";
    for (issuer, words) in [
        ("https://desk.example/", slash),
        ("https://DESK.example", case),
        ("http://desk.example", scheme),
        ("https://desk.example ", space),
        ("https://evil.example", ": one name is accepted"),
        ("https://desk.example/realms/a", ": one name is accepted"),
    ] {
        let answer = knock(&layer(), &token_with(json!({"iss": issuer}))).await;
        assert_said(&answer, Reason::Issuer, words);
    }
    // Configured with a slash, the token without: the other way round is as common.
    let with_slash = Verifier::builder(KEY.verifying_key())
        .issuer("https://desk.example/")
        .issuer("https://other.example")
        .audience("api://rooms/")
        .with_clock(clock());
    let with_slash = JwtLayer::new(with_slash.build().unwrap());
    let (log, _guard) = Log::start();
    let answer = knock(&with_slash, &token_with(json!({}))).await;
    assert_said(&answer, Reason::Issuer, slash);
    let expected = r#"expected="https://desk.example/, https://other.example""#;
    assert!(log.text().contains(expected), "{}", log.text());

    for (audience, words) in [
        (json!("api://rooms"), slash),
        (json!(["https://canary.example", "api://rooms"]), slash),
        (json!("API://rooms/"), case),
        (json!(["https://canary.example"]), ": one name is accepted"),
        (json!([]), ": one name is accepted"),
    ] {
        let (log, _guard) = Log::start();
        let changes = json!({"iss": "https://desk.example/", "aud": audience});
        let answer = knock(&with_slash, &token_with(changes)).await;
        assert_said(&answer, Reason::Audience, words);
        assert!(
            log.text().contains(r#"expected="api://rooms/""#),
            "{}",
            log.text()
        );
        assert!(!log.text().contains("canary"), "{}", log.text());
        assert!(!answer.body.contains("api:"), "not for clients");
    }
}

#[tokio::test]
async fn of_several_trusts_the_nearest_issuer_is_told() {
    let trusts = [DESK, "https://spa.example/"].map(|issuer| {
        let trust = Trust::new(issuer, KEY.verifying_key());
        trust.audience(ROOMS)
    });
    let several = Verifier::trusting(trusts).with_clock(clock());
    let several = JwtLayer::new(several.build().unwrap());
    let (log, _guard) = Log::start();
    for (issuer, words) in [
        (
            "https://spa.example",
            ": it differs from the expected one by a slash at the end only",
        ),
        ("https://canary.example", ": 2 names are accepted"),
    ] {
        let answer = knock(&several, &token_with(json!({"iss": issuer}))).await;
        assert_said(&answer, Reason::Issuer, words);
    }
    let expected = r#"expected="https://desk.example, https://spa.example/""#;
    assert_eq!(log.text().matches(expected).count(), 2, "{}", log.text());
    assert!(!log.text().contains("canary"), "{}", log.text());
}

#[tokio::test]
async fn a_layer_that_explains_tells_the_part_and_not_what_was_expected() {
    let explains = layer().explain();
    let answer = knock(
        &explains,
        &token_with(json!({"iss": "https://desk.example/"})),
    )
    .await;
    assert_eq!(
        answer.json()["error_description"],
        "the iss claim names another issuer: it differs from the expected one by a slash at the end only"
    );
    assert!(!answer.body.contains("desk"));
}

#[derive(serde::Deserialize)]
struct Guest {}

#[tokio::test]
async fn the_log_names_the_rule_that_was_not_kept() {
    let either = rule::any([rule::scope("minibar:write"), rule::role("manager")]);
    let owner = rule::all([rule::subject("canary-ben"), rule::claim("tenant", "canary")]);
    for (guarded, said) in [
        (require_scope("rooms:read"), r#"scope("rooms:read")"#),
        (require_role("manager"), r#"role("manager")"#),
        (
            require(either),
            r#"any([scope("minibar:write"), role("manager")])"#,
        ),
        (require(owner), "all([subject, claim("),
        (
            require_claims(|_: &Guest, _| false),
            r#"claims("integration::refusals::Guest")"#,
        ),
    ] {
        let (log, _guard) = Log::start();
        let app = axum::Router::new()
            .route("/", axum::routing::get(async || "in").route_layer(guarded))
            .layer(layer());
        let answer = send(app, get_with("/", &token("a"))).await;
        assert_eq!(answer.status, 403, "{said}");
        let said = said.replace('"', "\\\"");
        assert!(
            log.text().contains(&format!("rule=\"{said}")),
            "{}",
            log.text()
        );
        assert!(!log.text().contains("canary"), "{}", log.text());
        assert!(!answer.body.contains("manager"));
    }
}

#[tokio::test]
async fn a_rule_made_of_what_a_client_sent_fills_no_log() {
    let handler = async |token: keycard::VerifiedToken| {
        let wanted = "x".repeat(100_000);
        token.require(rule::role(&wanted)).map(|()| "in")
    };
    let app = axum::Router::new()
        .route("/", axum::routing::get(handler))
        .layer(layer());
    let (log, _guard) = Log::start();
    let answer = send(app, get_with("/", &token("a"))).await;
    assert_eq!(answer.status, 403);
    assert!(log.text().contains("xxx..."), "{}", log.text().len());
    assert!(log.text().len() < 1_000, "{}", log.text().len());
}

#[test]
fn a_verifier_without_http_names_the_source_only_if_it_was_told() {
    use keycard::verify::{Credential, Source};

    let verifier = verifier().build().unwrap();
    let expired = token_with(json!({"exp": NOW - 100}));
    let (log, _guard) = Log::start();
    assert!(verifier.verify_now(&expired).is_err());
    assert!(log.text().contains("100 seconds ago"), "{}", log.text());
    assert!(!log.text().contains("source="), "{}", log.text());
    for (source, name) in [
        (Source::Custom("queue"), "queue"),
        (Source::Header, "header"),
        (Source::Cookie, "cookie"),
    ] {
        let (log, _guard) = Log::start();
        let credential = Credential::from(&expired).found_in(source);
        assert!(verifier.verify_now(credential).is_err());
        assert!(
            log.text().contains(&format!("source=\"{name}\"")),
            "{}",
            log.text()
        );
    }
}

#[tokio::test]
async fn keys_of_a_known_kid_and_another_algorithm_are_told_apart_from_unknown_ones() {
    let ed = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let keys = vec![KEY.verifying_key(), ed.verifying_key()];
    let builder = Verifier::builder(keys).issuer(DESK).audience(ROOMS);
    let layer = JwtLayer::new(builder.with_clock(clock()).build().unwrap());
    let kid = KEY.key_id().unwrap();
    let mixed = sign(&json!({"alg": "Ed25519", "kid": kid}), &claims());
    let answer = send(door(layer), get_with("/", &mixed)).await;
    assert_said(
        &answer,
        Reason::Algorithm,
        ": of 2 keys, 1 with this kid, none is for this algorithm",
    );
}

#[tokio::test]
async fn a_claim_that_is_null_is_told_from_one_that_is_not_there() {
    let text = "a string";
    let texts = "a string or an array of strings";
    for (claim, wanted) in [
        ("exp", "a number"),
        ("nbf", "a number"),
        ("iat", "a number"),
        ("iss", text),
        ("sub", text),
        ("jti", text),
        ("aud", texts),
    ] {
        let mut claims = claims();
        claims[claim] = Value::Null;
        let answer = knock(&layer(), &sign(&header(), &claims)).await;
        let words = format!(": {claim} has to be {wanted}, and is null");
        assert_said(&answer, Reason::ClaimType, &words);
    }
}

#[tokio::test]
async fn where_a_configured_claim_is_missing_the_log_says_what_was_expected() {
    let words = |claim: &str| format!(": {claim} is configured, and so has to be there");
    for (claim, expected) in [("iss", DESK), ("aud", ROOMS)] {
        let (log, _guard) = Log::start();
        let token = token_with(json!({claim: null}));
        let answer = knock(&layer(), &token).await;
        assert_said(&answer, Reason::MissingClaim, &words(claim));
        let field = format!("expected=\"{expected}\"");
        assert!(log.text().contains(&field), "{}", log.text());
        assert!(!answer.body.contains(expected));
    }
    let trusts = [DESK, "https://spa.example"].map(|issuer| {
        let trust = Trust::new(issuer, KEY.verifying_key());
        trust.audience(ROOMS)
    });
    let several = Verifier::trusting(trusts).with_clock(clock());
    let several = JwtLayer::new(several.build().unwrap());
    let (log, _guard) = Log::start();
    let answer = knock(&several, &token_with(json!({"iss": null}))).await;
    assert_said(&answer, Reason::MissingClaim, &words("iss"));
    let field = r#"expected="https://desk.example, https://spa.example""#;
    assert!(log.text().contains(field), "{}", log.text());
}
