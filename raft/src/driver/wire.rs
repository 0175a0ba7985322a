//! Raft's RPCs on the wire, both ways: their declaration, how requests are sent and what becomes of
//! the replies, and how the requests of others are answered.

use super::Shared;
use crate::core::progress::Sent;
use crate::core::transfer::PieceSent;
use crate::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotArgs, InstallSnapshotReply, Outgoing,
    RequestVoteArgs, RequestVoteReply,
};
use labrpc::{ClientEnd, ServerId};
use std::sync::Arc;

labrpc::service! {
    /// What Raft servers ask of each other.
    pub(crate) trait RaftRpc, client RaftClient {
        /// Asks for a vote, or whether there would be one (a pre-vote).
        fn request_vote("Raft.RequestVote", RequestVoteArgs) -> RequestVoteReply;
        /// Replicates entries, and announces the leader and the commit index.
        fn append_entries("Raft.AppendEntries", AppendEntriesArgs) -> AppendEntriesReply;
        /// A piece of a snapshot, for a server that lacks entries which the leader has compacted.
        fn install_snapshot("Raft.InstallSnapshot", InstallSnapshotArgs) -> InstallSnapshotReply;
    }
}

/// The names of Raft's methods on the wire, for those who look at messages from outside.
pub mod method {
    /// Asks for a vote; see [`RequestVoteArgs`](crate::message::RequestVoteArgs).
    pub const REQUEST_VOTE: &str = "Raft.RequestVote";
    /// Replicates entries; see [`AppendEntriesArgs`](crate::message::AppendEntriesArgs).
    pub const APPEND_ENTRIES: &str = "Raft.AppendEntries";
    /// Sends a piece of a snapshot; see [`InstallSnapshotArgs`](crate::message::InstallSnapshotArgs).
    pub const INSTALL_SNAPSHOT: &str = "Raft.InstallSnapshot";
    /// All of them.
    pub const ALL: [&str; 3] = [REQUEST_VOTE, APPEND_ENTRIES, INSTALL_SNAPSHOT];
}

/// The ways to another server.
pub(crate) struct Peer {
    main: RaftClient,
    /// For snapshots: nothing else waits until a piece has gone through.
    bulk: RaftClient,
}

impl Peer {
    pub(crate) fn new(end: ClientEnd) -> Peer {
        Peer { bulk: RaftClient::new(end.bulk()), main: RaftClient::new(end) }
    }
}

impl Shared {
    /// Sends a request at once; what follows the reply is a step of its own.
    ///
    /// Whatever the reason for which no reply comes, to Raft the request is lost; a mistake in the
    /// use of the network is reported by the network.
    pub(super) fn send(self: &Arc<Self>, request: Outgoing) {
        let shared = Arc::clone(self);
        match request {
            Outgoing::RequestVote { to, args } => {
                self.peers[to].main.request_vote(&args).then(move |reply| {
                    let Ok(reply) = reply else { return };
                    shared.run(|core, now| core.handle_vote_reply(now, to, &args, &reply));
                });
            }
            Outgoing::AppendEntries { to, args, sequence } => {
                let sent = Sent::new(&args, sequence);
                self.peers[to].main.append_entries(&args).then(move |reply| {
                    let reply = reply.as_ref().ok();
                    shared.run(|core, now| core.handle_append_reply(now, to, &sent, reply));
                });
            }
            Outgoing::InstallSnapshot { to, piece } => {
                let args = match piece.read() {
                    Ok(args) => args,
                    Err(error) => return self.fail(&error),
                };
                let sent = PieceSent::of(&piece);
                self.peers[to].bulk.install_snapshot(&args).then(move |reply| {
                    let reply = reply.as_ref().ok();
                    shared.run(|core, now| core.handle_snapshot_reply(now, to, &sent, reply));
                });
            }
        }
    }
}

impl RaftRpc for Shared {
    fn peer_disconnected(self: Arc<Self>, peer: ServerId) {
        self.run(|core, now| core.handle_disconnected(now, peer));
    }

    fn request_vote(
        self: Arc<Self>,
        args: RequestVoteArgs,
    ) -> impl Future<Output = RequestVoteReply> {
        self.answer(move |core, now| core.handle_request_vote(now, &args))
    }

    fn append_entries(
        self: Arc<Self>,
        args: AppendEntriesArgs,
    ) -> impl Future<Output = AppendEntriesReply> {
        self.answer(|core, now| core.handle_append_entries(now, args))
    }

    async fn install_snapshot(self: Arc<Self>, args: InstallSnapshotArgs) -> InstallSnapshotReply {
        let answer = Arc::clone(&self).answer(|core, now| core.handle_install_snapshot(now, args));
        let reply = answer.await;
        // The leader sends the next piece when this one is answered.
        self.room_for_pieces().await;
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Raft;
    use labrpc::Network;
    use persister::MemoryDisk;
    use runtime::{Node, Simulation};
    use tokio::sync::mpsc;

    #[test]
    fn the_service_knows_its_methods_by_the_names_that_observers_use() {
        let known = Simulation::new(1).run(async {
            let ends = Network::new(1).add_server(0, &Node::current());
            let disk = Arc::new(MemoryDisk::new().open());
            let raft = Raft::make(ends, 0, disk, mpsc::channel(1).0).unwrap();
            raft.service().methods()
        });
        assert_eq!(known.result.unwrap(), method::ALL);
    }
}
