//! What stands in the log.

use crate::operation::Request;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The command of a read that goes through the log, for those who submit to Raft themselves: it
/// changes nothing, and is an entry like any other.
pub fn read_command(key: &str) -> Bytes {
    let command = Command::Read { key: key.to_owned() };
    // A string always has an encoding.
    Bytes::from(labrpc::encode(&command).expect("a command has an encoding"))
}

/// An entry's command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Command {
    /// Opens a session; its number is the entry's place in the log.
    OpenSession {
        /// How many there may be. It comes with the command, so that servers with different
        /// options still do the same.
        sessions_max: u64,
    },
    /// A write.
    Execute {
        /// The client's session.
        session: u64,
        /// The number of the write within the session, from 1.
        sequence: u64,
        /// What is asked.
        request: Request,
    },
    /// A read that goes through the log because it can't do without.
    Read {
        /// Of which key.
        key: String,
    },
}
