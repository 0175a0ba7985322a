//! Snapshots in pieces, for those that should not be in memory whole.

use bytes::Bytes;

/// A snapshot that is being written. It is no part of what is stored until
/// [`Persister::save_written`](crate::Persister::save_written) takes it, and is gone when it is dropped
/// before that.
pub trait SnapshotWriter: Send + 'static {
    /// Adds a piece at its end.
    fn write(&mut self, piece: &[u8]);

    /// How many bytes it has so far.
    fn length(&self) -> u64;

    /// All of it, for a medium that keeps snapshots whole.
    fn into_bytes(self: Box<Self>) -> Bytes;
}

/// In memory.
impl SnapshotWriter for Vec<u8> {
    fn write(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }

    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn into_bytes(self: Box<Self>) -> Bytes {
        Bytes::from(*self)
    }
}

#[cfg(test)]
mod tests {
    use crate::{MemoryDisk, Persister};

    #[test]
    fn a_snapshot_is_written_and_read_in_pieces() {
        let disk = MemoryDisk::new();
        let persister = disk.open();
        let mut written = persister.begin_snapshot();
        for piece in [&b"one"[..], b"", b", two"] {
            written.write(piece);
        }
        assert_eq!(written.length(), 8);
        assert_eq!(persister.read_snapshot(0, 100).unwrap(), "", "it is not stored yet");
        persister.save_written(b"state", written);
        let pieces = [(0, 3), (3, 5), (5, 100), (8, 1), (u64::MAX, 1)];
        let pieces =
            pieces.map(|(offset, length)| persister.read_snapshot(offset, length).unwrap());
        assert_eq!(pieces, ["one", ", two", "two", "", ""]);
        let stored = persister.read().unwrap();
        assert_eq!((&stored.state[..], &stored.snapshot[..]), (&b"state"[..], &b"one, two"[..]));
    }

    #[test]
    fn a_snapshot_that_nobody_saves_leaves_what_was_stored() {
        let persister = MemoryDisk::new().open();
        let mut written = persister.begin_snapshot();
        written.write(b"half");
        drop(written);
        assert_eq!(persister.read().unwrap().snapshot, "");
    }
}
