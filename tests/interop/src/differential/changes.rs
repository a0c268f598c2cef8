//! What is done to a good token, and whether it still is one.

use serde_json::{Value, json};

use super::generator::Good;
use super::judges::{Judge, base64url};
use super::signatures;
use crate::claims::{AUDIENCE, ISSUER};

type Apply = Box<dyn Fn(&Judge, Good) -> String>;

/// A change of a segment or of a whole token.
type Write = fn(&str) -> String;

pub(super) struct Change {
    pub(super) name: String,
    pub(super) accepted: bool,
    apply: Apply,
}

impl Change {
    pub(super) fn apply(&self, judge: &Judge, good: Good) -> String {
        (self.apply)(judge, good)
    }
}

pub(super) fn change(
    name: impl Into<String>,
    accepted: bool,
    apply: impl Fn(&Judge, Good) -> String + 'static,
) -> Change {
    Change {
        name: name.into(),
        accepted,
        apply: Box::new(apply),
    }
}

/// Signs two segments as they are.
fn sign(judge: &Judge, header: &str, payload: &str) -> String {
    let message = format!("{header}.{payload}");
    let signature = judge.key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", base64url(signature))
}

fn sign_bytes(judge: &Judge, header: &[u8], payload: &[u8]) -> String {
    sign(judge, &base64url(header), &base64url(payload))
}

pub(super) fn text(members: &serde_json::Map<String, Value>) -> String {
    serde_json::to_string(members).unwrap()
}

pub(super) fn changes(judge: &Judge) -> Vec<Change> {
    let mut changes = vec![change("none", true, |judge, good| {
        sign_bytes(
            judge,
            text(&good.header).as_bytes(),
            text(&good.claims).as_bytes(),
        )
    })];
    changes.extend(headers());
    changes.extend(claims());
    changes.extend(payloads());
    changes.extend(encodings());
    changes.extend(signatures::changes(judge));
    changes
}

/// Headers, with the algorithm in place of `$`.
fn headers() -> impl Iterator<Item = Change> {
    let deep = format!(r#"{{"alg":"$","x":{}{}}}"#, "[".repeat(32), "]".repeat(32));
    let texts = [
        (
            "typ of another kind",
            r#"{"alg":"$","typ":"logout+jwt"}"#,
            false,
        ),
        ("typ a number", r#"{"alg":"$","typ":7}"#, false),
        ("cty JWT", r#"{"alg":"$","cty":"JWT"}"#, false),
        ("crit exp", r#"{"alg":"$","crit":["exp"],"exp":1}"#, false),
        ("crit unknown", r#"{"alg":"$","crit":["x"],"x":1}"#, false),
        ("crit empty", r#"{"alg":"$","crit":[]}"#, false),
        ("crit a text", r#"{"alg":"$","crit":"exp"}"#, false),
        ("crit null", r#"{"alg":"$","crit":null}"#, false),
        ("b64 false", r#"{"alg":"$","b64":false}"#, false),
        (
            "b64 critical",
            r#"{"alg":"$","b64":false,"crit":["b64"]}"#,
            false,
        ),
        ("jwk a number", r#"{"alg":"$","jwk":7}"#, true),
        (
            "jku a URL",
            r#"{"alg":"$","jku":"https://evil.example"}"#,
            true,
        ),
        ("jku a list", r#"{"alg":"$","jku":["x"]}"#, true),
        (
            "x5u a URL",
            r#"{"alg":"$","x5u":"https://evil.example"}"#,
            true,
        ),
        ("x5c a text", r#"{"alg":"$","x5c":"x"}"#, true),
        ("unknown member", r#"{"alg":"$","x":{"y":[1,null]}}"#, true),
        ("alg twice", r#"{"alg":"$","alg":"$"}"#, false),
        ("alg twice, escaped", r#"{"alg":"$","\u0061lg":"$"}"#, false),
        ("unknown member twice", r#"{"alg":"$","x":1,"x":2}"#, false),
        ("alg escaped", r#"{"\u0061lg":"$"}"#, true),
        ("alg missing", r#"{"typ":"JWT"}"#, false),
        ("alg null", r#"{"alg":null}"#, false),
        ("alg a list", r#"{"alg":["$"]}"#, false),
        ("alg none", r#"{"alg":"none"}"#, false),
        ("alg None", r#"{"alg":"None"}"#, false),
        ("alg with a space", r#"{"alg":"$ "}"#, false),
        ("alg of another key", r#"{"alg":"ES384"}"#, false),
        ("kid a number", r#"{"alg":"$","kid":7}"#, false),
        ("kid of another key", r#"{"alg":"$","kid":"other"}"#, false),
        ("header a list", r#"["alg","$"]"#, false),
        ("header empty", "", false),
        ("header BOM", "\u{feff}{\"alg\":\"$\"}", false),
        ("header and more", r#"{"alg":"$"}{}"#, false),
        ("header with spaces", " { \"alg\" : \"$\" } ", true),
        ("header out of range", r#"{"alg":"$","x":1e999}"#, false),
        ("header surrogate", r#"{"alg":"$","x":"\ud800"}"#, false),
        ("header deep", &deep, false),
    ];
    let texts = texts.map(|(name, text, accepted)| {
        let text = text.to_owned();
        change(name, accepted, move |judge, good| {
            let header = text.replace('$', judge.algorithm.name());
            sign_bytes(
                judge,
                header.as_bytes(),
                self::text(&good.claims).as_bytes(),
            )
        })
    });
    texts
        .into_iter()
        .chain([change("header not UTF-8", false, |judge, good| {
            let header = format!(r#"{{"alg":"{}","x":"?"}}"#, judge.algorithm);
            let header = with_byte(&header, 0xff);
            sign_bytes(judge, &header, text(&good.claims).as_bytes())
        })])
}

/// Puts a byte in place of the question mark.
fn with_byte(text: &str, byte: u8) -> Vec<u8> {
    text.bytes()
        .map(|old| if old == b'?' { byte } else { old })
        .collect()
}

/// Claims with other values, and without some.
fn claims() -> Vec<Change> {
    let mut changes = Vec::new();
    let values = [
        json!(null),
        json!(true),
        json!({}),
        json!([]),
        json!([1]),
        json!("x"),
        json!(1),
    ];
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] {
        for value in values.clone() {
            let accepted = match name {
                "sub" | "jti" => value.is_string(),
                "nbf" | "iat" => value.is_number(),
                _ => false,
            };
            changes.push(with_claim(name, value, accepted));
        }
    }
    for (name, value, accepted) in [
        ("aud", json!(["x", "y"]), false),
        ("aud", json!([AUDIENCE, 1]), false),
        ("aud", json!([[AUDIENCE]]), false),
        ("iss", json!([ISSUER]), false),
        ("exp", json!(9e18), false),
        ("exp", json!(1e300), false),
        ("exp", json!(-1), false),
        ("cnf", json!({"jkt": "x"}), false),
        ("cnf", json!(null), false),
    ] {
        changes.push(with_claim(name, value, accepted));
    }
    for name in ["iss", "aud", "exp"] {
        changes.push(change(
            format!("{name} missing"),
            false,
            move |judge, mut good| {
                good.claims.remove(name);
                sign_bytes(
                    judge,
                    text(&good.header).as_bytes(),
                    text(&good.claims).as_bytes(),
                )
            },
        ));
    }
    for (what, name, seconds, accepted) in [
        ("exp an hour ago", "exp", -3_600, false),
        ("nbf in two hours", "nbf", 7_200, false),
        ("iat in two hours", "iat", 7_200, false),
    ] {
        changes.push(change(what, accepted, move |judge, mut good| {
            good.claims.insert(name.into(), json!(judge.now + seconds));
            sign_bytes(
                judge,
                text(&good.header).as_bytes(),
                text(&good.claims).as_bytes(),
            )
        }));
    }
    changes
}

fn with_claim(name: &'static str, value: Value, accepted: bool) -> Change {
    change(
        format!("{name} = {value}"),
        accepted,
        move |judge, mut good| {
            good.claims.insert(name.into(), value.clone());
            sign_bytes(
                judge,
                text(&good.header).as_bytes(),
                text(&good.claims).as_bytes(),
            )
        },
    )
}

/// Payloads, with the members of a good one in place of `$`.
fn payloads() -> impl Iterator<Item = Change> {
    let deep = format!(r#"{{"x":{}{},$}}"#, "[".repeat(32), "]".repeat(32));
    let texts = [
        ("sub twice", r#"{"sub":"eve",$}"#, false),
        ("sub twice, escaped", r#"{"\u0073ub":"eve",$}"#, false),
        ("own claim twice", r#"{"x":1,"x":2,$}"#, false),
        ("inner claim twice", r#"{"x":{"y":1,"y":2},$}"#, false),
        ("payload out of range", r#"{"x":1e999,$}"#, false),
        ("payload surrogate", r#"{"x":"\udc00",$}"#, false),
        ("payload deep", &deep, false),
        ("payload BOM", "\u{feff}{$}", false),
        ("payload and more", "{$}{}", false),
        ("payload comma", "{$,}", false),
        ("payload comment", "{$/**/}", false),
        ("payload with spaces", "\n{ $ }\t", true),
        ("payload a list", "[{$}]", false),
        ("payload null", "null", false),
        ("payload empty", "", false),
    ];
    let texts = texts.map(|(name, template, accepted)| {
        let template = template.to_owned();
        change(name, accepted, move |judge, good| {
            let claims = text(&good.claims);
            let members = claims.trim_matches(['{', '}']);
            // Only the outermost braces go; what ends with another object keeps its own.
            let members = if claims.ends_with("}}") {
                &claims[1..claims.len() - 1]
            } else {
                members
            };
            let payload = template.replace('$', members);
            sign_bytes(judge, text(&good.header).as_bytes(), payload.as_bytes())
        })
    });
    texts
        .into_iter()
        .chain([change("payload not UTF-8", false, |judge, mut good| {
            good.claims.insert("sub".into(), "?".into());
            let payload = with_byte(&text(&good.claims), 0xff);
            sign_bytes(judge, text(&good.header).as_bytes(), &payload)
        })])
}

/// Segments that are written in another way, and signed like that.
fn encodings() -> impl Iterator<Item = Change> {
    let segments: [(&str, Write); 6] = [
        ("padded", |segment| segment.to_owned() + "="),
        ("padded twice", |segment| segment.to_owned() + "=="),
        ("with a space", |segment| segment.to_owned() + " "),
        ("with a line end", |segment| segment.to_owned() + "\n"),
        ("with a plus", |segment| segment.to_owned() + "+A=="),
        ("with stray bits", |segment| {
            // One byte more in two characters, the second of which has bits that mean nothing.
            let whole = segment.len() / 4 * 4;
            segment[..whole].to_owned() + "IH"
        }),
    ];
    let signed = segments.into_iter().flat_map(|(name, write)| {
        [true, false].map(|of_header| {
            let part = if of_header { "header" } else { "payload" };
            change(format!("{part} {name}"), false, move |judge, good| {
                let (header, payload) =
                    (base64url(text(&good.header)), base64url(text(&good.claims)));
                if of_header {
                    sign(judge, &write(&header), &payload)
                } else {
                    sign(judge, &header, &write(&payload))
                }
            })
        })
    });
    let whole: [(&str, Write); 9] = [
        ("token padded", |token| format!("{token}=")),
        ("token after a space", |token| format!(" {token}")),
        ("token before a space", |token| format!("{token} ")),
        ("token before a line end", |token| format!("{token}\n")),
        ("token in quotes", |token| format!("\"{token}\"")),
        ("one segment", |token| token.replace('.', "")),
        ("two segments", |token| {
            token.rsplit_once('.').unwrap().0.to_owned()
        }),
        ("four segments", |token| format!("{token}.e30")),
        ("an empty segment in front", |token| format!(".{token}")),
    ];
    signed.chain(whole.into_iter().map(|(name, write)| {
        change(name, false, move |judge, good| {
            let (header, payload) = (text(&good.header), text(&good.claims));
            write(&sign_bytes(judge, header.as_bytes(), payload.as_bytes()))
        })
    }))
}
