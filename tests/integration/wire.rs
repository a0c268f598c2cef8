//! A server on a real socket, and requests written to it byte by byte.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use keycard::{JwtLayer, TokenCookie};
use loona_hpack::Decoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::recorder;

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A field of a header, as it is written.
pub type Field = (Vec<u8>, Vec<u8>);

pub fn field(name: &str, value: impl AsRef<[u8]>) -> Field {
    (name.into(), value.as_ref().to_vec())
}

pub fn bearer(token: impl AsRef<[u8]>) -> Field {
    field("authorization", [b"Bearer ", token.as_ref()].concat())
}

/// What came back.
#[derive(Debug, Eq, PartialEq)]
pub enum Reply {
    Answer {
        status: u16,
        challenge: Option<String>,
    },
    /// The server ended the stream or the connection without an answer.
    Closed,
}

impl Reply {
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer { status, .. } => Some(*status),
            Self::Closed => None,
        }
    }
}

/// A server of axum, as its users start one.
pub struct Server {
    address: SocketAddr,
}

impl Server {
    pub async fn start(layer: JwtLayer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let layer = layer.cookie(TokenCookie::new("session").unwrap());
        let layer = layer.login_page("/login");
        let app = Router::new().route("/", any(async || "in")).layer(layer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address }
    }

    /// Sends a request over both protocols, and returns both replies.
    pub async fn ask(&self, fields: &[Field]) -> [Reply; 2] {
        let values = fields
            .iter()
            .map(|(_, value)| String::from_utf8_lossy(value));
        for value in values {
            recorder::tokens(value.split([' ', '=']));
        }
        let (one, two) = (self.over_http_1(fields), self.over_http_2(fields));
        [
            timeout(PATIENCE, one).await.expect("an answer, no hang"),
            timeout(PATIENCE, two).await.expect("an answer, no hang"),
        ]
    }

    pub async fn over_http_1(&self, fields: &[Field]) -> Reply {
        let mut request =
            b"GET / HTTP/1.1\r\nHost: rooms.example\r\nConnection: close\r\n".to_vec();
        for (name, value) in fields {
            request.extend_from_slice(name);
            request.extend_from_slice(b": ");
            request.extend_from_slice(value);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        let answer = self.exchange(&request).await;
        let text = String::from_utf8_lossy(&answer);
        let Some(status) = text.strip_prefix("HTTP/1.1 ") else {
            return Reply::Closed;
        };
        let challenge = text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            (name == "www-authenticate").then(|| value.to_owned())
        });
        Reply::Answer {
            status: status[..3].parse().unwrap(),
            challenge,
        }
    }

    pub async fn over_http_2(&self, fields: &[Field]) -> Reply {
        let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        frame(&mut request, SETTINGS, 0, 0, &[]);
        headers(&mut request, fields);
        // The server ends the connection once it has answered.
        frame(&mut request, GO_AWAY, 0, 0, &[0; 8]);
        let answer = self.exchange(&request).await;
        read_frames(&answer)
    }

    /// Writes all of it, and reads until the server ends the connection.
    async fn exchange(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let mut answer = Vec::new();
        let write = async {
            // A server that has seen enough does not read the rest.
            let _ = writer.write_all(request).await;
        };
        let read = async {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut part).await {
                answer.extend_from_slice(&part[..length]);
            }
        };
        tokio::join!(write, read);
        recorder::raw_answer(&answer);
        answer
    }
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// RFC 9113, section 4.1: length, type, flags, stream, payload.
fn frame(bytes: &mut Vec<u8>, kind: u8, flags: u8, stream: u8, payload: &[u8]) {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    bytes.extend_from_slice(&length[1..]);
    bytes.extend_from_slice(&[kind, flags, 0, 0, 0, stream]);
    bytes.extend_from_slice(payload);
}

/// Writes the fields in as many frames as it takes.
fn headers(bytes: &mut Vec<u8>, fields: &[Field]) {
    let mut block = Vec::new();
    for (name, value) in [
        (&b":method"[..], &b"GET"[..]),
        (b":scheme", b"http"),
        (b":path", b"/"),
        (b":authority", b"rooms.example"),
    ] {
        literal(&mut block, name, value);
    }
    for (name, value) in fields {
        literal(&mut block, name, value);
    }
    let mut parts = block.chunks(16_000).peekable();
    let mut kind = HEADERS;
    while let Some(part) = parts.next() {
        let end_stream = if kind == HEADERS { END_STREAM } else { 0 };
        let end_headers = if parts.peek().is_none() {
            END_HEADERS
        } else {
            0
        };
        frame(bytes, kind, end_stream | end_headers, 1, part);
        kind = CONTINUATION;
    }
}

/// RFC 7541, section 6.2.2: a literal without indexing, neither name nor value in Huffman's code.
fn literal(block: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    block.push(0);
    for text in [name, value] {
        let mut length = text.len();
        if length < 127 {
            block.push(u8::try_from(length).unwrap());
        } else {
            block.push(127);
            length -= 127;
            while length >= 128 {
                block.push(u8::try_from(length % 128).unwrap() | 128);
                length /= 128;
            }
            block.push(u8::try_from(length).unwrap());
        }
        block.extend_from_slice(text);
    }
}

fn read_frames(mut bytes: &[u8]) -> Reply {
    let mut decoder = Decoder::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        let Some((payload, after)) = rest.split_at_checked(length) else {
            break;
        };
        if *kind == HEADERS {
            return read_fields(&decoder.decode(payload).unwrap());
        }
        bytes = after;
    }
    Reply::Closed
}

fn read_fields(fields: &[(Vec<u8>, Vec<u8>)]) -> Reply {
    let value = |wanted: &str| {
        let mut fields = fields.iter();
        let found = fields.find(|(name, _)| name == wanted.as_bytes());
        found.map(|(_, value)| String::from_utf8(value.clone()).unwrap())
    };
    Reply::Answer {
        status: value(":status").unwrap().parse().unwrap(),
        challenge: value("www-authenticate"),
    }
}
