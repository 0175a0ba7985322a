//! Raft under everything that the network and a crash can do to it.

use crate::common::{Cluster, ms};
use labrpc::{Delay, Late, LinkConfig, Path};
use raft::Config;
use runtime::{Report, Rng, Simulation};
use std::time::Duration;

/// Worse than the lab's: requests are seconds old as well as replies, and some arrive twice.
fn hostile() -> LinkConfig {
    let delay = Delay::UniformOfUniform(Duration::from_millis(100), Duration::from_millis(2000));
    let path = Path {
        delay: Delay::uniform_ms(0, 30),
        late: Some(Late { per_million: 150_000, delay }),
        loss_per_million: 100_000,
        duplicate_per_million: 100_000,
    };
    LinkConfig::from(path)
}

fn set_all_links(cluster: &Cluster, servers: usize, config: &LinkConfig) {
    for from in 0..servers {
        for to in 0..servers {
            cluster.network.set_link(from, to, config.clone());
        }
    }
}

/// 150 steps of crashes, restarts, isolation and commands; then all is well again, and all servers
/// must agree soon.
async fn chaos(servers: usize, config: Config, snapshot_every: u64) -> u64 {
    let mut cluster = Cluster::new(servers, config, snapshot_every);
    set_all_links(&cluster, servers, &hostile());
    let mut rng = runtime::rng("chaos", 0);
    for step in 0..150 {
        for number in 0..rng.below(4) {
            cluster.start(&format!("{step}.{number}"));
        }
        one_fault(&mut cluster, servers, &mut rng);
        ms(rng.range(0..=300)).await;
        cluster.check();
    }
    set_all_links(&cluster, servers, &LinkConfig::reliable());
    for server in 0..servers {
        cluster.connect(server, true);
        if cluster.raft(server).is_none() {
            cluster.restart(server);
        }
    }
    ms(2000).await;
    cluster.agree("the end").await;
    cluster.check();
    cluster.snapshots_installed()
}

fn one_fault(cluster: &mut Cluster, servers: usize, rng: &mut Rng) {
    let server = rng.below(servers as u64) as usize;
    match rng.below(10) {
        0 => cluster.crash(server),
        1..=3 => cluster.restart(server),
        4 => cluster.connect(server, false),
        5..=7 => cluster.connect(server, true),
        _ => {}
    }
}

fn run(seed: u64, servers: usize, config: Config, snapshot_every: u64) -> (u64, Report) {
    let finished = Simulation::new(seed).time_limit(Duration::from_secs(120)).run(chaos(
        servers,
        config,
        snapshot_every,
    ));
    let snapshots = finished.result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    (snapshots, finished.report)
}

#[test]
fn five_servers_stay_correct_and_recover() {
    for seed in 0..30 {
        run(seed, 5, Config::default(), 0);
    }
}

#[test]
fn four_servers_stay_correct_and_recover() {
    for seed in 0..30 {
        run(seed, 4, Config::default(), 0);
    }
}

#[test]
fn servers_that_take_snapshots_stay_correct_and_recover() {
    let installed: u64 = (0..30).map(|seed| run(seed, 3, Config::default(), 5).0).sum();
    assert!(installed > 30, "only {installed} snapshots were installed");
}

#[test]
fn servers_that_send_snapshots_in_pieces_stay_correct_and_recover() {
    for snapshots_stay_on_disk in [false, true] {
        let config =
            Config { snapshot_piece_bytes_max: 3, snapshots_stay_on_disk, ..Config::default() };
        let installed: u64 = (0..30).map(|seed| run(seed, 3, config.clone(), 5).0).sum();
        assert!(installed > 30, "only {installed} snapshots were installed");
    }
}

#[test]
fn small_batches_and_windows_stay_correct_and_recover() {
    let config = Config { batch_bytes_max: 20, inflight_max: 2, ..Config::default() };
    for seed in 0..30 {
        run(seed, 5, config.clone(), 7);
    }
}

#[test]
fn pre_vote_and_check_quorum_stay_correct_and_recover() {
    let config = Config { pre_vote: true, check_quorum: true, ..Config::default() };
    for seed in 0..30 {
        run(seed, 5, config.clone(), 7);
    }
}

#[test]
fn a_seed_is_the_same_run_twice() {
    for seed in 0..3 {
        assert_eq!(run(seed, 5, Config::default(), 5), run(seed, 5, Config::default(), 5));
    }
    let (_, other) = run(3, 5, Config::default(), 5);
    assert_ne!(run(0, 5, Config::default(), 5).1.trace_hash, other.trace_hash);
}
