//! How records lie in the journal: one frame after the other.
//!
//! A frame is the payload's length (u32, little endian), a CRC-32 over those four bytes and the
//! payload (u32, little endian), and the payload. The length is part of the checksum so that a run
//! of zero bytes, which a file system may leave at the end of a file after a crash, is not a
//! sequence of valid empty records.

use crate::{Corruption, Part};
use bytes::Bytes;
use crc32fast::Hasher;
use std::sync::LazyLock;

/// Bytes in front of each payload.
pub(crate) const HEADER_BYTES: usize = 8;

/// A short journal doubles when it grows, so that its records are not copied again and again.
const DOUBLES_UP_TO_BYTES: usize = 1 << 15;

/// Appends `payload` as one frame. False, and nothing appended, when it is too long for a frame.
#[must_use]
pub(crate) fn append(journal: &mut Vec<u8>, payload: &[u8]) -> bool {
    let Ok(length) = u32::try_from(payload.len()) else { return false };
    let length = length.to_le_bytes();
    // A journal can be long: what a long one keeps free is a part of it, and not as much again.
    let frame = HEADER_BYTES + payload.len();
    if journal.capacity() - journal.len() < frame {
        let spare = journal.len().min(DOUBLES_UP_TO_BYTES).max(journal.len() / 4);
        journal.reserve_exact(frame.max(spare));
    }
    journal.extend_from_slice(&length);
    journal.extend_from_slice(&checksum(length, payload).to_le_bytes());
    journal.extend_from_slice(payload);
    true
}

/// The payloads of all frames, as slices of `journal`.
///
/// Bytes from `synced_bytes` on were never promised to anybody. A crash may have left them out,
/// cut them or written them out of order, so the first bad frame there ends the journal silently.
/// A bad frame before that place is corruption.
pub(crate) fn parse(journal: &Bytes, synced_bytes: usize) -> Result<Vec<Bytes>, Corruption> {
    let mut records = Vec::new();
    let mut offset = 0;
    while offset < journal.len() {
        match parse_one(journal, offset) {
            Ok(payload) => {
                offset += HEADER_BYTES + payload.len();
                records.push(payload);
            }
            Err(_) if offset >= synced_bytes => break,
            Err(corruption) => return Err(corruption),
        }
    }
    if offset < synced_bytes && offset == journal.len() {
        let expected = format!("{synced_bytes} bytes that were durable");
        return Err(corruption(offset, expected, "the end of the journal".into()));
    }
    Ok(records)
}

/// Where each whole frame from `from` on ends. The lengths are believed: these are bytes that were
/// written and have not been through a crash.
pub(crate) fn ends(journal: &[u8], from: usize) -> impl Iterator<Item = usize> {
    let mut offset = from;
    std::iter::from_fn(move || {
        let length = journal.get(offset..)?.first_chunk::<4>()?;
        offset += HEADER_BYTES + u32::from_le_bytes(*length) as usize;
        (offset <= journal.len()).then_some(offset)
    })
}

/// How many bytes of the journal are whole frames, the first `synced_bytes` being so.
pub(crate) fn whole_bytes(journal: &[u8], synced_bytes: usize) -> usize {
    let rest = Bytes::copy_from_slice(&journal[synced_bytes..]);
    let mut whole = 0;
    while let Ok(payload) = parse_one(&rest, whole) {
        whole += HEADER_BYTES + payload.len();
    }
    synced_bytes + whole
}

fn parse_one(journal: &Bytes, offset: usize) -> Result<Bytes, Corruption> {
    let rest = &journal[offset..];
    let Some((header, body)) = rest.split_first_chunk::<HEADER_BYTES>() else {
        let expected = format!("a frame header of {HEADER_BYTES} bytes");
        return Err(corruption(offset, expected, format!("only {} bytes", rest.len())));
    };
    let [l0, l1, l2, l3, c0, c1, c2, c3] = *header;
    let length_bytes = [l0, l1, l2, l3];
    let length = u32::from_le_bytes(length_bytes) as usize;
    let stored = u32::from_le_bytes([c0, c1, c2, c3]);
    let Some(payload) = body.get(..length) else {
        let expected = format!("a record of {length} bytes");
        return Err(corruption(offset, expected, format!("only {} bytes", body.len())));
    };
    let computed = checksum(length_bytes, payload);
    if computed != stored {
        let expected = format!("a record with checksum {stored:#010x}");
        return Err(corruption(offset, expected, format!("{computed:#010x}")));
    }
    let start = offset + HEADER_BYTES;
    Ok(journal.slice(start..start + length))
}

fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    // To find out what the processor can do takes as long as the checksum of a short record.
    static FRESH: LazyLock<Hasher> = LazyLock::new(Hasher::new);
    let mut hasher = FRESH.clone();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}

fn corruption(offset: usize, expected: String, found: String) -> Corruption {
    Corruption { part: Part::Journal, offset, expected, found }
}

#[cfg(test)]
mod tests;
