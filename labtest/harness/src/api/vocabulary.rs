//! The words in which every Raft's messages and disk can be told, so that the checks know no
//! implementation. Names from Figures 2 and 13 of the extended Raft paper.

pub use raft_api::{EntryId, Position};

/// What servers say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaftMessage {
    /// A candidate asks for a vote.
    RequestVote {
        /// The candidate's term; in a pre-vote the one it would stand in.
        term: u64,
        /// Who asks.
        candidate: usize,
        /// The last entry of its log.
        last: Position,
        /// A question without consequences (Raft dissertation, section 9.6).
        pre_vote: bool,
    },
    /// The answer.
    VoteReply {
        /// The voter's term.
        term: u64,
        /// Whether the candidate has the vote.
        granted: bool,
    },
    /// A leader replicates entries, or only shows that it is there.
    AppendEntries {
        /// The leader's term.
        term: u64,
        /// The entry in front of the new ones.
        prev: Position,
        /// The new entries.
        entries: Vec<EntryId>,
        /// The leader's commit index.
        commit: u64,
    },
    /// The answer.
    AppendReply {
        /// The follower's term.
        term: u64,
        /// Whether the follower now has everything up to the last of the entries.
        success: bool,
    },
    /// A leader sends its snapshot.
    InstallSnapshot {
        /// The leader's term.
        term: u64,
        /// The last entry that the snapshot stands for.
        last: Position,
    },
    /// The answer; in the term of the request it says that the follower has the snapshot.
    SnapshotReply {
        /// The follower's term.
        term: u64,
    },
    /// A message of which the checks have no opinion, a request or a reply: only its term counts.
    Other {
        /// Its name, as the implementation calls it.
        name: &'static str,
        /// The term of the server that says it.
        term: u64,
    },
}

impl RaftMessage {
    /// The term of whoever says it; in a pre-vote the one it would stand in.
    pub fn term(&self) -> u64 {
        match self {
            RaftMessage::RequestVote { term, .. }
            | RaftMessage::VoteReply { term, .. }
            | RaftMessage::AppendEntries { term, .. }
            | RaftMessage::AppendReply { term, .. }
            | RaftMessage::InstallSnapshot { term, .. }
            | RaftMessage::SnapshotReply { term }
            | RaftMessage::Other { term, .. } => *term,
        }
    }
}

/// A saved state, as [`Persister::save`](persister::Persister::save) was given it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskState {
    /// The current term.
    pub term: u64,
    /// Whom the server has voted for in it.
    pub voted_for: Option<usize>,
    /// The last entry that the snapshot stands for.
    pub snapshot: Position,
    /// The entries behind it.
    pub entries: Vec<EntryId>,
}

/// A record, as [`Persister::append`](persister::Persister::append) was given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskRecord {
    /// Replaces term and vote.
    HardState {
        /// The current term.
        term: u64,
        /// Whom the server has voted for in it.
        voted_for: Option<usize>,
    },
    /// Replaces the log from `first_index` on.
    Entries {
        /// Index of the first of the entries.
        first_index: u64,
        /// The entries.
        entries: Vec<EntryId>,
    },
}

/// Reads what an implementation writes to its disk.
///
/// Bytes that it does not understand are `None`; the checks then know nothing of that disk until
/// the server starts again.
pub trait DiskDecoder: Send + Sync {
    /// A saved state. Never called with no bytes at all, which is the state of a new disk.
    fn state(&self, bytes: &[u8]) -> Option<DiskState>;

    /// A record of the journal.
    fn record(&self, bytes: &[u8]) -> Option<DiskRecord>;
}
