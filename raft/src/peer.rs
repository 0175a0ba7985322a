//! This Raft as a service and a tester see any Raft.

use crate::{Raft, StartError};
use bytes::Bytes;
use futures::future::BoxFuture;
use labrpc::Service;
use raft_api::{EntryId, Inspection, NotLeader, Peer, ReadIndexError, Started, State};
use std::sync::Arc;

impl Peer for Raft {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        Raft::start(self, command).map_err(|error| match error {
            StartError::NotLeader(not_leader) => not_leader,
            // Who looks for the leader finds it here, and asks it why.
            _ => NotLeader { leader: Some(self.shared.me()) },
        })
    }

    fn get_state(&self) -> State {
        Raft::get_state(self)
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        Raft::snapshot(self, index, snapshot);
    }

    fn kill(&self) {
        Raft::kill(self);
    }

    fn service(&self) -> Arc<dyn Service> {
        Raft::service(self)
    }

    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        let raft = self.clone();
        Some(Box::pin(async move { Raft::read_index(&raft).await }))
    }

    fn refusal(&self) -> Option<String> {
        Raft::refusal(self).map(|refusal| refusal.to_string())
    }

    fn changes(&self) -> Option<u64> {
        Some(Raft::changes(self))
    }

    fn inspect(&self) -> Option<Inspection> {
        Some(Raft::inspect(self))
    }

    fn entry_at(&self, index: u64) -> Option<EntryId> {
        Raft::entry(self, index, |entry| EntryId::new(entry.term, &entry.command))
    }

    fn match_index(&self, server: usize) -> Option<u64> {
        Raft::match_index(self, server)
    }
}
