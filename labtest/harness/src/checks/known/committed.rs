//! What has been committed, index by index, and in which term: found out from the first server that
//! reports it and remembered for the whole run.

use super::log_view::LogView;
use crate::api::vocabulary::{EntryId, Position};

/// A committed entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommittedEntry {
    /// Term 0: only the command is known. Hash 0: nothing is, because it was never seen outside
    /// a snapshot.
    id: EntryId,
    /// It was committed in this term or an earlier one.
    pub(crate) in_term: u64,
    /// The server that reported it first.
    pub(crate) by: usize,
}

impl CommittedEntry {
    /// Whether that entry can be this one.
    pub(crate) fn is(&self, entry: EntryId) -> bool {
        (self.id.hash == 0 || self.id.hash == entry.hash) && self.has_term(entry.term)
    }

    pub(crate) fn has_term(&self, term: u64) -> bool {
        self.id.term == 0 || self.id.term == term
    }

    pub(crate) fn has_command(&self, hash: u64) -> bool {
        self.id.hash == 0 || self.id.hash == hash
    }

    pub(crate) fn describe(&self) -> String {
        match self.id.term {
            0 => "one of a term that was never seen".to_string(),
            term => format!("one of term {term}"),
        }
    }
}

/// All committed entries from index 1.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    entries: Vec<CommittedEntry>,
    /// Terms, ascending, and the highest index that was committed in that term or before.
    by_term: Vec<(u64, u64)>,
}

impl Committed {
    /// The highest index.
    pub(crate) fn last(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn get(&self, index: u64) -> Option<&CommittedEntry> {
        self.entries.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// Whether a snapshot can end there.
    pub(crate) fn allows(&self, snapshot: Position) -> bool {
        self.get(snapshot.index).is_none_or(|known| known.has_term(snapshot.term))
    }

    /// The next entry has been committed, in `in_term` or earlier, says server `by`.
    pub(crate) fn add(&mut self, id: EntryId, in_term: u64, by: usize) {
        self.entries.push(CommittedEntry { id, in_term, by });
        self.note(in_term, self.last());
    }

    /// Server `by`, in `in_term`, reports everything up to `index` committed. What is new is taken
    /// from its log, as far as that reaches.
    pub(crate) fn learn(&mut self, log: &mut LogView, index: u64, in_term: u64, by: usize) {
        let known = self.last();
        log.agree(self);
        if index <= known || log.agreed() < known {
            return;
        }
        for next in known + 1..=index {
            let entry = match log.id(next) {
                Some(entry) => entry,
                None if next <= log.snapshot().index => EntryId::default(),
                None => break,
            };
            self.add(entry, in_term, by);
        }
    }

    /// A server in `in_term` reports it too.
    pub(crate) fn reported(&mut self, index: u64, in_term: u64) {
        let entry = index.checked_sub(1).and_then(|at| self.entries.get_mut(at as usize));
        if let Some(entry) = entry.filter(|entry| entry.in_term > in_term) {
            entry.in_term = in_term;
            self.note(in_term, index);
        }
    }

    /// The highest index that was committed in an earlier term: a leader of `term` has everything
    /// up to there.
    pub(crate) fn before(&self, term: u64) -> u64 {
        let earlier = self.by_term.partition_point(|&(known, _)| known < term);
        earlier.checked_sub(1).map_or(0, |at| self.by_term[at].1)
    }

    fn note(&mut self, term: u64, index: u64) {
        let at = self.by_term.partition_point(|&(known, _)| known < term);
        if self.by_term.get(at).is_none_or(|&(known, _)| known != term) {
            self.by_term.insert(at, (term, index));
        }
        let later = self.by_term[at..].iter_mut();
        later.take_while(|(_, last)| *last <= index).for_each(|(_, last)| *last = index);
        if at > 0 && self.by_term[at].1 < self.by_term[at - 1].1 {
            self.by_term[at].1 = self.by_term[at - 1].1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::log_view::tests::entry;
    use super::*;

    #[test]
    fn knows_what_was_committed_before_a_term() {
        let mut committed = Committed::default();
        for in_term in [2, 2, 5, 5] {
            committed.add(entry(1), in_term, 0);
        }
        assert_eq!([1, 2, 3, 5, 6].map(|term| committed.before(term)), [0, 0, 2, 2, 4]);
        // A slow leader of term 3 had committed the third one already.
        committed.reported(3, 3);
        assert_eq!([3, 4, 5, 6].map(|term| committed.before(term)), [2, 3, 3, 4]);
        committed.add(entry(1), 4, 0);
        assert_eq!([4, 5, 6].map(|term| committed.before(term)), [3, 5, 5]);
    }

    #[test]
    fn what_is_not_known_of_an_entry_agrees_with_anything() {
        let mut committed = Committed::default();
        committed.add(EntryId { term: 0, ..entry(1) }, 2, 0);
        committed.add(EntryId::default(), 2, 0);
        let [first, second] = [1, 2].map(|index| *committed.get(index).unwrap());
        assert!(first.is(entry(7)) && !first.is(EntryId::new(7, b"y")) && second.is(entry(7)));
        assert!(committed.allows(Position { index: 9, term: 9 }));
    }
}
