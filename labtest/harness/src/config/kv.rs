//! A store on the servers of a cluster, and its clients.

use crate::toml_file::{Mistake, Ranges, Row, keys};
use crate::{Weights, Workload};
use serde::{Deserialize, Serialize};

/// A store on the servers of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KvConfig {
    /// A server takes a snapshot when its Raft state has that many bytes; 0: never.
    pub snapshot_at_bytes: usize,
    /// How many clients may have a session.
    pub sessions_max: u64,
    /// After this many milliseconds a client gives up on an operation; 0: never, as in the labs.
    pub operation_timeout_ms: u64,
    /// A tenth of what clients ask and of what they are answered is lost, however reliable the
    /// network between the servers is.
    pub lossy_clients: bool,
    /// What the clients do.
    pub workload: Workload,
}

impl Default for KvConfig {
    /// As in the labs: no snapshots, and clients that never give up.
    fn default() -> KvConfig {
        KvConfig {
            snapshot_at_bytes: 0,
            sessions_max: 10_000,
            operation_timeout_ms: 0,
            lossy_clients: false,
            workload: Workload::default(),
        }
    }
}

/// The ranges of its numbers, in configurations and in scenarios.
pub(crate) const KV_RANGES: &[Row] = &[
    ("kv.sessions_max", 1, 1_000_000_000),
    // More clients than that are more than the servers have links for.
    ("kv.workload.clients", 0, 1000),
    ("kv.workload.keys", 1, 1_000_000),
    ("kv.workload.rate_per_s", 0, 1_000_000_000),
];

impl KvConfig {
    /// Whether it can be at all.
    pub(crate) fn check(&self) -> Result<(), Mistake> {
        let Workload {
            clients,
            keys: count,
            think_min_ms,
            think_max_ms,
            rate_per_s,
            ref weights,
            ..
        } = self.workload;
        let ranges = Ranges(&[KV_RANGES]);
        for (path, value) in [
            ("kv.sessions_max", self.sessions_max),
            ("kv.operation_timeout_ms", self.operation_timeout_ms),
            ("kv.workload.clients", clients as u64),
            ("kv.workload.keys", count),
            ("kv.workload.think_min_ms", think_min_ms),
            ("kv.workload.think_max_ms", think_max_ms),
            ("kv.workload.rate_per_s", rate_per_s),
        ] {
            ranges.check(keys(path), value)?;
        }
        if think_max_ms < think_min_ms {
            let expected = format!("at least `kv.workload.think_min_ms`, which is {think_min_ms}");
            return Err(Mistake::value(keys("kv.workload.think_max_ms"), &expected, think_max_ms));
        }
        if *weights == Weights::default() {
            let message = "`kv.workload.weights` must have one above 0: with all at 0 clients ask for \
                           nothing";
            let path = keys("kv.workload.weights");
            return Err(Mistake { path, message: message.to_owned() });
        }
        Ok(())
    }

    /// The options of a server's store.
    pub(crate) fn options(&self) -> kv::Options {
        kv::Options {
            snapshot_at_bytes: (self.snapshot_at_bytes > 0).then_some(self.snapshot_at_bytes),
            snapshot_at_percent: 0,
            sessions_max: self.sessions_max,
            // The Raft below has its own.
            raft: raft::Config::default(),
        }
    }

    pub(crate) fn clerk_options(&self) -> kv::ClerkOptions {
        kv::ClerkOptions {
            timeout_ms: (self.operation_timeout_ms > 0).then_some(self.operation_timeout_ms),
            ..kv::ClerkOptions::default()
        }
    }
}
