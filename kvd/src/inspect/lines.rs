//! The lines that people read.

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Bytes as a string where they are UTF-8, as `{"hex": "…"}` where they are not.
pub fn bytes_as_json(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "hex": hex })
        }
    }
}

/// A line, with its fields in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Line {
    Server { cluster: String, server: u64 },
    Storage { term: u64, voted_for: Value },
    Snapshot { snapshot_index: u64, snapshot_term: u64 },
    Entry { index: u64, term: u64, command: Value },
    Pair { key: Value, value: Value },
}

impl Line {
    pub(super) fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        let mut line = Vec::new();
        self.serialize(&mut Serializer::with_formatter(&mut line, Spaced))?;
        line.push(b'\n');
        output.write_all(&line)
    }
}

/// A blank after each comma and colon.
struct Spaced;

impl Spaced {
    fn separate(writer: &mut (impl Write + ?Sized), first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }
}

impl Formatter for Spaced {
    fn begin_array_value<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        Spaced::separate(to, first)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        Spaced::separate(to, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &Line) -> String {
        let mut bytes = Vec::new();
        line.write(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_are_json_with_blanks_for_people() {
        let command = json!({ "mset": [["x", "1"], ["y", bytes_as_json(b"\xff\x00")]] });
        let line = Line::Entry { index: 4, term: 3, command };
        let expected =
            r#"{"index": 4, "term": 3, "command": {"mset": [["x", "1"], ["y", {"hex": "ff00"}]]}}"#;
        assert_eq!(written(&line), format!("{expected}\n"));
        assert_eq!(serde_json::from_str::<Value>(&written(&line)).unwrap(), json!(line));
        let storage = Line::Storage { term: 6, voted_for: Value::Null };
        assert_eq!(written(&storage), "{\"term\": 6, \"voted_for\": null}\n");
    }

    #[test]
    fn text_is_one_line_whatever_is_in_it() {
        let (key, value) = (bytes_as_json("a\n\"ü".as_bytes()), bytes_as_json(b""));
        assert_eq!(
            written(&Line::Pair { key, value }),
            "{\"key\": \"a\\n\\\"ü\", \"value\": \"\"}\n"
        );
    }
}
