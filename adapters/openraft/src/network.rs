//! Calls to the other servers, and the answers to theirs.

use crate::machine::Machine;
use crate::mistake::Mistake;
use crate::store::Store;
use crate::types::{SnapshotMeta, Types, Vote, position};
use futures::future::{Either, select};
use labtest::serde::Serialize;
use labtest::serde::de::DeserializeOwned;
use labtest::{BoxFuture, Bytes, ClientEnd, HandleError, Service, decode, encode, runtime};
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
use std::time::Duration;

pub(crate) const APPEND: &str = "AppendEntries";
pub(crate) const VOTE: &str = "Vote";
pub(crate) const PRE_VOTE: &str = "PreVote";
pub(crate) const SNAPSHOT: &str = "FullSnapshot";

/// A snapshot on its way: the leader's vote, what it stands for, and the service's bytes.
pub(crate) type SnapshotRequest = (Vote, SnapshotMeta, Bytes);

/// A way to each server.
pub(crate) struct Peers(pub(crate) Vec<ClientEnd>);

impl RaftNetworkFactory<Types> for Peers {
    type Network = Link;

    async fn new_client(&mut self, target: u64, _: &EmptyNode) -> Link {
        Link(self.0[target as usize].clone())
    }
}

/// The way to one.
pub(crate) struct Link(ClientEnd);

impl Link {
    async fn call<A: Serialize, R: DeserializeOwned>(
        &self,
        method: &'static str,
        arguments: &A,
        limit: Duration,
    ) -> Result<R, RPCError<Types>> {
        let call = self.0.typed_call(method, arguments);
        let failed = |reason: String| RPCError::Network(NetworkError::from_string(reason));
        match runtime::timeout(limit, call).await {
            Ok(reply) => reply.map_err(|error| failed(error.to_string())),
            Err(elapsed) => Err(failed(elapsed.to_string())),
        }
    }
}

impl RaftNetworkV2<Types> for Link {
    type SnapshotData = Bytes;

    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        option: RPCOption,
    ) -> Result<AppendEntriesResponse<Types>, RPCError<Types>> {
        self.call(APPEND, &request, option.hard_ttl()).await
    }

    async fn vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        self.call(VOTE, &request, option.hard_ttl()).await
    }

    async fn pre_vote(
        &mut self,
        request: VoteRequest<Types>,
        option: RPCOption,
    ) -> Result<VoteResponse<Types>, RPCError<Types>> {
        self.call(PRE_VOTE, &request, option.hard_ttl()).await
    }

    async fn full_snapshot(
        &mut self,
        vote: Vote,
        snapshot: SnapshotOf<Types, Bytes>,
        cancel: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        option: RPCOption,
    ) -> Result<SnapshotResponse<Types>, StreamingError<Types>> {
        let request: SnapshotRequest = (vote, snapshot.meta, snapshot.snapshot);
        let call = self.call(SNAPSHOT, &request, option.hard_ttl());
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

impl Answers {
    async fn answer(&self, method: &str, bytes: &[u8]) -> Result<Vec<u8>, HandleError> {
        let Answers { raft, store } = self;
        match method {
            APPEND => reply(raft.append_entries(arguments(bytes)?).await),
            VOTE => {
                let answer = raft.vote(arguments(bytes)?).await;
                if let Some(given) = answer.as_ref().ok().filter(|answer| answer.vote_granted) {
                    store.gives(&given.vote);
                }
                reply(answer)
            }
            PRE_VOTE => reply(raft.pre_vote(arguments(bytes)?).await),
            SNAPSHOT => {
                let (vote, meta, snapshot): SnapshotRequest = arguments(bytes)?;
                store.is_offered(position(meta.last_log_id));
                let answer = raft.install_full_snapshot(vote, Snapshot { meta, snapshot }).await;
                // If the log has all of it the crate says so, and it may not be durable yet.
                if !store.has(Mistake::SnapshotAnsweredAtOnce) {
                    store.synced().await.map_err(|_| HandleError::Silent)?;
                }
                reply(answer)
            }
            _ => Err(HandleError::UnknownMethod),
        }
    }
}

impl Service for Answers {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        bytes: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        Box::pin(async move { self.answer(method, &bytes).await })
    }

    fn methods(&self) -> Vec<&'static str> {
        vec![APPEND, VOTE, PRE_VOTE, SNAPSHOT]
    }
}

fn arguments<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, HandleError> {
    decode(bytes).map_err(HandleError::BadArguments)
}

/// A server that has ended says nothing.
fn reply<T: Serialize, E>(answer: Result<T, E>) -> Result<Vec<u8>, HandleError> {
    let answer = answer.map_err(|_| HandleError::Silent)?;
    encode(&answer).map_err(HandleError::BadReply)
}
