//! A disk whose syncs are timed.

use super::Metrics;
use bytes::Bytes;
use persister::{Journaled, PersistError, Persister, Snapshot, SnapshotWriter, Stored, SyncFuture};
use std::sync::Arc;

/// A disk that records how long each of its syncs takes. A sync that returns at once had nothing to wait for,
/// and is not recorded.
pub struct TimedPersister {
    inner: Arc<dyn Persister>,
    metrics: Metrics,
}

impl TimedPersister {
    /// That disk; its times go there.
    pub fn new(inner: Arc<dyn Persister>, metrics: Metrics) -> TimedPersister {
        TimedPersister { inner, metrics }
    }
}

impl Persister for TimedPersister {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.inner.save(state, snapshot);
    }

    fn compact(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.inner.compact(state, snapshot);
    }

    fn append(&self, record: &[u8]) {
        self.inner.append(record);
    }

    fn sync(&self) -> SyncFuture {
        let future = match self.inner.sync() {
            SyncFuture::Waiting(future) => future,
            ready => return ready,
        };
        let metrics = self.metrics.clone();
        let began = runtime::now();
        SyncFuture::Waiting(Box::pin(async move {
            let outcome = future.await;
            metrics.sync_took(runtime::now().since(began));
            outcome
        }))
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
        self.inner.save_written(state, snapshot)
    }

    fn compact_written(&self, state: &[u8], snapshot: Box<dyn SnapshotWriter>) -> Snapshot {
        self.inner.compact_written(state, snapshot)
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
    use super::super::tests::leader;
    use super::*;
    use futures::executor::block_on;
    use persister::{FilePersister, Identity, MemoryDisk, Room};
    use runtime::Simulation;
    use std::path::Path;
    use std::time::Duration;

    /// A disk whose syncs take that long, written to and synced twice: what the syncs ended with, and all that is
    /// told then.
    fn two_syncs(sync_ms: Option<u64>, fails: bool) -> (Vec<Result<(), PersistError>>, String) {
        let run = Simulation::new(1).run(async move {
            let disk = MemoryDisk::new();
            disk.set_volatile(runtime::rng("disk", 0));
            let delay = sync_ms.map(Duration::from_millis);
            disk.set_sync_delay(delay.map(|delay| delay..=delay));
            let metrics = Metrics::new();
            let timed = TimedPersister::new(Arc::new(disk.open()), metrics.clone());
            let mut outcomes = Vec::new();
            for last in [false, true] {
                timed.append(b"an entry");
                if last && fails {
                    disk.fail_next_sync();
                }
                outcomes.push(timed.sync().await);
            }
            (outcomes, metrics.render(&leader()))
        });
        run.result.unwrap()
    }

    fn value<'a>(text: &'a str, name: &str) -> &'a str {
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value.expect("it is told").trim()
    }

    #[test]
    fn syncs_are_timed() {
        let (outcomes, text) = two_syncs(Some(250), false);
        assert_eq!(outcomes, [Ok(()), Ok(())]);
        assert_eq!(value(&text, "kvd_sync_seconds_count"), "2");
        assert_eq!(value(&text, "kvd_sync_seconds_sum"), "0.5");
    }

    #[test]
    fn a_failed_sync_is_told_and_timed() {
        let (outcomes, text) = two_syncs(Some(250), true);
        assert!(outcomes[0].is_ok() && outcomes[1].is_err(), "{outcomes:?}");
        assert_eq!(value(&text, "kvd_sync_seconds_count"), "2");
    }

    #[test]
    fn a_sync_that_waits_for_nothing_is_not_timed() {
        let (outcomes, text) = two_syncs(None, true);
        assert!(outcomes[0].is_ok() && outcomes[1].is_err(), "{outcomes:?}");
        assert_eq!(value(&text, "kvd_sync_seconds_count"), "0");
    }

    /// A disk in that directory, and the same one timed.
    fn on_files(directory: &Path, low_water_bytes: u64) -> (Arc<FilePersister>, TimedPersister) {
        let room = Room { reserve_bytes: 0, low_water_bytes };
        let disk = FilePersister::open_with(directory, &Identity::new("test", 0), room).unwrap();
        let disk = Arc::new(disk);
        (Arc::clone(&disk), TimedPersister::new(disk, Metrics::new()))
    }

    #[test]
    fn all_else_is_as_without_it() {
        let directory = tempfile::tempdir().unwrap();
        let (disk, timed) = on_files(directory.path(), 0);
        timed.save(b"a state", Some("a snapshot".into()));
        timed.append(b"an entry");
        let stored = timed.read().unwrap();
        assert_eq!(stored, disk.read().unwrap());
        assert_eq!(
            (&stored.records[..], &stored.snapshot[..]),
            (&["an entry".into()][..], &b"a snapshot"[..])
        );
        assert_eq!(timed.read_log().unwrap(), Journaled::from(stored));
        assert_eq!(timed.snapshot().unwrap().to_bytes().unwrap(), "a snapshot");
        assert_eq!(timed.state_size(), disk.state_size());
        assert_eq!(timed.snapshot_size(), disk.snapshot_size());
        timed.compact(b"a shorter state", None);
        assert_eq!(disk.read().unwrap().state, "a shorter state");
    }

    #[test]
    fn a_snapshot_in_pieces_goes_to_the_disk_on_which_it_was_begun() {
        let directory = tempfile::tempdir().unwrap();
        let (disk, timed) = on_files(directory.path(), 0);
        for compact in [false, true] {
            let mut snapshot = timed.begin_snapshot();
            block_on(snapshot.write(compact.to_string().into())).unwrap();
            let snapshot = match compact {
                true => timed.compact_written(b"a state", snapshot),
                false => timed.save_written(b"a state", snapshot),
            };
            assert_eq!(snapshot.to_bytes().unwrap(), compact.to_string());
            assert_eq!(disk.snapshot().unwrap().to_bytes().unwrap(), compact.to_string());
        }
    }

    #[test]
    fn a_disk_that_is_nearly_full_says_so() {
        let directory = tempfile::tempdir().unwrap();
        assert!(on_files(&directory.path().join("roomy"), 0).1.has_room());
        assert!(!on_files(&directory.path().join("full"), u64::MAX).1.has_room());
    }
}
