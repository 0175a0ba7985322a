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
    /// It has a key and others have none, or the other way round.
    #[error(
        "expected \"key\" in all lines or in none, and the first line with an event is different"
    )]
    SomeKeys,
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
    pub(super) fn missing(expected: &'static str) -> JsonlProblem {
        JsonlProblem::Unexpected { expected, found: "nothing".to_owned() }
    }

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

/// A field of a line, what it must be, and whether a value is that; a field that may be left out need
/// only be so where it stands.
struct Field {
    name: &'static str,
    expected: &'static str,
    is_needed: bool,
    fits: fn(&Value) -> bool,
}

const SCHEMA_FIELD: Field = Field {
    name: "schema",
    expected: "\"schema\" to be the name of the format, a string",
    is_needed: true,
    fits: Value::is_string,
};

const HEADER: [Field; 2] = [
    SCHEMA_FIELD,
    Field {
        name: "missing_is_empty",
        expected: "\"missing_is_empty\" to be true or false",
        is_needed: false,
        fits: Value::is_boolean,
    },
];

const LINE: [Field; 6] = [
    Field {
        name: "at",
        expected: "\"at\" to be a time, a whole number from 0",
        is_needed: true,
        fits: Value::is_u64,
    },
    Field {
        name: "process",
        expected: "\"process\" to be a whole number from 0",
        is_needed: true,
        fits: Value::is_u64,
    },
    Field {
        name: "type",
        expected: "\"type\" to be \"invoke\", \"ok\", \"fail\" or \"info\"",
        is_needed: true,
        fits: |value| Kind::deserialize(value).is_ok(),
    },
    Field {
        name: "f",
        expected: "\"f\" to be what is done, a string",
        is_needed: true,
        fits: Value::is_string,
    },
    Field {
        name: "key",
        expected: "\"key\" to be a string",
        is_needed: false,
        fits: Value::is_string,
    },
    Field {
        name: "version",
        expected: "\"version\" to be a whole number from 0",
        is_needed: false,
        fits: |value| value.is_u64() || value.is_null(),
    },
];

/// Reads an object; as the fields of a struct, the parser would take an array too.
fn read_object<'t, T: Deserialize<'t>>(text: &'t str, fields: &[Field]) -> Result<T, JsonlProblem> {
    if !text.trim_start().starts_with('{') {
        let found = text.chars().take(FOUND_CHARS_MAX).collect();
        return Err(JsonlProblem::Unexpected { expected: "a JSON object", found });
    }
    serde_json::from_str(text).map_err(|error| wrong_field(text, fields).unwrap_or(error.into()))
}

/// The first field that is not what it should be. It is looked for only when something is wrong.
fn wrong_field(text: &str, fields: &[Field]) -> Option<JsonlProblem> {
    let object: Value = serde_json::from_str(text).ok()?;
    let wrong = |field: &Field| match object.get(field.name) {
        Some(value) => {
            (!(field.fits)(value)).then(|| JsonlProblem::unexpected(field.expected, value))
        }
        None => field.is_needed.then(|| JsonlProblem::missing(field.expected)),
    };
    fields.iter().find_map(wrong)
}

/// Of the first line, what all formats have.
#[derive(Deserialize)]
struct Named {
    schema: String,
}

/// The first line.
#[derive(Deserialize)]
pub(super) struct Header {
    #[serde(default)]
    pub missing_is_empty: bool,
}

impl Header {
    pub fn read(text: &str) -> Result<Header, JsonlProblem> {
        // Another format has another name, whatever else is different.
        let Named { schema } = read_object(text, &[SCHEMA_FIELD])?;
        if schema != SCHEMA {
            return Err(JsonlProblem::Schema(schema));
        }
        read_object(text, &HEADER)
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
    pub key: Option<String>,
    /// `null` is a value, too.
    #[serde(default, deserialize_with = "what_is_there")]
    pub value: Option<Value>,
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

fn what_is_there<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
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
    pub fn answer(&self, expected: &'static str) -> Result<&Value, JsonlProblem> {
        self.value.as_ref().ok_or_else(|| JsonlProblem::missing(expected))
    }

    pub fn read(text: &str) -> Result<Line, JsonlProblem> {
        read_object(text, &LINE)
    }

    /// The event, given what the process has open.
    pub fn event<M: Read>(
        &self,
        model: &M,
        open: Option<&M::Input>,
    ) -> Result<Event<M::Input, M::Output>, JsonlProblem> {
        if let (Some(open), Kind::Ok | Kind::Fail | Kind::Info) = (open, &self.kind)
            && model.name(open) != (self.f.as_str(), self.key())
        {
            return Err(JsonlProblem::OtherOperation {
                process: self.process,
                found: self.f.clone(),
                key: self.key().to_owned(),
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
