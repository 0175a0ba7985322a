//! States that are put off until their snapshot is durable.
//!
//! A snapshot that takes long to write is written beside the journal. What follows a *compaction* need not
//! wait for that: records go on being appended to the journal that is there, and are kept for the state that
//! is put off as well. What follows a *save* must wait, since it means nothing without it: it is held, and
//! so is who wants it durable. When the snapshot is durable a turn replaces the journal, by the state and
//! the records appended since.

use super::{Queue, State, Writes};
use crate::journal::batch::SnapshotId;
use crate::journal::{Incoming, NewSnapshot, Save, Snapshots};
use crate::{PersistError, Snapshot};
use bytes::Bytes;
use std::sync::Arc;

/// A state that is put off until its snapshot is durable.
pub(super) struct PutOff {
    state: Vec<u8>,
    /// Appended after it, as the journal has them.
    pub(super) records: Vec<u8>,
    snapshot: Arc<Incoming>,
    progress: Progress,
}

/// A save that is put off.
pub(super) struct Held {
    pub(super) save: PutOff,
    /// The number of the first write that waits for it.
    pub(super) since: u64,
}

enum Progress {
    /// Its snapshot is to be written.
    New,
    /// Somebody writes it.
    Writing,
    /// The journal can be replaced.
    Ready(SnapshotId),
}

impl PutOff {
    fn new(state: &[u8], snapshot: Arc<Incoming>, progress: Progress) -> PutOff {
        PutOff { state: state.to_vec(), records: Vec::new(), snapshot, progress }
    }

    /// Another state takes the place of this one and of the records after it.
    fn replace_state(&mut self, state: &[u8]) {
        self.state = state.to_vec();
        self.records.clear();
    }

    pub(super) fn is_new(&self) -> bool {
        matches!(self.progress, Progress::New)
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(self.progress, Progress::Ready(_))
    }
}

impl Queue {
    pub(crate) fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        match snapshot {
            Some(bytes) if !bytes.is_empty() => {
                self.put_off(state, &Arc::new(Incoming::whole(bytes)), Progress::New);
            }
            None if self.state.lock().replace_compaction(state) => {
                self.wanted.notify_one();
            }
            snapshot => self.save(state, snapshot),
        }
    }

    /// A compaction whose snapshot somebody writes.
    pub(crate) fn compact_written(&self, state: &[u8], snapshot: &Arc<Incoming>) {
        self.put_off(state, snapshot, Progress::Writing);
    }

    fn put_off(&self, state: &[u8], snapshot: &Arc<Incoming>, progress: Progress) {
        let mut queue = self.state.lock();
        queue.hand_over(state);
        queue.snapshot = Snapshot::stored(Arc::clone(snapshot));
        let compaction = PutOff::new(state, Arc::clone(snapshot), progress);
        if let Some(before) = queue.compaction.replace(compaction) {
            queue.give_up(before);
        }
        self.wanted.notify_one();
    }

    /// A save whose snapshot somebody writes.
    pub(crate) fn save_written(&self, state: &[u8], snapshot: &Arc<Incoming>) {
        let mut queue = self.state.lock();
        queue.hand_over(state);
        queue.snapshot = Snapshot::stored(Arc::clone(snapshot));
        if let Some(compaction) = queue.compaction.take() {
            queue.give_up(compaction);
        }
        queue.hold(PutOff::new(state, Arc::clone(snapshot), Progress::Writing));
    }

    /// The snapshot that is to be written beside the journal now, of those that were handed over whole. At
    /// most one is at a time.
    pub(super) fn begin_beside(&self) -> Option<Arc<Incoming>> {
        let queue = &mut *self.state.lock();
        if queue.failure.is_some() || queue.beside.is_some() {
            return None;
        }
        let put_off = queue.put_off_mut().find(|it| it.is_new())?;
        put_off.progress = Progress::Writing;
        queue.beside = Some(Arc::clone(&put_off.snapshot));
        queue.beside.clone()
    }

    /// A snapshot is durable. False when nobody wants it any more.
    fn end_snapshot(&self, snapshot: &Arc<Incoming>, id: SnapshotId) -> bool {
        let mut queue = self.state.lock();
        let put_off = queue.put_off_mut().find(|it| Arc::ptr_eq(&it.snapshot, snapshot));
        let is_wanted = put_off.is_some();
        put_off.into_iter().for_each(|it| it.progress = Progress::Ready(id));
        self.wanted.notify_one();
        is_wanted
    }

    /// Nobody is at a snapshot now. If it was handed over whole it is done, and the next may begin.
    fn end_beside(&self, snapshot: &Arc<Incoming>) {
        let mut queue = self.state.lock();
        if queue.beside.take_if(|it| Arc::ptr_eq(it, snapshot)).is_some() {
            self.wanted.notify_one();
        }
    }
}

impl State {
    pub(super) fn put_off(&self) -> impl Iterator<Item = &PutOff> {
        self.held.iter().map(|held| &held.save).chain(&self.compaction)
    }

    fn put_off_mut(&mut self) -> impl Iterator<Item = &mut PutOff> {
        self.held.iter_mut().map(|held| &mut held.save).chain(&mut self.compaction)
    }

    /// A compaction without a snapshot of its own has that of the one that is put off. False when none is.
    fn replace_compaction(&mut self, state: &[u8]) -> bool {
        let Some(compaction) = &mut self.compaction else { return false };
        compaction.replace_state(state);
        self.hand_over(state);
        true
    }

    /// A save without a snapshot of its own has that of what is put off. False when nothing is.
    pub(super) fn save_with_put_off(&mut self, state: &[u8]) -> bool {
        if let Some(PutOff { snapshot, progress, .. }) = self.compaction.take() {
            self.hold(PutOff::new(state, snapshot, progress));
        } else if let Some(Held { save, .. }) = &mut self.held {
            save.replace_state(state);
        } else {
            return false;
        }
        true
    }

    /// Holds a save, that was handed over last, and what follows it.
    fn hold(&mut self, save: PutOff) {
        let mut since = self.handed;
        if let Some(before) = self.held.take() {
            since = before.since;
            self.give_up(before.save);
        }
        self.held = Some(Held { save, since });
    }

    /// Another snapshot takes the place of what is put off.
    pub(super) fn forget_put_off(&mut self) {
        let held = self.held.take().map(|held| held.save);
        for put_off in held.into_iter().chain(self.compaction.take()) {
            self.give_up(put_off);
        }
    }

    fn give_up(&mut self, put_off: PutOff) {
        match put_off.progress {
            Progress::Ready(id) => self.gathered.unwanted.push(id),
            Progress::New | Progress::Writing => put_off.snapshot.give_up(),
        }
    }

    /// What takes the place of the journal now, and of all that has gathered.
    pub(super) fn take_ready(&mut self) -> Option<Writes> {
        let save = match self.compaction.take_if(|it| it.is_ready()) {
            Some(compaction) => {
                // It stands for what is held as well.
                self.held.take().into_iter().for_each(|held| self.give_up(held.save));
                compaction
            }
            None => self.held.take_if(|held| held.save.is_ready())?.save,
        };
        let PutOff { state, records, progress: Progress::Ready(id), .. } = save else {
            return None;
        };
        let unwanted = std::mem::take(&mut self.gathered).unwanted;
        let save = Some(Save { state, snapshot: NewSnapshot::Written(id) });
        Some(Writes { save, records, unwanted })
    }
}

/// A snapshot to be written beside the journal, and where to say that it is.
pub(crate) struct SnapshotJob {
    queue: Arc<Queue>,
    snapshot: Arc<Incoming>,
    files: Arc<Snapshots>,
}

impl SnapshotJob {
    pub(crate) fn new(
        queue: &Arc<Queue>,
        snapshot: Arc<Incoming>,
        files: &Arc<Snapshots>,
    ) -> SnapshotJob {
        SnapshotJob { queue: Arc::clone(queue), snapshot, files: Arc::clone(files) }
    }

    /// Waits until there is something to do. False when there never will be.
    pub(crate) fn wait(&self) -> bool {
        self.snapshot.wait()
    }

    /// What it writes.
    pub(crate) fn snapshot(&self) -> &Arc<Incoming> {
        &self.snapshot
    }

    /// Resolves when what has been handed over is written.
    pub(crate) async fn run(&self) {
        let SnapshotJob { queue, snapshot, files } = self;
        let written = snapshot.carry_out(files).await;
        queue.end_beside(snapshot);
        let outcome = match written {
            Ok(Some(id)) if !queue.end_snapshot(snapshot, id) => files.remove(id),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            queue.fail(error);
        }
    }
}

impl Drop for SnapshotJob {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let failure = PersistError::Failed("the writing of a snapshot has panicked".to_owned());
            self.snapshot.stop(Some(failure.clone()));
            self.queue.fail(failure);
        }
    }
}
