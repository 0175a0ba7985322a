//! Snapshots in pieces on simulated files.

use super::SimulatedPersister;
use crate::journal::Incoming;
use crate::queue::SnapshotJob;
use crate::{SnapshotWriter, SyncFuture};
use bytes::Bytes;
use std::sync::Arc;

/// Writes a snapshot in pieces.
pub(super) struct SimulatedWriter {
    pub(super) life: SimulatedPersister,
    pub(super) snapshot: Arc<Incoming>,
}

impl SimulatedWriter {
    /// Has what was handed over be written.
    pub(super) fn bring_in(&self) {
        let SimulatedWriter { life, snapshot } = self;
        if let Some(files) = life.snapshots.as_ref().filter(|_| !life.files.is_over()) {
            life.start(SnapshotJob::new(&life.queue, Arc::clone(snapshot), files));
        }
    }
}

impl SnapshotWriter for SimulatedWriter {
    fn write(&mut self, piece: Bytes) -> SyncFuture {
        let SimulatedWriter { life, snapshot } = self;
        if !life.files.is_over() {
            if let Some(failure) = life.queue.failure() {
                return SyncFuture::failed(failure);
            }
            snapshot.push(piece);
            self.bring_in();
        }
        if self.life.files.is_over() { self.life.over() } else { self.snapshot.room() }
    }

    fn length(&self) -> u64 {
        self.snapshot.length()
    }
}

impl Drop for SimulatedWriter {
    fn drop(&mut self) {
        self.snapshot.give_up_unless_whole();
        self.bring_in();
    }
}
