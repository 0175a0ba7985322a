//! One life of a server's store, as the tester knows it.

use labrpc::Service;
use persister::Persister;
use raft_api::{ApplyMsg, Peer};
use std::sync::Arc;
use tokio::sync::mpsc;

/// What a store is made of.
pub struct MakeStoreArgs {
    /// The server's Raft.
    pub replica: Arc<dyn Peer>,
    /// What its Raft applies.
    pub applied: mpsc::Receiver<ApplyMsg>,
    /// The disk that it has together with its Raft, with the latest snapshot of the store.
    pub persister: Arc<dyn Persister>,
    /// The options of the store.
    pub options: kv::Options,
}

/// One life of a server's store.
pub trait StoreServer: Send + Sync + 'static {
    /// What answers clients.
    fn service(&self) -> Arc<dyn Service>;

    /// Why it has stopped by itself, if it has.
    fn failure(&self) -> Option<String>;

    /// Ends it.
    fn kill(&self);
}

impl StoreServer for kv::KvServer {
    fn service(&self) -> Arc<dyn Service> {
        kv::KvServer::service(self)
    }

    fn failure(&self) -> Option<String> {
        kv::KvServer::failure(self)
    }

    fn kill(&self) {
        kv::KvServer::kill(self);
    }
}
