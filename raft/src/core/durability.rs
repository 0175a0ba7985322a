//! What of the server's memory is on its disk, and what must be written next.
//!
//! The core only keeps count; the driver carries the writes out and reports back when they are
//! durable. Nothing that a message promises may be ahead of that.

use crate::core::log::Log;
use crate::core::receiving::Piece;
use crate::core::record::{HardState, Quarantine, RecordRef, SavedStateRef, encode_into};
use bytes::Bytes;
use persister::{Snapshot, SnapshotWriter};
use std::fmt;

/// The journal is not rewritten for less than this, in bytes: a rewrite has a cost of its own.
const DEAD_BYTES_MIN: usize = 512;

/// About what the journal adds to each record, in bytes.
const RECORD_OVERHEAD_BYTES: usize = 8;

/// The state of the disk relative to memory.
#[derive(Debug, Default)]
pub(crate) struct Durability {
    /// Term or vote have changed since they were written.
    hard_state_changed: bool,
    /// How often term or vote have changed, and how many of these changes are durable.
    hard_state_changes: u64,
    hard_state_changes_durable: u64,
    /// Quarantine has begun, gone on or ended since it was written.
    quarantine_changed: bool,
    /// It has to go to disk, together with what is left of the log.
    new_snapshot: Option<NewSnapshot>,
    /// That snapshot stands for another log than the one on disk.
    log_replaced: bool,
    /// Entries up to here have been handed to the disk.
    written_index: u64,
    /// Entries up to here are known to survive a crash.
    durable_index: u64,
    /// How often entries that had been there were removed again: a sync that began before a
    /// truncation says nothing about the entries that came after it.
    truncations: u64,
    /// Bytes on disk, about, and how many of them something later has replaced.
    total_bytes: usize,
    dead_bytes: usize,
}

/// A write for the driver to carry out; the bytes are in the buffer it gave.
#[derive(Debug)]
#[cfg_attr(test, derive(PartialEq))]
pub(crate) enum Write {
    /// Append the buffer as one record.
    Append,
    /// Save the buffer as the state, and the snapshot with it when there is one.
    Save(Option<NewSnapshot>),
    /// The same of a state and a snapshot that stand for what is on disk already.
    Compact(NewSnapshot),
    /// Write a piece of a snapshot that is to be saved when it is whole.
    Piece(Piece),
}

/// A snapshot for the disk.
pub(crate) enum NewSnapshot {
    /// In memory.
    Whole(Bytes),
    /// Written in pieces by the service.
    Written(Box<dyn SnapshotWriter>),
    /// Written as its pieces arrived.
    Received,
}

impl NewSnapshot {
    /// Where to read it. The disk knows where pieces are when it has been handed the last one.
    pub(crate) fn handle(&self) -> Snapshot {
        match self {
            NewSnapshot::Whole(bytes) => Snapshot::from(bytes.clone()),
            NewSnapshot::Written(_) | NewSnapshot::Received => Snapshot::default(),
        }
    }
}

impl fmt::Debug for NewSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NewSnapshot::Whole(bytes) => f.debug_tuple("Whole").field(bytes).finish(),
            NewSnapshot::Written(writer) => write!(f, "Written({} bytes)", writer.length()),
            NewSnapshot::Received => f.write_str("Received"),
        }
    }
}

/// How far the log had been written when a sync began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WriteMark {
    written_index: u64,
    truncations: u64,
    hard_state_changes: u64,
}

impl Durability {
    /// The disk of a server that has just read everything in memory from it.
    pub(crate) fn restored(last_index: u64, total_bytes: usize) -> Durability {
        Durability {
            written_index: last_index,
            durable_index: last_index,
            total_bytes,
            ..Durability::default()
        }
    }

    pub(crate) fn durable_index(&self) -> u64 {
        self.durable_index
    }

    pub(crate) fn hard_state_changes(&mut self) {
        self.hard_state_changed = true;
        self.hard_state_changes += 1;
    }

    pub(crate) fn quarantine_changes(&mut self) {
        self.quarantine_changed = true;
    }

    /// True when a crash now would take nothing back of term and vote.
    pub(crate) fn is_hard_state_durable(&self) -> bool {
        self.hard_state_changes_durable == self.hard_state_changes
    }

    /// The log has been cut after `last_index`, which frees `freed_bytes`.
    pub(crate) fn log_was_cut(&mut self, last_index: u64, freed_bytes: usize) {
        if last_index < self.written_index {
            self.written_index = last_index;
            self.durable_index = self.durable_index.min(last_index);
            self.truncations += 1;
            self.dead_bytes += freed_bytes;
        }
    }

    /// A snapshot has replaced the front of the log; `kept` says whether the rest is as it was.
    pub(crate) fn snapshot_changes(&mut self, kept: bool, snapshot: NewSnapshot) {
        self.new_snapshot = Some(snapshot);
        if !kept {
            self.log_replaced = true;
            self.truncations += 1;
            self.durable_index = 0;
        }
    }

    /// Whether a log that ends there, term and vote, quarantine or a snapshot is not on disk as it is.
    pub(crate) fn needs_write(&self, last_index: u64) -> bool {
        self.written_index < last_index
            || self.hard_state_changed
            || self.quarantine_changed
            || self.new_snapshot.is_some()
    }

    /// The next write that the disk needs, encoded into `buffer`. Call until there is none.
    pub(crate) fn next_write(
        &mut self,
        hard_state: HardState,
        quarantine: Option<Quarantine>,
        log: &Log,
        buffer: &mut Vec<u8>,
    ) -> Option<Write> {
        let last_index = log.last_index();
        if !self.needs_write(last_index) {
            return None;
        }
        let has_entries = self.written_index < last_index;
        let has_records = self.hard_state_changed || has_entries || self.quarantine_changed;
        // What a compaction leaves must be on disk before, as records: it may be put off.
        let compacts = self.new_snapshot.is_some()
            && !self.log_replaced
            && self.written_index >= log.snapshot().index;
        let records_first = compacts && has_records;
        if (self.new_snapshot.is_some() || self.is_mostly_dead()) && !records_first {
            encode_into(buffer, &SavedStateRef { hard_state, quarantine, log });
            let snapshot = self.new_snapshot.take();
            *self = Durability {
                written_index: last_index,
                durable_index: self.durable_index,
                truncations: self.truncations,
                hard_state_changes: self.hard_state_changes,
                hard_state_changes_durable: self.hard_state_changes_durable,
                total_bytes: buffer.len(),
                ..Durability::default()
            };
            return Some(match snapshot {
                Some(snapshot) if compacts => Write::Compact(snapshot),
                snapshot => Write::Save(snapshot),
            });
        }
        if std::mem::take(&mut self.hard_state_changed) {
            encode_into(buffer, &RecordRef::HardState(hard_state));
            // The record that this one replaces, which is as long.
            self.dead_bytes += buffer.len() + RECORD_OVERHEAD_BYTES;
        } else if has_entries {
            let first_index = self.written_index + 1;
            self.written_index = last_index;
            encode_into(buffer, &RecordRef::Entries { log, first_index });
        } else {
            // After term and entries: it goes on, or ends, because of them.
            self.quarantine_changed = false;
            encode_into(buffer, &RecordRef::Quarantine(quarantine));
        }
        self.total_bytes += buffer.len() + RECORD_OVERHEAD_BYTES;
        Some(Write::Append)
    }

    /// True when rewriting everything gives back more than it costs.
    fn is_mostly_dead(&self) -> bool {
        let live_bytes = self.total_bytes.saturating_sub(self.dead_bytes);
        self.dead_bytes > DEAD_BYTES_MIN.max(live_bytes)
    }

    /// Taken when a sync begins.
    pub(crate) fn mark(&self) -> WriteMark {
        WriteMark {
            written_index: self.written_index,
            truncations: self.truncations,
            // What has not been written yet is not in the sync that begins now.
            hard_state_changes: self.hard_state_changes - u64::from(self.hard_state_changed),
        }
    }

    /// A sync that began at `mark` has succeeded. True when more entries are durable than before.
    pub(crate) fn synced(&mut self, mark: WriteMark) -> bool {
        self.hard_state_changes_durable =
            self.hard_state_changes_durable.max(mark.hard_state_changes);
        // The write that follows a truncation has a sync of its own.
        let advances =
            mark.truncations == self.truncations && mark.written_index > self.durable_index;
        if advances {
            self.durable_index = mark.written_index;
        }
        advances
    }
}

#[cfg(test)]
mod tests;
