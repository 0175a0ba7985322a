//! Snapshots that are written beside the journal.

use super::join;
use crate::journal::Incoming;
use crate::queue::{Queue, SnapshotJob, now};
use crate::{PersistError, SnapshotWriter, SyncFuture};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The threads that write snapshots, one each.
#[derive(Default)]
pub(super) struct SnapshotThreads {
    running: Mutex<Vec<(Arc<Incoming>, JoinHandle<()>)>>,
}

impl SnapshotThreads {
    pub(super) fn start(&self, job: SnapshotJob, queue: &Queue) {
        let mut running = self.running.lock();
        running.retain(|(_, thread)| !thread.is_finished());
        let snapshot = Arc::clone(job.snapshot());
        let write = move || {
            while job.wait() {
                now(job.run());
            }
        };
        match std::thread::Builder::new().name("snapshot".to_owned()).spawn(write) {
            Ok(thread) => running.push((snapshot, thread)),
            Err(error) => queue.fail(PersistError::failed(error)),
        }
    }

    /// Gives up what they write, and waits until they have ended.
    pub(super) fn end(&self) {
        for (snapshot, thread) in self.running.lock().drain(..) {
            snapshot.give_up();
            join(thread);
        }
    }
}

/// Writes a snapshot in pieces.
pub(super) struct FileWriter {
    pub(super) queue: Arc<Queue>,
    pub(super) snapshot: Arc<Incoming>,
}

impl SnapshotWriter for FileWriter {
    fn write(&mut self, piece: Bytes) -> SyncFuture {
        if let Some(failure) = self.queue.failure() {
            return SyncFuture::failed(failure);
        }
        self.snapshot.push(piece);
        self.snapshot.room()
    }

    fn length(&self) -> u64 {
        self.snapshot.length()
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        self.snapshot.give_up_unless_whole();
    }
}
