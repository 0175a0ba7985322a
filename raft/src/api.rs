//! The plain values that cross the boundary between Raft and its service.

use bytes::Bytes;

/// What a server hands to its service, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyMsg {
    /// A committed command: apply it.
    Command {
        /// Its place in the log, one more than that of the last message.
        index: u64,
        /// The term in which a leader received it.
        term: u64,
        /// What was given to [`Raft::start`](crate::Raft::start), byte for byte.
        command: Bytes,
    },
    /// A leader's snapshot: replace the service's state by it. Commands continue behind `index`.
    Snapshot {
        /// The last entry that the snapshot stands for.
        index: u64,
        /// That entry's term.
        term: u64,
        /// What was given to [`Raft::snapshot`](crate::Raft::snapshot) at another server.
        snapshot: Bytes,
    },
}

/// A command has been accepted by a leader. It is not committed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// Where the command will be applied if it is committed; 1 is the first.
    pub index: u64,
    /// The leader's term. When the term is another by then, what is applied at `index` may be
    /// another command.
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
    /// Whether it believes to lead that term. It may have been deposed without knowing.
    pub is_leader: bool,
}

/// The part that a server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleName {
    /// It follows a leader, or waits for one.
    Follower,
    /// It asks whether it could win an election.
    PreCandidate,
    /// It stands for election.
    Candidate,
    /// It leads its term.
    Leader,
}

/// What a server looks like inside, for oracles and reports. Names from Figure 2 of the extended
/// Raft paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Current term.
    pub term: u64,
    /// Whom it has voted for in that term.
    pub voted_for: Option<usize>,
    /// The part that it plays.
    pub role: RoleName,
    /// The highest entry that it knows to be committed.
    pub commit_index: u64,
    /// The highest entry that is on its way to the service, or there.
    pub last_applied: u64,
    /// The last entry that its snapshot stands for; 0 without a snapshot.
    pub snapshot_index: u64,
    /// That entry's term.
    pub snapshot_term: u64,
    /// The last entry of its log.
    pub last_index: u64,
    /// That entry's term.
    pub last_term: u64,
}
