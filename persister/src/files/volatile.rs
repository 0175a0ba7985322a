//! Files of a real directory of which the kernel hears at a sync: to kill the process is to cut its power.

use super::cache::{Cache, FileId, NAMES, Pending, part};
use super::{AppendFile, Files, ReadFile, RealFiles};
use crate::{PersistError, SyncFuture};
use bytes::Bytes;
use parking_lot::Mutex;
use runtime::Rng;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a directory, for tests that kill the process that has them open.
///
/// A kernel outlives a process and keeps what that had written, so SIGKILL shows nothing that was not
/// synced. Here writes and changes of names stay in the memory of the process until they are synced, or
/// until chance has some of them, in order, and a part of the next, reach the kernel. What SIGKILL leaves is
/// what was synced, and perhaps more. Nothing is forced onto the disk itself: the machine has to stay up.
///
/// Needs the memory for all files, twice. Left out: writes that reach the kernel in another order, which
/// [`SimulatedFiles`](super::SimulatedFiles) have.
#[derive(Clone)]
pub struct VolatileFiles {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    folder: PathBuf,
    cache: Cache,
    /// Those that the kernel has, by their number.
    kernel: BTreeMap<FileId, File>,
    rng: Rng,
    written_back_per_million: u32,
    fails_next_sync: bool,
}

/// How often, of a million times, some of what waits reaches the kernel after an operation: one of these, if nothing
/// else is said. A kernel may write back at once, or not for half a minute.
const WRITTEN_BACK_PER_MILLION: [u32; 3] = [0, 1_000, 100_000];

/// How files are called in the kernel before their first name is durable.
const NAMELESS: &str = ".nameless-";

impl VolatileFiles {
    /// The files of `folder`, which is made if it is not there. What reaches the kernel without a sync is
    /// drawn from `rng`.
    ///
    /// # Errors
    /// When it can't be made or read.
    pub fn new(folder: &Path, mut rng: Rng) -> io::Result<VolatileFiles> {
        let real = RealFiles::new(folder)?;
        let (mut cache, mut kernel) = (Cache::default(), BTreeMap::new());
        for name in real.names()? {
            if name.starts_with(NAMELESS) {
                real.remove(&name)?;
                continue;
            }
            let file = cache.create(&name);
            cache.write(Pending::Write { file, at: 0, bytes: real.read(&name)?.to_vec() });
            kernel.insert(file, OpenOptions::new().write(true).open(folder.join(&name))?);
        }
        // All of that is there already.
        cache.write_back(cache.pending());
        let folder = folder.to_owned();
        let shared = Shared {
            folder,
            cache,
            kernel,
            written_back_per_million: *rng.pick(&WRITTEN_BACK_PER_MILLION),
            rng,
            fails_next_sync: false,
        };
        Ok(VolatileFiles { shared: Arc::new(Mutex::new(shared)) })
    }

    /// How often, of a million times, some of what waits reaches the kernel after an operation. With 0 nothing
    /// does before it is synced.
    pub fn write_back(&self, per_million: u32) {
        self.shared.lock().written_back_per_million = per_million;
    }

    /// Has the next sync fail: what it should have made durable, and has not reached the kernel by chance,
    /// never will, although later syncs succeed.
    pub fn fail_next_sync(&self) {
        self.shared.lock().fails_next_sync = true;
    }

    fn change<R>(&self, change: impl FnOnce(&mut Shared) -> io::Result<R>) -> io::Result<R> {
        let mut shared = self.shared.lock();
        let done = change(&mut shared)?;
        shared.write_back_by_chance()?;
        Ok(done)
    }

    fn handle(&self, file: FileId, length: u64) -> Box<dyn AppendFile> {
        Box::new(VolatileFile { files: self.clone(), file, length })
    }

    fn sync_of(&self, file: FileId) -> SyncFuture {
        let mut shared = self.shared.lock();
        if std::mem::take(&mut shared.fails_next_sync) {
            shared.cache.doom(file);
            return SyncFuture::failed(PersistError::Failed("input/output error".to_owned()));
        }
        let operations = shared.cache.operations();
        let settled = shared.cache.sync(file, operations);
        let outcome = shared.tell_kernel(&settled).map_err(PersistError::failed);
        let Shared { cache, kernel, .. } = &mut *shared;
        kernel.retain(|file, _| cache.has(*file));
        SyncFuture::Ready(Some(outcome))
    }
}

impl Shared {
    fn write_back_by_chance(&mut self) -> io::Result<()> {
        if !self.rng.chance(self.written_back_per_million) {
            return Ok(());
        }
        let some = self.rng.below(self.cache.pending() as u64 + 1) as usize;
        let settled = self.cache.write_back(some);
        self.tell_kernel(&settled)?;
        // The next one is cut off in its middle. It stays in the cache: its sync writes it whole.
        if let Some(Pending::Write { file, at, bytes }) = self.cache.first_pending() {
            let part = self.rng.below(bytes.len() as u64 + 1) as usize;
            let torn = Pending::Write { file: *file, at: *at, bytes: bytes[..part].to_vec() };
            self.tell_kernel(&[torn])?;
        }
        Ok(())
    }

    fn tell_kernel(&mut self, operations: &[Pending]) -> io::Result<()> {
        let Shared { folder, kernel, .. } = self;
        for operation in operations {
            match operation {
                Pending::Write { file, at, bytes } => {
                    let file = in_kernel(folder, kernel, *file)?;
                    file.seek(SeekFrom::Start(*at))?;
                    file.write_all(bytes)?;
                }
                Pending::Cut { file, length } => {
                    in_kernel(folder, kernel, *file)?.set_len(*length)?
                }
                Pending::Link { name, file } => {
                    in_kernel(folder, kernel, *file)?;
                    fs::rename(nameless(folder, *file), folder.join(name))?;
                }
                Pending::Rename { from, to, .. } => fs::rename(folder.join(from), folder.join(to))?,
                Pending::Unlink { name } => fs::remove_file(folder.join(name))?,
            }
        }
        Ok(())
    }
}

fn nameless(folder: &Path, file: FileId) -> PathBuf {
    folder.join(format!("{NAMELESS}{file}"))
}

fn in_kernel<'a>(
    folder: &Path,
    kernel: &'a mut BTreeMap<FileId, File>,
    file: FileId,
) -> io::Result<&'a mut File> {
    use std::collections::btree_map::Entry;
    match kernel.entry(file) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(unknown) => Ok(unknown.insert(File::create(nameless(folder, file))?)),
    }
}

impl Files for VolatileFiles {
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        let file = self.change(|shared| Ok(shared.cache.create(name)))?;
        Ok(self.handle(file, 0))
    }

    fn open(&self, name: &str, length: u64) -> io::Result<Box<dyn AppendFile>> {
        let file = self.change(|shared| shared.cache.open(name, length))?;
        Ok(self.handle(file, length))
    }

    fn read(&self, name: &str) -> io::Result<Bytes> {
        self.shared.lock().cache.read(name)
    }

    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>> {
        let (file, reader) = self.shared.lock().cache.open_read(name)?;
        Ok(Arc::new(OpenFile { files: self.clone(), file, _reader: reader }))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.shared.lock().cache.names())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(|shared| shared.cache.rename(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(|shared| shared.cache.remove(name))
    }

    fn sync(&self) -> SyncFuture {
        self.sync_of(NAMES)
    }
}

struct VolatileFile {
    files: VolatileFiles,
    file: FileId,
    length: u64,
}

impl AppendFile for VolatileFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (file, at) = (self.file, self.length);
        self.files.change(|shared| {
            shared.cache.write(Pending::Write { file, at, bytes: bytes.to_vec() });
            Ok(())
        })?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> SyncFuture {
        self.files.sync_of(self.file)
    }
}

struct OpenFile {
    files: VolatileFiles,
    file: FileId,
    _reader: Arc<()>,
}

impl ReadFile for OpenFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.files.shared.lock().cache.content(self.file).len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        Ok(part(self.files.shared.lock().cache.content(self.file), offset, length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing reaches the kernel by chance.
    fn quiet(folder: &Path) -> VolatileFiles {
        let files = VolatileFiles::new(folder, Rng::from_seed(1)).unwrap();
        files.write_back(0);
        files
    }

    fn sync(sync: SyncFuture) {
        assert!(matches!(sync, SyncFuture::Ready(Some(Ok(())))), "{sync:?}");
    }

    fn seen(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let real = RealFiles::new(folder).unwrap();
        let names = real.names().unwrap().into_iter().filter(|name| !name.starts_with(NAMELESS));
        names.map(|name| (name.clone(), real.read(&name).unwrap().to_vec())).collect()
    }

    #[test]
    fn the_kernel_hears_of_bytes_when_a_file_is_synced_and_of_names_when_the_folder_is() {
        let folder = tempfile::tempdir().unwrap();
        let files = quiet(folder.path());
        let mut file = files.create("a").unwrap();
        file.append(b"one").unwrap();
        sync(files.sync());
        assert_eq!(seen(folder.path()), [("a".to_owned(), vec![])]);
        sync(file.sync());
        assert_eq!(seen(folder.path()), [("a".to_owned(), b"one".to_vec())]);
        file.append(b"two").unwrap();
        files.rename("a", "b").unwrap();
        assert_eq!(seen(folder.path()), [("a".to_owned(), b"one".to_vec())]);
        assert_eq!(
            (files.names().unwrap(), &files.read("b").unwrap()[..]),
            (vec!["b".to_owned()], &b"onetwo"[..])
        );
        sync(file.sync());
        sync(files.sync());
        assert_eq!(seen(folder.path()), [("b".to_owned(), b"onetwo".to_vec())]);
        files.remove("b").unwrap();
        sync(files.sync());
        assert_eq!(seen(folder.path()), []);
    }

    #[test]
    fn what_a_failed_sync_should_have_covered_never_reaches_the_kernel() {
        let folder = tempfile::tempdir().unwrap();
        let files = quiet(folder.path());
        let mut file = files.create("a").unwrap();
        file.append(b"one").unwrap();
        sync(file.sync());
        sync(files.sync());
        file.append(b"two").unwrap();
        files.fail_next_sync();
        assert!(matches!(file.sync(), SyncFuture::Ready(Some(Err(_)))));
        // It looks as if it were over, and nothing is.
        sync(file.sync());
        assert_eq!(files.read("a").unwrap(), "onetwo");
        // Nor is what chance writes back of other files held up by it.
        let mut other = files.create("b").unwrap();
        for _ in 0..200 {
            other.append(b"more").unwrap();
        }
        sync(other.sync());
        sync(files.sync());
        assert_eq!(
            seen(folder.path()),
            [("a".to_owned(), b"one".to_vec()), ("b".to_owned(), b"more".repeat(200))]
        );
    }

    #[test]
    fn what_reaches_the_kernel_by_chance_is_a_prefix_and_is_whole_after_a_sync() {
        let (mut nothing, mut some) = (0, 0);
        for seed in 0..300 {
            let folder = tempfile::tempdir().unwrap();
            let files = VolatileFiles::new(folder.path(), Rng::from_seed(seed)).unwrap();
            let mut file = files.create("a").unwrap();
            (0..8).for_each(|_| file.append(b"0123456789").unwrap());
            match &seen(folder.path())[..] {
                [] => nothing += 1,
                [(name, bytes)] => {
                    some += 1;
                    assert_eq!(name, "a");
                    assert_eq!(bytes[..], b"0123456789".repeat(8)[..bytes.len()]);
                }
                more => panic!("{more:?}"),
            }
            sync(file.sync());
            sync(files.sync());
            assert_eq!(seen(folder.path()), [("a".to_owned(), b"0123456789".repeat(8))]);
            // The next process begins with what the kernel has.
            let files = quiet(folder.path());
            assert_eq!(files.read("a").unwrap(), b"0123456789".repeat(8));
            assert_eq!(RealFiles::new(folder.path()).unwrap().names().unwrap(), ["a"]);
        }
        assert!(nothing > 30 && some > 30, "{nothing} and {some}");
    }
}
