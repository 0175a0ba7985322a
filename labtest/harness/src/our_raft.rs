//! This project's own Raft under test.

mod decode;
mod words;

use crate::api::vocabulary::{DiskDecoder, EntryId, RaftMessage};
use crate::{Implementation, MakeArgs, Message, Peer};
use bytes::Bytes;
use futures::future::BoxFuture;
use labrpc::Service;
use raft::{Inspection, NotLeader, Raft, ReadIndexError, Started, State};
use std::sync::Arc;

/// This project's own Raft ([`raft::Raft`]), with the options of [`Config::raft`](crate::Config).
#[derive(Clone, Copy, Debug, Default)]
pub struct OurRaft;

impl Implementation for OurRaft {
    fn name(&self) -> &str {
        "raft"
    }

    fn has_quorum_checks(&self) -> bool {
        true
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        let raft = Raft::with_config(config.raft.clone(), peers, me, persister, apply)?;
        Ok(Arc::new(raft))
    }

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        words::describe(message)
    }

    fn decode(&self, method: &str, reply: bool, bytes: &[u8]) -> Option<RaftMessage> {
        decode::message(method, reply, bytes)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        Some(&decode::Disk)
    }
}

impl Peer for Raft {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        Raft::start(self, command)
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
