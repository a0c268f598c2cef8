//! Services inside of the layer whose body is not made of bytes.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::{BoxBody, UnsyncBoxBody};
use http_body_util::{BodyExt, Empty, Full};
use keycard::layer::{AnyBody, AnyBodyLayer};
use keycard::{CrossSite, require_scope};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::services::ServeDir;

use crate::support::{layer, token};

/// A service with a layer, a guard and the cross-site check around it: what it answers without and with a token, and
/// with one that lacks the scope.
async fn statuses<S, B>(service: S) -> [(u16, usize, Bytes); 3]
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let guarded = ServiceBuilder::new()
        .layer(layer())
        .layer(CrossSite::new())
        .layer(require_scope("a"))
        .layer(AnyBodyLayer::new())
        .service(service);
    let ask = async |token: Option<String>| {
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = "/Cargo.toml".parse().unwrap();
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        let answer = guarded.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let hint = http_body::Body::size_hint(answer.body()).exact();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        // A file may not say how long it is.
        let length = hint.map_or(body.len(), |length| length.try_into().unwrap());
        (status, length, body)
    };
    [
        ask(None).await,
        ask(Some(token("a"))).await,
        ask(Some(token("b"))).await,
    ]
}

fn assert_guarded(answers: &[(u16, usize, Bytes); 3], page: &[u8]) {
    let [anonymous, good, poor] = answers;
    assert_eq!((anonymous.0, good.0, poor.0), (401, 200, 403));
    assert_eq!(good.2, page);
    for (status, length, body) in answers {
        assert_eq!(*length, body.len(), "{status}");
    }
    assert!(anonymous.2.starts_with(br#"{"error":"unauthorized""#));
    assert!(poor.2.starts_with(br#"{"error":"insufficient_scope""#));
}

#[tokio::test]
async fn a_boxed_body() {
    let page = async |_| Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("in")).boxed()));
    let page: [(u16, usize, Bytes); 3] = statuses(service_fn(page)).await;
    assert_guarded(&page, b"in");
    let page = async |_| {
        let body: UnsyncBoxBody<Bytes, io::Error> = Full::new(Bytes::from("in"))
            .map_err(|never| match never {})
            .boxed_unsync();
        Ok::<_, io::Error>(Response::new(body))
    };
    assert_guarded(&statuses(service_fn(page)).await, b"in");
}

#[tokio::test]
async fn files_of_a_folder() {
    let folder = ServeDir::new(env!("CARGO_MANIFEST_DIR"));
    assert_guarded(&statuses(folder).await, include_bytes!("../../Cargo.toml"));
}

#[tokio::test]
async fn a_body_of_tonic() {
    let page = async |_| {
        Ok::<_, Infallible>(Response::new(tonic::body::Body::new(Full::new(
            Bytes::from("in"),
        ))))
    };
    let layer = AnyBodyLayer::new().layer(service_fn(page));
    let answer: Response<AnyBody<tonic::body::Body>> = layer
        .oneshot(Request::new(Empty::<Bytes>::new()))
        .await
        .unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "in");
}

/// An error of the body inside comes out, and so does an error of the service.
#[tokio::test]
async fn errors_come_through() {
    let broken = async |_: Request<Empty<Bytes>>| {
        let body = tonic::body::Body::new(
            Full::new(Bytes::new()).map_err(|_| tonic::Status::aborted("broken")),
        );
        Ok::<_, Infallible>(Response::new(body))
    };
    let service = ServiceBuilder::new()
        .layer(layer().optional())
        .layer(AnyBodyLayer::new())
        .service(service_fn(broken));
    let answer = service.oneshot(Request::new(Empty::new())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let failing = service_fn(async |_: Request<Empty<Bytes>>| {
        Err::<Response<BoxBody<Bytes, Infallible>>, _>(io::Error::other("down"))
    });
    let service = ServiceBuilder::new()
        .layer(layer().optional())
        .layer(AnyBodyLayer::new())
        .service(failing);
    assert_eq!(
        service
            .oneshot(Request::new(Empty::new()))
            .await
            .unwrap_err()
            .to_string(),
        "down"
    );
}

#[tokio::test]
async fn an_answer_is_one_piece_and_then_its_end() {
    use http_body::Body;
    for text in ["", "no entry"] {
        let body = AnyBody::<Empty<Bytes>>::from(Bytes::from(text));
        assert_eq!(
            (body.size_hint().exact(), body.is_end_stream()),
            (Some(text.len() as u64), text.is_empty())
        );
        assert_eq!(body.collect().await.unwrap().to_bytes(), text);
    }
}
