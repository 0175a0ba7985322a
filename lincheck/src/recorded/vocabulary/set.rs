//! `add`, `remove`, `contains`, `read`.

use super::{Read, unknown_f};
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use crate::models::{Keyed, KeyedInput, Set, SetInput, SetOutput};
use serde_json::Value;

const F: &str = "\"f\" to be \"add\", \"remove\", \"contains\" or \"read\"";
const ELEMENT: &str = "\"value\" to be an element, which is not null";

impl Read for Keyed<Set<Datum>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            SetInput::Add(_) => "add",
            SetInput::Remove(_) => "remove",
            SetInput::Contains(_) => "contains",
            SetInput::Read => "read",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        let element = || match line.value() {
            Value::Null => Err(LineProblem::unexpected(ELEMENT, line.value())),
            value => Ok(Datum::from(value)),
        };
        let input = match line.f.as_str() {
            "add" => SetInput::Add(element()?),
            "remove" => SetInput::Remove(element()?),
            "contains" => SetInput::Contains(element()?),
            "read" => SetInput::Read,
            _ => return unknown_f(F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        match (line.f.as_str(), line.value()) {
            ("add" | "remove", _) => Ok(SetOutput::Done),
            ("contains", Value::Bool(answer)) => Ok(SetOutput::Contained(*answer)),
            ("contains", other) => {
                Err(LineProblem::unexpected("\"value\" to be true or false", other))
            }
            ("read", Value::Array(all)) => {
                Ok(SetOutput::All(all.iter().map(Datum::from).collect()))
            }
            ("read", other) => Err(LineProblem::unexpected(
                "\"value\" to be all that is in the set, a list",
                other,
            )),
            _ => unknown_f(F, line),
        }
    }
}
