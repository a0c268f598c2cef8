//! A port on loopback, and the thread that serves there.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::script::Script;
use crate::future::before;

/// A port that is ours, whether or not somebody listens there.
pub(super) struct Port {
    address: SocketAddr,
    socket: Option<TcpSocket>,
    server: Option<Server>,
}

impl Port {
    /// Takes one that is free. Nobody listens there yet, so connections are refused.
    pub(super) fn new() -> Self {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Self {
            address: socket.local_addr().expect("it is bound"),
            socket: Some(socket),
            server: None,
        }
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Listens from now on.
    pub(super) fn open(&mut self, script: &Arc<Script>) {
        if let Some(socket) = self.socket.take() {
            self.server = Some(Server::start(socket, Arc::clone(script)));
        }
    }

    /// Listens no more. Every connection is closed when this returns.
    pub(super) fn close(&mut self) {
        if self.server.take().is_some() {
            // Nobody else is given a port that is bound.
            self.socket = Some(bound(self.address));
        }
    }
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    // A port is taken again at once. Windows has another sense for the word, and needs none.
    if cfg!(not(windows)) {
        socket.set_reuseaddr(true).expect("a socket");
    }
    socket.bind(address).expect("a port on loopback");
    socket
}

/// A thread with a runtime of its own, so that several tests, each with theirs, may share one server.
struct Server {
    /// Ends the thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(socket: TcpSocket, script: Arc<Script>) -> Self {
        let runtime = Builder::new_current_thread().enable_io().build();
        let runtime = runtime.expect("a runtime");
        let listener = {
            let _inside = runtime.enter();
            socket.listen(1024).expect("a port on loopback")
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let stopped = async { drop(stopped.await) };
            runtime.block_on(before(stopped, serve(listener, script)));
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell but that it is over.
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, script: Arc<Script>) {
    loop {
        // A client that is gone before it is accepted is no reason to end.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let script = Arc::clone(&script);
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| {
                let script = Arc::clone(&script);
                async move {
                    let answer = script.answer(request.method(), request.uri().path());
                    Ok::<_, Infallible>(answer.await)
                }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // Whoever closes a connection early is the test.
            let _ = connection.await;
        });
    }
}
