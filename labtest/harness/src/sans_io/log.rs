//! A log after a snapshot.

use bytes::Bytes;
use raft_api::{ApplyMsg, EntryId, Position};
use serde::{Deserialize, Serialize};

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The term in which a leader received it.
    pub term: u64,
    /// `None` in an entry of Raft's own.
    pub command: Option<Bytes>,
}

impl Entry {
    /// What stands for it.
    pub fn id(&self) -> EntryId {
        match &self.command {
            Some(command) => EntryId::new(self.term, command),
            None => EntryId::own(self.term),
        }
    }

    /// What the service is told when it is committed, at `index`.
    pub fn apply_msg(self, index: u64) -> ApplyMsg {
        let Entry { term, command } = self;
        match command {
            Some(command) => ApplyMsg::Command { index, term, command },
            None => ApplyMsg::Own { index, term },
        }
    }
}

/// The entries that follow a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// The last entry that the snapshot stands for.
    pub snapshot: Position,
    /// Those after it.
    pub entries: Vec<Entry>,
}

impl Log {
    /// Where it ends.
    pub fn last(&self) -> Position {
        let index = self.snapshot.index + self.entries.len() as u64;
        Position { index, term: self.entries.last().map_or(self.snapshot.term, |entry| entry.term) }
    }

    /// The entry at `index`, if it is after the snapshot.
    pub fn get(&self, index: u64) -> Option<&Entry> {
        self.from(index).first()
    }

    /// The term of the entry there; that of the snapshot's last entry is known, too.
    pub fn term_at(&self, index: u64) -> Option<u64> {
        if index == self.snapshot.index {
            return Some(self.snapshot.term);
        }
        self.get(index).map(|entry| entry.term)
    }

    /// Whether it has that entry, or its snapshot ends with it.
    pub fn has(&self, place: Position) -> bool {
        self.term_at(place.index) == Some(place.term)
    }

    /// The entries from `index` on; none if the snapshot stands for that.
    pub fn from(&self, index: u64) -> &[Entry] {
        self.place(index).and_then(|place| self.entries.get(place..)).unwrap_or_default()
    }

    /// Puts entries at `index` and after it, in the place of all that is there.
    pub fn replace_from(&mut self, index: u64, entries: Vec<Entry>) {
        self.entries.truncate(self.place(index).unwrap_or(0));
        self.entries.extend(entries);
    }

    /// Has the snapshot stand for everything up to `index`. False when the log has no such entry.
    pub fn compact(&mut self, index: u64) -> bool {
        let (Some(place), Some(entry)) = (self.place(index), self.get(index)) else { return false };
        self.snapshot = Position { index, term: entry.term };
        self.entries.drain(..=place);
        true
    }

    /// Where the entry at `index` is or would be.
    fn place(&self, index: u64) -> Option<usize> {
        usize::try_from(index.checked_sub(self.snapshot.index + 1)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(term: u64) -> Entry {
        Entry { term, command: None }
    }

    /// A snapshot up to 3, and entries 4 to 6.
    fn log() -> Log {
        let entries = vec![entry(1), entry(2), entry(2)];
        Log { snapshot: Position { index: 3, term: 1 }, entries }
    }

    #[test]
    fn it_knows_terms_from_the_end_of_its_snapshot_on() {
        let log = log();
        assert_eq!(log.last(), Position { index: 6, term: 2 });
        let terms: Vec<_> = (2..=7).map(|index| log.term_at(index)).collect();
        assert_eq!(terms, [None, Some(1), Some(1), Some(2), Some(2), None]);
        assert_eq!((log.get(3), log.from(6), log.from(9)), (None, &[entry(2)][..], &[][..]));
    }

    #[test]
    fn entries_take_the_place_of_all_from_the_first_of_them_on() {
        let mut log = log();
        log.replace_from(5, vec![entry(3)]);
        assert_eq!(log.entries, [entry(1), entry(3)]);
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_is_there_and_of_nothing_else() {
        let mut log = log();
        assert!(!log.compact(3) && !log.compact(7));
        assert!(log.compact(5));
        let entries = vec![entry(2)];
        assert_eq!(log, Log { snapshot: Position { index: 5, term: 2 }, entries });
    }
}
