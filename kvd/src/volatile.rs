//! A disk that loses its power with the process.

use persister::files::VolatileFiles;
use runtime::Rng;
use std::io;
use std::path::Path;

/// A disk that keeps a random part of what was not synced.
#[derive(Clone, Copy, Debug)]
pub struct Volatile {
    /// Where chance comes from.
    pub seed: u64,
    /// How many times in a million some of the pending data is written after an operation; drawn by default.
    pub write_back_per_million: Option<u32>,
}

impl Volatile {
    /// The files of a directory on such a disk.
    ///
    /// # Errors
    /// When they can't be read.
    pub fn files(self, folder: &Path) -> io::Result<VolatileFiles> {
        let files = VolatileFiles::new(folder, Rng::from_seed(self.seed))?;
        if let Some(per_million) = self.write_back_per_million {
            files.write_back(per_million);
        }
        Ok(files)
    }
}
