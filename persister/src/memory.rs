//! Stable storage in memory: the lab's semantics, a fence per incarnation, and faults.

use crate::medium::{Mark, Medium};
use crate::{DiskHooks, Part, PersistError, Persister, Snapshot, Stored, SyncFuture, Unsynced};
use bytes::Bytes;
use parking_lot::Mutex;
use runtime::Rng;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

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
///
/// # Faults
///
/// A disk that was made [volatile](MemoryDisk::set_volatile) keeps over a
/// [crash](MemoryDisk::crash) only what was synced, its syncs can [take time](MemoryDisk::set_sync_delay)
/// and [fail](MemoryDisk::fail_next_sync), it can be [full](MemoryDisk::set_full), and a bit can
/// [flip](MemoryDisk::flip_bit). It never loses or changes what was synced, but for that bit, which
/// the checksum finds.
#[derive(Clone, Default)]
pub struct MemoryDisk {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    medium: Medium,
    /// Which incarnation may write: the number of times the disk has been opened or has crashed.
    epoch: u64,
    /// It has crashed and nobody has opened it since: the life that had it open hears nothing more.
    off: bool,
    sync_delay: Option<RangeInclusive<Duration>>,
    rng: Option<Rng>,
    hooks: Option<Arc<dyn DiskHooks>>,
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
        shared.off = false;
        shared.medium.recover();
        MemoryPersister { shared: self.shared.clone(), epoch: shared.epoch }
    }

    /// Has what is written be durable only once it was synced, from now on. Where chance decides
    /// what a crash leaves, it is drawn from `rng`.
    pub fn set_volatile(&self, rng: Rng) {
        let mut shared = self.shared.lock();
        shared.medium.volatile = true;
        shared.rng = Some(rng);
    }

    /// How long syncs take from now on; `None`: no time at all. Needs a volatile disk.
    pub fn set_sync_delay(&self, delay: Option<RangeInclusive<Duration>>) {
        self.shared.lock().sync_delay = delay;
    }

    /// Has the next sync fail. What had not been synced is lost with the next crash, and what is
    /// written later as well, although later syncs succeed: an operating system that could not
    /// write a page may forget that it should. Needs a volatile disk.
    pub fn fail_next_sync(&self) {
        self.shared.lock().medium.fails_next_sync = true;
    }

    /// Refuses every write from now on, or no longer. Once it has refused one it takes no other
    /// until it is opened again; syncs say so.
    pub fn set_full(&self, full: bool) {
        self.shared.lock().medium.full = full;
    }

    /// Flips one bit of what is stored. Returns where; `None` when nothing is stored, or the disk
    /// is not volatile.
    pub fn flip_bit(&self) -> Option<Part> {
        let Shared { medium, rng, .. } = &mut *self.shared.lock();
        medium.flip_bit(rng.as_mut()?)
    }

    /// Crashes the machine: the life that had the disk open writes nothing more and hears of no sync. Of what
    /// was not synced some is lost, if the disk is volatile. Returns how many writes are lost; those that a
    /// full disk refused count as one.
    pub fn crash(&self, unsynced: Unsynced) -> usize {
        let Shared { medium, epoch, off, rng, .. } = &mut *self.shared.lock();
        *epoch += 1;
        *off = true;
        rng.as_mut().map_or(0, |rng| medium.crash(unsynced, rng))
    }

    /// Has the hooks see what happens from now on; nobody when it is `None`, which is free.
    pub fn set_hooks(&self, hooks: Option<Arc<dyn DiskHooks>>) {
        let before = std::mem::replace(&mut self.shared.lock().hooks, hooks);
        drop(before);
    }

    /// Bytes of state plus journal. The lab's tester bounds this in its snapshot tests.
    pub fn state_size(&self) -> usize {
        self.shared.lock().medium.state_size()
    }

    /// Bytes of the snapshot.
    pub fn snapshot_size(&self) -> usize {
        self.shared.lock().medium.snapshot_size()
    }

    /// What is stored; on a volatile disk also what is not durable yet.
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

    fn write(&self, write: impl FnOnce(&mut Medium), tell: impl FnOnce(&dyn DiskHooks)) {
        let mut shared = self.shared.lock();
        if shared.epoch != self.epoch {
            return;
        }
        write(&mut shared.medium);
        let hooks = shared.hooks.clone();
        drop(shared);
        if let Some(hooks) = hooks {
            tell(&*hooks);
        }
    }

    fn sync_after(&self, delay: Duration, mark: Mark) -> SyncFuture {
        let persister = self.clone();
        let slept = runtime::sleep(delay);
        SyncFuture::Waiting(Box::pin(async move {
            slept.await;
            if persister.is_fenced() {
                // The machine went down meanwhile.
                return std::future::pending().await;
            }
            persister.end_sync(mark)
        }))
    }

    fn end_sync(&self, mark: Mark) -> Result<(), PersistError> {
        let mut shared = self.shared.lock();
        let outcome = shared.medium.end_sync(mark);
        let hooks = shared.hooks.clone();
        drop(shared);
        if let (Some(hooks), Ok(())) = (hooks, &outcome) {
            hooks.after_sync();
        }
        outcome
    }
}

/// A fenced persister ignores writes and fails syncs and reads with [`PersistError::Fenced`]: a
/// zombie is never told that something it wrote is durable. On a disk that has crashed and was not
/// opened again its syncs never resolve at all: the whole machine is down.
impl Persister for MemoryPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.write(|medium| medium.save(state, snapshot), |hooks| hooks.after_save());
    }

    fn append(&self, record: &[u8]) {
        self.write(|medium| medium.append(record), |hooks| hooks.after_append());
    }

    fn sync(&self) -> SyncFuture {
        let mut shared = self.shared.lock();
        if shared.epoch != self.epoch {
            return match shared.off {
                true => SyncFuture::never(),
                false => SyncFuture::failed(PersistError::Fenced),
            };
        }
        let mark = shared.medium.begin_sync();
        let Shared { sync_delay, rng, .. } = &mut *shared;
        let delay = match (sync_delay, rng) {
            (Some(delay), Some(rng)) => rng.duration(delay.clone()),
            _ => Duration::ZERO,
        };
        drop(shared);
        match delay.is_zero() {
            true => SyncFuture::Ready(Some(self.end_sync(mark))),
            false => self.sync_after(delay, mark),
        }
    }

    fn read(&self) -> Result<Stored, PersistError> {
        let shared = self.shared.lock();
        if shared.epoch != self.epoch {
            return Err(PersistError::Fenced);
        }
        shared.medium.read()
    }

    fn snapshot(&self) -> Result<Snapshot, PersistError> {
        let shared = self.shared.lock();
        if shared.epoch != self.epoch {
            return Err(PersistError::Fenced);
        }
        shared.medium.snapshot().map(Snapshot::from)
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
mod tests;
