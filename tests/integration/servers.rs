//! A real server of hyper without axum, and real requests over TCP.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::{http1, http2};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use keycard::{VerifiedToken, require_scope};
use tokio::net::TcpListener;
use tower::{Service, ServiceBuilder, service_fn};

use crate::recorder;
use crate::support::{layer, token};

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Http1,
    Http2,
}

/// Serves until the test is over, and returns the address.
async fn serve<S, F>(protocol: Protocol, service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible, Future = F>,
    S: Clone + Send + 'static,
    F: Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let io = TokioIo::new(stream);
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                match protocol {
                    Protocol::Http1 => http1::Builder::new().serve_connection(io, service).await,
                    Protocol::Http2 => {
                        let builder = http2::Builder::new(TokioExecutor::new());
                        builder.serve_connection(io, service).await
                    }
                }
            });
        }
    });
    address
}

/// Repeats what it was sent, with the name of the sender and how its credentials are marked.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let token = VerifiedToken::of(request.extensions()).unwrap();
    let subject = token.subject().unwrap().into_owned();
    let lines = request.headers().iter();
    let marked = lines.filter(|(_, value)| value.is_sensitive()).count();
    let lines = request.headers().get_all(COOKIE).iter().count();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let text = format!(
        "{subject} sent {} bytes, {lines} cookie lines, {marked} sensitive",
        body.len()
    );
    Ok(Response::new(Full::from(text)))
}

struct Answer {
    status: u16,
    challenge: Option<String>,
    body: String,
}

struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
}

impl Caller {
    async fn new(protocol: Protocol) -> Self {
        let service = ServiceBuilder::new()
            .layer(layer().realm("tcp"))
            .layer(require_scope("a"))
            .service(service_fn(echo));
        let address = serve(protocol, service).await;
        let mut client = Client::builder(TokioExecutor::new());
        let client = match protocol {
            Protocol::Http1 => client.build_http(),
            Protocol::Http2 => client.http2_only(true).build_http(),
        };
        Self { client, address }
    }

    async fn post(&self, token: Option<&str>, cookies: &[&str], body: Bytes) -> Answer {
        let mut request = Request::post(format!("http://{}/echo", self.address))
            .body(Full::from(body))
            .unwrap();
        let headers = request.headers_mut();
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        }
        for cookie in cookies {
            headers.append(COOKIE, cookie.parse().unwrap());
        }
        recorder::request(request.headers());
        let response = self.client.request(request).await.unwrap();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let exact = response.body().size_hint().exact();
        let headers = response.headers().clone();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        recorder::answer(&headers, &String::from_utf8_lossy(&body), status >= 400);
        assert!(exact.is_none_or(|length| length == body.len() as u64));
        Answer {
            status,
            challenge,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

async fn good_and_bad_requests(protocol: Protocol) {
    let caller = Caller::new(protocol).await;
    let good = token("a");
    let body = || Bytes::from_static(b"hello");

    let answer = caller.post(Some(&good), &[], body()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.challenge, None);
    assert_eq!(
        answer.body,
        "anna sent 5 bytes, 0 cookie lines, 1 sensitive"
    );

    let answer = caller.post(None, &[], body()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.challenge.as_deref(), Some(r#"Bearer realm="tcp""#));
    assert_eq!(
        answer.body,
        r#"{"error":"unauthorized","error_description":"a token is required"}"#
    );

    let answer = caller.post(Some("bad"), &[], body()).await;
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer realm="tcp", error="invalid_token""#)
    );

    let answer = caller.post(Some(&token("b")), &[], body()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(
        answer.challenge.as_deref(),
        Some(r#"Bearer realm="tcp", error="insufficient_scope", scope="a""#)
    );
    assert_eq!(
        answer.body,
        r#"{"error":"insufficient_scope","error_description":"the token lacks a scope"}"#
    );
}

/// Refuses requests whose bodies nobody reads, and goes on to serve good ones.
async fn refused_bodies(protocol: Protocol) {
    let caller = Caller::new(protocol).await;
    let good = token("a");
    for _ in 0..3 {
        let large = Bytes::from(vec![b'x'; 40_000]);
        let answer = caller.post(Some("bad"), &[], large.clone()).await;
        assert_eq!(answer.status, 401);
        let answer = caller.post(Some(&good), &[], large).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.starts_with("anna sent 40000 bytes"));
    }
}

async fn many_at_once(protocol: Protocol) {
    let caller = std::sync::Arc::new(Caller::new(protocol).await);
    let mut requests = tokio::task::JoinSet::new();
    let tokens = [token("a"), token("b")];
    for n in 0..40 {
        let caller = std::sync::Arc::clone(&caller);
        let token = tokens[n % 2].clone();
        requests.spawn(async move {
            let answer = caller.post(Some(&token), &[], Bytes::new()).await;
            (n % 2, answer.status)
        });
    }
    while let Some(answered) = requests.join_next().await {
        let (kind, status) = answered.unwrap();
        assert_eq!(status, [200, 403][kind]);
    }
}

#[tokio::test]
async fn answers_over_http_1_1() {
    good_and_bad_requests(Protocol::Http1).await;
    refused_bodies(Protocol::Http1).await;
    many_at_once(Protocol::Http1).await;
}

#[tokio::test]
async fn answers_over_http_2() {
    good_and_bad_requests(Protocol::Http2).await;
    refused_bodies(Protocol::Http2).await;
    many_at_once(Protocol::Http2).await;
}

#[tokio::test]
async fn every_cookie_line_of_http_2_is_marked_sensitive() {
    let caller = Caller::new(Protocol::Http2).await;
    let good = token("a");
    let answer = caller
        .post(Some(&good), &["a=1", "b=2"], Bytes::new())
        .await;
    // RFC 9113, section 8.2.3: a client may send each cookie in a line of its own.
    assert_eq!(
        answer.body,
        "anna sent 0 bytes, 2 cookie lines, 3 sensitive"
    );
}
