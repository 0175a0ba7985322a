//! A Raft under test as a store sees it: calls go through, and the tester sees what there is to see.

use crate::api::life::Life;
use crate::cluster::WeakCluster;
use bytes::Bytes;
use futures::future::BoxFuture;
use labrpc::Service;
use raft_api::{NotLeader, Peer, ReadIndexError, Started, State};
use std::sync::Arc;

/// One life of a server's Raft below its store.
pub(crate) struct Hosted {
    pub(crate) peer: Arc<dyn Peer>,
    pub(crate) who: Life,
    pub(crate) cluster: WeakCluster,
}

impl Peer for Hosted {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        let started = self.peer.start(command.clone())?;
        if let Some(cluster) = self.cluster.upgrade() {
            cluster.announce_store_submit(self.who, started, &command);
        }
        Ok(started)
    }

    fn submit(&self, command: Bytes) -> BoxFuture<'static, Result<Started, NotLeader>> {
        let submitted = self.peer.submit(command.clone());
        let (who, cluster) = (self.who, self.cluster.clone());
        Box::pin(async move {
            let started = submitted.await?;
            if let Some(cluster) = cluster.upgrade() {
                cluster.announce_store_submit(who, started, &command);
            }
            Ok(started)
        })
    }

    fn get_state(&self) -> State {
        self.peer.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        let Some(cluster) = self.cluster.upgrade() else { return };
        if cluster.announce_snapshot_taken(self.who, index, &snapshot).is_ok() {
            self.peer.snapshot(index, snapshot);
        }
    }

    fn read_index(&self) -> Option<BoxFuture<'static, Result<u64, ReadIndexError>>> {
        let (who, cluster) = (self.who, self.cluster.clone());
        let begun = cluster.upgrade().map(|cluster| cluster.read_begins(who));
        let read = self.peer.read_index()?;
        Some(Box::pin(async move {
            let index = read.await?;
            if let (Some(begun), Some(cluster)) = (begun, cluster.upgrade()) {
                cluster.announce_read(&begun, index);
            }
            Ok(index)
        }))
    }

    fn service(&self) -> Arc<dyn Service> {
        self.peer.service()
    }

    fn kill(&self) {
        self.peer.kill();
    }
}
