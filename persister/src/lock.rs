//! One process per directory.

use crate::OpenError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// A lock that the operating system holds for as long as the process lives, and no longer: a file that is
/// left over locks nobody out.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

const FILE: &str = "lock";

impl DirectoryLock {
    pub(crate) fn take(directory: &Path) -> Result<DirectoryLock, OpenError> {
        let path = directory.join(FILE);
        let name = path.display().to_string();
        let system = |verb: &str, error| OpenError::system(verb, &name, &error);
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| system("open", error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(system("lock", error)),
            Err(TryLockError::WouldBlock) => {
                let directory = directory.display().to_string();
                return Err(OpenError::Locked { directory, holder: holder(&mut file) });
            }
        }
        // Lets others say who holds it; nothing is decided by it.
        let number = std::process::id().to_string();
        file.set_len(0)
            .and_then(|()| file.write_all(number.as_bytes()))
            .map_err(|error| system("write", error))?;
        Ok(DirectoryLock { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(20).read_to_string(&mut text));
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(number)) => format!("process {number}"),
        _ => "another process".to_owned(),
    }
}
