//! What can go wrong with stable storage.

use std::fmt;

/// Why stored bytes can't be read, or why written bytes are not durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersistError {
    /// What is stored is not what was written.
    #[error("corrupt: {0}")]
    Corrupt(Corruption),
    /// The medium refused; nothing written since the last successful sync is known to be durable.
    #[error("failed: {0}")]
    Failed(String),
    /// A newer incarnation of the server has opened the medium, so this one's writes are ignored.
    #[error("fenced: a newer incarnation of this server has opened the medium")]
    Fenced,
}

impl PersistError {
    pub(crate) fn failed(error: std::io::Error) -> PersistError {
        PersistError::Failed(error.to_string())
    }
}

/// A place where stored bytes are not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// Which of the three stored byte strings is hurt.
    pub part: Part,
    /// Where in that part, in bytes from its beginning.
    pub offset: usize,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Corruption { part, offset, expected, found } = self;
        write!(f, "{part}, byte {offset}: expected {expected}, found {found}")
    }
}

/// One of the three things a server stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The state, written whole by `save`.
    State,
    /// The records appended since.
    Journal,
    /// The service's snapshot.
    Snapshot,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::State => "state",
            Part::Journal => "journal",
            Part::Snapshot => "snapshot",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corruption_names_the_part_the_offset_and_both_values() {
        let corruption = Corruption {
            part: Part::Journal,
            offset: 24,
            expected: "checksum 0x00000001".into(),
            found: "0x00000002".into(),
        };
        assert_eq!(
            PersistError::Corrupt(corruption).to_string(),
            "corrupt: journal, byte 24: expected checksum 0x00000001, found 0x00000002"
        );
    }
}
