//! The log after its snapshot.

use crate::message::Entry;
use labtest::Position;

/// The entries that follow a snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    /// The last entry that the snapshot stands for.
    pub(crate) snapshot: Position,
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    pub(crate) fn last(&self) -> Position {
        let index = self.snapshot.index + self.entries.len() as u64;
        Position { index, term: self.entries.last().map_or(self.snapshot.term, |entry| entry.term) }
    }

    pub(crate) fn get(&self, index: u64) -> Option<&Entry> {
        let place = index.checked_sub(self.snapshot.index + 1)?;
        self.entries.get(usize::try_from(place).ok()?)
    }

    /// The term of the entry there; that of the snapshot's last entry is known, too.
    pub(crate) fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.snapshot.index {
            return Some(self.snapshot.term);
        }
        self.get(index).map(|entry| entry.term)
    }

    pub(crate) fn has(&self, place: Position) -> bool {
        self.term_at(place.index) == Some(place.term)
    }

    /// The entries from `index` on.
    pub(crate) fn from(&self, index: u64) -> &[Entry] {
        let place = index.saturating_sub(self.snapshot.index + 1);
        self.entries.get(place as usize..).unwrap_or_default()
    }

    /// The same, as many as have about so many bytes, but one at least.
    pub(crate) fn batch(&self, index: u64, bytes_max: usize) -> Vec<Entry> {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            let is_first = bytes == 0;
            bytes += entry.command.as_ref().map_or(0, |command| command.len()) + 1;
            is_first || bytes <= bytes_max
        };
        self.from(index).iter().take_while(fits).cloned().collect()
    }

    /// Puts entries at `index` and after it, in the place of all that is there.
    pub(crate) fn replace_from(&mut self, index: u64, entries: Vec<Entry>) {
        self.entries.truncate(index.saturating_sub(self.snapshot.index + 1) as usize);
        self.entries.extend(entries);
    }

    /// Has the snapshot stand for everything up to `index`, which the log has.
    pub(crate) fn compact(&mut self, index: u64) {
        let term = self.term_at(index).unwrap_or(self.snapshot.term);
        self.entries.drain(..(index - self.snapshot.index) as usize);
        self.snapshot = Position { index, term };
    }

    /// The last entry up to `index` whose term is at most `term`: behind it the log can't be that of a
    /// server whose entry at `index` is of `term`.
    pub(crate) fn last_up_to(&self, index: u64, term: u64) -> Position {
        let mut index = index.min(self.last().index);
        while index > self.snapshot.index && self.term_at(index).is_some_and(|other| other > term) {
            index -= 1;
        }
        Position { index, term: self.term_at(index).unwrap_or(0) }
    }
}
