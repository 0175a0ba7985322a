//! Writes on their way to the journal: group commit.
//!
//! Writes only gather here. When a sync is requested, a *turn* takes all that have gathered, and makes them
//! durable together, while the next ones gather. So at most one sync runs and one waits, and however many want
//! one, each waits for no more than two. Everybody waits for a number: that of the last write that was handed
//! over before.

mod put_off;
mod wait;

pub(crate) use put_off::SnapshotJob;
pub(crate) use wait::now;

use crate::journal::batch::{self, ITEM_HEADER_BYTES, SnapshotId};
use crate::journal::{Incoming, Journal, NewSnapshot, Save};
use crate::{Journaled, PersistError, Snapshot, SyncFuture};
use bytes::Bytes;
use parking_lot::{Condvar, Mutex, MutexGuard};
use put_off::{Held, PutOff};
use std::sync::Arc;
use std::task::Waker;
use wait::Wait;

/// The writes of one life of a server, from where they are handed over to where they are durable.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// A turn is wanted, or none any more.
    wanted: Condvar,
    /// A turn is over.
    finished: Condvar,
}

struct State {
    /// Handed over since the last turn began.
    gathered: Writes,
    /// Put off, and all that follows with it.
    held: Option<Held>,
    /// Put off, after that.
    compaction: Option<PutOff>,
    /// Of those that were handed over whole: the one that is being written beside the journal.
    beside: Option<Arc<Incoming>>,
    /// How many writes were handed over, how many a sync has been requested for, and how many are durable.
    handed: u64,
    wanted: u64,
    durable: u64,
    /// Why nothing will be durable any more.
    failure: Option<PersistError>,
    closed: bool,
    waiting: Vec<(u64, Waker)>,
    /// What was found when this life began, until something is written.
    found: Option<Journaled>,
    state_bytes: usize,
    /// Handed over last, or found.
    snapshot: Snapshot,
}

/// Writes that one turn carries out.
#[derive(Default)]
pub(crate) struct Writes {
    save: Option<Save>,
    /// Appended after that save, as the journal has them.
    records: Vec<u8>,
    /// Snapshots that were written beside the journal in vain.
    unwanted: Vec<SnapshotId>,
}

impl Queue {
    /// For a life that begins with what is stored.
    pub(crate) fn new(found: Journaled, snapshot: Snapshot) -> Queue {
        let state = State {
            gathered: Writes::default(),
            held: None,
            compaction: None,
            beside: None,
            handed: 0,
            wanted: 0,
            durable: 0,
            failure: None,
            closed: false,
            waiting: Vec::new(),
            state_bytes: found.state.len() + records_bytes(&found.records),
            found: Some(found),
            snapshot,
        };
        Queue { state: Mutex::new(state), wanted: Condvar::new(), finished: Condvar::new() }
    }

    /// For a life that can't begin.
    pub(crate) fn failed(failure: PersistError) -> Queue {
        let queue = Queue::new(Journaled::default(), Snapshot::default());
        queue.state.lock().failure = Some(failure);
        queue
    }

    pub(crate) fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        let mut queue = self.state.lock();
        queue.hand_over(state);
        // What was held may be written now.
        self.wanted.notify_one();
        if snapshot.is_some() {
            queue.forget_put_off();
        } else if queue.save_with_put_off(state) {
            return;
        }
        queue.gathered.records.clear();
        let save = queue.gathered.save.get_or_insert_default();
        save.state.clear();
        save.state.extend_from_slice(state);
        if let Some(bytes) = snapshot {
            save.snapshot = bytes.into();
            queue.snapshot = match &save.snapshot {
                NewSnapshot::Incoming(snapshot) => Snapshot::stored(Arc::clone(snapshot)),
                _ => Snapshot::default(),
            };
        }
    }

    pub(crate) fn append(&self, record: &[u8]) {
        let mut queue = self.state.lock();
        queue.handed += 1;
        queue.found = None;
        queue.state_bytes += ITEM_HEADER_BYTES + record.len();
        let State { gathered, held, compaction, .. } = &mut *queue;
        let records = held.as_mut().map_or(&mut gathered.records, |it| &mut it.save.records);
        let appended = batch::push_record(records, record).and_then(|()| {
            compaction.as_mut().map_or(Ok(()), |it| batch::push_record(&mut it.records, record))
        });
        if appended.is_err() {
            let length = record.len();
            let reason = format!("a record of {length} bytes is too long for the journal");
            queue.failure.get_or_insert(PersistError::Failed(reason));
        }
    }

    /// A wait for everything that has been handed over. The caller sees to it that turns take place.
    pub(crate) fn sync(self: &Arc<Queue>) -> SyncFuture {
        let mut queue = self.state.lock();
        if let Some(outcome) = queue.outcome(queue.handed) {
            return SyncFuture::Ready(Some(outcome));
        }
        queue.wanted = queue.handed;
        self.wanted.notify_one();
        SyncFuture::Waiting(Box::pin(Wait { queue: Arc::clone(self), number: queue.handed }))
    }

    /// What was found when this life began; `None` once something was written.
    pub(crate) fn found(&self) -> Option<Result<Journaled, PersistError>> {
        let queue = self.state.lock();
        match &queue.failure {
            Some(failure) if queue.handed == 0 => Some(Err(failure.clone())),
            _ => queue.found.clone().map(Ok),
        }
    }

    /// The snapshot that was handed over last, or found.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, PersistError> {
        let queue = self.state.lock();
        match &queue.failure {
            Some(failure) if queue.handed == 0 => Err(failure.clone()),
            _ => Ok(queue.snapshot.clone()),
        }
    }

    /// Why nothing will be durable any more.
    pub(crate) fn failure(&self) -> Option<PersistError> {
        self.state.lock().failure.clone()
    }

    pub(crate) fn state_size(&self) -> usize {
        self.state.lock().state_bytes
    }

    pub(crate) fn snapshot_size(&self) -> usize {
        usize::try_from(self.state.lock().snapshot.length()).unwrap_or(usize::MAX)
    }

    /// Carries out turns as long as one is wanted. Snapshots that are to be written beside the journal are
    /// handed to `start`.
    pub(crate) async fn carry_out(
        self: &Arc<Queue>,
        journal: &mut Journal,
        start: &mut (dyn FnMut(SnapshotJob) + Send),
    ) {
        loop {
            if let Some(snapshot) = self.begin_beside() {
                start(SnapshotJob::new(self, snapshot, journal.snapshots()));
            }
            let Some((writes, number)) = self.begin_turn() else { return };
            let outcome = writes.carry_out(journal).await;
            self.end_turn(number, outcome);
        }
    }

    fn begin_turn(&self) -> Option<(Writes, u64)> {
        let mut queue = self.state.lock();
        if queue.failure.is_some() {
            return None;
        }
        if let Some(writes) = queue.take_ready() {
            return Some((writes, queue.handed));
        }
        let number = queue.not_held();
        (queue.wanted.min(number) > queue.durable)
            .then(|| (std::mem::take(&mut queue.gathered), number))
    }

    fn end_turn(&self, number: u64, outcome: Result<(), PersistError>) {
        let mut queue = self.state.lock();
        match outcome {
            Ok(()) => queue.durable = number,
            Err(error) => queue.failure = Some(error),
        }
        self.wake(queue);
    }

    /// Wakes those who wait for nothing any more, without the lock.
    fn wake(&self, mut queue: MutexGuard<'_, State>) {
        let mut awake = Vec::new();
        let waiting = std::mem::take(&mut queue.waiting);
        for (number, waker) in waiting {
            match queue.outcome(number) {
                Some(_) => awake.push(waker),
                None => queue.waiting.push((number, waker)),
            }
        }
        drop(queue);
        self.finished.notify_all();
        awake.into_iter().for_each(Waker::wake);
    }

    /// Whether there is something to do.
    pub(crate) fn wants_turn(&self) -> bool {
        let queue = self.state.lock();
        queue.failure.is_none() && queue.wants_turn()
    }

    // ---- for threads ----

    /// Waits until a turn is wanted. False when none will be any more.
    pub(crate) fn wait_for_turn(&self) -> bool {
        let mut queue = self.state.lock();
        loop {
            if queue.failure.is_none() && queue.wants_turn() {
                return true;
            }
            // Somebody may wait for what is held.
            if queue.closed && (queue.failure.is_some() || queue.wanted <= queue.durable) {
                return false;
            }
            self.wanted.wait(&mut queue);
        }
    }

    /// Has everything be durable, and waits for it.
    pub(crate) fn flush(&self) -> Result<(), PersistError> {
        let mut queue = self.state.lock();
        let number = queue.handed;
        queue.wanted = number;
        self.wanted.notify_one();
        loop {
            if let Some(outcome) = queue.outcome(number) {
                return outcome;
            }
            self.finished.wait(&mut queue);
        }
    }

    /// No more writes are accepted; what is awaited is still done.
    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.wanted.notify_one();
    }

    /// Nothing will be durable any more.
    pub(crate) fn fail(&self, failure: PersistError) {
        let mut queue = self.state.lock();
        queue.failure.get_or_insert(failure);
        self.wanted.notify_one();
        self.wake(queue);
    }
}

impl State {
    /// A state is handed over, in the place of that before it and its records.
    fn hand_over(&mut self, state: &[u8]) {
        self.handed += 1;
        self.found = None;
        self.state_bytes = state.len();
    }

    fn wants_turn(&self) -> bool {
        self.put_off().any(|it| it.is_ready() || it.is_new() && self.beside.is_none())
            || self.wanted.min(self.not_held()) > self.durable
    }

    /// The last write that does not wait for a save that is held.
    fn not_held(&self) -> u64 {
        self.held.as_ref().map_or(self.handed, |held| held.since - 1)
    }

    /// What became of the writes up to a number, if that is known.
    fn outcome(&self, number: u64) -> Option<Result<(), PersistError>> {
        if let Some(failure) = &self.failure {
            return Some(Err(failure.clone()));
        }
        (self.durable >= number).then_some(Ok(()))
    }
}

impl Writes {
    async fn carry_out(self, journal: &mut Journal) -> Result<(), PersistError> {
        self.unwanted.iter().try_for_each(|id| journal.snapshots().remove(*id))?;
        match &self.save {
            Some(save) => journal.save(save, &self.records).await,
            // A compaction was put off.
            None if self.records.is_empty() => Ok(()),
            None => {
                journal.append(&self.records)?;
                journal.sync().await
            }
        }
    }
}

/// How many bytes records are in the journal.
fn records_bytes(records: &[Bytes]) -> usize {
    records.iter().map(|record| ITEM_HEADER_BYTES + record.len()).sum()
}
