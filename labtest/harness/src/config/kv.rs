//! A store on the servers of a cluster, and its clients.

use crate::Workload;
use serde::{Deserialize, Serialize};

/// A store on the servers of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KvConfig {
    /// A server takes a snapshot when its Raft state has that many bytes; 0: never.
    pub snapshot_at_bytes: usize,
    /// How many clients may have a session.
    pub sessions_max: u64,
    /// A client gives an operation up after so long, in milliseconds; 0: never, as in the labs.
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

/// What is out of range in a store's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KvError {
    /// The key, below that of the store.
    pub(crate) key: &'static str,
    pub(crate) value: u64,
    pub(crate) expected: String,
}

/// More clients than that are more than the servers have links for.
const CLIENTS_MAX: u64 = 1000;
const KEYS_MAX: u64 = 1_000_000;
const TIME_MS_MAX: u64 = 1_000_000_000;
const RATE_MAX: u64 = 1_000_000_000;

impl KvConfig {
    /// Whether it can be at all.
    pub(crate) fn check(&self) -> Result<(), KvError> {
        let Workload { clients, keys, think_min_ms, think_max_ms, rate_per_s, .. } = self.workload;
        for (key, value, least, most) in [
            ("workload.clients", clients as u64, 0, CLIENTS_MAX),
            ("workload.keys", keys, 1, KEYS_MAX),
            ("workload.think_min_ms", think_min_ms, 0, TIME_MS_MAX),
            ("workload.think_max_ms", think_max_ms, think_min_ms, TIME_MS_MAX),
            ("workload.rate_per_s", rate_per_s, 0, RATE_MAX),
            ("operation_timeout_ms", self.operation_timeout_ms, 0, TIME_MS_MAX),
        ] {
            if !(least..=most).contains(&value) {
                return Err(KvError { key, value, expected: format!("{least} to {most}") });
            }
        }
        Ok(())
    }

    /// The options of a server's store.
    pub(crate) fn options(&self) -> kv::Options {
        kv::Options {
            snapshot_at_bytes: (self.snapshot_at_bytes > 0).then_some(self.snapshot_at_bytes),
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
