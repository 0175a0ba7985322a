//! The journal on simulated files: the code that runs on real ones, in the simulation.

mod writer;

use crate::files::SimulatedFiles;
use crate::journal::{self, Incoming, Journal, Pace, Recovered, Snapshots, look};
use crate::queue::{Queue, SnapshotJob, now};
use crate::snapshot_writer::own;
use crate::{
    DiskHooks, Identity, Journaled, Part, PersistError, Persister, Snapshot, SnapshotWriter,
    Stored, SyncFuture, Unsynced,
};
use bytes::Bytes;
use parking_lot::Mutex;
use runtime::Rng;
use std::fmt;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use writer::SimulatedWriter;

/// The disk of one server over all of its lives, with the [journal](crate::FilePersister) on it, in
/// memory and on the clock of the simulation. Clones are the same disk.
///
/// What was not synced can be lost, torn and reordered by a crash, names of files included; see
/// [`SimulatedFiles`]. What happens between two operations on files can be seen, and cut off there, by
/// [hooks](SimulatedDisk::set_hooks).
///
/// ```
/// use persister::{Persister, SimulatedDisk, Unsynced};
///
/// let disk = SimulatedDisk::new(runtime::Rng::from_seed(1));
/// let persister = disk.open();
/// persister.append(b"synced");
/// # futures::executor::block_on(
/// persister.sync()
/// # ).unwrap();
/// persister.append(b"not synced");
/// disk.crash(Unsynced::Lost);
/// assert_eq!(disk.open().read().unwrap().records, ["synced"]);
/// ```
#[derive(Clone)]
pub struct SimulatedDisk {
    shared: Arc<Shared>,
}

struct Shared {
    files: SimulatedFiles,
    identity: Identity,
    state: Mutex<State>,
}

struct State {
    /// It has crashed and nobody has opened it since.
    off: bool,
    /// The queue of the life that has it open.
    queue: Option<Arc<Queue>>,
}

impl SimulatedDisk {
    /// An empty disk. What chance decides is drawn from `rng`.
    pub fn new(rng: Rng) -> SimulatedDisk {
        SimulatedDisk::over(SimulatedFiles::new(rng), Identity::new("simulated", 0))
    }

    /// A disk with these files on it, for a server with that name.
    pub fn over(files: SimulatedFiles, identity: Identity) -> SimulatedDisk {
        let state = Mutex::new(State { off: false, queue: None });
        SimulatedDisk { shared: Arc::new(Shared { files, identity, state }) }
    }

    /// Opens the journal for a new life; older ones are fenced. A journal that can't be opened gives a
    /// persister that says why when it is read.
    pub fn open(&self) -> SimulatedPersister {
        let files = self.shared.files.next_life();
        files.set_starting(true);
        let opened = now(Journal::open(Arc::new(files.clone()), self.shared.identity.clone()));
        files.set_starting(false);
        let (queue, journal) = match opened {
            Ok((journal, journaled, snapshot)) => (Queue::new(journaled, snapshot), Some(journal)),
            Err(error) => (Queue::failed(error.into()), None),
        };
        let queue = Arc::new(queue);
        *self.shared.state.lock() = State { off: false, queue: Some(Arc::clone(&queue)) };
        let snapshots = journal.as_ref().map(|journal| Arc::clone(journal.snapshots()));
        let journal = Arc::new(Mutex::new(journal));
        SimulatedPersister { disk: self.clone(), files, queue, snapshots, journal }
    }

    /// How long each sync of a file, or of names, takes from now on; `None`: no time at all.
    pub fn set_sync_delay(&self, delay: Option<RangeInclusive<Duration>>) {
        self.shared.files.set_sync_delay(delay);
    }

    /// Has the next sync of a file, or of names, fail.
    pub fn fail_next_sync(&self) {
        self.shared.files.fail_next_sync();
    }

    /// Refuses every write from now on, or no longer.
    pub fn set_full(&self, full: bool) {
        self.shared.files.set_full(full);
    }

    /// Crashes the machine: the life that had the disk open writes nothing more and hears of no sync. Returns
    /// how many operations on files are lost.
    pub fn crash(&self, unsynced: Unsynced) -> usize {
        self.shared.state.lock().off = true;
        self.shared.files.crash(unsynced)
    }

    /// Has the hooks see what happens from now on, at every operation on a file.
    pub fn set_hooks(&self, hooks: Option<Arc<dyn DiskHooks>>) {
        self.shared.files.set_hooks(hooks);
    }

    /// Flips one bit of what is durable, where it can't be mistaken for a write that a power cut interrupted:
    /// in the snapshot, or in the journal before its last batch, or anywhere in its only one. Returns where;
    /// `None` when there is no journal.
    pub fn flip_bit(&self) -> Option<Part> {
        let found = look(&self.shared.files, None).ok()?.journal?;
        let journal_bytes = match found.next.number {
            1 => found.next.begins_at,
            _ => found.last_batch_at,
        };
        let mut parts = vec![(Part::Journal, journal::FILE.to_owned(), journal_bytes)];
        if let Some(id) = found.snapshot_id {
            parts.push((Part::Snapshot, journal::snapshot::file_name(id.number), id.bytes));
        }
        let ranges = parts.iter().map(|(_, name, bytes)| (name.as_str(), *bytes as usize));
        let hit = self.shared.files.flip_bit(&ranges.collect::<Vec<_>>())?;
        Some(parts[hit].0)
    }

    /// What is stored, what is not durable yet included.
    ///
    /// # Errors
    /// When the journal can't be opened.
    pub fn read(&self) -> Result<Stored, PersistError> {
        let found = look(&self.shared.files, None)?;
        Ok(found.journal.map(Recovered::into_stored).transpose()?.unwrap_or_default())
    }

    /// Bytes of state plus records.
    pub fn state_size(&self) -> usize {
        match &self.shared.state.lock().queue {
            Some(queue) => queue.state_size(),
            None => 0,
        }
    }

    /// Bytes of the snapshot.
    pub fn snapshot_size(&self) -> usize {
        match &self.shared.state.lock().queue {
            Some(queue) => queue.snapshot_size(),
            None => 0,
        }
    }
}

impl fmt::Debug for SimulatedDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedDisk")
            .field("state_size", &self.state_size())
            .field("snapshot_size", &self.snapshot_size())
            .finish()
    }
}

/// One life's access to a [`SimulatedDisk`]. Clones belong to the same life.
#[derive(Clone)]
pub struct SimulatedPersister {
    disk: SimulatedDisk,
    files: SimulatedFiles,
    queue: Arc<Queue>,
    /// Not there when it could not be opened.
    snapshots: Option<Arc<Snapshots>>,
    /// Not there while a turn is under way, or when it could not be opened.
    journal: Arc<Mutex<Option<Journal>>>,
}

impl SimulatedPersister {
    /// What the disk's thread does elsewhere. Where syncs take no time it is done at once, within the
    /// call, and otherwise by a task of the node that the caller is on.
    fn carry_out(&self) {
        let Some(mut journal) = self.journal.lock().take() else { return };
        let life = self.clone();
        let turns = Box::pin(async move {
            let mut start = |job: SnapshotJob| life.start(job);
            life.queue.carry_out(&mut journal, &mut start).await;
            *life.journal.lock() = Some(journal);
            // A snapshot may have been finished at once, before the journal was back.
            if life.queue.wants_turn() {
                life.carry_out();
            }
        });
        self.advance(turns);
    }

    /// Writes a snapshot beside the journal, as far as it has been handed over.
    fn start(&self, job: SnapshotJob) {
        let life = self.clone();
        self.advance(Box::pin(async move {
            job.run().await;
            life.carry_out();
        }));
    }

    /// Does what can be done at once, and leaves the rest to a task. Of a life that is over nothing goes on.
    fn advance(&self, mut work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let waits = work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        if waits && !self.files.is_over() {
            runtime::detach(work);
        }
    }

    /// What a sync comes to when the life is over.
    fn over(&self) -> SyncFuture {
        match self.disk.shared.state.lock().off {
            true => SyncFuture::never(),
            false => SyncFuture::failed(PersistError::Fenced),
        }
    }

    /// Takes a snapshot that was written in pieces.
    fn take(
        &self,
        state: &[u8],
        writer: Box<dyn SnapshotWriter>,
        take: impl FnOnce(&Queue, &[u8], &Arc<Incoming>),
    ) -> Snapshot {
        let writer: SimulatedWriter = own(writer);
        let is_own = Arc::ptr_eq(&writer.life.queue, &self.queue);
        assert!(is_own, "a snapshot is saved where it was begun");
        if writer.length() == 0 {
            self.save(state, Some(Bytes::new()));
            return Snapshot::default();
        }
        if !self.files.is_over() {
            take(&self.queue, state, &writer.snapshot);
            writer.snapshot.end();
            writer.bring_in();
        }
        Snapshot::stored(Arc::clone(&writer.snapshot))
    }
}

/// A fenced persister ignores writes and fails syncs and reads with [`PersistError::Fenced`]. On a disk
/// that has crashed and was not opened again its syncs never resolve: the whole machine is down.
impl Persister for SimulatedPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        if !self.files.is_over() {
            self.queue.save(state, snapshot);
        }
    }

    fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        if !self.files.is_over() {
            self.queue.compact(state, snapshot);
        }
    }

    fn append(&self, record: &[u8]) {
        if !self.files.is_over() {
            self.queue.append(record);
        }
    }

    fn sync(&self) -> SyncFuture {
        if !self.files.is_over() {
            let sync = self.queue.sync();
            if matches!(sync, SyncFuture::Ready(_)) {
                return sync;
            }
            self.carry_out();
            // It may be over already, or the machine may be.
            if !self.files.is_over() {
                return self.queue.sync();
            }
        }
        self.over()
    }

    fn read(&self) -> Result<Stored, PersistError> {
        if self.files.is_over() {
            return Err(PersistError::Fenced);
        }
        match self.queue.found() {
            Some(found) => {
                let Journaled { state, records } = found?;
                Ok(Stored { state, records, snapshot: self.queue.snapshot()?.to_bytes()? })
            }
            None => {
                drop(self.sync());
                self.disk.read()
            }
        }
    }

    fn snapshot(&self) -> Result<Snapshot, PersistError> {
        match self.files.is_over() {
            true => Err(PersistError::Fenced),
            false => self.queue.snapshot(),
        }
    }

    fn begin_snapshot(&self) -> Box<dyn SnapshotWriter> {
        let snapshot = Arc::new(Incoming::in_pieces(Pace::SIMULATED));
        Box::new(SimulatedWriter { life: self.clone(), snapshot })
    }

    fn save_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        self.take(state, snapshot, Queue::save_written)
    }

    fn compact_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        self.take(state, snapshot, Queue::compact_written)
    }

    fn state_size(&self) -> usize {
        self.queue.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.queue.snapshot_size()
    }
}

impl fmt::Debug for SimulatedPersister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SimulatedPersister").field(&self.disk).finish()
    }
}
