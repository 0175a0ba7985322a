//! The log: entries after a snapshot (extended Raft paper, sections 5.3 and 7).
//!
//! Indices are 1-based. Terms never decrease along the log, so places are found by binary search.

use crate::message::{Entry, Position};
use std::collections::VecDeque;

/// Entries `snapshot_index + 1 ..= last_index`; what came before is in the snapshot.
#[derive(Debug, Default)]
pub(crate) struct Log {
    snapshot_index: u64,
    snapshot_term: u64,
    entries: VecDeque<Entry>,
}

impl Log {
    pub(crate) fn new(snapshot: Position, entries: Vec<Entry>) -> Log {
        Log {
            snapshot_index: snapshot.index,
            snapshot_term: snapshot.term,
            entries: entries.into(),
        }
    }

    /// The last entry that the snapshot stands for.
    pub(crate) fn snapshot(&self) -> Position {
        Position { index: self.snapshot_index, term: self.snapshot_term }
    }

    pub(crate) fn last(&self) -> Position {
        let term = self.entries.back().map_or(self.snapshot_term, |entry| entry.term);
        Position { index: self.last_index(), term }
    }

    pub(crate) fn last_index(&self) -> u64 {
        self.snapshot_index + self.entries.len() as u64
    }

    /// `None` for entries inside the snapshot, except its last one, and beyond the end.
    pub(crate) fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.snapshot_index {
            return Some(self.snapshot_term);
        }
        self.entry(index).map(|entry| entry.term)
    }

    pub(crate) fn entry(&self, index: u64) -> Option<&Entry> {
        let offset = index.checked_sub(self.snapshot_index + 1)?;
        self.entries.get(usize::try_from(offset).ok()?)
    }

    /// The entries from `index` on; `index` must come after the snapshot.
    pub(crate) fn from(&self, index: u64) -> impl ExactSizeIterator<Item = &Entry> + Clone {
        debug_assert!(index > self.snapshot_index, "{index} is inside the snapshot");
        let offset = (index - self.snapshot_index - 1) as usize;
        self.entries.range(offset.min(self.entries.len())..)
    }

    /// The entries from `index` on whose commands together have up to `bytes_max` bytes, but at
    /// least one.
    pub(crate) fn batch(&self, index: u64, bytes_max: usize) -> Vec<Entry> {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            let first = bytes == 0;
            bytes += entry.command.len() + ENTRY_OVERHEAD_BYTES;
            first || bytes <= bytes_max
        };
        let count = self.from(index).take_while(fits).count();
        self.from(index).take(count).cloned().collect()
    }

    /// Returns the new entry's index.
    pub(crate) fn push(&mut self, entry: Entry) -> u64 {
        debug_assert!(entry.term >= self.last().term, "terms never decrease along a log");
        // A log can be long: what a long one keeps free is a part of it, and not as much again.
        let entries = self.entries.len();
        if entries == self.entries.capacity() {
            self.entries.reserve_exact(entries.clamp(16, DOUBLES_UP_TO_ENTRIES).max(entries / 4));
        }
        self.entries.push_back(entry);
        self.last_index()
    }

    /// Removes `index` and everything after it. Returns about how many bytes this frees on disk.
    pub(crate) fn truncate_from(&mut self, index: u64) -> usize {
        debug_assert!(index > self.snapshot_index, "{index} is inside the snapshot");
        let keep = (index - self.snapshot_index - 1) as usize;
        let removed = self.entries.range(keep.min(self.entries.len())..);
        let bytes = removed.map(|entry| entry.command.len() + ENTRY_OVERHEAD_BYTES).sum();
        self.entries.truncate(keep);
        bytes
    }

    /// The snapshot now stands for everything up to `snapshot`. Entries after it are kept when the
    /// log agrees with it there, and dropped otherwise: they continue another history.
    pub(crate) fn compact(&mut self, snapshot: Position) {
        debug_assert!(snapshot.index > self.snapshot_index, "a snapshot never goes back");
        if self.term_at(snapshot.index) == Some(snapshot.term) {
            self.entries.drain(..(snapshot.index - self.snapshot_index) as usize);
        } else {
            self.entries.clear();
        }
        self.snapshot_index = snapshot.index;
        self.snapshot_term = snapshot.term;
    }

    /// True when a log that ends in `other` is at least as up to date as this one: it has the later
    /// last term or, the last terms being equal, is at least as long (extended paper, 5.4.1).
    pub(crate) fn is_matched_by(&self, other: Position) -> bool {
        let last = self.last();
        (other.term, other.index) >= (last.term, last.index)
    }

    /// The last place, up to `limit.index`, whose term is not above `limit.term`: where this log
    /// could agree with a log that has `limit`. After it the terms show that they differ.
    ///
    /// Never before the snapshot, whose entries are committed and agree everywhere.
    pub(crate) fn last_possible_match(&self, limit: Position) -> Position {
        let end = limit.index.clamp(self.snapshot_index, self.last_index());
        let term = self.term_at(end).unwrap_or(self.snapshot_term);
        if term <= limit.term {
            return Position { index: end, term };
        }
        let candidates = (end - self.snapshot_index) as usize;
        let not_above = self.entries.partition_point(|entry| entry.term <= limit.term);
        let index = self.snapshot_index + not_above.min(candidates) as u64;
        Position { index, term: self.term_at(index).unwrap_or(self.snapshot_term) }
    }

    /// The last entry of each term from `place` backwards, newest first, up to `count_max` of them
    /// and not before `floor`.
    pub(crate) fn last_of_terms(
        &self,
        place: Position,
        floor: u64,
        count_max: usize,
    ) -> Vec<Position> {
        let floor = floor.max(self.snapshot_index);
        let mut found = vec![place];
        let mut last = place;
        while last.index > floor && found.len() < count_max {
            let first = self.entries.partition_point(|entry| entry.term < last.term) as u64;
            let index = (self.snapshot_index + first).max(floor);
            last = Position { index, term: self.term_at(index).unwrap_or(self.snapshot_term) };
            found.push(last);
        }
        found
    }
}

/// A short log doubles when it grows, so that its entries are not moved again and again.
const DOUBLES_UP_TO_ENTRIES: usize = 1 << 10;

/// About what an entry costs beside its command, on the wire and on disk: a term and a length.
pub(crate) const ENTRY_OVERHEAD_BYTES: usize = 4;

#[cfg(test)]
mod tests;
