//! A real client and a real server of tonic: refusals arrive as the status codes of gRPC.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use keycard::revocation::{RevocationList, RevocationStatus, TokenIdentity};
use keycard::verify::Outage;
use keycard::{JwtLayer, require_role, require_scope};
use serde_json::json;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tower::ServiceExt;

use crate::recorder;
use crate::support::{NO_TOKEN, NOW, layer, token, token_with, verifier};

const CHECK: &str = "/grpc.health.v1.Health/Check";

/// The health service of tonic behind a guard.
fn service() -> Router {
    let (_, health) = tonic_health::server::health_reporter();
    Routes::new(health)
        .into_axum_router()
        .layer(require_scope("health:read"))
}

/// Serves until the test is over, and returns the address.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_routes(Routes::from(router));
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    address
}

/// Asks for the health of the server, and returns its answer or the status of the refusal.
async fn check(address: SocketAddr, token: Option<&str>) -> Result<ServingStatus, Status> {
    let channel = Channel::from_shared(format!("http://{address}")).unwrap();
    let channel = channel.connect().await.unwrap();
    let credential = token.map(|token| format!("Bearer {token}").parse().unwrap());
    let mut client = HealthClient::with_interceptor(channel, move |mut call: tonic::Request<()>| {
        if let Some(credential) = &credential {
            let credential = tonic::metadata::MetadataValue::clone(credential);
            call.metadata_mut().insert("authorization", credential);
        }
        Ok(call)
    });
    let reply = client.check(HealthCheckRequest::default()).await?;
    Ok(reply.into_inner().status())
}

#[tokio::test]
async fn a_good_token_is_served() {
    let address = serve(service().layer(layer())).await;
    let status = check(address, Some(&token("health:read"))).await.unwrap();
    assert_eq!(status, ServingStatus::Serving);
}

#[tokio::test]
async fn a_refusal_has_the_code_of_its_class() {
    let address = serve(service().layer(layer().realm("grpc"))).await;
    let expired = token_with(json!({"exp": NOW - 61, "scope": "health:read"}));
    for (token, code, message) in [
        (None, Code::Unauthenticated, "a token is required"),
        (Some("bad"), Code::Unauthenticated, "the token is not valid"),
        (
            Some("two words"),
            Code::Unauthenticated,
            "the request is malformed",
        ),
        (Some(&expired), Code::Unauthenticated, "the token expired"),
        (
            Some(&token("other")),
            Code::PermissionDenied,
            "the token lacks a scope",
        ),
    ] {
        let status = check(address, token).await.unwrap_err();
        assert_eq!(status.code(), code, "{message}");
        assert_eq!(status.message(), message);
    }
}

#[tokio::test]
async fn a_missing_role_is_permission_denied() {
    let address = serve(service().layer(require_role("nurse")).layer(layer())).await;
    let doctor = token_with(json!({"roles": ["doctor"], "scope": "health:read"}));
    let status = check(address, Some(&doctor)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(status.message(), "this is not allowed");

    let nurse = token_with(json!({"roles": ["nurse"], "scope": "health:read"}));
    assert!(check(address, Some(&nurse)).await.is_ok());
}

struct Out;

impl RevocationList for Out {
    fn status(&self, token: &TokenIdentity<'_>) -> RevocationStatus {
        if token.id.as_deref() == Some("known") {
            return RevocationStatus::Good;
        }
        RevocationStatus::Unknown(Outage::new(Duration::from_secs(3)))
    }
}

fn out() -> JwtLayer {
    JwtLayer::new(verifier().revocation(Out).build().unwrap())
}

#[tokio::test]
async fn an_outage_is_unavailable() {
    let address = serve(service().layer(out())).await;
    let status = check(address, Some(&token("health:read"))).await;
    let status = status.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.message(), "the token cannot be checked right now");

    let known = token_with(json!({"jti": "known", "scope": "health:read"}));
    assert!(check(address, Some(&known)).await.is_ok());
}

/// Sends what a gRPC client sends, and returns what HTTP makes of it.
async fn raw(address: SocketAddr, content_type: &str, token: Option<&str>) -> Response<Incoming> {
    let mut request = Request::post(format!("http://{address}{CHECK}"))
        .header("content-type", content_type)
        .header("te", "trailers");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    // An empty message, not compressed.
    let request = request.body(Full::<Bytes>::from(vec![0; 5]));
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let request = request.unwrap();
    recorder::request(request.headers());
    let response = client.request(request).await.unwrap();
    recorder::answer(response.headers(), "", false);
    response
}

fn header<'a, B>(response: &'a Response<B>, name: &str) -> Option<&'a str> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap())
}

#[tokio::test]
async fn a_refusal_consists_of_trailers_only() {
    let guarded = serve(service().layer(layer().realm("grpc"))).await;
    let unavailable = serve(service().layer(out())).await;
    for (address, token, code, message) in [
        (guarded, None, "16", "a token is required"),
        (
            guarded,
            Some(token("other")),
            "7",
            "the token lacks a scope",
        ),
        (
            unavailable,
            Some(token("health:read")),
            "14",
            "the token cannot be checked right now",
        ),
    ] {
        for content_type in ["application/grpc", "application/grpc+proto"] {
            let response = raw(address, content_type, token.as_deref()).await;
            assert_eq!(response.status(), 200, "{message}");
            assert_eq!(header(&response, "content-type"), Some("application/grpc"));
            assert_eq!(header(&response, "grpc-status"), Some(code));
            assert_eq!(header(&response, "grpc-message"), Some(message));
            for other in ["www-authenticate", "retry-after", "content-length"] {
                assert_eq!(header(&response, other), None, "{other}");
            }
            assert!(
                response.body().is_end_stream(),
                "the headers end the stream"
            );
            let body = response.into_body().collect().await.unwrap();
            assert_eq!(body.trailers(), None);
            assert_eq!(body.to_bytes(), "");
        }
    }

    let good = raw(guarded, "application/grpc", Some(&token("health:read"))).await;
    assert_eq!(good.status(), 200);
    assert_eq!(
        header(&good, "grpc-status"),
        None,
        "it comes in the trailers"
    );
    let body = good.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
    assert!(!body.to_bytes().is_empty());
}

#[tokio::test]
async fn other_content_is_answered_as_http() {
    let address = serve(service().layer(layer())).await;
    for content_type in ["application/json", "text/grpc", "application/x-grpc"] {
        let response = raw(address, content_type, None).await;
        assert_eq!(response.status(), 401, "{content_type}");
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        assert_eq!(header(&response, "www-authenticate"), Some(NO_TOKEN));
        assert_eq!(header(&response, "grpc-status"), None);
    }
}

#[tokio::test]
async fn the_hook_answers_refusals_of_grpc_too() {
    let hook = |_: &keycard::Rejection, head: keycard::request::RequestHead<'_>| {
        assert_eq!(head.uri().path(), CHECK);
        Response::builder()
            .header("content-type", "application/grpc")
            .header("grpc-status", "8")
            .body(Bytes::new())
            .unwrap()
    };
    let address = serve(service().layer(layer().on_rejection(hook))).await;
    let status = check(address, Some("bad")).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let status = check(address, Some(&token("other"))).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let served = check(address, Some(&token("health:read"))).await;
    assert!(served.is_ok());
}

#[tokio::test]
async fn an_explained_refusal_arrives_as_it_was_written() {
    let address = serve(service().layer(layer().explain())).await;
    let expired = token_with(json!({"exp": NOW - 61}));
    let status = check(address, Some(&expired)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let loud = "the exp claim is in the past: 61 seconds ago, with a leeway of 60";
    assert_eq!(status.message(), loud);
}

/// What makes a request one of gRPC, in HTTP/2.
fn grpc_request() -> Request<axum::body::Body> {
    Request::post(CHECK)
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(axum::body::Body::from(vec![0; 5]))
        .unwrap()
}

#[tokio::test]
async fn a_missing_layer_is_internal() {
    let response = service().oneshot(grpc_request()).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "grpc-status"), Some("13"));
}

#[tokio::test]
async fn nobody_gets_200_by_a_header_alone() {
    let app = || {
        axum::Router::new()
            .fallback(async || "in")
            .layer(crate::support::layer())
    };
    let answer = async |change: fn(&mut Request<axum::body::Body>)| {
        let mut request = grpc_request();
        change(&mut request);
        let response = app().oneshot(request).await.unwrap();
        assert!(response.headers().contains_key("cache-control") || response.status() == 200);
        response.status().as_u16()
    };
    let set = |request: &mut Request<axum::body::Body>, content_type: &'static str| {
        let value = http::HeaderValue::from_static(content_type);
        request.headers_mut().insert("content-type", value);
    };
    assert_eq!(answer(|_| ()).await, 200);
    assert_eq!(
        answer(|request| *request.method_mut() = http::Method::GET).await,
        401
    );
    assert_eq!(
        answer(|request| *request.version_mut() = Version::HTTP_11).await,
        401
    );
    assert_eq!(
        answer(|request| drop(request.headers_mut().remove("te"))).await,
        401
    );
    for (content_type, status) in [
        ("application/grpc+proto", 200),
        ("application/grpc;charset=x", 200),
        ("application/grpc-web", 401),
        ("application/grpc-web-text+proto", 401),
        ("application/grpcfoo", 401),
        ("application/grpc-webfoo", 401),
        ("application/json", 401),
    ] {
        let mut request = grpc_request();
        set(&mut request, content_type);
        let response = app().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{content_type}");
    }
}

#[tokio::test]
async fn grpc_web_gets_both_kinds_of_status_whatever_the_version() {
    let app = axum::Router::new().fallback(async || "in").layer(layer());
    for version in [Version::HTTP_11, Version::HTTP_2] {
        let mut request = grpc_request();
        *request.version_mut() = version;
        let value = http::HeaderValue::from_static("application/grpc-web+proto");
        request.headers_mut().insert("content-type", value);
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(header(&response, "grpc-status"), Some("16"));
        assert_eq!(
            header(&response, "grpc-message"),
            Some("a token is required")
        );
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
        assert_eq!(header(&response, "www-authenticate"), Some(NO_TOKEN));
    }
}
