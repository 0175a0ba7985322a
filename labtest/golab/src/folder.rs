//! Where a program is built: a folder that ends with the tester, or with the next one where the tester was killed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;

const PREFIX: &str = "labtest-go-";
/// Held as long as the folder is needed.
const LOCK: &str = "lock";

/// A temporary folder.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Folder {
    /// A new one, in that folder for such. Those that testers have left there which were killed are removed.
    ///
    /// # Errors
    /// When it can't be made.
    pub(crate) fn new(within: &Path) -> io::Result<Folder> {
        sweep(within);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(within)?;
        // Nobody finds a lock that is not held yet.
        let unheld = folder.path().join("lock.new");
        let lock = File::create(&unheld)?;
        lock.lock()?;
        fs::rename(unheld, folder.path().join(LOCK))?;
        Ok(Folder { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn sweep(within: &Path) {
    let Ok(entries) = fs::read_dir(within) else { return };
    for entry in entries.flatten().filter(|entry| is_ours(&entry.file_name())) {
        let lock = File::open(entry.path().join(LOCK));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            // What can't be removed, because it is somebody else's, stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_ours(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_tester_has_left_is_removed_by_the_next_one() {
        let temporary = tempfile::tempdir().unwrap();
        let left = |name: &str, file: &str| {
            let path = temporary.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join(file), "").unwrap();
            path
        };
        let killed = left("labtest-go-killed", LOCK);
        let beginning = left("labtest-go-beginning", "lock.new");
        let foreign = left("another", LOCK);
        let held = Folder::new(temporary.path()).unwrap();
        assert!(!killed.exists() && beginning.exists() && foreign.exists());
        let path = held.path().to_owned();
        drop(Folder::new(temporary.path()).unwrap());
        assert!(path.exists(), "somebody uses it");
        drop(held);
        assert!(!path.exists());
    }
}
