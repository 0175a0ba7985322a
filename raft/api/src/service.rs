//! The plain values that cross the boundary between Raft and its service.

use bytes::Bytes;
use persister::{PersistError, Snapshot};

/// What a server hands to its service, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum ApplyMsg {
    /// A committed command: apply it.
    Command {
        /// Its place in the log, one more than that of the last message.
        index: u64,
        /// The term in which a leader received it.
        term: u64,
        /// What was given to [`Peer::start`](crate::Peer::start), byte for byte.
        command: Bytes,
    },
    /// A committed entry that is not a command: one that Raft has appended for itself, as many do when a term
    /// begins. The service has nothing to do but to count the place.
    Own {
        /// Its place in the log, one more than that of the last message.
        index: u64,
        /// The term in which a leader appended it.
        term: u64,
    },
    /// A leader's snapshot: replace the service's state by it. Commands continue after `index`.
    Snapshot {
        /// The last entry that the snapshot stands for.
        index: u64,
        /// That entry's term.
        term: u64,
        /// What was given to [`Peer::snapshot`](crate::Peer::snapshot) at another server.
        snapshot: Bytes,
    },
    /// The same, of a snapshot that is in this server's stable storage, for a service that reads it in
    /// pieces.
    StoredSnapshot {
        /// The last entry that the snapshot stands for.
        index: u64,
        /// That entry's term.
        term: u64,
        /// Where to read it.
        snapshot: Snapshot,
    },
}

impl ApplyMsg {
    /// The same for a service that has its snapshots in memory: a stored one is read.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn in_memory(self) -> Result<ApplyMsg, PersistError> {
        match self {
            ApplyMsg::StoredSnapshot { index, term, snapshot } => {
                Ok(ApplyMsg::Snapshot { index, term, snapshot: snapshot.to_bytes()? })
            }
            other => Ok(other),
        }
    }

    /// How far a service has got that has taken it.
    pub fn index(&self) -> u64 {
        let (ApplyMsg::Command { index, .. }
        | ApplyMsg::Own { index, .. }
        | ApplyMsg::Snapshot { index, .. }
        | ApplyMsg::StoredSnapshot { index, .. }) = self;
        *index
    }
}

/// A command has been accepted by a leader. It is not committed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// Where the command will be applied if it is committed: its place in the log, entries of Raft's
    /// own counted; 1 is the first.
    pub index: u64,
    /// The leader's term. If the term has changed by then, what is applied at `index` may be another
    /// command.
    pub term: u64,
}

/// A command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the leader")]
pub struct NotLeader {
    /// Who leads, as far as this server knows.
    pub leader: Option<usize>,
}

/// What `GetState` says in the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The server's current term.
    pub term: u64,
    /// Whether it believes that it leads that term. It may have been deposed without knowing.
    pub is_leader: bool,
}

/// Why there is no index for a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadIndexError {
    /// This server does not lead, or did not to the end.
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// This server leads and can't know yet what was committed before its term. The first command
    /// of its term that is committed shows it: start one, or send the read itself through the log.
    #[error("nothing has been committed in this leader's term")]
    NothingCommitted,
    /// No majority has confirmed in time that this server still leads. It may be cut off.
    #[error("no majority has confirmed within {waited_ms} ms that this server leads")]
    Unconfirmed {
        /// How long was waited, in milliseconds.
        waited_ms: u64,
    },
    /// Too many reads wait already.
    #[error("{max} reads wait already")]
    TooManyReads {
        /// How many may wait.
        max: usize,
    },
}
