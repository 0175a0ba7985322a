//! The lines of a history, `labtest.history/v1`: what clients did and what they were told.

use super::{Output, Subject};
use crate::{Answer, Operation};
use std::collections::BTreeMap;

/// The version that is written.
const SCHEMA: &str = "labtest.history/v1";

/// Writes a history.
pub(super) struct History {
    pub(super) output: Output,
    processes: Processes,
}

/// Who does what. A process does one thing at a time, while a client may do several: an operation
/// is the lowest process's that has nothing to do.
#[derive(Debug, Default)]
struct Processes {
    busy: Vec<bool>,
    /// By operation.
    of: BTreeMap<u64, u64>,
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

impl History {
    pub(super) fn new(mut output: Output, subject: &Subject) -> History {
        let mut line = output.line();
        line.text("schema", SCHEMA)
            .text("test", &subject.test)
            .number("seed", subject.seed)
            .text("implementation", &subject.implementation);
        if subject.config.kv.is_some() {
            line.text("model", "kv");
        }
        drop(line);
        History { output, processes: Processes::default() }
    }

    /// Returns the process whose operation it is.
    pub(super) fn invoked(&mut self, at: u64, operation: &Operation) -> u64 {
        let process = self.processes.begin(operation.number);
        self.line(at, process, operation, "invoke", None);
        process
    }

    /// `info` is the word for an operation that may take effect yet.
    pub(super) fn answered(&mut self, at: u64, operation: &Operation, answer: Answer) -> u64 {
        let process = self.processes.end(operation.number);
        let (kind, index) = match answer {
            Answer::Done { index } => ("ok", Some(index)),
            Answer::Refused => ("fail", None),
            Answer::Unknown => ("info", None),
        };
        self.line(at, process, operation, kind, index);
        process
    }

    fn line(
        &mut self,
        at: u64,
        process: u64,
        operation: &Operation,
        kind: &str,
        index: Option<u64>,
    ) {
        let mut line = self.output.line();
        line.number("at", at)
            .number("process", process)
            .text("type", kind)
            .text("f", operation.function)
            .command("value", operation.value.bytes());
        if let Some(index) = index {
            line.number("index", index);
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
