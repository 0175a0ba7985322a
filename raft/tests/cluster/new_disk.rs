//! A server's disk is lost, and another one takes its place: no committed entry is lost with it.

use crate::common::{Cluster, ms};
use labrpc::{Delay, Late, LinkConfig, Path};
use raft::{Config, Disk};
use runtime::{Rng, Simulation};
use std::time::Duration;

fn lossy() -> LinkConfig {
    let path = Path {
        delay: Delay::uniform_ms(0, 20),
        late: Some(Late { per_million: 50_000, delay: Delay::uniform_ms(100, 1000) }),
        loss_per_million: 50_000,
        duplicate_per_million: 50_000,
    };
    LinkConfig::from(path)
}

struct Run {
    cluster: Cluster,
    servers: usize,
    rng: Rng,
    commands: u64,
}

impl Run {
    async fn submit_for(&mut self, steps: u64) {
        for _ in 0..steps {
            self.commands += 1;
            self.cluster.start(&self.commands.to_string());
            ms(self.rng.range(20..=120)).await;
            self.cluster.check();
        }
    }

    fn connect(&mut self, servers: &[usize], connected: bool) {
        servers.iter().for_each(|&server| self.cluster.connect(server, connected));
    }

    /// Entries are committed by a bare majority. One of them loses its disk, and the others of them their
    /// connections, while those come back that have not seen the entries.
    async fn disaster(&mut self, disk: Disk) {
        let leader = self.cluster.leader().await;
        let mut others: Vec<usize> = (0..self.servers).filter(|&it| it != leader).collect();
        self.rng.shuffle(&mut others);
        let loser = others.remove(0);
        let (with_leader, apart) = others.split_at(self.servers / 2 - 1);
        self.connect(apart, false);
        self.submit_for(4).await;
        self.cluster.replace_disk(loser, disk);
        if self.rng.chance(500_000) {
            // Those that are apart are all that it has not heard.
            self.submit_for(6).await;
        }
        self.connect(&[leader], false);
        self.connect(with_leader, false);
        self.connect(apart, true);
        for _ in 0..4 {
            self.submit_for(6).await;
            if self.rng.chance(300_000) {
                self.cluster.restart(loser);
            }
        }
        self.connect(&[leader], true);
        self.connect(with_leader, true);
        self.recovers(loser).await;
    }

    async fn recovers(&mut self, server: usize) {
        for _ in 0..100 {
            self.submit_for(2).await;
            let raft = self.cluster.raft(server).expect("it runs");
            if raft.quarantine().is_none() {
                return;
            }
        }
        panic!("server {server} stays in quarantine");
    }
}

async fn disks_are_lost(servers: usize, config: Config, disk: Disk) {
    let cluster = Cluster::new(servers, config, 10);
    for link in 0..servers * servers {
        cluster.network.set_link(link / servers, link % servers, lossy());
    }
    let mut run = Run { cluster, servers, rng: runtime::rng("test", 0), commands: 0 };
    for _ in 0..3 {
        run.submit_for(10).await;
        run.disaster(disk).await;
    }
    run.cluster.agree("the end").await;
    run.cluster.check();
}

/// What went wrong with that seed.
fn outcome(seed: u64, servers: usize, config: &Config, disk: Disk) -> Result<(), String> {
    let simulation = Simulation::new(seed).time_limit(Duration::from_secs(300));
    let finished = simulation.run(disks_are_lost(servers, config.clone(), disk));
    finished.result.map_err(|error| format!("seed {seed}, {servers} servers: {error}"))
}

fn production() -> Config {
    Config { pre_vote: true, check_quorum: true, ..Config::default() }
}

#[test]
fn a_new_disk_that_is_told_to_be_new_loses_nothing() {
    for config in [Config::default(), production()] {
        for seed in 0..40 {
            for servers in [3, 4, 5] {
                outcome(seed, servers, &config, Disk::New).unwrap();
            }
        }
    }
}

/// The same without quarantine finds what quarantine is for.
#[test]
fn a_new_disk_that_is_trusted_loses_committed_entries() {
    for servers in [3, 5] {
        let lost = (0..40)
            .filter_map(|seed| outcome(seed, servers, &Config::default(), Disk::Trusted).err())
            .filter(|error| error.contains("index"));
        assert!(lost.count() > 10, "of {servers} servers");
    }
}
