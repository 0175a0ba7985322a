//! How each file begins: what it is, in which version of the format, and whose.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | the kind of file: `PERSJRNL` or `PERSSNAP` |
//! | 4 | the version of the format |
//! | 8 | the number of the file: a journal's generation, a snapshot's number |
//! | 8 | the number of the server |
//! | 1 | the length of the cluster's name, in bytes |
//! | … | the cluster's name, UTF-8 |
//! | 4 | CRC-32 of all that |
//!
//! Numbers are little endian, here and in the rest of the files. Kind and version stand there in every
//! version.

use super::fields::Fields;
use crate::{Corruption, Identity, OpenError, Part};

/// The version that is written, and the only one that is read.
pub(crate) const VERSION: u32 = 1;

const KIND_BYTES: usize = 8;
const FIXED_BYTES: usize = KIND_BYTES + 4 + 8 + 8 + 1;
const CHECKSUM_BYTES: usize = 4;

/// The beginning of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) part: Part,
    pub(crate) number: u64,
    pub(crate) identity: Identity,
}

impl Header {
    /// The longest, with the longest name of a cluster.
    pub(crate) const BYTES_MAX: usize = FIXED_BYTES + 255 + CHECKSUM_BYTES;

    pub(crate) fn encode(&self) -> Vec<u8> {
        let cluster = self.identity.cluster.as_bytes();
        let length = u8::try_from(cluster.len()).expect("the name was measured when it was opened");
        let mut bytes = Vec::with_capacity(FIXED_BYTES + cluster.len() + CHECKSUM_BYTES);
        bytes.extend_from_slice(kind(self.part));
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.identity.server.to_le_bytes());
        bytes.push(length);
        bytes.extend_from_slice(cluster);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// The header of a file with that name, and how many bytes it has.
    pub(crate) fn parse(
        part: Part,
        file: &str,
        bytes: &[u8],
    ) -> Result<(Header, usize), OpenError> {
        let corrupt = |offset, expected: String, found: String| OpenError::Corrupt {
            file: file.to_owned(),
            corruption: Corruption { part, offset, expected, found },
        };
        let short = || {
            let expected = format!("a header of at least {} bytes", FIXED_BYTES + CHECKSUM_BYTES);
            corrupt(0, expected, format!("only {} bytes", bytes.len()))
        };
        let mut fields = Fields::new(bytes);
        let found_kind = fields.bytes(KIND_BYTES).ok_or_else(short)?;
        if found_kind != kind(part) {
            let expected = format!("{:?}", String::from_utf8_lossy(kind(part)));
            return Err(corrupt(
                0,
                expected,
                format!("{:?}", found_kind.escape_ascii().to_string()),
            ));
        }
        let version = fields.u32().ok_or_else(short)?;
        if version != VERSION {
            let file = file.to_owned();
            return Err(OpenError::Version { file, found: version, reads: VERSION });
        }
        let number = fields.u64().ok_or_else(short)?;
        let server = fields.u64().ok_or_else(short)?;
        let length = fields.bytes(1).ok_or_else(short)?[0];
        let cluster = fields.bytes(length.into()).ok_or_else(short)?;
        let checked = fields.offset();
        let stored = fields.u32().ok_or_else(short)?;
        let computed = crc32fast::hash(&bytes[..checked]);
        if stored != computed {
            let expected = format!("a header with checksum {stored:#010x}");
            return Err(corrupt(0, expected, format!("{computed:#010x}")));
        }
        let cluster = String::from_utf8(cluster.to_vec()).map_err(|_| {
            let found = format!("{:?}", cluster.escape_ascii().to_string());
            corrupt(FIXED_BYTES, "a cluster's name in UTF-8".to_owned(), found)
        })?;
        let header = Header { part, number, identity: Identity { cluster, server } };
        Ok((header, fields.offset()))
    }

    /// Whether the file is this server's.
    pub(crate) fn check_owner(&self, file: &str, expected: &Identity) -> Result<(), OpenError> {
        if self.identity == *expected {
            return Ok(());
        }
        Err(OpenError::Foreign {
            file: file.to_owned(),
            found: self.identity.clone(),
            expected: expected.clone(),
        })
    }
}

fn kind(part: Part) -> &'static [u8; KIND_BYTES] {
    match part {
        Part::Snapshot => b"PERSSNAP",
        Part::State | Part::Journal => b"PERSJRNL",
    }
}
