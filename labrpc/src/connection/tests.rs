//! Callers and servers over real connections, with short limits.

mod calls;
mod costs;
mod liveness;
mod log;
mod proxy;
mod raw;
mod strangers;

use super::{Callers, Identity, Limits, Secret, Wire};
use crate::{ClientEnd, ServerId, Service};
use parking_lot::Mutex;
use runtime::Node;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

crate::service! {
    /// Waits and answers.
    trait Slow, client SlowClient {
        /// Answers with the number, after that many milliseconds.
        fn after("Slow.After", u64) -> u64;
        /// Answers with that many bytes.
        fn bytes("Slow.Bytes", usize) -> Vec<u8>;
        /// Answers with the length.
        fn length("Slow.Length", Vec<u8>) -> usize;
    }
}

crate::service! {
    /// Has a method that `Slow` does not have.
    trait Other, client OtherClient {
        /// Nobody answers.
        fn nothing("Other.Nothing", ()) -> ();
    }
}

/// Counts what it does, and those who leave it.
#[derive(Default)]
struct Server {
    begun: AtomicUsize,
    finished: AtomicUsize,
    disconnected: Mutex<Vec<ServerId>>,
}

impl Slow for Server {
    async fn after(self: Arc<Self>, ms: u64) -> u64 {
        self.begun.fetch_add(1, Ordering::Relaxed);
        runtime::sleep(Duration::from_millis(ms)).await;
        self.finished.fetch_add(1, Ordering::Relaxed);
        ms
    }

    async fn bytes(self: Arc<Self>, bytes: usize) -> Vec<u8> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        vec![7; bytes]
    }

    async fn length(self: Arc<Self>, bytes: Vec<u8>) -> usize {
        self.begun.fetch_add(1, Ordering::Relaxed);
        bytes.len()
    }

    fn peer_disconnected(self: Arc<Self>, peer: ServerId) {
        self.disconnected.lock().push(peer);
    }
}

impl Server {
    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }
}

const SERVERS: Callers = Callers::Servers { count: 3 };

fn wire(limits: Limits) -> Wire {
    Wire { limits, ..Wire::new("tests") }
}

async fn listen(port: u16) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Server 1, and where it is.
async fn serve(wire: &Wire, callers: Callers) -> (Arc<Server>, SocketAddr) {
    let (listener, address) = listen(0).await;
    (serve_at(wire, callers, listener, &Node::current()), address)
}

fn serve_at(wire: &Wire, callers: Callers, listener: TcpListener, node: &Node) -> Arc<Server> {
    let server = Arc::new(Server::default());
    let service: Arc<dyn Service> = SlowClient::serve(Arc::clone(&server));
    let wire = wire.clone();
    node.spawn(async move { wire.serve(listener, 1, callers, service).await });
    server
}

/// Server 2's way to call server 1 there.
fn end(wire: &Wire, address: SocketAddr) -> ClientEnd {
    wire.connect(Identity::Server(2), 1, address)
}

fn client(wire: &Wire, address: SocketAddr) -> SlowClient {
    SlowClient::new(end(wire, address))
}

/// Waits for something that has to come, and does not wait forever.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let comes = async {
        while !is_so() {
            runtime::sleep(Duration::from_millis(2)).await;
        }
    };
    runtime::timeout(Duration::from_secs(30), comes).await.unwrap_or_else(|_| panic!("{what}"));
}

/// Calls until there is an answer.
async fn until_answered(client: &SlowClient) {
    let answered = async {
        while client.after(&0).await != Ok(0) {
            runtime::sleep(Duration::from_millis(2)).await;
        }
    };
    runtime::timeout(Duration::from_secs(30), answered).await.expect("it answers in the end");
}
