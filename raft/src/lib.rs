//! STUB
#![allow(clippy::todo, missing_docs, unused)]
use bytes::Bytes;
use labrpc::{ClientEnd, Service};
use persister::Persister;
use std::sync::Arc;
use tokio::sync::mpsc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyMsg { Command { index: u64, term: u64, command: Bytes }, Snapshot { index: u64, term: u64, snapshot: Bytes } }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started { pub index: u64, pub term: u64 }
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the leader")]
pub struct NotLeader { pub leader: Option<usize> }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State { pub term: u64, pub is_leader: bool }
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleName { Follower, PreCandidate, Candidate, Leader }
/// What `inspect` shows; cheap (no copy of the log).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection { pub term: u64, pub voted_for: Option<usize>, pub role: RoleName, pub commit_index: u64, pub last_applied: u64, pub snapshot_index: u64, pub snapshot_term: u64, pub last_index: u64, pub last_term: u64 }
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Config { pub election_timeout_min_ms: u64, pub election_timeout_max_ms: u64, pub heartbeat_interval_ms: u64, pub pre_vote: bool, pub check_quorum: bool, pub batch_bytes_max: usize, pub inflight_max: usize }
impl Default for Config { fn default() -> Self { todo!() } }
#[derive(Clone)]
pub struct Raft;
impl Raft {
    pub fn make(peers: Vec<ClientEnd>, me: usize, persister: Arc<dyn Persister>, apply: mpsc::Sender<ApplyMsg>) -> anyhow::Result<Raft> { todo!() }
    pub fn with_config(config: Config, peers: Vec<ClientEnd>, me: usize, persister: Arc<dyn Persister>, apply: mpsc::Sender<ApplyMsg>) -> anyhow::Result<Raft> { todo!() }
    pub fn service(&self) -> Arc<dyn Service> { todo!() }
    pub fn start(&self, command: Bytes) -> Result<Started, NotLeader> { todo!() }
    pub fn get_state(&self) -> State { todo!() }
    pub fn snapshot(&self, index: u64, snapshot: Bytes) { todo!() }
    pub fn inspect(&self) -> Inspection { todo!() }
    pub fn kill(&self) { todo!() }
}
