//! Signatures in other forms, and none at all.

use super::cases::Expected::{In, InvalidToken};
use super::cases::check_tokens;
use crate::support::{KEY, base64url, claims, header, token};

/// The order of P-256 (SEC 2, section 2.4.2).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order less this number, both big-endian.
fn negated(number: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let pairs = ORDER.iter().zip(number).rev();
    let mut digits: Vec<u8> = pairs
        .map(|(order, digit)| {
            let difference = i16::from(*order) - i16::from(*digit) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    digits.reverse();
    digits
}

/// A number as DER has it: a zero before a high bit, and no other zeros in front.
fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let mut digits = number[zeros..].to_vec();
    if digits.first().is_none_or(|first| first & 0x80 != 0) {
        digits.insert(0, 0);
    }
    let length = u8::try_from(digits.len()).unwrap();
    [vec![2, length], digits].concat()
}

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let numbers = [integer(r), integer(s)].concat();
    let length = u8::try_from(numbers.len()).unwrap();
    [vec![0x30, length], numbers].concat()
}

#[tokio::test]
async fn a_signature_is_r_and_s_of_full_size_and_nothing_else() {
    let message = format!(
        "{}.{}",
        base64url(header().to_string()),
        base64url(claims().to_string())
    );
    let signature = KEY.sign(message.as_bytes()).unwrap();
    let (r, s) = signature.split_at(32);
    let (zero, one) = ([0; 32], [&[0; 31][..], &[1]].concat());
    let cases = [
        ("as it is", signature.clone(), In),
        // JWS knows no rule of the lower half: RFC 7518, section 3.4.
        ("s negated, which is as good", [r, &negated(s)].concat(), In),
        ("r negated", [&negated(r), s].concat(), InvalidToken),
        ("DER", der(r, s), InvalidToken),
        ("nothing", vec![], InvalidToken),
        ("zeros", vec![0; 64], InvalidToken),
        ("r zero", [&zero, s].concat(), InvalidToken),
        ("s zero", [r, &zero].concat(), InvalidToken),
        (
            "ones",
            [one.as_slice(), one.as_slice()].concat(),
            InvalidToken,
        ),
        ("the order", [ORDER, ORDER].concat(), InvalidToken),
        ("s and r", [s, r].concat(), InvalidToken),
        ("r alone", r.to_vec(), InvalidToken),
        ("one byte short", signature[..63].to_vec(), InvalidToken),
        (
            "one byte more",
            [&signature[..], &[0]].concat(),
            InvalidToken,
        ),
        (
            "a zero in front",
            [&[0], &signature[..]].concat(),
            InvalidToken,
        ),
        (
            "twice",
            [&signature[..], &signature[..]].concat(),
            InvalidToken,
        ),
        ("all ones", vec![0xff; 64], InvalidToken),
        ("8 kB", vec![0xff; 8_000], InvalidToken),
    ];
    let cases = cases.map(|(what, signature, expected)| {
        (
            what.to_owned(),
            format!("{message}.{}", base64url(signature)),
            expected,
        )
    });
    check_tokens(cases.into()).await;
}

#[tokio::test]
async fn the_signature_of_one_token_is_none_of_another() {
    let (one, other) = (token("a"), token("b"));
    let parts = |token: &str| -> Vec<String> { token.split('.').map(str::to_owned).collect() };
    let (one, other) = (parts(&one), parts(&other));
    let join = |parts: [&str; 3]| parts.join(".");
    let cases = vec![
        ("as it is", join([&one[0], &one[1], &one[2]]), In),
        (
            "another signature",
            join([&one[0], &one[1], &other[2]]),
            InvalidToken,
        ),
        (
            "another payload",
            join([&one[0], &other[1], &one[2]]),
            InvalidToken,
        ),
        (
            "header and payload swapped",
            join([&one[1], &one[0], &one[2]]),
            InvalidToken,
        ),
        (
            "payload and signature swapped",
            join([&one[0], &one[2], &one[1]]),
            InvalidToken,
        ),
        ("no payload", join([&one[0], "", &one[2]]), InvalidToken),
        ("no header", join(["", &one[1], &one[2]]), InvalidToken),
        (
            "in another alphabet",
            join([&one[0], &one[1], &one[2]])
                .replace('-', "+")
                .replace('_', "/")
                + "+",
            InvalidToken,
        ),
    ];
    let cases = cases
        .into_iter()
        .map(|(what, token, expected)| (what.to_owned(), token, expected));
    check_tokens(cases.collect()).await;
}
