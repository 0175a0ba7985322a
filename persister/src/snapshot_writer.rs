//! Snapshots that are written in pieces, so that they are never in memory whole.

use crate::SyncFuture;
use bytes::Bytes;
use std::any::Any;

/// A snapshot that is being written. It is not part of what is stored until
/// [`Persister::save_written`](crate::Persister::save_written) or
/// [`compact_written`](crate::Persister::compact_written) takes it, and is gone when it is dropped before that,
/// or when the server crashes.
///
/// `Any`, so that a medium knows its own writers again.
pub trait SnapshotWriter: Any + Send {
    /// Adds a piece at its end. Resolves when there is room for the next; to hand over more before that
    /// is to have it in memory.
    ///
    /// An error is that of the medium, which takes nothing more: its next sync says so too.
    fn write(&mut self, piece: Bytes) -> SyncFuture;

    /// How many bytes it has so far.
    fn length(&self) -> u64;
}

/// In memory.
impl SnapshotWriter for Vec<u8> {
    fn write(&mut self, piece: Bytes) -> SyncFuture {
        self.extend_from_slice(&piece);
        SyncFuture::done()
    }

    fn length(&self) -> u64 {
        self.len() as u64
    }
}

/// A writer as the medium made it.
///
/// # Panics
/// When it is of another kind of medium.
pub(crate) fn own<W: SnapshotWriter>(writer: Box<dyn SnapshotWriter>) -> W {
    let writer: Box<dyn Any> = writer;
    *writer.downcast().expect("a snapshot is saved where it was begun")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryDisk, Persister};

    #[test]
    #[should_panic(expected = "saved where it was begun")]
    fn a_writer_of_another_medium_is_refused() {
        struct Other;

        impl SnapshotWriter for Other {
            fn write(&mut self, _piece: Bytes) -> SyncFuture {
                SyncFuture::done()
            }

            fn length(&self) -> u64 {
                0
            }
        }

        MemoryDisk::new().open().save_written(b"state", Box::new(Other));
    }
}
