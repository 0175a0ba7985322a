//! A server's log as the checks know it: in memory, kept up by [`Peer::entry_at`], or on its disk,
//! kept up by what it writes. Keeping it up costs what has changed.
//!
//! [`Peer::entry_at`]: crate::Peer::entry_at

use super::committed::Committed;
use crate::api::vocabulary::{EntryId, Position};
use std::collections::VecDeque;

/// Up to this many entries a log doubles when it grows, so that they are not moved again and again.
const DOUBLES_UP_TO: usize = 1 << 10;

/// The entries after a snapshot, and how far they agree with what has been committed.
#[derive(Debug, Default)]
pub(crate) struct LogView {
    snapshot: Position,
    entries: VecDeque<EntryId>,
    agreed: u64,
}

impl LogView {
    pub(crate) fn snapshot(&self) -> Position {
        self.snapshot
    }

    pub(crate) fn last(&self) -> Position {
        let term = self.entries.back().map_or(self.snapshot.term, |entry| entry.term);
        Position { index: self.snapshot.index + self.entries.len() as u64, term }
    }

    /// `None` for what the snapshot stands for, and beyond the end.
    pub(crate) fn id(&self, index: u64) -> Option<EntryId> {
        let offset = index.checked_sub(self.snapshot.index + 1)?;
        self.entries.get(usize::try_from(offset).ok()?).copied()
    }

    pub(crate) fn term_at(&self, index: u64) -> Option<u64> {
        match index == self.snapshot.index {
            true => Some(self.snapshot.term),
            false => self.id(index).map(|entry| entry.term),
        }
    }

    /// Whether an entry of that place is there, itself or in the snapshot.
    pub(crate) fn has(&self, place: Position) -> bool {
        place.index < self.snapshot.index || self.term_at(place.index) == Some(place.term)
    }

    /// Up to here the log is what has been committed, as far as that is known.
    pub(crate) fn agreed(&self) -> u64 {
        self.agreed
    }

    pub(crate) fn push(&mut self, entry: EntryId) {
        // There are two of these a server, so a long one grows by a part of itself, and does not double.
        let entries = self.entries.len();
        if entries == self.entries.capacity() {
            self.entries.reserve_exact(entries.clamp(16, DOUBLES_UP_TO).max(entries / 4));
        }
        self.entries.push_back(entry);
    }

    /// Removes everything after `last_index`.
    pub(crate) fn truncate_to(&mut self, last_index: u64) {
        self.entries.truncate(last_index.saturating_sub(self.snapshot.index) as usize);
        self.agreed = self.agreed.min(self.last().index);
    }

    /// The snapshot now stands for everything up to `snapshot`. What comes after it stays when the
    /// log has that very entry.
    pub(crate) fn compact(&mut self, snapshot: Position) {
        let goes_on = snapshot.index >= self.snapshot.index
            && self.term_at(snapshot.index) == Some(snapshot.term);
        if goes_on {
            self.entries.drain(..(snapshot.index - self.snapshot.index) as usize);
        } else {
            self.entries.clear();
            self.agreed = self.agreed.min(snapshot.index);
        }
        self.snapshot = snapshot;
    }

    /// Goes on comparing the log with what has been committed.
    pub(crate) fn agree(&mut self, committed: &Committed) {
        if self.agreed < self.snapshot.index && committed.allows(self.snapshot) {
            self.agreed = self.snapshot.index;
        }
        while let (Some(entry), Some(known)) =
            (self.id(self.agreed + 1), committed.get(self.agreed + 1))
            && known.is(entry)
        {
            self.agreed += 1;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An entry that is told by its term alone.
    pub(crate) fn entry(term: u64) -> EntryId {
        EntryId::new(term, b"x")
    }

    /// A log whose entries have these terms.
    pub(crate) fn log(terms: &[u64]) -> LogView {
        let mut log = LogView::default();
        terms.iter().for_each(|&term| log.push(entry(term)));
        log
    }

    #[test]
    fn a_snapshot_keeps_what_continues_it_and_nothing_else() {
        let mut view = log(&[1, 1, 2]);
        view.compact(Position { index: 2, term: 1 });
        assert_eq!((view.last(), view.id(2)), (Position { index: 3, term: 2 }, None));
        view.compact(Position { index: 3, term: 3 });
        assert_eq!(view.last(), Position { index: 3, term: 3 });
        assert!(view.has(Position { index: 1, term: 1 }) && view.has(view.last()));
        assert!(!view.has(Position { index: 3, term: 2 }));
    }

    #[test]
    fn agreement_goes_as_far_as_the_entries_are_the_committed_ones() {
        let mut committed = Committed::default();
        [1, 1, 2, 2].iter().for_each(|&term| committed.add(entry(term), 2, 0));
        let mut view = log(&[1, 1, 2, 3]);
        view.agree(&committed);
        assert_eq!(view.agreed(), 3);
        view.truncate_to(1);
        assert_eq!(view.agreed(), 1);
        let mut behind = LogView::default();
        behind.compact(Position { index: 3, term: 2 });
        behind.push(entry(2));
        behind.agree(&committed);
        assert_eq!(behind.agreed(), 4);
    }
}
