//! Good tokens, no two alike.

use serde_json::{Map, Value, json};

use super::judges::Judge;
use crate::claims::{AUDIENCE, ISSUER};

/// Numbers that look random and are the same in every run (splitmix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        let length = u64::try_from(choices.len()).unwrap();
        choices[usize::try_from(self.next() % length).unwrap()].clone()
    }
}

/// Header and claims, before they are written and signed.
pub(super) struct Good {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

pub(super) fn good(judge: &Judge, random: &mut Random) -> Good {
    let now = judge.now;
    let subject = random.one_of(&[
        "anna",
        "Zo\u{eb}",
        "\u{1f511}",
        "a\"b\\c",
        "https://id.example/7",
    ]);
    let mut header = object(json!({"alg": judge.algorithm.name()}));
    if let Some(typ) = random.one_of(&[None, Some("JWT"), Some("at+jwt")]) {
        header.insert("typ".into(), typ.into());
    }
    if random.next().is_multiple_of(2) {
        header.insert("kid".into(), judge.key_id.clone().into());
    }
    let audience = random.one_of(&[json!(AUDIENCE), json!([AUDIENCE]), json!(["x", AUDIENCE])]);
    let mut claims = object(json!({
        "iss": ISSUER, "sub": subject, "aud": audience, "exp": now + 3_600, "iat": now - 60,
    }));
    for (name, value) in [
        ("nbf", json!(now - 60)),
        ("jti", json!(random.next().to_string())),
        ("scope", json!("rooms:read minibar:write")),
        ("room", json!(random.next() % 1_000)),
        ("price", json!(12.5)),
        ("guests", json!(["Anna", {"age": 7}, null, true])),
    ] {
        if random.next().is_multiple_of(2) {
            claims.insert(name.into(), value);
        }
    }
    Good { header, claims }
}
