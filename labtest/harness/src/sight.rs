//! What there is to see of a run: the vocabulary between the cluster, which shows what happens, and the
//! watchers.

use crate::api::clients::{Answer, Operation, StoreOperation};
use crate::api::life::Life;
use crate::{Budgets, Peer};
use ::persister::Stored;
use bytes::Bytes;
use labrpc::NetworkEvent;
use labtrace::trace::Fault;
use raft::{Inspection, Started};
use runtime::Instant;
use std::fmt;
use std::time::Duration;

/// One thing that happened.
pub(crate) enum Sight<'a> {
    /// Something happened to a message. Seen under the network's lock: neither the network nor a
    /// server may be called.
    Message(&'a NetworkEvent<'a>),
    /// The internal state of a server has changed, where its implementation shows it.
    State { who: Life, state: &'a Inspection, peer: &'a dyn Peer },
    /// A server that has shown its internal state shows it no more.
    StateHidden { who: Life },
    /// A server that says it leads has accepted a command, to be at that index.
    Submitted { who: Life, started: Started, command: &'a Bytes },
    /// The same, of a command that a store has submitted itself.
    StoreSubmitted { who: Life, started: Started, command: &'a Bytes },
    /// A server took a committed command, of that term as its Raft says.
    Applied { who: Life, index: u64, term: u64, command: &'a Bytes },
    /// A server took a committed entry of Raft's own, of that term as its Raft says.
    AppliedOwn { who: Life, index: u64, term: u64 },
    /// A server took a snapshot from its Raft, whose last entry is of that term as the Raft says.
    AppliedSnapshot { who: Life, index: u64, term: u64, snapshot: &'a [u8] },
    /// The service of a server took a snapshot of its state, for its Raft to keep.
    TookSnapshot { who: Life, index: u64, snapshot: &'a [u8] },
    /// A server was started, for the first time or again. What the snapshot on its disk stands for
    /// counts as applied.
    Started { who: Life, applied: u64, peer: &'a dyn Peer },
    /// What a server said about itself when the tester asked.
    Said { who: Life, term: u64, is_leader: bool },
    /// A server is about to be started from what its disk holds.
    Booting { who: Life, stored: &'a Stored },
    /// A server gave an index for a read that began this long ago, when everything up to `applied` was applied
    /// somewhere.
    Read { who: Life, waited: Duration, applied: u64, index: u64 },
    /// A server's life ended. `lost_writes` of its writes were not durable and are lost.
    Crashed { server: usize, lost_writes: usize },
    /// A server has handed something to its disk.
    Written { who: Life, write: Written<'a> },
    /// The first `writes` writes of a life are durable.
    Synced { who: Life, writes: u64 },
    /// Nothing is broken from now on, so this must be enough.
    FaultFreeBegins(&'a Budgets),
    /// Faults may follow.
    FaultFreeEnds,
    /// A fault began or ended.
    Fault(&'a Fault),
    /// A client's operation began.
    Invoked(&'a Operation),
    /// A client's operation ended.
    Answered(&'a Operation, Answer),
    /// A client of the store has asked for something.
    StoreInvoked(&'a StoreOperation),
    /// A client of the store was answered, or has given up.
    StoreAnswered(&'a StoreOperation, &'a Result<kv::Answer, kv::ClerkError>),
    /// A step of the scenario.
    Note(&'a str),
    /// A server has a note for people who read about the run.
    Noted { who: Life, text: &'a str },
    /// The code of a server has written a line.
    Line { who: Life, line: &'a [u8] },
}

/// Something for a disk.
pub(crate) enum Written<'a> {
    /// A record of the journal.
    Record(&'a [u8]),
    /// The whole state, alone or together with a snapshot.
    State { bytes: &'a [u8], with_snapshot: bool },
}

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Written::Record(bytes) => write!(f, "a record of {} bytes", bytes.len()),
            Written::State { bytes, .. } => write!(f, "a saved state of {} bytes", bytes.len()),
        }
    }
}

/// Looks at every event of a run, and judges none.
pub(crate) trait Watcher: Send {
    /// Looks at one event, at its true time.
    fn see(&mut self, at: Instant, sight: &Sight<'_>);
}
