//! A server: its Raft and its store, its disk, and those who call it.

mod connection;
mod disk;
mod execute;
mod gauges;
mod leader;
mod local;
mod neighbours;
mod options;
mod plan;

pub use options::ServerOptions;

use crate::exit::{Code, Failure};
use crate::metrics::{self, Metrics, TimedPersister};
use crate::servers_file::Server;
use crate::topology::{ClusterView, ServerView, Topology};
use kv::KvServer;
use labrpc::tcp::{Callers, Identity, Wire};
use parking_lot::Mutex;
use persister::Persister;
use raft::Raft;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};

/// How many messages from Raft may wait for the store.
const APPLY_AHEAD: usize = 1024;

/// What all connections of a server share.
struct Shared {
    options: ServerOptions,
    /// Its place among the servers, which is its number in Raft.
    me: usize,
    raft: Raft,
    kv: KvServer,
    topology: Mutex<Topology>,
    /// Tells those who wait for a leader that it may be known.
    leader_changed: Notify,
    /// The number of the next client.
    next_client: AtomicU64,
    metrics: Metrics,
    persister: Arc<dyn Persister>,
    started_at: runtime::Instant,
}

/// Runs a server until it fails.
///
/// # Errors
/// With the exit code that says why. Before it is [`Code::Software`] nothing was changed on disk.
pub async fn run(options: ServerOptions) -> Failure {
    match start(options).await {
        Ok(shared) => leader::watch(&shared).await,
        Err(failure) => failure,
    }
}

async fn start(options: ServerOptions) -> Result<Arc<Shared>, Failure> {
    let servers = &options.servers.servers;
    let me = servers.iter().position(|server| server.id == options.id).ok_or_else(|| {
        let ids: Vec<String> = servers.iter().map(|server| server.id.to_string()).collect();
        let sentence = format!("--id {}: the servers are {}", options.id, ids.join(", "));
        Failure::new(Code::Usage, sentence)
    })?;
    options.check(&servers[me])?;
    // Before the disk: a second server with that number finds its addresses taken, and touches nothing.
    let peers_listener = listen(&servers[me].log_address(), "log_port").await?;
    let listener = listen(&servers[me].client_address(), "client_port").await?;
    let metrics_listener = match &options.metrics {
        Some(address) => Some(listen(address, "--metrics").await?),
        None => None,
    };
    let metrics = Metrics::new();
    let persister = disk::open(&options, &options.servers.servers[me])?;
    let persister: Arc<dyn Persister> = Arc::new(TimedPersister::new(persister, metrics.clone()));
    let (raft, kv) = start_raft(&options, me, peers_listener, &persister)?;
    let shared = Arc::new(Shared {
        topology: Mutex::new(topology(&options, me)),
        me,
        raft,
        kv,
        leader_changed: Notify::new(),
        next_client: AtomicU64::new(1),
        metrics,
        persister,
        started_at: runtime::now(),
        options,
    });
    runtime::detach(Arc::clone(&shared).accept(listener));
    if let Some(listener) = metrics_listener {
        let shared = Arc::clone(&shared);
        let render = move || shared.metrics.render(&shared.gauges());
        runtime::detach(metrics::endpoint::serve(listener, render));
    }
    neighbours::watch(&shared);
    Ok(shared)
}

async fn listen(address: &str, field: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let sentence = format!("can't listen at {address} ({field}): {error}");
        Failure::new(Code::AddressTaken, sentence)
    })
}

fn start_raft(
    options: &ServerOptions,
    me: usize,
    listener: TcpListener,
    persister: &Arc<dyn Persister>,
) -> Result<(Raft, KvServer), Failure> {
    let software = |error: anyhow::Error| Failure::new(Code::Software, format!("{error:#}"));
    let servers = &options.servers.servers;
    let mut wire = Wire::new(&options.servers.cluster);
    wire.secret = options.secret.clone();
    let connect = |(server, entry): (usize, &Server)| {
        wire.connect(Identity::Server(me), server, entry.peer_address())
    };
    let ends = servers.iter().enumerate().map(connect).collect();
    let (apply, applied) = mpsc::channel(APPLY_AHEAD);
    let config = options.store.raft.clone();
    let disk = options.disk;
    let raft =
        Raft::with_disk(config, disk, ends, me, Arc::clone(persister), apply).map_err(software)?;
    if let Some(control) = &options.control {
        control.watch(&raft);
    }
    let kv = KvServer::over(
        Arc::new(raft.clone()),
        applied,
        Arc::clone(persister),
        options.store.clone(),
    )
    .map_err(software)?;
    let (service, callers) = (kv.peer_service(), Callers::Servers { count: servers.len() });
    runtime::detach(async move { wire.serve(listener, me, callers, service).await });
    Ok((raft, kv))
}

fn topology(options: &ServerOptions, me: usize) -> Topology {
    let view = |(name, servers): (&String, &Vec<Server>)| ClusterView {
        name: name.clone(),
        servers: servers.iter().map(server_view).collect(),
        leader: None,
    };
    let mine = (&options.servers.cluster, &options.servers.servers);
    let clusters = std::iter::once(mine).chain(&options.servers.others).map(view).collect();
    Topology::new(clusters, 0, me)
}

fn server_view(server: &Server) -> ServerView {
    let (host, port) = server.advertised_parts();
    ServerView { id: server.id, host: host.to_owned(), port }
}

impl Shared {
    /// Takes clients, and tells those who are too many.
    async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) if self.metrics.connections() >= self.options.clients_max => {
                    self.metrics.refused();
                    refuse(stream);
                }
                Ok((stream, from)) => {
                    let (shared, connected) = (Arc::clone(&self), self.metrics.connected());
                    runtime::detach(async move {
                        let _connected = connected;
                        let id = shared.next_client.fetch_add(1, Ordering::Relaxed);
                        connection::serve(&shared, stream, from, id).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(target: "kvd::server", "can't take a client: {error}");
                    // Of files, say, of which there are too many for now.
                    runtime::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    }
}

fn refuse(stream: TcpStream) {
    // It may have gone already.
    let _ = stream.try_write(b"-ERR max number of clients reached\r\n");
}
