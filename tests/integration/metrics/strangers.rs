//! Whoever sends requests does not choose what is counted.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Request;
use http::header::COOKIE;
use keycard::Algorithm::ES256;
use keycard::verify::Verifier;
use keycard::{JwtLayer, TokenCookie, Trust};
use metrics_util::debugging::DebuggingRecorder;
use serde_json::json;

use super::meter::Meter;
use crate::remote::server::{Server, new_key};
use crate::support::{DESK, KEY, ROOMS, clock, door, get_with, send, sign};

/// What nobody has configured, at each place where a request can say something.
fn hostile(number: usize) -> Request<Body> {
    let name = format!("stranger-{number:03x}");
    let header = match number % 4 {
        0 => json!({"alg": "ES256", "kid": name}),
        1 => json!({"alg": name, "kid": name, "typ": name}),
        2 => json!({"alg": "ES256", "typ": name}),
        _ => json!({"alg": "ES256", "jku": name, "crit": [name]}),
    };
    let issuer = if number.is_multiple_of(3) {
        DESK
    } else {
        &name
    };
    let claims = json!({"iss": issuer, "aud": name, "sub": name, "scope": name, &name: name});
    let token = match number % 6 {
        0 => name.clone(),
        1 => format!("{name}.{name}.{name}"),
        2 => format!("{name}x.{name}.{name}"),
        _ => sign(&header, &claims),
    };
    let mut request = get_with(
        &format!("/{name}?{name}={name}&access_token={name}"),
        &token,
    );
    let headers = request.headers_mut();
    headers.insert("host", format!("{name}.example").parse().unwrap());
    headers.insert("origin", format!("https://{name}.example").parse().unwrap());
    headers.insert("sec-fetch-site", name.parse().unwrap());
    headers.insert(
        "content-type",
        format!("application/grpc+{name}").parse().unwrap(),
    );
    headers.insert("accept", name.parse().unwrap());
    if number.is_multiple_of(2) {
        headers.remove("authorization");
        let cookie = format!("{name}={name}; __Host-session={token}");
        headers.insert(COOKIE, cookie.parse().unwrap());
    }
    *request.method_mut() = http::Method::from_bytes(name.as_bytes()).unwrap();
    request
}

#[tokio::test]
async fn a_thousand_strangers_make_no_series() {
    let recorder = DebuggingRecorder::new();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let meter = Meter::of(&recorder);
    let (key, clock) = (new_key(ES256), clock());
    let server = Server::publishing(&[&key]).await;
    let keys = server.builder(&clock).connect().await.unwrap();
    let trusts = [
        Trust::of(keys).audience(ROOMS),
        Trust::new(DESK, KEY.verifying_key()).audience(ROOMS),
    ];
    let verifier = Verifier::trusting(trusts)
        .with_clock(clock)
        .build()
        .unwrap();
    let cookie = TokenCookie::new("session").unwrap();
    let door = door(JwtLayer::new(verifier).cookie(cookie));

    let names = |meter: &Meter| meter.seen().into_keys().collect::<BTreeSet<_>>();
    // Each kind of them, to see what there is.
    for number in 0..60 {
        assert_ne!(send(door.clone(), hostile(number)).await.status, 200);
    }
    let before = names(&meter);
    assert!(before.len() > 5, "{before:#?}");
    for name in &before {
        assert!(!name.contains("stranger"), "{name}");
    }
    for number in 60..1060 {
        assert_ne!(send(door.clone(), hostile(number)).await.status, 200);
    }
    let new: Vec<_> = names(&meter).difference(&before).cloned().collect();
    assert_eq!(new, [""; 0]);
}
