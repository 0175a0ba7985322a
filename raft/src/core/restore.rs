//! How a server reads its disk at its start.
//!
//! Bytes on a disk are input from outside: whatever is wrong with them is an error that names it,
//! never a panic, and never a server that goes on with half of its log.

use crate::core::NUMBER_MAX;
use crate::core::durability::Durability;
use crate::core::log::Log;
use crate::core::record::{FORMAT, FORMAT_PLAIN, HardState, Quarantine, Record, SavedState};
use crate::message::{Entry, Position};
use bytes::Bytes;
use persister::{Journaled, PersistError, Snapshot};
use serde::Deserialize;
use std::fmt;

/// Everything that survives a crash.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) hard_state: HardState,
    pub(crate) quarantine: Option<Quarantine>,
    pub(crate) log: Log,
    pub(crate) snapshot: Snapshot,
    pub(crate) durability: Durability,
}

/// Why a server can't start from what it has stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The storage could not be read.
    #[error("can't read stable storage: {0}")]
    Storage(#[from] PersistError),
    /// The saved state, or a record of the journal, is not what this code writes.
    #[error("can't decode {place}: {reason}")]
    Undecodable {
        /// Which part of what is stored.
        place: String,
        /// What the decoder said.
        reason: String,
    },
    /// What is stored decodes, but contradicts itself.
    #[error("{place} is impossible: {reason}")]
    Impossible {
        /// Which part of what is stored.
        place: String,
        /// What contradicts what.
        reason: String,
    },
}

/// Puts state, records and snapshot together again.
pub(crate) fn restore(
    stored: Journaled,
    snapshot: Snapshot,
    servers: usize,
) -> Result<Restored, RestoreError> {
    let total_bytes = stored.state.len() + stored.records.iter().map(Bytes::len).sum::<usize>();
    let mut builder = Builder {
        servers,
        hard_state: HardState::default(),
        quarantine: None,
        log: Log::default(),
    };
    if !stored.state.is_empty() {
        builder.load_state(decode(Place::State, &stored.state)?)?;
    }
    for (number, bytes) in stored.records.iter().enumerate() {
        let place = Place::Record(number);
        builder.replay(place, decode(place, bytes)?)?;
    }
    let Builder { hard_state, quarantine, log, .. } = builder;
    if !snapshot.is_empty() && log.snapshot().index == 0 {
        let reason = "there is no state that says up to where it reaches";
        return Err(impossible(Place::Snapshot, reason));
    }
    check_quarantine(quarantine, hard_state)?;
    if log.last().term > hard_state.term {
        let reason = format!(
            "it ends in term {}, but the server has only been in term {}",
            log.last().term,
            hard_state.term
        );
        return Err(impossible(Place::Log, reason));
    }
    let durability = Durability::restored(log.last_index(), total_bytes);
    Ok(Restored { hard_state, quarantine, log, snapshot, durability })
}

/// A part of what is stored. In words only when it is needed: there are many records.
#[derive(Clone, Copy)]
enum Place {
    State,
    Record(usize),
    Snapshot,
    Log,
    Quarantine,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::State => f.write_str("the saved state"),
            Place::Record(number) => write!(f, "record {number} of the journal"),
            Place::Snapshot => f.write_str("the snapshot"),
            Place::Log => f.write_str("the log"),
            Place::Quarantine => f.write_str("the quarantine"),
        }
    }
}

struct Builder {
    servers: usize,
    hard_state: HardState,
    quarantine: Option<Quarantine>,
    log: Log,
}

impl Builder {
    fn load_state(&mut self, state: SavedState) -> Result<(), RestoreError> {
        let place = Place::State;
        if ![FORMAT_PLAIN, FORMAT].contains(&state.format) {
            let reason = format!(
                "its format is {}, but this version reads {FORMAT_PLAIN} and {FORMAT}",
                state.format
            );
            return Err(impossible(place, reason));
        }
        self.quarantine = state.quarantine;
        self.set_hard_state(place, state.hard_state)?;
        let snapshot = Position { index: state.snapshot_index, term: state.snapshot_term };
        check_number(place, "snapshot's index", snapshot.index)?;
        self.log = Log::new(snapshot, Vec::new());
        self.push_all(place, state.entries)
    }

    fn replay(&mut self, place: Place, record: Record) -> Result<(), RestoreError> {
        match record {
            Record::HardState(hard_state) => self.set_hard_state(place, hard_state),
            Record::Entries { first_index, entries } => {
                let (snapshot, last) = (self.log.snapshot().index, self.log.last_index());
                if first_index <= snapshot || first_index > last + 1 {
                    let reason = format!(
                        "its first entry is {first_index}, but the log before it is {}..={last}",
                        snapshot + 1
                    );
                    return Err(impossible(place, reason));
                }
                self.log.truncate_from(first_index);
                self.push_all(place, entries)
            }
            Record::Quarantine(quarantine) => {
                self.quarantine = quarantine;
                Ok(())
            }
        }
    }

    fn set_hard_state(&mut self, place: Place, new: HardState) -> Result<(), RestoreError> {
        let old = self.hard_state;
        if new.term < old.term {
            let reason = format!("its term {} is below {}", new.term, old.term);
            return Err(impossible(place, reason));
        }
        check_number(place, "term", new.term)?;
        let changes_vote = old.voted_for.is_some() && new.voted_for != old.voted_for;
        if new.term == old.term && changes_vote {
            let (old, new, term) = (old.voted_for, new.voted_for, new.term);
            let reason = format!("its vote in term {term} is {new:?}, and was {old:?} before");
            return Err(impossible(place, reason));
        }
        if new.voted_for.is_some_and(|candidate| candidate >= self.servers) {
            let reason = format!("voted for {:?} of {} servers", new.voted_for, self.servers);
            return Err(impossible(place, reason));
        }
        self.hard_state = new;
        Ok(())
    }

    fn push_all(&mut self, place: Place, entries: Vec<Entry>) -> Result<(), RestoreError> {
        for entry in entries {
            let last = self.log.last();
            if entry.term < last.term {
                let reason = format!(
                    "entry {} has term {}, but the one before it has {}",
                    last.index + 1,
                    entry.term,
                    last.term
                );
                return Err(impossible(place, reason));
            }
            self.log.push(entry);
        }
        Ok(())
    }
}

/// A server that catches up has left the terms behind in which it may have voted.
fn check_quarantine(
    quarantine: Option<Quarantine>,
    HardState { term, .. }: HardState,
) -> Result<(), RestoreError> {
    match quarantine {
        Some(Quarantine::CatchingUp { above_term }) if term <= above_term => {
            let reason = format!("it is for terms above {above_term}, but the server's is {term}");
            Err(impossible(Place::Quarantine, reason))
        }
        _ => Ok(()),
    }
}

fn check_number(place: Place, what: &str, number: u64) -> Result<(), RestoreError> {
    if number > NUMBER_MAX {
        let reason = format!("its {what} is {number}, but no cluster gets beyond {NUMBER_MAX}");
        return Err(impossible(place, reason));
    }
    Ok(())
}

fn decode<T: for<'de> Deserialize<'de>>(place: Place, bytes: &[u8]) -> Result<T, RestoreError> {
    let undecodable =
        |reason: String| RestoreError::Undecodable { place: place.to_string(), reason };
    let (value, rest) =
        postcard::take_from_bytes(bytes).map_err(|error| undecodable(error.to_string()))?;
    match rest.len() {
        0 => Ok(value),
        left => Err(undecodable(format!("{left} bytes are left over"))),
    }
}

fn impossible(place: Place, reason: impl Into<String>) -> RestoreError {
    RestoreError::Impossible { place: place.to_string(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
