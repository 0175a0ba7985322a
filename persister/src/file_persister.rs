//! Stable storage in a directory.

mod snapshots;

use crate::files::{Files, RealFiles, VolatileFiles};
use crate::journal::{Incoming, Journal, Pace, Recovered, Snapshots, look};
use crate::lock::DirectoryLock;
use crate::queue::{Queue, SnapshotJob, now};
use crate::room::{Room, Watch};
use crate::snapshot_writer::own;
use crate::{
    Identity, Journaled, OpenError, PersistError, Persister, Snapshot, SnapshotWriter, Stored,
    SyncFuture,
};
use bytes::Bytes;
use runtime::Rng;
use snapshots::{FileWriter, SnapshotThreads};
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// The stable storage of one server in a directory of its own, which no other process can open meanwhile.
///
/// A thread of its own writes: all that has gathered since its last turn in one `write`, made durable by
/// one `fdatasync`. `save` and `append` never wait. When it is dropped, what somebody waits for is written,
/// and the rest is lost, as in a crash.
///
/// A snapshot in pieces has a thread of its own. At most a few MiB of one are in memory, when it is written,
/// when it is read, and when the directory is opened.
///
/// ```
/// use persister::{FilePersister, Identity, Persister};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let directory = folder.path().join("server-0");
/// let identity = Identity::new("my cluster", 0);
/// let first = FilePersister::open(&directory, &identity)?;
/// first.save(b"term 1", None);
/// first.append(b"entry 1");
/// # futures::executor::block_on(
/// first.sync()
/// # )?;
/// drop(first);
///
/// let stored = FilePersister::open(&directory, &identity)?.read()?;
/// assert_eq!((&stored.state[..], &stored.records[..]), (&b"term 1"[..], &["entry 1".into()][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FilePersister {
    queue: Arc<Queue>,
    files: Arc<dyn Files>,
    room: Arc<Watch>,
    snapshots: Arc<Snapshots>,
    thread: Option<JoinHandle<()>>,
    writing: Arc<SnapshotThreads>,
    /// Let go when the thread has ended.
    _lock: DirectoryLock,
}

impl FilePersister {
    /// Opens the directory of that server, which is made when it is not there, and reads it.
    ///
    /// # Errors
    /// When another process has it open, when it belongs to another server or is of another version of the
    /// format, when something in it is corrupt, or when the system refuses.
    pub fn open(directory: &Path, identity: &Identity) -> Result<FilePersister, OpenError> {
        FilePersister::open_with(directory, identity, Room::default())
    }

    /// As [`open`](FilePersister::open), with that much kept free.
    ///
    /// # Errors
    /// As [`open`](FilePersister::open).
    pub fn open_with(
        directory: &Path,
        identity: &Identity,
        room: Room,
    ) -> Result<FilePersister, OpenError> {
        FilePersister::open_over(directory, identity, room, |directory| {
            Ok(Arc::new(RealFiles::new(directory)?))
        })
    }

    /// As [`open`](FilePersister::open), for tests that kill the process: what was not synced is lost by
    /// that, as in a power cut, up to what chance, drawn from `rng`, has let through.
    ///
    /// # Errors
    /// As [`open`](FilePersister::open).
    pub fn open_volatile(
        directory: &Path,
        identity: &Identity,
        rng: Rng,
    ) -> Result<FilePersister, OpenError> {
        FilePersister::open_over(directory, identity, Room::UNWATCHED, |directory| {
            Ok(Arc::new(VolatileFiles::new(directory, rng)?))
        })
    }

    /// As [`open_with`](FilePersister::open_with), with files of another kind: `files` gives those of the
    /// directory, which is there by then, and locked.
    ///
    /// # Errors
    /// As [`open`](FilePersister::open), and when `files` has one.
    pub fn open_over(
        directory: &Path,
        identity: &Identity,
        room: Room,
        files: impl FnOnce(&Path) -> std::io::Result<Arc<dyn Files>>,
    ) -> Result<FilePersister, OpenError> {
        let system = |error| OpenError::system("open", &directory.display().to_string(), &error);
        RealFiles::new(directory).map_err(system)?;
        let lock = DirectoryLock::take(directory)?;
        FilePersister::over(files(directory).map_err(system)?, lock, identity, room)
            .map_err(|error| error.within(directory))
    }

    fn over(
        files: Arc<dyn Files>,
        lock: DirectoryLock,
        identity: &Identity,
        room: Room,
    ) -> Result<FilePersister, OpenError> {
        let opened = now(Journal::open(Arc::clone(&files), identity.clone()))?;
        let (journal, journaled, snapshot) = opened;
        let snapshots = Arc::clone(journal.snapshots());
        let room = Watch::new(Arc::clone(&files), room)
            .map_err(|error| OpenError::system("keep room in", "the directory", &error))?;
        let (queue, room) = (Arc::new(Queue::new(journaled, snapshot)), Arc::new(room));
        let writing = Arc::<SnapshotThreads>::default();
        let thread = start(Arc::clone(&queue), journal, Arc::clone(&room), Arc::clone(&writing))
            .map_err(|error| OpenError::system("start", "the disk's thread", &error))?;
        let thread = Some(thread);
        Ok(FilePersister { queue, files, room, snapshots, thread, writing, _lock: lock })
    }

    /// What the files hold when all that was handed over is durable.
    fn flushed(&self) -> Result<Option<Recovered>, PersistError> {
        self.queue.flush()?;
        Ok(look(&*self.files, None)?.journal)
    }

    /// Takes a snapshot that was written in pieces.
    fn take(
        &self,
        state: &[u8],
        writer: Box<dyn SnapshotWriter>,
        take: impl FnOnce(&Queue, &[u8], &Arc<Incoming>),
    ) -> Snapshot {
        let writer: FileWriter = own(writer);
        assert!(Arc::ptr_eq(&writer.queue, &self.queue), "a snapshot is saved where it was begun");
        if writer.length() == 0 {
            self.queue.save(state, Some(Bytes::new()));
            return Snapshot::default();
        }
        take(&self.queue, state, &writer.snapshot);
        writer.snapshot.end();
        Snapshot::stored(Arc::clone(&writer.snapshot))
    }
}

/// The thread that writes the journal. A simulation has a task for that.
fn start(
    queue: Arc<Queue>,
    mut journal: Journal,
    room: Arc<Watch>,
    writing: Arc<SnapshotThreads>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
        let ended = Ended(queue);
        while ended.0.wait_for_turn() {
            if let Err(error) = room.look() {
                ended.0.fail(PersistError::failed(error));
            }
            now(ended.0.carry_out(&mut journal, &mut |job| writing.start(job, &ended.0)));
        }
    })
}

fn join(thread: JoinHandle<()>) {
    // A panic of the thread has been told to those who waited.
    let _ = thread.join();
}

/// Tells waiting callers that the thread is gone, for any reason.
struct Ended(Arc<Queue>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fail(PersistError::Failed("the disk's thread has ended".to_owned()));
    }
}

impl Drop for FilePersister {
    fn drop(&mut self) {
        self.queue.close();
        self.thread.take().into_iter().for_each(join);
        self.writing.end();
    }
}

impl Persister for FilePersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.queue.save(state, snapshot);
    }

    fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.queue.compact(state, snapshot);
    }

    fn append(&self, record: &[u8]) {
        self.queue.append(record);
    }

    fn sync(&self) -> SyncFuture {
        self.queue.sync()
    }

    /// Before something was written it reads no file but that of the snapshot: the directory is read when it is
    /// opened. Later it waits until all is durable, and reads it again.
    fn read(&self) -> Result<Stored, PersistError> {
        match self.queue.found() {
            Some(found) => {
                let Journaled { state, records } = found?;
                Ok(Stored { state, records, snapshot: self.queue.snapshot()?.to_bytes()? })
            }
            None => {
                let found = self.flushed()?.map(Recovered::into_stored).transpose()?;
                Ok(found.unwrap_or_default())
            }
        }
    }

    /// As [`read`](FilePersister::read).
    fn read_log(&self) -> Result<Journaled, PersistError> {
        match self.queue.found() {
            Some(found) => found,
            None => Ok(self.flushed()?.map(|it| it.journaled).unwrap_or_default()),
        }
    }

    fn snapshot(&self) -> Result<Snapshot, PersistError> {
        self.queue.snapshot()
    }

    fn begin_snapshot(&self) -> Box<dyn SnapshotWriter> {
        let snapshot = Arc::new(Incoming::in_pieces(Pace::REAL));
        let job = SnapshotJob::new(&self.queue, Arc::clone(&snapshot), &self.snapshots);
        self.writing.start(job, &self.queue);
        Box::new(FileWriter { queue: Arc::clone(&self.queue), snapshot })
    }

    fn save_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        self.take(state, snapshot, Queue::save_written)
    }

    fn compact_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        self.take(state, snapshot, Queue::compact_written)
    }

    fn has_room(&self) -> bool {
        self.room.has_room()
    }

    fn state_size(&self) -> usize {
        self.queue.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.queue.snapshot_size()
    }
}

impl fmt::Debug for FilePersister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilePersister")
            .field("state_size", &self.state_size())
            .field("snapshot_size", &self.snapshot_size())
            .finish()
    }
}
