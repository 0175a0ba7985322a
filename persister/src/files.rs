//! The files of one server: all that the journal asks of an operating system.
//!
//! The journal is written over this, and so it runs the same over [`RealFiles`], and in a simulation over
//! [`SimulatedFiles`], which lose, tear and reorder what was not synced. [`VolatileFiles`] do so on a real
//! directory, for processes that are killed.

mod cache;
mod real;
mod simulated;
mod volatile;

pub use real::RealFiles;
pub use simulated::SimulatedFiles;
pub use volatile::VolatileFiles;

use crate::SyncFuture;
use bytes::Bytes;
use std::io;

/// One directory without subdirectories.
///
/// What is written, and each change of a name, is durable only once it was synced: a file's bytes by
/// [`AppendFile::sync`], names by [`sync`](Files::sync). Until then a power cut may leave any of it out.
///
/// Source: what POSIX promises of `fsync`, of a file and of a directory, and what it leaves open; Pillai et
/// al., "All File Systems Are Not Created Equal", 2014.
pub trait Files: Send + Sync + 'static {
    /// Creates an empty file, in the place of one that has that name.
    ///
    /// # Errors
    /// Those of the system, as everywhere here.
    fn create(&self, name: &str) -> io::Result<Box<dyn AppendFile>>;

    /// Opens a file to go on writing after its first `length` bytes; what follows them is cut off.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn open(&self, name: &str, length: u64) -> io::Result<Box<dyn AppendFile>>;

    /// Everything in a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn read(&self, name: &str) -> io::Result<Bytes>;

    /// The names of all files, sorted.
    ///
    /// # Errors
    /// Those of the system.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Gives a file another name, in one step; a file that had that name is gone.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// How many bytes can still be written, if that is known.
    ///
    /// # Errors
    /// Those of the system.
    fn available_bytes(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }

    /// Makes a file of that size, whose only purpose is to take room until it is removed.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] when there is no room.
    fn reserve(&self, name: &str, bytes: u64) -> io::Result<()> {
        append_zeros(&mut *self.create(name)?, bytes)
    }

    /// Resolves when every change of a name that was made before is durable.
    fn sync(&self) -> SyncFuture;
}

fn append_zeros(file: &mut dyn AppendFile, bytes: u64) -> io::Result<()> {
    let zeros = [0; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let some = left.min(zeros.len() as u64);
        file.append(&zeros[..some as usize])?;
        left -= some;
    }
    Ok(())
}

/// A file that is written from its beginning to its end.
pub trait AppendFile: Send {
    /// Writes after what is there.
    ///
    /// # Errors
    /// Those of the system; then any part of the bytes may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Resolves when everything that was written before is durable.
    fn sync(&mut self) -> SyncFuture;
}
