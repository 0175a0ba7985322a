//! What clients ask and what they are answered.

use serde::{Deserialize, Serialize};

/// What is asked of one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The key.
    pub key: String,
    /// What.
    pub action: Action,
}

/// What can be asked of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// For its value.
    Get,
    /// To have this value.
    Put(String),
    /// To have this value if its version is this one; a key that never was has version 0.
    PutAtVersion(u64, String),
    /// To have this added to its value, or as its value if it has none.
    Append(String),
    /// To have the second value if it has the first; `None` is no value.
    CompareAndSet(Option<String>, String),
    /// To have no value.
    Delete,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To a get.
    Got(Versioned),
    /// The write is done, and this is the version that it made.
    Done {
        /// One more than before the write.
        version: u64,
    },
    /// The condition of the write did not hold. Nothing has changed.
    Refused,
}

/// What is under a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versioned {
    /// The value, if there is one.
    pub value: Option<String>,
    /// How many writes to the key took effect, deletions among them. It goes on when the key is
    /// deleted and written anew, so that equal versions mean that nothing happened in between.
    pub version: u64,
}
