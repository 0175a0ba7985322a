//! What is on the disk.

use crate::log::Log;
use crate::message::Entry;
use labtest::serde::{Deserialize, Serialize};
use labtest::{Bytes, Position, Stored, anyhow, decode};

/// Term and vote, and how far the log is known to be committed, which spares a server that starts
/// again the wait for its leader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct HardState {
    pub(crate) term: u64,
    pub(crate) vote: Option<usize>,
    pub(crate) commit: u64,
}

/// All that a step writes: the log from `first_index` on is replaced by the entries, if there are any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct Record {
    pub(crate) hard: HardState,
    pub(crate) first_index: u64,
    pub(crate) entries: Vec<Entry>,
}

/// The whole state, written when a snapshot takes the place of a part of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct Saved {
    pub(crate) hard: HardState,
    pub(crate) snapshot: Position,
    pub(crate) entries: Vec<Entry>,
}

/// What is to be written.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Record(Record),
    Save(Saved, Bytes),
}

/// What a server finds at its start.
#[derive(Debug, Default)]
pub(crate) struct Restored {
    pub(crate) hard: HardState,
    pub(crate) log: Log,
    pub(crate) snapshot: Bytes,
}

impl Restored {
    /// # Errors
    /// When bytes are not what this Raft writes.
    pub(crate) fn read(stored: Stored) -> anyhow::Result<Restored> {
        let saved: Saved = match stored.state.is_empty() {
            true => Saved::default(),
            false => decode(&stored.state).map_err(anyhow::Error::msg)?,
        };
        let mut hard = saved.hard;
        let mut log = Log { snapshot: saved.snapshot, entries: saved.entries };
        for bytes in &stored.records {
            let record: Record = decode(bytes).map_err(anyhow::Error::msg)?;
            hard = record.hard;
            if !record.entries.is_empty() {
                log.replace_from(record.first_index, record.entries);
            }
        }
        hard.commit = hard.commit.clamp(log.snapshot.index, log.last().index);
        Ok(Restored { hard, log, snapshot: stored.snapshot })
    }
}
