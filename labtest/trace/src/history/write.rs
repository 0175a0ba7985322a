//! Writing a history, line by line and by hand.

use super::{Header, SCHEMA, Type};
use crate::Output;
use crate::line::Command;
use std::collections::BTreeMap;
use std::io;

/// Writes a history. Times are nanoseconds since the start of the run and never go back.
pub struct Writer {
    output: Output,
    processes: Processes,
}

/// Who does what. A process does one thing at a time, while a client may do several: an operation goes to the
/// lowest idle process.
#[derive(Debug, Default)]
struct Processes {
    busy: Vec<bool>,
    /// By operation.
    of: BTreeMap<u64, u64>,
}

/// What a client of a store asks or is answered.
#[derive(Clone, Copy, Debug)]
pub struct StoreLine<'a> {
    /// The client's number.
    pub process: u64,
    /// What the line says of its operation.
    pub kind: Type,
    /// `get`, `put`, `append`, `cas` or `delete`.
    pub function: &'a str,
    /// The key it is about.
    pub key: &'a str,
    /// What is written, or was found.
    pub value: StoreValue<'a>,
    /// The key's version: the one asked for, or the one that it has now.
    pub version: Option<u64>,
}

/// The value of a line about a store.
#[derive(Clone, Copy, Debug)]
pub enum StoreValue<'a> {
    /// The line has none.
    Missing,
    /// What is written.
    Text(&'a str),
    /// What is expected, nothing if the key should be missing, and what is written then.
    Pair(Option<&'a str>, &'a str),
    /// What was found: nothing if there is no such key.
    Found(Option<&'a str>),
    /// The condition did not hold.
    Refused,
}

impl Processes {
    fn begin(&mut self, operation: u64) -> u64 {
        let process = self.busy.iter().position(|busy| !busy).unwrap_or(self.busy.len());
        match self.busy.get_mut(process) {
            Some(busy) => *busy = true,
            None => self.busy.push(true),
        }
        self.of.insert(operation, process as u64);
        process as u64
    }

    fn end(&mut self, operation: u64) -> u64 {
        let process = self.of.remove(&operation).unwrap_or_default();
        if let Some(busy) = self.busy.get_mut(process as usize) {
            *busy = false;
        }
        process
    }
}

impl Writer {
    /// Begins a history with its header, as [`SCHEMA`] whatever the header says.
    pub fn new(mut output: Output, header: &Header) -> Writer {
        let mut line = output.line();
        line.text("schema", SCHEMA).text("test", &header.test);
        if let Some(seed) = header.seed {
            line.number("seed", seed);
        }
        line.text("implementation", &header.implementation);
        if let Some(model) = &header.model {
            line.text("model", model);
        }
        drop(line);
        Writer { output, processes: Processes::default() }
    }

    /// Ends the history. Returns what was kept in memory.
    ///
    /// # Errors
    /// The first one there was.
    pub fn finish(&mut self) -> io::Result<String> {
        self.output.finish()
    }

    /// An operation begins, by its number among all of the run. Returns the process whose it is.
    pub fn invoke(&mut self, at: u64, operation: u64, function: &str, value: Command<'_>) -> u64 {
        let process = self.processes.begin(operation);
        self.line(at, process, function, value, (Type::Invoke, None));
        process
    }

    /// An operation is answered: how, and at which index of the log it is. Returns the process whose
    /// it is.
    pub fn answer(
        &mut self,
        at: u64,
        operation: u64,
        function: &str,
        value: Command<'_>,
        answer: (Type, Option<u64>),
    ) -> u64 {
        let process = self.processes.end(operation);
        self.line(at, process, function, value, answer);
        process
    }

    fn line(
        &mut self,
        at: u64,
        process: u64,
        function: &str,
        value: Command<'_>,
        (kind, index): (Type, Option<u64>),
    ) {
        let mut line = self.output.line();
        line.number("at", at)
            .number("process", process)
            .text("type", kind.name())
            .text("f", function)
            .command("value", value);
        if let Some(index) = index {
            line.number("index", index);
        }
    }

    /// A client of a store asks for something or is answered.
    pub fn store(&mut self, at: u64, store: &StoreLine<'_>) {
        let mut line = self.output.line();
        line.number("at", at)
            .number("process", store.process)
            .text("type", store.kind.name())
            .text("f", store.function)
            .text("key", store.key);
        match store.value {
            StoreValue::Missing => &mut line,
            StoreValue::Text(text) => line.text("value", text),
            StoreValue::Pair(from, to) => line.pair("value", from, to),
            StoreValue::Found(found) => line.text_or_null("value", found),
            StoreValue::Refused => line.flag("value", false),
        };
        if let Some(version) = store.version {
            line.number("version", version);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_does_one_thing_at_a_time() {
        let mut processes = Processes::default();
        assert_eq!((processes.begin(10), processes.begin(11)), (0, 1));
        assert_eq!(processes.end(10), 0);
        assert_eq!((processes.begin(12), processes.begin(13)), (0, 2));
        assert_eq!(processes.end(11), 1);
    }
}
