//! What is in the log.

use crate::operation::Request;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The command of a read that goes through the log, for those who submit to Raft themselves: it
/// changes nothing, and is an entry like any other.
pub fn read_command(key: &str) -> Bytes {
    Command::Read { key: Bytes::copy_from_slice(key.as_bytes()) }.encode()
}

/// An entry's command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Opens a session; its number is the entry's place in the log.
    OpenSession(NewSession),
    /// Does all that is asked, at once.
    Execute {
        /// Makes it take effect once, however often it is in the log.
        once: Option<Once>,
        /// What is asked.
        requests: Vec<Request>,
    },
    /// A read that has to go through the log.
    Read {
        /// Of which key.
        key: Bytes,
    },
}

/// A session to open. Everything is in the command, so that servers with different options still do the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSession {
    /// Random where a session may not be taken for another one of the same number, in a cluster that was made
    /// again, say.
    pub token: u128,
    /// Who opens it. One owner's sessions make room for each other.
    pub owner: Bytes,
    /// How many sessions an owner may have.
    pub owner_sessions_max: u64,
    /// How many there may be.
    pub sessions_max: u64,
}

/// The place of a command within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// The session's number.
    pub session: u64,
    /// Its token.
    pub token: u128,
    /// The number of the command within the session, from 1, each higher than those before.
    pub sequence: u64,
}

impl Command {
    /// What goes into the log.
    pub fn encode(&self) -> Bytes {
        // Numbers, lists and bytes always have an encoding.
        Bytes::from(labrpc::encode(self).expect("a command has an encoding"))
    }

    /// The command of an entry.
    ///
    /// # Errors
    /// When it is none: why.
    pub fn decode(bytes: &[u8]) -> Result<Command, String> {
        labrpc::decode(bytes)
    }
}
