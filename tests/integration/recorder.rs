//! Writes down what leaves the process while the tests run: every log line, and every answer. And what
//! must not be in there: every token that is sent, and what it says.
//!
//! Nothing is written unless a file is named by [`FILE`], as [`leaks`](crate::leaks) does.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::{LazyLock, Mutex};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use keycard::SigningKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;

/// The variable of the environment that names the file.
pub const FILE: &str = "KEYCARD_RECORD";

/// A piece of text that shorter ones cannot be told from others by.
const SHORTEST: usize = 6;

/// One line of the file.
#[derive(Deserialize, Serialize)]
pub struct Record {
    pub kind: Kind,
    pub text: String,
    /// The test that it comes from, as far as it is known.
    pub test: String,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Kind {
    /// A line of the log.
    Log,
    /// The headers of any answer, and the body of one that refuses.
    Answer,
    /// What must not be in a log line or in an answer.
    Canary,
}

static RECORD: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| {
    let path = std::env::var_os(FILE)?;
    let file = OpenOptions::new().append(true).create(true).open(path);
    let subscriber = tracing_subscriber::fmt()
        .with_writer(|| LogLine)
        .with_max_level(LevelFilter::TRACE)
        .without_time()
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    Some(Mutex::new(file.unwrap()))
});

/// Has everything recorded from now on.
pub fn start() {
    LazyLock::force(&RECORD);
}

fn write(kind: Kind, text: &str) {
    let Some(file) = &*RECORD else {
        return;
    };
    let thread = std::thread::current();
    let record = Record {
        kind,
        text: text.to_owned(),
        test: thread.name().unwrap_or_default().to_owned(),
    };
    let line = serde_json::to_string(&record).unwrap() + "\n";
    file.lock().unwrap().write_all(line.as_bytes()).unwrap();
}

/// Where log lines go to.
pub struct LogLine;

impl Write for LogLine {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        write(Kind::Log, &String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes down an answer: of one that lets in only the headers, for its body is the handler's.
pub fn answer(headers: &HeaderMap, body: &str, refused: bool) {
    let mut text = String::new();
    for (name, value) in headers {
        // A token belongs there.
        if name != SET_COOKIE {
            let value = String::from_utf8_lossy(value.as_bytes());
            text.extend([name.as_str(), ": ", &value, "\n"]);
        }
    }
    write(Kind::Answer, &if refused { text + body } else { text });
}

/// Writes down an answer as it came off a socket.
pub fn raw_answer(bytes: &[u8]) {
    write(Kind::Answer, &String::from_utf8_lossy(bytes));
}

/// Notes the tokens of a request, wherever they are.
pub fn request(headers: &HeaderMap) {
    if RECORD.is_none() {
        return;
    }
    for value in headers.get_all(AUTHORIZATION) {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        tokens(value.split(' '));
    }
    for name in ["cf-access-jwt-assertion", "x-goog-iap-jwt-assertion"] {
        let values = headers.get_all(name).iter();
        tokens(values.filter_map(|value| value.to_str().ok()));
    }
    for value in headers.get_all(COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        tokens(value.split(';').filter_map(|pair| pair.split('=').nth(1)));
    }
}

/// Notes the parts of tokens, and everything that they say.
pub fn tokens<'a>(tokens: impl Iterator<Item = &'a str>) {
    if RECORD.is_none() {
        return;
    }
    for segment in tokens.flat_map(|token| token.split('.')) {
        if segment.len() < 16 {
            continue;
        }
        write(Kind::Canary, segment);
        let decoded = BASE64_URL_SAFE_NO_PAD.decode(segment);
        if let Ok(value) = serde_json::from_slice(&decoded.unwrap_or_default()) {
            texts(&value);
        }
    }
}

/// Notes every text in a header or a payload, but the names of algorithms and types, the scopes, which a challenge may
/// name, and addresses of servers that tests start, which are configured as issuers.
fn texts(value: &Value) {
    match value {
        Value::String(text) if text.contains("://127.0.0.1:") => {}
        Value::String(text) if text.len() >= SHORTEST => write(Kind::Canary, text),
        Value::Array(values) => values.iter().for_each(texts),
        Value::Object(members) => {
            let open = ["alg", "typ", "scope", "scp"];
            let members = members.iter();
            let members = members.filter(|(name, _)| !open.contains(&name.as_str()));
            members.for_each(|(_, value)| texts(value));
        }
        _ => {}
    }
}

/// Notes the lines of a private key.
pub fn key(key: &SigningKey) {
    let pem = key.to_pkcs8_pem().unwrap().unwrap();
    // The last line may have a few characters only.
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    for line in lines.filter(|line| line.len() >= 16) {
        write(Kind::Canary, line);
    }
}
