//! Callers waiting for a read.

use super::{Shared, State};
use raft_api::{NotLeader, ReadIndexError};
use tokio::sync::oneshot;

/// Where a read's index goes.
pub(super) type Reader = oneshot::Sender<Result<u64, NotLeader>>;

impl Shared {
    /// Begins a read; the pump asks the others.
    pub(crate) async fn read_index(&self) -> Result<u64, ReadIndexError> {
        let index = self.begin_read()?;
        let nobody = NotLeader { leader: None };
        Ok(index.await.unwrap_or(Err(nobody))?)
    }

    fn begin_read(&self) -> Result<oneshot::Receiver<Result<u64, NotLeader>>, ReadIndexError> {
        let mut state = self.lock_to_change();
        if state.is_stopped() {
            return Err(NotLeader { leader: None }.into());
        }
        state.core.begin_read()?;
        let (reader, index) = oneshot::channel();
        state.readers.push_back(reader);
        self.pump.notify_one();
        Ok(index)
    }
}

impl State {
    /// Tells the callers whose reads the core has decided. Reads are decided in the order in which
    /// they began.
    ///
    /// A step can decide reads and fail to write: the server has then stopped, and no caller waits
    /// any more.
    pub(super) fn answer_readers(&mut self) {
        if self.is_stopped() {
            return;
        }
        for decided in self.core.reads.take_decided() {
            for reader in self.readers.drain(..decided.count) {
                // The caller may have given up.
                let _ = reader.send(decided.outcome);
            }
        }
    }
}
