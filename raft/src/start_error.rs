//! Why commands are not taken.

use raft_api::NotLeader;

/// Why commands were not taken. None of them is in the log, or ever will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// This server does not lead, or has stopped.
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// A command is too large, today and tomorrow
    /// ([`command_bytes_max`](crate::Config::command_bytes_max)).
    #[error("a command has {bytes} bytes, and may have {max}")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
        /// How many it may have.
        max: usize,
    },
    /// Too much waits to be committed
    /// ([`uncommitted_bytes_max`](crate::Config::uncommitted_bytes_max)).
    #[error("about {uncommitted_bytes} bytes wait to be committed, and {max} may")]
    Busy {
        /// What waits, in bytes.
        uncommitted_bytes: usize,
        /// How many bytes may wait.
        max: usize,
    },
    /// The server leads, and takes commands again when there is room.
    #[error("the server's disk is nearly full: it takes no commands until there is room")]
    DiskNearlyFull,
}
