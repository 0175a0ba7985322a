//! Files on a simulated disk, which does everything that a disk may do to what was not synced.

use super::cache::{Cache, FileId, NAMES, Pending, part};
use super::{AppendFile, Files, ReadFile};
use crate::{DiskHooks, PersistError, SyncFuture, Unsynced};
use bytes::Bytes;
use parking_lot::Mutex;
use runtime::Rng;
use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// The files of one life of a server, in memory, on the clock of the simulation.
///
/// A [crash](SimulatedFiles::crash) loses what was not synced, or some of it: writes and names in any
/// order, writes in pieces. Syncs can take time and fail, and the disk can be full. What was synced is
/// never lost. The files of the [next life](SimulatedFiles::next_life) are what is left; those of an older
/// one take nothing more, and their syncs never resolve.
///
/// What is lost leaves zeros, or an earlier end of the file, and never bytes of another file. What is durable
/// is not damaged, but for one [flipped bit](crate::SimulatedDisk::flip_bit).
#[derive(Clone)]
pub struct SimulatedFiles {
    shared: Arc<Mutex<Shared>>,
    life: u64,
}

struct Shared {
    cache: Cache,
    life: u64,
    rng: Rng,
    sync_delay: Option<RangeInclusive<Duration>>,
    fails_next_sync: bool,
    full: bool,
    capacity: Option<u64>,
    /// A server is starting: for it syncs take no time and do not fail, and nobody looks on.
    starting: bool,
    hooks: Option<Arc<dyn DiskHooks>>,
}

impl SimulatedFiles {
    /// An empty directory. What chance decides is drawn from `rng`.
    pub fn new(rng: Rng) -> SimulatedFiles {
        let shared = Shared {
            cache: Cache::default(),
            life: 1,
            rng,
            sync_delay: None,
            fails_next_sync: false,
            full: false,
            capacity: None,
            starting: false,
            hooks: None,
        };
        SimulatedFiles { shared: Arc::new(Mutex::new(shared)), life: 1 }
    }

    /// The same files for the next life of the server; this one's take nothing more.
    pub fn next_life(&self) -> SimulatedFiles {
        let mut shared = self.shared.lock();
        shared.life += 1;
        SimulatedFiles { shared: Arc::clone(&self.shared), life: shared.life }
    }

    /// Whether these are the files of a life that is over.
    pub fn is_over(&self) -> bool {
        self.shared.lock().life != self.life
    }

    /// Crashes the machine, and says how much of what was not synced survives. Returns how many writes
    /// and changes of names are lost.
    pub fn crash(&self, unsynced: Unsynced) -> usize {
        let mut shared = self.shared.lock();
        shared.life += 1;
        shared.fails_next_sync = false;
        let Shared { cache, rng, .. } = &mut *shared;
        cache.crash(unsynced, rng)
    }

    /// How long syncs take from now on; `None`: no time at all.
    pub fn set_sync_delay(&self, delay: Option<RangeInclusive<Duration>>) {
        self.shared.lock().sync_delay = delay;
    }

    /// Has the next sync fail: what it should have made durable never will be, although later syncs
    /// succeed.
    pub fn fail_next_sync(&self) {
        self.shared.lock().fails_next_sync = true;
    }

    /// Refuses every write and every new file from now on, or no longer. Of a write that is refused a
    /// part may be there.
    pub fn set_full(&self, full: bool) {
        self.shared.lock().full = full;
    }

    /// How many bytes all files together may have from now on. It is what
    /// [`available_bytes`](Files::available_bytes) goes by; writes are refused by
    /// [`set_full`](SimulatedFiles::set_full) alone.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.shared.lock().capacity = bytes;
    }

    /// Has the hooks see what happens from now on.
    pub fn set_hooks(&self, hooks: Option<Arc<dyn DiskHooks>>) {
        let before = std::mem::replace(&mut self.shared.lock().hooks, hooks);
        drop(before);
    }

    /// Has syncs take no time and not fail, and nobody look on, while a server starts.
    pub(crate) fn set_starting(&self, starting: bool) {
        self.shared.lock().starting = starting;
    }

    /// Flips one bit of what is durable, among the first bytes of these files; each of them is as likely
    /// as the others. Returns which it was.
    pub(crate) fn flip_bit(&self, ranges: &[(&str, usize)]) -> Option<usize> {
        let Shared { cache, rng, .. } = &mut *self.shared.lock();
        let chosen = rng.below(ranges.len() as u64) as usize;
        let (name, bytes) = ranges[chosen];
        let at = rng.below(bytes as u64) as usize;
        let file = cache.durable.find(name).ok()?;
        *cache.durable.files.get_mut(&file)?.get_mut(at)? ^= 1 << rng.below(8);
        cache.restart();
        Some(chosen)
    }

    fn change<R>(
        &self,
        change: impl FnOnce(&mut Shared) -> io::Result<R>,
        tell: impl FnOnce(&dyn DiskHooks),
    ) -> io::Result<R> {
        let mut shared = self.lock_alive()?;
        let done = change(&mut shared)?;
        let hooks = shared.hooks.clone().filter(|_| !shared.starting);
        drop(shared);
        if let Some(hooks) = hooks {
            tell(&*hooks);
        }
        Ok(done)
    }

    fn lock_alive(&self) -> io::Result<parking_lot::MutexGuard<'_, Shared>> {
        let shared = self.shared.lock();
        match shared.life == self.life {
            true => Ok(shared),
            false => Err(io::Error::other("this life of the server is over")),
        }
    }

    /// A sync of a file's bytes, or of the names.
    fn sync_of(&self, file: FileId) -> SyncFuture {
        let Ok(mut shared) = self.lock_alive() else { return SyncFuture::never() };
        let Shared { sync_delay, rng, starting, .. } = &mut *shared;
        let delay = match sync_delay {
            Some(delay) if !*starting => rng.duration(delay.clone()),
            _ => Duration::ZERO,
        };
        let covers = shared.cache.operations();
        drop(shared);
        if delay.is_zero() {
            return self
                .end_sync(file, covers)
                .map_or_else(SyncFuture::never, |it| SyncFuture::Ready(Some(it)));
        }
        let (files, slept) = (self.clone(), runtime::sleep(delay));
        SyncFuture::Waiting(Box::pin(async move {
            slept.await;
            match files.end_sync(file, covers) {
                Some(outcome) => outcome,
                None => std::future::pending().await,
            }
        }))
    }

    /// `None` when the machine went down meanwhile.
    fn end_sync(&self, file: FileId, covers: u64) -> Option<Result<(), PersistError>> {
        let mut shared = self.lock_alive().ok()?;
        if shared.fails_next_sync && !shared.starting {
            shared.fails_next_sync = false;
            shared.cache.doom(file);
            return Some(Err(PersistError::Failed("input/output error".to_owned())));
        }
        shared.cache.sync(file, covers);
        let hooks = shared.hooks.clone().filter(|_| !shared.starting);
        drop(shared);
        if let Some(hooks) = hooks {
            hooks.after_sync();
        }
        Some(Ok(()))
    }
}

impl Shared {
    fn create(&mut self, name: &str) -> io::Result<FileId> {
        if self.full { Err(no_space()) } else { Ok(self.cache.create(name)) }
    }

    fn append(&mut self, file: FileId, at: u64, bytes: &[u8]) -> io::Result<()> {
        let fits = match self.full {
            true => self.rng.below(bytes.len() as u64 + 1) as usize,
            false => bytes.len(),
        };
        self.cache.write(Pending::Write { file, at, bytes: bytes[..fits].to_vec() });
        if self.full { Err(no_space()) } else { Ok(()) }
    }
}

fn no_space() -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "no space left on the device")
}

impl Files for SimulatedFiles {
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        let file = self.change(|shared| shared.create(name), |hooks| hooks.after_save())?;
        Ok(Box::new(SimulatedFile { files: self.clone(), file, length: 0 }))
    }

    fn open(&self, name: &str, length: u64) -> io::Result<Box<dyn AppendFile>> {
        let open = |shared: &mut Shared| shared.cache.open(name, length);
        let file = self.change(open, |hooks| hooks.after_append())?;
        Ok(Box::new(SimulatedFile { files: self.clone(), file, length }))
    }

    /// Also for a life that is over, as is the list of names: to look changes nothing.
    fn read(&self, name: &str) -> io::Result<Bytes> {
        self.shared.lock().cache.read(name)
    }

    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>> {
        let mut shared = self.shared.lock();
        let (file, reader) = shared.cache.open_read(name)?;
        let files = SimulatedFiles { shared: Arc::clone(&self.shared), life: shared.life };
        Ok(Arc::new(OpenFile { files, file, _reader: reader }))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.shared.lock().cache.names())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(|shared| shared.cache.rename(from, to), |hooks| hooks.after_save())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(|shared| shared.cache.remove(name), |hooks| hooks.after_save())
    }

    fn available_bytes(&self) -> io::Result<Option<u64>> {
        let shared = self.shared.lock();
        let used = shared.cache.bytes();
        Ok(shared.capacity.map(|capacity| capacity.saturating_sub(used)))
    }

    fn sync(&self) -> SyncFuture {
        self.sync_of(NAMES)
    }
}

struct SimulatedFile {
    files: SimulatedFiles,
    file: FileId,
    length: u64,
}

impl AppendFile for SimulatedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (file, at) = (self.file, self.length);
        self.files.change(|shared| shared.append(file, at, bytes), |hooks| hooks.after_append())?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> SyncFuture {
        self.files.sync_of(self.file)
    }
}

/// A file to be read as long as the life lasts in which it was opened: a crash may change what it holds.
struct OpenFile {
    files: SimulatedFiles,
    file: FileId,
    _reader: Arc<()>,
}

impl ReadFile for OpenFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.files.lock_alive()?.cache.content(self.file).len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        Ok(part(self.files.lock_alive()?.cache.content(self.file), offset, length))
    }
}
