//! Real proxies that ask whether a request may pass, with the configurations of the example.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::routing::get;
use http::{HeaderMap, HeaderName, Method};
use keycard::CrossSite;
use keycard::request::ForwardAuth;
use tokio::net::TcpListener;

use crate::forward_auth::{card, gatekeeper};
use crate::support::{skip, token_with};

/// Where a proxy listens.
#[derive(Clone)]
enum Door {
    Socket(PathBuf),
    Port(u16),
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Door {
    fn open(&self) -> io::Result<Box<dyn Stream>> {
        let patience = Some(Duration::from_secs(30));
        match self {
            Self::Socket(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(patience)?;
                Ok(Box::new(stream))
            }
            Self::Port(port) => {
                let stream = TcpStream::connect(("127.0.0.1", *port))?;
                stream.set_read_timeout(patience)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// A process that ends with the test, and its folder with it.
struct Proxy {
    child: Child,
    folder: PathBuf,
    door: Door,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A new folder.
fn folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("keycard-{}-{count}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    folder
}

impl Proxy {
    /// Starts a proxy with a configuration of the example. Nothing if it cannot listen.
    fn start(
        folder: PathBuf,
        door: Door,
        config: &str,
        changes: &[(&str, &str)],
        command: &mut Command,
    ) -> Option<Self> {
        let mut config = config.to_owned();
        for (from, to) in changes {
            assert!(config.contains(from), "no {from:?} in {config}");
            config = config.replace(from, to);
        }
        fs::write(folder.join("config"), config).unwrap();
        let child = command
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("stderr")).unwrap())
            .spawn()
            .unwrap();
        let mut proxy = Self {
            child,
            folder,
            door,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while proxy.door.open().is_err() {
            let said = fs::read_to_string(proxy.folder.join("stderr")).unwrap();
            if proxy.child.try_wait().unwrap().is_some() {
                assert!(said.contains("in use"), "{said}");
                return None;
            }
            assert!(Instant::now() < deadline, "{said}");
            thread::sleep(Duration::from_millis(20));
        }
        Some(proxy)
    }

    /// Sends a request as a client of the proxy.
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (u16, HeaderMap, String) {
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nHost: rooms.example\r\nConnection: close\r\n");
        for (name, value) in headers {
            write!(text, "{name}: {value}\r\n").unwrap();
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        let door = self.door.clone();
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = door.open().unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            String::from_utf8(answer).unwrap()
        });
        let answer = answer.await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line
                .split_once(": ")
                .unwrap_or((line.trim_end_matches(':'), ""));
            (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
        });
        (status, headers.collect(), body.to_owned())
    }
}

/// The gatekeeper and what it guards, at an address that the system chose. Counts what reaches the application.
async fn serve(forward_auth: ForwardAuth) -> (String, Arc<AtomicUsize>) {
    let application = |reached: Arc<AtomicUsize>, method: Method, headers: HeaderMap| {
        reached.fetch_add(1, Ordering::SeqCst);
        let user = headers.get_all("x-auth-request-user").iter();
        let users: Vec<&str> = user.map(|user| user.to_str().unwrap()).collect();
        format!("{method} by {users:?}")
    };
    let reached = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reached);
    let application = async move |method, headers| application(counted.clone(), method, headers);
    let login = get(async || "the login page").route_layer(CrossSite::new());
    let app = gatekeeper(forward_auth)
        .route("/login", login)
        .fallback(application);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    (address, reached)
}

fn is_installed(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).output().is_ok();
    if !found {
        skip(&format!(
            "{program} is not installed: it is not tried as a proxy that asks"
        ));
    }
    found
}

/// What every proxy has to do with the answers.
async fn guards(proxy: &Proxy, reached: &AtomicUsize) {
    let card = card();
    let cookie = ("Cookie", card.as_str());
    let count = || reached.load(Ordering::SeqCst);

    let (status, _, body) = proxy
        .send("GET", "/rooms", &[cookie, ("X-Auth-Request-User", "root")])
        .await;
    assert_eq!(
        (status, body.contains(r#"GET by ["%C3%A4nna%20b"]"#)),
        (200, true),
        "{body}"
    );
    let own = [
        cookie,
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", "http://rooms.example"),
    ];
    let (status, _, body) = proxy.send("POST", "/order", &own).await;
    assert_eq!((status, body.contains("POST by")), (200, true), "{body}");
    // An old browser, which has only the origin.
    let (status, ..) = proxy
        .send(
            "POST",
            "/order",
            &[cookie, ("Origin", "http://rooms.example")],
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(count(), 3);

    names_nobody(proxy).await;
    assert_eq!(count(), 4);

    refuses(proxy).await;
    leads_to_login(proxy).await;
    assert_eq!(count(), 4, "nothing else came through");
}

/// Whoever's token has no subject is not who the client says.
async fn names_nobody(proxy: &Proxy) {
    let nameless = format!(
        "__Host-session={}",
        token_with(serde_json::json!({"sub": null}))
    );
    let spoofed = [("Cookie", &*nameless), ("X-Auth-Request-User", "root")];
    let (status, _, body) = proxy.send("GET", "/rooms", &spoofed).await;
    assert_eq!((status, body.contains("root")), (200, false), "{body}");
}

/// A method, a path and headers, and the status of their answer.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16);

async fn refuses(proxy: &Proxy) {
    let card = card();
    let cookie = ("Cookie", card.as_str());
    let refused: [Case<'_>; 12] = [
        (
            "POST",
            "/order",
            &[
                cookie,
                ("Sec-Fetch-Site", "cross-site"),
                ("Origin", "https://evil.example"),
            ],
            403,
        ),
        (
            "POST",
            "/order",
            &[cookie, ("Origin", "https://evil.example")],
            403,
        ),
        ("DELETE", "/order", &[cookie, ("Origin", "null")], 403),
        // Whatever the client says of another request.
        (
            "POST",
            "/order",
            &[
                cookie,
                ("Origin", "https://evil.example"),
                ("X-Original-Method", "GET"),
                ("X-Forwarded-Method", "GET"),
            ],
            403,
        ),
        (
            "GET",
            "/admin",
            &[
                cookie,
                ("X-Original-URL", "http://rooms.example/rooms"),
                ("X-Forwarded-Uri", "/rooms"),
            ],
            403,
        ),
        ("GET", "/admin", &[cookie], 403),
        (
            "GET",
            "/rooms",
            &[
                cookie,
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
                ("Origin", "https://evil.example"),
            ],
            403,
        ),
        ("GET", "/rooms", &[], 401),
        (
            "GET",
            "/rooms",
            &[("Cookie", "__Host-session=garbage")],
            401,
        ),
        ("GET", "/rooms", &[("Authorization", "Bearer a.b.c")], 401),
        (
            "POST",
            "/rooms",
            &[("Content-Type", "application/grpc"), ("TE", "trailers")],
            401,
        ),
        (
            "GET",
            "/auth",
            &[
                ("X-Original-Method", "GET"),
                ("X-Original-URL", "http://rooms.example/"),
            ],
            401,
        ),
    ];
    for (method, path, headers, expected) in refused {
        let (status, answer, _) = proxy.send(method, path, headers).await;
        let is_hidden = path == "/auth" && status == 404;
        assert!(
            is_hidden || status == expected,
            "{method} {path} {headers:?}: {status}"
        );
        assert!(
            status != 401 || answer.contains_key("www-authenticate"),
            "{method} {path} {headers:?}"
        );
    }
}

async fn leads_to_login(proxy: &Proxy) {
    let navigation = [("Sec-Fetch-Mode", "navigate")];
    let (status, answer, _) = proxy.send("GET", "/rooms?floor=3", &navigation).await;
    let location = answer
        .get("location")
        .map(|location| location.to_str().unwrap());
    let location = location.map(|location| location.trim_start_matches("http://rooms.example"));
    assert_eq!(
        (status, location),
        (303, Some("/login?next=/rooms%3Ffloor%3D3"))
    );
    let (status, _, body) = proxy.send("GET", "/login?next=/rooms", &navigation).await;
    assert_eq!((status, body.contains("the login page")), (200, true));
}

#[tokio::test]
async fn a_real_nginx_asks() {
    if !is_installed("nginx", "-v") {
        return;
    }
    let (address, reached) = serve(ForwardAuth::nginx()).await;
    let folder = folder();
    let socket = folder.join("socket");
    let listen = format!("unix:{}", socket.display());
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|name| format!("{name}_temp_path {name};"));
    let mut command = Command::new("nginx");
    command.arg("-p").arg(&folder).args(["-c", "config"]);
    let proxy = Proxy::start(
        folder.clone(),
        Door::Socket(socket),
        include_str!("../../examples/forward_auth/nginx.conf"),
        &[
            ("127.0.0.1:8080", &listen),
            ("127.0.0.1:3001", &address),
            // One process, which ends with the test, and no folder but its own.
            ("daemon off;", "daemon off; master_process off;"),
            (
                "access_log off;",
                &format!("access_log off; {}", folders.join(" ")),
            ),
        ],
        &mut command,
    );
    let proxy = proxy.expect("nobody else listens there");
    guards(&proxy, &reached).await;
}

#[tokio::test]
async fn a_real_caddy_asks() {
    if !is_installed("caddy", "version") {
        return;
    }
    let (address, reached) = serve(ForwardAuth::caddy()).await;
    let start = |copied: &str| {
        // It says nothing of clients at a socket, and takes no port of the system's choice: this one may be taken
        // by somebody else before it comes.
        let chosen = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = chosen.local_addr().unwrap().port();
        drop(chosen);
        let folder = folder();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config", "config"]);
        for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(name, &folder);
        }
        let listen = "http:// {\n\tbind 127.0.0.1\n";
        Proxy::start(
            folder,
            Door::Port(port),
            include_str!("../../examples/forward_auth/Caddyfile"),
            &[
                ("admin off", &format!("admin off\n\thttp_port {port}")),
                ("http://127.0.0.1:8080 {\n", listen),
                ("127.0.0.1:3001", &address),
                ("copy_headers X-Auth-Request-User", copied),
            ],
            &mut command,
        )
    };
    let copies = "copy_headers X-Auth-Request-User";
    let proxy = (0..10).find_map(|_| start(copies));
    guards(&proxy.expect("one of ten ports"), &reached).await;
    // Some versions copy no header that is empty (GHSA-7r4p-vjf4-gxv4): as if there were nothing to copy.
    let proxy = (0..10).find_map(|_| start(""));
    names_nobody(&proxy.expect("one of ten ports")).await;
}
