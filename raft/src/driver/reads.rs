//! Callers waiting for a read.

use super::{Shared, State};
use raft_api::{NotLeader, ReadIndexError};
use tokio::sync::oneshot;

/// Where a read's index goes.
pub(super) type Reader = oneshot::Sender<Result<u64, ReadIndexError>>;

/// So few cost less than to look which of them have given up.
pub(super) const SIFTED_AT_MIN: usize = 64;

impl Shared {
    /// Begins a read; the pump asks the others.
    pub(crate) async fn read_index(&self) -> Result<u64, ReadIndexError> {
        let index = self.begin_read()?;
        index.await.unwrap_or(Err(NotLeader { leader: None }.into()))
    }

    fn begin_read(&self) -> Result<oneshot::Receiver<Result<u64, ReadIndexError>>, ReadIndexError> {
        let mut state = self.lock_to_change();
        if state.is_stopped() {
            return Err(NotLeader { leader: None }.into());
        }
        state.make_room_for_a_reader()?;
        state.core.begin_read()?;
        let (reader, index) = oneshot::channel();
        state.readers.push_back(reader);
        self.pump.notify_one();
        Ok(index)
    }
}

impl State {
    /// Callers that have given up take no room for long: those that wait are never less than half of all, or
    /// they are few.
    fn make_room_for_a_reader(&mut self) -> Result<(), ReadIndexError> {
        let max = self.core.config.reads_waiting_max;
        let is_full = |state: &State| max > 0 && state.readers.len() >= max;
        if self.readers.len() >= self.readers_sifted_at || is_full(self) {
            self.sift_readers();
        }
        if is_full(self) { Err(ReadIndexError::TooManyReads { max }) } else { Ok(()) }
    }

    fn sift_readers(&mut self) {
        let waits: Vec<bool> = self.readers.iter().map(|reader| !reader.is_closed()).collect();
        self.core.forget_reads(&waits);
        let mut waits = waits.into_iter();
        self.readers.retain(|_| waits.next().unwrap_or(true));
        self.readers_sifted_at = SIFTED_AT_MIN.max(2 * self.readers.len());
    }

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
