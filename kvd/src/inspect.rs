//! What is in a server's directory, for people: as lines that `cat` shows, and compared with others.
//!
//! Nothing here changes a directory or needs its lock, so the server may run meanwhile.

mod check;
mod command;
mod disk;
mod follow;
mod kv_machine;
mod lines;

pub use check::{Verdict, check};
pub use command::describe;
pub use follow::Follower;
pub use kv_machine::KvMachine;
pub use lines::bytes_as_json;

use bytes::Bytes;
use persister::OpenError;
use raft::RestoreError;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// What the commands and snapshots in a directory mean.
pub trait StateMachine {
    /// A command as people read it, its bytes by [`bytes_as_json`]. Bytes that are not a command can't be an
    /// error: they are in a log all the same.
    fn describe(&self, command: &[u8]) -> Value;

    /// Keys and values after the commands of all entries that `commands` gives by their index, which follow what the
    /// snapshot stands for. Without one it is empty.
    ///
    /// # Errors
    /// A sentence on what can't be read.
    fn store(
        &self,
        snapshot: &[u8],
        commands: &mut dyn Iterator<Item = (u64, &[u8])>,
    ) -> Result<BTreeMap<Bytes, Bytes>, String>;
}

/// Why a directory can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// Its files can't be read.
    #[error(transparent)]
    Files(#[from] OpenError),
    /// There is nothing in it.
    #[error("{directory}: no server has ever started there")]
    NeverStarted {
        /// The directory.
        directory: String,
    },
    /// Raft can't make sense of them.
    #[error("{directory}: {reason}")]
    Log {
        /// The directory.
        directory: String,
        /// What is wrong.
        reason: RestoreError,
    },
    /// The state machine can't make sense of them.
    #[error("{directory}: can't make the store from snapshot and log: {reason}")]
    Store {
        /// The directory.
        directory: String,
        /// What is wrong.
        reason: String,
    },
    /// Directories of different clusters are compared.
    #[error("{0} and {1}: expected two servers of one cluster")]
    Unrelated(
        /// A directory, and whose it is.
        String,
        /// Another one.
        String,
    ),
    /// The lines can't be written.
    #[error("can't write the output: {0}")]
    Output(#[from] io::Error),
}

/// Writes all that is in a directory as lines of JSON, in this order:
///
/// * whose it is: `{"cluster": "kvd", "server": 2}`
/// * term and vote: `{"term": 6, "voted_for": "127.0.0.1:8002"}`, the server by its place in `addresses`, or by that
///   place's number where there is no address
/// * the snapshot, if there is one: `{"snapshot_index": 3, "snapshot_term": 2}`
/// * the log after it: `{"index": 4, "term": 3, "command": {…}}`
/// * the store after the last entry of the log: `{"key": "x", "value": "10"}`
///
/// The last entries of a log need not be committed, and others may come to stand in their place.
///
/// # Errors
/// When the directory can't be read, or the lines not written.
pub fn print(
    directory: &Path,
    machine: &dyn StateMachine,
    addresses: &[String],
    output: &mut dyn Write,
) -> Result<(), InspectError> {
    Follower::new(directory, machine, addresses).write_news(output)
}
