//! The snapshots of a service that makes its own: what is handed to it is what it made, at that
//! index, and never takes a server backwards.
//!
//! Source: section 7 of the Raft paper. The state after an entry is the same on every server, so
//! two that take a snapshot at one index take the same.

use crate::{Violation, property};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// Every snapshot that was taken in a run, as index and hash.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    by_index: BTreeMap<u64, u64>,
    by_hash: BTreeMap<u64, u64>,
}

impl Taken {
    /// A server has made a snapshot of its state at `index`.
    pub(crate) fn take(
        &mut self,
        server: usize,
        index: u64,
        snapshot: &[u8],
    ) -> Result<(), Violation> {
        let hash = xxh3_64(snapshot);
        let known = *self.by_index.entry(index).or_insert(hash);
        self.by_hash.insert(hash, index);
        if known == hash {
            return Ok(());
        }
        violation(server, format!("its state at index {index} is not what it is on another server"))
    }

    /// Checks a snapshot that `server` was given, or found on its disk. `applied` is what its life
    /// has applied so far; `declared` the index that came with the snapshot, if any. Returns the
    /// index of the snapshot.
    pub(crate) fn check(
        &self,
        server: usize,
        applied: u64,
        declared: Option<u64>,
        snapshot: &[u8],
    ) -> Result<u64, Violation> {
        let Some(&index) = self.by_hash.get(&xxh3_64(snapshot)) else {
            let size = snapshot.len();
            return violation(
                server,
                format!("nobody took the snapshot of {size} bytes that it got"),
            );
        };
        if declared.is_some_and(|declared| declared != index) {
            let declared = declared.unwrap_or_default();
            return violation(
                server,
                format!("the snapshot of index {index} came as that of index {declared}"),
            );
        }
        if index < applied {
            return violation(
                server,
                format!("the snapshot of index {index} came when {applied} was applied"),
            );
        }
        Ok(index)
    }
}

fn violation<T>(server: usize, what: String) -> Result<T, Violation> {
    let violation = Violation::new(property::SNAPSHOT, format!("server {server}: {what}"));
    Err(violation.at_servers([server]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken() -> Taken {
        let mut taken = Taken::default();
        taken.take(0, 4, b"four").unwrap();
        taken.take(1, 4, b"four").unwrap();
        taken.take(0, 9, b"nine").unwrap();
        taken
    }

    #[test]
    fn stays_silent_when_a_snapshot_is_one_that_was_taken() {
        assert_eq!(taken().check(1, 4, Some(9), b"nine"), Ok(9));
        assert_eq!(taken().check(1, 0, None, b"four"), Ok(4));
        assert_eq!(taken().check(1, 4, Some(4), b"four"), Ok(4));
    }

    #[test]
    fn fires_when_it_is_none_or_another_or_goes_back() {
        let message = |applied, declared, snapshot: &[u8]| {
            taken().check(1, applied, declared, snapshot).unwrap_err().message
        };
        let nobodys = "server 1: nobody took the snapshot of 3 bytes that it got";
        assert_eq!(message(0, None, b"odd"), nobodys);
        let other = "server 1: the snapshot of index 9 came as that of index 4";
        assert_eq!(message(0, Some(4), b"nine"), other);
        let back = "server 1: the snapshot of index 4 came when 5 was applied";
        assert_eq!(message(5, Some(4), b"four"), back);
    }

    #[test]
    fn fires_when_two_servers_differ_at_an_index() {
        assert!(taken().take(2, 9, b"other").is_err());
    }
}
