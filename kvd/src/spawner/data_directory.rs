//! The data directory of a cluster: one spawner at a time, and a servers file.

use super::SpawnerOptions;
use crate::exit::{Code, Failure};
use crate::servers_file::ServersFile;
use crate::whole_file;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file that a spawner locks. It may stay there: only a lock that a process holds counts.
const LOCK: &str = "spawner.lock";

/// The servers file of who names none.
const SERVERS: &str = "servers.json";

/// How many servers there are if nobody says.
const DEFAULT_COUNT: u64 = 5;

/// Makes the directory and locks it for as long as the file is open.
pub fn lock(directory: &Path) -> Result<File, Failure> {
    let path = directory.join(LOCK);
    std::fs::create_dir_all(directory).map_err(|error| disk_failed("make", directory, &error))?;
    let file = File::options().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(|error| disk_failed("open", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(disk_failed("lock", &path, &error)),
        Err(TryLockError::WouldBlock) => {
            let sentence = format!(
                "{} is in use by another spawner: stop it, or say with --data where another cluster is \
                 to be",
                directory.display()
            );
            Err(Failure::new(Code::InUse, sentence))
        }
    }
}

/// The servers, and the file that names them: the one of the options, or else one in the data directory,
/// which is written at the first start so that it can be read and changed.
pub fn servers(options: &SpawnerOptions) -> Result<(PathBuf, ServersFile), Failure> {
    let own = options.data.join(SERVERS);
    let path = options.servers_file.clone().unwrap_or_else(|| own.clone());
    if path == own && !own.exists() {
        let file = ServersFile::local(options.server_count.unwrap_or(DEFAULT_COUNT))
            .map_err(|error| Failure::new(Code::Usage, error.to_string()))?;
        whole_file::write(&own, file.to_json().as_bytes())
            .map_err(|error| disk_failed("write", &own, &error))?;
    }
    let file = ServersFile::read(&path)?;
    let found = file.servers.len() as u64;
    match options.server_count {
        Some(count) if count != found => {
            let sentence = format!(
                "{} names {found} servers, not {count}: the number of servers does not change",
                path.display()
            );
            Err(Failure::new(Code::ForeignDisk, sentence))
        }
        _ => Ok((path, file)),
    }
}

fn disk_failed(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(Code::Software, format!("can't {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(data: &Path, server_count: Option<u64>) -> SpawnerOptions {
        SpawnerOptions { server_count, ..SpawnerOptions::new(data) }
    }

    #[test]
    fn a_directory_is_locked_until_the_lock_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("a/b");
        let held = lock(&data).unwrap();
        let refused = lock(&data).unwrap_err();
        assert_eq!(refused.code, Code::InUse);
        assert!(refused.sentence.contains("a/b is in use by another spawner"), "{refused}");
        drop(held);
        lock(&data).unwrap();
    }

    #[test]
    fn a_file_is_written_once_and_then_read() {
        let folder = tempfile::tempdir().unwrap();
        let (path, file) = servers(&options(folder.path(), Some(3))).unwrap();
        assert_eq!(file, ServersFile::local(3).unwrap());
        assert_eq!(servers(&options(folder.path(), None)).unwrap().1, file);
        let text = std::fs::read_to_string(&path).unwrap().replace("8002", "8102");
        std::fs::write(&path, text.replace("9002", "9102")).unwrap();
        let changed = servers(&options(folder.path(), Some(3))).unwrap().1;
        assert_eq!(changed.servers[2].client_port, 8102);
    }

    #[test]
    fn the_number_of_servers_does_not_change() {
        let folder = tempfile::tempdir().unwrap();
        servers(&options(folder.path(), None)).unwrap();
        let refused = servers(&options(folder.path(), Some(3))).unwrap_err();
        assert_eq!(refused.code, Code::ForeignDisk);
        assert!(refused.sentence.contains("names 5 servers, not 3"), "{refused}");
    }

    #[test]
    fn a_file_of_ones_own_is_read_and_none_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let mine = folder.path().join("mine.json");
        let options =
            SpawnerOptions { servers_file: Some(mine.clone()), ..options(folder.path(), None) };
        let missing = servers(&options).unwrap_err();
        assert_eq!(missing.code, Code::Config);
        std::fs::write(&mine, "2").unwrap();
        let (path, file) = servers(&options).unwrap();
        assert_eq!((path, file.servers.len()), (mine, 2));
        assert!(!folder.path().join(SERVERS).exists());
    }
}
