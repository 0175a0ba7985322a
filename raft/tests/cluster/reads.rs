//! Reads that need no entry show all that was committed before they began.

use crate::common::{Cluster, ms};
use labrpc::{Delay, Late, LinkConfig, Path};
use parking_lot::Mutex;
use raft::{Config, NotLeader, ReadIndexError};
use runtime::Simulation;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

fn simulate<T>(seed: u64, test: impl Future<Output = T> + 'static) -> T
where
    T: 'static,
{
    let finished = Simulation::new(seed).time_limit(Duration::from_secs(120)).run(test);
    finished.result.unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

/// Requests and replies may be half a second old, or get lost.
fn lossy() -> LinkConfig {
    let path = Path {
        delay: Delay::uniform_ms(0, 20),
        late: Some(Late { per_million: 100_000, delay: Delay::uniform_ms(100, 500) }),
        loss_per_million: 100_000,
        duplicate_per_million: 50_000,
    };
    LinkConfig::from(path)
}

/// Servers are isolated, crash and come back while commands and reads go to all of them.
async fn reads_under_faults(config: Config) -> u64 {
    const SERVERS: usize = 3;
    let mut cluster = Cluster::new(SERVERS, config, 10);
    for link in 0..SERVERS * SERVERS {
        cluster.network.set_link(link / SERVERS, link % SERVERS, lossy());
    }
    let answered = Arc::new(Mutex::new(0));
    let mut rng = runtime::rng("test", 0);
    for step in 0..400 {
        cluster.start(&step.to_string());
        cluster.read(&answered);
        let server = rng.below(SERVERS as u64) as usize;
        match rng.below(25) {
            0 => cluster.crash(server),
            1..=3 => cluster.restart(server),
            4 | 5 => cluster.connect(server, false),
            6..=9 => cluster.connect(server, true),
            _ => {}
        }
        ms(rng.range(0..=150)).await;
        cluster.check();
    }
    *answered.lock()
}

fn answered_in_many_runs(config: &Config) {
    let answered: u64 =
        (0..30).map(|seed| simulate(seed, reads_under_faults(config.clone()))).sum();
    assert!(answered > 30 * 50, "only {answered} reads were answered");
}

#[test]
fn reads_show_all_that_was_committed_before() {
    answered_in_many_runs(&Config::default());
}

#[test]
fn reads_with_a_lease_show_all_that_was_committed_before() {
    let config = Config { pre_vote: true, check_quorum: true, lease_ms: 350, ..Config::default() };
    answered_in_many_runs(&config);
}

#[test]
fn a_leader_that_is_cut_off_answers_no_read_and_fails_it_when_it_learns_of_another() {
    simulate(1, async {
        let mut cluster = Cluster::new(3, Config::default(), 0);
        cluster.agree("x").await;
        let old = cluster.leader().await;
        cluster.connect(old, false);
        let raft = cluster.raft(old).expect("it runs").clone();
        let read = runtime::spawn(async move { raft.read_index().await });
        ms(5000).await;
        assert!(!read.is_finished());
        cluster.connect(old, true);
        ms(1000).await;
        let nobody = NotLeader { leader: None };
        assert_eq!(read.await.expect("it ends"), Err(ReadIndexError::NotLeader(nobody)));
    });
}

#[test]
fn a_server_that_is_killed_fails_its_reads() {
    simulate(1, async {
        let mut cluster = Cluster::new(3, Config::default(), 0);
        cluster.agree("x").await;
        let leader = cluster.leader().await;
        cluster.connect(leader, false);
        let raft = cluster.raft(leader).expect("it runs").clone();
        let reader = raft.clone();
        let read = runtime::spawn(async move { reader.read_index().await });
        ms(10).await;
        raft.kill();
        let nobody = NotLeader { leader: None };
        assert_eq!(read.await.expect("it ends"), Err(nobody.into()));
        assert_eq!(raft.read_index().await, Err(nobody.into()));
    });
}
