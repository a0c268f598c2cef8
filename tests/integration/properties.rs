//! What holds for every token, tried on many.

mod logins;
mod scopes;
mod times;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use keycard::{Algorithm, Issuer, SigningKey, Verifier};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::support::{DESK, ROOMS};

/// A failure shows its input, and nothing is written to disk.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// One for each algorithm, because RSA keys take their time.
static ISSUERS: LazyLock<Vec<Issuer>> = LazyLock::new(|| {
    Algorithm::ALL
        .map(|algorithm| {
            Issuer::builder(SigningKey::generate(algorithm).unwrap())
                .issuer(DESK)
                .audience(ROOMS)
                .build()
                .unwrap()
        })
        .into()
});

fn issuer_of(algorithm: Algorithm) -> &'static Issuer {
    let position = Algorithm::ALL.iter().position(|known| *known == algorithm);
    &ISSUERS[position.unwrap()]
}

fn accepts(verifier: &Verifier, token: &[u8]) -> bool {
    verifier.verify_now(token).is_ok()
}

fn claim() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Claims whose names are those of no registered claim.
fn claims() -> impl Strategy<Value = BTreeMap<String, Value>> {
    btree_map("x(?s:.){0,8}", claim(), 0..5)
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn what_an_issuer_signs_its_verifier_accepts_and_reads_back(
        subject in "(?s:.){1,24}",
        scopes in vec(r"[!#-\[\]-~]{1,8}", 0..5),
        claims in claims(),
    ) {
        for (issuer, algorithm) in ISSUERS.iter().zip(Algorithm::ALL) {
            let token = issuer.token(&subject).scope(scopes.join(" ")).claims(&claims);
            let signed = token.sign().unwrap();
            let verified = issuer.verifier().verify_now(&signed);
            let verified = verified.unwrap();
            prop_assert_eq!(verified.algorithm(), algorithm);
            prop_assert_eq!(verified.subject(), Some(subject.as_str().into()));
            prop_assert!(verified.scopes().eq(scopes.iter().map(String::as_str)));
            let read: BTreeMap<String, Value> = verified.claims().unwrap();
            for (name, value) in &claims {
                prop_assert_eq!(read.get(name), Some(value));
            }
        }
    }
}

proptest! {
    #![proptest_config(config(1_000))]

    #[test]
    fn no_algorithm_lets_a_byte_be_changed(
        algorithm in select(Algorithm::ALL.as_slice()), place in any::<Index>(), byte in any::<u8>(),
    ) {
        static TOKENS: LazyLock<Vec<String>> = LazyLock::new(|| {
            let sign = |issuer: &Issuer| issuer.token("anna").sign().unwrap().as_str().to_owned();
            ISSUERS.iter().map(sign).collect()
        });
        let position = Algorithm::ALL.iter().position(|known| *known == algorithm).unwrap();
        let mut token = TOKENS[position].clone().into_bytes();
        let place = place.index(token.len());
        let same = token[place] == byte;
        token[place] = byte;
        prop_assert_eq!(accepts(&ISSUERS[position].verifier(), &token), same);
    }
}

/// A token, how its verifier takes it, and all that differ from it by one edit.
fn each_edit(algorithm: Algorithm, bytes: &[u8], edit: impl Fn(&mut Vec<u8>, usize, u8)) {
    let issuer = issuer_of(algorithm);
    let signed = issuer.token("anna").scope("minibar:read").sign().unwrap();
    let original = signed.as_str().as_bytes();
    let verifier = issuer.verifier();
    assert!(accepts(&verifier, original));
    for place in 0..original.len() {
        for byte in bytes {
            let mut token = original.to_vec();
            edit(&mut token, place, *byte);
            // Only what is the same text again can be good.
            let same = token == original;
            assert_eq!(accepts(&verifier, &token), same, "{place} {byte}");
        }
    }
}

#[test]
fn no_byte_can_be_replaced_by_any_other() {
    let every_byte: Vec<u8> = (0..=255).collect();
    each_edit(Algorithm::HS256, &every_byte, |token, place, byte| {
        token[place] = byte;
    });
    let some_bytes = b"AQgw_-.=+/ \n\0";
    each_edit(Algorithm::ES256, some_bytes, |token, place, byte| {
        token[place] = byte;
    });
}

#[test]
fn no_bit_can_be_flipped() {
    let bits: Vec<u8> = (0..8).map(|bit| 1 << bit).collect();
    for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::EdDSA] {
        each_edit(algorithm, &bits, |token, place, bit| token[place] ^= bit);
    }
}

#[test]
fn no_byte_can_be_added_or_taken_out_and_no_end_cut_off() {
    for algorithm in [Algorithm::HS256, Algorithm::ES256] {
        each_edit(algorithm, b"A_.= \n\0", |token, place, byte| {
            token.insert(place, byte);
        });
        each_edit(algorithm, b"A.=\n", |token, _, byte| token.push(byte));
        each_edit(algorithm, b"-", |token, place, _| {
            token.remove(place);
        });
        each_edit(algorithm, b"-", |token, place, _| token.truncate(place));
    }
}

#[test]
fn no_verifier_accepts_the_tokens_of_another() {
    let tokens = ISSUERS
        .iter()
        .map(|issuer| issuer.token("anna").sign().unwrap());
    for (signer, token) in tokens.enumerate() {
        for (position, issuer) in ISSUERS.iter().enumerate() {
            let accepted = accepts(&issuer.verifier(), token.as_str().as_bytes());
            assert_eq!(accepted, signer == position, "{signer} {position}");
        }
    }
}
