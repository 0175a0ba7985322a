//! What servers say to each other.
//!
//! `service!` makes of each declaration a trait for the server's side and a client for the caller's.
//! Arguments and replies travel as bytes: whatever serde can encode will do.

use labtest::serde::{Deserialize, Serialize};

labtest::service! {
    /// The RPCs of figure 2.
    pub(crate) trait RaftRpc, client RaftClient {
        /// A candidate asks for a vote.
        fn request_vote("Raft.RequestVote", RequestVoteArgs) -> RequestVoteReply;

        // TODO (4A): AppendEntries, empty at first, as the heartbeat. (4B): with entries.
        // TODO (4D): InstallSnapshot.
    }
}

/// Arguments of RequestVote.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct RequestVoteArgs {
    pub(crate) term: u64,
    pub(crate) candidate_id: usize,
    // TODO (4B): last_log_index and last_log_term, to refuse a candidate whose log is behind.
}

/// The reply.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct RequestVoteReply {
    /// The voter's term, for the candidate to update itself.
    pub(crate) term: u64,
    pub(crate) vote_granted: bool,
}
