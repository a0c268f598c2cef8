//! Tokens of other kinds than access tokens: what people sign, field by field, and what cannot be.

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::claims::NumericDate;
use keycard::issue::TokenBuilder;
use keycard::verify::{Reason, VerifyError};
use keycard::{Algorithm, IssueError, Issuer, SigningKey, Verifier};
use serde_json::{Value, json};

use crate::support::{DESK, KEY, NOW, ROOMS, clock, issuer};

fn parts(builder: TokenBuilder) -> Result<(Value, Value), IssueError> {
    let signed = builder.sign()?;
    let decode = |segment: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    let segments: Vec<&str> = signed.as_str().split('.').collect();
    Ok((decode(segments[0]), decode(segments[1])))
}

fn refusal(builder: TokenBuilder) -> IssueError {
    builder.sign().unwrap_err()
}

fn signer(key: SigningKey, name: &str, audience: &str) -> Issuer {
    Issuer::builder(key)
        .issuer(name)
        .audience(audience)
        .with_clock(clock())
        .build()
        .unwrap()
}

/// A verifier of somebody else for such tokens.
fn verifier(issuer: &Issuer, name: &str) -> keycard::verify::VerifierBuilder {
    Verifier::builder(issuer.keys())
        .issuer(name)
        .algorithms(Algorithm::ALL)
        .with_clock(clock())
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn an_id_token_is_for_the_client() {
    let token = || {
        issuer()
            .token("anna")
            .token_type("JWT")
            .audience("mobile")
            .without_token_id()
            .claims(&json!({"nonce": "n-0S6", "auth_time": NOW - 5}))
    };
    let (header, claims) = parts(token()).unwrap();
    assert_eq!(
        header,
        json!({"alg": "ES256", "typ": "JWT", "kid": KEY.key_id()})
    );
    assert_eq!(
        claims,
        json!({"iss": DESK, "sub": "anna", "aud": "mobile", "iat": NOW, "exp": NOW + 900,
            "nonce": "n-0S6", "auth_time": NOW - 5})
    );
    let signed = token().sign().unwrap();
    let client = verifier(&issuer(), DESK).audience("mobile").build();
    assert!(client.unwrap().verify_now(&signed).is_ok());
    // Nobody takes it for an access token.
    assert!(issuer().verifier().verify_now(&signed).is_err());
}

#[test]
fn a_logout_token_has_a_type_of_its_own() {
    let events = json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}});
    let by_session = issuer()
        .token_without_subject()
        .token_type("logout+jwt")
        .audience("mobile")
        .lifetime(2 * MINUTE)
        .claims(&events)
        .claims(&json!({"sid": "08a5"}));
    let (header, mut claims) = parts(by_session).unwrap();
    assert_eq!(header["typ"], "logout+jwt");
    let id = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 22);
    assert_eq!(
        claims,
        json!({"iss": DESK, "aud": "mobile", "iat": NOW, "exp": NOW + 120, "sid": "08a5",
            "events": events["events"]})
    );

    let by_subject = issuer()
        .token("anna")
        .token_type("logout+jwt")
        .audience("mobile")
        .claims(&events)
        .sign()
        .unwrap();
    let client = || verifier(&issuer(), DESK).audience("mobile");
    let logout = client().token_type("logout+jwt").require_claim("events");
    let token = logout.build().unwrap().verify_now(&by_subject).unwrap();
    assert_eq!(token.subject().as_deref(), Some("anna"));
    // A client that waits for ID tokens does not take it.
    assert!(client().build().unwrap().verify_now(&by_subject).is_err());
}

#[test]
fn a_client_assertion_names_the_client_twice() {
    const ENDPOINT: &str = "https://id.example/token";
    let client = signer(KEY.clone(), "rooms-backend", ENDPOINT);
    let token = || {
        client
            .token("rooms-backend")
            .token_type("JWT")
            .lifetime(MINUTE)
            .header("x5t#S256", "kGWRMWTPvUJ7bA2tWmyM2n1jc5iXLl1VpGNQ4ZxvZqA")
    };
    let (header, mut claims) = parts(token()).unwrap();
    assert_eq!(
        header,
        json!({"alg": "ES256", "typ": "JWT", "kid": KEY.key_id(),
            "x5t#S256": "kGWRMWTPvUJ7bA2tWmyM2n1jc5iXLl1VpGNQ4ZxvZqA"})
    );
    assert!(claims.as_object_mut().unwrap().remove("jti").is_some());
    assert_eq!(
        claims,
        json!({"iss": "rooms-backend", "sub": "rooms-backend", "aud": ENDPOINT, "iat": NOW,
            "exp": NOW + 60})
    );
    let server = verifier(&client, "rooms-backend").audience(ENDPOINT);
    let signed = token().sign().unwrap();
    assert!(server.build().unwrap().verify_now(&signed).is_ok());
}

#[test]
fn a_github_app_says_little() {
    let key = SigningKey::generate(Algorithm::RS256).unwrap();
    let app = signer(key, "Iv23lique", "https://api.github.com");
    let token = || {
        app.token_without_subject()
            .token_type("JWT")
            .without_audience()
            .without_token_id()
            .backdated(MINUTE)
            .lifetime(9 * MINUTE)
    };
    let (header, claims) = parts(token()).unwrap();
    assert_eq!(header["alg"], "RS256");
    assert_eq!(
        claims,
        json!({"iss": "Iv23lique", "iat": NOW - 60, "exp": NOW + 540})
    );
    let signed = token().sign().unwrap();
    assert_eq!(signed.lifetime(), 9 * MINUTE);
    let github = verifier(&app, "Iv23lique").dangerous_any_audience();
    assert!(github.build().unwrap().verify_now(&signed).is_ok());
}

#[test]
fn a_client_secret_for_apple_has_no_type() {
    let half_a_year = Duration::from_secs(15_777_000);
    let key = KEY.clone().with_key_id("ABC123DEFG");
    let team = signer(key, "DEF123GHIJ", "https://appleid.apple.com");
    let token = || {
        team.token("com.example.web")
            .without_token_type()
            .without_token_id()
            .lifetime(half_a_year)
    };
    let (header, claims) = parts(token()).unwrap();
    assert_eq!(header, json!({"alg": "ES256", "kid": "ABC123DEFG"}));
    assert_eq!(
        claims,
        json!({"iss": "DEF123GHIJ", "sub": "com.example.web", "aud": "https://appleid.apple.com",
            "iat": NOW, "exp": NOW + 15_777_000})
    );
    let apple = verifier(&team, "DEF123GHIJ").audience("https://appleid.apple.com");
    let signed = token().sign().unwrap();
    assert!(apple.build().unwrap().verify_now(&signed).is_ok());
}

#[test]
fn a_token_may_have_audiences_and_an_identifier_of_its_own() {
    let token = || issuer().token("anna");
    let (_, claims) = parts(token().audience("a").audience("b").token_id("4711")).unwrap();
    assert_eq!(claims["aud"], json!(["a", "b"]));
    assert_eq!(claims["jti"], "4711");
    let (_, claims) = parts(token().audience("a").audience(ROOMS)).unwrap();
    assert_eq!(claims["aud"], json!(["a", ROOMS]));
    // What was said last, counts.
    let (_, claims) = parts(token().audience("a").without_audience().audience("b")).unwrap();
    assert_eq!(claims["aud"], "b");
    let (_, claims) = parts(token().without_token_id().token_id("4711")).unwrap();
    assert_eq!(claims["jti"], "4711");

    for (bad, name) in [
        (token().audience(""), "aud"),
        (token().audience("a").audience(""), "aud"),
        (token().token_id(""), "jti"),
        (token().roles([""]), "roles"),
        (token().roles(["a", ""]), "roles"),
    ] {
        assert_eq!(refusal(bad), IssueError::EmptyName(name));
    }
}

#[test]
fn an_access_token_has_to_be_whole_and_others_need_not() {
    type Start = fn() -> TokenBuilder;
    let lacking: [(Start, &str); 3] = [
        (|| issuer().token_without_subject(), "sub"),
        (|| issuer().token("anna").without_audience(), "aud"),
        (|| issuer().token("anna").without_token_id(), "jti"),
    ];
    for (token, name) in lacking {
        let missing = IssueError::MissingClaim(name);
        assert_eq!(refusal(token()), missing);
        // However the type is written.
        for spelling in ["at+jwt", "AT+JWT", "application/at+jwt"] {
            assert_eq!(refusal(token().token_type(spelling)), missing, "{spelling}");
        }
        for builder in [token().token_type("JWT"), token().without_token_type()] {
            let (_, claims) = parts(builder).unwrap();
            assert!(claims.get(name).is_none() && claims.get("client_id").is_none());
        }
    }
    let (_, claims) = parts(issuer().token("anna").token_type("JWT").client_id("c")).unwrap();
    assert_eq!(claims["client_id"], "c");
    let no_client = issuer().token("anna").token_type("JWT").client_id("");
    assert_eq!(refusal(no_client), IssueError::NoClient);
    let no_subject = issuer().token("").token_type("JWT");
    assert_eq!(refusal(no_subject), IssueError::NoSubject);
}

#[test]
fn claims_stay_reserved_whatever_the_type() {
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"] {
        for token in [issuer().token_without_subject(), issuer().token("anna")] {
            let token = token
                .token_type("JWT")
                .without_audience()
                .without_token_id();
            let error = refusal(token.claims(&json!({name: "x"})));
            assert_eq!(error, IssueError::ReservedClaim(name.into()));
        }
    }
}

#[test]
fn what_is_no_media_type_is_no_type() {
    for bad in [
        "",
        "/",
        "a/",
        "/a",
        "a/b/c",
        "at jwt",
        "at+jwt;v=1",
        "jwté",
        "\"",
        "a\nb",
    ] {
        let error = refusal(issuer().token("anna").token_type(bad));
        assert_eq!(error, IssueError::TokenType, "{bad:?}");
    }
    for good in [
        "JWT",
        "logout+jwt",
        "application/secevent+jwt",
        "vc+ld+json+jwt",
    ] {
        let signed = issuer().token("anna").token_type(good).sign().unwrap();
        let verifier = issuer().verifier_builder().token_type(good).build();
        assert!(verifier.unwrap().verify_now(&signed).is_ok(), "{good}");
    }
}

#[test]
fn a_header_has_no_parameter_that_the_issuer_or_a_verifier_minds() {
    let token = || issuer().token("anna");
    for name in ["alg", "kid", "typ", "crit", "b64"] {
        for value in [json!("ES256"), json!(null), json!(true), json!(["exp"])] {
            let error = refusal(token().header(name, &value));
            assert_eq!(error, IssueError::HeaderParameter(name.into()));
        }
    }
    for (name, instead) in [
        ("alg", ": it is that of the key"),
        (
            "kid",
            ": it is that of the key, and SigningKey::with_key_id(..) sets it",
        ),
        ("typ", ": TokenBuilder::token_type(..) sets it"),
        ("crit", ": it changes how a token is read"),
        ("b64", ": it changes how a token is read"),
        ("x", ""),
    ] {
        let error = IssueError::HeaderParameter(name.into()).to_string();
        let words = format!("the header parameter \"{name}\" cannot be given{instead}");
        assert_eq!(error, words);
    }
    for nested in ["JWT", "jwt", "application/JWT"] {
        let error = refusal(token().header("cty", nested));
        assert_eq!(error, IssueError::HeaderParameter("cty".into()));
    }
    let twice = token().header("x", &1).header("x", &1);
    assert_eq!(refusal(twice), IssueError::HeaderParameter("x".into()));
    let error = refusal(token().header("x", &f64::NAN));
    assert_eq!(
        error,
        IssueError::NotStrict("a float is infinite or no number")
    );
    let nested = |levels| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(token().header("x", &nested(31)).sign().is_ok());
    assert!(token().header("x", &nested(32)).sign().is_err());
    assert_eq!(
        refusal(token().header("x", &"x".repeat(2_000))),
        IssueError::TooLarge
    );
    let private = refusal(token().header("$serde_json::private::Number", "1"));
    assert_eq!(
        private,
        IssueError::HeaderParameter("$serde_json::private::Number".into())
    );

    let good = token()
        .header("cty", "text/plain")
        .header("x5t", "dGh1bWI")
        .header("x5c", &["MIIB"])
        .header("nonce", &json!({"a": [1, 2.5, null]}));
    let (header, _) = parts(good).unwrap();
    assert_eq!(
        header,
        json!({"alg": "ES256", "typ": "at+jwt", "kid": KEY.key_id(), "cty": "text/plain",
            "x5t": "dGh1bWI", "x5c": ["MIIB"], "nonce": {"a": [1, 2.5, null]}})
    );
}

#[test]
fn a_token_with_parameters_is_accepted_like_any_other() {
    let token = issuer().token("anna").header("x5t", "dGh1bWI");
    let signed = token.sign().unwrap();
    assert!(issuer().verifier().verify_now(&signed).is_ok());
}

#[test]
fn a_token_can_begin_later_but_not_after_its_end() {
    let at = |seconds: i64| NumericDate::from_seconds(NOW + seconds);
    let token = || issuer().token("anna");
    for (start, good) in [
        (-60, true),
        (0, true),
        (899, true),
        (900, false),
        (5_000, false),
    ] {
        let signed = token().not_before(at(start)).sign();
        assert_eq!(
            signed.err(),
            (!good).then_some(IssueError::NeverValid),
            "{start}"
        );
    }
    let (_, claims) = parts(token().not_before(at(100))).unwrap();
    assert_eq!(
        (&claims["nbf"], &claims["iat"]),
        (&json!(NOW + 100), &json!(NOW))
    );

    let clock = clock();
    let verifier = issuer()
        .verifier_builder()
        .with_clock(clock.clone())
        .build()
        .unwrap();
    let signed = token().not_before(at(100)).sign().unwrap();
    let refused = verifier.verify_now(&signed).unwrap_err();
    assert!(matches!(refused, VerifyError::Refused(Reason::NotYetValid)));
    clock.advance(Duration::from_secs(100));
    assert!(verifier.verify_now(&signed).is_ok());
}

#[test]
fn a_token_is_backdated_without_living_longer() {
    for (earlier, issued) in [
        (Duration::ZERO, NOW),
        (Duration::from_millis(500), NOW - 1),
        (MINUTE, NOW - 60),
        (Duration::from_secs(1 << 40), NOW - (1 << 40)),
    ] {
        let (_, claims) = parts(issuer().token("anna").backdated(earlier)).unwrap();
        assert_eq!(claims["iat"], json!(issued));
        assert_eq!(claims["exp"], json!(NOW + 900));
    }
    let far = issuer().token("anna").backdated(Duration::MAX).sign();
    assert!(issuer().verifier().verify_now(&far.unwrap()).is_ok());
}

#[test]
fn scopes_and_roles_come_as_lists_too() {
    const NONE: [&str; 0] = [];
    let token = || issuer().token("anna");
    let granted = |builder: TokenBuilder| {
        let signed = builder.sign()?;
        let token = issuer().verifier().verify_now(&signed).unwrap();
        let list = |names: Vec<_>| names.join(",");
        Ok::<_, IssueError>((
            list(token.scopes().map(String::from).collect()),
            list(token.roles().map(String::from).collect()),
        ))
    };
    let owned = vec!["a".to_owned(), "b".to_owned()];
    for (builder, scopes, roles) in [
        (token().scopes(&owned), "a,b", ""),
        (
            token().scopes(owned.clone()).scopes(["c"]).scope("d e"),
            "a,b,c,d,e",
            "",
        ),
        (token().scope("a").scopes(Vec::<String>::new()), "a", ""),
        (token().scopes(NONE), "", ""),
        (
            token().roles(["night porter"]).roles(&owned),
            "",
            "night porter,a,b",
        ),
        (token().roles(NONE), "", ""),
        (token().claims(&json!({"roles": ["x"]})), "", "x"),
        (token().scopes(["a"]).roles(["b"]), "a", "b"),
    ] {
        assert_eq!(granted(builder), Ok((scopes.into(), roles.into())));
    }
    for bad in ["", " ", "a b", "a ", "é", "a\"b"] {
        let error = IssueError::InvalidScope;
        assert_eq!(granted(token().scopes(["ok", bad])), Err(error), "{bad:?}");
    }
    // What is withheld by an empty list cannot be claimed.
    for name in ["scope", "scp"] {
        let claimed = token().scopes(NONE).claims(&json!({name: "admin"}));
        assert_eq!(refusal(claimed), IssueError::ReservedClaim(name.into()));
    }
    let claimed = token().roles(NONE).claims(&json!({"roles": ["admin"]}));
    assert_eq!(refusal(claimed), IssueError::ReservedClaim("roles".into()));
}
