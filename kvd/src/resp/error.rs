//! What ends a connection: bytes that are no RESP, or too many of them.

use std::fmt;

/// Why nothing more of a connection can be read, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// Bytes that are no RESP: what was expected, and what was found.
    #[error("Protocol error: {0}")]
    Malformed(String),
    /// Something that is longer than its limit.
    #[error("{what} of {}, {} is the most", unit(*most).of(*size), unit(*most).of(*most))]
    TooLarge {
        /// What it is, such as `value`.
        what: &'static str,
        /// How long it is, or how long it is at least, in bytes.
        size: u64,
        /// How long it may be, in bytes.
        most: u64,
    },
    /// More arguments, or elements, than there may be.
    #[error("{count} {what}, {most} is the most")]
    TooMany {
        /// What they are, such as `arguments`.
        what: &'static str,
        /// How many they are.
        count: u64,
        /// How many they may be.
        most: u64,
    },
}

/// The largest unit that shows a limit exactly: what exceeds the limit is then shown as more than it.
fn unit(most: u64) -> Unit {
    let units = [Unit(1 << 20, "MB"), Unit(1 << 10, "KB")];
    units.into_iter().find(|unit| most.is_multiple_of(unit.0)).unwrap_or(Unit(1, "bytes"))
}

struct Unit(u64, &'static str);

impl Unit {
    /// Rounded up.
    fn of(&self, bytes: u64) -> impl fmt::Display {
        format!("{} {}", bytes.div_ceil(self.0), self.1)
    }
}
