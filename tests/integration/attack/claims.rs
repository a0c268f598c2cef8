//! Headers and payloads that were signed by the right key and are wrong all the same.

use keycard::JwtLayer;
use serde_json::{Value, json};

use super::cases::Expected::{In, InvalidToken, TooLargeForHttp2};
use super::cases::{Expected, check, check_tokens};
use crate::support::{KEY, NOW, changed, claims, header, sign, sign_raw, verifier};
use crate::wire::bearer;

type Case = (String, String, Expected);

/// A token with this text for a header.
fn with_header(text: &str, expected: Expected) -> Case {
    let shown = text.chars().take(100).collect();
    (shown, sign_raw(&KEY, text, claims().to_string()), expected)
}

/// A token whose payload is that of a good one, and this member.
fn with_member(member: &str, expected: Expected) -> Case {
    let payload = claims().to_string();
    let payload = format!("{{{member},{}", payload.strip_prefix('{').unwrap());
    let shown = member.chars().take(100).collect();
    (
        shown,
        sign_raw(&KEY, header().to_string(), payload),
        expected,
    )
}

#[tokio::test]
async fn crit_is_refused_in_every_form() {
    let mut cases: Vec<Case> = [
        json!(["exp"]),
        json!([]),
        json!([""]),
        json!(["b64"]),
        json!(["alg"]),
        json!([1]),
        json!([null]),
        json!(["exp", "exp"]),
        json!("exp"),
        json!({}),
        json!(0),
        json!(false),
    ]
    .into_iter()
    .map(|crit| {
        with_header(
            &changed(header(), json!({"crit": crit, "exp": 1})).to_string(),
            InvalidToken,
        )
    })
    .collect();
    for text in [
        r#"{"alg":"ES256","crit":null}"#,
        r#"{"alg":"ES256","\u0063rit":["exp"]}"#,
        r#"{"alg":"ES256","b64":false}"#,
        r#"{"alg":"ES256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"ES256","b64":null}"#,
        r#"{"alg":"ES256","b64":"false"}"#,
        r#"{"alg":"ES256","\u006264":false}"#,
    ] {
        cases.push(with_header(text, InvalidToken));
    }
    cases.push(with_header(r#"{"alg":"ES256","b64":true}"#, In));
    cases.push(with_header(r#"{"alg":"ES256","CRIT":["exp"]}"#, In));
    check_tokens(cases).await;
}

#[tokio::test]
async fn a_header_is_one_strict_object() {
    let nested = |levels: usize| {
        let value = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"alg":"ES256","x":{value}}}"#)
    };
    let members = |number: usize| {
        let members: Vec<String> = (0..number).map(|n| format!(r#","{n}":0"#)).collect();
        let members = members.concat();
        format!(r#"{{"alg":"ES256"{members}}}"#)
    };
    check_tokens(vec![
        with_header("", InvalidToken),
        with_header("null", InvalidToken),
        with_header(r#"["alg","ES256"]"#, InvalidToken),
        with_header(r#""ES256""#, InvalidToken),
        with_header(r#"{"alg":"ES256"}{}"#, InvalidToken),
        with_header("\u{feff}{\"alg\":\"ES256\"}", InvalidToken),
        with_header(r#"{"alg":"ES256",}"#, InvalidToken),
        with_header(r#"{alg:"ES256"}"#, InvalidToken),
        with_header("{'alg':'ES256'}", InvalidToken),
        with_header(r#"{"alg":"ES256"/**/}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","alg":"ES256"}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","\u0061lg":"none"}"#, InvalidToken),
        with_header(r#"{"alg":"none","alg":"ES256"}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","x":{"y":1,"y":2}}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","x":1e999}"#, InvalidToken),
        with_header(
            &format!(r#"{{"alg":"ES256","x":{}}}"#, "9".repeat(1_000)),
            InvalidToken,
        ),
        with_header(r#"{"alg":"ES256","x":1e308}"#, In),
        with_header(r#"{"alg":"ES256","x":"\ud800"}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","kid":7}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","kid":null}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","typ":["JWT"]}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","typ":"JWE"}"#, InvalidToken),
        with_header(r#"{"alg":"ES256","cty":"JWT"}"#, InvalidToken),
        with_header(&nested(31), In),
        with_header(&nested(32), InvalidToken),
        with_header(&nested(700), InvalidToken),
        with_header(&members(150), In),
        with_header(&members(10_000), TooLargeForHttp2(401)),
    ])
    .await;
}

#[tokio::test]
async fn ten_thousand_members_are_no_work_even_where_they_are_allowed() {
    let verifier = verifier()
        .max_token_bytes(400_000)
        .max_header_bytes(200_000);
    let layer = JwtLayer::new(verifier.build().unwrap());
    let members = |last: &str| {
        let members: Vec<String> = (0..10_000).map(|n| format!(r#""n{n}":0,"#)).collect();
        let members = members.concat();
        let header = format!(r#"{{"alg":"ES256",{members}{last}}}"#);
        vec![bearer(sign_raw(&KEY, header, claims().to_string()))]
    };
    // Beyond what HTTP/2 takes of a header list, so the answers differ; none takes long.
    let server = crate::wire::Server::start(layer).await;
    for (last, status) in [
        (r#""x":0"#, 200),
        (r#""n7":0"#, 401),
        (r#""\u006e7":0"#, 401),
    ] {
        let [one, two] = server.ask(&members(last)).await;
        assert_eq!(one.status(), Some(status), "{last}");
        assert!(matches!(two.status(), None | Some(431)));
    }
}

/// Every registered claim with a value of every type that it must not have.
#[tokio::test]
async fn registered_claims_of_other_types_are_refused() {
    let values = [
        json!(null),
        json!(true),
        json!({}),
        json!([]),
        json!([1]),
        json!("x"),
        json!(1),
    ];
    let mut cases = Vec::new();
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] {
        for value in &values {
            let fits = match name {
                "sub" | "jti" => value.is_string(),
                "nbf" | "iat" => value.is_number(),
                // There is no other issuer, audience or time that would do.
                _ => false,
            };
            let mut claims = claims();
            claims[name] = value.clone();
            let expected = if fits { In } else { InvalidToken };
            cases.push((
                format!("{name} {value}"),
                sign(&header(), &claims),
                expected,
            ));
        }
    }
    for aud in [
        json!(["x"]),
        json!([crate::support::ROOMS, 1]),
        json!([[crate::support::ROOMS]]),
    ] {
        let token = sign(&header(), &changed(claims(), json!({ "aud": aud })));
        cases.push((aud.to_string(), token, InvalidToken));
    }
    for missing in ["iss", "aud", "exp"] {
        let token = sign(
            &header(),
            &changed(claims(), json!({ missing: Value::Null })),
        );
        cases.push((format!("no {missing}"), token, InvalidToken));
    }
    check_tokens(cases).await;
}

#[tokio::test]
async fn times_of_any_size_are_compared_without_a_fault() {
    let mut cases = Vec::new();
    for (exp, lives) in [
        ("0", false),
        ("-1", false),
        ("-0", false),
        ("1e0", false),
        ("1e308", false),
        ("-1e308", false),
        ("9223372036854775807", false),
        ("9223372036854775808", false),
        ("18446744073709551616", false),
        ("1800000000000", false),
        ("4e9", true),
        ("4.9e9", true),
        ("-9223372036854775809", false),
        ("1e-400", false),
        ("1800000000.5", true),
        ("1799999939.9", false),
        ("1799999940.1", true),
        ("18e8", true),
    ] {
        let payload = changed(claims(), json!({"exp": null})).to_string();
        let payload = format!(r#"{{"exp":{exp},{}"#, payload.strip_prefix('{').unwrap());
        let token = sign_raw(&KEY, header().to_string(), payload);
        let expected = if lives { In } else { InvalidToken };
        cases.push((format!("exp {exp}"), token, expected));
    }
    assert_eq!(NOW, 1_800_000_000);
    cases.push(with_member(r#""nbf":-1e308"#, In));
    cases.push(with_member(r#""nbf":1e308"#, InvalidToken));
    cases.push(with_member(r#""nbf":"0""#, InvalidToken));
    check_tokens(cases).await;
}

#[tokio::test]
async fn a_payload_is_one_strict_object() {
    let deep = |levels: usize| format!(r#""x":{}{}"#, "[".repeat(levels), "]".repeat(levels));
    let wide: Vec<String> = (0..1_500).map(|n| format!(r#""{n:x}":0,"#)).collect();
    let wide = wide.concat();
    let mut cases = vec![
        with_member(r#""sub":"eve""#, InvalidToken),
        with_member(r#""\u0073ub":"eve""#, InvalidToken),
        with_member(r#""x":[{"a":1,"\u0061":2}]"#, InvalidToken),
        with_member(r#""x":1e309"#, InvalidToken),
        with_member(r#""x":1e308"#, In),
        with_member(r#""x":"\udfff""#, InvalidToken),
        with_member(&deep(31), In),
        with_member(&deep(32), InvalidToken),
        with_member(&deep(5_000), InvalidToken),
        with_member(r#""cnf":{"jkt":"x"}"#, InvalidToken),
        with_member(r#""cnf":null"#, InvalidToken),
        with_member(&format!(r#"{wide}"last":0"#), In),
        with_member(&format!(r#"{wide}"\u0030":0"#), InvalidToken),
    ];
    for payload in [
        "",
        "null",
        "[]",
        "\"x\"",
        "7",
        "{",
        "{}",
        "{}{}",
        "\u{feff}{}",
    ] {
        let token = sign_raw(&KEY, header().to_string(), payload);
        cases.push((payload.to_owned(), token, InvalidToken));
    }
    check_tokens(cases).await;
}

#[tokio::test]
async fn a_cookie_is_no_way_around_any_of_it() {
    let cookie = |token: String| {
        vec![crate::wire::field(
            "cookie",
            format!("__Host-session={token}"),
        )]
    };
    let good = sign(&header(), &claims());
    let expired = sign(&header(), &changed(claims(), json!({"exp": 1})));
    let critical = sign(&changed(header(), json!({"crit": ["exp"]})), &claims());
    let cases = vec![
        ("good".to_owned(), cookie(good.clone()), In),
        ("critical".to_owned(), cookie(critical), InvalidToken),
        (
            "spaces".to_owned(),
            cookie(good.replace('.', " .")),
            InvalidToken,
        ),
        (
            "twice".to_owned(),
            cookie(format!("{good}.{good}")),
            InvalidToken,
        ),
    ];
    check(crate::support::layer(), cases).await;
    let server = crate::wire::Server::start(crate::support::layer()).await;
    for reply in server.ask(&cookie(expired)).await {
        assert_eq!(reply.status(), Some(401));
    }
}
