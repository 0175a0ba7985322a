//! The suites `kv` and `kv_snapshot`: clients of a key/value store on the Raft under test.
//!
//! Scenarios and limits are those of the course's key/value tests. Where those are weak these are stronger:
//! every test's whole history must be linearizable, where there are restarts single servers crash while the
//! clients work, too, and a check that runs out of budget is not a pass.
//!
//! What is not the course's:
//!
//! * Clients pause for up to 100 ms after an answer; the course's do not. Without pauses the two suites
//!   take ten times as long.
//! * Clients that append to one list do so for three rounds of five seconds, not ten times each: more
//!   than the course asks for.
//! * "Random keys" are three of each kind, not one a client, and all kinds of operations are mixed:
//!   clients meet more often.
//! * Partitions begin at once, not after a second of peace.
//! * A client has ten seconds to be answered when everything is well, also after a partition, where
//!   the course gives three: how long clerks wait between tries is not what is tested.

mod generic;
mod single;

use super::{Body, LabTest, RunningTest};
use crate::{Cluster, Config, KeyChoice, KvConfig, NetworkConfig, Weights, Workload};
use std::time::Duration;

/// One of the tests, beyond what every test has.
pub(crate) struct KvTest {
    clients: usize,
    load: Load,
    /// Servers are split into two groups at random, again and again.
    partitions: bool,
    /// Single servers crash while clients work, and all of them when a round is over.
    crashes: bool,
    /// Snapshots are taken, and the Raft state has a bound.
    snapshots: bool,
    scenario: fn(Cluster, &'static KvTest) -> RunningTest,
}

/// What clients do.
#[derive(Clone, Copy)]
enum Load {
    /// Each appends to a list of its own, and reads it.
    OwnLists,
    /// All append to one list.
    OneList,
    /// Everything that there is, on a few shared keys.
    Mixed,
}

/// The size of the Raft state, in bytes, at which a server takes a snapshot in the suite with snapshots.
const SNAPSHOT_AT_BYTES: usize = 1000;
/// The most bytes that the Raft state may ever have: entries can't be forgotten before they are
/// applied.
const STATE_BYTES_MAX: usize = 8 * SNAPSHOT_AT_BYTES;
/// The longest pause of clients: a test has some thousand operations, so that thousands of seeds can be run.
const THINK_MAX_MS: u64 = 100;
/// When nothing is broken, everything that a client asks for is done in this time.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

const PLAIN: KvTest = KvTest {
    clients: 1,
    load: Load::OwnLists,
    partitions: false,
    crashes: false,
    snapshots: false,
    scenario: |cluster, test| Box::pin(generic::run(cluster, test)),
};

impl KvTest {
    /// What its cluster is built from.
    pub(super) fn config(&self, test: &LabTest) -> Config {
        let (keys, key_choice, weights) = match self.load {
            Load::OwnLists => (1, KeyChoice::Own, LISTS),
            Load::OneList => (1, KeyChoice::Uniform, LISTS),
            Load::Mixed => (3, KeyChoice::Uniform, Workload::default().weights),
        };
        let clients = self.clients;
        let workload = Workload {
            clients,
            keys,
            key_choice,
            weights,
            think_max_ms: THINK_MAX_MS,
            ..Workload::default()
        };
        let snapshot_at_bytes = if self.snapshots { SNAPSHOT_AT_BYTES } else { 0 };
        Config {
            network: NetworkConfig {
                reliable: test.reliable,
                long_delays: false,
                ..NetworkConfig::default()
            },
            kv: Some(KvConfig { snapshot_at_bytes, workload, ..KvConfig::default() }),
            ..Config::new(test.servers)
        }
    }

    /// Runs it.
    pub(crate) fn begin(&'static self, cluster: Cluster) -> RunningTest {
        (self.scenario)(cluster, self)
    }
}

const LISTS: Weights = Weights {
    get: 0,
    put: 0,
    compare_and_set: 0,
    put_at_version: 0,
    delete: 0,
    append: 1,
    read_list: 1,
    increment: 0,
};

const fn row(
    name: &'static str,
    servers: usize,
    reliable: bool,
    description: &'static str,
    test: &'static KvTest,
) -> LabTest {
    // Snapshots are the store's own; the service of the other suites takes none here.
    LabTest { name, description, servers, reliable, snapshots: false, body: Body::KeyValue(test) }
}

const RELIABLE: bool = true;
const UNRELIABLE: bool = false;

#[rustfmt::skip]
pub(super) const TESTS: &[LabTest] = &[
    row("kv::basic", 5, RELIABLE, "one client", &PLAIN),
    row("kv::speed", 3, RELIABLE, "ops complete fast enough", &KvTest {
        scenario: |cluster, test| Box::pin(single::speed(cluster, test)), ..PLAIN }),
    row("kv::concurrent", 5, RELIABLE, "many clients", &KvTest { clients: 5, ..PLAIN }),
    row("kv::unreliable", 5, UNRELIABLE, "unreliable net, many clients", &KvTest {
        clients: 5, ..PLAIN }),
    row("kv::unreliable_one_key", 3, UNRELIABLE, "concurrent append to same key, unreliable", &KvTest {
        clients: 5, load: Load::OneList, ..PLAIN }),
    row("kv::one_partition", 5, RELIABLE, "progress in majority, none in minority", &KvTest {
        scenario: |cluster, _| Box::pin(single::one_partition(cluster)), ..PLAIN }),
    row("kv::many_partitions_one_client", 5, RELIABLE, "partitions, one client", &KvTest {
        partitions: true, ..PLAIN }),
    row("kv::many_partitions_many_clients", 5, RELIABLE, "partitions, many clients", &KvTest {
        clients: 5, partitions: true, ..PLAIN }),
    row("kv::persist_one_client", 5, RELIABLE, "restarts, one client", &KvTest {
        crashes: true, ..PLAIN }),
    row("kv::persist_many_clients", 5, RELIABLE, "restarts, many clients", &KvTest {
        clients: 5, crashes: true, ..PLAIN }),
    row("kv::persist_unreliable", 5, UNRELIABLE, "unreliable net, restarts, many clients", &KvTest {
        clients: 5, crashes: true, ..PLAIN }),
    row("kv::persist_partition", 5, RELIABLE, "restarts, partitions, many clients", &KvTest {
        clients: 5, crashes: true, partitions: true, ..PLAIN }),
    row("kv::persist_partition_unreliable", 5, UNRELIABLE, "unreliable net, restarts, partitions, many clients", &KvTest {
        clients: 5, crashes: true, partitions: true, ..PLAIN }),
    row("kv::everything", 7, UNRELIABLE, "unreliable net, restarts, partitions, random keys, many clients", &KvTest {
        clients: 15, load: Load::Mixed, crashes: true, partitions: true, ..PLAIN }),

    row("kv_snapshot::install", 3, RELIABLE, "InstallSnapshot RPC", &KvTest {
        snapshots: true, scenario: |cluster, _| Box::pin(single::install(cluster)), ..PLAIN }),
    row("kv_snapshot::size", 3, RELIABLE, "snapshot size is reasonable", &KvTest {
        snapshots: true, scenario: |cluster, _| Box::pin(single::size(cluster)), ..PLAIN }),
    row("kv_snapshot::speed", 3, RELIABLE, "ops complete fast enough", &KvTest {
        snapshots: true, scenario: |cluster, test| Box::pin(single::speed(cluster, test)), ..PLAIN }),
    row("kv_snapshot::persist_one_client", 5, RELIABLE, "restarts, snapshots, one client", &KvTest {
        snapshots: true, crashes: true, ..PLAIN }),
    row("kv_snapshot::persist_many_clients", 5, RELIABLE, "restarts, snapshots, many clients", &KvTest {
        clients: 20, snapshots: true, crashes: true, ..PLAIN }),
    row("kv_snapshot::unreliable", 5, UNRELIABLE, "unreliable net, snapshots, many clients", &KvTest {
        clients: 5, snapshots: true, ..PLAIN }),
    row("kv_snapshot::persist_unreliable", 5, UNRELIABLE, "unreliable net, restarts, snapshots, many clients", &KvTest {
        clients: 5, snapshots: true, crashes: true, ..PLAIN }),
    row("kv_snapshot::persist_partition_unreliable", 5, UNRELIABLE, "unreliable net, restarts, partitions, snapshots, many clients", &KvTest {
        clients: 5, snapshots: true, crashes: true, partitions: true, ..PLAIN }),
    row("kv_snapshot::everything", 7, UNRELIABLE, "unreliable net, restarts, partitions, snapshots, random keys, many clients", &KvTest {
        clients: 15, load: Load::Mixed, snapshots: true, crashes: true, partitions: true, ..PLAIN }),
];
