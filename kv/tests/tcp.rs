//! The same store, unchanged, over TCP and on the real clock.

use kv::{Clerk, ClerkOptions, KvServer, Options};
use labrpc::{ClientEnd, tcp};
use persister::MemoryDisk;
use runtime::Node;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

struct Machine {
    node: Node,
    disk: MemoryDisk,
    address: SocketAddr,
    server: KvServer,
}

fn ends(addresses: &[SocketAddr]) -> Vec<ClientEnd> {
    addresses.iter().enumerate().map(|(server, at)| tcp::connect(server, *at)).collect()
}

/// Starts a server from its disk.
fn start(me: usize, listener: TcpListener, disk: MemoryDisk, addresses: &[SocketAddr]) -> Machine {
    let node = Node::new(&format!("server {me}"));
    let persister = Arc::new(disk.open());
    let make = || KvServer::make(Options::default(), ends(addresses), me, persister);
    let server = node.enter(make).expect("what it stored can be read");
    node.spawn(tcp::serve(listener, server.service()));
    Machine { node, disk, address: addresses[me], server }
}

impl Machine {
    fn crash(&self) {
        self.server.kill();
        self.node.kill();
    }
}

async fn three() -> Vec<Machine> {
    let mut listeners = Vec::new();
    for _ in 0..3 {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.expect("a free port"));
    }
    let addresses: Vec<SocketAddr> =
        listeners.iter().map(|listener| listener.local_addr().expect("it is bound")).collect();
    let machines = listeners.into_iter().enumerate();
    machines.map(|(me, it)| start(me, it, MemoryDisk::new(), &addresses)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_outlives_each_of_its_servers_in_turn() {
    let mut machines = three().await;
    let addresses: Vec<SocketAddr> = machines.iter().map(|machine| machine.address).collect();
    let mut clerk = Clerk::new(ends(&addresses), ClerkOptions::default());
    clerk.put("x", "0").await.expect("three servers are a majority");
    for me in 0..3 {
        machines[me].crash();
        clerk.append("x", &(me + 1).to_string()).await.expect("two servers are one, too");
        // Connections of the crashed one may hold the port for a moment.
        let listener = loop {
            match TcpListener::bind(addresses[me]).await {
                Ok(listener) => break listener,
                Err(_) => runtime::sleep(std::time::Duration::from_millis(10)).await,
            }
        };
        machines[me] = start(me, listener, machines[me].disk.clone(), &addresses);
    }
    let read = clerk.get("x").await.expect("three servers are a majority");
    assert_eq!(read.value.as_deref(), Some("0123"));
    assert!(machines.iter().all(|machine| machine.server.failure().is_none()));
}
