//! Places in a log, and what stands for the entry at one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a log: an index and the term of the entry there. In words, `7 of term 2`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The entry's index; 0 is before the first entry.
    pub index: u64,
    /// The entry's term.
    pub term: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of term {}", self.index, self.term)
    }
}

/// Stands for a log entry: its term, and a hash of its command.
///
/// Checks keep these and not the entries, so that what they remember of an entry has a fixed size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntryId {
    /// The term in which a leader received the entry.
    pub term: u64,
    /// A hash of its command, never 0.
    pub hash: u64,
}

impl EntryId {
    /// An entry of that term that is not a command ([`ApplyMsg::Own`](crate::ApplyMsg::Own)), whatever it
    /// holds. It has the id of an empty command.
    pub fn own(term: u64) -> EntryId {
        EntryId::new(term, b"")
    }

    /// The entry of that term with that command.
    ///
    /// ```
    /// use raft_api::EntryId;
    ///
    /// assert_eq!(EntryId::new(3, b"x"), EntryId::new(3, b"x"));
    /// assert_ne!(EntryId::new(3, b"x"), EntryId::new(3, b"y"));
    /// ```
    pub fn new(term: u64, command: &[u8]) -> EntryId {
        EntryId { term, hash: xxhash_rust::xxh3::xxh3_64(command).max(1) }
    }
}
