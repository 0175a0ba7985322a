//! What clients see is linearizable, whatever happens to servers and network.

use crate::common::record::Recorder;
use crate::common::{Cluster, Make, lossy, ms, ours, simulate};
use kv::{Action, Clerk, ClerkOptions, KvServer, Options, Request};
use labrpc::{ClientEnd, LinkConfig, Service};
use persister::Persister;
use raft::Raft;
use raft_api::{NotLeader, Peer, Started, State};
use runtime::{Report, Rng};
use std::sync::Arc;
use tokio::sync::mpsc;

const CLIENTS: usize = 5;

fn draw_request(rng: &mut Rng, number: u64) -> Request {
    let value = || number.to_string();
    let action = match rng.below(12) {
        0..5 => Action::Get,
        5..8 => Action::Append(format!("{number} ").into()),
        8 => Action::Put(value().into()),
        9 => Action::PutAtVersion(rng.below(30), value().into()),
        10 => Action::CompareAndSet(
            rng.chance(500_000).then(|| rng.below(50).to_string().into()),
            value().into(),
        ),
        _ => Action::Delete,
    };
    Request::new(format!("key {}", rng.below(3)), action)
}

fn start_clients(cluster: &Cluster, recorder: &Recorder) {
    let options = ClerkOptions { timeout_ms: Some(3_000), ..ClerkOptions::default() };
    for client in 0..CLIENTS {
        let mut clerk = Clerk::new(cluster.ends(client), options.clone());
        let recorder = recorder.clone();
        let mut rng = runtime::rng("test client", client as u64);
        runtime::spawn(async move {
            for number in 0.. {
                let request = draw_request(&mut rng, number * CLIENTS as u64 + client as u64);
                // The result is recorded.
                let _ = recorder.run(client as u64, &mut clerk, request).await;
                ms(rng.range(0..=60)).await;
            }
        });
    }
}

/// A minute of crashes, partitions and bad links, and then a quiet time in which all must work.
async fn chaos(make: Make, servers: usize, options: Options) -> Recorder {
    let mut cluster = Cluster::made_by(make, servers, CLIENTS, options);
    let recorder = Recorder::default();
    start_clients(&cluster, &recorder);
    let mut rng = runtime::rng("test", 0);
    for _ in 0..60 {
        let server = rng.below(servers as u64) as usize;
        match rng.below(12) {
            0 | 1 => cluster.crash(server),
            2..=4 => cluster.restart(server),
            5 => cluster.partition(|other| usize::from(other == server)),
            6 => {
                let groups: Vec<usize> = (0..servers).map(|_| rng.below(2) as usize).collect();
                cluster.partition(|server| groups[server]);
            }
            7 | 8 => cluster.heal(),
            9 => cluster.set_all_links(&lossy()),
            10 => cluster.set_all_links(&LinkConfig::reliable()),
            _ => {}
        }
        ms(rng.range(0..=2000)).await;
        cluster.check();
    }
    cluster.heal();
    cluster.set_all_links(&LinkConfig::reliable());
    for server in 0..servers {
        if cluster.running[server].is_none() {
            cluster.restart(server);
        }
    }
    ms(3_000).await;
    let (before, ..) = recorder.counts();
    ms(2_000).await;
    assert!(recorder.counts().0 > before + 50, "all works again: {:?}", recorder.counts());
    recorder
}

fn linearizable(seed: u64, make: Make, servers: usize, options: Options) -> (usize, Report) {
    let (recorder, report) = simulate(seed, chaos(make, servers, options));
    recorder.check();
    (recorder.counts().2, report)
}

fn small_snapshots() -> Options {
    Options { snapshot_at_bytes: Some(2_000), snapshot_at_percent: 0, ..Options::default() }
}

#[test]
fn three_servers() {
    let unknown: usize =
        (0..20).map(|seed| linearizable(seed, ours, 3, Options::default()).0).sum();
    assert!(unknown > 0, "some outcomes are not known");
}

#[test]
fn five_servers_with_snapshots() {
    for seed in 0..20 {
        linearizable(seed, ours, 5, small_snapshots());
    }
}

#[test]
fn three_servers_whose_leaders_have_leases() {
    let raft = raft::Config {
        pre_vote: true,
        check_quorum: true,
        lease_ms: 350,
        ..raft::Config::default()
    };
    for seed in 0..20 {
        linearizable(seed, ours, 3, Options { raft: raft.clone(), ..small_snapshots() });
    }
}

#[test]
fn more_clients_than_sessions() {
    for seed in 0..10 {
        linearizable(seed, ours, 3, Options { sessions_max: 3, ..small_snapshots() });
    }
}

#[test]
fn a_raft_that_has_no_read_index() {
    for seed in 0..10 {
        linearizable(seed, without_read_index, 3, small_snapshots());
    }
}

#[test]
fn a_seed_is_the_same_run_again() {
    let run = || linearizable(7, ours, 3, small_snapshots()).1;
    assert_eq!(run(), run());
}

struct WithoutReadIndex(Raft);

impl Peer for WithoutReadIndex {
    fn start(&self, command: bytes::Bytes) -> Result<Started, NotLeader> {
        Peer::start(&self.0, command)
    }

    fn get_state(&self) -> State {
        self.0.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: bytes::Bytes) {
        self.0.snapshot(index, snapshot);
    }

    fn service(&self) -> Arc<dyn Service> {
        self.0.service()
    }

    fn kill(&self) {
        self.0.kill();
    }
}

fn without_read_index(
    options: Options,
    peers: Vec<ClientEnd>,
    me: usize,
    persister: Arc<dyn Persister>,
) -> KvServer {
    let (apply, applied) = mpsc::channel(1);
    let config = options.raft.clone();
    let raft = Raft::with_config(config, peers, me, Arc::clone(&persister), apply).unwrap();
    KvServer::over(Arc::new(WithoutReadIndex(raft)), applied, persister, options).unwrap()
}
