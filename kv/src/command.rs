//! What stands in the log.

use crate::operation::Request;
use serde::{Deserialize, Serialize};

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
