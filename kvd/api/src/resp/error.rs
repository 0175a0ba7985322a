//! What ends a connection: bytes that are not RESP, or too many of them.

use std::fmt;

/// Why nothing more of a connection can be read, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Bytes that are not RESP: what was expected, and what was found.
    #[error("Protocol error: {0}")]
    Malformed(String),
    /// Something that is longer than it may be.
    #[error("{what} of {}, {} is the most", Size(*bytes, *bytes_max), Size(*bytes_max, *bytes_max))]
    TooLarge {
        /// What it is, such as `value`.
        what: &'static str,
        /// How long it is at least, as far as it is known.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// More of something than there may be.
    #[error("{count} {what}, {count_max} is the most")]
    TooMany {
        /// What they are, such as `arguments`.
        what: &'static str,
        /// How many they are at least.
        count: usize,
        /// How many they may be.
        count_max: usize,
    },
}

impl ProtocolError {
    /// Refuses what is longer than it may be.
    pub(super) fn check_size(
        what: &'static str,
        bytes: usize,
        bytes_max: usize,
    ) -> Result<(), ProtocolError> {
        match bytes > bytes_max {
            true => Err(ProtocolError::TooLarge { what, bytes, bytes_max }),
            false => Ok(()),
        }
    }

    /// Refuses more than there may be.
    pub(super) fn check_count(
        what: &'static str,
        count: usize,
        count_max: usize,
    ) -> Result<(), ProtocolError> {
        match count > count_max {
            true => Err(ProtocolError::TooMany { what, count, count_max }),
            false => Ok(()),
        }
    }

    /// Something that is not RESP, with the bytes that were found instead.
    pub(super) fn expected(what: impl fmt::Display, found: &[u8]) -> ProtocolError {
        let (shown, dots) = match found.get(..FOUND_BYTES_MAX) {
            Some(begin) => (begin, "…"),
            None => (found, ""),
        };
        ProtocolError::Malformed(format!("{what}, got '{}{dots}'", shown.escape_ascii()))
    }
}

/// How much is quoted of what was found.
const FOUND_BYTES_MAX: usize = 32;

/// A number of bytes, in the largest unit in which its limit, the second number, is whole.
struct Size(usize, usize);

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size(bytes, limit) = *self;
        let units = [(1 << 20, "MB"), (1 << 10, "KB")];
        let whole = units.into_iter().find(|(unit, _)| limit.is_multiple_of(*unit));
        let (unit, name) = whole.unwrap_or((1, "bytes"));
        // Rounded up, so that what is just above the limit does not look like it.
        write!(formatter, "{} {name}", bytes.div_ceil(unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_looks_larger_than_its_limit() {
        let sentence = |bytes, bytes_max| {
            ProtocolError::TooLarge { what: "value", bytes, bytes_max }.to_string()
        };
        assert_eq!(sentence(700 << 20, 64 << 20), "value of 700 MB, 64 MB is the most");
        assert_eq!(sentence((64 << 20) + 1, 64 << 20), "value of 65 MB, 64 MB is the most");
        assert_eq!(sentence(2 << 20, 3 << 10), "value of 2048 KB, 3 KB is the most");
        assert_eq!(sentence(1 << 20, 1001), "value of 1048576 bytes, 1001 bytes is the most");
    }

    #[test]
    fn what_was_found_is_shown_up_to_a_limit() {
        let sentence = |found: &[u8]| ProtocolError::expected("expected 'a'", found).to_string();
        assert_eq!(sentence(b"b\r\xff"), r"Protocol error: expected 'a', got 'b\r\xff'");
        let long = sentence(&[b'b'; 1000]);
        assert_eq!(long, format!("Protocol error: expected 'a', got '{}…'", "b".repeat(32)));
    }
}
