//! Raft's RPCs as a service, with the names they have on the wire.

use crate::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotArgs, InstallSnapshotReply,
    RequestVoteArgs, RequestVoteReply,
};

labrpc::service! {
    /// What Raft servers ask of each other.
    pub(crate) trait RaftRpc, client RaftClient {
        /// Asks for a vote, or whether there would be one (a pre-vote).
        fn request_vote("Raft.RequestVote", RequestVoteArgs) -> RequestVoteReply;
        /// Replicates entries, and tells who leads and what is committed.
        fn append_entries("Raft.AppendEntries", AppendEntriesArgs) -> AppendEntriesReply;
        /// Brings a server up that lacks entries which the leader has compacted.
        fn install_snapshot("Raft.InstallSnapshot", InstallSnapshotArgs) -> InstallSnapshotReply;
    }
}
