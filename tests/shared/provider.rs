//! A real OpenID provider, whose keys can be changed while it runs: `tests/provider`.

use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use keycard::Algorithm;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::skip::skip;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/provider");

/// How long it may take to start: half a second when nothing else runs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A provider of its own for each test, which ends with it.
pub struct Provider {
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    /// Killed when dropped. Should the test die before, its standard input closes, and it ends by itself.
    _process: Child,
    /// Open as long as the process runs, should it ever print more.
    _output: BufReader<ChildStdout>,
}

impl Provider {
    /// What its tokens can be signed with.
    pub const ALGORITHMS: [Algorithm; 5] = [
        Algorithm::RS256,
        Algorithm::PS256,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ];

    /// Starts a provider at the root of a port that the system chose, or skips the test where there is none.
    pub async fn start() -> Option<Self> {
        Self::start_at("").await
    }

    /// Starts a provider whose issuer has a path, such as `/realms/hotel`.
    pub async fn start_at(path: &str) -> Option<Self> {
        if let Some(why) = missing() {
            skip(why);
            return None;
        }
        let mut process = Command::new("node")
            .args(["provider.mjs", "--path", path])
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut url = String::new();
        let read = timeout(PATIENCE, output.read_line(&mut url)).await;
        assert!(read.expect("a provider in time").unwrap() > 0, "it ended");
        url.truncate(url.trim_end().len());
        // A connection that is kept may be closed at the moment at which it is used again.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build_http();
        Some(Self {
            url,
            client,
            _process: process,
            _output: output,
        })
    }

    /// Its issuer, without a slash at the end. Its metadata are below, at `/.well-known/openid-configuration`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// For whom it signs with an algorithm: each has an audience of its own.
    pub fn audience(algorithm: Algorithm) -> String {
        format!("https://rooms.example/{}", algorithm.name())
    }

    /// An access token for such an audience, good for 15 minutes, of the client `desk`. The scopes are out of
    /// `rooms:read` and `rooms:write`.
    pub async fn token(&self, algorithm: Algorithm, scope: &str) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id=desk&client_secret=known-to-every-test\
             &resource={}&scope={}",
            Self::audience(algorithm),
            scope.replace(' ', "+")
        );
        let answer = self.post(&format!("{}/token", self.url), form).await;
        json(&answer)["access_token"].as_str().unwrap().to_owned()
    }

    /// The JWK Set that it publishes now, found by its metadata.
    pub async fn jwks(&self) -> String {
        let metadata = format!("{}/.well-known/openid-configuration", self.url);
        let metadata = json(&self.get(&metadata).await);
        self.get(metadata["jwks_uri"].as_str().unwrap()).await
    }

    /// From now on new keys sign. The old ones stay published.
    pub async fn rotate(&self) {
        self.post(&self.control("rotate"), String::new()).await;
    }

    /// From now on only the keys that sign are published.
    pub async fn withdraw(&self) {
        self.post(&self.control("withdraw"), String::new()).await;
    }

    /// How often a path below the issuer was asked for, whoever did: `/.well-known/openid-configuration`, `/jwks` or
    /// `/token`.
    pub async fn count(&self, path: &str) -> u64 {
        let counts = json(&self.get(&self.control("count")).await);
        counts[path].as_u64().unwrap_or(0)
    }

    /// An address that is not the issuer's, whatever its path.
    fn control(&self, name: &str) -> String {
        let issuer: Uri = self.url.parse().unwrap();
        format!("http://{}/control/{name}", issuer.authority().unwrap())
    }

    async fn get(&self, url: &str) -> String {
        self.send(Method::GET, url, String::new()).await
    }

    async fn post(&self, url: &str, form: String) -> String {
        self.send(Method::POST, url, form).await
    }

    async fn send(&self, method: Method, url: &str, form: String) -> String {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::from(form))
            .unwrap();
        let response = self.client.request(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(status.is_success(), "{url}: {status} {body}");
        body
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Why there is no provider here, if so. `bash tests/all packages` changes that.
fn missing() -> Option<&'static str> {
    static MISSING: OnceLock<Option<&str>> = OnceLock::new();
    *MISSING.get_or_init(|| {
        // The newest part of Node that it cannot do without.
        let asks = ["--eval", "process.exit(URL.parse ? 0 : 1)"];
        let answer = std::process::Command::new("node").args(asks).output();
        match answer {
            Err(_) => Some("node is not installed: no OpenID provider is tried"),
            Ok(answer) if !answer.status.success() => {
                Some("node is too old: no OpenID provider is tried")
            }
            Ok(_) if !Path::new(FOLDER).join("node_modules").exists() => {
                Some("tests/provider/node_modules is not installed: no OpenID provider is tried")
            }
            Ok(_) => None,
        }
    })
}
