//! What is on a disk, in a form that the checks can read: for adapters whose core leaves it to them.

use super::core::Write;
use super::log::{Entry, Log};
use crate::api::vocabulary::{DiskDecoder, DiskRecord, DiskState};
use bytes::Bytes;
use labrpc::{decode, encode};
use persister::Stored;
use raft_api::EntryId;
use serde::{Deserialize, Serialize};

/// Term and vote, and how far the log is known to be committed, which spares a server that starts again the wait
/// for its leader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardState {
    /// The current term.
    pub term: u64,
    /// Whom the server has voted for in it.
    pub voted_for: Option<usize>,
    /// The highest entry that it knows to be committed.
    pub commit_index: u64,
}

/// What a server finds at its start.
#[derive(Debug, Default)]
pub struct Restored {
    /// As it was written last.
    pub hard: HardState,
    /// The log.
    pub log: Log,
    /// The service's snapshot.
    pub snapshot: Bytes,
}

impl Restored {
    /// Reads what [`Write::record`] and [`Write::state`] have written.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn read(stored: Stored) -> anyhow::Result<Restored> {
        let (mut hard, mut log) = match stored.state.is_empty() {
            true => Default::default(),
            false => decode::<(HardState, Log)>(&stored.state).map_err(anyhow::Error::msg)?,
        };
        for bytes in &stored.records {
            let (first_index, entries): (u64, Vec<Entry>);
            (hard, first_index, entries) = decode(bytes).map_err(anyhow::Error::msg)?;
            if !entries.is_empty() {
                log.replace_from(first_index, entries);
            }
        }
        Ok(Restored { hard, log, snapshot: stored.snapshot })
    }
}

impl Write {
    /// A record: the log from `first_index` on is replaced by the entries, if there are any.
    pub fn record(hard: HardState, first_index: u64, entries: &[Entry]) -> Write {
        Write::Append(bytes(&(hard, first_index, entries)))
    }

    /// The whole state, in the place of all that is on the disk.
    pub fn state(hard: HardState, log: &Log, snapshot: Bytes) -> Write {
        Write::Save { state: bytes(&(hard, log)), snapshot }
    }

    /// The whole state, where only the snapshot is new: hard state and log are what was written before, but for the
    /// entries that the snapshot stands for.
    pub fn compacted(hard: HardState, log: &Log, snapshot: Bytes) -> Write {
        Write::Compact { state: bytes(&(hard, log)), snapshot }
    }
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    encode(value).expect("numbers and bytes have an encoding")
}

/// Reads such a disk, for [`Implementation::disk_decoder`](crate::Implementation::disk_decoder).
#[derive(Clone, Copy, Debug)]
pub struct Disk;

impl DiskDecoder for Disk {
    fn state(&self, bytes: &[u8]) -> Option<DiskState> {
        let (hard, Log { snapshot, entries }): (HardState, Log) = decode(bytes).ok()?;
        let HardState { term, voted_for, .. } = hard;
        Some(DiskState { term, voted_for, snapshot, entries: ids(&entries) })
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        let (hard, first_index, entries): (HardState, u64, Vec<Entry>) = decode(bytes).ok()?;
        let HardState { term, voted_for, .. } = hard;
        let mut records = vec![DiskRecord::HardState { term, voted_for }];
        if !entries.is_empty() {
            records.push(DiskRecord::Entries { first_index, entries: ids(&entries) });
        }
        Some(records)
    }
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(Entry::id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use raft_api::Position;

    fn entry(term: u64) -> Entry {
        Entry { term, command: Some(Bytes::from_static(b"x")) }
    }

    fn hard(term: u64, voted_for: Option<usize>) -> HardState {
        HardState { term, voted_for, commit_index: 4 }
    }

    /// What a disk holds after these writes.
    fn stored(writes: impl IntoIterator<Item = Write>) -> Stored {
        let mut stored = Stored::default();
        for write in writes {
            match write {
                Write::Append(record) => stored.records.push(record.into()),
                Write::Save { state, snapshot } | Write::Compact { state, snapshot } => {
                    stored = Stored { state: state.into(), records: Vec::new(), snapshot };
                }
            }
        }
        stored
    }

    #[test]
    fn what_was_written_is_found() {
        let log = Log { snapshot: Position { index: 4, term: 1 }, entries: vec![entry(1)] };
        let writes = [
            Write::record(hard(9, None), 1, &[entry(9)]),
            Write::state(hard(2, None), &log, Bytes::from_static(b"snapshot")),
            Write::record(hard(2, Some(1)), 6, &[entry(2), entry(2)]),
            Write::record(hard(3, None), 6, &[entry(3)]),
            Write::record(hard(3, Some(0)), 0, &[]),
        ];
        let restored = Restored::read(stored(writes)).unwrap();
        assert_eq!(restored.hard, hard(3, Some(0)));
        assert_eq!(restored.log, Log { entries: vec![entry(1), entry(3)], ..log });
        assert_eq!(restored.snapshot, "snapshot");
        assert!(Restored::read(Stored { state: "rubbish".into(), ..Stored::default() }).is_err());
    }

    #[test]
    fn the_checks_read_the_same() {
        let Write::Append(record) = Write::record(hard(2, Some(1)), 6, &[entry(2)]) else {
            panic!("a record is appended")
        };
        let records = vec![
            DiskRecord::HardState { term: 2, voted_for: Some(1) },
            DiskRecord::Entries { first_index: 6, entries: vec![entry(2).id()] },
        ];
        assert_eq!(Disk.record(&record), Some(records));
        let log = Log { snapshot: Position { index: 4, term: 1 }, entries: vec![entry(1)] };
        let stored = stored([Write::compacted(hard(2, None), &log, Bytes::new())]);
        let state = DiskState {
            term: 2,
            voted_for: None,
            snapshot: log.snapshot,
            entries: vec![entry(1).id()],
        };
        assert_eq!(Disk.state(&stored.state), Some(state));
        assert_eq!(Disk.record(b""), None);
    }
}
