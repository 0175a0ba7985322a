//! The formats in which histories are read, and telling them apart.

mod jepsen;
mod jepsen_edn;
mod jepsen_log;
mod jsonl;

pub use jsonl::SCHEMA;

use crate::line::{Found, LineProblem};
use serde_json::Value;
use std::str::FromStr;
use thiserror::Error;

/// A format of histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// This crate's own, [`SCHEMA`].
    Jsonl,
    /// Jepsen's `history.edn`, which is also what Maelstrom and Knossos write, and of whose kind the
    /// key/value logs of Porcupine are.
    JepsenEdn,
    /// Jepsen's `history.txt` and `jepsen.log`, and the etcd logs of Porcupine.
    JepsenLog,
}

/// All of them, with their names; the first one is the main name.
const FORMATS: [(Format, &[&str]); 3] = [
    (Format::Jsonl, &["jsonl", "labtest"]),
    (Format::JepsenEdn, &["jepsen-edn", "edn", "jepsen", "maelstrom", "knossos", "porcupine-kv"]),
    (Format::JepsenLog, &["jepsen-log", "log", "porcupine-etcd"]),
];

/// There is no format with that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no format is called {0:?}; there are {names}", names = names())]
pub struct UnknownFormat(String);

/// Why the format of a text is not known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FormatError {
    /// No reader takes it.
    #[error(
        "line {line}: expected a history in one of the formats {names}, found {found}", names = names()
    )]
    Unrecognized {
        /// The first line that has something.
        line: usize,
        /// What that is.
        found: String,
    },
    /// Several do.
    #[error("this could be {one} as well as {other}", one = .0.name(), other = .1.name())]
    Ambiguous(Format, Format),
}

fn names() -> String {
    let (last, others) = FORMATS.split_last().unwrap_or((&FORMATS[0], &[]));
    let others: Vec<&str> = others.iter().map(|(format, _)| format.name()).collect();
    format!("{} and {}", others.join(", "), last.0.name())
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let found = FORMATS.iter().find(|(_, names)| names.contains(&name));
        found.map(|(format, _)| *format).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// A text whose format is known, and what it says about itself.
pub(crate) struct Opened<'t> {
    /// Whether an empty string means nothing, if the text says so or denies it.
    pub missing_is_empty: Option<bool>,
    /// How the object begins, if the text says so.
    pub initial: Option<Value>,
    /// What is in it, with the number of its line.
    pub found: Box<dyn Iterator<Item = (usize, Result<Found, LineProblem>)> + 't>,
}

impl Format {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Jsonl => "jsonl",
            Format::JepsenEdn => "jepsen-edn",
            Format::JepsenLog => "jepsen-log",
        }
    }

    /// What it is, in words.
    pub fn description(self) -> &'static str {
        match self {
            Format::Jsonl => "JSON lines",
            Format::JepsenEdn => "Jepsen's EDN",
            Format::JepsenLog => "a log of Jepsen",
        }
    }

    /// The format that a text has, by its beginning.
    ///
    /// # Errors
    /// When no format's reader would take it, or more than one.
    pub fn of(text: &str) -> Result<Format, FormatError> {
        let accepts = |format: &&(Format, _)| match format.0 {
            Format::Jsonl => jsonl::accepts(text),
            Format::JepsenEdn => jepsen_edn::accepts(text),
            Format::JepsenLog => jepsen_log::accepts(text),
        };
        let mut accepting = FORMATS.iter().filter(accepts).map(|(format, _)| *format);
        match (accepting.next(), accepting.next()) {
            (Some(format), None) => Ok(format),
            (Some(one), Some(other)) => Err(FormatError::Ambiguous(one, other)),
            (None, _) => {
                let mut lines = text.lines().zip(1..);
                let first = lines.find(|(line, _)| !line.trim().is_empty());
                let (found, line) = first.unwrap_or(("nothing", 1));
                let found = found.chars().take(crate::line::FOUND_CHARS_MAX).collect();
                Err(FormatError::Unrecognized { line, found })
            }
        }
    }

    /// Begins to read a text of this format.
    ///
    /// # Errors
    /// What is wrong with its first line, where that is a header.
    pub(crate) fn open(self, text: &str) -> Result<Opened<'_>, (usize, LineProblem)> {
        match self {
            Format::Jsonl => jsonl::open(text).map_err(|problem| (1, problem)),
            Format::JepsenEdn => Ok(jepsen_edn::open(text)),
            Format::JepsenLog => Ok(jepsen_log::open(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_recognized_by_their_beginning() {
        for (text, format) in [
            ("{\"schema\":\"labtest.history/v2\"}\n", Format::Jsonl),
            ("{\"schema\":\"something else\"}", Format::Jsonl),
            ("; a comment\n[{:type :invoke, :f :read, :process 0}]", Format::JepsenEdn),
            ("({:process 0 :type :ok})", Format::JepsenEdn),
            ("#jepsen.history.Op{:type :invoke, :process 0}", Format::JepsenEdn),
            ("[]", Format::JepsenEdn),
            ("0\t:invoke\t:read\tnil\n", Format::JepsenLog),
            ("started\nINFO  jepsen.util - 12 :ok :write 3", Format::JepsenLog),
            (":nemesis\t:info\t:start\tnil", Format::JepsenLog),
        ] {
            assert_eq!(Format::of(text), Ok(format), "{text}");
        }
    }

    #[test]
    fn a_text_of_no_format_and_one_of_two_are_refused() {
        let error = |text: &str| Format::of(text).unwrap_err().to_string();
        let nothing = "line 2: expected a history in one of the formats jsonl, jepsen-edn and \
                       jepsen-log, found hello";
        assert_eq!(error("\nhello"), nothing);
        assert!(error("").ends_with("found nothing"));
        let both = "{:type :invoke, :process 0, :f :read}\n0 :invoke :read nil\n";
        assert_eq!(error(both), "this could be jepsen-edn as well as jepsen-log");
    }

    #[test]
    fn formats_go_by_the_names_of_what_writes_them() {
        assert_eq!("maelstrom".parse(), Ok(Format::JepsenEdn));
        assert_eq!("porcupine-etcd".parse(), Ok(Format::JepsenLog));
        assert_eq!(
            "xml".parse::<Format>().unwrap_err().to_string(),
            "no format is called \"xml\"; there are jsonl, jepsen-edn and jepsen-log"
        );
    }
}
