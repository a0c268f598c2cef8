//! Chromium, driven through `chromedriver`: W3C `WebDriver`, which is JSON over HTTP.

use std::process::{self, Stdio};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::runtime;
use tokio::time::timeout;

use crate::browser::Command;
use crate::process::{Folder, Running};

/// The program to start.
pub const PROGRAM: &str = "chromedriver";

/// How long a browser may take to close.
const PATIENCE: Duration = Duration::from_secs(10);

/// A session with a profile of its own, closed when dropped.
pub struct Chromium {
    /// The address of the session.
    session: String,
    _driver: Running,
    _profile: Folder,
}

impl Chromium {
    pub async fn start() -> Self {
        let profile = Folder::new();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={}/profile", profile.path().display()),
        ];
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let driver = Running::start(
            process::Command::new(PROGRAM)
                .arg("--port=0")
                .env("TMPDIR", profile.path())
                .stdin(Stdio::null())
                .stderr(Stdio::null()),
        );
        let port = driver.word_after("started successfully on port ");
        let sessions = format!("http://127.0.0.1:{}/session", port.trim_end_matches('.'));
        let wanted = json!({"capabilities": {"alwaysMatch": capabilities}});
        let session = send(Method::POST, &sessions, &wanted).await.unwrap();
        let id = session["sessionId"].as_str().unwrap();
        Self {
            session: format!("{sessions}/{id}"),
            _driver: driver,
            _profile: profile,
        }
    }

    pub async fn run(&self, command: Command<'_>) -> Result<Value, String> {
        let element = |element: &str, action: &str| format!("element/{element}/{action}");
        match command {
            Command::Open(url) => self.post("url", json!({"url": url})).await,
            Command::Back => self.post("back", json!({})).await,
            Command::Find(css) => {
                let query = json!({"using": "css selector", "value": css});
                self.post("element", query).await
            }
            Command::Click(id) => self.post(&element(id, "click"), json!({})).await,
            Command::Write(id, text) => {
                let text = json!({"text": text});
                self.post(&element(id, "value"), text).await
            }
            Command::Script(script) => {
                let script = json!({"script": script, "args": []});
                self.post("execute/sync", script).await
            }
            Command::Cookies => {
                let address = format!("{}/cookie", self.session);
                send(Method::GET, &address, &Value::Null).await
            }
        }
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        let address = format!("{}/{path}", self.session);
        send(Method::POST, &address, &body).await
    }

    /// A command of the Chrome `DevTools` Protocol.
    pub async fn devtools(&self, name: &str, parameters: Value) -> Value {
        let body = json!({"cmd": name, "params": parameters});
        self.post("goog/cdp/execute", body).await.unwrap()
    }

    /// The entries of a log since the last call.
    pub async fn log(&self, name: &str) -> Vec<Value> {
        let entries = self.post("se/log", json!({"type": name})).await.unwrap();
        entries.as_array().unwrap().clone()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Closes the browser, which would outlive a driver that is killed.
        let session = self.session.clone();
        let close = move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let close = async {
                let delete = send(Method::DELETE, &session, &Value::Null);
                timeout(PATIENCE, delete).await.is_ok()
            };
            runtime.is_ok_and(|runtime| runtime.block_on(close))
        };
        let _ = thread::spawn(close).join();
    }
}

/// Sends a command, and returns the `value` of the answer or the message of its error.
async fn send(method: Method, address: &str, body: &Value) -> Result<Value, String> {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let request = Request::builder()
        .method(method)
        .uri(address)
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client
        .request(request)
        .await
        .map_err(|e| format!("{e:?}"))?;
    let status = response.status();
    let body = response.into_body().collect().await;
    let body = body.map_err(|e| format!("{e:?}"))?.to_bytes();
    let mut answer: Value = serde_json::from_slice(&body).map_err(|e| e.to_string())?;
    let value = answer["value"].take();
    if status.is_success() {
        Ok(value)
    } else {
        Err(format!("{}: {}", value["error"], value["message"]))
    }
}
