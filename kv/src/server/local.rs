//! For a program that takes its clients' requests itself, in a protocol of its own.

use super::KvServer;
use crate::command::Command;
use crate::rpc::Reply;
use crate::store::Store;
use bytes::Bytes;
use futures::future::BoxFuture;
use raft_api::ReadIndexError;

impl KvServer {
    /// Sends a command through the log. Commands come there in the order in which this was called, and none
    /// comes there twice. A server that does not take the command says so at once.
    pub fn submit(&self, command: &Command) -> BoxFuture<'static, Reply> {
        self.shared.submit(command)
    }

    /// Looks at the store once it has everything that was committed before the call. `look` should be quick:
    /// meanwhile nothing is applied.
    ///
    /// # Errors
    /// When this server does not lead, or can't be sure of that.
    pub async fn read<R>(&self, look: impl FnOnce(&Store) -> R) -> Result<R, ReadIndexError> {
        let mut readable = self.shared.readable().await;
        if readable == Err(ReadIndexError::NothingCommitted) {
            // An entry of the leader's own term, which shows what is committed.
            self.shared.submit(&Command::Read { key: Bytes::new() }).await;
            readable = self.shared.readable().await;
        }
        readable.map(|()| self.look(look))
    }

    /// Looks at the store as it is here and now, which may be long out of date.
    pub fn look<R>(&self, look: impl FnOnce(&Store) -> R) -> R {
        look(self.shared.state.lock().machine.store())
    }
}
