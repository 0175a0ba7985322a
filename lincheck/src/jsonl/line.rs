//! One line.

use super::SCHEMA;
use super::models::Read;
use crate::{Event, EventError, EventKind};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// What is wrong with a line.
#[derive(Debug, Error)]
pub enum JsonlProblem {
    /// There is none.
    #[error("expected a header, {{\"schema\":\"{SCHEMA}\"}}, found nothing")]
    Empty,
    /// It is not an object with the fields that it needs.
    #[error("{}", with_column_only(.0))]
    Json(#[from] serde_json::Error),
    /// It is the header of something else.
    #[error("expected a history in the format {SCHEMA:?}, found {0:?}")]
    Schema(String),
    /// A field is not what it should be.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What it should be.
        expected: &'static str,
        /// What it is, as JSON.
        found: String,
    },
    /// It completes something else than the process invoked.
    #[error("process {process} completes {found:?} of {key:?}, but has {open} open")]
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
    /// It does not follow from the lines before.
    #[error("{0}")]
    Event(#[from] EventError),
}

/// How much of what was found is shown, enough to recognize it by.
const FOUND_CHARS_MAX: usize = 80;

impl JsonlProblem {
    pub(super) fn unexpected(expected: &'static str, found: &Value) -> JsonlProblem {
        let found: String = found.to_string().chars().take(FOUND_CHARS_MAX).collect();
        JsonlProblem::Unexpected { expected, found }
    }
}

/// For the parser each line is line 1, which nobody wants to read.
fn with_column_only(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(what) => format!("{what}, at column {}", error.column()),
        None => text,
    }
}

/// Reads an object; as the fields of a struct, the parser would take an array too.
fn read_object<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, JsonlProblem> {
    if !text.trim_start().starts_with('{') {
        let found = text.chars().take(FOUND_CHARS_MAX).collect();
        return Err(JsonlProblem::Unexpected { expected: "a JSON object", found });
    }
    Ok(serde_json::from_str(text)?)
}

/// The first line.
#[derive(Deserialize)]
pub(super) struct Header {
    schema: String,
    #[serde(default)]
    pub missing_is_empty: bool,
}

impl Header {
    pub fn read(text: &str) -> Result<Header, JsonlProblem> {
        let header: Header = read_object(text)?;
        if header.schema != SCHEMA {
            return Err(JsonlProblem::Schema(header.schema));
        }
        Ok(header)
    }
}

/// Any other.
#[derive(Deserialize)]
pub(super) struct Line {
    at: u64,
    pub process: u64,
    #[serde(rename = "type")]
    kind: Kind,
    pub f: String,
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub value: Value,
    pub version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
}

impl Line {
    pub fn read(text: &str) -> Result<Line, JsonlProblem> {
        read_object(text)
    }

    /// The event, given what the process has open.
    pub fn event<M: Read>(
        &self,
        model: &M,
        open: Option<&M::Input>,
    ) -> Result<Event<M::Input, M::Output>, JsonlProblem> {
        if let (Some(open), Kind::Ok | Kind::Fail | Kind::Info) = (open, &self.kind)
            && model.name(open) != (&self.f, &self.key)
        {
            return Err(JsonlProblem::OtherOperation {
                process: self.process,
                found: self.f.clone(),
                key: self.key.clone(),
                open: model.describe(open, None),
            });
        }
        let kind = match self.kind {
            Kind::Invoke => EventKind::Invoke(model.input(self)?),
            Kind::Ok => EventKind::Ok(model.output(self)?),
            Kind::Fail => EventKind::Fail,
            Kind::Info => EventKind::Info,
        };
        Ok(Event { at: self.at, process: self.process, kind })
    }
}
