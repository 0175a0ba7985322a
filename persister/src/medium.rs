//! The bytes of one server's disk, with checksums and the line between synced and not.

use crate::{Corruption, Part, PersistError, Stored, frame};
use bytes::Bytes;

/// Everything one server has written, in memory.
///
/// The journal is one contiguous run of frames, as it would be in a file, so that faults (a lost
/// or torn tail, a flipped bit) can act on it as they would on a file.
#[derive(Debug, Default)]
pub(crate) struct Medium {
    state: Sealed<Vec<u8>>,
    snapshot: Sealed<Bytes>,
    journal: Vec<u8>,
    /// The length of the journal that has been promised to survive a crash, in bytes.
    journal_synced_bytes: usize,
    /// Why a write was refused, for the next sync to report.
    refused: Option<String>,
}

impl Medium {
    pub(crate) fn save(&mut self, state: &[u8], snapshot: Option<Bytes>) {
        self.state.content.clear();
        self.state.content.extend_from_slice(state);
        self.state.seal();
        if let Some(content) = snapshot {
            self.snapshot = Sealed { content, checksum: 0 };
            self.snapshot.seal();
        }
        self.journal.clear();
        self.journal_synced_bytes = 0;
    }

    pub(crate) fn append(&mut self, record: &[u8]) {
        if !frame::append(&mut self.journal, record) {
            let length = record.len();
            self.refused = Some(format!("a record of {length} bytes is too long for the journal"));
        }
    }

    /// Promises everything written so far.
    pub(crate) fn sync(&mut self) -> Result<(), PersistError> {
        if let Some(reason) = &self.refused {
            return Err(PersistError::Failed(reason.clone()));
        }
        self.journal_synced_bytes = self.journal.len();
        Ok(())
    }

    pub(crate) fn read(&self) -> Result<Stored, PersistError> {
        self.state.check(Part::State).map_err(PersistError::Corrupt)?;
        self.snapshot.check(Part::Snapshot).map_err(PersistError::Corrupt)?;
        let journal = Bytes::copy_from_slice(&self.journal);
        let records =
            frame::parse(&journal, self.journal_synced_bytes).map_err(PersistError::Corrupt)?;
        Ok(Stored {
            state: Bytes::copy_from_slice(&self.state.content),
            records,
            snapshot: self.snapshot.content.clone(),
        })
    }

    pub(crate) fn state_size(&self) -> usize {
        self.state.content.len() + self.journal.len()
    }

    pub(crate) fn snapshot_size(&self) -> usize {
        self.snapshot.content.len()
    }
}

/// Content with the checksum taken when it was written.
#[derive(Debug, Default)]
struct Sealed<T> {
    content: T,
    checksum: u32,
}

impl<T: AsRef<[u8]>> Sealed<T> {
    fn seal(&mut self) {
        self.checksum = crc32fast::hash(self.content.as_ref());
    }

    fn check(&self, part: Part) -> Result<(), Corruption> {
        let computed = crc32fast::hash(self.content.as_ref());
        if computed == self.checksum {
            return Ok(());
        }
        Err(Corruption {
            part,
            offset: 0,
            expected: format!("{} bytes with checksum {:#010x}", self.len(), self.checksum),
            found: format!("{computed:#010x}"),
        })
    }

    fn len(&self) -> usize {
        self.content.as_ref().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn medium() -> Medium {
        let mut medium = Medium::default();
        medium.save(b"state", Some(Bytes::from_static(b"snapshot")));
        medium.append(b"one");
        medium.append(b"two");
        medium
    }

    fn corruption(medium: &Medium) -> Corruption {
        match medium.read() {
            Err(PersistError::Corrupt(corruption)) => corruption,
            other => panic!("expected corruption, got {other:?}"),
        }
    }

    #[test]
    fn a_changed_state_is_found_by_its_checksum() {
        let mut medium = medium();
        medium.state.content[2] ^= 0x10;
        let corruption = corruption(&medium);
        assert_eq!((corruption.part, corruption.offset), (Part::State, 0));
        assert!(corruption.expected.starts_with("5 bytes with checksum 0x"), "{corruption}");
    }

    #[test]
    fn a_changed_snapshot_is_found_by_its_checksum() {
        let mut medium = medium();
        medium.snapshot.content = Bytes::from_static(b"snapshoT");
        assert_eq!(corruption(&medium).part, Part::Snapshot);
    }

    #[test]
    fn a_changed_synced_record_is_found_and_an_unsynced_one_dropped() {
        let mut medium = medium();
        medium.sync().unwrap();
        medium.append(b"three");
        let second = 8 + 3;
        let third = second + 8 + 3;
        medium.journal[third + 8] ^= 1;
        assert_eq!(medium.read().unwrap().records, ["one", "two"]);
        medium.journal[second + 8] ^= 1;
        assert_eq!(corruption(&medium).offset, second);
    }

    #[test]
    fn a_torn_last_record_is_dropped_only_while_it_was_never_synced() {
        let mut torn = medium();
        torn.journal.pop();
        assert_eq!(torn.read().unwrap().records, ["one"]);

        let mut damaged = medium();
        damaged.sync().unwrap();
        damaged.journal.pop();
        assert_eq!(corruption(&damaged).part, Part::Journal);
    }

    #[test]
    fn a_save_makes_the_journal_start_again() {
        let mut medium = medium();
        medium.sync().unwrap();
        medium.save(b"state 2", None);
        medium.append(b"three");
        let stored = medium.read().unwrap();
        assert_eq!(&stored.state[..], b"state 2");
        assert_eq!(&stored.snapshot[..], b"snapshot");
        assert_eq!(stored.records, ["three"]);
    }
}
