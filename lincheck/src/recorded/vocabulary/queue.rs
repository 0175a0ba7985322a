//! `enqueue`, `dequeue`.

use super::{Read, something, unknown_f};
use crate::Branching;
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use crate::models::{Bag, Keyed, KeyedInput, Queue, QueueInput, QueueOutput};
use serde_json::Value;

const F: &str = "\"f\" to be \"enqueue\" or \"dequeue\"";

impl Read for Keyed<Queue<Datum>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            QueueInput::Enqueue(_) => "enqueue",
            QueueInput::Dequeue => "dequeue",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        let input = match (line.f.as_str(), line.value()) {
            ("enqueue", Value::Null) => {
                let expected = "\"value\" to be what is enqueued, which is not null";
                return Err(LineProblem::unexpected(expected, line.value()));
            }
            ("enqueue", value) => QueueInput::Enqueue(value.into()),
            ("dequeue", _) => QueueInput::Dequeue,
            _ => return unknown_f(F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        match line.f.as_str() {
            "enqueue" => Ok(QueueOutput::Enqueued),
            "dequeue" => {
                let expected = "\"value\" to be what was dequeued, null if the queue was empty";
                Ok(QueueOutput::Dequeued(something(line.answer(expected)?)))
            }
            _ => unknown_f(F, line),
        }
    }
}

/// The same words.
impl Read for Keyed<Branching<Bag<Datum>>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        Keyed(Queue::new()).name(input)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        Keyed(Queue::new()).input(line)
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        Keyed(Queue::new()).output(line)
    }
}
