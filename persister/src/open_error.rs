//! Why a server can't be given its files.

use crate::{Corruption, Identity, PersistError};
use std::path::Path;

/// Why the files of a server can't be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// What a file holds is not what was written and synced.
    #[error("{file} is corrupt: byte {}: expected {}, found {}", .corruption.offset, .corruption.expected, .corruption.found)]
    Corrupt {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        corruption: Corruption,
    },
    /// The file belongs to another server.
    #[error("{file} belongs to {found}, not to {expected}")]
    Foreign {
        /// The file's name.
        file: String,
        /// Whose it is.
        found: Identity,
        /// Who opened it.
        expected: Identity,
    },
    /// A version of this program with another format has written the file.
    #[error(
        "{file} has format version {found}, but this program reads version {reads} only: use the version of the program that wrote it, or a later one"
    )]
    Version {
        /// The file's name.
        file: String,
        /// The version in it.
        found: u32,
        /// The version that can be read.
        reads: u32,
    },
    /// Another process has the directory open.
    #[error("{directory} is in use by {holder}")]
    Locked {
        /// The directory.
        directory: String,
        /// Who has it, as far as that is known.
        holder: String,
    },
    /// A name of a cluster that does not fit into the files.
    #[error(
        "the cluster's name has {bytes} bytes, but must have at most {}",
        Identity::CLUSTER_BYTES_MAX
    )]
    ClusterName {
        /// Its length, in bytes.
        bytes: usize,
    },
    /// The operating system refused.
    #[error("can't {what}: {reason}")]
    System {
        /// What it was asked for.
        what: String,
        /// What it said.
        reason: String,
    },
}

impl OpenError {
    /// The same of a file in that directory, by its whole name.
    pub(crate) fn within(mut self, directory: &Path) -> OpenError {
        let (OpenError::Corrupt { file, .. }
        | OpenError::Foreign { file, .. }
        | OpenError::Version { file, .. }) = &mut self
        else {
            return self;
        };
        *file = directory.join(&*file).display().to_string();
        self
    }

    pub(crate) fn system(verb: &str, file: &str, error: &std::io::Error) -> OpenError {
        OpenError::System { what: format!("{verb} {file}"), reason: error.to_string() }
    }

    pub(crate) fn persist(verb: &str, file: &str, error: &PersistError) -> OpenError {
        OpenError::System { what: format!("{verb} {file}"), reason: error.to_string() }
    }
}

impl From<OpenError> for PersistError {
    fn from(error: OpenError) -> PersistError {
        match error {
            OpenError::Corrupt { corruption, .. } => PersistError::Corrupt(corruption),
            other => PersistError::Failed(other.to_string()),
        }
    }
}
