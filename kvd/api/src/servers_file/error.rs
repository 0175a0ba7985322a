//! Why a servers file can't be used.

use super::SERVERS_MAX;
use super::place::Place;
use std::fmt;

/// What is wrong with a servers file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServersFileError {
    /// The file's name.
    pub file: String,
    /// The line, from 1, where one is to blame.
    pub line: Option<usize>,
    /// The entry and field, such as `servers[2].client_port`, where one is to blame.
    pub place: Option<String>,
    /// What was expected, and what was found.
    pub sentence: String,
}

impl ServersFileError {
    /// An error of the file as a whole.
    pub(super) fn whole(file: &str, sentence: String) -> ServersFileError {
        ServersFileError { file: file.to_owned(), line: None, place: None, sentence }
    }

    /// An error of a value in the file.
    pub(super) fn at(file: &str, text: &str, place: &Place, sentence: String) -> ServersFileError {
        ServersFileError {
            file: file.to_owned(),
            line: place.line(text),
            place: Some(place.to_string()),
            sentence,
        }
    }
}

impl fmt::Display for ServersFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for ServersFileError {}

/// A number of servers that no cluster can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {SERVERS_MAX} servers, found {found}")]
pub struct WrongCount {
    /// The number.
    pub found: u64,
}
