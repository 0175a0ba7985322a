//! What a line of a history says, whatever its format.

use crate::EventError;
use crate::edn::EdnProblem;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// Something that a process began, or how it ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// When; nothing where the format tells no times.
    pub at: Option<u64>,
    pub process: u64,
    pub kind: Kind,
    /// What is done.
    pub f: String,
    pub key: Option<String>,
    /// `null` is a value, too.
    pub value: Option<Value>,
    pub version: Option<u64>,
}

/// What a line says of its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
}

impl Kind {
    pub fn named(name: &str) -> Option<Kind> {
        match name {
            "invoke" => Some(Kind::Invoke),
            "ok" => Some(Kind::Ok),
            "fail" => Some(Kind::Fail),
            "info" => Some(Kind::Info),
            _ => None,
        }
    }
}

/// What a reader found at a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// A client's.
    Line(Line),
    /// What was done to the system, and is no operation on the object.
    Nemesis,
    /// Something else, in a log that has more than operations.
    Other,
}

impl Line {
    /// The key; where there is none, everything concerns the same.
    pub fn key(&self) -> &str {
        self.key.as_deref().unwrap_or_default()
    }

    /// The value; `null` where there is none.
    pub fn value(&self) -> &Value {
        self.value.as_ref().unwrap_or(&Value::Null)
    }

    /// The value of an answer that is nothing without one.
    pub fn answer(&self, expected: &'static str) -> Result<&Value, LineProblem> {
        self.value.as_ref().ok_or_else(|| LineProblem::missing(expected))
    }
}

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum LineProblem {
    /// It is not an object with the fields that it needs.
    #[error("{}", with_column_only(.0))]
    Json(#[from] serde_json::Error),
    /// It is not EDN.
    #[error("{0}")]
    Edn(#[from] EdnProblem),
    /// A field is not what it should be.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// It has a key and others have none, or the other way round.
    #[error(
        "expected \"key\" in all lines or in none, and the first line with an event is different"
    )]
    SomeKeys,
    /// It has a time and others have none, or the other way round.
    #[error(
        "expected a time in all lines or in none, and the first line with an event is different"
    )]
    SomeTimes,
    /// It completes something else than the process invoked.
    #[error("process {process} completes {found:?}{of}, but has {open} open", of = of_key(.key))]
    OtherOperation {
        /// The process.
        process: u64,
        /// What the line completes.
        found: String,
        /// Of which key.
        key: String,
        /// What the process has open.
        open: String,
    },
    /// There are more than can be judged in a memory of usual size.
    #[error("a history that is read may have {0} operations, and this one has more")]
    TooMany(usize),
    /// There are more in lists than a memory of usual size holds.
    #[error("a history that is read may have {0} values in its lists, and this one has more")]
    TooManyValues(usize),
    /// It is longer than any history needs.
    #[error("an event may be {} bytes long, and this one is longer", EVENT_BYTES_MAX)]
    TooLong,
    /// It does not follow from the lines before.
    #[error("{0}")]
    Event(#[from] EventError),
}

/// The most bytes of one event: as values in memory they take up to 20 times as many.
pub(crate) const EVENT_BYTES_MAX: usize = 1 << 24;

/// How much of what was found is shown, enough to recognize it by.
pub(crate) const FOUND_CHARS_MAX: usize = 80;

impl LineProblem {
    pub(crate) fn missing(expected: &'static str) -> LineProblem {
        LineProblem::Unexpected { expected, found: "nothing".to_owned() }
    }

    pub(crate) fn unexpected(expected: &'static str, found: &Value) -> LineProblem {
        LineProblem::unexpected_text(expected, &found.to_string())
    }

    pub(crate) fn unexpected_text(expected: &'static str, found: &str) -> LineProblem {
        let found = found.chars().take(FOUND_CHARS_MAX).collect();
        LineProblem::Unexpected { expected, found }
    }
}

fn of_key(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!(" of {key:?}") }
}

/// For the parser each line is line 1, which is not worth showing.
fn with_column_only(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => format!("{what}, at column {}", error.column()),
        None => text,
    }
}
