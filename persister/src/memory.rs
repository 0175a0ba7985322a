//! Stable storage in memory, with the lab's semantics and a fence per incarnation.

use crate::medium::Medium;
use crate::{PersistError, Persister, Stored, SyncFuture};
use bytes::Bytes;
use parking_lot::Mutex;
use std::fmt;
use std::sync::Arc;

/// The medium of one server, which outlives its incarnations. In memory, durable at once.
///
/// A cluster keeps one per server, crashes the server, and hands what [`open`](MemoryDisk::open)
/// gives to the next incarnation. Clones are the same disk.
///
/// ```
/// use persister::{MemoryDisk, Persister};
///
/// let disk = MemoryDisk::new();
/// disk.open().append(b"a record");
/// assert_eq!(disk.read().unwrap().records, ["a record"]);
/// assert!(disk.state_size() > 0);
/// ```
#[derive(Clone, Default)]
pub struct MemoryDisk {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    medium: Medium,
    /// Which incarnation may write: the number of times the disk has been opened.
    epoch: u64,
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> MemoryDisk {
        MemoryDisk::default()
    }

    /// A persister for a new incarnation; older ones are fenced: what they save from now on is
    /// ignored.
    ///
    /// This stands for the copy of the persister that the lab's tester takes when it crashes a
    /// server, and for the same reason: code of the old incarnation may still be running, and what
    /// it writes must not be seen by the new one. The fence costs the same for any size of log.
    pub fn open(&self) -> MemoryPersister {
        let mut shared = self.shared.lock();
        shared.epoch += 1;
        MemoryPersister { shared: self.shared.clone(), epoch: shared.epoch }
    }

    /// Bytes of state plus journal. The lab's tester bounds this in its snapshot tests.
    pub fn state_size(&self) -> usize {
        self.shared.lock().medium.state_size()
    }

    /// Bytes of the snapshot.
    pub fn snapshot_size(&self) -> usize {
        self.shared.lock().medium.snapshot_size()
    }

    /// What a crash now would leave.
    ///
    /// # Errors
    /// [`PersistError::Corrupt`] when a checksum shows that stored bytes have changed.
    pub fn read(&self) -> Result<Stored, PersistError> {
        self.shared.lock().medium.read()
    }
}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "MemoryDisk", &self.shared.lock())
    }
}

/// One incarnation's access to a [`MemoryDisk`]. Clones belong to the same incarnation.
#[derive(Clone)]
pub struct MemoryPersister {
    shared: Arc<Mutex<Shared>>,
    epoch: u64,
}

impl MemoryPersister {
    /// True once a newer incarnation has opened the disk: this one writes no more.
    pub fn is_fenced(&self) -> bool {
        self.shared.lock().epoch != self.epoch
    }

    fn write(&self, write: impl FnOnce(&mut Medium)) {
        let mut shared = self.shared.lock();
        if shared.epoch == self.epoch {
            write(&mut shared.medium);
        }
    }
}

/// A fenced persister ignores writes and fails syncs and reads with [`PersistError::Fenced`]: a
/// zombie is never told that something it wrote is durable.
impl Persister for MemoryPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.write(|medium| medium.save(state, snapshot));
    }

    fn append(&self, record: &[u8]) {
        self.write(|medium| medium.append(record));
    }

    fn sync(&self) -> SyncFuture {
        let mut shared = self.shared.lock();
        if shared.epoch != self.epoch {
            return SyncFuture::failed(PersistError::Fenced);
        }
        SyncFuture::Ready(Some(shared.medium.sync()))
    }

    fn read(&self) -> Result<Stored, PersistError> {
        let shared = self.shared.lock();
        if shared.epoch != self.epoch {
            return Err(PersistError::Fenced);
        }
        shared.medium.read()
    }

    fn state_size(&self) -> usize {
        self.shared.lock().medium.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.shared.lock().medium.snapshot_size()
    }
}

impl fmt::Debug for MemoryPersister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "MemoryPersister", &self.shared.lock())
    }
}

/// Sizes instead of contents: a log of megabytes has no place in a debug line.
fn describe(f: &mut fmt::Formatter<'_>, name: &str, shared: &Shared) -> fmt::Result {
    f.debug_struct(name)
        .field("state_size", &shared.medium.state_size())
        .field("snapshot_size", &shared.medium.snapshot_size())
        .field("epoch", &shared.epoch)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(persister: &MemoryPersister) -> Result<(), PersistError> {
        match persister.sync() {
            SyncFuture::Ready(Some(outcome)) => outcome,
            other => panic!("memory is durable at once, yet its sync is {other:?}"),
        }
    }

    #[test]
    fn a_new_disk_is_empty() {
        let disk = MemoryDisk::new();
        assert_eq!(disk.open().read(), Ok(Stored::default()));
        assert_eq!((disk.state_size(), disk.snapshot_size()), (0, 0));
    }

    #[test]
    fn the_next_incarnation_reads_what_the_last_one_wrote() {
        let disk = MemoryDisk::new();
        let first = disk.open();
        first.save(b"state", Some(Bytes::from_static(b"snapshot")));
        first.append(b"one");
        first.append(b"two");
        assert_eq!(sync(&first), Ok(()));
        let stored = disk.open().read().unwrap();
        assert_eq!(&stored.state[..], b"state");
        assert_eq!(&stored.snapshot[..], b"snapshot");
        assert_eq!(stored.records, ["one", "two"]);
    }

    #[test]
    fn a_save_without_a_snapshot_keeps_the_old_one() {
        let persister = MemoryDisk::new().open();
        persister.save(b"1", Some(Bytes::from_static(b"snapshot")));
        persister.save(b"2", None);
        assert_eq!(&persister.read().unwrap().snapshot[..], b"snapshot");
        persister.save(b"3", Some(Bytes::new()));
        assert_eq!(persister.snapshot_size(), 0);
    }

    #[test]
    fn sizes_count_state_and_journal_apart_from_the_snapshot() {
        let disk = MemoryDisk::new();
        let persister = disk.open();
        persister.save(&[1; 10], Some(Bytes::from_static(&[2; 100])));
        assert_eq!((disk.state_size(), disk.snapshot_size()), (10, 100));
        persister.append(&[3; 5]);
        assert_eq!(persister.state_size(), 10 + 8 + 5);
        persister.save(&[1; 3], None);
        assert_eq!((persister.state_size(), persister.snapshot_size()), (3, 100));
    }

    #[test]
    fn a_zombie_can_not_write() {
        let disk = MemoryDisk::new();
        let zombie = disk.open();
        zombie.save(b"old", None);
        let successor = disk.open();
        assert!(zombie.is_fenced() && !successor.is_fenced());
        zombie.append(b"late");
        zombie.save(b"later", Some(Bytes::from_static(b"latest")));
        let stored = successor.read().unwrap();
        assert_eq!((&stored.state[..], stored.records.len()), (&b"old"[..], 0));
        assert_eq!(successor.snapshot_size(), 0);
    }

    #[test]
    fn a_zombie_is_never_told_that_its_write_is_durable() {
        let disk = MemoryDisk::new();
        let zombie = disk.open();
        let zombies_clone = zombie.clone();
        let successor = disk.open();
        assert_eq!(sync(&zombie), Err(PersistError::Fenced));
        assert_eq!(sync(&zombies_clone), Err(PersistError::Fenced));
        assert_eq!(zombie.read(), Err(PersistError::Fenced));
        assert_eq!(sync(&successor), Ok(()));
    }

    #[test]
    fn debug_shows_sizes_and_not_contents() {
        let persister = MemoryDisk::new().open();
        persister.save(&[65; 4], None);
        assert_eq!(
            format!("{persister:?}"),
            "MemoryPersister { state_size: 4, snapshot_size: 0, epoch: 1 }"
        );
    }
}
