//! A cluster of servers in a simulation, and clients that write down what they see.

pub mod record;

use kv::{Clerk, ClerkOptions, KvServer, Options};
use labrpc::{ClientEnd, Delay, Late, LinkConfig, Network, Path};
use persister::MemoryDisk;
use runtime::{Node, Report, Simulation, sleep};
use std::sync::Arc;
use std::time::Duration;

pub async fn ms(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

/// Runs a test under a seed.
pub fn simulate<T: 'static>(seed: u64, test: impl Future<Output = T> + 'static) -> (T, Report) {
    let finished = Simulation::new(seed).time_limit(Duration::from_secs(600)).run(test);
    let result = finished.result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    (result, finished.report)
}

/// Requests and replies may be half a second old, arrive twice, or not at all.
pub fn lossy() -> LinkConfig {
    let path = Path {
        delay: Delay::uniform_ms(0, 20),
        late: Some(Late { per_million: 50_000, delay: Delay::uniform_ms(100, 500) }),
        loss_per_million: 100_000,
        duplicate_per_million: 50_000,
    };
    LinkConfig::from(path)
}

/// Makes a server on the current node.
pub type Make = fn(Options, Vec<ClientEnd>, usize, Arc<dyn persister::Persister>) -> KvServer;

pub fn ours(
    options: Options,
    peers: Vec<ClientEnd>,
    me: usize,
    persister: Arc<dyn persister::Persister>,
) -> KvServer {
    KvServer::make(options, peers, me, persister).expect("what it stored can be read")
}

pub struct Cluster {
    pub network: Network,
    pub disks: Vec<MemoryDisk>,
    pub running: Vec<Option<(Node, KvServer)>>,
    options: Options,
    make: Make,
    clients: usize,
}

impl Cluster {
    /// That many servers, and after them places for as many clients.
    pub fn new(servers: usize, clients: usize, options: Options) -> Cluster {
        Cluster::made_by(ours, servers, clients, options)
    }

    pub fn made_by(make: Make, servers: usize, clients: usize, options: Options) -> Cluster {
        let mut cluster = Cluster {
            network: Network::new(servers + clients),
            disks: (0..servers).map(|_| MemoryDisk::new()).collect(),
            running: (0..servers).map(|_| None).collect(),
            options,
            make,
            clients,
        };
        (0..servers).for_each(|server| cluster.restart(server));
        cluster
    }

    pub fn servers(&self) -> usize {
        self.running.len()
    }

    pub fn clients(&self) -> usize {
        self.clients
    }

    /// The ends of that client.
    pub fn ends(&self, client: usize) -> Vec<ClientEnd> {
        let place = self.servers() + client;
        self.network.add_server(place, &Node::current())[..self.servers()].to_vec()
    }

    pub fn clerk(&self, client: usize) -> Clerk {
        Clerk::new(self.ends(client), ClerkOptions::default())
    }

    pub fn crash(&mut self, server: usize) {
        if let Some((node, kv)) = self.running[server].take() {
            self.network.delete_server(server);
            node.kill();
            kv.kill();
        }
    }

    pub fn restart(&mut self, server: usize) {
        self.crash(server);
        let node = Node::new(&format!("server {server}"));
        let servers = self.servers();
        let peers = self.network.add_server(server, &node)[..servers].to_vec();
        let disk = Arc::new(self.disks[server].open());
        let kv = node.enter(|| (self.make)(self.options.clone(), peers, server, disk));
        self.network.set_service(server, kv.service());
        self.running[server] = Some((node, kv));
    }

    /// Servers of different groups don't hear each other; clients hear all of them.
    pub fn partition(&self, group_of: impl Fn(usize) -> usize) {
        for from in 0..self.servers() {
            for to in 0..self.servers() {
                self.network.set_enabled(from, to, from == to || group_of(from) == group_of(to));
            }
        }
    }

    pub fn heal(&self) {
        self.partition(|_| 0);
    }

    pub fn set_all_links(&self, config: &LinkConfig) {
        let places = self.servers() + self.clients;
        for from in 0..places {
            for to in 0..places {
                self.network.set_link(from, to, config.clone());
            }
        }
    }

    /// Nobody has given up.
    pub fn check(&self) {
        for (server, running) in self.running.iter().enumerate() {
            if let Some((_, kv)) = running {
                assert_eq!(kv.failure(), None, "server {server} has stopped");
            }
        }
    }
}
