//! `read`, `append`.

use super::{Read, unknown_f};
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use crate::models::{AppendList, AppendListInput, AppendListOutput, Keyed, KeyedInput};
use serde_json::Value;

const F: &str = "\"f\" to be \"read\" or \"append\"";

impl Read for Keyed<AppendList<Datum>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            AppendListInput::Read => "read",
            AppendListInput::Append(_) => "append",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        let input = match line.f.as_str() {
            "read" => AppendListInput::Read,
            "append" => AppendListInput::Append(line.value().into()),
            _ => return unknown_f(F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        match (line.f.as_str(), line.value()) {
            ("read", Value::Array(list)) => {
                Ok(AppendListOutput::List(list.iter().map(Datum::from).collect()))
            }
            ("read", other) => {
                Err(LineProblem::unexpected("\"value\" to be all of the list", other))
            }
            ("append", _) => Ok(AppendListOutput::Appended),
            _ => unknown_f(F, line),
        }
    }
}
