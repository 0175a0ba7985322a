//! A server's log as it is on its disk.

use std::collections::BTreeMap;

/// One write in a log. Everything that clients write is unique in its run, so this names an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// The key.
    pub key: String,
    /// The value, the element, or the amount.
    pub what: String,
}

impl Written {
    /// A write of that to the key.
    pub fn new(key: impl Into<String>, what: impl Into<String>) -> Written {
        Written { key: key.into(), what: what.into() }
    }
}

/// What is left of a server's log, and the store after its last entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredLog {
    /// How many entries a snapshot stands for; they are no longer in the log.
    pub snapshot_index: u64,
    /// What each entry after them writes, in the order of the log. Entries without writes have a place, too.
    pub entries: Vec<Vec<Written>>,
    /// Keys and values after the last entry.
    pub store: BTreeMap<String, String>,
}

impl StoredLog {
    /// Whether all of the log is there.
    pub fn is_whole(&self) -> bool {
        self.snapshot_index == 0
    }

    /// Where each write is, by the index of its entry.
    pub fn places(&self) -> BTreeMap<&Written, u64> {
        let indexed = (self.snapshot_index + 1..).zip(&self.entries);
        indexed.flat_map(|(index, writes)| writes.iter().map(move |write| (write, index))).collect()
    }

    /// The entries up to the one that writes this; `None` if no entry does. If that entry is committed, so are
    /// those before it.
    pub fn up_to(&self, last: &Written) -> Option<&[Vec<Written>]> {
        let place = self.entries.iter().position(|writes| writes.contains(last))?;
        Some(&self.entries[..=place])
    }
}
