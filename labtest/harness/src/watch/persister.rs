//! A persister that shows what passes through it.

use super::{Sight, Watch, Written};
use crate::api::life::Life;
use bytes::Bytes;
use persister::{Journaled, PersistError, Persister, Snapshot, SnapshotWriter, Stored, SyncFuture};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One life's access to its disk, watched.
pub(crate) struct WatchedPersister {
    inner: Arc<dyn Persister>,
    syncs: Arc<Syncs>,
    /// How many writes there have been.
    writes: AtomicU64,
}

/// Tells which writes are durable.
struct Syncs {
    who: Life,
    watch: Arc<Watch>,
    /// A sync has failed. Those that succeed after it say nothing about what it lost.
    failed: AtomicBool,
}

impl Syncs {
    fn ended(&self, writes: u64, outcome: &Result<(), PersistError>) {
        match outcome {
            Ok(()) if !self.failed.load(Ordering::Relaxed) => {
                self.watch.show(&Sight::Synced { who: self.who, writes });
            }
            Ok(()) => {}
            Err(_) => self.failed.store(true, Ordering::Relaxed),
        }
    }
}

impl WatchedPersister {
    /// The persister itself when writes are not to be seen.
    pub(crate) fn over(
        inner: Arc<dyn Persister>,
        who: Life,
        watch: &Arc<Watch>,
    ) -> Arc<dyn Persister> {
        if !watch.sees_all() {
            return inner;
        }
        let syncs = Syncs { who, watch: Arc::clone(watch), failed: AtomicBool::new(false) };
        Arc::new(WatchedPersister { inner, syncs: Arc::new(syncs), writes: AtomicU64::new(0) })
    }

    fn wrote(&self, write: Written<'_>) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let Syncs { who, ref watch, .. } = *self.syncs;
        watch.show(&Sight::Written { who, write });
    }
}

impl Persister for WatchedPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        let with_snapshot = snapshot.is_some();
        self.inner.save(state, snapshot);
        self.wrote(Written::State { bytes: state, with_snapshot });
    }

    fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        let with_snapshot = snapshot.is_some();
        self.inner.compact(state, snapshot);
        self.wrote(Written::State { bytes: state, with_snapshot });
    }

    fn append(&self, record: &[u8]) {
        self.inner.append(record);
        self.wrote(Written::Record(record));
    }

    fn sync(&self) -> SyncFuture {
        let writes = self.writes.load(Ordering::Relaxed);
        match self.inner.sync() {
            SyncFuture::Ready(outcome) => {
                outcome.iter().for_each(|outcome| self.syncs.ended(writes, outcome));
                SyncFuture::Ready(outcome)
            }
            SyncFuture::Waiting(future) => {
                let syncs = Arc::clone(&self.syncs);
                SyncFuture::Waiting(Box::pin(async move {
                    let outcome = future.await;
                    syncs.ended(writes, &outcome);
                    outcome
                }))
            }
        }
    }

    fn has_room(&self) -> bool {
        self.inner.has_room()
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.inner.read()
    }

    fn read_log(&self) -> Result<Journaled, PersistError> {
        self.inner.read_log()
    }

    fn snapshot(&self) -> Result<Snapshot, PersistError> {
        self.inner.snapshot()
    }

    fn begin_snapshot(&self) -> Box<dyn SnapshotWriter> {
        self.inner.begin_snapshot()
    }

    fn save_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        let snapshot = self.inner.save_written(state, snapshot);
        self.wrote(Written::State { bytes: state, with_snapshot: true });
        snapshot
    }

    fn compact_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        let snapshot = self.inner.compact_written(state, snapshot);
        self.wrote(Written::State { bytes: state, with_snapshot: true });
        snapshot
    }

    fn state_size(&self) -> usize {
        self.inner.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.inner.snapshot_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ending::Ending;
    use crate::checks::Oracle;
    use crate::watch::Watcher;
    use crate::{Config, OurRaft};
    use parking_lot::Mutex;
    use runtime::{Instant, Simulation};

    /// Notes up to where writes are durable.
    struct Notes(Arc<Mutex<Vec<u64>>>);

    impl Watcher for Notes {
        fn see(&mut self, _at: Instant, sight: &Sight<'_>) {
            if let Sight::Synced { writes, .. } = sight {
                self.0.lock().push(*writes);
            }
        }
    }

    #[test]
    fn a_sync_tells_what_is_durable_until_one_fails() {
        let finished = Simulation::new(1).run(async {
            let disk = persister::MemoryDisk::new();
            disk.set_volatile(runtime::rng("disk", 0));
            let told = Arc::new(Mutex::new(Vec::new()));
            let watchers: Vec<Box<dyn Watcher>> = vec![Box::new(Notes(Arc::clone(&told)))];
            let oracle = Oracle::new(&Config::new(1), Arc::new(OurRaft));
            let watch = Watch::new(1, oracle, (watchers, None), Arc::new(Ending::default()), true);
            let who = Life { server: 0, start: 1 };
            let persister = WatchedPersister::over(Arc::new(disk.open()), who, &watch);
            persister.append(b"one");
            persister.save(b"two", None);
            assert_eq!(persister.sync().await, Ok(()));
            persister.append(b"three");
            disk.fail_next_sync();
            assert!(persister.sync().await.is_err());
            assert_eq!(persister.sync().await, Ok(()), "it lies, as some systems do");
            Arc::try_unwrap(told).map_or_else(|told| told.lock().clone(), Mutex::into_inner)
        });
        assert_eq!(finished.result.unwrap(), [2]);
    }
}
