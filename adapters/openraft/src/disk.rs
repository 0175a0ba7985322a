//! What is on the disk.

use crate::types::{Vote, term_of};
use labtest::sans_io::{Entry, Log};
use labtest::serde::{Deserialize, Serialize};
use labtest::{Bytes, DiskDecoder, DiskRecord, DiskState, EntryId, Stored, anyhow, decode, encode};

/// What the crate calls a vote is whom a server has voted for, or whom it follows as the leader of the term.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(crate = "labtest::serde")]
pub(crate) struct HardState {
    /// As the crate has it.
    pub(crate) vote: Option<Vote>,
    /// Whom the server has voted for in that term. It may then follow another: the one that has won.
    pub(crate) voted_for: Option<usize>,
}

impl HardState {
    pub(crate) fn term(&self) -> u64 {
        self.vote.as_ref().map_or(0, term_of)
    }

    /// Takes the crate's next vote.
    pub(crate) fn update(&mut self, vote: Vote) {
        let same_term = self.term() == term_of(&vote);
        let kept = self.voted_for.filter(|_| same_term);
        let given = Some(crate::types::candidate_of(&vote)).filter(|_| !vote.is_committed());
        *self = HardState { vote: Some(vote), voted_for: kept.or(given) };
    }
}

/// A record: the log from an index on is replaced by entries, if there is one.
type Record = (HardState, Option<u64>, Vec<Entry>);

pub(crate) fn record(hard: HardState, first_index: Option<u64>, entries: &[Entry]) -> Vec<u8> {
    encode(&(hard, first_index, entries)).expect("numbers and bytes have an encoding")
}

pub(crate) fn state(hard: HardState, log: &Log) -> Vec<u8> {
    encode(&(hard, log)).expect("numbers and bytes have an encoding")
}

/// What a server finds at its start.
pub(crate) fn read(stored: Stored) -> anyhow::Result<(HardState, Log, Bytes)> {
    let (mut hard, mut log): (HardState, Log) = match stored.state.is_empty() {
        true => Default::default(),
        false => decode(&stored.state).map_err(anyhow::Error::msg)?,
    };
    for bytes in &stored.records {
        let (first_index, entries);
        (hard, first_index, entries) = decode::<Record>(bytes).map_err(anyhow::Error::msg)?;
        if let Some(first_index) = first_index {
            log.replace_from(first_index, entries);
        }
    }
    Ok((hard, log, stored.snapshot))
}

/// Reads it for the checks.
#[derive(Debug)]
pub(crate) struct Disk;

impl DiskDecoder for Disk {
    fn state(&self, bytes: &[u8]) -> Option<DiskState> {
        let (hard, Log { snapshot, entries }): (HardState, Log) = decode(bytes).ok()?;
        let (term, voted_for) = (hard.term(), hard.voted_for);
        Some(DiskState { term, voted_for, snapshot, entries: ids(&entries) })
    }

    fn record(&self, bytes: &[u8]) -> Option<Vec<DiskRecord>> {
        let (hard, first_index, entries): Record = decode(bytes).ok()?;
        let hard = DiskRecord::HardState { term: hard.term(), voted_for: hard.voted_for };
        let log = first_index
            .map(|first_index| DiskRecord::Entries { first_index, entries: ids(&entries) });
        Some([hard].into_iter().chain(log).collect())
    }
}

fn ids(entries: &[Entry]) -> Vec<EntryId> {
    entries.iter().map(Entry::id).collect()
}
