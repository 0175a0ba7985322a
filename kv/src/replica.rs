//! What the store needs of the Raft below it.

use bytes::Bytes;
use futures::future::BoxFuture;
use labrpc::Service;
use raft::{NotLeader, Raft, ReadIndexError, Started};
use std::sync::Arc;

/// One server's Raft, ours or another.
pub trait Replica: Send + Sync + 'static {
    /// Submits a command and returns at once.
    ///
    /// # Errors
    /// [`NotLeader`] when this server does not lead.
    fn start(&self, command: Bytes) -> Result<Started, NotLeader>;

    /// The service has put everything up to `index` into `snapshot`; the log up to there can go.
    fn snapshot(&self, index: u64, snapshot: Bytes);

    /// The index up to which the service must have applied commands to answer a read that begins
    /// now; see [`Raft::read_index`]. `None` where there is no such thing: reads then go through
    /// the log.
    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        None
    }

    /// What answers the calls of other servers' Rafts.
    fn service(&self) -> Arc<dyn Service>;

    /// Ends the server's tasks.
    fn kill(&self);
}

impl Replica for Raft {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        Raft::start(self, command)
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        Raft::snapshot(self, index, snapshot);
    }

    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        let raft = self.clone();
        Some(Box::pin(async move { raft.read_index().await }))
    }

    fn service(&self) -> Arc<dyn Service> {
        Raft::service(self)
    }

    fn kill(&self) {
        Raft::kill(self);
    }
}
