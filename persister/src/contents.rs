//! What a server's files hold, for readers only.

use crate::files::{Files, RealFiles};
use crate::journal::look;
use crate::{Identity, OpenError, Stored};
use std::path::Path;

/// What a server's files hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Whose they are.
    pub identity: Identity,
    /// How often the journal has been replaced.
    pub generation: u64,
    /// What the server would find at its start.
    pub stored: Stored,
    /// The end of the journal that it would drop, since a power cut has torn it, in bytes.
    pub torn_bytes: u64,
    /// Files that it would remove: not finished, or not needed.
    pub left_over: Vec<String>,
}

impl Contents {
    /// Reads a directory and changes nothing in it. Needs no lock: of a server that runs it shows a moment,
    /// or fails if a file is replaced just then.
    ///
    /// `None` where no server has ever started.
    ///
    /// # Errors
    /// When there is no such directory, or for what would keep the server from starting.
    pub fn of_directory(directory: &Path) -> Result<Option<Contents>, OpenError> {
        let name = directory.display().to_string();
        let system = |error| OpenError::system("read", &name, &error);
        if !std::fs::metadata(directory).map_err(system)?.is_dir() {
            return Err(system(std::io::ErrorKind::NotADirectory.into()));
        }
        let files = RealFiles::new(directory).map_err(system)?;
        Contents::of(&files).map_err(|error| error.within(directory))
    }

    /// [`of_directory`](Contents::of_directory), of any files.
    ///
    /// # Errors
    /// For what would keep a server from starting from them.
    pub fn of(files: &dyn Files) -> Result<Option<Contents>, OpenError> {
        let found = look(files, None)?;
        let Some(journal) = found.journal else { return Ok(None) };
        Ok(Some(Contents {
            identity: journal.identity.clone(),
            generation: journal.next.generation,
            torn_bytes: journal.torn_bytes,
            stored: journal.into_stored()?,
            left_over: found.left_over,
        }))
    }
}
