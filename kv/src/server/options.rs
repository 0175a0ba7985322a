//! The knobs of a server.

use serde::{Deserialize, Serialize};

/// How a [`KvServer`](crate::KvServer) behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Take a snapshot when the Raft state, which is its log above all, has that many bytes; never
    /// if none. Default 1 MiB.
    pub snapshot_at_bytes: Option<usize>,
    /// And when it has that share of the bytes of the last snapshot, in percent: a snapshot costs time
    /// and space with everything in the store, and so stays in proportion to what was written since the
    /// last one, however large the store is. Default 100; 0 in the lab, which bounds the Raft state.
    pub snapshot_at_percent: usize,
    /// How many clients may have a session. Default 10,000; the leader's counts.
    pub sessions_max: u64,
    /// The options of Raft, where the server has its own.
    pub raft: raft::Config,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            snapshot_at_bytes: Some(1024 * 1024),
            snapshot_at_percent: 100,
            sessions_max: 10_000,
            raft: raft::Config::default(),
        }
    }
}
