//! Jepsen's `history.edn`: a map for each event, one after another or in a vector.
//!
//! ```clojure
//! {:index 0, :time 3271000, :type :invoke, :process 0, :f :write, :value 3}
//! {:index 1, :time 5120000, :type :ok, :process 0, :f :write, :value 3}
//! ```

use super::{Opened, jepsen};
use crate::edn::{EdnReader, name};
use crate::line::{Found, Kind, Line, LineProblem};
use serde_json::{Map, Value};

/// A text without a single map is one only if nothing else is in it.
pub(super) fn accepts(text: &str) -> bool {
    let mut reader = EdnReader::new(text);
    let Some(first) = reader.peek() else { return false };
    let begins_list = matches!(first, '[' | '(');
    if begins_list {
        reader.skip(first);
    }
    match reader.value() {
        Ok(Some(Value::Object(map))) => map.contains_key("process") && map.contains_key("type"),
        Ok(None) => begins_list,
        _ => false,
    }
}

pub(super) fn open(text: &str) -> Opened<'_> {
    let has_pairs = jepsen::has_pairs(Events::new(text).map(|(_, found)| found));
    let found = Events::new(text).map(move |(line, found)| match found {
        Ok(Found::Line(event)) if has_pairs => (line, jepsen::take_apart(event).map(Found::Line)),
        found => (line, found),
    });
    Opened { missing_is_empty: None, initial: None, found: Box::new(found) }
}

/// The events of a text, with their lines.
struct Events<'t> {
    text: &'t str,
    reader: EdnReader<'t>,
    /// The bracket that ends the list in which they stand.
    end: Option<char>,
    is_over: bool,
    /// The line of the byte up to which lines were counted.
    line: usize,
    counted: usize,
}

impl<'t> Events<'t> {
    fn new(text: &'t str) -> Events<'t> {
        let mut reader = EdnReader::new(text);
        let end = match reader.peek() {
            Some('[') => Some(']'),
            Some('(') => Some(')'),
            _ => None,
        };
        if end.is_some() {
            reader.skip('[');
        }
        Events { text, reader, end, is_over: false, line: 1, counted: 0 }
    }

    /// The line that was reached.
    fn line(&mut self) -> usize {
        let reached = self.reader.position();
        let passed = &self.text.as_bytes()[self.counted..reached];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = reached;
        self.line
    }

    fn read(&mut self) -> Result<Option<Found>, LineProblem> {
        match self.reader.value()? {
            Some(Value::Object(event)) => read(event).map(Some),
            Some(other) => Err(LineProblem::unexpected("a map for each event", &other)),
            None => {
                let next = self.reader.peek();
                self.is_over = true;
                match (next, self.end.take()) {
                    (None, None) => Ok(None),
                    (Some(next), Some(end)) if next == end => {
                        self.reader.skip(next);
                        match self.reader.peek() {
                            None => Ok(None),
                            Some(more) => Err(LineProblem::unexpected_text(
                                "nothing after the list of events",
                                &more.to_string(),
                            )),
                        }
                    }
                    (None, Some(_)) => Err(crate::edn::EdnProblem::Unfinished.into()),
                    (Some(next), _) => Err(crate::edn::EdnProblem::NoValue(next).into()),
                }
            }
        }
    }
}

impl Iterator for Events<'_> {
    type Item = (usize, Result<Found, LineProblem>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        // Where the event begins, not where it ends.
        self.reader.peek();
        let line = self.line();
        let found = self.read();
        self.is_over |= found.is_err();
        found.transpose().map(|found| (line, found))
    }
}

const TYPE: &str = "`:type` to be `:invoke`, `:ok`, `:fail` or `:info`";

fn read(mut event: Map<String, Value>) -> Result<Found, LineProblem> {
    let process = match event.get("process") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(name)) if name == ":nemesis" => return Ok(Found::Nemesis),
        _ => None,
    };
    let process = process.ok_or_else(|| {
        wrong(&event, "process", "`:process` to be a whole number from 0, or `:nemesis`")
    })?;
    let kind = event.get("type").and_then(|kind| Kind::named(&name(kind)));
    let kind = kind.ok_or_else(|| wrong(&event, "type", TYPE))?;
    let f = event.get("f").filter(|f| f.is_string()).map(name);
    let f = f.ok_or_else(|| wrong(&event, "f", "`:f` to be what is done, a keyword"))?;
    // A time before the start stands for none.
    let at = match event.get("time") {
        None | Some(Value::Null) => None,
        Some(time) if time.as_i64() == Some(-1) => None,
        Some(time) => Some(
            time.as_u64()
                .ok_or_else(|| wrong(&event, "time", "`:time` to be nanoseconds from 0"))?,
        ),
    };
    let key = event.get("key").filter(|key| !key.is_null()).map(name);
    let value = event.remove("value");
    Ok(Found::Line(Line { at, process, kind, f, key, value, version: None }))
}

fn wrong(event: &Map<String, Value>, field: &str, expected: &'static str) -> LineProblem {
    match event.get(field) {
        Some(value) => LineProblem::unexpected(expected, value),
        None => LineProblem::missing(expected),
    }
}
