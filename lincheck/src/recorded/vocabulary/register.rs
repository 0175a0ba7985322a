//! `read`, `write`, `cas`.

use super::{Read, is_done, something, unknown_f};
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use crate::models::{Keyed, KeyedInput, Register, RegisterInput, RegisterOutput};
use serde_json::Value;

const F: &str = "\"f\" to be \"read\", \"write\" or \"cas\"";

impl Read for Keyed<Register<Datum>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            RegisterInput::Read => "read",
            RegisterInput::Write(_) => "write",
            RegisterInput::Cas(..) => "cas",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        let input = match (line.f.as_str(), line.value()) {
            ("read", _) => RegisterInput::Read,
            ("write", Value::Null) => {
                let expected = "\"value\" to be what is written, which is not null";
                return Err(LineProblem::unexpected(expected, line.value()));
            }
            ("write", value) => RegisterInput::Write(value.into()),
            ("cas", value) => match value.as_array().map(Vec::as_slice) {
                Some([from, to]) if !from.is_null() && !to.is_null() => {
                    RegisterInput::Cas(from.into(), to.into())
                }
                _ => {
                    let expected = "\"value\" to be [from, to], neither of them null";
                    return Err(LineProblem::unexpected(expected, value));
                }
            },
            _ => return unknown_f(F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        match line.f.as_str() {
            "read" => {
                let expected = "\"value\" to be what was read, null for nothing";
                Ok(RegisterOutput::Value(something(line.answer(expected)?)))
            }
            "write" => Ok(RegisterOutput::Written),
            "cas" => Ok(RegisterOutput::Swapped(is_done(line))),
            _ => unknown_f(F, line),
        }
    }
}
