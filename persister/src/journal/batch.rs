//! The layout of what is written at once in the journal: a batch.
//!
//! | bytes | what |
//! | --- | --- |
//! | 4 | CRC-32 of the next 32 bytes |
//! | 4 | the length of the content, in bytes |
//! | 4 | CRC-32 of the content |
//! | 8 | the generation of the journal |
//! | 8 | the number of the batch in it, from 0 |
//! | 8 | where the batch begins, in bytes from the beginning of the file |
//! | … | the content: [items](Item), one after the other |
//!
//! A batch is written when everything before it is durable. So its header says, by the place where it
//! begins, how much of the file had been promised: what is damaged before that place is corruption, and
//! only the last batch can be one that a power cut came upon. Generation, number and place keep bytes of an
//! older file, or a copy of a journal within a record, from being taken for a batch.

use super::fields::Fields;
use bytes::Bytes;

/// The bytes in front of a batch's content.
pub(crate) const HEADER_BYTES: usize = 36;

/// The bytes in front of an item's content: its kind, and its length in 4 bytes.
pub(crate) const ITEM_HEADER_BYTES: usize = 5;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) generation: u64,
    pub(crate) number: u64,
    pub(crate) begins_at: u64,
}

/// A part of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// The whole state; what was before it counts no more.
    State(Bytes),
    /// Which snapshot goes with the state.
    Snapshot(SnapshotId),
    /// One record.
    Record(Bytes),
}

/// A snapshot as the journal knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotId {
    pub(crate) number: u64,
    pub(crate) bytes: u64,
    /// Of the checksums of its pieces.
    pub(crate) checksum: u32,
}

const STATE: u8 = 1;
const SNAPSHOT: u8 = 2;
const RECORD: u8 = 3;

pub(crate) fn push_state(content: &mut Vec<u8>, state: &[u8]) -> Result<(), TooLong> {
    push(content, STATE, state)
}

pub(crate) fn push_record(content: &mut Vec<u8>, record: &[u8]) -> Result<(), TooLong> {
    push(content, RECORD, record)
}

pub(crate) fn push_snapshot(content: &mut Vec<u8>, id: SnapshotId) {
    let mut bytes = Vec::with_capacity(20);
    bytes.extend_from_slice(&id.number.to_le_bytes());
    bytes.extend_from_slice(&id.bytes.to_le_bytes());
    bytes.extend_from_slice(&id.checksum.to_le_bytes());
    push(content, SNAPSHOT, &bytes).expect("20 bytes are not too long");
}

/// Something is too long for a batch, which has at most 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

fn push(content: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> Result<(), TooLong> {
    let length = u32::try_from(bytes.len()).map_err(|_| TooLong)?;
    let whole = content.len() + ITEM_HEADER_BYTES + bytes.len();
    if u32::try_from(whole).is_err() {
        return Err(TooLong);
    }
    content.push(kind);
    content.extend_from_slice(&length.to_le_bytes());
    content.extend_from_slice(bytes);
    Ok(())
}

/// The header for that content, which has at most 4 GiB.
pub(crate) fn header(place: Place, content: &[u8]) -> [u8; HEADER_BYTES] {
    let length = u32::try_from(content.len()).expect("who has put it together has measured it");
    let mut header = [0; HEADER_BYTES];
    header[4..8].copy_from_slice(&length.to_le_bytes());
    header[8..12].copy_from_slice(&crc32fast::hash(content).to_le_bytes());
    header[12..20].copy_from_slice(&place.generation.to_le_bytes());
    header[20..28].copy_from_slice(&place.number.to_le_bytes());
    header[28..36].copy_from_slice(&place.begins_at.to_le_bytes());
    let checksum = crc32fast::hash(&header[4..]);
    header[..4].copy_from_slice(&checksum.to_le_bytes());
    header
}

/// Why there is no batch at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) expected: String,
    pub(crate) found: String,
}

/// The content of the batch at a place.
pub(crate) fn parse(journal: &Bytes, place: Place) -> Result<Bytes, Bad> {
    let begin = place.begins_at as usize;
    let Header { place: found, length, checksum } = parse_header(journal, begin)?;
    if found != place {
        let describe = |place: Place| {
            let Place { generation, number, begins_at } = place;
            format!("batch {number} of generation {generation}, written to byte {begins_at}")
        };
        return Err(Bad { expected: describe(place), found: describe(found) });
    }
    let begin = begin + HEADER_BYTES;
    let Some(content) = journal[begin..].get(..length) else {
        let expected = format!("a batch with {length} bytes of content");
        return Err(Bad { expected, found: format!("only {}", journal.len() - begin) });
    };
    check("the content of a batch", checksum, content)?;
    Ok(journal.slice(begin..begin + length))
}

struct Header {
    place: Place,
    length: usize,
    /// Of the content.
    checksum: u32,
}

/// The header that begins at a byte, of whichever batch of whichever journal.
fn parse_header(journal: &[u8], begin: usize) -> Result<Header, Bad> {
    let rest = journal.get(begin..).unwrap_or_default();
    let short = || Bad {
        expected: format!("the header of a batch, {HEADER_BYTES} bytes"),
        found: format!("only {} bytes", rest.len()),
    };
    let header = rest.get(..HEADER_BYTES).ok_or_else(short)?;
    let mut fields = Fields::new(header);
    let checksum = fields.u32().ok_or_else(short)?;
    check("the header of a batch", checksum, &header[4..])?;
    let length = fields.u32().ok_or_else(short)? as usize;
    let checksum = fields.u32().ok_or_else(short)?;
    let place = Place {
        generation: fields.u64().ok_or_else(short)?,
        number: fields.u64().ok_or_else(short)?,
        begins_at: fields.u64().ok_or_else(short)?,
    };
    Ok(Header { place, length, checksum })
}

fn check(what: &str, stored: u32, bytes: &[u8]) -> Result<(), Bad> {
    let computed = crc32fast::hash(bytes);
    if stored == computed {
        return Ok(());
    }
    let expected = format!("{what} with checksum {stored:#010x}");
    Err(Bad { expected, found: format!("{computed:#010x}") })
}

/// Where the first batch after `begin` stands that was written to this place of a journal of this
/// generation. Whatever lies before it had been durable. Its header is enough: the batch itself may be the
/// one that a power cut came upon.
pub(crate) fn next_written(journal: &[u8], generation: u64, begin: usize) -> Option<usize> {
    let last = journal.len().checked_sub(HEADER_BYTES)?;
    (begin + 1..=last).find(|&at| {
        // Cheap, and almost never so by chance.
        journal[at + 28..at + HEADER_BYTES] == (at as u64).to_le_bytes()
            && parse_header(journal, at).is_ok_and(|found| found.place.generation == generation)
    })
}

/// The items of a batch. Checksums vouch for the bytes, so what can't be read was never ours.
pub(crate) fn items(content: &Bytes) -> Result<Vec<Item>, (usize, Bad)> {
    let mut fields = Fields::new(content);
    let mut items = Vec::new();
    while !fields.is_empty() {
        let offset = fields.offset();
        let item = item(content, &mut fields).ok_or_else(|| {
            let expected = "a state, a snapshot or a record, and its length".to_owned();
            (
                offset,
                Bad { expected, found: format!("{} bytes of neither", content.len() - offset) },
            )
        })?;
        items.push(item);
    }
    Ok(items)
}

fn item(content: &Bytes, fields: &mut Fields<'_>) -> Option<Item> {
    let kind = fields.bytes(1)?[0];
    let length = fields.u32()? as usize;
    let bytes = content.slice_ref(fields.bytes(length)?);
    match kind {
        STATE => Some(Item::State(bytes)),
        RECORD => Some(Item::Record(bytes)),
        SNAPSHOT => {
            let mut fields = Fields::new(&bytes);
            let id =
                SnapshotId { number: fields.u64()?, bytes: fields.u64()?, checksum: fields.u32()? };
            fields.is_empty().then_some(Item::Snapshot(id))
        }
        _ => None,
    }
}
