//! What the costliest refusals cost, in signatures: `cargo bench --bench refused`.
//!
//! Each line is one kind of request that a stranger can send, measured in turns with one verification of
//! the longest token by the same key. SECURITY.md has the outcome. A token without `kid` has every key of
//! its algorithm tried, four at most, and costs as many.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use keycard::keys::KeySet;
use keycard::request::ForwardAuth;
use keycard::{Algorithm, JwtLayer, SigningKey, TokenCookie, Trust, Verifier, VerifyingKey};
use tower::{Layer, Service};

const ROUNDS: usize = 31;

/// As many bytes as hyper reads of the headers of one HTTP/1.1 request, about.
const ALL_OF_A_HEAD: usize = 400_000;

/// What a signature covers in the longest token that is not refused for its length.
const LONGEST_MESSAGE: usize = 16_000;

/// The longest query that fits into an address.
const LONGEST_QUERY: usize = 65_000;

/// Stands where the application would: nothing gets this far.
#[derive(Clone)]
struct Unreached;

impl Service<Request<()>> for Unreached {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        ready(Ok(Response::new(Bytes::new())))
    }
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn with(name: &'static str, value: impl AsRef<[u8]>) -> Request<()> {
    let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
    Request::get("/").header(name, value).body(()).unwrap()
}

fn bearer(token: &str) -> Request<()> {
    with("authorization", format!("Bearer {token}"))
}

/// A token with this header, a payload, and no signature that would fit.
fn token(header: &str, payload: usize, signature: usize) -> String {
    let (payload, signature) = (vec![b'x'; payload], vec![1; signature]);
    let segments = [base64url(header), base64url(payload), base64url(signature)];
    segments.join(".")
}

/// A header of the most bytes that are read, all of them in members like this.
fn header_of(algorithm: &str, member: impl Fn(usize) -> String) -> String {
    let mut header = format!(r#"{{"alg":"{algorithm}""#);
    for n in 0.. {
        let member = member(n);
        if header.len() + member.len() + 2 > 1536 {
            break;
        }
        header = header + "," + &member;
    }
    header + "}"
}

/// A cookie that another site had sent.
fn foreign(origin: String) -> Request<()> {
    Request::post("/")
        .header("cookie", "__Host-session=a")
        .header("origin", origin)
        .body(())
        .unwrap()
}

/// What a browser sends over plain http when somebody presses a button.
fn form(content_type: String) -> Request<()> {
    Request::post("/")
        .header("accept", "text/html")
        .header("content-type", content_type)
        .body(())
        .unwrap()
}

fn navigation(mut request: Request<()>) -> Request<()> {
    let mode = HeaderValue::from_static("navigate");
    request.headers_mut().insert("sec-fetch-mode", mode);
    request
}

type Attack = (&'static str, Request<()>);

/// Heads that are long, or have to be written into an answer.
fn long_heads() -> Vec<Attack> {
    let page = |length| {
        navigation(
            Request::get(format!("/{}", "%".repeat(length)))
                .body(())
                .unwrap(),
        )
    };
    let cookies = |part: &str| with("cookie", part.repeat(ALL_OF_A_HEAD / part.len()));
    let spaces = " ".repeat(ALL_OF_A_HEAD);
    vec![
        ("no credential", Request::get("/").body(()).unwrap()),
        ("a page without one", page(2_000)),
        ("a long page without one", page(60_000)),
        (
            "Accept",
            with("accept", "text/htm".repeat(ALL_OF_A_HEAD / 8)),
        ),
        ("Authorization", bearer(&"a".repeat(ALL_OF_A_HEAD))),
        (
            "Authorization of spaces",
            with("authorization", format!("Bearer{spaces}a")),
        ),
        (
            "Cookie of one",
            with("cookie", "a=".to_owned() + &"a".repeat(ALL_OF_A_HEAD)),
        ),
        ("Cookie of pairs", cookies("_=;")),
        ("Cookie of almost its name", cookies("__Host-sessio=;")),
        ("Cookie of its name", cookies("__Host-session=")),
        ("Cookie of other names", cookies("x__Host-session=a;")),
        ("Cookie of itself", cookies("__Host-session=a;")),
        (
            "Cookie of spaces",
            with("cookie", format!("a;{spaces}__Host-session=a")),
        ),
        (
            "Cookie of its name and spaces",
            cookies(&format!("x{}__Host-session=", " ".repeat(63))),
        ),
        (
            "Cookie of itself, empty",
            cookies(&format!(";{0}__Host-session={0}", " ".repeat(16))),
        ),
        (
            "Content-Type of spaces",
            form("text/plain".to_owned() + &spaces + ";"),
        ),
        ("Content-Type", form("a".repeat(ALL_OF_A_HEAD))),
        (
            "two cookies, and a long host",
            Request::get("/")
                .header("host", "a.".repeat(ALL_OF_A_HEAD / 2) + "example")
                .header("cookie", "__Secure-wide=a; __Secure-wide=b")
                .body(())
                .unwrap(),
        ),
        (
            "a header of a proxy",
            with("x-token", "a".repeat(ALL_OF_A_HEAD)),
        ),
        (
            "the same, of padding",
            with("x-token", "a".to_owned() + &"=".repeat(16_000)),
        ),
        ("Origin", foreign("https://a".repeat(ALL_OF_A_HEAD / 9))),
    ]
}

/// Tokens whose header takes long to read, and fits no key.
fn costly_headers(signature: usize) -> Vec<Attack> {
    let escaped = |n| format!(r#""\u00{:02x}\u00{:02x}":0"#, 0x40 + n / 64, 0x40 + n % 64);
    let halfway = "9007199254740993.00000000000000000000000000000001";
    let digits = "7".repeat(300) + "." + &"3".repeat(1200);
    let unfit = |header: &str| bearer(&token(header, 100, signature));
    let of = |member: &dyn Fn(usize) -> String| unfit(&header_of("none", member));
    let nested = "[".repeat(31) + &"]".repeat(31);
    let elements = "0,".repeat(700);
    vec![
        ("16 kB of dots", bearer(&".".repeat(16 * 1024))),
        (
            "16 kB of signature",
            bearer(&token(r#"{"alg":"none"}"#, 100, 12_000)),
        ),
        (
            "16 kB of payload",
            bearer(&token(r#"{"alg":"none"}"#, 12_000, signature)),
        ),
        ("many members", of(&|n| format!(r#""{n:x}":0"#))),
        ("escaped names", of(&escaped)),
        ("long numbers", of(&|n| format!(r#""{n}":{halfway}"#))),
        (
            "one long number",
            unfit(&format!(r#"{{"alg":"none","a":{digits}}}"#)),
        ),
        ("many elements", of(&|n| format!(r#""{n}":[{elements}0]"#))),
        ("deep", of(&|n| format!(r#""{n}":{nested}"#))),
    ]
}

/// Pages that are asked for with a long query, for a layer that takes a token from there.
fn queries() -> Vec<Attack> {
    let of = |part: &str| {
        let query = part.repeat(LONGEST_QUERY / part.len());
        navigation(Request::get(format!("/?{query}")).body(()).unwrap())
    };
    vec![
        ("a query of nothing", of("&")),
        ("a query of almost its name", of("toke=&")),
        ("a query of its name", of("token")),
        ("a query of tokens", of("token&")),
        ("a query of its token", of("&token=")),
    ]
}

/// What a proxy asks, where a client has written the address.
fn questions() -> Vec<Attack> {
    let of = |host: &str, path: &str| {
        navigation(
            Request::get("/")
                .header("x-forwarded-method", "GET")
                .header("x-forwarded-proto", "https")
                .header("x-forwarded-host", host)
                .header("x-forwarded-uri", path)
                .body(())
                .unwrap(),
        )
    };
    let codes = format!("/{}", "%20".repeat(2_700));
    let query = "a".repeat(55_000);
    vec![
        ("a question", of("a", "/")),
        (
            "about a long host",
            of(&"a.".repeat(ALL_OF_A_HEAD / 2), "/"),
        ),
        (
            "about a long path",
            of("a", &format!("/{}", "a/".repeat(30_000))),
        ),
        ("about a long address", of("a", &format!("{codes}?{query}"))),
    ]
}

/// Tokens that need a look at their signature.
fn wrong_signatures(name: &str, signature: usize) -> Vec<Attack> {
    let good = format!(r#"{{"alg":"{name}"}}"#);
    let many = header_of(name, |n| format!(r#""n{n:x}":0"#));
    vec![
        ("a wrong signature", bearer(&token(&good, 200, signature))),
        ("the same, 16 kB", bearer(&token(&good, 11_700, signature))),
        (
            "the same, many members",
            bearer(&token(&many, 10_300, signature)),
        ),
    ]
}

/// Tokens whose payload takes long to read, for a verifier that has to choose among several issuers by it.
fn costly_payloads(name: &str, signature: usize) -> Vec<Attack> {
    let of = |payload: String| {
        let segments = [
            base64url(format!(r#"{{"alg":"{name}"}}"#)),
            base64url(payload),
            base64url(vec![1; signature]),
        ];
        bearer(&segments.join("."))
    };
    let members = |member: &dyn Fn(usize) -> String| {
        let mut payload = r#"{"iss":"nobody""#.to_owned();
        for n in 0.. {
            let member = member(n);
            if payload.len() + member.len() + 2 > 11_700 {
                break;
            }
            payload = payload + "," + &member;
        }
        of(payload + "}")
    };
    let prefix = r"\u0061".repeat(110);
    let objects = |count: usize, last: &str| {
        let last = last.to_owned();
        members(&move |n| {
            let names = (1..count).map(|m| format!(r#""{m:x}":0"#));
            let names: Vec<String> = names.chain([format!(r#""{last}":0"#)]).collect();
            format!(r#""{n}":{{{}}}"#, names.join(","))
        })
    };
    let elements = "0,".repeat(1_000);
    vec![
        (
            "a payload of many members",
            members(&|n| format!(r#""{n:x}":0"#)),
        ),
        (
            "of escaped names",
            members(&|n| format!(r#""{prefix}{n:x}":0"#)),
        ),
        ("of objects of one member", objects(1, "z")),
        ("of one escaped member", objects(1, r"\u007a")),
        ("of sixteen members", objects(16, "z")),
        ("of seventeen members", objects(17, "z")),
        ("of these, one escaped", objects(17, r"\u007a")),
        ("of thirty-two members", objects(32, "z")),
        ("of thirty-three members", objects(33, "z")),
        ("of names that begin alike", {
            let alike = |n| {
                let names = (16..48).map(|m| format!(r#""aaaaaaa{m:x}":0"#));
                format!(r#""{n}":{{{}}}"#, names.collect::<Vec<_>>().join(","))
            };
            members(&alike)
        }),
        ("of a large object before small ones", {
            let many = (0..700)
                .map(|m| format!(r#""{m:x}":0"#))
                .collect::<Vec<_>>();
            members(&move |n| match n {
                0 => format!(r#""0":{{{}}}"#, many.join(",")),
                n => format!(r#""{n:x}":{{"\u007a":0,"a":0}}"#),
            })
        }),
        (
            "of many elements",
            members(&|n| format!(r#""{n}":[{elements}0]"#)),
        ),
        (
            "of long numbers",
            members(&|n| format!(r#""{n}":9007199254740993.0000000000001"#)),
        ),
        ("of long dates", {
            // It lies between two floats, and takes all of its digits to round.
            let date = format!("2.{}e-323", "4703282292062327208".repeat(100));
            of(format!(
                r#"{{"iss":"nobody","exp":{date},"nbf":{date},"iat":{date}}}"#
            ))
        }),
    ]
}

fn several_trusts(keys: &KeySet) -> JwtLayer {
    let trust = |issuer: String| Trust::new(issuer, keys.clone()).audience("a");
    let tenants = (0..1_000).map(|n| format!("{n:06}"));
    let names = ["desk", "spa", "pool"].map(str::to_owned);
    let trusts = names.into_iter().chain(tenants).map(trust);
    JwtLayer::new(Verifier::trusting(trusts).build().unwrap())
}

fn layer(keys: KeySet) -> JwtLayer {
    let verifier = Verifier::builder(keys).audience("a").build().unwrap();
    let wide = TokenCookie::builder("wide").domain("rooms.example");
    let wide = wide.build().unwrap();
    JwtLayer::new(verifier)
        .cookie(TokenCookie::new("session").unwrap())
        .cookie(wide)
        .header("x-token")
        .login_page("/login")
}

/// How long one of these takes that are done `times` times.
fn time(times: u32, mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        work();
    }
    start.elapsed() / times
}

fn refuse(
    service: &mut impl Service<Request<()>, Response = Response<Bytes>, Error = Infallible>,
    request: Request<()>,
) -> StatusCode {
    let answer = pin!(service.call(request));
    match answer.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.status(),
        Poll::Pending => unreachable!("the keys are at hand"),
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn measure(key: &VerifyingKey, layer: &JwtLayer, what: &str, request: &Request<()>) -> f64 {
    const TIMES: u32 = 20;
    let algorithm = key.algorithms().next().unwrap();
    let length = signature_length(algorithm);
    let (message, signature) = (vec![b'x'; LONGEST_MESSAGE], vec![1; length]);
    let mut service = layer.layer(Unreached);
    let (mut refusals, mut signatures) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        signatures.push(time(TIMES, || {
            assert!(black_box(key.verify(algorithm, &message, &signature)).is_err());
        }));
        let mut requests = vec![request.clone(); TIMES as usize];
        refusals.push(time(TIMES, || {
            let status = refuse(&mut service, requests.pop().unwrap());
            assert!(
                !status.is_success() && !status.is_server_error(),
                "{what}: {status}"
            );
        }));
    }
    let (refusal, signature) = (median(refusals), median(signatures));
    println!(
        "{algorithm} {what:26} {:9.2} us {:7.2} signatures",
        refusal * 1e6,
        refusal / signature
    );
    refusal / signature
}

const fn signature_length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::HS256 => 32,
        Algorithm::RS256 => 256,
        _ => 64,
    }
}

/// What hyper does to such a head before anybody else sees it.
fn read_head(what: &str, value: &str) {
    let head = format!("GET / HTTP/1.1\r\nhost: rooms.example\r\ncookie: {value}\r\n\r\n");
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.push(time(20, || {
            let mut headers = [httparse::EMPTY_HEADER; 4];
            let mut request = httparse::Request::new(&mut headers);
            request.parse(black_box(head.as_bytes())).unwrap();
            let value = request.headers[1].value.to_vec();
            black_box(HeaderValue::from_bytes(&value).unwrap());
        }));
    }
    println!("hyper {what:26} {:9.2} us", median(times) * 1e6);
}

fn main() {
    read_head(
        "reads 400 kB of cookies",
        &"__Host-sessio=;".repeat(ALL_OF_A_HEAD / 15),
    );
    for algorithm in [
        Algorithm::HS256,
        Algorithm::RS256,
        Algorithm::ES256,
        Algorithm::EdDSA,
    ] {
        let key = || SigningKey::generate(algorithm).unwrap().verifying_key();
        let first = key();
        let mut worst = (0.0, "nothing");
        let length = signature_length(algorithm);
        let attacks = long_heads().into_iter().chain(costly_headers(length));
        for (what, request) in attacks.chain(wrong_signatures(algorithm.name(), length)) {
            let factor = measure(&first, &layer(KeySet::new([first.clone()])), what, &request);
            if factor > worst.0 {
                worst = (factor, what);
            }
        }
        println!("{algorithm} at most {:.2} signatures: {}", worst.0, worst.1);
        let several = KeySet::new([key(), key(), key(), key(), key()]);
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let request = bearer(&token(&header, 200, signature_length(algorithm)));
        measure(
            &first,
            &layer(several),
            "a wrong signature, five keys",
            &request,
        );
        for (what, request) in queries() {
            let layer = layer(KeySet::new([first.clone()]));
            let layer = layer.dangerous_query_parameter("token");
            measure(&first, &layer, what, &request);
        }
        for (what, request) in questions() {
            let layer = layer(KeySet::new([first.clone()]));
            let layer = layer.forward_auth(ForwardAuth::traefik());
            measure(&first, &layer, what, &request);
        }
        for (what, request) in costly_payloads(algorithm.name(), length) {
            let layer = several_trusts(&KeySet::new([first.clone()]));
            measure(&first, &layer, what, &request);
        }
    }
}
