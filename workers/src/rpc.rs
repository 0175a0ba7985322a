//! What forwarders say to each other.

use bytes::Bytes;
use labrpc::{BoxFuture, HandleError, ServerId, Service};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

labrpc::service! {
    /// What forwarders ask of each other.
    pub(crate) trait ForwardRpc, client ForwardClient {
        /// Commits a command at the server called, if that leads.
        fn forward("Raft.Forward", ForwardArgs) -> ForwardReply;
    }
}

/// The method's name on the wire.
pub const FORWARD: &str = "Raft.Forward";

/// Arguments of Raft.Forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForwardArgs {
    /// The command, byte for byte.
    pub command: Bytes,
}

/// Reply to Raft.Forward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForwardReply {
    /// The command is committed there.
    Committed {
        /// Its place in the log.
        index: u64,
        /// The term of its entry.
        term: u64,
    },
    /// The server called does not lead, and has done nothing.
    NotLeader {
        /// Who leads, as far as it knows.
        leader: Option<usize>,
    },
    /// The command was in the log and has lost its place: it is not committed.
    Overwritten,
    /// The command is in the log, or was, and its outcome is unknown.
    Unknown,
}

/// Raft's requests and forwarded commands under one roof.
pub(crate) struct Both {
    pub(crate) raft: Arc<dyn Service>,
    pub(crate) forward: Arc<dyn Service>,
}

impl Service for Both {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        match method {
            FORWARD => Arc::clone(&self.forward).handle(method, args),
            _ => Arc::clone(&self.raft).handle(method, args),
        }
    }

    fn methods(&self) -> Vec<&'static str> {
        [self.forward.methods(), self.raft.methods()].concat()
    }

    fn peer_disconnected(&self, peer: ServerId) {
        self.raft.peer_disconnected(peer);
    }
}
