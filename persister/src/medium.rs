//! The bytes of one server's disk, with checksums and the line between synced and not.

use crate::{Corruption, Part, PersistError, Stored, frame};
use bytes::Bytes;

/// Everything one server has written, in memory.
///
/// Usually what is written is durable at once. On a *volatile* medium it is durable when it was
/// synced: what a save has replaced is kept until then, so that a crash can bring it back.
#[derive(Debug, Default)]
pub(crate) struct Medium {
    /// Images that a later save has replaced, but not durably yet; oldest first.
    pub(crate) older: Vec<Image>,
    pub(crate) current: Image,
    pub(crate) volatile: bool,
    /// Every write is refused.
    pub(crate) full: bool,
    /// The next sync fails.
    pub(crate) fails_next_sync: bool,
    /// A sync has failed: what was not durable then, and what was written since, never will be.
    pub(crate) doomed: bool,
    /// Why writes are refused since one was, for the next sync to report.
    pub(crate) refused: Option<String>,
}

/// What one save wrote and the records appended to it.
///
/// The journal is one contiguous run of frames, as it would be in a file, so that faults (a lost
/// or torn tail, a flipped bit) can act on it as they would on a file.
#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) state: Sealed<Vec<u8>>,
    pub(crate) snapshot: Sealed<Bytes>,
    pub(crate) journal: Vec<u8>,
    /// The length of the journal that has been promised to survive a crash, in bytes.
    pub(crate) journal_synced_bytes: usize,
    /// How many saves there had been.
    generation: u64,
}

/// How much had been written when a sync began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    generation: u64,
    journal_bytes: usize,
    doomed: bool,
}

impl Medium {
    pub(crate) fn save(&mut self, state: &[u8], snapshot: Option<Bytes>) {
        if self.refuses() {
            return;
        }
        let generation = self.current.generation + 1;
        if self.volatile {
            let snapshot = self.current.snapshot.clone();
            let next = Image { snapshot, ..Image::default() };
            self.older.push(std::mem::replace(&mut self.current, next));
        }
        let image = &mut self.current;
        image.generation = generation;
        image.state.content.clear();
        image.state.content.extend_from_slice(state);
        image.state.seal();
        if let Some(content) = snapshot {
            image.snapshot = Sealed { content, checksum: 0 };
            image.snapshot.seal();
        }
        image.journal.clear();
        image.journal_synced_bytes = 0;
    }

    pub(crate) fn append(&mut self, record: &[u8]) {
        if !self.refuses() && !frame::append(&mut self.current.journal, record) {
            let length = record.len();
            self.refused = Some(format!("a record of {length} bytes is too long for the journal"));
        }
    }

    /// Once a write was refused all others are: a record is never found without those before it.
    fn refuses(&mut self) -> bool {
        if self.full && self.refused.is_none() {
            self.refused = Some("no space left on the device".to_owned());
        }
        self.refused.is_some()
    }

    /// Says what a sync that begins now will cover.
    pub(crate) fn begin_sync(&self) -> Mark {
        let Image { generation, journal, .. } = &self.current;
        Mark { generation: *generation, journal_bytes: journal.len(), doomed: self.doomed }
    }

    /// Promises everything that had been written at the mark.
    ///
    /// When one fails, those under way fail too. A sync that begins after that succeeds and
    /// promises nothing: so it is where the operating system drops the pages that it could not write.
    pub(crate) fn end_sync(&mut self, mark: Mark) -> Result<(), PersistError> {
        if let Some(reason) = &self.refused {
            return Err(PersistError::Failed(reason.clone()));
        }
        if std::mem::take(&mut self.fails_next_sync) || self.doomed != mark.doomed {
            self.doomed = true;
            return Err(PersistError::Failed("input/output error".to_owned()));
        }
        if self.doomed {
            return Ok(());
        }
        self.older.retain(|image| image.generation >= mark.generation);
        let image = self.older.first_mut().unwrap_or(&mut self.current);
        if image.generation == mark.generation {
            image.journal_synced_bytes = image.journal_synced_bytes.max(mark.journal_bytes);
        }
        Ok(())
    }

    pub(crate) fn read(&self) -> Result<Stored, PersistError> {
        let Image { state, journal, journal_synced_bytes, .. } = &self.current;
        state.check(Part::State).map_err(PersistError::Corrupt)?;
        let snapshot = self.snapshot()?;
        let journal = Bytes::copy_from_slice(journal);
        let records =
            frame::parse(&journal, *journal_synced_bytes).map_err(PersistError::Corrupt)?;
        Ok(Stored { state: Bytes::copy_from_slice(&state.content), records, snapshot })
    }

    pub(crate) fn snapshot(&self) -> Result<Bytes, PersistError> {
        let Image { snapshot, .. } = &self.current;
        snapshot.check(Part::Snapshot).map_err(PersistError::Corrupt)?;
        Ok(snapshot.content.clone())
    }

    /// A new incarnation takes over: what it finds is there to stay, a torn record goes, and writes
    /// are accepted again while there is room.
    pub(crate) fn recover(&mut self) {
        self.refused = None;
        self.older.clear();
        let image = &mut self.current;
        if self.volatile && image.journal_synced_bytes < image.journal.len() {
            let whole = frame::whole_bytes(&image.journal, image.journal_synced_bytes);
            image.journal.truncate(whole);
            image.journal_synced_bytes = whole;
        }
    }

    pub(crate) fn state_size(&self) -> usize {
        self.current.state.content.len() + self.current.journal.len()
    }

    pub(crate) fn snapshot_size(&self) -> usize {
        self.current.snapshot.content.len()
    }
}

/// Content with the checksum taken when it was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sealed<T> {
    pub(crate) content: T,
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
mod tests;
