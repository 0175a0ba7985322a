//! Snapshots to be read in pieces, so that they are never in memory whole.

use crate::PersistError;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// A snapshot, in memory or stored. Clones are the same snapshot, and cost nothing.
///
/// It stays readable when another one is saved: a stored one keeps its file open.
///
/// ```
/// use persister::Snapshot;
///
/// let snapshot = Snapshot::from(bytes::Bytes::from("one, two"));
/// assert_eq!(snapshot.length(), 8);
/// assert_eq!(snapshot.read(5, 100)?, "two");
/// # Ok::<(), persister::PersistError>(())
/// ```
#[derive(Clone)]
pub struct Snapshot(Source);

#[derive(Clone)]
enum Source {
    Memory(Bytes),
    Stored(Arc<dyn SnapshotReader>),
}

/// Where a medium keeps a snapshot that it reads in pieces.
pub trait SnapshotReader: Send + Sync + 'static {
    /// How many bytes it has.
    fn length(&self) -> u64;

    /// `length` bytes from `offset` on, all of which are in it.
    ///
    /// # Errors
    /// [`PersistError::Corrupt`] when these are not the bytes that were written, [`PersistError::Failed`]
    /// when the medium can't read them.
    fn read(&self, offset: u64, length: usize) -> Result<Bytes, PersistError>;
}

impl Snapshot {
    /// One that is read from there.
    pub fn stored(reader: Arc<impl SnapshotReader>) -> Snapshot {
        Snapshot(Source::Stored(reader))
    }

    /// How many bytes it has.
    pub fn length(&self) -> u64 {
        match &self.0 {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::Stored(reader) => reader.length(),
        }
    }

    /// Whether it has none, which is to say that there is no snapshot.
    pub fn is_empty(&self) -> bool {
        self.length() == 0
    }

    /// The bytes from `offset` on: at most `length`, fewer at its end, none after it.
    ///
    /// # Errors
    /// [`PersistError::Corrupt`] when these are not the bytes that were written, [`PersistError::Failed`]
    /// when the medium can't read them.
    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes, PersistError> {
        let left = self.length().saturating_sub(offset);
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(length);
        match &self.0 {
            _ if length == 0 => Ok(Bytes::new()),
            Source::Memory(bytes) => {
                let start = offset as usize;
                Ok(bytes.slice(start..start + length))
            }
            Source::Stored(reader) => reader.read(offset, length),
        }
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// As [`read`](Snapshot::read).
    pub fn to_bytes(&self) -> Result<Bytes, PersistError> {
        self.read(0, usize::MAX)
    }
}

/// None.
impl Default for Snapshot {
    fn default() -> Snapshot {
        Snapshot::from(Bytes::new())
    }
}

/// Whether they have the same bytes. One that can't be read equals none.
impl PartialEq for Snapshot {
    fn eq(&self, other: &Snapshot) -> bool {
        match (self.to_bytes(), other.to_bytes()) {
            (Ok(these), Ok(those)) => these == those,
            _ => false,
        }
    }
}

impl From<Bytes> for Snapshot {
    fn from(bytes: Bytes) -> Snapshot {
        Snapshot(Source::Memory(bytes))
    }
}

/// Its length instead of its bytes.
impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.0 {
            Source::Memory(_) => "Memory",
            Source::Stored(_) => "Stored",
        };
        f.debug_struct(name).field("length", &self.length()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Exact(Bytes);

    impl SnapshotReader for Exact {
        fn length(&self) -> u64 {
            self.0.len() as u64
        }

        fn read(&self, offset: u64, length: usize) -> Result<Bytes, PersistError> {
            assert!(length > 0 && offset + length as u64 <= self.length(), "all are in it");
            Ok(self.0.slice(offset as usize..offset as usize + length))
        }
    }

    proptest! {
        #[test]
        fn any_piece_is_what_a_slice_would_be(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            offset in prop_oneof![0..50u64, Just(u64::MAX)],
            length in prop_oneof![0..50usize, Just(usize::MAX)],
        ) {
            let start = bytes.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
            let end = bytes.len().min(start.saturating_add(length));
            let bytes = Bytes::from(bytes);
            for snapshot in [Snapshot::from(bytes.clone()), Snapshot::stored(Arc::new(Exact(bytes.clone())))] {
                prop_assert_eq!(snapshot.read(offset, length), Ok(bytes.slice(start..end)));
                prop_assert_eq!(snapshot.to_bytes(), Ok(bytes.clone()));
                prop_assert_eq!(snapshot.is_empty(), bytes.is_empty());
            }
        }
    }

    #[test]
    fn debug_shows_the_length_and_not_the_bytes() {
        assert_eq!(format!("{:?}", Snapshot::from(Bytes::from("abc"))), "Memory { length: 3 }");
        let stored = Snapshot::stored(Arc::new(Exact(Bytes::from("abc"))));
        assert_eq!(format!("{stored:?}"), "Stored { length: 3 }");
    }
}
