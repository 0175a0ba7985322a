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

pub(crate) use recovery::{Recovered, look};
pub(crate) use snapshot::Snapshots;
pub(crate) use snapshot::incoming::{Incoming, Pace};

use crate::files::{AppendFile, Files};
use crate::{Identity, Journaled, OpenError, Part, PersistError, Snapshot};
use batch::{HEADER_BYTES, Place, SnapshotId};
use bytes::Bytes;
use header::Header;
use snapshot::StoredSnapshot;
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
    snapshots: Arc<Snapshots>,
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
    /// The one that is there stays.
    #[default]
    Keep,
    /// None any more.
    Remove,
    /// Still to be written.
    Incoming(Arc<Incoming>),
    /// In a file of its own, and durable.
    Written(SnapshotId),
}

impl From<Bytes> for NewSnapshot {
    fn from(bytes: Bytes) -> NewSnapshot {
        match bytes.is_empty() {
            true => NewSnapshot::Remove,
            false => NewSnapshot::Incoming(Arc::new(Incoming::whole(bytes))),
        }
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
    ) -> Result<(Journal, Journaled, Snapshot), OpenError> {
        let bytes = identity.cluster.len();
        if bytes > Identity::CLUSTER_BYTES_MAX {
            return Err(OpenError::ClusterName { bytes });
        }
        let found = look(&*files, Some(&identity))?;
        let stored = found.journal.as_ref().and_then(|it| it.snapshot.as_ref());
        stored.map_or(Ok(()), StoredSnapshot::verify)?;
        for name in &found.left_over {
            files.remove(name).map_err(|error| OpenError::system("remove", name, &error))?;
        }
        let snapshots = Snapshots::new(Arc::clone(&files), identity.clone(), found.snapshots);
        let (snapshots, buffer) = (Arc::new(snapshots), Vec::new());
        let Some(recovered) = found.journal else {
            let first = Place { generation: 0, number: 0, begins_at: 0 };
            let made = write_file(&*files, &identity, first, None, &[], &[]).await;
            let (file, next) = made.map_err(|error| OpenError::persist("create", FILE, &error))?;
            let journal =
                Journal { files, identity, file, next, snapshot: None, snapshots, buffer };
            return Ok((journal, Journaled::default(), Snapshot::default()));
        };
        let file = files
            .open(FILE, recovered.next.begins_at)
            .map_err(|error| OpenError::system("open", FILE, &error))?;
        let (next, snapshot) = (recovered.next, recovered.snapshot_id);
        let journal = Journal { files, identity, file, next, snapshot, snapshots, buffer };
        let handle = recovered.handle();
        Ok((journal.settle().await?, recovered.journaled, handle))
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
            NewSnapshot::Remove => None,
            NewSnapshot::Incoming(snapshot) => Some(snapshot.write_all(&self.snapshots).await?),
            NewSnapshot::Written(id) => Some(*id),
        };
        let place = Place { generation: self.next.generation + 1, number: 0, begins_at: 0 };
        let (files, state) = (&*self.files, &save.state);
        (self.file, self.next) =
            write_file(files, &self.identity, place, self.snapshot, state, records).await?;
        if let Some(old) = before.filter(|_| before != self.snapshot) {
            self.snapshots.remove(old)?;
        }
        Ok(())
    }

    /// The files of its snapshots.
    pub(crate) fn snapshots(&self) -> &Arc<Snapshots> {
        &self.snapshots
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
