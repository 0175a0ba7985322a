//! A server's directory, and whose it is.

use super::ServerOptions;
use crate::exit::{Code, Failure};
use crate::servers_file::Server;
use crate::whole_file;
use persister::{FilePersister, Identity, OpenError, Persister, Room};
use std::path::Path;
use std::sync::Arc;

/// Opens the directory of that server.
///
/// # Errors
/// When it is another's, in use, or can't be read.
pub fn open(options: &ServerOptions, server: &Server) -> Result<Arc<dyn Persister>, Failure> {
    let directory = options.data.join(&server.data);
    let identity = Identity::new(&options.servers.cluster, server.id);
    check_members(&directory, options)?;
    let persister = match (&options.control, options.volatile) {
        (None, None) => FilePersister::open(&directory, &identity),
        (None, Some(volatile)) => {
            FilePersister::open_over(&directory, &identity, Room::UNWATCHED, |directory| {
                Ok(Arc::new(volatile.files(directory)?))
            })
        }
        (Some(control), volatile) => {
            FilePersister::open_over(&directory, &identity, Room::UNWATCHED, |directory| {
                control.files(directory, volatile)
            })
        }
    };
    Ok(Arc::new(persister.map_err(failure)?))
}

fn failure(error: OpenError) -> Failure {
    let code = match error {
        OpenError::Locked { .. } => Code::InUse,
        OpenError::Foreign { .. } => Code::ForeignDisk,
        _ => Code::Software,
    };
    Failure::new(code, error.to_string())
}

/// The servers at the creation of the directory: their ids. What was decided by a majority of three does not
/// hold among five.
const MEMBERS_FILE: &str = "members.json";

fn check_members(directory: &Path, options: &ServerOptions) -> Result<(), Failure> {
    let path = directory.join(MEMBERS_FILE);
    let system = |what: &str, error: std::io::Error| {
        let sentence = format!("can't {what} {}: {error}", path.display());
        Failure::new(Code::Software, sentence)
    };
    let now: Vec<u64> = options.servers.servers.iter().map(|server| server.id).collect();
    match std::fs::read(&path) {
        Ok(text) => {
            let before: Vec<u64> = serde_json::from_slice(&text).map_err(|error| {
                let sentence = format!("{}: expected a list of ids: {error}", path.display());
                Failure::new(Code::Software, sentence)
            })?;
            if before == now {
                return Ok(());
            }
            let sentence = format!(
                "{} belongs to a cluster of servers {before:?}, and there are to be {now:?} now: \
                 servers can't come or go",
                directory.display()
            );
            Err(Failure::new(Code::ForeignDisk, sentence))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            std::fs::create_dir_all(directory).map_err(|error| system("make", error))?;
            let text = serde_json::to_vec(&now).expect("numbers have a text");
            // A start that is interrupted is as none.
            whole_file::write(&path, &text).map_err(|error| system("write", error))
        }
        Err(error) => Err(system("read", error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers_file::ServersFile;

    fn options(count: u64, data: &Path) -> ServerOptions {
        ServerOptions::new(ServersFile::local(count).unwrap(), 0, data)
    }

    fn code(options: &ServerOptions, server: usize) -> Option<Code> {
        open(options, &options.servers.servers[server]).err().map(|failure| failure.code)
    }

    #[test]
    fn a_directory_is_opened_by_its_own_server_alone() {
        let data = tempfile::tempdir().unwrap();
        let three = options(3, data.path());
        let first = open(&three, &three.servers.servers[0]).unwrap();
        assert_eq!(code(&three, 0), Some(Code::InUse));
        drop(first);
        assert_eq!(code(&three, 0), None);
        assert_eq!(code(&options(5, data.path()), 0), Some(Code::ForeignDisk));
        let mut other = three.clone();
        other.servers.cluster = "other".to_owned();
        assert_eq!(code(&other, 0), Some(Code::ForeignDisk));
        let mut swapped = three;
        swapped.servers.servers[1].data = swapped.servers.servers[0].data.clone();
        assert_eq!(code(&swapped, 1), Some(Code::ForeignDisk));
    }
}
