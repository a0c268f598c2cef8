//! Issuing: what is in a token, and what cannot be put there.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http_body_util::BodyExt;
use keycard::claims::NumericDate;
use keycard::cookie::CookieError;
use keycard::keys::{KeySet, SigningError};
use keycard::{Algorithm, ConfigError, IssueError, Issuer, SigningKey, TokenCookie, Verifier};
use serde_json::{Value, json};

use crate::keys::SECRET;
use crate::support::{DESK, KEY, NOW, ROOMS, base64url, clock, issuer, send};

fn parts(token: &str) -> (Value, Value) {
    let decode = |segment: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let segments: Vec<&str> = token.split('.').collect();
    assert_eq!(segments.len(), 3);
    (decode(segments[0]), decode(segments[1]))
}

#[test]
fn a_token_says_what_rfc_9068_asks_for() {
    let signed = issuer()
        .token("anna")
        .scope("minibar:read minibar:write")
        .claims(&json!({"room": 7}))
        .claims(&json!({"vip": true}))
        .sign()
        .unwrap();
    assert_eq!(signed.lifetime(), Duration::from_secs(900));
    assert_eq!(signed.expires_at(), NumericDate::from_seconds(NOW + 900));
    let (header, mut claims) = parts(signed.as_str());
    assert_eq!(
        header,
        json!({"alg": "ES256", "typ": "at+jwt", "kid": KEY.verifying_key().thumbprint()})
    );
    let id = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 22, "128 bits");
    assert_eq!(
        claims,
        json!({"iss": DESK, "aud": ROOMS, "sub": "anna", "client_id": DESK, "iat": NOW, "exp": NOW + 900,
            "scope": "minibar:read minibar:write", "room": 7, "vip": true})
    );
    let other = issuer().token("anna").sign().unwrap();
    assert_ne!(parts(other.as_str()).1["jti"], id);
    assert!(parts(other.as_str()).1.get("scope").is_none());
}

#[test]
fn the_client_is_the_issuer_unless_it_has_a_name() {
    let client = |builder: keycard::issue::TokenBuilder| {
        let signed = builder.sign()?;
        Ok(parts(signed.as_str()).1["client_id"].clone())
    };
    let token = || issuer().token("anna");
    let claimed = json!({"client_id": "claimed"});
    assert_eq!(client(token()), Ok(json!(DESK)));
    assert_eq!(client(token().client_id("mobile")), Ok(json!("mobile")));
    assert_eq!(client(token().claims(&claimed)), Ok(json!("claimed")));
    assert_eq!(
        client(token().claims(&claimed).client_id("mobile")),
        Err(IssueError::ReservedClaim("client_id".into()))
    );
    assert_eq!(client(token().client_id("")), Err(IssueError::NoClient));
    for bad in [json!(null), json!(7), json!("")] {
        let claims = json!({ "client_id": bad });
        assert_eq!(client(token().claims(&claims)), Err(IssueError::NoClient));
    }
}

#[test]
fn every_token_is_an_access_token_by_the_letter_of_rfc_9068() {
    let verifier = issuer().verifier_builder().rfc9068().build().unwrap();
    let signed = issuer().token("anna").sign().unwrap();
    let accepted = verifier.verify_now(&signed);
    assert!(accepted.is_ok());
}

#[test]
fn a_token_lives_for_a_quarter_of_an_hour_unless_told_otherwise() {
    let builder = Issuer::builder(KEY.clone()).issuer(DESK).audience(ROOMS);
    let signed = builder.build().unwrap().token("anna").sign().unwrap();
    assert_eq!(signed.lifetime(), Duration::from_secs(900));
}

#[test]
fn what_an_issuer_signs_its_verifier_accepts() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let issuer = Issuer::builder(key)
            .issuer(DESK)
            .audience(ROOMS)
            .audience("pool")
            .build()
            .unwrap();
        let signed = issuer.token("anna").scope("a").sign().unwrap();
        let token = issuer.verifier().verify_now(&signed).unwrap();
        assert_eq!(token.subject().as_deref(), Some("anna"));
        assert_eq!(token.algorithm(), algorithm);
    }
}

#[test]
fn a_jwk_set_verifies_and_holds_nothing_private() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let issuer = Issuer::builder(key)
            .issuer(DESK)
            .audience(ROOMS)
            .build()
            .unwrap();
        let jwks: Value = serde_json::from_str(&issuer.jwks()).unwrap();
        let keys = jwks["keys"].as_array().unwrap();
        if algorithm.name().starts_with("HS") {
            assert!(keys.is_empty(), "a secret is nobody's business");
            continue;
        }
        let members: Vec<&str> = keys[0]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        for member in members {
            assert!(
                ["kty", "crv", "x", "y", "n", "e", "pub", "use", "alg", "kid"].contains(&member),
                "{member}"
            );
        }
        let verifier = Verifier::builder(KeySet::from_jwks(&issuer.jwks()).unwrap())
            .issuer(DESK)
            .audience(ROOMS)
            .algorithms(Algorithm::ALL)
            .build()
            .unwrap();
        let signed = issuer.token("anna").sign().unwrap();
        let read = verifier.verify_now(&signed);
        assert!(read.is_ok(), "{algorithm}");
    }
}

#[test]
fn a_former_key_verifies_but_signs_no_more() {
    let former = issuer();
    let old = former.token("anna").sign().unwrap();
    let build = || {
        Issuer::builder(SigningKey::generate(Algorithm::EdDSA).unwrap())
            .issuer(DESK)
            .audience(ROOMS)
            .with_clock(clock())
    };
    let rotated = build().former_key(KEY.verifying_key()).build().unwrap();
    let accepts = |issuer: &Issuer| {
        let verifier = issuer.verifier();
        verifier.verify_now(&old).is_ok()
    };
    assert!(accepts(&rotated));
    assert!(!accepts(&build().build().unwrap()));
    assert_eq!(KeySet::from_jwks(&rotated.jwks()).unwrap().len(), 2);
    let new = rotated.token("anna").sign().unwrap();
    assert_eq!(parts(new.as_str()).0["alg"], "EdDSA");
}

#[test]
fn a_key_is_announced_before_it_signs() {
    let next = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let build = |key: &SigningKey| {
        let builder = Issuer::builder(key.clone()).issuer(DESK).audience(ROOMS);
        builder.with_clock(clock())
    };
    let announcing = build(&KEY).next_key(next.verifying_key()).build().unwrap();
    let signed = announcing.token("anna").sign().unwrap();
    assert_eq!(parts(signed.as_str()).0["alg"], "ES256");
    // A copy of the set of before is enough for the tokens of after.
    let copy = KeySet::from_jwks(&announcing.jwks()).unwrap();
    let copy = Verifier::builder(copy)
        .issuer(DESK)
        .audience(ROOMS)
        .with_clock(clock());
    let copy = copy.build().unwrap();
    let signing = build(&next)
        .former_key(KEY.verifying_key())
        .build()
        .unwrap();
    let new = signing.token("anna").sign().unwrap();
    assert!(copy.verify_now(&new).is_ok() && announcing.verifier().verify_now(&new).is_ok());
    assert!(signing.verifier().verify_now(&signed).is_ok());
    // Without that, nobody knows it.
    let silent = build(&KEY).build().unwrap();
    assert!(silent.verifier().verify_now(&new).is_err());
}

#[test]
fn registered_claims_cannot_be_overwritten() {
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"] {
        let error = issuer().token("anna").claims(&json!({name: "x"})).sign();
        assert_eq!(error.unwrap_err(), IssueError::ReservedClaim(name.into()));
    }
    for (name, instead) in [
        ("iss", "IssuerBuilder::issuer sets it"),
        ("sub", "it is what Issuer::token takes"),
        (
            "aud",
            "TokenBuilder::audience(..) sets it for one token, IssuerBuilder::audience for all",
        ),
        (
            "exp",
            "TokenBuilder::lifetime(..) sets it for one token, IssuerBuilder::lifetime for all",
        ),
        ("nbf", "TokenBuilder::not_before(..) sets it"),
        (
            "iat",
            "it is the time of signing, and TokenBuilder::backdated(..) an earlier one",
        ),
        ("jti", "TokenBuilder::token_id(..) sets it"),
        ("cnf", "no token is bound to a key here"),
        ("scope", "TokenBuilder::scope(..) has set it"),
        ("scp", "TokenBuilder::scope(..) has set it"),
        ("roles", "TokenBuilder::roles(..) has set it"),
        ("client_id", "TokenBuilder::client_id(..) has set it"),
        ("auth_time", "TokenBuilder::auth_time(..) has set it"),
        ("acr", "TokenBuilder::acr(..) has set it"),
        ("amr", "TokenBuilder::amr(..) has set it"),
    ] {
        let error = IssueError::ReservedClaim(name.into()).to_string();
        let words =
            format!("the claim \"{name}\" is set by the issuer and cannot be given: {instead}");
        assert_eq!(error, words);
    }
    let token = || issuer().token("anna").claims(&json!({"scope": "a"}));
    assert!(token().sign().is_ok());
    assert_eq!(
        token().scope("b").sign().unwrap_err(),
        IssueError::ReservedClaim("scope".into())
    );
    let twice = issuer()
        .token("anna")
        .claims(&json!({"a": 1}))
        .claims(&json!({"a": 2}));
    assert_eq!(
        twice.sign().unwrap_err(),
        IssueError::RepeatedClaim("a".into())
    );
}

#[test]
fn claims_of_the_application_cannot_grant_what_scope_withholds() {
    for scope in ["", "minibar:read"] {
        for name in ["scope", "scp"] {
            let claims = json!({name: "admin"});
            let token = issuer().token("anna").scope(scope).claims(&claims);
            assert_eq!(
                token.sign().unwrap_err(),
                IssueError::ReservedClaim(name.into())
            );
        }
        let signed = issuer().token("anna").scope(scope).sign().unwrap();
        let has_scope = parts(signed.as_str()).1.get("scope").is_some();
        assert_eq!(has_scope, !scope.is_empty());
    }
}

#[test]
fn what_nobody_would_accept_is_not_signed() {
    let sign = |claims: &Value| issuer().token("anna").claims(claims).sign();
    for no_object in [json!(null), json!([1]), json!("x")] {
        assert_eq!(
            sign(&no_object).unwrap_err(),
            IssueError::NotAnObject,
            "{no_object}"
        );
    }
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(sign(&json!({"x": nested(31)})).is_ok());
    assert_eq!(
        sign(&json!({"x": nested(32)})).unwrap_err(),
        IssueError::TooLarge
    );
    assert!(sign(&json!({"x": "x".repeat(11_000)})).is_ok());
    assert_eq!(
        sign(&json!({"x": "x".repeat(13_000)})).unwrap_err(),
        IssueError::TooLarge
    );
    assert_eq!(
        issuer().token("").sign().unwrap_err(),
        IssueError::NoSubject
    );
    for scope in [" ", "a  b", "a ", "a\"b", "a\\b", "a\tb", "é"] {
        let error = issuer().token("anna").scope(scope).sign().unwrap_err();
        assert_eq!(error, IssueError::InvalidScope, "{scope}");
    }
}

#[test]
fn a_lifetime_is_at_least_a_second() {
    for (lifetime, lives) in [
        (Duration::ZERO, None),
        (Duration::from_millis(999), None),
        (Duration::from_millis(1999), Some(1)),
        (Duration::from_secs(86_400), Some(86_400)),
        (Duration::MAX, None),
    ] {
        let signed = issuer().token("anna").lifetime(lifetime).sign();
        assert_eq!(signed.map(|signed| signed.lifetime().as_secs()).ok(), lives);
        let built = Issuer::builder(KEY.clone())
            .issuer(DESK)
            .audience(ROOMS)
            .lifetime(lifetime);
        assert_eq!(built.build().is_ok(), lives.is_some());
    }
}

#[test]
fn an_issuer_needs_a_name_and_an_audience() {
    let builder = || Issuer::builder(KEY.clone());
    for (builder, error) in [
        (builder().audience(ROOMS), ConfigError::Empty("issuer")),
        (builder().issuer(DESK), ConfigError::NoAudience),
        (
            builder().issuer(DESK).audience(""),
            ConfigError::Empty("audience"),
        ),
    ] {
        assert_eq!(builder.build().unwrap_err(), error);
    }
    let key = SigningKey::from_jwk(
        &json!({"kty": "oct", "alg": "HS256", "kid": "k".repeat(2000), "k": base64url(SECRET)})
            .to_string(),
    );
    let long = Issuer::builder(key.unwrap())
        .issuer(DESK)
        .audience(ROOMS)
        .build();
    assert!(matches!(long.unwrap_err(), ConfigError::Limit(_)));
}

#[tokio::test]
async fn a_signed_token_is_an_answer_of_oauth() {
    let signed = issuer().token("anna").sign().unwrap();
    let text = signed.as_str().to_owned();
    let response = signed.into_response();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        json!({"access_token": text, "token_type": "Bearer", "expires_in": 900})
    );
}

/// Every error, whether it is one of input, and what the client is told if it is.
fn errors() -> Vec<(IssueError, Option<&'static str>)> {
    let request = Some("invalid_request");
    let large = CookieError::TooLarge {
        bytes: 5_000,
        most: 4_096,
        largest: vec![("groups".into(), 3_121)],
    };
    vec![
        (IssueError::ReservedClaim("exp".into()), request),
        (IssueError::RepeatedClaim("role".into()), request),
        (IssueError::NotAnObject, request),
        (IssueError::NotStrict("a number is out of range"), request),
        (IssueError::EmptyName("roles"), request),
        (IssueError::NoSubject, request),
        (IssueError::NoClient, request),
        (IssueError::InvalidScope, Some("invalid_scope")),
        (IssueError::Lifetime, request),
        (IssueError::NeverValid, request),
        (IssueError::TooLarge, request),
        (IssueError::Cookie(large), request),
        (IssueError::Cookie(CookieError::NotAToken), request),
        (IssueError::Cookie(CookieError::Foreign), None),
        (IssueError::MissingClaim("sub"), None),
        (IssueError::HeaderParameter("alg".into()), None),
        (IssueError::TokenType, None),
        (IssueError::Signing(SigningError::Library), None),
        (IssueError::Signing(SigningError::External), None),
        (IssueError::Signing(SigningError::NotASignature), None),
        (IssueError::Signing(SigningError::OtherForm("DER")), None),
        (IssueError::Late, None),
    ]
}

async fn body_of(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn what_a_client_may_have_typed_is_no_fault_of_the_server() {
    for (error, told) in errors() {
        assert_eq!(error.is_fault_of_input(), told.is_some(), "{error}");
        let cookie = match &error {
            IssueError::Cookie(cookie) => Some(cookie.clone().into_response()),
            _ => None,
        };
        for response in cookie.into_iter().chain([error.clone().into_response()]) {
            let Some(told) = told else {
                assert_eq!(response.status(), 500, "{error}");
                assert!(body_of(response).await.is_empty(), "{error}");
                continue;
            };
            assert_eq!(response.status(), 400, "{error}");
            assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            let expected =
                json!({"error": told, "error_description": "no token can be issued for this"});
            assert_eq!(body_of(response).await, expected.to_string(), "{error}");
        }
    }
}

#[tokio::test]
async fn a_client_that_types_nonsense_at_a_login_gets_400() {
    use axum::extract::Path;

    async fn login(Path(kind): Path<String>) -> Result<impl IntoResponse, IssueError> {
        let issuer = issuer();
        let signed = match kind.as_str() {
            "subject" => issuer.token("").sign()?,
            "scope" => issuer.token("anna").scope("a  b").sign()?,
            "float" => issuer
                .token("anna")
                .claims(&json!({"a": 1}))
                .claims(&json!({"a": 2}))
                .sign()?,
            "exp" => issuer
                .token("anna")
                .claims(&json!({"exp": 9_999_999_999_u64}))
                .sign()?,
            "cookie" => issuer
                .token("anna")
                .claims(&json!({"groups": "g".repeat(4_000)}))
                .sign()?,
            "server" => issuer.token("anna").header("alg", "none").sign()?,
            _ => issuer.token("anna").sign()?,
        };
        Ok(TokenCookie::new("session").unwrap().set(&signed)?)
    }
    let app = axum::Router::new().route("/{kind}", axum::routing::post(login));
    for (kind, status) in [
        ("subject", 400),
        ("scope", 400),
        ("float", 400),
        ("exp", 400),
        ("cookie", 400),
        ("server", 500),
        ("good", 200),
    ] {
        let request = http::Request::post(format!("/{kind}"));
        let answer = send(app.clone(), request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status, "{kind}");
        assert_eq!(
            answer.header("set-cookie").is_some(),
            status == 200,
            "{kind}"
        );
    }
}

#[test]
fn of_a_name_that_somebody_typed_the_beginning_is_shown() {
    let long = "é".repeat(10_000);
    let text = IssueError::RepeatedClaim(long).to_string();
    let shown = format!("the claim \"{}\" was given twice", "é".repeat(40));
    assert_eq!(text, shown);
    let exact = IssueError::RepeatedClaim("x".repeat(40)).to_string();
    assert!(exact.contains(&format!("\"{}\"", "x".repeat(40))));
}

#[test]
fn an_issuer_takes_nothing_for_its_token_that_is_no_access_token() {
    let claims = crate::support::claims();
    let verifier = issuer().verifier();
    for (typ, accepted) in [
        (json!("at+jwt"), true),
        (json!("JWT"), false),
        (Value::Null, false),
    ] {
        let header = crate::support::changed(crate::support::header(), json!({"typ": typ}));
        let token = crate::support::sign(&header, &claims);
        let answer = verifier.verify_now(&token);
        assert_eq!(answer.is_ok(), accepted, "{typ}");
    }
}

#[test]
fn a_token_lives_for_a_century_at_most() {
    let century = 100 * 366 * 24 * 3_600;
    for (seconds, accepted) in [(century, true), (century + 1, false)] {
        let lifetime = Duration::from_secs(seconds);
        let builder = Issuer::builder(KEY.clone()).issuer(DESK).audience(ROOMS);
        assert_eq!(builder.lifetime(lifetime).build().is_ok(), accepted);
        assert_eq!(
            issuer().token("anna").lifetime(lifetime).sign().is_ok(),
            accepted
        );
    }
}

#[test]
fn what_is_signed_is_as_long_as_what_is_read_and_no_longer() {
    let header_of = |length: usize| {
        let key = json!({"kty": "oct", "alg": "HS256", "kid": "k".repeat(length), "k": base64url(SECRET)});
        let key = SigningKey::from_jwk(&key.to_string()).unwrap();
        let built = Issuer::builder(key).issuer(DESK).audience(ROOMS).build();
        built.map(|issuer| {
            let token = issuer.token("anna").sign().unwrap();
            token.as_str().split('.').next().unwrap().len()
        })
    };
    let lengths: Vec<usize> = (1_400..1_600)
        .map_while(|length| header_of(length).ok())
        .collect();
    assert_eq!(lengths.last(), Some(&2_048));

    let longest = |key: SigningKey| {
        let builder = Issuer::builder(key).issuer(DESK).audience(ROOMS);
        let issuer = builder.build().unwrap();
        let token_of = |length: usize| {
            let claims = json!({"fill": "x".repeat(length)});
            let signed = issuer.token("anna").claims(&claims).sign();
            signed.map(|token| token.as_str().len())
        };
        let lengths = (11_600..12_300).map_while(|length| token_of(length).ok());
        lengths.last().unwrap()
    };
    // Three bytes are four characters, so one key may not meet every length, and none goes beyond.
    let lengths = [
        longest(KEY.clone()),
        longest(SigningKey::hs256(SECRET).unwrap()),
        longest(SigningKey::hs384(SECRET).unwrap()),
    ];
    assert_eq!(lengths.iter().max(), Some(&16_384), "{lengths:?}");
}

#[test]
fn scopes_are_added_and_each_has_to_be_one() {
    let scopes = |texts: &[&str]| {
        let token = texts
            .iter()
            .fold(issuer().token("anna"), |token, text| token.scope(*text));
        let signed = token.sign()?;
        let token = issuer().verifier().verify_now(&signed).unwrap();
        Ok::<_, IssueError>(
            token
                .scopes()
                .map(String::from)
                .collect::<Vec<_>>()
                .join(","),
        )
    };
    for (texts, granted) in [
        (&[][..], ""),
        (&[""], ""),
        (&["a"], "a"),
        (&["a", "b c"], "a,b,c"),
        (&["", "a", ""], "a"),
        (&["a", "", "b"], "a,b"),
    ] {
        assert_eq!(scopes(texts).as_deref(), Ok(granted), "{texts:?}");
    }
    for bad in [&["a", " b"][..], &["a "], &["a", "b  c"], &["\"", "a"]] {
        assert_eq!(scopes(bad), Err(IssueError::InvalidScope), "{bad:?}");
    }
}

#[derive(serde::Serialize)]
struct Nested {
    inner: [Twice; 1],
}

/// A `Serialize` by hand may write whatever it likes.
struct Twice;

impl serde::Serialize for Twice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", "guest")?;
        map.serialize_entry("role", "admin")?;
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Profile {
    role: &'static str,
    /// What the user has written.
    #[serde(flatten)]
    user: std::collections::BTreeMap<&'static str, &'static str>,
}

#[test]
fn nothing_is_folded_into_the_claims_without_a_word() {
    let twice = IssueError::NotStrict("a name stands twice in one object");
    let profile = |name| Profile {
        role: "guest",
        user: [(name, "admin")].into(),
    };
    let refused =
        |claims: &dyn Fn(keycard::issue::TokenBuilder) -> keycard::issue::TokenBuilder| {
            claims(issuer().token("anna")).sign().unwrap_err()
        };
    assert_eq!(refused(&|token| token.claims(&profile("role"))), twice);
    assert_eq!(refused(&|token| token.claims(&Twice)), twice);
    assert_eq!(
        refused(&|token| token
            .claims(&json!({"a": 1}))
            .claims(&Nested { inner: [Twice] })),
        twice
    );
    let private = IssueError::NotStrict("a name is private to a library");
    for name in [
        "$serde_json::private::RawValue",
        "$serde_json::private::Number",
    ] {
        assert_eq!(
            refused(&|token| token.claims(&profile(name))),
            private,
            "{name}"
        );
    }
    for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY] {
        let no_number = IssueError::NotStrict("a float is infinite or no number");
        let claims = std::collections::BTreeMap::from([("limit", [bad])]);
        assert_eq!(refused(&|token| token.claims(&claims)), no_number, "{bad}");
    }
    let signed = issuer()
        .token("anna")
        .claims(&profile("nick"))
        .sign()
        .unwrap();
    let token = issuer().verifier().verify_now(&signed).unwrap();
    assert!(token.payload().contains(r#""role":"guest""#));
}

/// Two tenants with numbers of 128 bits would have the same float for a number.
#[test]
fn no_number_becomes_another_one() {
    fn signed<T: serde::Serialize>(value: T) -> Result<String, IssueError> {
        let claims = std::collections::BTreeMap::from([("z", [value])]);
        let signed = issuer().token("anna").claims(&claims).sign()?;
        let token = issuer().verifier().verify_now(&signed).unwrap();
        let (_, text) = token.payload().split_once(r#""z":["#).unwrap();
        Ok(text.strip_suffix("]}").unwrap().to_owned())
    }
    let wide = Err(IssueError::NotStrict("an integer has more than 64 bits"));
    assert_eq!(signed(u128::from(u64::MAX)), Ok(u64::MAX.to_string()));
    assert_eq!(signed(u128::from(u64::MAX) + 1), wide);
    assert_eq!(signed((1_u128 << 100) + 1), wide);
    assert_eq!(signed(i128::from(i64::MIN)), Ok(i64::MIN.to_string()));
    assert_eq!(signed(i128::from(i64::MIN) - 1), wide);
    for float in [
        0.1 + 0.2,
        6.934_698_245_112_694e276,
        8.383_658_838_626_809e-78,
        -0.0,
        1e300,
        f64::MIN_POSITIVE,
    ] {
        assert_eq!(signed(float).unwrap().parse(), Ok(float));
    }
    assert_eq!(signed(0.1_f32).as_deref(), Ok("0.1"));
    let header = issuer().token("anna").header("x", &u128::MAX).sign();
    assert_eq!(header.err(), wide.err());
}
