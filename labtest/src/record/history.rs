//! The lines of a history, `labtest.history/v1`: what clients did and what they were told.

use super::{Output, Subject};
use crate::cluster::{Answer, Operation};

/// The version that is written.
pub(super) const SCHEMA: &str = "labtest.history/v1";

/// Writes a history.
pub(super) struct History {
    pub(super) output: Output,
}

impl History {
    pub(super) fn new(mut output: Output, subject: &Subject) -> History {
        output
            .line()
            .text("schema", SCHEMA)
            .text("test", &subject.test)
            .number("seed", subject.seed)
            .text("implementation", &subject.implementation);
        History { output }
    }

    pub(super) fn invoked(&mut self, at: u64, operation: &Operation) {
        self.line(at, operation, "invoke", None);
    }

    /// `info` is the word for an operation that may take effect yet.
    pub(super) fn answered(&mut self, at: u64, operation: &Operation, answer: Answer) {
        match answer {
            Answer::Done { index } => self.line(at, operation, "ok", Some(index)),
            Answer::Refused => self.line(at, operation, "fail", None),
            Answer::Unknown => self.line(at, operation, "info", None),
        }
    }

    fn line(&mut self, at: u64, operation: &Operation, kind: &str, index: Option<u64>) {
        let mut line = self.output.line();
        line.number("at", at)
            .number("process", operation.client)
            .text("type", kind)
            .text("f", operation.function);
        line.command("value", operation.value.bytes());
        if let Some(index) = index {
            line.number("index", index);
        }
    }
}
