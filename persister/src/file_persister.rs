//! Stable storage in a directory.

use crate::files::{Files, RealFiles, VolatileFiles};
use crate::journal::{Journal, look};
use crate::lock::DirectoryLock;
use crate::queue::{Queue, now};
use crate::room::{Room, Watch};
use crate::{Identity, OpenError, PersistError, Persister, Stored, SyncFuture};
use bytes::Bytes;
use runtime::Rng;
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
    thread: Option<JoinHandle<()>>,
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
        let system = |error| OpenError::system("open", &directory.display().to_string(), &error);
        let files = RealFiles::new(directory).map_err(system)?;
        let lock = DirectoryLock::take(directory)?;
        FilePersister::over(Arc::new(files), lock, identity, room)
            .map_err(|error| error.within(directory))
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
        let system = |error| OpenError::system("open", &directory.display().to_string(), &error);
        RealFiles::new(directory).map_err(system)?;
        let lock = DirectoryLock::take(directory)?;
        let files = VolatileFiles::new(directory, rng).map_err(system)?;
        FilePersister::over(Arc::new(files), lock, identity, Room::UNWATCHED)
            .map_err(|error| error.within(directory))
    }

    fn over(
        files: Arc<dyn Files>,
        lock: DirectoryLock,
        identity: &Identity,
        room: Room,
    ) -> Result<FilePersister, OpenError> {
        let (journal, stored) = now(Journal::open(Arc::clone(&files), identity.clone()))?;
        let room = Watch::new(Arc::clone(&files), room)
            .map_err(|error| OpenError::system("keep room in", "the directory", &error))?;
        let (queue, room) = (Arc::new(Queue::new(stored)), Arc::new(room));
        let thread = start(Arc::clone(&queue), journal, Arc::clone(&room))
            .map_err(|error| OpenError::system("start", "the disk's thread", &error))?;
        Ok(FilePersister { queue, files, room, thread: Some(thread), _lock: lock })
    }
}

/// The thread that writes the journal. A simulation has a task for that.
fn start(
    queue: Arc<Queue>,
    mut journal: Journal,
    room: Arc<Watch>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("disk".to_owned()).spawn(move || {
        let ended = Ended(queue);
        // At most one thread writes a snapshot, and it ends before this one does.
        let mut snapshots: Option<JoinHandle<()>> = None;
        while ended.0.wait_for_turn() {
            if let Err(error) = room.look() {
                ended.0.fail(PersistError::failed(error));
            }
            now(ended.0.carry_out(&mut journal, &mut |job| {
                let writing = std::thread::Builder::new()
                    .name("snapshot".to_owned())
                    .spawn(move || now(job.run()));
                match writing {
                    Ok(thread) => join(snapshots.replace(thread)),
                    Err(error) => ended.0.fail(PersistError::failed(error)),
                }
            }));
        }
        join(snapshots);
    })
}

fn join(thread: Option<JoinHandle<()>>) {
    if let Some(thread) = thread {
        // A panic of the thread has been told to those who waited.
        let _ = thread.join();
    }
}

/// Tells those who wait that the thread is gone, whatever the reason.
struct Ended(Arc<Queue>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fail(PersistError::Failed("the disk's thread has ended".to_owned()));
    }
}

impl Drop for FilePersister {
    fn drop(&mut self) {
        self.queue.close();
        join(self.thread.take());
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

    /// Reads no file before something was written: the directory is read once, when it is opened. Later
    /// it waits until all is durable, and reads it anew.
    fn read(&self) -> Result<Stored, PersistError> {
        if let Some(found) = self.queue.found() {
            return found;
        }
        self.queue.flush()?;
        let journal = look(&*self.files, None)?.journal;
        Ok(journal.map(|it| it.stored).unwrap_or_default())
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
