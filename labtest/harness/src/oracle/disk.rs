//! What a server's disk would hold after a crash now, kept up record by record.

use super::committed::Committed;
use super::log_matching::{self, Entries, keep_first};
use super::log_view::LogView;
use crate::api::vocabulary::{DiskRecord, DiskState};
use crate::{Violation, property};
use std::collections::VecDeque;

/// A server's disk.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) term: u64,
    pub(crate) voted_for: Option<usize>,
    pub(crate) log: LogView,
    /// Snapshot bytes were saved that no cut of the log has used up.
    pub(super) has_new_snapshot: bool,
    /// What has been written and is not durable yet.
    pub(super) pending: VecDeque<Write>,
    pub(super) durable_writes: u64,
}

/// Something written.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Record(DiskRecord),
    /// With or without the bytes of a snapshot.
    State(DiskState, bool),
}

/// What entries are checked against when they come up.
pub(crate) struct Facts<'a> {
    pub(crate) entries: &'a mut Entries,
    pub(crate) committed: &'a Committed,
}

/// The disk holds what can't be followed: a gap in the log.
#[derive(Debug)]
pub(crate) struct Incomprehensible;

type Applied = Result<Result<(), Violation>, Incomprehensible>;

impl Disk {
    /// Keeps a write until it is durable.
    pub(crate) fn write(&mut self, write: Write) {
        self.pending.push_back(write);
    }

    /// The first `writes` writes of this life are durable. Returns them one by one.
    pub(crate) fn next_durable(&mut self, writes: u64) -> Option<Write> {
        if self.durable_writes >= writes {
            return None;
        }
        self.durable_writes += 1;
        self.pending.pop_front()
    }

    /// Does to the disk what a durable write did. Returns what is wrong with it.
    pub(crate) fn apply(&mut self, write: Write, server: usize, facts: &mut Facts<'_>) -> Applied {
        match write {
            Write::Record(DiskRecord::HardState { term, voted_for }) => {
                Ok(self.set_hard_state(server, term, voted_for))
            }
            Write::Record(DiskRecord::Entries { first_index, entries }) => {
                let (snapshot, last) = (self.log.snapshot().index, self.log.last().index);
                if first_index <= snapshot || first_index > last + 1 {
                    return Err(Incomprehensible);
                }
                self.log.truncate_to(first_index - 1);
                let mut pushed = Ok(());
                for (index, entry) in (first_index..).zip(entries) {
                    let before = self.log.last().term;
                    keep_first(&mut pushed, facts.entries.observe(server, index, entry, before));
                    self.log.push(entry);
                }
                self.log.agree(facts.committed);
                Ok(pushed)
            }
            Write::State(state, with_snapshot) => {
                Ok(self.replace(state, with_snapshot, server, facts))
            }
        }
    }

    fn set_hard_state(
        &mut self,
        server: usize,
        term: u64,
        voted_for: Option<usize>,
    ) -> Result<(), Violation> {
        let before = std::mem::replace(&mut self.term, term);
        self.voted_for = voted_for;
        if term >= before {
            return Ok(());
        }
        let message = format!("server {server} writes term {term} to its disk after {before}");
        let violation = Violation::new(property::TERM_MONOTONIC, message);
        Err(violation.at_servers([server]).in_term(term))
    }

    fn replace(
        &mut self,
        state: DiskState,
        with_snapshot: bool,
        server: usize,
        facts: &mut Facts<'_>,
    ) -> Result<(), Violation> {
        let DiskState { term, voted_for, snapshot, entries } = state;
        self.has_new_snapshot |= with_snapshot;
        let is_cut = snapshot.index > self.log.snapshot().index;
        let had_snapshot = self.has_new_snapshot;
        if is_cut {
            self.has_new_snapshot = false;
        }
        if snapshot != self.log.snapshot() {
            self.log.compact(snapshot);
        }
        let mut checked = self.set_hard_state(server, term, voted_for);
        // What is as it was need not be looked at again.
        let mut index = snapshot.index;
        for entry in &entries {
            index += 1;
            if self.log.id(index) == Some(*entry) {
                continue;
            }
            self.log.truncate_to(index - 1);
            let before = self.log.last().term;
            keep_first(&mut checked, facts.entries.observe(server, index, *entry, before));
            self.log.push(*entry);
        }
        self.log.truncate_to(index);
        self.log.agree(facts.committed);
        keep_first(&mut checked, log_matching::check_snapshot(facts.committed, server, snapshot));
        if is_cut && !had_snapshot {
            let message = format!(
                "server {server} cut its log up to {} on disk, but the snapshot that stands for \
                 that is not there",
                snapshot.index
            );
            let violation = Violation::new(property::DURABILITY, message);
            return Err(violation.at_servers([server]).at_index(snapshot.index));
        }
        checked
    }
}

#[cfg(test)]
mod tests {
    use super::super::log_view::tests::entry;
    use super::*;
    use crate::api::vocabulary::Position;

    fn apply(disk: &mut Disk, write: Write) -> Result<(), Violation> {
        let (mut entries, committed) = (Entries::default(), Committed::default());
        let mut facts = Facts { entries: &mut entries, committed: &committed };
        disk.apply(write, 1, &mut facts).unwrap()
    }

    fn append(first_index: u64, terms: &[u64]) -> Write {
        let entries = terms.iter().map(|&term| entry(term)).collect();
        Write::Record(DiskRecord::Entries { first_index, entries })
    }

    fn cut(index: u64) -> DiskState {
        let snapshot = Position { index, term: 1 };
        DiskState { term: 4, voted_for: None, snapshot, entries: vec![entry(2)] }
    }

    #[test]
    fn follows_records_and_saves() {
        let mut disk = Disk::default();
        apply(&mut disk, append(1, &[1, 1, 1])).unwrap();
        apply(&mut disk, append(3, &[2])).unwrap();
        assert_eq!(disk.log.last(), Position { index: 3, term: 2 });
        apply(&mut disk, Write::State(cut(2), true)).unwrap();
        assert_eq!((disk.term, disk.log.last()), (4, Position { index: 3, term: 2 }));
        assert_eq!(disk.log.id(2), None);
    }

    #[test]
    fn nothing_is_durable_before_its_sync() {
        let mut disk = Disk::default();
        disk.write(append(1, &[1]));
        disk.write(append(2, &[1]));
        assert!(disk.next_durable(0).is_none());
        assert!(disk.next_durable(1).is_some());
        assert!(disk.next_durable(1).is_none());
        assert!(disk.next_durable(2).is_some());
    }

    #[test]
    fn fires_when_the_log_is_cut_without_a_snapshot_and_when_the_term_goes_back() {
        let mut disk = Disk::default();
        apply(&mut disk, append(1, &[1, 1, 2])).unwrap();
        let violation = apply(&mut disk, Write::State(cut(2), false)).unwrap_err();
        assert_eq!(violation.property, "safety:durability");
        let back = DiskRecord::HardState { term: 3, voted_for: None };
        let violation = apply(&mut disk, Write::Record(back)).unwrap_err();
        assert_eq!(violation.property, "safety:term");
    }

    #[test]
    fn a_gap_can_not_be_followed() {
        let (mut entries, committed) = (Entries::default(), Committed::default());
        let mut facts = Facts { entries: &mut entries, committed: &committed };
        assert!(Disk::default().apply(append(3, &[1]), 1, &mut facts).is_err());
    }
}
