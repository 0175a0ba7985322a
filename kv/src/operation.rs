//! What clients ask and what they are answered.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What is asked of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The key.
    pub key: Bytes,
    /// What.
    pub action: Action,
}

impl Request {
    /// A request for the key. Its bytes are copied.
    pub fn new(key: impl AsRef<[u8]>, action: Action) -> Request {
        Request { key: Bytes::copy_from_slice(key.as_ref()), action }
    }
}

/// What can be asked of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// For its value.
    Get,
    /// To have this value.
    Put(Bytes),
    /// To have this value if its version is this one; a key that never was has version 0.
    PutAtVersion(u64, Bytes),
    /// To have this added to its value, or as its value if it has none.
    Append(Bytes),
    /// To get the second value if it has the first; `None` is no value.
    CompareAndSet(Option<Bytes>, Bytes),
    /// To have no value. Its version goes on.
    Delete,
    /// To have this value if it has one already.
    PutIfPresent(Bytes),
    /// To be forgotten, its version too, which takes no memory afterwards. Refused if it has no value.
    Remove,
    /// To have this added to its value, a decimal number of 64 bits, or to 0 if it has none.
    Add(i64),
    /// For the bytes of its value; 0 if it has none.
    Length,
}

impl Action {
    /// Whether it only looks.
    pub fn is_read(&self) -> bool {
        matches!(self, Action::Get | Action::Length)
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To a get.
    Got(Versioned),
    /// The write is done, and this is the version that it made.
    Done {
        /// One more than before the write; 0 for a key that is forgotten.
        version: u64,
    },
    /// The condition of the write did not hold. Nothing has changed.
    Refused,
    /// The sum that is the value now, or a length.
    Number(i64),
    /// The value is not a number of 64 bits. Nothing has changed.
    NotANumber,
    /// The sum has no place in 64 bits. Nothing has changed.
    Overflow,
    /// To several requests that were one command, in their order.
    Several(Vec<Answer>),
}

/// What is under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned {
    /// The value, if there is one.
    pub value: Option<Bytes>,
    /// How many writes to the key took effect, deletions among them. It goes on when the key is deleted and
    /// written again, so that equal versions mean that nothing happened in between.
    pub version: u64,
}
