//! Cookie lines as they come off a socket, in HTTP/1.1 and in HTTP/2.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use keycard::TokenCookie;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::recorder;
use crate::support::{layer, token};

/// Serves until the test is over.
async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cookie = TokenCookie::new("session").unwrap();
    let app = Router::new()
        .route("/", get(async || "in"))
        .layer(layer().cookie(cookie));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Writes the lines as they are, and returns the status.
async fn raw(address: SocketAddr, lines: &[Vec<u8>]) -> u16 {
    let mut request = b"GET / HTTP/1.1\r\nHost: rooms.example\r\nConnection: close\r\n".to_vec();
    for line in lines {
        request.extend_from_slice(line);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    recorder::raw_answer(&answer);
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Sends every value as a field of its own, as browsers do to save space.
async fn over_http_2(address: SocketAddr, values: &[Vec<u8>]) -> u16 {
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http::<Empty<Bytes>>();
    let mut request = Request::get(format!("http://{address}/")).version(Version::HTTP_2);
    for value in values {
        request = request.header("cookie", value.as_slice());
    }
    let response = client.request(request.body(Empty::new()).unwrap()).await;
    response.unwrap().status().as_u16()
}

/// What stands in the `Cookie` lines, and what comes of it.
fn cases() -> Vec<(Vec<Vec<u8>>, u16)> {
    let (good, other) = (token("a"), token("b"));
    let name = "__Host-session";
    let line = |text: String| text.into_bytes();
    vec![
        (vec![], 401),
        (vec![line(format!("{name}={good}"))], 200),
        (
            vec![
                line("a=b".into()),
                line(format!("{name}={good}")),
                line("c=d".into()),
            ],
            200,
        ),
        (vec![line(format!("a=b; {name}={good}; c=\"d\""))], 200),
        (vec![line(format!("{name}=; {name}={good}"))], 200),
        (vec![line(format!("{name}={good}; {name}={other}"))], 400),
        (
            vec![
                line(format!("{name}={good}")),
                line(format!("{name}={other}")),
            ],
            400,
        ),
        (
            vec![
                line(format!("{name}={good}")),
                line(format!("{name}={good}")),
            ],
            400,
        ),
        (vec![line(format!("{name}=\"{good}\""))], 401),
        (vec![line(format!("__Host%2Dsession={good}"))], 401),
        (vec![line(format!("%5f%5fHost-session={good}"))], 401),
        (vec![line(format!("__HOST-session={good}"))], 401),
        (vec![line(format!("__host-session={good}"))], 401),
        (vec![line(format!("{name} ={good}"))], 401),
        (vec![line(name.to_owned())], 401),
        (vec![line(format!("{name}="))], 401),
        (vec![[name.as_bytes(), b"=\xff.\xfe.\xfd"].concat()], 401),
        (
            vec![line(format!("{}; {name}={good}", "a=b; ".repeat(1000)))],
            200,
        ),
    ]
}

#[tokio::test]
async fn every_line_over_http_1() {
    let address = serve().await;
    for (values, status) in cases() {
        let lines: Vec<_> = values
            .iter()
            .map(|value| [&b"Cookie: "[..], value].concat())
            .collect();
        let shown = String::from_utf8_lossy(&lines.concat()).into_owned();
        assert_eq!(raw(address, &lines).await, status, "{shown:.200}");
    }
    // The name of a header has no case, and its value no space around it.
    let line = format!("cOOKIE:\t __Host-session={} \t", token("a"));
    assert_eq!(raw(address, &[line.into_bytes()]).await, 200);
}

#[tokio::test]
async fn every_line_over_http_2() {
    let address = serve().await;
    for (values, status) in cases() {
        let shown = String::from_utf8_lossy(&values.concat()).into_owned();
        assert_eq!(over_http_2(address, &values).await, status, "{shown:.200}");
    }
}
