//! Signatures that are none, and one that is another of the same.

use keycard::{Algorithm, SigningKey};

use super::changes::{Change, change, text};
use super::judges::{Judge, base64url};

fn with_signature(
    name: &str,
    accepted: bool,
    change_it: impl Fn(&Judge, &str, Vec<u8>) -> Vec<u8> + 'static,
) -> Change {
    change(name, accepted, move |judge, good| {
        let message = format!(
            "{}.{}",
            base64url(text(&good.header)),
            base64url(text(&good.claims))
        );
        let signature = judge.key.sign(message.as_bytes()).unwrap();
        let changed = change_it(judge, &message, signature);
        format!("{message}.{}", base64url(changed))
    })
}

pub(super) fn changes(judge: &Judge) -> Vec<Change> {
    let mut changes = vec![
        with_signature(
            "signature with a bit changed",
            false,
            |_, _, mut signature| {
                signature[7] ^= 4;
                signature
            },
        ),
        with_signature("signature cut off", false, |_, _, mut signature| {
            signature.pop();
            signature
        }),
        with_signature("signature and more", false, |_, _, mut signature| {
            signature.push(0);
            signature
        }),
        with_signature("signature of zeros", false, |_, _, signature| {
            vec![0; signature.len()]
        }),
        with_signature("signature empty", false, |_, _, _| Vec::new()),
        with_signature("signature of another key", false, |judge, message, _| {
            let other = SigningKey::generate(judge.algorithm).unwrap();
            other.sign(message.as_bytes()).unwrap()
        }),
    ];
    if judge.algorithm == Algorithm::ES256 {
        changes.push(with_signature(
            "signature with s negated",
            true,
            |_, _, signature| {
                let (r, s) = signature.split_at(32);
                [r, &negated(s)].concat()
            },
        ));
        changes.push(with_signature(
            "signature in DER",
            false,
            |_, _, signature| {
                let (r, s) = signature.split_at(32);
                let number = |n: &[u8]| [&[2, 33, 0][..], n].concat();
                [vec![0x30, 70], number(r), number(s)].concat()
            },
        ));
    }
    changes
}

/// The order of P-256 less this number.
fn negated(number: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut borrow = 0;
    let pairs = ORDER.iter().zip(number).rev();
    let digits = pairs.map(|(order, digit)| {
        let difference = i16::from(*order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        u8::try_from(difference.rem_euclid(256)).unwrap()
    });
    let mut digits: Vec<u8> = digits.collect();
    digits.reverse();
    digits
}
