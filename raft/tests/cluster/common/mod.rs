//! A cluster of Raft servers with a service that checks what it is handed.

use bytes::Bytes;
use labrpc::Network;
use parking_lot::Mutex;
use persister::MemoryDisk;
use raft::{ApplyMsg, Config, Disk, Raft, Started};
use runtime::{Node, sleep};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

pub async fn ms(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

pub struct Cluster {
    pub network: Network,
    config: Config,
    /// After how many commands the service takes a snapshot; 0 for never.
    snapshot_every: u64,
    servers: Vec<Server>,
    history: Arc<Mutex<History>>,
}

struct Server {
    disk: MemoryDisk,
    /// What it is told of that disk.
    told: Disk,
    running: Option<(Node, Raft)>,
    connected: bool,
}

/// Everything that has been seen of the cluster so far.
#[derive(Default)]
struct History {
    /// The command at each index, and a sum over all commands up to there.
    applied: BTreeMap<u64, (Bytes, u64)>,
    leader_of_term: BTreeMap<u64, usize>,
    /// The highest index that each server has applied in its present life.
    reached: Vec<u64>,
    terms: Vec<u64>,
    snapshots_installed: u64,
}

impl History {
    fn sum_at(&self, index: u64) -> u64 {
        if index == 0 { 0 } else { self.applied[&index].1 }
    }

    /// Every server applies the same command at an index, one index after the other.
    fn apply(&mut self, server: usize, index: u64, command: Bytes) -> u64 {
        assert_eq!(index, self.reached[server] + 1, "server {server} applies out of order");
        self.reached[server] = index;
        let before = self.sum_at(index - 1);
        let sum = command.iter().fold(before.wrapping_mul(31).wrapping_add(index), |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
        });
        let (agreed, agreed_sum) = self.applied.entry(index).or_insert((command.clone(), sum));
        assert_eq!((&*agreed, *agreed_sum), (&command, sum), "server {server}, index {index}");
        sum
    }

    /// A snapshot is what applying the same commands leads to, and never goes back.
    fn install(&mut self, server: usize, index: u64, snapshot: &[u8]) {
        assert!(index > self.reached[server], "server {server} goes back to {index}");
        let expected = encode_snapshot(index, self.sum_at(index));
        assert_eq!(snapshot, &expected[..], "server {server}, snapshot at {index}");
        self.snapshots_installed += 1;
        self.reached[server] = index;
    }
}

fn encode_snapshot(index: u64, sum: u64) -> Bytes {
    Bytes::from([index.to_le_bytes(), sum.to_le_bytes()].concat())
}

impl Cluster {
    pub fn new(count: usize, config: Config, snapshot_every: u64) -> Cluster {
        let history =
            History { reached: vec![0; count], terms: vec![0; count], ..Default::default() };
        let server = || Server {
            disk: MemoryDisk::new(),
            told: Disk::Trusted,
            running: None,
            connected: true,
        };
        let mut cluster = Cluster {
            network: Network::new(count),
            config,
            snapshot_every,
            servers: (0..count).map(|_| server()).collect(),
            history: Arc::new(Mutex::new(history)),
        };
        (0..count).for_each(|server| cluster.restart(server));
        cluster
    }

    pub fn crash(&mut self, server: usize) {
        if let Some((node, raft)) = self.servers[server].running.take() {
            self.network.delete_server(server);
            node.kill();
            raft.kill();
        }
    }

    /// The server crashes, and comes back with an empty disk, of which it is told that.
    pub fn replace_disk(&mut self, server: usize, told: Disk) {
        self.crash(server);
        (self.servers[server].disk, self.servers[server].told) = (MemoryDisk::new(), told);
        self.history.lock().terms[server] = 0;
        self.restart(server);
    }

    pub fn restart(&mut self, server: usize) {
        self.crash(server);
        let node = Node::new(&format!("server {server}"));
        let ends = self.network.add_server(server, &node);
        let disk = &self.servers[server].disk;
        let persister = Arc::new(disk.open());
        let snapshot = disk.read().expect("the disk is sound").snapshot;
        {
            let mut history = self.history.lock();
            history.reached[server] = 0;
            if let Some(index) = snapshot.first_chunk::<8>() {
                history.install(server, u64::from_le_bytes(*index), &snapshot);
            }
        }
        let (apply, applied) = mpsc::channel(8);
        let (config, told) = (self.config.clone(), self.servers[server].told);
        let raft = node
            .enter(|| Raft::with_disk(config, told, ends, server, persister, apply))
            .expect("what it stored can be read");
        self.network.set_service(server, raft.service());
        let history = Arc::clone(&self.history);
        node.spawn(serve(server, raft.clone(), applied, history, self.snapshot_every));
        self.servers[server].running = Some((node, raft));
    }

    pub fn connect(&mut self, server: usize, connected: bool) {
        if self.servers[server].connected == connected {
            return;
        }
        self.servers[server].connected = connected;
        for other in 0..self.servers.len() {
            let enabled = connected && self.servers[other].connected;
            self.network.set_enabled(server, other, enabled);
            self.network.set_enabled(other, server, enabled);
        }
    }

    pub fn raft(&self, server: usize) -> Option<&Raft> {
        self.servers[server].running.as_ref().map(|(_, raft)| raft)
    }

    /// Looks at every server: one leader a term, terms never go back, nobody has given up.
    pub fn check(&self) {
        let mut history = self.history.lock();
        for server in 0..self.servers.len() {
            let Some(raft) = self.raft(server) else { continue };
            assert_eq!(raft.failure(), None, "server {server} has stopped");
            let state = raft.get_state();
            assert!(state.term >= history.terms[server], "server {server}'s term goes back");
            history.terms[server] = state.term;
            if state.is_leader {
                let leader = *history.leader_of_term.entry(state.term).or_insert(server);
                assert_eq!(leader, server, "two leaders of term {}", state.term);
            }
        }
    }

    /// Submits at every server; what the last one that believes to lead says.
    pub fn start(&self, command: &str) -> Option<(usize, Started)> {
        let mut accepted = None;
        for server in 0..self.servers.len() {
            let Some(raft) = self.raft(server) else { continue };
            if let Ok(started) = raft.start(Bytes::from(command.to_owned())) {
                accepted = Some((server, started));
            }
        }
        accepted
    }

    /// Waits for a leader that a majority follows.
    pub async fn leader(&self) -> usize {
        for _ in 0..100 {
            let leaders = (0..self.servers.len()).filter_map(|server| {
                let state = self.raft(server)?.get_state();
                (state.is_leader && self.servers[server].connected).then_some((state.term, server))
            });
            if let Some((_, leader)) = leaders.max() {
                return leader;
            }
            ms(50).await;
        }
        panic!("no leader within 5 s");
    }

    /// How many servers have applied `index`.
    pub fn applied_by(&self, index: u64) -> usize {
        self.history.lock().reached.iter().filter(|&&reached| reached >= index).count()
    }

    /// The last index that some server has applied.
    pub fn last_applied(&self) -> u64 {
        self.history.lock().applied.keys().next_back().copied().unwrap_or(0)
    }

    /// Begins a read at each server. One that is answered must see all that was applied anywhere
    /// before it began; each adds to the count.
    pub fn read(&self, answered: &Arc<Mutex<u64>>) {
        let applied_before = self.last_applied();
        for server in 0..self.servers.len() {
            let Some((node, raft)) = &self.servers[server].running else { continue };
            let (raft, answered) = (raft.clone(), Arc::clone(answered));
            node.spawn(async move {
                if let Ok(index) = raft.read_index().await {
                    assert!(index >= applied_before, "server {server} reads {index}");
                    *answered.lock() += 1;
                }
            });
        }
    }

    /// What was applied at `index`.
    pub fn applied(&self, index: u64) -> Option<Bytes> {
        self.history.lock().applied.get(&index).map(|(command, _)| command.clone())
    }

    pub fn snapshots_installed(&self) -> u64 {
        self.history.lock().snapshots_installed
    }

    pub fn deliveries(&self) -> u64 {
        (0..self.servers.len()).map(|server| self.network.server_calls(server)).sum()
    }

    pub fn state_size_max(&self) -> usize {
        self.servers.iter().map(|server| server.disk.state_size()).max().unwrap_or(0)
    }

    /// Submits until all servers have applied the command, as the lab's `one` does; for 10 s.
    pub async fn agree(&self, command: &str) -> u64 {
        let wanted = Bytes::from(command.to_owned());
        let start = runtime::now();
        while runtime::now().since(start) < Duration::from_secs(10) {
            let Some((_, started)) = self.start(command) else {
                ms(50).await;
                continue;
            };
            for _ in 0..200 {
                ms(10).await;
                if self.applied_by(started.index) == self.servers.len() {
                    break;
                }
            }
            let everywhere = self.applied_by(started.index) == self.servers.len();
            if everywhere && self.applied(started.index).as_ref() == Some(&wanted) {
                return started.index;
            }
        }
        panic!("no agreement on {command}");
    }
}

/// The service: it checks commands and snapshots, and takes snapshots from its apply loop.
async fn serve(
    me: usize,
    raft: Raft,
    mut applied: mpsc::Receiver<ApplyMsg>,
    history: Arc<Mutex<History>>,
    snapshot_every: u64,
) {
    while let Some(message) = applied.recv().await {
        match message {
            ApplyMsg::Command { index, command, .. } => {
                let sum = history.lock().apply(me, index, command);
                if snapshot_every > 0 && index % snapshot_every == 0 {
                    raft.snapshot(index, encode_snapshot(index, sum));
                }
            }
            ApplyMsg::Own { .. } => unreachable!("this Raft sends none"),
            ApplyMsg::Snapshot { index, snapshot, .. } => {
                history.lock().install(me, index, &snapshot)
            }
            ApplyMsg::StoredSnapshot { index, snapshot, .. } => {
                history.lock().install(me, index, &snapshot.to_bytes().expect("it can be read"));
            }
        }
    }
}
