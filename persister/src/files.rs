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
use std::sync::Arc;

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

    /// Opens a file to read any part of it. What it holds stays readable when its name is given to another
    /// file or removed.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none.
    fn open_read(&self, name: &str) -> io::Result<Arc<dyn ReadFile>>;

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

/// A file of which any part can be read, what is appended to it meanwhile included.
pub trait ReadFile: Send + Sync {
    /// How many bytes it has.
    ///
    /// # Errors
    /// Those of the system.
    fn length(&self) -> io::Result<u64>;

    /// The bytes from `offset` on: at most `length`, and fewer only at its end.
    ///
    /// # Errors
    /// Those of the system.
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Bytes>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::Rng;

    fn read(file: &dyn ReadFile, offset: u64, length: usize) -> Bytes {
        file.read_at(offset, length).unwrap()
    }

    #[test]
    fn any_part_of_a_file_can_be_read_and_still_when_its_name_is_gone() {
        let (real, volatile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let all: [(&str, Box<dyn Files>); 3] = [
            ("real", Box::new(RealFiles::new(real.path()).unwrap())),
            ("volatile", Box::new(VolatileFiles::new(volatile.path(), Rng::from_seed(1)).unwrap())),
            ("simulated", Box::new(SimulatedFiles::new(Rng::from_seed(1)))),
        ];
        for (kind, files) in all {
            let missing = files.open_read("a").map(|_| ()).unwrap_err();
            assert_eq!(missing.kind(), io::ErrorKind::NotFound, "{kind}");
            let mut appended = files.create("a").unwrap();
            appended.append(b"one, ").unwrap();
            let file = files.open_read("a").unwrap();
            assert_eq!(file.length().unwrap(), 5, "{kind}");
            appended.append(b"two").unwrap();
            assert_eq!(file.length().unwrap(), 8, "{kind}");
            let places = [(0, 3), (5, 100), (8, 1), (1 << 40, 1), (3, 0)];
            let parts = places.map(|(offset, length)| read(&*file, offset, length));
            assert_eq!(parts, ["one", "two", "", "", ""], "{kind}");
            files.rename("a", "b").unwrap();
            files.create("a").unwrap().append(b"another").unwrap();
            files.remove("b").unwrap();
            assert!(matches!(files.sync(), SyncFuture::Ready(Some(Ok(())))), "{kind}");
            assert_eq!(read(&*file, 0, 100), "one, two", "{kind}");
        }
    }

    #[test]
    fn a_simulated_file_is_read_in_the_life_that_has_opened_it() {
        let files = SimulatedFiles::new(Rng::from_seed(1));
        files.create("a").unwrap().append(b"one").unwrap();
        let file = files.open_read("a").unwrap();
        let next = files.next_life();
        assert!(file.read_at(0, 1).is_err() && file.length().is_err(), "its life is over");
        assert_eq!(read(&*next.open_read("a").unwrap(), 0, 3), "one");
    }
}
