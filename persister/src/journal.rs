//! The journal of one server, in files.
//!
//! `journal` begins with the whole state, and with the name of the snapshot that goes with it; the records
//! appended since follow, in [batches](batch). A snapshot is a [file of its own](snapshot). To save is to
//! write another journal beside the first and to give it its name, when the snapshot is durable under its
//! own: after a power cut the one or the other is there, whole.
//!
//! | file | what |
//! | --- | --- |
//! | `journal` | state, and records |
//! | `snapshot-7` | the snapshot that the journal names, or one that is not named yet, or no longer |
//! | `….tmp` | not finished |
//!
//! Everything here waits for nothing but syncs, and those of real files are over when they return. So the
//! same code runs on a thread and in a simulation.

pub(crate) mod batch;
mod fields;
mod header;
mod recovery;
pub(crate) mod snapshot;

pub(crate) use recovery::look;

use crate::files::{AppendFile, Files};
use crate::{Identity, OpenError, Part, PersistError, Stored};
use batch::{HEADER_BYTES, Place, SnapshotId};
use bytes::Bytes;
use header::Header;
use std::sync::Arc;

/// The file with state and records.
pub(crate) const FILE: &str = "journal";

/// How the names of files end that are not finished.
pub(crate) const TEMPORARY: &str = ".tmp";

/// A journal that is open for writing.
pub(crate) struct Journal {
    files: Arc<dyn Files>,
    identity: Identity,
    file: Box<dyn AppendFile>,
    /// Where the next batch goes.
    next: Place,
    snapshot: Option<SnapshotId>,
    /// The highest number that a snapshot's file has or had.
    snapshots: u64,
    /// Kept for its capacity.
    buffer: Vec<u8>,
}

/// What a save replaces.
#[derive(Default)]
pub(crate) struct Save {
    pub(crate) state: Vec<u8>,
    pub(crate) snapshot: NewSnapshot,
}

/// The snapshot that a save brings along.
#[derive(Default)]
pub(crate) enum NewSnapshot {
    /// None: the one that is there stays.
    #[default]
    Keep,
    /// Still to be written.
    Bytes(Bytes),
    /// In a file of its own, and durable.
    Written(SnapshotId),
}

impl From<Option<Bytes>> for NewSnapshot {
    fn from(snapshot: Option<Bytes>) -> NewSnapshot {
        snapshot.map_or(NewSnapshot::Keep, NewSnapshot::Bytes)
    }
}

impl Journal {
    /// Opens the journal of that server, or makes it where there is none. What it finds is durable when
    /// this is over, and what a power cut has left half done is gone.
    ///
    /// # Errors
    /// [`OpenError`]. Nothing has been changed then, unless it was the system that refused.
    pub(crate) async fn open(
        files: Arc<dyn Files>,
        identity: Identity,
    ) -> Result<(Journal, Stored), OpenError> {
        let bytes = identity.cluster.len();
        if bytes > Identity::CLUSTER_BYTES_MAX {
            return Err(OpenError::ClusterName { bytes });
        }
        let found = look(&*files, Some(&identity))?;
        for name in &found.left_over {
            files.remove(name).map_err(|error| OpenError::system("remove", name, &error))?;
        }
        let Some(recovered) = found.journal else {
            let first = Place { generation: 0, number: 0, begins_at: 0 };
            let made = write_file(&*files, &identity, first, None, &[], &[]).await;
            let (file, next) = made.map_err(|error| OpenError::persist("create", FILE, &error))?;
            let (snapshot, snapshots, buffer) = (None, 0, Vec::new());
            let journal = Journal { files, identity, file, next, snapshot, snapshots, buffer };
            return Ok((journal, Stored::default()));
        };
        let file = files
            .open(FILE, recovered.next.begins_at)
            .map_err(|error| OpenError::system("open", FILE, &error))?;
        let journal = Journal {
            file,
            next: recovered.next,
            snapshot: recovered.snapshot,
            snapshots: found.snapshots,
            buffer: Vec::new(),
            files,
            identity,
        };
        Ok((journal.settle().await?, recovered.stored))
    }

    /// A server that has only crashed finds what it had not synced, and builds upon that: it must be as
    /// durable as the rest.
    async fn settle(mut self) -> Result<Journal, OpenError> {
        let synced = match self.file.sync().await {
            Ok(()) => self.files.sync().await,
            Err(error) => Err(error),
        };
        synced.map_err(|error| OpenError::persist("sync", FILE, &error))?;
        Ok(self)
    }

    /// Writes records, as [`batch::push_record`] has put them together. They are durable after the next
    /// sync, and before that nothing else may be written.
    pub(crate) fn append(&mut self, content: &[u8]) -> Result<(), PersistError> {
        self.buffer.clear();
        self.buffer.extend_from_slice(&batch::header(self.next, content));
        self.buffer.extend_from_slice(content);
        self.file.append(&self.buffer).map_err(PersistError::failed)?;
        self.next.number += 1;
        self.next.begins_at += self.buffer.len() as u64;
        Ok(())
    }

    /// Resolves when everything that was written is durable.
    pub(crate) async fn sync(&mut self) -> Result<(), PersistError> {
        self.file.sync().await
    }

    /// Replaces state, snapshot and records. Resolves when that is durable.
    pub(crate) async fn save(&mut self, save: &Save, records: &[u8]) -> Result<(), PersistError> {
        let before = self.snapshot;
        self.snapshot = match &save.snapshot {
            NewSnapshot::Keep => before,
            NewSnapshot::Bytes(bytes) if bytes.is_empty() => None,
            NewSnapshot::Bytes(bytes) => {
                let number = self.next_snapshot();
                Some(snapshot::write(&*self.files, &self.identity, number, bytes).await?)
            }
            NewSnapshot::Written(id) => Some(*id),
        };
        let place = Place { generation: self.next.generation + 1, number: 0, begins_at: 0 };
        let (files, state) = (&*self.files, &save.state);
        (self.file, self.next) =
            write_file(files, &self.identity, place, self.snapshot, state, records).await?;
        if let Some(old) = before.filter(|_| before != self.snapshot) {
            files.remove(&snapshot::file_name(old.number)).map_err(PersistError::failed)?;
        }
        Ok(())
    }

    /// Removes a snapshot that was written beside the journal in vain.
    pub(crate) fn discard(&self, id: SnapshotId) -> Result<(), PersistError> {
        self.files.remove(&snapshot::file_name(id.number)).map_err(PersistError::failed)
    }

    /// The number of the next snapshot's file.
    fn next_snapshot(&mut self) -> u64 {
        self.snapshots += 1;
        self.snapshots
    }

    /// The writing of a snapshot's file, which can go on beside everything else.
    pub(crate) fn beside(&mut self, bytes: Bytes) -> Beside {
        let number = self.next_snapshot();
        Beside { files: Arc::clone(&self.files), identity: self.identity.clone(), number, bytes }
    }
}

/// A snapshot to be written beside the journal.
pub(crate) struct Beside {
    files: Arc<dyn Files>,
    identity: Identity,
    number: u64,
    bytes: Bytes,
}

impl Beside {
    /// Resolves when the file is durable.
    pub(crate) async fn write(&self) -> Result<SnapshotId, PersistError> {
        snapshot::write(&*self.files, &self.identity, self.number, &self.bytes).await
    }

    /// Removes the file, which is not wanted any more.
    pub(crate) fn discard(&self) -> Result<(), PersistError> {
        self.files.remove(&snapshot::file_name(self.number)).map_err(PersistError::failed)
    }
}

/// Writes a whole journal beside the one that is there, and gives it its name.
async fn write_file(
    files: &dyn Files,
    identity: &Identity,
    place: Place,
    snapshot: Option<SnapshotId>,
    state: &[u8],
    records: &[u8],
) -> Result<(Box<dyn AppendFile>, Place), PersistError> {
    let too_long = || PersistError::Failed("4 GiB are too long for a state".to_owned());
    let header =
        Header { part: Part::Journal, number: place.generation, identity: identity.clone() };
    let mut bytes = header.encode();
    let mut content = Vec::with_capacity(state.len() + records.len() + 64);
    batch::push_state(&mut content, state).map_err(|_| too_long())?;
    if let Some(snapshot) = snapshot {
        batch::push_snapshot(&mut content, snapshot);
    }
    content.extend_from_slice(records);
    u32::try_from(content.len()).map_err(|_| too_long())?;
    let place = Place { begins_at: bytes.len() as u64, ..place };
    bytes.extend_from_slice(&batch::header(place, &content));
    bytes.extend_from_slice(&content);
    let temporary = format!("{FILE}{TEMPORARY}");
    let mut file = files.create(&temporary).map_err(PersistError::failed)?;
    file.append(&bytes).map_err(PersistError::failed)?;
    file.sync().await?;
    files.rename(&temporary, FILE).map_err(PersistError::failed)?;
    files.sync().await?;
    let begins_at = place.begins_at + (HEADER_BYTES + content.len()) as u64;
    Ok((file, Place { number: 1, begins_at, ..place }))
}

#[cfg(test)]
mod tests;
