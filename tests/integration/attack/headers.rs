//! Lines of a request that are not as they should be, and tokens that are none.

use super::cases::Expected::{
    In, InvalidRequest, InvalidToken, NoToken, NotHttp, TooLarge, TooLargeForHttp2,
};
use super::cases::{Expected, check};
use crate::support::{layer, token};
use crate::wire::{Field, bearer, field};

fn authorization(value: impl AsRef<[u8]>) -> Vec<Field> {
    vec![field("authorization", value)]
}

#[tokio::test]
async fn an_authorization_line_has_one_token_of_its_grammar() {
    let good = token("a");
    let line = |text: &str| authorization(text.replace('$', &good));
    let mut cases: Vec<(String, Vec<Field>, Expected)> = [
        ("Bearer $", In),
        ("bEARER $", In),
        ("Bearer   $", In),
        ("Bearer", InvalidRequest),
        ("Bearer\t$", InvalidRequest),
        ("Bearer \t$", InvalidRequest),
        ("Bearer $ $", InvalidRequest),
        ("Bearer $,$", InvalidRequest),
        ("Bearer $, Basic YTpi", InvalidRequest),
        ("Bearer \"$\"", InvalidRequest),
        ("Bearer '$'", InvalidRequest),
        ("Bearer <$>", InvalidRequest),
        ("Bearer token=$", InvalidRequest),
        ("Bearer=$", InvalidRequest),
        ("Bearer:$", InvalidRequest),
        ("Bearer, $", InvalidRequest),
        ("Bearer %20$", InvalidRequest),
        ("Bearer =", InvalidRequest),
        ("Bearer $=", InvalidToken),
        ("Bearer null", InvalidToken),
        ("Basic $", NoToken),
        ("Basic YTpi, Bearer $", NoToken),
        ("DPoP $", NoToken),
        ("Bearer2 $", NoToken),
        ("$", NoToken),
        ("", NoToken),
    ]
    .into_iter()
    .map(|(text, expected)| (text.to_owned(), line(text), expected))
    .collect();
    for (what, bytes, expected) in [
        ("not UTF-8", &b"\xff\xfe"[..], InvalidRequest),
        ("Latin-1", b"\xe9", InvalidRequest),
        ("UTF-8", "é".as_bytes(), InvalidRequest),
        ("DEL", b"\x7f", NotHttp),
        ("NUL", b"\0", NotHttp),
        ("a bell", b"\x07", NotHttp),
    ] {
        let fields = authorization([b"Bearer ", good.as_bytes(), bytes].concat());
        cases.push((what.to_owned(), fields, expected));
    }
    check(layer(), cases).await;
}

#[tokio::test]
async fn two_authorization_lines_are_malformed_whatever_they_say() {
    let good = token("a");
    let two = |one: &str, other: &str| {
        let lines = [one, other].map(|line| field("authorization", line.replace('$', &good)));
        (format!("{one} and {other}"), lines.to_vec(), InvalidRequest)
    };
    let mut cases = vec![
        two("Bearer $", "Bearer $"),
        two("Bearer $", "Basic YTpi"),
        two("Basic YTpi", "Bearer $"),
        two("", "Bearer $"),
        two("Bearer $", ""),
        two("Basic YTpi", "Basic YTpi"),
    ];
    let many = vec![bearer(&good); 20];
    cases.push(("twenty".to_owned(), many, InvalidRequest));
    check(layer(), cases).await;
}

#[tokio::test]
async fn what_is_too_long_is_refused_by_whoever_sees_it_first() {
    let long = |bytes: usize| authorization(format!("Bearer {}", "a".repeat(bytes)));
    let cases = vec![
        ("15 kB".into(), long(15_000), InvalidToken),
        ("300 kB".into(), long(300_000), TooLargeForHttp2(401)),
        ("1 MB".into(), long(1_000_000), TooLarge),
        (
            "1 MB of cookies".into(),
            vec![field("cookie", "a=b; ".repeat(200_000))],
            TooLarge,
        ),
        (
            "300 kB of a cookie's name".into(),
            vec![field("cookie", "__Host-session=".repeat(20_000))],
            TooLargeForHttp2(400),
        ),
        (
            "300 kB of accepted types".into(),
            vec![field("accept", "text/htm".repeat(37_500))],
            TooLargeForHttp2(401),
        ),
        (
            "99 cookies".into(),
            vec![field("cookie", "a=b; ".repeat(99))],
            NoToken,
        ),
    ];
    check(layer(), cases).await;
}

#[tokio::test]
async fn a_token_has_two_dots() {
    let dots = |number: usize| {
        let segments = vec!["e30"; number + 1].join(".");
        (
            format!("{number} dots"),
            vec![bearer(segments)],
            InvalidToken,
        )
    };
    let mut cases: Vec<_> = [0, 1, 2, 3, 4, 5, 4_000].into_iter().map(dots).collect();
    let (what, fields, _) = dots(100_000);
    cases.push((what, fields, TooLargeForHttp2(401)));
    for alone in [".", "..", "...", "a..", "..a", ".a."] {
        cases.push((alone.to_owned(), vec![bearer(alone)], InvalidToken));
    }
    check(layer(), cases).await;
}

#[tokio::test]
async fn a_bad_token_in_one_place_is_not_rescued_by_a_good_one_in_another() {
    let good = token("a");
    let cookie = |value: &str| field("cookie", format!("__Host-session={value}"));
    let cases = vec![
        (
            "bad header".into(),
            vec![bearer("x"), cookie(&good)],
            InvalidToken,
        ),
        (
            "malformed header".into(),
            vec![bearer(""), cookie(&good)],
            InvalidRequest,
        ),
        (
            "other scheme".into(),
            vec![field("authorization", "Basic YTpi"), cookie(&good)],
            In,
        ),
        (
            "two cookies".into(),
            vec![cookie(&good), cookie(&good)],
            InvalidRequest,
        ),
        ("bad cookie".into(), vec![cookie("x")], InvalidToken),
        ("NUL in a cookie".into(), vec![cookie("x\0")], NotHttp),
        (
            "quotes".into(),
            vec![cookie(&format!("\"{good}\""))],
            InvalidToken,
        ),
    ];
    check(layer(), cases).await;
}
