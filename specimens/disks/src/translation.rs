// Included once for each copy of `persister`, which it knows as `copy`.

use bytes::Bytes;
use copy::Persister as _;
use persister::{Disk, DiskHooks, Part, PersistError, Persister, Stored, SyncFuture, Unsynced};
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
        match self.0.sync() {
            copy::SyncFuture::Ready(outcome) => SyncFuture::Ready(outcome.map(translated)),
            copy::SyncFuture::Waiting(wait) => {
                SyncFuture::Waiting(Box::pin(async { translated(wait.await) }))
            }
        }
    }

    fn has_room(&self) -> bool {
        self.0.has_room()
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.0.read().map(stored).map_err(error)
    }

    fn state_size(&self) -> usize {
        self.0.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.0.snapshot_size()
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
