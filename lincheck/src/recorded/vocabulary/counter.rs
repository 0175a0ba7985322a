//! `add`, `add_and_get`, `read`.

use super::{Read, unknown_f};
use crate::line::{Line, LineProblem};
use crate::models::{Counter, CounterInput, CounterOutput, Keyed, KeyedInput};
use serde_json::Value;

const F: &str = "\"f\" to be \"add\", \"add_and_get\" or \"read\"";

impl Read for Keyed<Counter> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            CounterInput::Add(_) => "add",
            CounterInput::AddAndGet(_) => "add_and_get",
            CounterInput::Read => "read",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        let input = match line.f.as_str() {
            "add" => CounterInput::Add(number(line.value())?),
            "add_and_get" => CounterInput::AddAndGet(number(line.value())?),
            "read" => CounterInput::Read,
            _ => return unknown_f(F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        match line.f.as_str() {
            // Recorders often repeat here what was added.
            "add" => Ok(CounterOutput::Added),
            "add_and_get" | "read" => Ok(CounterOutput::Total(number(line.value())?)),
            _ => unknown_f(F, line),
        }
    }
}

fn number(value: &Value) -> Result<i64, LineProblem> {
    let expected = "\"value\" to be a whole number of at most 64 bits";
    value.as_i64().ok_or_else(|| LineProblem::unexpected(expected, value))
}
