//! A directory, read.

use super::{InspectError, StateMachine};
use bytes::Bytes;
use persister::{Contents, Identity};
use raft::stored_log::StoredLog;
use std::collections::BTreeMap;
use std::path::Path;

/// What a server would find in its directory.
pub(super) struct Disk {
    pub(super) directory: String,
    pub(super) identity: Identity,
    pub(super) log: StoredLog,
}

impl Disk {
    pub(super) fn read(directory: &Path) -> Result<Disk, InspectError> {
        let name = directory.display().to_string();
        let contents = Contents::of_directory(directory)?;
        let Some(Contents { identity, stored, .. }) = contents else {
            return Err(InspectError::NeverStarted { directory: name });
        };
        match StoredLog::of(stored) {
            Ok(log) => Ok(Disk { directory: name, identity, log }),
            Err(reason) => Err(InspectError::Log { directory: name, reason }),
        }
    }

    /// Keys and values after the entry of that index, which is in the log or the last of the snapshot.
    pub(super) fn store_after(
        &self,
        index: u64,
        machine: &dyn StateMachine,
    ) -> Result<BTreeMap<Bytes, Bytes>, InspectError> {
        let log = &self.log;
        let entries = (log.snapshot_index + 1..=index).zip(&log.entries);
        let mut commands = entries.map(|(index, (_, command))| (index, &command[..]));
        machine.store(&log.snapshot, &mut commands).map_err(|reason| {
            let directory = self.directory.clone();
            InspectError::Store { directory, reason }
        })
    }
}
