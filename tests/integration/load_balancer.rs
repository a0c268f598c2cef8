//! The token of a load balancer of AWS: padded segments, signed with their padding, and a key for each `kid`.

use std::sync::Mutex;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::{HeaderValue, Method};
use keycard::keys::{BoxFuture, KeySet, KeySource, Wanted};
use keycard::verify::{Outage, Reason, VerifyError};
use keycard::{
    Algorithm, ConfigError, JwtLayer, Rejection, SigningKey, Trust, Verifier, VerifyingKey,
};
use serde_json::{Value, json};

use crate::support::{
    Answer, DESK, KEY, NOW, ROOMS, assert_in, assert_refused, changed, clock, door, get, header,
    reason, send, verifier,
};

const HEADER: &str = "x-amzn-oidc-data";

const KEY_ID: &str = "1f1b2b4f-9e2f-4d9a-a1d7-0123456789ab";

const OURS: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/rooms/1";

fn padded(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE.encode(bytes)
}

/// Signs as the load balancer does.
fn sign_padded(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let message = format!(
        "{}.{}",
        padded(header.to_string()),
        padded(claims.to_string())
    );
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", padded(signature))
}

fn alb_header() -> Value {
    json!({
        "typ": "JWT", "kid": KEY_ID, "alg": "ES256", "iss": DESK, "client": "rooms",
        "signer": OURS, "exp": NOW + 120
    })
}

/// Of every length, so that each padding there is comes up.
fn alb_claims(fill: usize) -> Value {
    json!({
        "sub": "anna", "email": "anna@example.com", "username": "a".repeat(fill),
        "exp": NOW + 120, "iss": DESK
    })
}

fn has_padding(token: &str) -> [bool; 3] {
    let mut ends = token.split('.').map(|segment| segment.ends_with('='));
    [(); 3].map(|()| ends.next().unwrap())
}

/// One PEM for each `kid`, at an address of its own: what it was asked for, it has.
struct PemByKeyId {
    held: Mutex<Option<KeySet>>,
    pem: String,
}

impl PemByKeyId {
    fn new() -> Self {
        let keys = KeySet::new([KEY.verifying_key()]).to_jwks();
        let keys: Value = serde_json::from_str(&keys).unwrap();
        let coordinate = |name: &str| {
            let text = keys["keys"][0][name].as_str().unwrap();
            BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
        };
        // RFC 5480: a SubjectPublicKeyInfo of P-256, and the point.
        let start = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
        let places = (0..start.len()).step_by(2);
        let bytes = places.map(|place| u8::from_str_radix(&start[place..place + 2], 16));
        let mut der: Vec<u8> = bytes.collect::<Result<_, _>>().unwrap();
        der.extend(coordinate("x"));
        der.extend(coordinate("y"));
        let body = BASE64_STANDARD.encode(der);
        Self {
            held: Mutex::default(),
            pem: format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"),
        }
    }
}

impl KeySource for PemByKeyId {
    fn snapshot(&self) -> Option<KeySet> {
        self.held.lock().unwrap().clone()
    }

    fn refresh<'a>(
        &'a self,
        wanted: Wanted<'a>,
        _: Option<&'a KeySet>,
    ) -> BoxFuture<'a, Result<(), Outage>> {
        Box::pin(async move {
            let key = VerifyingKey::from_pem(wanted.algorithm(), &self.pem).unwrap();
            let keys = wanted.key_id().filter(|key_id| *key_id == KEY_ID);
            let keys = keys.map(|key_id| key.with_key_id(key_id));
            *self.held.lock().unwrap() = Some(KeySet::new(keys));
            Ok(())
        })
    }
}

fn layer() -> JwtLayer {
    let users = Trust::new(DESK, PemByKeyId::new())
        .dangerous_any_audience()
        .dangerous_padded_segments();
    let verifier = Verifier::trusting([users])
        .with_clock(clock())
        .check(|token| match token.header().text("signer").as_deref() {
            Some(OURS) => Ok(()),
            _ => Err(Reason::Check("another load balancer")),
        });
    JwtLayer::new(verifier.build().unwrap()).header(HEADER)
}

/// Hands on whatever stands in the header, so that the verifier sees it.
fn by_source(verifier: Verifier) -> JwtLayer {
    JwtLayer::new(verifier).source(HEADER, |head| {
        let value = head.headers().get(HEADER)?;
        value.to_str().ok().map(Into::into)
    })
}

async fn knock(layer: &JwtLayer, token: &str) -> Answer {
    let mut request = get("/");
    let value = HeaderValue::from_str(token).unwrap();
    request.headers_mut().insert(HEADER, value);
    send(door(layer.clone()), request).await
}

#[tokio::test]
async fn the_token_of_a_load_balancer_is_taken_where_the_operator_says_so() {
    let layer = layer();
    let mut seen = std::collections::HashSet::new();
    for fill in 0..3 {
        for client in ["r", "ro", "roo"] {
            let header = changed(alb_header(), json!({"client": client}));
            let token = sign_padded(&KEY, &header, &alb_claims(fill));
            seen.insert(has_padding(&token));
            assert_in(&knock(&layer, &token).await, &token);
        }
    }
    // A signature of ES256 always is padded, the rest in every way.
    assert!(seen.len() == 4, "{seen:?}");
    assert!(seen.iter().all(|[_, _, signature]| *signature));
}

/// The load balancer makes the header of a cookie of its own, and a browser sends that one whoever caused the request.
#[tokio::test]
async fn what_another_site_caused_is_refused_with_a_good_token_of_a_load_balancer() {
    let token = sign_padded(&KEY, &alb_header(), &alb_claims(1));
    assert!(has_padding(&token).contains(&true));
    for (method, site, status) in [
        (Method::POST, "cross-site", 403),
        (Method::DELETE, "same-site", 403),
        (Method::POST, "same-origin", 200),
        (Method::GET, "cross-site", 200),
    ] {
        let mut request = get("/");
        *request.method_mut() = method;
        let headers = request.headers_mut();
        headers.insert(HEADER, HeaderValue::from_str(&token).unwrap());
        headers.insert("sec-fetch-site", HeaderValue::from_static(site));
        let answer = send(door(layer()), request).await;
        assert_eq!(answer.status, status, "{site}");
    }
}

#[tokio::test]
async fn the_signer_and_the_key_of_a_load_balancer_decide() {
    let layer = layer();
    let signed =
        |changes: Value| sign_padded(&KEY, &changed(alb_header(), changes), &alb_claims(1));
    assert_in(&knock(&layer, &signed(json!({}))).await, "ours");
    let other = "arn:aws:elasticloadbalancing:eu-central-1:2:loadbalancer/app/evil/1";
    for signer in [json!(other), json!(null), json!([OURS])] {
        let answer = knock(&layer, &signed(json!({"signer": signer}))).await;
        assert_refused(&answer, Reason::Check("another load balancer"), "signer");
    }
    let answer = knock(&layer, &signed(json!({"kid": "another"}))).await;
    assert_refused(&answer, Reason::UnknownKey, "kid");
    let said = answer.response.extensions.get::<Rejection>().unwrap();
    assert_eq!(
        said.to_string(),
        "no key fits the token: of 0 keys, none has this kid"
    );
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let forged = sign_padded(&stranger, &alb_header(), &alb_claims(1));
    assert_refused(&knock(&layer, &forged).await, Reason::Signature, "forged");
    let expired = changed(alb_claims(1), json!({"exp": NOW - 100}));
    let expired = sign_padded(&KEY, &alb_header(), &expired);
    let answer = knock(&layer, &expired).await;
    assert_eq!(reason(&answer), Some(Reason::Expired));
}

/// A header and claims whose segments need padding, and the key that everybody has.
fn of_the_desk() -> (Value, Value) {
    let header = changed(header(), json!({"x": "yz"}));
    let claims = json!({"iss": DESK, "aud": ROOMS, "sub": "an", "exp": NOW + 900});
    let token = sign_padded(&KEY, &header, &claims);
    assert_eq!(has_padding(&token), [true; 3], "{token}");
    (header, claims)
}

#[tokio::test]
async fn padding_is_refused_until_it_is_asked_for_and_then_has_to_be_exact() {
    let (header, claims) = of_the_desk();
    let token = sign_padded(&KEY, &header, &claims);
    let strict = by_source(verifier().build().unwrap());
    let answer = knock(&strict, &token).await;
    assert_refused(&answer, Reason::Encoding, "padded");
    let said = answer.response.extensions.get::<Rejection>().unwrap();
    let words = "a segment is not canonical base64url: the payload is padded with =";
    assert_eq!(said.to_string(), words);

    let builder = verifier().dangerous_padded_segments();
    let takes = by_source(builder.build().unwrap());
    assert_in(&knock(&takes, &token).await, "padded");
    // Tokens without padding stay as good, and the signature may be padded or not.
    let plain = crate::support::sign(&header, &claims);
    assert_in(&knock(&takes, &plain).await, "plain");
    assert_in(
        &knock(&takes, token.trim_end_matches('=')).await,
        "signature",
    );

    let [head, body, tag] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("three segments")
    };
    let bare = |segment: &str| segment.trim_end_matches('=').to_owned();
    // The padding is signed: without it, or with some where there was none, it is another text.
    for (text, why) in [
        (format!("{}.{body}.{tag}", bare(head)), Reason::Signature),
        (format!("{head}.{}.{tag}", bare(body)), Reason::Signature),
        (format!("{head}=.{body}.{tag}"), Reason::Encoding),
        (format!("{head}.{body}=.{tag}"), Reason::Encoding),
        (format!("{head}.{body}.{tag}="), Reason::Encoding),
        (format!("{head}.{body}.{}=", bare(tag)), Reason::Encoding),
        (format!("{head}.{body}.{tag}===="), Reason::Encoding),
        (format!("{head}.={body}.{tag}"), Reason::Encoding),
        (format!("{head}.{body}.="), Reason::Encoding),
        (token.replace('=', "%3D"), Reason::Encoding),
    ] {
        assert_refused(&knock(&takes, &text).await, why, &text);
    }
    // Stray bits in the last character stay what they are.
    let last = bare(tag);
    let stray = format!("{}B==", &last[..last.len() - 1]);
    let text = format!("{head}.{body}.{stray}");
    assert_refused(&knock(&takes, &text).await, Reason::Encoding, &text);
}

#[tokio::test]
async fn a_padded_token_comes_by_a_header_of_its_own_and_not_by_authorization() {
    let (header, claims) = of_the_desk();
    let token = sign_padded(&KEY, &header, &claims);
    let takes = JwtLayer::new(verifier().dangerous_padded_segments().build().unwrap());
    // RFC 6750, section 2.1: a b64token has its padding at the end.
    let answer = crate::support::knock(&takes, &token).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}

#[tokio::test]
async fn padding_is_that_of_one_trust() {
    let (header, claims) = of_the_desk();
    let spa = "https://spa.example";
    let trust = |issuer: &str| Trust::new(issuer, KEY.verifying_key()).audience(ROOMS);
    let trusts = [trust(DESK).dangerous_padded_segments(), trust(spa)];
    let several = Verifier::trusting(trusts).with_clock(clock()).build();
    let several = by_source(several.unwrap());
    let of_desk = sign_padded(&KEY, &header, &claims);
    assert_in(&knock(&several, &of_desk).await, "desk");
    let claims = changed(claims, json!({"iss": spa}));
    let plain = crate::support::sign(&header, &claims);
    assert_in(&knock(&several, &plain).await, "plain");
    let of_spa = sign_padded(&KEY, &header, &claims);
    assert!(of_spa.contains('='));
    assert_refused(&knock(&several, &of_spa).await, Reason::Encoding, "spa");
}

#[test]
fn a_padded_token_is_known_by_its_whole_text() -> Result<(), ConfigError> {
    let (header, claims) = of_the_desk();
    let text = sign_padded(&KEY, &header, &claims);
    let verifier = verifier().dangerous_padded_segments().build()?;
    let token = verifier.verify_now(&text).unwrap();
    assert_eq!(token.text(), text);
    assert_eq!(token.header().text("x").as_deref(), Some("yz"));
    assert_eq!(token.payload(), claims.to_string());
    let strict = crate::support::verifier().build()?.verify_now(&text);
    assert_eq!(strict.err(), Some(VerifyError::Refused(Reason::Encoding)));
    Ok(())
}
