//! JSON lines, a header and then one for each event: see [`crate::check_jsonl`].

use super::Opened;
use crate::Blob;
use crate::line::{EVENT_BYTES_MAX, Found, Kind, Line, LineProblem};
use serde::Deserialize;
use serde_json::Value;

/// The format that is written, as its header has it.
pub const SCHEMA: &str = "labtest.history/v2";

/// The version before, which is read too.
const SCHEMA_BEFORE: &str = "labtest.history/v1";

const A_HEADER: &str = "a header, {\"schema\":\"labtest.history/v2\"}";
const THE_SCHEMA: &str = "a history in the format \"labtest.history/v2\" or the one before";

pub(super) fn accepts(text: &str) -> bool {
    // EDN has no colon after a string.
    let first = text.trim_start().strip_prefix('{').map(str::trim_start);
    first.is_some_and(|first| first.starts_with('"') || first.starts_with('}'))
}

pub(super) fn open(text: &str) -> Result<Opened<'_>, LineProblem> {
    let mut lines = text.lines().zip(1..);
    let (header, _) = lines.next().ok_or_else(|| LineProblem::missing(A_HEADER))?;
    let Header { missing_is_empty, model, initial } = Header::read(header)?;
    let missing_is_empty = missing_is_empty.or(model.is_some().then_some(false));
    let lines = lines.filter(|(line, _)| !line.trim().is_empty());
    let found = Box::new(lines.map(|(line, number)| (number, read(line))));
    Ok(Opened { missing_is_empty, initial, found })
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

const HEADER: [Field; 3] = [
    SCHEMA_FIELD,
    Field {
        name: "model",
        expected: "\"model\" to be the name of a model, a string",
        is_needed: false,
        fits: Value::is_string,
    },
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
        is_needed: false,
        fits: Value::is_u64,
    },
    Field {
        name: "process",
        expected: "\"process\" to be a whole number from 0, or \"nemesis\"",
        is_needed: true,
        fits: |value| value.is_u64() || value == "nemesis",
    },
    Field {
        name: "type",
        expected: "\"type\" to be \"invoke\", \"ok\", \"fail\" or \"info\"",
        is_needed: true,
        fits: |value| value.as_str().and_then(Kind::named).is_some(),
    },
    Field {
        name: "f",
        expected: "\"f\" to be what is done, a string",
        is_needed: true,
        fits: Value::is_string,
    },
    Field {
        name: "key",
        expected: "\"key\" to be a string, a number or {\"base64\": string}",
        is_needed: false,
        fits: |value| value.is_string() || value.is_number() || base64_of(value).is_some(),
    },
    Field {
        name: "version",
        expected: "\"version\" to be a whole number from 0",
        is_needed: false,
        fits: |value| value.is_u64() || value.is_null(),
    },
];

/// Reads an object; as the fields of a struct, the parser would take an array too.
fn read_object<'t, T: Deserialize<'t>>(text: &'t str, fields: &[Field]) -> Result<T, LineProblem> {
    if !text.trim_start().starts_with('{') {
        return Err(LineProblem::unexpected_text("a JSON object", text));
    }
    serde_json::from_str(text).map_err(|error| wrong_field(text, fields).unwrap_or(error.into()))
}

/// The first field that is not what it should be. It is looked for only when something is wrong.
fn wrong_field(text: &str, fields: &[Field]) -> Option<LineProblem> {
    let object: Value = serde_json::from_str(text).ok()?;
    let wrong = |field: &Field| match object.get(field.name) {
        Some(value) => {
            (!(field.fits)(value)).then(|| LineProblem::unexpected(field.expected, value))
        }
        None => field.is_needed.then(|| LineProblem::missing(field.expected)),
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
struct Header {
    missing_is_empty: Option<bool>,
    /// Named by recorders that know what they record.
    model: Option<String>,
    /// How the object begins.
    initial: Option<Value>,
}

impl Header {
    fn read(text: &str) -> Result<Header, LineProblem> {
        // Another format has another name, whatever else is different.
        let Named { schema } = read_object(text, &[SCHEMA_FIELD])?;
        if schema != SCHEMA && schema != SCHEMA_BEFORE {
            return Err(LineProblem::unexpected(THE_SCHEMA, &schema.into()));
        }
        read_object(text, &HEADER)
    }
}

/// Any other line.
#[derive(Deserialize)]
struct Event {
    at: Option<u64>,
    process: Process,
    #[serde(rename = "type")]
    kind: Kind,
    f: String,
    key: Option<Key>,
    /// `null` is a value, too.
    #[serde(default, deserialize_with = "what_is_there")]
    value: Option<Value>,
    version: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Process {
    Client(u64),
    Other(Nemesis),
}

/// Who breaks things.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Nemesis {
    Nemesis,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Key {
    Text(String),
    Number(serde_json::Number),
    Binary { base64: String },
}

fn base64_of(value: &Value) -> Option<Blob> {
    Blob::from_base64(value.get("base64")?.as_str()?)
}

fn what_is_there<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

fn read(text: &str) -> Result<Found, LineProblem> {
    if text.len() > EVENT_BYTES_MAX {
        return Err(LineProblem::TooLong);
    }
    let Event { at, process, kind, f, key, value, version } = read_object(text, &LINE)?;
    let process = match process {
        Process::Client(number) => number,
        Process::Other(Nemesis::Nemesis) => return Ok(Found::Nemesis),
    };
    let key = key.map(|key| match key {
        Key::Text(text) => Ok(text),
        Key::Number(number) => Ok(number.to_string()),
        Key::Binary { base64 } => match Blob::from_base64(&base64) {
            Some(blob) => Ok(blob.to_string()),
            None => Err(LineProblem::unexpected("\"key\" to be in Base64", &base64.into())),
        },
    });
    let key = key.transpose()?;
    Ok(Found::Line(Line { at, process, kind, f, key, value, version }))
}
