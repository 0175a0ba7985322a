//! What a server's disk would hold after a crash now, kept up record by record.

use super::committed::Committed;
use super::entries::{Conflict, Entries, keep_first};
use super::log_view::LogView;
use crate::DiskDecoder;
use crate::api::vocabulary::{DiskRecord, DiskState, Position};
use crate::sight::Written;
use persister::Stored;
use std::collections::VecDeque;

/// A server's disk.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) term: u64,
    pub(crate) voted_for: Option<usize>,
    pub(crate) log: LogView,
    /// Snapshot bytes were saved that no cut of the log has used up.
    pub(in crate::checks) has_new_snapshot: bool,
    /// What has been written and is not durable yet.
    pub(in crate::checks) pending: VecDeque<Write>,
    pub(in crate::checks) durable_writes: u64,
}

/// Something written.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// One record of the journal: all of it, or nothing, survives a crash.
    Record(Vec<DiskRecord>),
    /// With or without the bytes of a snapshot.
    State(DiskState, bool),
}

impl Write {
    /// What a server hands to its disk; `None` when it can't be read.
    pub(crate) fn read(decoder: &dyn DiskDecoder, written: &Written<'_>) -> Option<Write> {
        match written {
            Written::Record(bytes) => decoder.record(bytes).map(Write::Record),
            // An empty state is that of a server that never ran.
            Written::State { bytes: [], with_snapshot } => {
                Some(Write::State(DiskState::default(), *with_snapshot))
            }
            Written::State { bytes, with_snapshot } => {
                decoder.state(bytes).map(|state| Write::State(state, *with_snapshot))
            }
        }
    }

    /// What made a disk what it is now; `None` for what can't be read.
    pub(crate) fn read_all<'a>(
        decoder: &'a dyn DiskDecoder,
        stored: &'a Stored,
    ) -> impl Iterator<Item = Option<Write>> + 'a {
        let state = (!stored.state.is_empty()).then(|| decoder.state(&stored.state));
        let state = state.map(|state| state.map(|state| Write::State(state, true)));
        let records = stored.records.iter().map(|bytes| decoder.record(bytes).map(Write::Record));
        state.into_iter().chain(records)
    }
}

/// What a durable write has changed.
#[derive(Debug)]
pub(crate) struct Change {
    /// Term and vote before it.
    pub(crate) hard_state: (u64, Option<usize>),
    /// How far the log agreed before it with what is committed.
    pub(crate) agreed: u64,
    /// The first entry that is not what its place was known to hold.
    pub(crate) conflict: Result<(), Conflict>,
    /// The last entry of the snapshot that a saved state goes with.
    pub(crate) snapshot: Option<Position>,
    /// The log was cut up to there, and the snapshot that stands for that is not there.
    pub(crate) cut_without_snapshot: Option<u64>,
}

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

    /// Does to the disk what a durable write of `server` did. `None` when that can't be followed:
    /// there is a gap in the log.
    pub(crate) fn apply(
        &mut self,
        write: Write,
        server: usize,
        entries: &mut Entries,
        committed: &Committed,
    ) -> Option<Change> {
        let mut change = Change {
            hard_state: (self.term, self.voted_for),
            agreed: self.log.agreed(),
            conflict: Ok(()),
            snapshot: None,
            cut_without_snapshot: None,
        };
        match write {
            Write::Record(records) => {
                for record in records {
                    keep_first(&mut change.conflict, self.record(record, server, entries)?);
                }
                self.log.agree(committed);
            }
            Write::State(state, with_snapshot) => {
                self.has_new_snapshot |= with_snapshot;
                change.snapshot = Some(state.snapshot);
                change.cut_without_snapshot = self.compact(state.snapshot);
                change.conflict = self.replace(state, server, entries);
                self.log.agree(committed);
            }
        }
        Some(change)
    }

    /// Does what one part of a record says. `None` when there is a gap in the log.
    fn record(
        &mut self,
        record: DiskRecord,
        server: usize,
        entries: &mut Entries,
    ) -> Option<Result<(), Conflict>> {
        let mut conflict = Ok(());
        match record {
            DiskRecord::HardState { term, voted_for } => {
                (self.term, self.voted_for) = (term, voted_for);
            }
            DiskRecord::Entries { first_index, entries: new } => {
                let (snapshot, last) = (self.log.snapshot().index, self.log.last().index);
                if first_index <= snapshot || first_index > last + 1 {
                    return None;
                }
                self.log.truncate_to(first_index - 1);
                for (index, entry) in (first_index..).zip(new) {
                    let before = self.log.last().term;
                    keep_first(&mut conflict, entries.observe(server, index, entry, before));
                    self.log.push(entry);
                }
            }
        }
        Some(conflict)
    }

    /// The saved state begins after this snapshot. Returns its index if nothing stands for what was
    /// cut off.
    fn compact(&mut self, snapshot: Position) -> Option<u64> {
        let before = self.log.snapshot();
        if snapshot != before {
            self.log.compact(snapshot);
        }
        if snapshot.index <= before.index {
            return None;
        }
        let had_snapshot = std::mem::take(&mut self.has_new_snapshot);
        (!had_snapshot).then_some(snapshot.index)
    }

    fn replace(
        &mut self,
        state: DiskState,
        server: usize,
        entries: &mut Entries,
    ) -> Result<(), Conflict> {
        (self.term, self.voted_for) = (state.term, state.voted_for);
        let mut conflict = Ok(());
        // What is as it was need not be looked at again.
        let mut index = state.snapshot.index;
        for entry in state.entries {
            index += 1;
            if self.log.id(index) == Some(entry) {
                continue;
            }
            self.log.truncate_to(index - 1);
            let before = self.log.last().term;
            keep_first(&mut conflict, entries.observe(server, index, entry, before));
            self.log.push(entry);
        }
        self.log.truncate_to(index);
        conflict
    }
}

#[cfg(test)]
mod tests {
    use super::super::log_view::tests::entry;
    use super::*;

    fn apply(disk: &mut Disk, write: Write) -> Change {
        disk.apply(write, 1, &mut Entries::default(), &Committed::default()).unwrap()
    }

    fn append(first_index: u64, terms: &[u64]) -> Write {
        let entries = terms.iter().map(|&term| entry(term)).collect();
        Write::Record(vec![DiskRecord::Entries { first_index, entries }])
    }

    fn cut(index: u64) -> DiskState {
        let snapshot = Position { index, term: 1 };
        DiskState { term: 4, voted_for: None, snapshot, entries: vec![entry(2)] }
    }

    #[test]
    fn follows_records_and_saves() {
        let mut disk = Disk::default();
        apply(&mut disk, append(1, &[1, 1, 1]));
        apply(&mut disk, append(3, &[2]));
        assert_eq!(disk.log.last(), Position { index: 3, term: 2 });
        let change = apply(&mut disk, Write::State(cut(2), true));
        assert_eq!(change.cut_without_snapshot, None);
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
    fn says_when_the_log_is_cut_without_a_snapshot_and_which_term_there_was() {
        let mut disk = Disk::default();
        apply(&mut disk, append(1, &[1, 1, 2]));
        let change = apply(&mut disk, Write::State(cut(2), false));
        assert_eq!(change.cut_without_snapshot, Some(2));
        let back = DiskRecord::HardState { term: 3, voted_for: None };
        let change = apply(&mut disk, Write::Record(vec![back]));
        assert_eq!((change.hard_state.0, disk.term), (4, 3));
    }

    #[test]
    fn a_record_of_several_parts_counts_at_once() {
        let mut disk = Disk::default();
        let hard_state = |term| DiskRecord::HardState { term, voted_for: Some(1) };
        let entries = |first_index| DiskRecord::Entries { first_index, entries: vec![entry(2)] };
        let change = apply(&mut disk, Write::Record(vec![hard_state(2), entries(1), entries(2)]));
        assert_eq!(change.hard_state, (0, None));
        assert_eq!((disk.term, disk.log.last()), (2, Position { index: 2, term: 2 }));
    }

    #[test]
    fn a_gap_can_not_be_followed() {
        let (mut entries, committed) = (Entries::default(), Committed::default());
        assert!(Disk::default().apply(append(3, &[1]), 1, &mut entries, &committed).is_none());
    }
}
