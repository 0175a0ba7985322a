//! Files of a real directory.

#[cfg(target_os = "linux")]
use super::append_zeros;
use super::{AppendFile, Files, ReadFile};
use crate::{PersistError, SyncFuture};
use bytes::Bytes;
use parking_lot::Mutex;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of a directory of the operating system. Its syncs are over when they return, and hold the
/// thread until then.
///
/// On Linux the names are synced by an `fsync` of the directory. Elsewhere that is left out: macOS has no
/// such call, and its `F_FULLFSYNC` of a file, which the standard library uses, writes all that the disk
/// holds back.
#[derive(Clone, Debug)]
pub struct RealFiles {
    folder: PathBuf,
}

impl RealFiles {
    /// The files of `folder`, which is made if it is not there, and those above it. Their names are durable
    /// then.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new(folder: &Path) -> io::Result<RealFiles> {
        let missing =
            folder.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
        let missing = missing.count();
        fs::create_dir_all(folder)?;
        let whole = folder.canonicalize()?;
        whole.ancestors().skip(1).take(missing).try_for_each(sync_folder)?;
        Ok(RealFiles { folder: folder.to_owned() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(target_os = "linux")]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(target_os = "linux"))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

impl Files for RealFiles {
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>> {
        Ok(Box::new(File::create(self.folder.join(name))?))
    }

    fn open(&self, name: &str, length: u64) -> io::Result<Box<dyn AppendFile>> {
        let mut file = OpenOptions::new().write(true).open(self.folder.join(name))?;
        if file.metadata()?.len() > length {
            file.set_len(length)?;
        }
        file.seek(SeekFrom::Start(length))?;
        Ok(Box::new(file))
    }

    fn read(&self, name: &str) -> io::Result<Bytes> {
        let mut bytes = Vec::new();
        File::open(self.folder.join(name))?.read_to_end(&mut bytes)?;
        Ok(Bytes::from(bytes))
    }

    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>> {
        Ok(Arc::new(Mutex::new(File::open(self.folder.join(name))?)))
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            // A name that is not text is none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort();
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    #[cfg(unix)]
    fn available_bytes(&self) -> io::Result<Option<u64>> {
        let system = rustix::fs::statvfs(&self.folder)?;
        Ok(Some(system.f_bavail.saturating_mul(system.f_frsize)))
    }

    #[cfg(target_os = "linux")]
    fn reserve(&self, name: &str, bytes: u64) -> io::Result<()> {
        let mut file = File::create(self.folder.join(name))?;
        let flags = rustix::fs::FallocateFlags::empty();
        match rustix::fs::fallocate(&file, flags, 0, bytes).map_err(io::Error::from) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                append_zeros(&mut file, bytes)
            }
            outcome => outcome,
        }
    }

    fn sync(&self) -> SyncFuture {
        over(sync_folder(&self.folder))
    }
}

impl AppendFile for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> SyncFuture {
        over(self.sync_data())
    }
}

/// A file that is open keeps its bytes when its name is removed, on Unix and on Windows, where the standard
/// library opens it so. Locked, since to read at a place is two calls.
impl ReadFile for Mutex<File> {
    fn length(&self) -> io::Result<u64> {
        Ok(self.lock().metadata()?.len())
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let mut file = self.lock();
        let mut bytes = Vec::with_capacity(length);
        file.seek(SeekFrom::Start(offset))?;
        (&mut *file).take(length as u64).read_to_end(&mut bytes)?;
        Ok(Bytes::from(bytes))
    }
}

fn over(outcome: io::Result<()>) -> SyncFuture {
    SyncFuture::Ready(Some(outcome.map_err(|error| PersistError::Failed(error.to_string()))))
}
