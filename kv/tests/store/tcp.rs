//! The same store, unchanged, over TCP and on the real clock.

use kv::{Clerk, ClerkOptions, KvServer, Options};
use labrpc::ClientEnd;
use labrpc::tcp::{Callers, Identity, Wire};
use persister::MemoryDisk;
use runtime::Node;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Where a server listens: to the other servers, and to clients.
#[derive(Clone, Copy)]
struct Addresses {
    peers: SocketAddr,
    clients: SocketAddr,
}

struct Machine {
    node: Node,
    disk: MemoryDisk,
    server: KvServer,
}

fn wire() -> Wire {
    Wire::new("example")
}

fn ends(me: Identity, servers: &[Addresses]) -> Vec<ClientEnd> {
    let addresses = servers.iter().map(|server| match me {
        Identity::Server(_) => server.peers,
        Identity::Client => server.clients,
    });
    addresses.enumerate().map(|(server, address)| wire().connect(me, server, address)).collect()
}

/// Starts a server from its disk.
async fn start(me: usize, disk: MemoryDisk, servers: &[Addresses]) -> Machine {
    let node = Node::new(&format!("server {me}"));
    let persister = Arc::new(disk.open());
    let ends = || ends(Identity::Server(me), servers);
    let make = || KvServer::make(Options::default(), ends(), me, persister);
    let server = node.enter(make).expect("what it stored can be read");
    let peers = Callers::Servers { count: servers.len() };
    for (callers, address, service) in [
        (peers, servers[me].peers, server.peer_service()),
        (Callers::Clients, servers[me].clients, server.client_service()),
    ] {
        let listener = listen(address).await;
        node.spawn(async move { wire().serve(listener, me, callers, service).await });
    }
    Machine { node, disk, server }
}

/// Connections of a server that has crashed may hold its port for a moment.
async fn listen(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => runtime::sleep(std::time::Duration::from_millis(10)).await,
        }
    }
}

impl Machine {
    fn crash(&self) {
        self.server.kill();
        self.node.kill();
    }
}

async fn three() -> Vec<Addresses> {
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(TcpListener::bind("127.0.0.1:0").await.expect("a free port"));
    }
    let addresses: Vec<SocketAddr> =
        held.iter().map(|listener| listener.local_addr().expect("it is bound")).collect();
    let pairs = addresses.chunks(2).map(|pair| Addresses { peers: pair[0], clients: pair[1] });
    pairs.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_outlives_each_of_its_servers_in_turn() {
    let servers = three().await;
    let mut machines = Vec::new();
    for me in 0..3 {
        machines.push(start(me, MemoryDisk::new(), &servers).await);
    }
    let mut clerk = Clerk::new(ends(Identity::Client, &servers), ClerkOptions::default());
    clerk.put("x", "0").await.expect("three servers are a majority");
    for (me, machine) in machines.iter_mut().enumerate() {
        machine.crash();
        clerk.append("x", &(me + 1).to_string()).await.expect("two servers are one, too");
        *machine = start(me, machine.disk.clone(), &servers).await;
    }
    let read = clerk.get("x").await.expect("three servers are a majority");
    assert_eq!(read.value, Some("0123".into()));
    assert!(machines.iter().all(|machine| machine.server.failure().is_none()));
}
