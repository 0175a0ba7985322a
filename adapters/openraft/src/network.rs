//! Calls to the other servers, and the answers to theirs.

use crate::machine::Machine;
use crate::mistake::Mistake;
use crate::store::Store;
use crate::types::{SnapshotMeta, Types, Vote, position};
use futures::future::{Either, pending, select};
use labtest::labrpc::{self, TypedCall};
use labtest::serde::de::DeserializeOwned;
use labtest::{Bytes, ClientEnd, runtime};
use openraft::error::{NetworkError, RPCError, ReplicationClosed, StreamingError};
use openraft::network::RPCOption;
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};
use openraft::type_config::alias::SnapshotOf;
use openraft::{EmptyNode, OptionalSend, Raft, RaftNetworkFactory, RaftNetworkV2, Snapshot};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

/// A snapshot on its way: the leader's vote, what it stands for, and the service's bytes.
pub(crate) type SnapshotRequest = (Vote, SnapshotMeta, Bytes);

labrpc::service! {
    /// What servers ask each other.
    pub(crate) trait Rpc, client Client {
        fn append_entries("AppendEntries", AppendEntriesRequest<Types>) -> AppendEntriesResponse<Types>;
        fn vote("Vote", VoteRequest<Types>) -> VoteResponse<Types>;
        fn pre_vote("PreVote", VoteRequest<Types>) -> VoteResponse<Types>;
        fn full_snapshot("FullSnapshot", SnapshotRequest) -> SnapshotResponse<Types>;
    }
}

/// A way to each server.
pub(crate) struct Peers(pub(crate) Vec<ClientEnd>);

impl RaftNetworkFactory<Types> for Peers {
    type Network = Link;

    async fn new_client(&mut self, target: u64, _: &EmptyNode) -> Link {
        Link(Client::new(self.0[target as usize].clone()))
    }
}

/// The way to one.
pub(crate) struct Link(Client);

async fn within<R: DeserializeOwned>(
    option: RPCOption,
    call: TypedCall<R>,
) -> Result<R, RPCError<Types>> {
    let failed = |reason: String| RPCError::Network(NetworkError::from_string(reason));
    match runtime::timeout(option.hard_ttl(), call).await {
        Ok(reply) => reply.map_err(|error| failed(error.to_string())),
        Err(elapsed) => Err(failed(elapsed.to_string())),
    }
}

impl RaftNetworkV2<Types> for Link {
    type SnapshotData = Bytes;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, RPCError<Types>> {
        within(option, self.0.append_entries(&request)).await
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        within(option, self.0.vote(&request)).await
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        within(option, self.0.pre_vote(&request)).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: SnapshotOf<Types, Bytes>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        let request: SnapshotRequest = (vote, snapshot.meta, snapshot.snapshot);
        let call = within(option, self.0.full_snapshot(&request));
        match select(pin!(cancel), pin!(call)).await {
            Either::Left((closed, _)) => Err(closed.into()),
            Either::Right((answer, _)) => Ok(answer?),
        }
    }
}

/// Answers the calls of others.
pub(crate) struct Answers {
    pub(crate) raft: Raft<Types, Machine>,
    pub(crate) store: Store,
}

/// A server that has ended says nothing.
async fn unless_ended<T, E>(answer: Result<T, E>) -> T {
    match answer {
        Ok(answer) => answer,
        Err(_) => pending().await,
    }
}

impl Rpc for Answers {
    async fn append_entries(
        self: Arc<Self>,
        request: AppendEntriesRequest<Types>,
    ) -> AppendEntriesResponse<Types> {
        unless_ended(self.raft.append_entries(request).await).await
    }

    async fn vote(self: Arc<Self>, request: VoteRequest<Types>) -> VoteResponse<Types> {
        let answer = unless_ended(self.raft.vote(request).await).await;
        if answer.vote_granted {
            self.store.gives(&answer.vote);
        }
        answer
    }

    async fn pre_vote(self: Arc<Self>, request: VoteRequest<Types>) -> VoteResponse<Types> {
        unless_ended(self.raft.pre_vote(request).await).await
    }

    async fn full_snapshot(
        self: Arc<Self>,
        (vote, meta, snapshot): SnapshotRequest,
    ) -> SnapshotResponse<Types> {
        self.store.is_offered(position(meta.last_log_id));
        let answer = self.raft.install_full_snapshot(vote, Snapshot { meta, snapshot }).await;
        // If the log has all of it the crate says so, and it may not be durable yet.
        if !self.store.has(Mistake::SnapshotAnsweredAtOnce) {
            unless_ended(self.store.synced().await).await;
        }
        unless_ended(answer).await
    }
}
