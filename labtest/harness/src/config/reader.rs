//! Reads a TOML document beside a table of all keys there are, with lines for mistakes.

use super::file::{ConfigError, Setting};
use std::ops::{Range, RangeInclusive};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

/// The ranges of whole numbers. Other numbers (Raft's options) have to be zero or more here; Raft
/// itself says what it can't work with.
const RANGES: [(&str, RangeInclusive<i64>); 4] = [
    ("servers", 1..=99),
    ("snapshot_interval", 1..=1_000_000_000),
    ("limits.test_s", 1..=86_400),
    ("limits.steps", 1_000..=1_000_000_000_000),
];

/// Walks the parsed document beside the table of known keys.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) file: &'a str,
}

impl Reader<'_> {
    /// Adds what the table sets to the settings.
    pub(super) fn read_table(
        &self,
        table: &DeTable<'_>,
        known: &Table,
        section: &[String],
        settings: &mut Vec<Setting>,
    ) -> Result<(), ConfigError> {
        for (key, value) in table {
            let mut path = section.to_vec();
            path.push(key.get_ref().to_string());
            let Some(pattern) = known.get(key.get_ref().as_ref()) else {
                return Err(self.error(key.span(), unknown_key(&path, known)));
            };
            if let (DeValue::Table(inner), Value::Table(known)) = (value.get_ref(), pattern) {
                self.read_table(inner, known, &path, settings)?;
            } else {
                let value = self.read_value(value, pattern, &path.join("."))?;
                settings.push(Setting { path, value, line: self.line(&key.span()) });
            }
        }
        Ok(())
    }

    fn read_value(
        &self,
        value: &Spanned<DeValue<'_>>,
        pattern: &Value,
        key: &str,
    ) -> Result<Value, ConfigError> {
        let read = match (value.get_ref(), pattern) {
            (DeValue::Boolean(value), Value::Boolean(_)) => Some(Value::Boolean(*value)),
            (DeValue::String(text), Value::String(_)) => Some(Value::String(text.to_string())),
            (DeValue::Float(number), Value::Float(_)) => {
                number.as_str().parse().ok().map(Value::Float)
            }
            (DeValue::Integer(number), Value::Integer(_)) => {
                i64::from_str_radix(number.as_str(), number.radix())
                    .ok()
                    .filter(|number| range(key).contains(number))
                    .map(Value::Integer)
            }
            _ => None,
        };
        read.ok_or_else(|| {
            let found = match value.get_ref() {
                DeValue::Table(_) => "a section",
                _ => self.text.get(value.span()).and_then(|text| text.lines().next()).unwrap_or(""),
            };
            let expected = expectation(key, pattern);
            self.error(value.span(), format!("`{key}` must be {expected}, found {found}"))
        })
    }

    pub(super) fn error(&self, span: Range<usize>, message: String) -> ConfigError {
        ConfigError { file: self.file.to_string(), line: self.line(&span), message }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

fn unknown_key(path: &[String], known: &Table) -> String {
    let names: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
    format!("unknown key `{}`, expected one of {}", path.join("."), names.join(", "))
}

fn range(key: &str) -> RangeInclusive<i64> {
    RANGES.iter().find(|(name, _)| *name == key).map_or(0..=i64::MAX, |(_, range)| range.clone())
}

fn expectation(key: &str, pattern: &Value) -> String {
    match pattern {
        Value::Integer(_) => match range(key).into_inner() {
            (low, i64::MAX) => format!("a whole number from {low} on"),
            (low, high) => format!("a whole number from {low} to {high}"),
        },
        Value::Boolean(_) => "true or false".to_string(),
        Value::Table(_) => format!("a section, [{key}]"),
        other => format!("a {}", other.type_str()),
    }
}
