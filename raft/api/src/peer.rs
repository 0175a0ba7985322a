//! One server of a Raft, as its users and testers see it.

use crate::{EntryId, Inspection, NotLeader, ReadIndexError, Started, State};
use bytes::Bytes;
use futures::future::{self, BoxFuture};
use labrpc::Service;
use std::sync::Arc;

/// One life of a server: it begins when the server is started, for the first time or again, and ends
/// with [`kill`](Peer::kill). What is committed goes to the channel of [`ApplyMsg`](crate::ApplyMsg)s that the server
/// was made with.
///
/// The first five methods are those of the lab, and every Raft has them. The others are a Raft's
/// choice: a service does without a [`read_index`](Peer::read_index), and a tester without a look
/// inside.
///
/// No method waits for the network. A service may call them from the loop that reads the channel of
/// [`ApplyMsg`](crate::ApplyMsg)s. When a server crashes its tasks vanish, whatever they are doing, and
/// [`kill`](Peer::kill) is called.
pub trait Peer: Send + Sync + 'static {
    /// Begins agreement on `command` and returns at once (the lab's `Start`). Whether the command is
    /// ever committed is not certain: this server may lose its leadership.
    ///
    /// # Errors
    /// [`NotLeader`] when this server does not lead. A leader that does not take the command names itself:
    /// it [refuses](Peer::refusal) all at present, or this one for its size.
    fn start(&self, command: Bytes) -> Result<Started, NotLeader>;

    /// [`start`](Peer::start) for a Raft that has to ask before it knows, as one does whose log belongs
    /// to a task of its own. It is this that the tester calls. The answer comes when the leader has
    /// appended the command and not when it is committed.
    ///
    /// # Errors
    /// As [`start`](Peer::start).
    fn submit(&self, command: Bytes) -> BoxFuture<'static, Result<Started, NotLeader>> {
        Box::pin(future::ready(self.start(command)))
    }

    /// The current term, and whether this server believes that it leads it (the lab's `GetState`).
    fn get_state(&self) -> State;

    /// The service has put everything up to `index` into `snapshot`; the log up to there can go (the
    /// lab's `Snapshot`).
    fn snapshot(&self, index: u64, snapshot: Bytes);

    /// Ends this life (the lab's `Kill`). Nothing the server does from now on is seen by anyone.
    fn kill(&self);

    /// What answers the calls of other servers.
    fn service(&self) -> Arc<dyn Service>;

    /// The index up to which a service must have applied commands to answer a read that begins now
    /// (Raft dissertation, section 6.4). `None` where a Raft has no such thing: reads then go through
    /// the log.
    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        None
    }

    /// Why this server takes no commands at present although it may lead, in a sentence: its disk is nearly
    /// full, say. Reads, votes and terms go on, and so do commands when there is room again. `None` when it does
    /// take them.
    fn refusal(&self) -> Option<String> {
        None
    }

    /// A counter that changes whenever the result of [`inspect`](Peer::inspect),
    /// [`entry_at`](Peer::entry_at) or [`match_index`](Peer::match_index) may have changed. It makes
    /// tests faster: a server is looked at after every step of a simulation, and most steps change
    /// nothing in it. `None` where a Raft does not count.
    fn changes(&self) -> Option<u64> {
        None
    }

    /// A look inside, for checks and reports. `None` where a Raft does not show it.
    fn inspect(&self) -> Option<Inspection> {
        None
    }

    /// The entry at `index` of the log after the snapshot, for checks that follow the log as it
    /// changes. `None` when there is none, or where a Raft does not show it.
    fn entry_at(&self, index: u64) -> Option<EntryId> {
        let _ = index;
        None
    }

    /// How far a leader knows the log of `server`, another one, to be the same as its own
    /// (`matchIndex` in Figure 2 of the Raft paper). `None` when it does not lead, or where a Raft does
    /// not show it.
    fn match_index(&self, server: usize) -> Option<u64> {
        let _ = server;
        None
    }
}
