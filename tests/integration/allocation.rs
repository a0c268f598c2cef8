//! What a verification takes from the heap: what it keeps, and nothing else.

use allocation_counter::{AllocationInfo, measure};
use keycard::verify::Reason;
use keycard::{Algorithm, Issuer, SigningKey, Verifier, VerifyingKey};
use serde_json::json;

use crate::support::{DESK, ROOMS, clock};

struct Case {
    verifier: Verifier,
    token: String,
    payload: usize,
}

fn case(algorithm: Algorithm) -> Case {
    let key = SigningKey::generate(algorithm).unwrap();
    let public: VerifyingKey = key.verifying_key();
    let issuer = Issuer::builder(key)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock())
        .build()
        .unwrap();
    let verifier = Verifier::builder(public)
        .algorithms([algorithm])
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock());
    let profile = json!({"name": "Anna", "room": 7, "tags": ["a", "b"], "more": {"x": 1.5}});
    let signed = issuer
        .token("anna")
        .scope("a b")
        .claims(&profile)
        .sign()
        .unwrap();
    let token = signed.as_str().to_owned();
    let payload = token.split('.').nth(1).unwrap().len() * 3 / 4;
    Case {
        verifier: verifier.build().unwrap(),
        token,
        payload,
    }
}

fn count(work: impl FnMut()) -> AllocationInfo {
    let mut work = work;
    // The first time may fill what lasts as long as the thread.
    work();
    measure(work)
}

#[test]
fn a_good_token_costs_three_allocations_all_of_them_kept() {
    for algorithm in Algorithm::ALL {
        let Case {
            verifier,
            token,
            payload,
        } = case(algorithm);
        let mut kept = None;
        let first = verifier.verify_now(&token);
        assert!(first.is_ok(), "{algorithm}");
        let info = measure(|| {
            kept = Some(verifier.verify_now(&token));
        });
        // The token and its payload, the nodes, and what holds both together.
        assert_eq!(info.count_total, 3, "{algorithm}");
        assert_eq!(info.count_current, 3, "{algorithm}");
        assert_eq!(
            info.bytes_max,
            u64::try_from(info.bytes_current).unwrap(),
            "{algorithm}"
        );
        let kept = kept.unwrap().unwrap();
        assert_eq!(kept.payload().len(), payload, "no room to spare");
        assert_eq!(kept.text(), token, "in the same piece of memory");
    }
}

#[test]
fn a_token_with_a_bad_signature_costs_none() {
    for algorithm in Algorithm::ALL {
        let Case {
            verifier, token, ..
        } = case(algorithm);
        let dot = token.rfind('.').unwrap();
        let first = if token.as_bytes()[dot + 1] == b'A' {
            "B"
        } else {
            "A"
        };
        let bad = format!("{}{first}{}", &token[..=dot], &token[dot + 2..]);
        let info = count(|| {
            let refused = verifier.verify_now(&bad);
            assert_eq!(
                refused.unwrap_err(),
                keycard::verify::VerifyError::Refused(Reason::Signature)
            );
        });
        assert_eq!(info.count_total, 0, "{algorithm}");
    }
}

#[test]
fn scopes_are_read_where_they_stand() {
    let Case {
        verifier, token, ..
    } = case(Algorithm::HS256);
    let token = verifier.verify_now(&token).unwrap();
    let rule = keycard::rule::all(["a", "b"]);
    let info = count(|| {
        assert!(token.has_scope("a") && token.has_scope("b") && !token.has_scope("c"));
        assert!(rule.check(&token).is_ok());
        assert_eq!(token.subject().as_deref(), Some("anna"));
    });
    assert_eq!(info.count_total, 0);
}
