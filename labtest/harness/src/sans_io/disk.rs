//! What is on a disk, in a form that the checks can read: for adapters whose core leaves it to them.

use super::core::Write;
use super::log::{Entry, Log};
use crate::api::vocabulary::{DiskDecoder, DiskRecord, DiskState};
use bytes::Bytes;
use labrpc::{decode, encode};
use persister::{Persister, Stored, SyncFuture};
use raft_api::EntryId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

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

/// Term and vote, and what else a Raft writes together with them.
pub trait Hard: Serialize + DeserializeOwned + Default + 'static {
    /// The current term.
    fn term(&self) -> u64;

    /// Whom the server has voted for in it.
    fn voted_for(&self) -> Option<usize>;
}

impl Hard for HardState {
    fn term(&self) -> u64 {
        self.term
    }

    fn voted_for(&self) -> Option<usize> {
        self.voted_for
    }
}

/// What a server finds at its start.
#[derive(Debug, Default)]
pub struct Restored<H = HardState> {
    /// As it was written last.
    pub hard: H,
    /// The log.
    pub log: Log,
    /// The service's snapshot.
    pub snapshot: Bytes,
}

/// A whole state.
type State<H> = (H, Log);
/// A record: the log from an index on is replaced by the entries, if there are any.
type Record<H> = (H, u64, Vec<Entry>);

impl<H: Hard> Restored<H> {
    /// Reads what [`Write::record`] and [`Write::state`] have written.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn read(stored: Stored) -> anyhow::Result<Restored<H>> {
        let (mut hard, mut log) = match stored.state.is_empty() {
            true => Default::default(),
            false => decode::<State<H>>(&stored.state).map_err(anyhow::Error::msg)?,
        };
        for bytes in &stored.records {
            let (first_index, entries);
            (hard, first_index, entries) =
                decode::<Record<H>>(bytes).map_err(anyhow::Error::msg)?;
            if !entries.is_empty() {
                log.replace_from(first_index, entries);
            }
        }
        Ok(Restored { hard, log, snapshot: stored.snapshot })
    }
}

impl Write {
    /// A record: the log from `first_index` on is replaced by the entries, if there are any.
    pub fn record(hard: &impl Hard, first_index: u64, entries: &[Entry]) -> Write {
        Write::Append(bytes(&(hard, first_index, entries)))
    }

    /// The whole state, in the place of all that is on the disk.
    pub fn state(hard: &impl Hard, log: &Log, snapshot: Bytes) -> Write {
        Write::Save { state: bytes(&(hard, log)), snapshot }
    }

    /// The whole state, where only the snapshot is new: hard state and log are what was written before, but for the
    /// entries that the snapshot stands for.
    pub fn compacted(hard: &impl Hard, log: &Log, snapshot: Bytes) -> Write {
        Write::Compact { state: bytes(&(hard, log)), snapshot }
    }

    /// Hands it to the disk, and says when it is durable.
    pub fn hand_to(self, persister: &dyn Persister) -> SyncFuture {
        match self {
            Write::Append(record) => persister.append(&record),
            Write::Save { state, snapshot } => persister.save(&state, Some(snapshot)),
            Write::Compact { state, snapshot } => persister.compact(&state, Some(snapshot)),
        }
        persister.sync()
    }
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    encode(value).expect("numbers and bytes have an encoding")
}

/// What reads such a disk, for [`Implementation::disk_decoder`](crate::Implementation::disk_decoder).
pub fn disk_decoder<H: Hard>() -> &'static dyn DiskDecoder {
    &Disk::<H>(PhantomData)
}

struct Disk<H>(PhantomData<fn() -> H>);

impl<H: Hard> DiskDecoder for Disk<H> {
    fn state(&self, bytes: &[u8]) -> Option<DiskState> {
        let (hard, Log { snapshot, entries }): State<H> = decode(bytes).ok()?;
        let (term, voted_for) = (hard.term(), hard.voted_for());
        Some(DiskState { term, voted_for, snapshot, entries: ids(&entries) })
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        let (hard, first_index, entries): Record<H> = decode(bytes).ok()?;
        let (term, voted_for) = (hard.term(), hard.voted_for());
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
            Write::record(&hard(9, None), 1, &[entry(9)]),
            Write::state(&hard(2, None), &log, Bytes::from_static(b"snapshot")),
            Write::record(&hard(2, Some(1)), 6, &[entry(2), entry(2)]),
            Write::record(&hard(3, None), 6, &[entry(3)]),
            Write::record(&hard(3, Some(0)), 0, &[]),
        ];
        let restored = Restored::<HardState>::read(stored(writes)).unwrap();
        assert_eq!(restored.hard, hard(3, Some(0)));
        assert_eq!(restored.log, Log { entries: vec![entry(1), entry(3)], ..log });
        assert_eq!(restored.snapshot, "snapshot");
        assert!(
            Restored::<HardState>::read(Stored { state: "rubbish".into(), ..Stored::default() })
                .is_err()
        );
    }

    #[test]
    fn the_checks_read_the_same() {
        let Write::Append(record) = Write::record(&hard(2, Some(1)), 6, &[entry(2)]) else {
            panic!("a record is appended")
        };
        let records = vec![
            DiskRecord::HardState { term: 2, voted_for: Some(1) },
            DiskRecord::Entries { first_index: 6, entries: vec![entry(2).id()] },
        ];
        assert_eq!(disk_decoder::<HardState>().record(&record), Some(records));
        let log = Log { snapshot: Position { index: 4, term: 1 }, entries: vec![entry(1)] };
        let stored = stored([Write::compacted(&hard(2, None), &log, Bytes::new())]);
        let state = DiskState {
            term: 2,
            voted_for: None,
            snapshot: log.snapshot,
            entries: vec![entry(1).id()],
        };
        assert_eq!(disk_decoder::<HardState>().state(&stored.state), Some(state));
        assert_eq!(disk_decoder::<HardState>().record(b""), None);
    }
}
