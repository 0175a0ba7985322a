//! What is known about each specimen, and what all of them can do.

use bytes::Bytes;
use labrpc::{ClientEnd, Service};
use persister::Persister;
use raft::{ApplyMsg, Inspection, NotLeader, Started, State};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a bug breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// Something happens that must never happen.
    Safety,
    /// Something that must happen does not.
    Liveness,
    /// It happens at too high a price.
    Efficiency,
    /// Nothing: whoever raises an alarm is wrong.
    Nothing,
    /// Nothing of Raft, but what the lab's tests say of indices: they are not asked.
    LabIndices,
}

impl Breaks {
    /// Whether whoever raises an alarm is wrong.
    pub fn is_harmless(self) -> bool {
        matches!(self, Breaks::Nothing | Breaks::LabIndices)
    }
}

/// One changed Raft.
#[derive(Clone, Copy, Debug)]
pub struct Specimen {
    /// The name of its diff.
    pub name: &'static str,
    /// What it does wrong, in a sentence.
    pub statement: &'static str,
    /// What that breaks.
    pub breaks: Breaks,
    /// The property that does not hold any more.
    pub property: &'static str,
    /// Where it has happened, or where the rule stands.
    pub source: &'static str,
    /// How many lines its diff adds and removes.
    pub lines: usize,
    /// Starts a server of it.
    pub make: Make,
}

/// Starts a server, as [`raft::Raft::with_config`] does.
pub type Make = fn(
    config: &raft::Config,
    peers: Vec<ClientEnd>,
    me: usize,
    persister: Arc<dyn Persister>,
    apply: mpsc::Sender<ApplyMsg>,
) -> anyhow::Result<Arc<dyn Server>>;

/// A running server. Each specimen is a type of its own, alike to [`raft::Raft`] in what is public.
pub trait Server: Send + Sync + 'static {
    /// Submits a command.
    ///
    /// # Errors
    /// [`NotLeader`] when this server does not lead.
    fn start(&self, command: Bytes) -> Result<Started, NotLeader>;

    /// Its term, and whether it leads.
    fn get_state(&self) -> State;

    /// The service has a snapshot of everything up to `index`.
    fn snapshot(&self, index: u64, snapshot: Bytes);

    /// Ends it.
    fn kill(&self);

    /// What the network delivers requests to.
    fn service(&self) -> Arc<dyn Service>;

    /// Counts what may have changed what it looks like inside.
    fn changes(&self) -> u64;

    /// What it looks like inside.
    fn inspect(&self) -> Inspection;

    /// Term and command of the entry at `index`, if its log has that.
    fn entry(&self, index: u64) -> Option<(u64, Bytes)>;

    /// How far it, as a leader, knows another server's log to be the same as its own.
    fn match_index(&self, server: usize) -> Option<u64>;
}
