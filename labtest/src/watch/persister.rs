//! A persister that shows what passes through it.

use super::{Sight, Watch, Written};
use crate::oracle::Incarnation;
use bytes::Bytes;
use persister::{PersistError, Persister, Stored, SyncFuture};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// One life's access to its disk, watched.
pub(crate) struct WatchedPersister<P> {
    inner: P,
    who: Incarnation,
    watch: Arc<Watch>,
    /// How many writes there have been.
    writes: AtomicU64,
}

impl<P: Persister> WatchedPersister<P> {
    /// The persister itself when nobody watches.
    pub(crate) fn over(inner: P, who: Incarnation, watch: &Arc<Watch>) -> Arc<dyn Persister> {
        if !watch.has_watchers() {
            return Arc::new(inner);
        }
        let watch = Arc::clone(watch);
        Arc::new(WatchedPersister { inner, who, watch, writes: AtomicU64::new(0) })
    }

    fn wrote(&self, write: Written<'_>) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.watch.show(&Sight::Written { who: self.who, write });
    }
}

impl<P: Persister> Persister for WatchedPersister<P> {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        let with_snapshot = snapshot.is_some();
        self.inner.save(state, snapshot);
        self.wrote(Written::State { bytes: state, with_snapshot });
    }

    fn append(&self, record: &[u8]) {
        self.inner.append(record);
        self.wrote(Written::Record(record));
    }

    fn sync(&self) -> SyncFuture {
        let (who, writes) = (self.who, self.writes.load(Ordering::Relaxed));
        match self.inner.sync() {
            SyncFuture::Ready(Some(Ok(()))) => {
                self.watch.show(&Sight::Synced { who, writes });
                SyncFuture::done()
            }
            SyncFuture::Waiting(future) => {
                let watch = Arc::clone(&self.watch);
                SyncFuture::Waiting(Box::pin(async move {
                    let outcome = future.await;
                    if outcome.is_ok() {
                        watch.show(&Sight::Synced { who, writes });
                    }
                    outcome
                }))
            }
            decided => decided,
        }
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.inner.read()
    }

    fn state_size(&self) -> usize {
        self.inner.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.inner.snapshot_size()
    }
}
