//! A whole request against one layer that reads every place where a token can be.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use keycard::{JwtLayer, TokenCookie, VerifiedToken, require_scope};
use tower::{Layer, Service};

use super::desk::{VERIFIER, good, independent};

/// The application, which tells how its visitor came in.
#[derive(Clone)]
struct Rooms;

impl Service<Request<()>> for Rooms {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let token = VerifiedToken::of(request.extensions()).unwrap();
        assert!(token.has_scope("rooms:read"));
        ready(Ok(Response::new(format!("{:?}", token.source()).into())))
    }
}

static LAYER: LazyLock<JwtLayer> = LazyLock::new(|| {
    JwtLayer::new(VERIFIER.clone())
        .cookie(TokenCookie::new("session").unwrap())
        .dangerous_query_parameter("token")
        .realm("rooms")
        .login_page("/login")
});

/// Takes a method and a target in the first line and a header field in each line after it, where
/// `$` stands for a good token.
pub fn check(data: &[u8]) {
    let good = good();
    let text = replace(data, good.as_bytes());
    let Some(request) = parse(&text) else {
        return;
    };
    let (strict, lenient) = (
        answer(&LAYER, &request),
        answer(&LAYER.clone().optional(), &request),
    );
    for (status, response) in [(200, &strict), (200, &lenient)] {
        if response.status() == status && !response.body().is_empty() {
            check_accepted(&request, response);
        }
    }
    let expected = [200, 303, 400, 401, 403];
    assert!(
        expected.contains(&strict.status().as_u16()),
        "{}",
        strict.status()
    );
    if strict.status() == 200 && strict.headers().get("grpc-status").is_none() {
        assert_eq!(lenient.status(), 200, "optional lets in whoever was");
    }
    let shown = format!("{:?} {:?}", strict.headers(), strict.body());
    // The way back after login is what the client itself wrote into its target.
    assert!(!shown.contains(&good) || request.uri().to_string().contains(&good));
}

fn replace(data: &[u8], good: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in data {
        match byte {
            b'$' => text.extend_from_slice(good),
            byte => text.push(*byte),
        }
    }
    text
}

fn parse(text: &[u8]) -> Option<Request<()>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = std::str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        request = request.header(name, HeaderValue::from_bytes(&line[colon + 1..]).ok()?);
    }
    request.body(()).ok()
}

fn answer(layer: &JwtLayer, request: &Request<()>) -> Response<Bytes> {
    let mut service = layer.layer(require_scope("rooms:read").layer(Rooms));
    let answer = pin!(service.call(request.clone()));
    match answer.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("the keys are at hand"),
    }
}

/// Whoever came in has a token where the application was told that it was, and no other site sent it.
fn check_accepted(request: &Request<()>, response: &Response<Bytes>) {
    let values = |name: &str| -> Vec<Cow<'_, str>> {
        let values = request.headers().get_all(name).iter();
        let texts = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        texts.collect()
    };
    let (header, cookies) = (values("authorization"), values("cookie"));
    let candidates: Vec<&str> = match &**response.body() {
        b"Header" => {
            assert_eq!(header.len(), 1);
            header[0].rsplit(' ').take(1).collect()
        }
        b"Cookie" => {
            // White space without end is not looked behind.
            let endless = " ".repeat(64);
            if cookies
                .iter()
                .any(|line| line.replace('\t', " ").contains(&endless))
            {
                return;
            }
            check_site(request, &values("sec-fetch-site"), &values("origin"));
            let pairs = cookies.iter().flat_map(|line| line.split(';'));
            pairs
                .filter_map(|pair| pair.trim().strip_prefix("__Host-session="))
                .collect()
        }
        _ => {
            let query = request.uri().query().unwrap_or_default();
            let pairs = query.split('&');
            pairs
                .filter_map(|pair| pair.strip_prefix("token="))
                .collect()
        }
    };
    let accepted = candidates
        .iter()
        .filter(|token| independent(token).is_some());
    assert_eq!(accepted.count(), 1);
    assert!(candidates.iter().filter(|token| !token.is_empty()).count() == 1);
}

/// An unsafe request with a cookie says that it is from here, or says nothing.
fn check_site(request: &Request<()>, site: &[Cow<'_, str>], origin: &[Cow<'_, str>]) {
    let is_safe = ["GET", "HEAD", "OPTIONS"].contains(&request.method().as_str());
    if is_safe && !request.headers().contains_key("upgrade") {
        return;
    }
    let said = |values: &[Cow<'_, str>]| {
        let first = values.first().map(std::string::ToString::to_string);
        first.filter(|value| !value.is_empty())
    };
    match (said(site).as_deref(), said(origin)) {
        (Some("same-origin" | "none"), _) | (None, None) => {}
        (None, Some(origin)) => {
            let host = request.uri().authority().map(http::uri::Authority::as_str);
            let host = host.or_else(|| request.headers().get("host")?.to_str().ok());
            // No browser writes more than the host; the rule does not look at the rest.
            let (_, from) = origin.split_once("://").unwrap();
            let from = from.split(['/', '?', '#']).next().unwrap();
            assert_eq!(host.unwrap(), from);
        }
        (Some(site), origin) => panic!("{site} {origin:?}"),
    }
}
