//! The snapshots of a service that makes its own.

use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// Every snapshot that was taken in a run, as index and hash.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    by_index: BTreeMap<u64, u64>,
    by_hash: BTreeMap<u64, u64>,
}

impl Taken {
    /// A server has made a snapshot of its state at `index`. Whether it is what was first made there.
    pub(crate) fn take(&mut self, index: u64, snapshot: &[u8]) -> bool {
        let hash = xxh3_64(snapshot);
        let known = *self.by_index.entry(index).or_insert(hash);
        self.by_hash.insert(hash, index);
        known == hash
    }

    /// The index at which a snapshot was taken, if it was.
    pub(crate) fn index_of(&self, snapshot: &[u8]) -> Option<u64> {
        self.by_hash.get(&xxh3_64(snapshot)).copied()
    }
}
