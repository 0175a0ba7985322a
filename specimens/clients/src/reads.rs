//! Rafts that promise readers too much, and one that promises them nothing.

use labtest::raft::{Inspection, NotLeader, ReadIndexError, Started, State};
use labtest::{BoxFuture, Bytes, Implementation, MakeArgs, OurRaft, Peer, Service, Supports};
use std::sync::Arc;

/// Our Raft with a bug in its read index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// A server that believes it leads lets clients read, without asking a majority: a deposed leader
    /// shows what it knew.
    FromDeposedLeader,
    /// A new leader lets clients read before it has committed anything in its term: it may not
    /// know yet what is committed.
    BeforeFirstCommit,
    /// No bug: it promises readers nothing, and they read through the log.
    ThroughTheLog,
}

impl Implementation for Reads {
    fn name(&self) -> &str {
        match self {
            Reads::FromDeposedLeader => "read-from-deposed-leader",
            Reads::BeforeFirstCommit => "read-before-first-commit",
            Reads::ThroughTheLog => "read-through-the-log",
        }
    }

    fn supports(&self) -> Supports {
        OurRaft.supports()
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        Ok(Arc::new(Promising { reads: *self, raft: OurRaft.make(args)? }))
    }
}

struct Promising {
    reads: Reads,
    raft: Arc<dyn Peer>,
}

impl Peer for Promising {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.raft.start(command)
    }

    fn get_state(&self) -> State {
        self.raft.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.raft.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.raft.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.raft.service()
    }

    fn inspect(&self) -> Option<Inspection> {
        self.raft.inspect()
    }

    fn read_index(&self) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        if self.reads == Reads::ThroughTheLog {
            return None;
        }
        let known = self.raft.inspect()?;
        let leads = self.raft.get_state().is_leader;
        let asked = self.raft.read_index()?;
        let reads = self.reads;
        Some(Box::pin(async move {
            match reads {
                Reads::FromDeposedLeader if leads && known.term == known.last_term => {
                    Ok(known.commit_index)
                }
                Reads::FromDeposedLeader | Reads::ThroughTheLog => asked.await,
                Reads::BeforeFirstCommit => match asked.await {
                    Err(ReadIndexError::NothingCommitted) if leads => Ok(known.commit_index),
                    answer => answer,
                },
            }
        }))
    }
}
