//! TLS, authorities of a company's own, and bearer tokens that open the door to keys.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use http::HeaderMap;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use keycard::Algorithm::ES256;
use keycard::remote::{Failure, RemoteKeys};
use keycard::{Issuer, SigningKey};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::seed::Folder;
use super::server::{Act, KEYS, OPENID, Server, new_key, set, verifier};
use crate::support::{ROOMS, clock};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Serves keys and metadata on loopback with a certificate for this name.
    async fn serve(&self, name: &str, key: &SigningKey) -> String {
        let pair = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&pair, &self.0).unwrap();
        let private = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
        let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
        let config = ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let metadata = json!({"issuer": url, "jwks_uri": format!("{url}{KEYS}")}).to_string();
        let keys = set(&[key]);
        let json = |body: String| get(async || ([("content-type", "application/json")], body));
        let app = Router::new()
            .route(OPENID, json(metadata))
            .route(KEYS, json(keys));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, app) = (acceptor.clone(), app.clone());
                tokio::spawn(async move {
                    let Ok(socket) = acceptor.accept(socket).await else {
                        return;
                    };
                    let service = TowerToHyperService::new(app);
                    let serving = hyper::server::conn::http1::Builder::new();
                    let _ = serving
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        url
    }
}

#[tokio::test]
async fn an_authority_of_the_company_has_to_be_named() {
    let (ours, other) = (Authority::new(), Authority::new());
    let key = new_key(ES256);
    let url = ours.serve("localhost", &key).await;
    let error = RemoteKeys::discover(&url).await.unwrap_err();
    assert_eq!(error.failure(), Failure::Certificate, "{error}");
    assert!(
        error.to_string().contains("certificate_authority"),
        "{error}"
    );
    let wrong = RemoteKeys::builder(&url).certificate_authority(other.pem());
    assert_eq!(
        wrong.connect().await.unwrap_err().failure(),
        Failure::Certificate
    );

    // Several, one by one and in one text.
    let both = other.pem() + &ours.pem();
    for builder in [
        RemoteKeys::builder(&url).certificate_authority(ours.pem()),
        RemoteKeys::builder(&url)
            .certificate_authority(other.pem())
            .certificate_authority(ours.pem()),
        RemoteKeys::builder(&url).certificate_authority(both),
    ] {
        let keys = builder.connect().await.unwrap();
        let issuer = Issuer::builder(key.clone())
            .issuer(&url)
            .audience(ROOMS)
            .with_clock(clock());
        let token = issuer.build().unwrap().token("anna").sign().unwrap();
        assert!(verifier(keys).verify_now(&token).is_ok());
    }
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let ours = Authority::new();
    let url = ours.serve("idp.example", &new_key(ES256)).await;
    let builder = RemoteKeys::builder(&url).certificate_authority(ours.pem());
    let error = builder.connect().await.unwrap_err();
    assert_eq!(error.failure(), Failure::Certificate, "{error}");
}

#[tokio::test]
async fn https_where_nobody_speaks_it() {
    let server = Server::publishing(&[&new_key(ES256)]).await;
    let error = RemoteKeys::discover(server.url.replace("http:", "https:"))
        .await
        .unwrap_err();
    assert_eq!(error.failure(), Failure::Connection, "{error}");
}

#[tokio::test]
async fn a_client_of_ones_own() {
    let (ours, key) = (Authority::new(), new_key(ES256));
    let url = ours.serve("localhost", &key).await;
    let authority = reqwest::Certificate::from_pem(ours.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_merge([authority])
        .build()
        .unwrap();
    RemoteKeys::builder(&url)
        .fetch(client.clone())
        .connect()
        .await
        .unwrap();

    // One that follows redirects is caught at it.
    let (server, elsewhere) = (Server::publishing(&[&key]).await, Server::start().await);
    elsewhere.publish(&[&key]);
    let redirect = Act::status(302).with("location", &elsewhere.at(KEYS));
    server.act(KEYS, redirect);
    let error = server
        .builder(&clock())
        .fetch(client)
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.failure(), Failure::Redirect);
    assert!(error.to_string().contains("Policy::none()"), "{error}");
    let ours = server.builder(&clock()).connect().await.unwrap_err();
    assert_eq!(
        (ours.failure(), elsewhere.asked(KEYS)),
        (Failure::Redirect, 1)
    );
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("authorization")
        .map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_bearer_token_is_read_anew_and_goes_to_configured_hosts_only() {
    static COUNT: Mutex<usize> = Mutex::new(0);
    let number = {
        let mut count = COUNT.lock().unwrap();
        *count += 1;
        *count
    };
    let file = std::env::temp_dir().join(format!("keycard-bearer-{}-{number}", std::process::id()));
    let key = new_key(ES256);
    let (server, elsewhere) = (Server::publishing(&[&key]).await, Server::start().await);
    elsewhere.publish(&[&key]);
    let builder = || server.builder(&clock()).bearer_token_file(&file);
    let error = builder().connect().await.unwrap_err();
    assert_eq!(error.failure(), Failure::BearerToken);
    assert!(
        error.to_string().contains(file.to_str().unwrap()),
        "{error}"
    );
    for wrong in ["", " \n", "two\nlines", "no\u{7f}token"] {
        std::fs::write(&file, wrong).unwrap();
        let error = builder().connect().await.unwrap_err();
        assert_eq!(error.failure(), Failure::BearerToken, "{wrong:?}");
    }
    assert_eq!(server.asked(OPENID), 0);

    std::fs::write(&file, "first\n").unwrap();
    let keys = builder().connect().await.unwrap();
    for path in [OPENID, KEYS] {
        assert_eq!(authorization(&server.headers(path)), Some("Bearer first"));
    }
    std::fs::write(&file, "second").unwrap();
    keys.reload().await.unwrap();
    assert_eq!(authorization(&server.headers(KEYS)), Some("Bearer second"));

    // Whoever writes the metadata does not get it sent wherever they like.
    let metadata = json!({"issuer": server.url, "jwks_uri": elsewhere.at(KEYS)});
    server.act(OPENID, Act::json(metadata.to_string()));
    builder().connect().await.unwrap();
    assert_eq!(
        (
            elsewhere.asked(KEYS),
            authorization(&elsewhere.headers(KEYS))
        ),
        (1, None)
    );
    // It is sent there if the operator says so.
    builder()
        .jwks_url(elsewhere.at(KEYS))
        .connect()
        .await
        .unwrap();
    assert_eq!(
        authorization(&elsewhere.headers(KEYS)),
        Some("Bearer second")
    );
    std::fs::remove_file(file).unwrap();
}

/// Runs a test of this binary once more, in an environment of its own.
#[tokio::test]
async fn no_proxy_is_asked_for_an_address_of_this_machine() {
    const INSIDE: &str = "KEYCARD_TEST_PROXY";
    let server = Server::publishing(&[&new_key(ES256)]).await;
    if std::env::var_os(INSIDE).is_some() {
        server.builder(&clock()).connect().await.unwrap();
        return;
    }
    let proxy = Server::start().await;
    let test = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "remote::secured::no_proxy_is_asked_for_an_address_of_this_machine",
        ])
        .env(INSIDE, "1")
        .envs(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, &proxy.url)))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    assert!(
        test.status.success(),
        "{}",
        String::from_utf8_lossy(&test.stdout)
    );
    assert_eq!(proxy.asked_at_all(), 0);
}

#[tokio::test]
async fn a_door_that_stays_shut_names_the_setting_that_opens_it() {
    let key = new_key(ES256);
    let (server, elsewhere) = (Server::publishing(&[&key]).await, Server::start().await);
    let folder = Folder::new("secured-door");
    std::fs::write(folder.file(), "token").unwrap();
    for status in [401, 403] {
        server.act(KEYS, Act::status(status));
        let error = RemoteKeys::discover(&server.url).await.unwrap_err();
        assert!(error.to_string().contains("bearer_token_file"), "{error}");
        let builder = || server.builder(&clock()).bearer_token_file(folder.file());
        let error = builder().connect().await.unwrap_err().to_string();
        assert!(!error.contains("jwks_url"), "{error}");
        elsewhere.act(KEYS, Act::status(status));
        let metadata = json!({"issuer": server.url, "jwks_uri": elsewhere.at(KEYS)});
        server.act(OPENID, Act::json(metadata.to_string()));
        let error = builder().connect().await.unwrap_err().to_string();
        assert!(error.contains("jwks_url"), "{error}");
        server.act(OPENID, Act::json(server.metadata().to_string()));
    }
}
