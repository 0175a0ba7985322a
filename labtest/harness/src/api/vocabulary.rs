//! The vocabulary for the messages and disks of every Raft, so that the checks know no implementation. Names
//! from Figures 2 and 13 of the extended Raft paper.

pub use raft_api::{EntryId, Position};

/// A message between servers, or the reply to one, as it crosses the network.
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'a> {
    /// The method called, also of a reply.
    pub method: &'a str,
    /// Whether it is the reply to a call.
    pub reply: bool,
    /// Of a reply: what it answers, if that was understood.
    pub request: Option<&'a RaftMessage>,
    /// The arguments, or the reply.
    pub bytes: &'a [u8],
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// It was not understood. A vote or a confirmation may have been missed, so what needs all of them
    /// is not checked from here on.
    Unknown,
    /// It says nothing: the empty reply of a Raft whose answers are messages of their own, say.
    Nothing,
    /// It says this.
    Message(RaftMessage),
}

impl Decoded {
    /// The message, if it is one.
    pub fn message(self) -> Option<RaftMessage> {
        match self {
            Decoded::Message(message) => Some(message),
            Decoded::Unknown | Decoded::Nothing => None,
        }
    }
}

/// Nothing is understood as little as bytes that are none of its messages.
impl From<Option<RaftMessage>> for Decoded {
    fn from(message: Option<RaftMessage>) -> Decoded {
        message.map_or(Decoded::Unknown, Decoded::Message)
    }
}

/// What servers say to each other.
///
/// An answer is the reply to a call, or a message of its own
/// ([`ClientEnd::send`](labrpc::ClientEnd::send)), which is taken for the answer to the last request of
/// its kind and term between the two servers.
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
        /// The voter's own term. Of a granted pre-vote it may be the term that was asked about, as etcd
        /// has it, and says nothing of the voter's.
        term: u64,
        /// Whether the candidate has the vote.
        granted: bool,
        /// Whether it is the answer to a question without consequences.
        pre_vote: bool,
    },
    /// A leader replicates entries, or only shows that it is there.
    AppendEntries {
        /// The leader's term.
        term: u64,
        /// The entry in front of the new ones; that of index 0 and term 0 where a heartbeat has none.
        prev: Position,
        /// The new entries.
        entries: Vec<EntryId>,
        /// The leader's commit index. `None` where the message does not have it: a heartbeat in etcd's
        /// manner carries the lower of that and what the follower has confirmed.
        commit: Option<u64>,
    },
    /// The answer. One that is a message of its own may be the answer to a snapshot, too, as etcd has it.
    AppendReply {
        /// The follower's term.
        term: u64,
        /// Whether the follower has accepted the entries.
        success: bool,
        /// When it has: up to where its log is now known to be the leader's. `None` says up to the last
        /// of the entries, which an answer that is a message of its own can't say without it.
        match_index: Option<u64>,
    },
    /// A leader sends its snapshot, or a piece of it.
    InstallSnapshot {
        /// The leader's term.
        term: u64,
        /// The last entry that the snapshot stands for.
        last: Position,
    },
    /// The answer; in the term of the request it says that the follower has the snapshot, all of it. The
    /// answer to a piece that is not the last is [`Other`](RaftMessage::Other).
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
    /// The sender's term; in a pre-vote the one it would stand in.
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
    /// The entries after it.
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

    /// A record of the journal: what it holds, in the order in which it counts.
    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>>;
}
