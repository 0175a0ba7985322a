//! What is known about each specimen, and how it is started.

use labrpc::ClientEnd;
use persister::Persister;
use raft_api::{ApplyMsg, Peer};
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
    /// Nothing: an alarm is wrong.
    Nothing,
}

impl Breaks {
    /// Whether an alarm is wrong.
    pub fn is_harmless(self) -> bool {
        self == Breaks::Nothing
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
    /// Where it has happened, or where the rule is from.
    pub source: &'static str,
    /// The kind of the first act that should not have been when it shows; none where it is harmless. Written
    /// from the diff alone.
    pub cause: Option<&'static str>,
    /// How many lines its diff adds and removes.
    pub lines: usize,
    /// Whether it has entries that are not commands.
    pub own_entries: bool,
    /// The test in which it can be seen.
    pub suite: &'static str,
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
) -> anyhow::Result<Arc<dyn Peer>>;
