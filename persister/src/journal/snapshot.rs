//! How a snapshot lies in a file of its own: a header, its bytes as they are, and checksums of pieces.
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

use super::batch::SnapshotId;
use super::header::Header;
use crate::files::{AppendFile, Files};
use crate::{Corruption, Identity, OpenError, Part, PersistError};
use bytes::Bytes;

/// The length of the pieces that have checksums, in bytes.
pub(crate) const PIECE_BYTES: usize = 64 * 1024;

const CHECKSUM_BYTES: usize = 4;
const LENGTH_BYTES: usize = 8;

/// The name of a snapshot's file.
pub(crate) fn file_name(number: u64) -> String {
    format!("snapshot-{number}")
}

/// The number of the snapshot in a file of that name.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix("snapshot-")?.parse().ok()
}

/// Writes a whole snapshot. Resolves when it is durable.
pub(crate) async fn write(
    files: &dyn Files,
    identity: &Identity,
    number: u64,
    bytes: &[u8],
) -> Result<SnapshotId, PersistError> {
    let mut writer = Writer::create(files, identity, number)?;
    writer.write(bytes)?;
    writer.finish(files).await
}

/// A snapshot that is being written beside the journal.
pub(crate) struct Writer {
    number: u64,
    file: Box<dyn AppendFile>,
    /// The beginning of a piece that is not full yet.
    piece: crc32fast::Hasher,
    piece_bytes: usize,
    checksums: Vec<u8>,
    bytes: u64,
}

impl Writer {
    pub(crate) fn create(
        files: &dyn Files,
        identity: &Identity,
        number: u64,
    ) -> Result<Writer, PersistError> {
        let mut file = files.create(&temporary(number)).map_err(PersistError::failed)?;
        let header = Header { part: Part::Snapshot, number, identity: identity.clone() };
        file.append(&header.encode()).map_err(PersistError::failed)?;
        let (piece, checksums) = (crc32fast::Hasher::new(), Vec::new());
        Ok(Writer { number, file, piece, piece_bytes: 0, checksums, bytes: 0 })
    }

    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), PersistError> {
        self.file.append(bytes).map_err(PersistError::failed)?;
        self.bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE_BYTES - self.piece_bytes));
            self.piece.update(now);
            self.piece_bytes += now.len();
            if self.piece_bytes == PIECE_BYTES {
                self.end_piece();
            }
            bytes = later;
        }
        Ok(())
    }

    fn end_piece(&mut self) {
        let piece = std::mem::take(&mut self.piece);
        self.checksums.extend_from_slice(&piece.finalize().to_le_bytes());
        self.piece_bytes = 0;
    }

    /// Resolves when the file is durable under its name.
    pub(crate) async fn finish(mut self, files: &dyn Files) -> Result<SnapshotId, PersistError> {
        if self.piece_bytes > 0 {
            self.end_piece();
        }
        let checksum = crc32fast::hash(&self.checksums);
        self.checksums.extend_from_slice(&self.bytes.to_le_bytes());
        self.file.append(&self.checksums).map_err(PersistError::failed)?;
        self.file.sync().await?;
        let name = file_name(self.number);
        files.rename(&temporary(self.number), &name).map_err(PersistError::failed)?;
        files.sync().await?;
        Ok(SnapshotId { number: self.number, bytes: self.bytes, checksum })
    }
}

fn temporary(number: u64) -> String {
    format!("{}{}", file_name(number), super::TEMPORARY)
}

/// The snapshot that the journal means.
pub(crate) fn read(
    files: &dyn Files,
    identity: &Identity,
    id: SnapshotId,
) -> Result<Bytes, OpenError> {
    let name = file_name(id.number);
    let corrupt = |offset: usize, expected: String, found: String| OpenError::Corrupt {
        file: name.clone(),
        corruption: Corruption { part: Part::Snapshot, offset, expected, found },
    };
    let file = match files.read(&name) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let expected = "the file that the journal names".to_owned();
            return Err(corrupt(0, expected, "no such file".to_owned()));
        }
        Err(error) => return Err(OpenError::system("read", &name, &error)),
    };
    let (header, begin) = Header::parse(Part::Snapshot, &name, &file)?;
    header.check_owner(&name, identity)?;
    let bytes = usize::try_from(id.bytes).unwrap_or(usize::MAX);
    let pieces = bytes.div_ceil(PIECE_BYTES);
    let length = begin.saturating_add(bytes).saturating_add(pieces * CHECKSUM_BYTES + LENGTH_BYTES);
    if (header.number, file.len()) != (id.number, length) {
        let expected = format!("snapshot {} in {length} bytes", id.number);
        let found = format!("snapshot {} in {} bytes", header.number, file.len());
        return Err(corrupt(0, expected, found));
    }
    let content = file.slice(begin..begin + bytes);
    let checksums = &file[begin + bytes..length - LENGTH_BYTES];
    let computed = crc32fast::hash(checksums);
    if computed != id.checksum {
        let expected = format!("checksums with checksum {:#010x}", id.checksum);
        return Err(corrupt(begin + bytes, expected, format!("{computed:#010x}")));
    }
    let stored_bytes = &file[length - LENGTH_BYTES..];
    if stored_bytes != id.bytes.to_le_bytes() {
        let expected = format!("the length, {bytes}");
        return Err(corrupt(length - LENGTH_BYTES, expected, format!("{stored_bytes:?}")));
    }
    for (number, piece) in content.chunks(PIECE_BYTES).enumerate() {
        let stored = &checksums[number * CHECKSUM_BYTES..][..CHECKSUM_BYTES];
        let computed = crc32fast::hash(piece);
        if stored != computed.to_le_bytes() {
            let expected = format!("{} bytes with checksum {stored:02x?}", piece.len());
            let found = format!("{:02x?}", computed.to_le_bytes());
            return Err(corrupt(begin + number * PIECE_BYTES, expected, found));
        }
    }
    Ok(content)
}
