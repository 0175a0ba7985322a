//! The layout of a snapshot's file: a header, its bytes as they are, and checksums of pieces.
//!
//! | bytes | what |
//! | --- | --- |
//! | … | the [header](super::header) |
//! | … | the snapshot |
//! | 4 each | CRC-32 of each piece of [`PIECE_BYTES`]; the last one may be shorter |
//! | 8 | the length of the snapshot, in bytes |
//!
//! The checksums come last so that the snapshot can be written in pieces by somebody who does not know its
//! length, and read in pieces, each with its checksum, by somebody who has no room for it. The journal
//! holds a checksum of the checksums, and so knows a file that is not the one that it means.

mod checksums;
pub(crate) mod incoming;
mod stored;

pub(crate) use stored::StoredSnapshot;

use super::batch::SnapshotId;
use super::header::Header;
use crate::files::{AppendFile, Files};
use crate::{Identity, Part, PersistError};
use checksums::Checksums;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stored::Content;

/// The length of the pieces that have checksums, in bytes.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;

/// The name of a snapshot's file.
pub(crate) fn file_name(number: u64) -> String {
    format!("snapshot-{number}")
}

/// The number of the snapshot in a file with that name.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix("snapshot-")?.parse().ok()
}

fn temporary(number: u64) -> String {
    format!("{}{}", file_name(number), super::TEMPORARY)
}

/// The files of one server's snapshots.
pub(crate) struct Snapshots {
    files: Arc<dyn Files>,
    identity: Identity,
    /// The highest number that a file has or had.
    last: AtomicU64,
}

impl Snapshots {
    pub(crate) fn new(files: Arc<dyn Files>, identity: Identity, last: u64) -> Snapshots {
        Snapshots { files, identity, last: AtomicU64::new(last) }
    }

    /// Removes one that is not wanted any more.
    pub(crate) fn remove(&self, id: SnapshotId) -> Result<(), PersistError> {
        self.files.remove(&file_name(id.number)).map_err(PersistError::failed)
    }

    /// Begins a file with a number of its own.
    fn create(&self) -> Result<Writer, PersistError> {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let name = temporary(number);
        let mut file = self.files.create(&name).map_err(PersistError::failed)?;
        let header = Header { part: Part::Snapshot, number, identity: self.identity.clone() };
        let header = header.encode();
        file.append(&header).map_err(PersistError::failed)?;
        let reader = self.files.open_read(&name).map_err(PersistError::failed)?;
        let content = Content::new(reader, file_name(number), header.len() as u64);
        Ok(Writer { number, file, content, unsynced_bytes: 0 })
    }
}

/// A file that is being written, under a name that says so.
struct Writer {
    number: u64,
    file: Box<dyn AppendFile>,
    content: Content,
    unsynced_bytes: u64,
}

impl Writer {
    fn append(&mut self, bytes: &[u8]) -> Result<(), PersistError> {
        self.unsynced_bytes += bytes.len() as u64;
        self.file.append(bytes).map_err(PersistError::failed)
    }

    async fn sync(&mut self) -> Result<(), PersistError> {
        self.unsynced_bytes = 0;
        self.file.sync().await
    }

    /// Writes what follows the snapshot. Resolves when the file is durable under its name.
    async fn finish(
        &mut self,
        snapshots: &Snapshots,
        checksums: Vec<u8>,
        bytes: u64,
    ) -> Result<SnapshotId, PersistError> {
        let (number, files) = (self.number, &snapshots.files);
        let id = SnapshotId { number, bytes, checksum: crc32fast::hash(&checksums) };
        let mut end = checksums;
        end.extend_from_slice(&bytes.to_le_bytes());
        self.append(&end)?;
        self.sync().await?;
        files.rename(&temporary(number), &file_name(number)).map_err(PersistError::failed)?;
        files.sync().await?;
        Ok(id)
    }

    /// Removes the file, which is not wanted any more.
    fn give_up(self, snapshots: &Snapshots) -> Result<(), PersistError> {
        snapshots.files.remove(&temporary(self.number)).map_err(PersistError::failed)
    }
}
