//! Claims: each rule for the payload, a refused case and its nearest twin.

use std::slice::from_ref;
use std::time::Duration;

use keycard::claims::RegisteredClaims;
use keycard::verify::Reason;
use keycard::{ConfigError, JwtLayer, Rejection, Trust, Verifier, rule};
use serde_json::{Value, json};

use crate::support::{
    DESK, KEY, NOW, ROOMS, assert_in, assert_refused, changed, claims, clock, header, knock, layer,
    reason, sign_raw, token_with, verifier,
};

async fn in_and_out(layer: &JwtLayer, good: &[Value], bad: &[Value], why: Reason) {
    for good in good {
        assert_in(
            &knock(layer, &token_with(good.clone())).await,
            &good.to_string(),
        );
    }
    for bad in bad {
        let answer = knock(layer, &token_with(bad.clone())).await;
        assert_refused(&answer, why, &bad.to_string());
    }
}

#[tokio::test]
async fn a_token_expires_to_the_second() {
    let lasting = [
        json!({"exp": NOW - 59}),
        json!({"exp": NOW as f64 - 59.5}),
        json!({"exp": NOW + 900_000}),
    ];
    for good in lasting {
        assert_in(
            &knock(&layer(), &token_with(good.clone())).await,
            &good.to_string(),
        );
    }
    let over = [
        json!({"exp": NOW - 60}),
        json!({"exp": NOW as f64 - 60.5}),
        json!({"exp": -1e300}),
        json!({"exp": 0}),
    ];
    for bad in over {
        let answer = knock(&layer(), &token_with(bad.clone())).await;
        assert_eq!(
            crate::support::reason(&answer),
            Some(Reason::Expired),
            "{bad}"
        );
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.challenge.as_deref(),
            Some(r#"Bearer error="invalid_token""#)
        );
        assert_eq!(
            answer.body,
            r#"{"error":"invalid_token","error_description":"the token expired"}"#
        );
    }
}

#[tokio::test]
async fn exp_is_required() {
    in_and_out(
        &layer(),
        &[json!({"exp": NOW + 1})],
        &[json!({"exp": null})],
        Reason::MissingClaim,
    )
    .await;
}

/// What was written in milliseconds would be valid for fifty thousand years.
#[tokio::test]
async fn exp_lies_within_a_century() {
    const CENTURY: i64 = 36_600 * 86_400;
    in_and_out(
        &layer(),
        &[json!({"exp": NOW + CENTURY + 60})],
        &[
            json!({"exp": NOW + CENTURY + 61}),
            json!({"exp": NOW * 1_000}),
            json!({"exp": NOW as f64 * 1e6}),
            json!({"exp": 1e300}),
        ],
        Reason::ExpiresTooLate,
    )
    .await;
}

/// A verifier of several trusts reads dates before any signature, and to round a long one takes long.
#[tokio::test]
async fn dates_are_written_in_few_digits() {
    let with = |date: &str| {
        let payload = changed(claims(), json!({"exp": null})).to_string();
        let payload = payload.replacen('{', &format!(r#"{{"exp":{date},"#), 1);
        sign_raw(&KEY, header().to_string(), payload)
    };
    let exp = (NOW + 900).to_string();
    let zeros = |length: usize| format!("{exp}.{}", "0".repeat(length - exp.len() - 1));
    assert_in(&knock(&layer(), &with(&zeros(400))).await, "400 characters");
    for long in [zeros(401), zeros(3_000)] {
        let answer = knock(&layer(), &with(&long)).await;
        assert_eq!(reason(&answer), Some(Reason::ClaimType), "{long}");
    }
}

#[tokio::test]
async fn nbf_and_iat_lie_in_the_past() {
    in_and_out(
        &layer(),
        &[
            json!({"nbf": NOW + 60}),
            json!({"nbf": NOW as f64 + 59.9}),
            json!({"nbf": -1}),
        ],
        &[
            json!({"nbf": NOW + 61}),
            json!({"nbf": NOW as f64 + 60.1}),
            json!({"nbf": 1e300}),
        ],
        Reason::NotYetValid,
    )
    .await;
    in_and_out(
        &layer(),
        &[json!({"iat": NOW + 60}), json!({"iat": null})],
        &[json!({"iat": NOW + 61}), json!({"iat": 1e300})],
        Reason::IssuedInTheFuture,
    )
    .await;
    let tolerant = JwtLayer::new(verifier().allow_future_iat().build().unwrap());
    in_and_out(
        &tolerant,
        &[json!({"iat": NOW + 61})],
        &[json!({"nbf": NOW + 61})],
        Reason::NotYetValid,
    )
    .await;
}

#[tokio::test]
async fn the_leeway_is_a_setting() {
    let strict = JwtLayer::new(verifier().leeway(Duration::ZERO).build().unwrap());
    assert_in(
        &knock(&strict, &token_with(json!({"exp": NOW + 1}))).await,
        "a second left",
    );
    let answer = knock(&strict, &token_with(json!({"exp": NOW}))).await;
    assert_eq!(crate::support::reason(&answer), Some(Reason::Expired));
    assert!(verifier().leeway(Duration::from_secs(3600)).build().is_ok());
    assert_eq!(
        verifier().leeway(Duration::from_secs(3601)).build().err(),
        Some(ConfigError::Leeway)
    );
}

#[tokio::test]
async fn the_issuer_is_the_configured_one_exactly() {
    in_and_out(
        &layer(),
        &[json!({"iss": DESK})],
        &[
            json!({"iss": format!("{DESK}/")}),
            json!({"iss": DESK.to_uppercase()}),
            json!({"iss": ""}),
        ],
        Reason::Issuer,
    )
    .await;
    in_and_out(&layer(), &[], &[json!({"iss": null})], Reason::MissingClaim).await;
    let two = JwtLayer::new(verifier().issuer("https://other.example").build().unwrap());
    in_and_out(
        &two,
        &[
            json!({"iss": DESK}),
            json!({"iss": "https://other.example"}),
        ],
        &[json!({"iss": "https://third.example"})],
        Reason::Issuer,
    )
    .await;
}

#[tokio::test]
async fn without_a_configured_issuer_any_will_do() {
    let anybody = Verifier::builder(KEY.verifying_key())
        .audience(ROOMS)
        .with_clock(clock())
        .build()
        .unwrap();
    in_and_out(
        &JwtLayer::new(anybody),
        &[json!({"iss": null}), json!({"iss": "x"})],
        &[json!({"iss": 1})],
        Reason::ClaimType,
    )
    .await;
}

#[tokio::test]
async fn the_audience_is_a_configured_one() {
    in_and_out(
        &layer(),
        &[
            json!({"aud": ROOMS}),
            json!({"aud": ["x", ROOMS]}),
            json!({"aud": [ROOMS]}),
        ],
        &[
            json!({"aud": "x"}),
            json!({"aud": ["x"]}),
            json!({"aud": []}),
            json!({"aud": format!("{ROOMS}/")}),
            json!({"aud": format!("{ROOMS} x")}),
        ],
        Reason::Audience,
    )
    .await;
    in_and_out(&layer(), &[], &[json!({"aud": null})], Reason::MissingClaim).await;
    let two = JwtLayer::new(verifier().audience("pool").build().unwrap());
    in_and_out(
        &two,
        &[
            json!({"aud": "pool"}),
            json!({"aud": ["bar", "pool"]}),
            json!({"aud": ROOMS}),
        ],
        &[json!({"aud": "bar"})],
        Reason::Audience,
    )
    .await;
}

#[tokio::test]
async fn any_audience_has_to_be_asked_for_by_name() {
    let builder = || Verifier::builder(KEY.verifying_key()).with_clock(clock());
    assert_eq!(builder().build().err(), Some(ConfigError::NoAudience));
    assert_eq!(
        builder()
            .audience("x")
            .dangerous_any_audience()
            .build()
            .err(),
        Some(ConfigError::AudienceTwice)
    );
    in_and_out(
        &JwtLayer::new(builder().dangerous_any_audience().build().unwrap()),
        &[
            json!({"aud": null}),
            json!({"aud": "x"}),
            json!({"aud": []}),
        ],
        &[
            json!({"aud": 42}),
            json!({"aud": {}}),
            json!({"aud": ["x", 1]}),
        ],
        Reason::ClaimType,
    )
    .await;
}

#[tokio::test]
async fn registered_claims_have_their_types() {
    let wrong = [
        json!({"exp": "1900000000"}),
        json!({"exp": true}),
        json!({"exp": [1]}),
        json!({"nbf": "0"}),
        json!({"iat": {}}),
        json!({"iss": [DESK]}),
        json!({"sub": 1}),
        json!({"jti": 1}),
        json!({"aud": 42}),
        json!({"aud": {"a": ROOMS}}),
        json!({"aud": [ROOMS, 1]}),
    ];
    in_and_out(
        &layer(),
        &[json!({"sub": "", "jti": ""}), json!({"sub": null})],
        &wrong,
        Reason::ClaimType,
    )
    .await;
    for name in ["exp", "nbf", "iat", "iss", "sub", "jti", "aud"] {
        let mut claims = claims();
        claims[name] = Value::Null;
        let token = sign_raw(&KEY, header().to_string(), claims.to_string());
        assert_refused(&knock(&layer(), &token).await, Reason::ClaimType, name);
    }
}

#[tokio::test]
async fn more_claims_can_be_required() {
    let layer = JwtLayer::new(verifier().require_claim("tenant").build().unwrap());
    in_and_out(
        &layer,
        &[json!({"tenant": "a"}), json!({"tenant": false})],
        &[json!({"tenants": "a"})],
        Reason::MissingClaim,
    )
    .await;
}

#[tokio::test]
async fn the_application_checks_what_it_likes() {
    const WHY: Reason = Reason::Check("the guest has checked out");
    let layer = JwtLayer::new(
        verifier()
            .check(|token| match token.claims::<Value>() {
                Ok(claims) if claims["room"] == 7 => Ok(()),
                _ => Err(WHY),
            })
            .build()
            .unwrap(),
    );
    in_and_out(&layer, &[json!({"room": 7})], &[json!({"room": 8})], WHY).await;
}

#[tokio::test]
async fn a_token_bound_to_a_key_is_refused_without_its_proof() {
    in_and_out(
        &layer(),
        &[json!({"CNF": {"jkt": "x"}})],
        &[
            json!({"cnf": {"jkt": "x"}}),
            json!({"cnf": {"x5t#S256": "x"}}),
            json!({"cnf": {"kid": "x"}}),
            json!({"cnf": "x"}),
        ],
        Reason::Binding,
    )
    .await;
}

#[test]
fn values_that_cannot_be_meant_do_not_build() {
    for (builder, error) in [
        (verifier().issuer(""), ConfigError::Empty("issuer")),
        (verifier().audience(""), ConfigError::Empty("audience")),
        (
            verifier().require_claim(""),
            ConfigError::Empty("require_claim"),
        ),
        (
            verifier().token_type("application/"),
            ConfigError::Empty("token_type"),
        ),
        (
            verifier().scopes_from(""),
            ConfigError::Empty("scopes_from"),
        ),
        (
            verifier().roles_from(["", ""]),
            ConfigError::Empty("roles_from"),
        ),
        (
            verifier().max_token_bytes(0),
            ConfigError::Limit("max_token_bytes"),
        ),
        (
            verifier().max_token_bytes((1 << 20) + 1),
            ConfigError::Limit("max_token_bytes"),
        ),
        (
            verifier().max_header_bytes(0),
            ConfigError::Limit("max_header_bytes"),
        ),
        (
            verifier().max_header_bytes(16385),
            ConfigError::Limit("max_header_bytes"),
        ),
        (verifier().max_depth(0), ConfigError::Limit("max_depth")),
        (verifier().max_depth(129), ConfigError::Limit("max_depth")),
        (verifier().max_waiting(0), ConfigError::Limit("max_waiting")),
        (verifier().algorithms([]), ConfigError::NoUsableAlgorithm),
    ] {
        assert_eq!(builder.build().err(), Some(error));
    }
}

#[tokio::test]
async fn the_two_ways_to_verify_say_the_same_of_a_bad_token() {
    let verifier = verifier().build().unwrap();
    let expired = token_with(json!({"exp": 1}));
    let now = verifier.verify_now(&expired);
    let later = verifier.verify(&expired);
    let (now, later) = (now.unwrap_err(), later.await.unwrap_err());
    assert_eq!(now.to_string(), "the exp claim is in the past");
    assert_eq!(later.to_string(), now.to_string());
}

#[tokio::test]
async fn a_lifetime_and_an_age_have_bounds_where_they_are_set() {
    let hour = Duration::from_secs(3600);
    let bounded = JwtLayer::new(verifier().max_lifetime(hour).build().unwrap());
    let from_to = |iat: f64, exp: f64| json!({"iat": NOW as f64 + iat, "exp": NOW as f64 + exp});
    in_and_out(
        &bounded,
        &[
            from_to(0.0, 3600.0),
            from_to(-100.0, 3500.0),
            from_to(-3600.5, -0.5),
            // Of no length at all, and within the leeway.
            from_to(30.0, 20.0),
        ],
        &[
            from_to(0.0, 3601.0),
            from_to(0.0, 3600.5),
            from_to(-100.0, 3501.0),
            json!({"iat": -1, "exp": NOW + 1}),
            json!({"iat": 0, "exp": NOW}),
        ],
        Reason::LifetimeTooLong,
    )
    .await;
    let aged = JwtLayer::new(verifier().max_age(hour).build().unwrap());
    for good in [
        from_to(-3660.0, 60.0),
        from_to(0.0, 1e6),
        from_to(60.0, 61.0),
    ] {
        assert_in(&knock(&aged, &token_with(good)).await, "young enough");
    }
    for old in [
        from_to(-3661.0, 60.0),
        from_to(-3660.5, 1e6),
        json!({"iat": -1e300}),
    ] {
        let answer = knock(&aged, &token_with(old)).await;
        assert_eq!(reason(&answer), Some(Reason::TooOld));
        assert_eq!(
            answer.json()["error_description"],
            "the token expired",
            "a new one helps"
        );
        let rejection = answer.response.extensions.get::<Rejection>().unwrap();
        let words = "the iat claim is too long ago: at most 3600 seconds are allowed";
        assert_eq!(rejection.to_string(), words);
    }
    let no_iat = json!({"iat": null});
    in_and_out(
        &bounded,
        &[json!({})],
        from_ref(&no_iat),
        Reason::MissingClaim,
    )
    .await;
    in_and_out(&aged, &[json!({})], from_ref(&no_iat), Reason::MissingClaim).await;
    in_and_out(&layer(), &[no_iat], &[], Reason::MissingClaim).await;
    // Whoever may write an iat of the future is of no age yet.
    let early = verifier().allow_future_iat().max_age(hour);
    let early = JwtLayer::new(early.build().unwrap());
    in_and_out(&early, &[from_to(5_000.0, 9_000.0)], &[], Reason::TooOld).await;
}

#[test]
fn a_bound_of_nothing_or_of_everything_does_not_build() {
    let century = Duration::from_secs(100 * 366 * 24 * 3600);
    let just_over = century + Duration::from_nanos(1);
    for (bound, fits) in [
        (Duration::ZERO, false),
        (Duration::from_nanos(1), true),
        (century, true),
        (just_over, false),
        (Duration::MAX, false),
    ] {
        let lifetime = verifier().max_lifetime(bound).build().err();
        let age = verifier().max_age(bound).build().err();
        let wanted = |what| (!fits).then_some(ConfigError::Limit(what));
        assert_eq!(lifetime, wanted("max_lifetime"), "{bound:?}");
        assert_eq!(age, wanted("max_age"), "{bound:?}");
    }
}

#[tokio::test]
async fn a_bound_is_that_of_one_trust() {
    let minute = Duration::from_secs(60);
    let trust = |issuer: &str| Trust::new(issuer, KEY.verifying_key()).audience(ROOMS);
    let trusts = [
        trust(DESK).max_lifetime(minute),
        trust("https://spa.example"),
    ];
    let several = Verifier::trusting(trusts).with_clock(clock());
    let several = JwtLayer::new(several.build().unwrap());
    in_and_out(
        &several,
        &[
            json!({"exp": NOW + 60}),
            json!({"iss": "https://spa.example", "exp": NOW + 61}),
        ],
        &[json!({"exp": NOW + 61})],
        Reason::LifetimeTooLong,
    )
    .await;
}

#[tokio::test]
async fn a_numeric_subject_has_to_be_asked_for_by_name() {
    let raw = |subject: &str| {
        let text = claims().to_string();
        sign_raw(
            &KEY,
            header().to_string(),
            text.replace("\"anna\"", subject),
        )
    };
    let numeric = verifier().dangerous_numeric_subject().build().unwrap();
    let takes = JwtLayer::new(numeric.clone());
    for (subject, digits) in [
        ("4", "4"),
        ("0", "0"),
        ("-4", "-4"),
        ("9007199254740993", "9007199254740993"),
        ("18446744073709551615", "18446744073709551615"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("\"4\"", "4"),
        ("\"anna\"", "anna"),
    ] {
        let signed = raw(subject);
        let token = numeric.verify_now(&signed).unwrap();
        assert_eq!(token.subject().as_deref(), Some(digits), "{subject}");
        assert!(token.require(rule::subject(digits)).is_ok(), "{subject}");
        let registered: RegisteredClaims = token.claims().unwrap();
        assert_eq!(registered.subject.as_deref(), Some(digits), "{subject}");
        // The payload stays what was signed.
        let claims: Value = token.claims().unwrap();
        assert_eq!(claims["sub"].to_string(), subject);
        assert_in(&knock(&takes, &signed).await, subject);
        if !subject.starts_with('"') {
            let answer = knock(&layer(), &signed).await;
            assert_refused(&answer, Reason::ClaimType, subject);
        }
    }
    for bad in [
        "4.0",
        "4e0",
        "-0",
        "18446744073709551616",
        "-9223372036854775809",
        "true",
        "null",
        "[4]",
        "{}",
    ] {
        let answer = knock(&takes, &raw(bad)).await;
        assert_refused(&answer, Reason::ClaimType, bad);
    }
}

#[test]
fn rfc_9068_has_no_numeric_subject_whatever_else_was_said() {
    let verifier = verifier().dangerous_numeric_subject().rfc9068();
    let verifier = verifier.build().unwrap();
    let header = changed(header(), json!({"typ": "at+jwt"}));
    let verify = |subject: Value| {
        let more = json!({"sub": subject, "client_id": "spa", "jti": "1"});
        let claims = changed(claims(), more);
        let token = sign_raw(&KEY, header.to_string(), claims.to_string());
        verifier.verify_now(&token).err()
    };
    assert_eq!(verify(json!(4)), Some(Reason::ClaimType.into()));
    assert_eq!(verify(json!("4")), None);
}

#[tokio::test]
async fn a_numeric_subject_is_that_of_one_trust() {
    let trust = |issuer: &str| Trust::new(issuer, KEY.verifying_key()).audience(ROOMS);
    let spa = "https://spa.example";
    let trusts = [trust(DESK).dangerous_numeric_subject(), trust(spa)];
    let several = Verifier::trusting(trusts).with_clock(clock());
    let several = JwtLayer::new(several.build().unwrap());
    in_and_out(
        &several,
        &[json!({"sub": 4}), json!({"iss": spa, "sub": "4"})],
        &[json!({"iss": spa, "sub": 4})],
        Reason::ClaimType,
    )
    .await;
}
