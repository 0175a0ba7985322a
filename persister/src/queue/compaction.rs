//! Compactions, which are put off.
//!
//! The snapshot of one is written beside the journal, while records go on being appended to that. When the
//! snapshot is durable a turn replaces the journal, by the state and the records appended since.

use super::{Queue, State, Writes};
use crate::PersistError;
use crate::journal::batch::SnapshotId;
use crate::journal::{Beside, NewSnapshot, Save};
use bytes::Bytes;
use std::sync::Arc;

/// A compaction that is put off until its snapshot is durable.
pub(super) struct Compaction {
    state: Vec<u8>,
    /// Appended after it, as the journal has them.
    pub(super) records: Vec<u8>,
    /// Kept for a save that has none of its own.
    snapshot: Bytes,
    pub(super) progress: Progress,
}

pub(super) enum Progress {
    /// Its snapshot is to be written.
    New,
    Writing,
    /// The journal can be replaced.
    Ready(SnapshotId),
}

/// A snapshot to be written beside the journal, and where to say that it is.
pub(crate) struct SnapshotJob {
    queue: Arc<Queue>,
    beside: Beside,
}

impl From<Compaction> for Writes {
    fn from(compaction: Compaction) -> Writes {
        let Compaction { state, records, snapshot, progress } = compaction;
        let snapshot = match progress {
            Progress::Ready(id) => NewSnapshot::Written(id),
            Progress::New | Progress::Writing => NewSnapshot::Bytes(snapshot),
        };
        Writes { save: Some(Save { state, snapshot }), records, unwanted: Vec::new() }
    }
}

impl SnapshotJob {
    pub(super) fn new(queue: Arc<Queue>, beside: Beside) -> SnapshotJob {
        SnapshotJob { queue, beside }
    }

    /// Resolves when it is done, or not wanted any more.
    pub(crate) async fn run(self) {
        let written = self.beside.write().await;
        let outcome = match written {
            Ok(id) if self.queue.end_snapshot(id) => Ok(()),
            Ok(_) => self.beside.discard(),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            self.queue.fail(error);
        }
    }
}

impl Drop for SnapshotJob {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let reason = "the writing of a snapshot has panicked".to_owned();
            self.queue.fail(PersistError::Failed(reason));
        }
    }
}

impl Queue {
    pub(crate) fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        let mut queue = self.state.lock();
        match snapshot {
            Some(snapshot) if !snapshot.is_empty() => {
                queue.take_put_off(true);
                queue.snapshot_bytes = snapshot.len();
                let (state, records) = (state.to_vec(), Vec::new());
                let progress = Progress::New;
                queue.compaction = Some(Compaction { state, records, snapshot, progress });
            }
            None if queue.compaction.is_some() => {
                if let Some(compaction) = &mut queue.compaction {
                    compaction.state = state.to_vec();
                    compaction.records.clear();
                }
            }
            snapshot => {
                drop(queue);
                return self.save(state, snapshot);
            }
        }
        queue.handed += 1;
        queue.found = None;
        queue.state_bytes = state.len();
        self.wanted.notify_one();
    }

    /// The snapshot that is to be written beside the journal now. At most one is at a time.
    pub(super) fn begin_snapshot(&self) -> Option<Bytes> {
        let State { failure: None, writes_snapshot, compaction, .. } = &mut *self.state.lock()
        else {
            return None;
        };
        let compaction = compaction.as_mut()?;
        let begins = !*writes_snapshot && matches!(compaction.progress, Progress::New);
        begins.then(|| {
            *writes_snapshot = true;
            compaction.progress = Progress::Writing;
            compaction.snapshot.clone()
        })
    }

    /// A snapshot is durable. False when nobody wants it any more.
    fn end_snapshot(&self, id: SnapshotId) -> bool {
        let mut queue = self.state.lock();
        queue.writes_snapshot = false;
        self.wanted.notify_one();
        match &mut queue.compaction {
            Some(Compaction { progress: progress @ Progress::Writing, .. }) => {
                *progress = Progress::Ready(id);
                true
            }
            _ => false,
        }
    }
}

impl State {
    /// Gives up a compaction. Its snapshot goes with every later state, unless that has another.
    pub(super) fn take_put_off(&mut self, is_replaced: bool) -> Option<NewSnapshot> {
        let Compaction { snapshot, progress, .. } = self.compaction.take()?;
        match progress {
            Progress::Ready(id) if is_replaced => {
                self.gathered.unwanted.push(id);
                None
            }
            Progress::Ready(id) => Some(NewSnapshot::Written(id)),
            Progress::New | Progress::Writing => {
                (!is_replaced).then_some(NewSnapshot::Bytes(snapshot))
            }
        }
    }
}
