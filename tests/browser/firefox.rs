//! Firefox, driven over its own protocol, Marionette: `WebDriver`'s commands in JSON over a socket, each message
//! after its length and a colon. Debian has no driver that would translate.

use std::process::{self, Stdio};
use std::{fs, io};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use crate::browser::Command;
use crate::process::{Folder, Running};

/// The program to start.
pub const PROGRAM: &str = "firefox-esr";

/// A session with a profile of its own, closed when dropped.
pub struct Firefox {
    socket: Mutex<TcpStream>,
    _browser: Running,
    _profile: Folder,
}

impl Firefox {
    pub async fn start() -> Self {
        let profile = Folder::new();
        let any_port = "user_pref('marionette.port', 0);";
        fs::write(profile.path().join("user.js"), any_port).unwrap();
        let browser = Running::start(
            process::Command::new(PROGRAM)
                .args(["--headless", "--no-remote", "--marionette", "--profile"])
                .arg(profile.path())
                .env("HOME", profile.path())
                .env("TMPDIR", profile.path())
                .stdin(Stdio::null())
                .stderr(Stdio::null()),
        );
        let port = browser.word_after("Listening on port ");
        let address = format!("127.0.0.1:{port}");
        let mut socket = TcpStream::connect(address).await.unwrap();
        let hello = receive(&mut socket).await.unwrap();
        assert_eq!(hello["marionetteProtocol"], 3);
        let firefox = Self {
            socket: Mutex::new(socket),
            _browser: browser,
            _profile: profile,
        };
        let wanted = json!({"capabilities": {"alwaysMatch": {}}});
        firefox.send("NewSession", wanted).await.unwrap();
        firefox
    }

    pub async fn run(&self, command: Command<'_>) -> Result<Value, String> {
        let (name, parameters) = match command {
            Command::Open(url) => ("Navigate", json!({"url": url})),
            Command::Back => ("Back", json!({})),
            Command::Find(css) => (
                "FindElement",
                json!({"using": "css selector", "value": css}),
            ),
            Command::Click(id) => ("ElementClick", json!({"id": id})),
            Command::Write(id, text) => ("ElementSendKeys", json!({"id": id, "text": text})),
            Command::Script(script) => ("ExecuteScript", json!({"script": script, "args": []})),
            Command::Cookies => ("GetCookies", json!({})),
        };
        self.send(name, parameters).await
    }

    async fn send(&self, name: &str, parameters: Value) -> Result<Value, String> {
        let message = json!([0, 0, format!("WebDriver:{name}"), parameters]).to_string();
        let message = format!("{}:{message}", message.len());
        let mut socket = self.socket.lock().await;
        let answer = async {
            socket.write_all(message.as_bytes()).await?;
            receive(&mut socket).await
        };
        let mut answer = answer.await.map_err(|error| error.to_string())?;
        if !answer[2].is_null() {
            return Err(format!("{}: {}", answer[2]["error"], answer[2]["message"]));
        }
        match &mut answer[3] {
            Value::Object(result) if result.contains_key("value") => Ok(result["value"].take()),
            result => Ok(result.take()),
        }
    }
}

async fn receive(socket: &mut TcpStream) -> io::Result<Value> {
    let mut length = 0;
    loop {
        match socket.read_u8().await? {
            b':' => break,
            digit => length = length * 10 + usize::from(digit - b'0'),
        }
    }
    let mut message = vec![0; length];
    socket.read_exact(&mut message).await?;
    Ok(serde_json::from_slice(&message)?)
}
