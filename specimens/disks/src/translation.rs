// Included once for each copy of `persister`, which it knows as `copy`.

use bytes::Bytes;
use copy::Persister as _;
use persister::{
    Disk, DiskHooks, Journaled, Part, PersistError, Persister, Snapshot, SnapshotReader,
    SnapshotWriter, Stored, SyncFuture, Unsynced,
};
use std::any::Any;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// A disk of the copy.
pub struct Translated(copy::SimulatedDisk);

impl Translated {
    pub fn new(rng: runtime::Rng) -> Translated {
        Translated(copy::SimulatedDisk::new(rng))
    }
}

struct Hooks(Arc<dyn DiskHooks>);

impl copy::DiskHooks for Hooks {
    fn after_append(&self) {
        self.0.after_append();
    }

    fn after_save(&self) {
        self.0.after_save();
    }

    fn after_sync(&self) {
        self.0.after_sync();
    }
}

impl Disk for Translated {
    fn open(&self) -> Arc<dyn Persister> {
        Arc::new(TranslatedPersister(self.0.open()))
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.0.read().map(stored).map_err(error)
    }

    fn state_size(&self) -> usize {
        self.0.state_size()
    }

    fn set_sync_delay(&self, delay: Option<RangeInclusive<Duration>>) {
        self.0.set_sync_delay(delay);
    }

    fn fail_next_sync(&self) {
        self.0.fail_next_sync();
    }

    fn set_full(&self, full: bool) {
        self.0.set_full(full);
    }

    fn flip_bit(&self) -> Option<Part> {
        self.0.flip_bit().map(part)
    }

    fn crash(&self, unsynced: Unsynced) -> usize {
        self.0.crash(match unsynced {
            Unsynced::Kept => copy::Unsynced::Kept,
            Unsynced::Lost => copy::Unsynced::Lost,
            Unsynced::Prefix => copy::Unsynced::Prefix,
            Unsynced::Torn => copy::Unsynced::Torn,
        })
    }

    fn set_hooks(&self, hooks: Option<Arc<dyn DiskHooks>>) {
        self.0.set_hooks(hooks.map(|hooks| Arc::new(Hooks(hooks)) as Arc<dyn copy::DiskHooks>));
    }
}

struct TranslatedPersister(copy::SimulatedPersister);

impl Persister for TranslatedPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.0.save(state, snapshot);
    }

    fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.0.compact(state, snapshot);
    }

    fn append(&self, record: &[u8]) {
        self.0.append(record);
    }

    fn sync(&self) -> SyncFuture {
        sync(self.0.sync())
    }

    fn has_room(&self) -> bool {
        self.0.has_room()
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.0.read().map(stored).map_err(error)
    }

    fn read_log(&self) -> Result<Journaled, PersistError> {
        let copy::Journaled { state, records } = self.0.read_log().map_err(error)?;
        Ok(Journaled { state, records })
    }

    fn snapshot(&self) -> Result<Snapshot, PersistError> {
        self.0.snapshot().map(snapshot).map_err(error)
    }

    fn begin_snapshot(&self) -> Box<dyn SnapshotWriter> {
        Box::new(Writer(self.0.begin_snapshot()))
    }

    fn save_written(&self, state: &[u8], writer: Box<dyn SnapshotWriter>) -> Snapshot {
        snapshot(self.0.save_written(state, original(writer)))
    }

    fn compact_written(&self, state: &[u8], writer: Box<dyn SnapshotWriter>) -> Snapshot {
        snapshot(self.0.compact_written(state, original(writer)))
    }

    fn state_size(&self) -> usize {
        self.0.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.0.snapshot_size()
    }
}

struct Writer(Box<dyn copy::SnapshotWriter>);

impl SnapshotWriter for Writer {
    fn write(&mut self, piece: Bytes) -> SyncFuture {
        sync(self.0.write(piece))
    }

    fn length(&self) -> u64 {
        self.0.length()
    }
}

/// A writer as the copy made it.
fn original(writer: Box<dyn SnapshotWriter>) -> Box<dyn copy::SnapshotWriter> {
    let writer: Box<dyn Any> = writer;
    writer.downcast::<Writer>().expect("a snapshot is saved where it was begun").0
}

struct Reader(copy::Snapshot);

impl SnapshotReader for Reader {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes, PersistError> {
        self.0.read(offset, length).map_err(error)
    }
}

fn snapshot(snapshot: copy::Snapshot) -> Snapshot {
    Snapshot::stored(Arc::new(Reader(snapshot)))
}

fn sync(sync: copy::SyncFuture) -> SyncFuture {
    match sync {
        copy::SyncFuture::Ready(outcome) => SyncFuture::Ready(outcome.map(translated)),
        copy::SyncFuture::Waiting(wait) => {
            SyncFuture::Waiting(Box::pin(async { translated(wait.await) }))
        }
    }
}

fn translated(outcome: Result<(), copy::PersistError>) -> Result<(), PersistError> {
    outcome.map_err(error)
}

fn stored(stored: copy::Stored) -> Stored {
    let copy::Stored { state, records, snapshot } = stored;
    Stored { state, records, snapshot }
}

fn part(part: copy::Part) -> Part {
    match part {
        copy::Part::State => Part::State,
        copy::Part::Journal => Part::Journal,
        copy::Part::Snapshot => Part::Snapshot,
    }
}

fn error(error: copy::PersistError) -> PersistError {
    match error {
        copy::PersistError::Corrupt(corruption) => {
            let copy::Corruption { part: hurt, offset, expected, found } = corruption;
            let part = part(hurt);
            PersistError::Corrupt(persister::Corruption { part, offset, expected, found })
        }
        copy::PersistError::Failed(reason) => PersistError::Failed(reason),
        copy::PersistError::Fenced => PersistError::Fenced,
    }
}
