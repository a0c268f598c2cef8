//! Several issuers behind one layer, each with its own keys and rules.

use axum::Router;
use axum::routing::get as on_get;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use keycard::claims::NumericDate;
use keycard::keys::KeySet;
use keycard::rule::{Rule, all, role, trust};
use keycard::verify::Reason;
use keycard::{
    Algorithm, ConfigError, JwtLayer, SigningKey, Trust, VerifiedToken, Verifier, VerifyingKey,
    require,
};
use serde_json::{Value, json};

use crate::support::{
    Answer, NO_TOKEN, NOW, ROOMS, assert_in, assert_refused, base64url, changed, clock, get_with,
    send, sign_raw,
};

const DESK: &str = "https://desk.example";
const SPA: &str = "https://spa.example";

/// Both sign with a key of this name.
const KEY_ID: &str = "2026";

const SECRET: &[u8; 32] = b"a secret of thirty-two bytes, or";

/// An issuer, and the key that it signs with.
struct Party {
    issuer: &'static str,
    key: SigningKey,
}

impl Party {
    fn token(&self, changes: Value) -> String {
        self.token_as(self.issuer, changes)
    }

    /// A token of this key that says to be somebody's.
    fn token_as(&self, issuer: &str, changes: Value) -> String {
        let claims = json!({
            "iss": issuer, "aud": ROOMS, "sub": "anna", "iat": NOW, "exp": NOW + 900
        });
        let claims = changed(claims, changes);
        let header = json!({"alg": self.key.algorithm().name(), "kid": KEY_ID});
        sign_raw(&self.key, header.to_string(), claims.to_string())
    }

    fn verifying_key(&self) -> VerifyingKey {
        self.key.verifying_key().with_key_id(KEY_ID)
    }

    fn trust(&self) -> Trust {
        Trust::new(self.issuer, self.verifying_key()).audience(ROOMS)
    }
}

fn party(issuer: &'static str, algorithm: Algorithm) -> Party {
    let key = SigningKey::generate(algorithm).unwrap();
    Party { issuer, key }
}

fn hmac_party(issuer: &'static str) -> Party {
    let key = SigningKey::hs256(SECRET).unwrap();
    Party { issuer, key }
}

fn layer(trusts: impl IntoIterator<Item = Trust>) -> JwtLayer {
    let verifier = Verifier::trusting(trusts).with_clock(clock()).build();
    JwtLayer::new(verifier.unwrap())
}

async fn knock(layer: &JwtLayer, token: &str) -> Answer {
    let whose = async |token: VerifiedToken| token.trust().to_owned();
    let app = Router::new().route("/", on_get(whose)).layer(layer.clone());
    send(app, get_with("/", token)).await
}

#[tokio::test]
async fn a_key_of_one_issuer_never_verifies_a_token_of_another() {
    for (desk, spa) in [
        (party(DESK, Algorithm::ES256), party(SPA, Algorithm::ES256)),
        (party(DESK, Algorithm::EdDSA), party(SPA, Algorithm::EdDSA)),
        // A secret beside a public key of the same name.
        (hmac_party(DESK), party(SPA, Algorithm::RS256)),
        (party(DESK, Algorithm::RS256), hmac_party(SPA)),
    ] {
        let layer = layer([desk.trust().name("desk"), spa.trust().name("spa")]);
        for (own, other, name) in [(&desk, &spa, "desk"), (&spa, &desk, "spa")] {
            let answer = knock(&layer, &own.token(json!({}))).await;
            assert_eq!((answer.status.as_u16(), &*answer.body), (200, name));

            let answer = knock(&layer, &own.token_as(other.issuer, json!({}))).await;
            let same_family = own.key.algorithm() == other.key.algorithm();
            let reason = if same_family {
                Reason::Signature
            } else {
                Reason::Algorithm
            };
            assert_refused(&answer, reason, name);
        }
    }
}

/// The classic: the public key of one, which everybody has, as the secret of HMAC.
#[tokio::test]
async fn a_public_key_is_no_secret() {
    let (desk, spa) = (party(DESK, Algorithm::RS256), hmac_party(SPA));
    let layer = layer([desk.trust(), spa.trust()]);
    let jwks = KeySet::new([desk.verifying_key()]).to_jwks();
    let jwk: Value = serde_json::from_str(&jwks).unwrap();
    let modulus = jwk["keys"][0]["n"].as_str().unwrap();
    let forger = Party {
        issuer: DESK,
        key: SigningKey::hs256(format!("{modulus}, known to everybody")).unwrap(),
    };
    for issuer in [DESK, SPA] {
        let answer = knock(&layer, &forger.token_as(issuer, json!({}))).await;
        let reason = if issuer == DESK {
            Reason::Algorithm
        } else {
            Reason::Signature
        };
        assert_refused(&answer, reason, issuer);
    }
}

#[tokio::test]
async fn a_token_of_nobody_is_refused_before_any_key_is_touched() {
    let (desk, spa) = (party(DESK, Algorithm::ES256), party(SPA, Algorithm::ES256));
    let layer = layer([desk.trust(), spa.trust()]);
    for (issuer, reason) in [
        (json!(null), Reason::MissingClaim),
        (json!(""), Reason::Issuer),
        (json!("https://desk.example/"), Reason::Issuer),
        (json!("HTTPS://desk.example"), Reason::Issuer),
        (json!("https://desk.example "), Reason::Issuer),
        (json!("https://desk.example\u{0}"), Reason::Issuer),
        (json!("https://evil.example"), Reason::Issuer),
        (json!([DESK]), Reason::ClaimType),
        (json!({"": DESK}), Reason::ClaimType),
        (json!(7), Reason::ClaimType),
    ] {
        let token = desk.token(json!({"iss": issuer}));
        assert_refused(&knock(&layer, &token).await, reason, &issuer.to_string());
        // Whatever the signature is: it has not been looked at.
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        let token = format!("{unsigned}.{}", base64url([0; 64]));
        assert_refused(&knock(&layer, &token).await, reason, &issuer.to_string());
    }
    // An escaped issuer is the same text.
    let escaped = desk.token(json!({})).split('.').next().unwrap().to_owned();
    let header = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(escaped).unwrap());
    let payload = format!(
        r#"{{"iss":"https:\/\/desk.ex\u0061mple","aud":"{ROOMS}","exp":{}}}"#,
        NOW + 900
    );
    let token = sign_raw(&desk.key, header.unwrap(), payload);
    assert_eq!(knock(&layer, &token).await.body, DESK);
}

#[tokio::test]
async fn a_payload_that_chooses_is_read_as_strictly_as_any() {
    let (desk, spa) = (party(DESK, Algorithm::ES256), party(SPA, Algorithm::ES256));
    let layer = layer([desk.trust(), spa.trust()]);
    let header = json!({"alg": "ES256", "kid": KEY_ID}).to_string();
    let rest = format!(r#""aud":"{ROOMS}","exp":{}"#, NOW + 900);
    let deep = format!("{}{}", "[".repeat(32), "]".repeat(32));
    for payload in [
        format!(r#"{{"iss":"{DESK}","iss":"{SPA}",{rest}}}"#),
        format!(r#"{{"iss":"{DESK}","\u0069ss":"{SPA}",{rest}}}"#),
        format!(r#"{{"iss":"{DESK}",{rest},"deep":{deep}}}"#),
        format!(r#"["{DESK}"]"#),
        format!(r#"{{"iss":"{DESK}",{rest}}}x"#),
        "\u{feff}{}".to_owned(),
        String::new(),
    ] {
        let token = sign_raw(&desk.key, &header, &payload);
        assert_refused(&knock(&layer, &token).await, Reason::Json, &payload);
    }
}

#[tokio::test]
async fn each_issuer_has_rules_of_its_own() {
    let (desk, spa) = (party(DESK, Algorithm::ES256), party(SPA, Algorithm::ES256));
    let layer = layer([
        desk.trust().require_claim("room").roles_from("groups"),
        Trust::new(SPA, spa.verifying_key())
            .audience("https://pool.example")
            .token_type("spa+jwt"),
    ]);
    for (token, reason) in [
        (desk.token(json!({"room": 7})), None),
        (desk.token(json!({})), Some(Reason::MissingClaim)),
        (
            desk.token(json!({"room": 7, "aud": "https://pool.example"})),
            Some(Reason::Audience),
        ),
        (spa.token(json!({"room": 7})), Some(Reason::Type)),
    ] {
        let answer = knock(&layer, &token).await;
        match reason {
            None => assert_eq!(answer.body, DESK),
            Some(reason) => assert_refused(&answer, reason, &token),
        }
    }
    let header = json!({"alg": "ES256", "kid": KEY_ID, "typ": "spa+jwt"}).to_string();
    let claims = json!({"iss": SPA, "aud": "https://pool.example", "exp": NOW + 900});
    let token = sign_raw(&spa.key, header, claims.to_string());
    assert_eq!(knock(&layer, &token).await.body, SPA);
}

#[tokio::test]
async fn algorithms_are_each_issuers_own() {
    let (desk, spa) = (party(DESK, Algorithm::RS256), party(SPA, Algorithm::RS256));
    // Keys of a JWK without `alg` serve every algorithm of RSA.
    let open = |party: &Party| {
        let jwks = KeySet::new([party.verifying_key()]).to_jwks();
        KeySet::from_jwks(&jwks.replace(r#""alg":"RS256","#, "")).unwrap()
    };
    let layer = layer([
        Trust::new(DESK, open(&desk))
            .audience(ROOMS)
            .algorithms([Algorithm::PS256]),
        Trust::new(SPA, open(&spa))
            .audience(ROOMS)
            .algorithms([Algorithm::RS256]),
    ]);
    let answer = knock(&layer, &desk.token(json!({}))).await;
    assert_refused(&answer, Reason::Algorithm, "RS256 of the desk");
    assert_eq!(knock(&layer, &spa.token(json!({}))).await.body, SPA);
}

#[tokio::test]
async fn two_spellings_of_one_issuer_are_one_trust() {
    let (google, spa) = (
        party("https://accounts.google.com", Algorithm::RS256),
        party(SPA, Algorithm::ES256),
    );
    let trust = google.trust().issuer("accounts.google.com").name("google");
    let layer = layer([spa.trust(), trust]);
    for spelling in ["https://accounts.google.com", "accounts.google.com"] {
        let token = google.token_as(spelling, json!({}));
        assert_eq!(knock(&layer, &token).await.body, "google", "{spelling}");
        let token = spa.token_as(spelling, json!({}));
        assert_refused(&knock(&layer, &token).await, Reason::Algorithm, spelling);
    }
}

#[tokio::test]
async fn a_trust_is_called_by_its_name_its_issuer_or_any() {
    let desk = party(DESK, Algorithm::ES256);
    let named = |builder: keycard::verify::VerifierBuilder| {
        let verifier = builder.audience(ROOMS).with_clock(clock()).build().unwrap();
        let token = verifier.verify_now(&desk.token(json!({}))).unwrap();
        token.trust().to_owned()
    };
    assert_eq!(named(Verifier::builder(desk.verifying_key())), "any");
    let spellings = Verifier::builder(desk.verifying_key())
        .issuer(DESK)
        .issuer("desk");
    assert_eq!(named(spellings), DESK);
    let only = Verifier::trusting([desk.trust().name("desk")]).with_clock(clock());
    let token = only
        .build()
        .unwrap()
        .verify_now(&desk.token(json!({})))
        .unwrap();
    assert_eq!(
        (token.trust(), token.issued_at()),
        ("desk", Some(NumericDate::from_seconds(NOW)))
    );
}

#[test]
fn trusts_that_cannot_be_told_apart_do_not_build() {
    let (desk, spa) = (party(DESK, Algorithm::ES256), party(SPA, Algorithm::ES256));
    let build = |trusts: Vec<Trust>| Verifier::trusting(trusts).build().err();
    assert_eq!(build(vec![]), Some(ConfigError::NoTrust));
    assert_eq!(build(vec![desk.trust(), spa.trust()]), None);
    assert_eq!(
        build(vec![desk.trust().name("a"), spa.trust().issuer(DESK)]),
        Some(ConfigError::SharedIssuer(DESK.to_owned()))
    );
    assert_eq!(
        build(vec![desk.trust().name("a"), spa.trust().name("a")]),
        Some(ConfigError::SharedName("a".to_owned()))
    );
    // Twice the same spelling does no harm.
    assert_eq!(build(vec![desk.trust().issuer(DESK), spa.trust()]), None);
    let lost = Trust::new(SPA, spa.verifying_key());
    let error = build(vec![desk.trust(), lost]).unwrap();
    assert_eq!(
        error,
        ConfigError::Trust {
            name: SPA.to_owned(),
            error: Box::new(ConfigError::NoAudience),
        }
    );
    assert!(
        error
            .to_string()
            .starts_with(r#"in the trust "https://spa.example": no audience"#)
    );
    let nameless = desk.trust().name("");
    assert_eq!(build(vec![nameless]), Some(ConfigError::Empty("name")));
}

#[tokio::test]
async fn a_rule_can_ask_who_vouches_for_the_bearer() {
    let (desk, spa) = (party(DESK, Algorithm::ES256), party(SPA, Algorithm::ES256));
    let layer = layer([desk.trust().name("desk"), spa.trust()]);
    let guarded = |rule: Rule| {
        Router::new()
            .route("/", on_get(async || "in").route_layer(require(rule)))
            .layer(layer.clone())
    };
    let manager = json!({"roles": ["manager"]});
    for (name, rule, good, bad) in [
        ("by its name", trust("desk"), &desk, &spa),
        ("by its issuer", trust(SPA), &spa, &desk),
        (
            "with a role",
            all([trust("desk"), role("manager")]),
            &desk,
            &spa,
        ),
    ] {
        let answer = send(
            guarded(rule.clone()),
            get_with("/", &good.token(manager.clone())),
        )
        .await;
        assert_in(&answer, name);
        let answer = send(guarded(rule), get_with("/", &bad.token(manager.clone()))).await;
        assert_eq!(answer.status, 403, "{name}");
        assert_eq!(answer.challenge.as_deref(), Some(NO_TOKEN), "{name}");
    }
    // The name is the one that was given, and no other way to call it.
    let answer = send(guarded(trust(DESK)), get_with("/", &desk.token(manager))).await;
    assert_eq!(answer.status, 403);
}
