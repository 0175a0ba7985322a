//! Snapshots in their files, read and compared in pieces.

use super::super::batch::SnapshotId;
use super::super::header::Header;
use super::{PIECE_BYTES, file_name};
use crate::files::{Files, ReadFile};
use crate::{Corruption, Identity, OpenError, Part, PersistError, SnapshotReader};
use bytes::Bytes;
use std::io;
use std::sync::Arc;

const CHECKSUM_BYTES: usize = 4;
const LENGTH_BYTES: u64 = 8;

/// How much is compared at once when all of it is.
const STRIDE_BYTES: usize = 16 * PIECE_BYTES;

/// A snapshot in its file.
#[derive(Clone)]
pub(crate) struct StoredSnapshot {
    content: Content,
    bytes: u64,
    checksums: Arc<[u32]>,
}

impl StoredSnapshot {
    /// The snapshot that the journal means. What its pieces hold is compared when they are read.
    pub(crate) fn open(
        files: &dyn Files,
        identity: &Identity,
        id: SnapshotId,
    ) -> Result<StoredSnapshot, OpenError> {
        let name = file_name(id.number);
        let file = match files.open_read(&name) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let expected = "the file that the journal names".to_owned();
                return Err(corrupt(&name, 0, expected, "no such file".to_owned()));
            }
            Err(error) => return Err(OpenError::system("read", &name, &error)),
        };
        let system = |error| OpenError::system("read", &name, &error);
        let beginning = file.read_at(0, Header::BYTES_MAX).map_err(system)?;
        let (header, begin) = Header::parse(Part::Snapshot, &name, &beginning)?;
        header.check_owner(&name, identity)?;
        let (begin, bytes) = (begin as u64, id.bytes);
        let checksums_bytes = bytes.div_ceil(PIECE_BYTES as u64) * CHECKSUM_BYTES as u64;
        let length = begin.saturating_add(bytes).saturating_add(checksums_bytes + LENGTH_BYTES);
        let found = (header.number, file.length().map_err(system)?);
        if found != (id.number, length) {
            let describe = |(number, length)| format!("snapshot {number} in {length} bytes");
            return Err(corrupt(&name, 0, describe((id.number, length)), describe(found)));
        }
        // They fit into the file, so they are not more than somebody wrote.
        let end = file.read_at(begin + bytes, (checksums_bytes + LENGTH_BYTES) as usize);
        let end = end.map_err(system)?;
        let checksums = parse_end(&name, &end, begin + bytes, id)?;
        Ok(StoredSnapshot { content: Content::new(file, name, begin), bytes, checksums })
    }

    /// Reads all of it, and keeps nothing.
    pub(crate) fn verify(&self) -> Result<(), OpenError> {
        let mut offset = 0;
        while offset < self.bytes {
            let length = STRIDE_BYTES.min((self.bytes - offset) as usize);
            self.read_checked(offset, length)?;
            offset += length as u64;
        }
        Ok(())
    }

    /// All of it, in memory.
    pub(crate) fn read_all(&self) -> Result<Bytes, OpenError> {
        self.read_checked(0, usize::try_from(self.bytes).unwrap_or(usize::MAX))
    }

    fn read_checked(&self, offset: u64, length: usize) -> Result<Bytes, OpenError> {
        let checksums = &self.checksums[first_piece(offset)..];
        self.content.read(self.bytes, checksums, offset, length)
    }
}

impl SnapshotReader for StoredSnapshot {
    fn length(&self) -> u64 {
        self.bytes
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes, PersistError> {
        self.read_checked(offset, length).map_err(while_running)
    }
}

/// The checksums at the end of a file.
fn parse_end(name: &str, end: &[u8], begin: u64, id: SnapshotId) -> Result<Arc<[u32]>, OpenError> {
    let (checksums, length) = end.split_at(end.len().saturating_sub(LENGTH_BYTES as usize));
    let computed = crc32fast::hash(checksums);
    if computed != id.checksum {
        let expected = format!("checksums with checksum {:#010x}", id.checksum);
        return Err(corrupt(name, begin, expected, format!("{computed:#010x}")));
    }
    if length != id.bytes.to_le_bytes() {
        let expected = format!("the length, {}", id.bytes);
        return Err(corrupt(name, begin + checksums.len() as u64, expected, format!("{length:?}")));
    }
    Ok(checksums.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
}

/// Which piece a byte is in.
pub(super) fn first_piece(offset: u64) -> usize {
    (offset / PIECE_BYTES as u64) as usize
}

/// Where in a file the bytes of a snapshot are.
#[derive(Clone)]
pub(super) struct Content {
    file: Arc<dyn ReadFile>,
    name: Arc<str>,
    begin: u64,
}

impl Content {
    pub(super) fn new(file: Arc<dyn ReadFile>, name: String, begin: u64) -> Content {
        Content { file, name: name.into(), begin }
    }

    /// Some of the `bytes` that are there. Those of pieces that have checksums are compared with them: the
    /// first is that of the piece in which `offset` is.
    pub(super) fn read(
        &self,
        bytes: u64,
        checksums: &[u32],
        offset: u64,
        length: usize,
    ) -> Result<Bytes, OpenError> {
        let Content { file, name, begin } = self;
        let piece = PIECE_BYTES as u64;
        let start = offset - offset % piece;
        let end = (offset + length as u64).next_multiple_of(piece).min(bytes);
        let wanted = (end - start) as usize;
        let read = file
            .read_at(begin + start, wanted)
            .map_err(|error| OpenError::system("read", name, &error))?;
        if read.len() < wanted {
            let expected = format!("{wanted} bytes of the snapshot");
            return Err(corrupt(name, begin + start, expected, format!("only {}", read.len())));
        }
        for (number, (piece, stored)) in read.chunks(PIECE_BYTES).zip(checksums).enumerate() {
            let computed = crc32fast::hash(piece);
            if *stored != computed {
                let at = begin + start + (number * PIECE_BYTES) as u64;
                let expected = format!("{} bytes with checksum {stored:#010x}", piece.len());
                return Err(corrupt(name, at, expected, format!("{computed:#010x}")));
            }
        }
        let skipped = (offset - start) as usize;
        Ok(read.slice(skipped..skipped + length))
    }
}

fn corrupt(file: &str, offset: u64, expected: String, found: String) -> OpenError {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let corruption = Corruption { part: Part::Snapshot, offset, expected, found };
    OpenError::Corrupt { file: file.to_owned(), corruption }
}

/// What goes wrong at a read of a server that runs.
pub(super) fn while_running(error: OpenError) -> PersistError {
    match error {
        OpenError::Corrupt { file, mut corruption } => {
            corruption.expected.push_str(&format!(" in {file}"));
            PersistError::Corrupt(corruption)
        }
        other => other.into(),
    }
}
