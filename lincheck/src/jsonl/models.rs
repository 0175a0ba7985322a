//! What lines say in the terms of each model.

use super::line::{JsonlProblem, Line};
use crate::Model;
use crate::models::{
    AppendList, AppendListInput, AppendListOutput, Keyed, KeyedInput, Kv, KvInput, KvOperation,
    KvOutput, Register, RegisterInput, RegisterOutput,
};
use serde_json::Value;

/// A model whose operations can be read.
pub(super) trait Read: Model {
    /// The `f` and the `key` of an operation.
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str);
    /// What an `invoke` asks.
    fn input(&self, line: &Line) -> Result<Self::Input, JsonlProblem>;
    /// What an `ok` answers.
    fn output(&self, line: &Line) -> Result<Self::Output, JsonlProblem>;
}

fn unknown_f<T>(expected: &'static str, line: &Line) -> Result<T, JsonlProblem> {
    Err(JsonlProblem::unexpected(expected, &Value::from(line.f.as_str())))
}

fn something(value: &Value) -> Option<Value> {
    (!value.is_null()).then(|| value.clone())
}

/// Whether the answer to a write on condition says that it was done.
fn is_done(line: &Line) -> bool {
    *line.value() != Value::Bool(false)
}

const REGISTER_F: &str = "\"f\" to be \"read\", \"write\" or \"cas\"";

impl Read for Keyed<Register<Value>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            RegisterInput::Read => "read",
            RegisterInput::Write(_) => "write",
            RegisterInput::Cas(..) => "cas",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, JsonlProblem> {
        let input = match (line.f.as_str(), line.value()) {
            ("read", _) => RegisterInput::Read,
            ("write", Value::Null) => {
                let expected = "\"value\" to be what is written, which is not null";
                return Err(JsonlProblem::unexpected(expected, line.value()));
            }
            ("write", value) => RegisterInput::Write(value.clone()),
            ("cas", value) => match value.as_array().map(Vec::as_slice) {
                Some([from, to]) if !from.is_null() && !to.is_null() => {
                    RegisterInput::Cas(from.clone(), to.clone())
                }
                _ => {
                    let expected = "\"value\" to be [from, to], neither of them null";
                    return Err(JsonlProblem::unexpected(expected, value));
                }
            },
            _ => return unknown_f(REGISTER_F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, JsonlProblem> {
        match line.f.as_str() {
            "read" => {
                let expected = "\"value\" to be what was read, null for nothing";
                Ok(RegisterOutput::Value(something(line.answer(expected)?)))
            }
            "write" => Ok(RegisterOutput::Written),
            "cas" => Ok(RegisterOutput::Swapped(is_done(line))),
            _ => unknown_f(REGISTER_F, line),
        }
    }
}

const LIST_F: &str = "\"f\" to be \"read\" or \"append\"";

impl Read for Keyed<AppendList<Value>> {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        let f = match input.input {
            AppendListInput::Read => "read",
            AppendListInput::Append(_) => "append",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<Self::Input, JsonlProblem> {
        let input = match line.f.as_str() {
            "read" => AppendListInput::Read,
            "append" => AppendListInput::Append(line.value().clone()),
            _ => return unknown_f(LIST_F, line),
        };
        Ok(KeyedInput { key: line.key().to_owned(), input })
    }

    fn output(&self, line: &Line) -> Result<Self::Output, JsonlProblem> {
        match (line.f.as_str(), line.value()) {
            ("read", Value::Array(list)) => Ok(AppendListOutput::List(list.clone())),
            ("read", other) => {
                Err(JsonlProblem::unexpected("\"value\" to be all of the list", other))
            }
            ("append", _) => Ok(AppendListOutput::Appended),
            _ => unknown_f(LIST_F, line),
        }
    }
}

const KV_F: &str = "\"f\" to be \"get\", \"put\", \"append\", \"cas\" or \"delete\"";
const KEY: &str = "\"key\" to be a string";
const STRING: &str = "\"value\" to be a string";
const STRING_OR_NULL: &str = "\"value\" to be a string or null";

fn string(value: &Value) -> Result<String, JsonlProblem> {
    let string = value.as_str().map(str::to_string);
    string.ok_or_else(|| JsonlProblem::unexpected(STRING, value))
}

fn string_or_null(value: &Value) -> Result<Option<String>, JsonlProblem> {
    match value {
        Value::Null => Ok(None),
        Value::String(string) => Ok(Some(string.clone())),
        other => Err(JsonlProblem::unexpected(STRING_OR_NULL, other)),
    }
}

impl Read for Kv {
    fn name<'a>(&self, input: &'a KvInput) -> (&'static str, &'a str) {
        let f = match input.operation {
            KvOperation::Get => "get",
            KvOperation::Put(_) | KvOperation::PutAtVersion(..) => "put",
            KvOperation::Append(_) => "append",
            KvOperation::Cas(..) => "cas",
            KvOperation::Delete => "delete",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<KvInput, JsonlProblem> {
        let operation = match line.f.as_str() {
            "get" => KvOperation::Get,
            "put" => match line.version {
                None => KvOperation::Put(string(line.value())?),
                Some(version) => KvOperation::PutAtVersion(version, string(line.value())?),
            },
            "append" => KvOperation::Append(string(line.value())?),
            "cas" => match line.value().as_array().map(Vec::as_slice) {
                Some([from, to]) => KvOperation::Cas(string_or_null(from)?, string(to)?),
                _ => {
                    let expected = "\"value\" to be [from or null, to]";
                    return Err(JsonlProblem::unexpected(expected, line.value()));
                }
            },
            "delete" => KvOperation::Delete,
            _ => return unknown_f(KV_F, line),
        };
        let key = line.key.clone().ok_or_else(|| JsonlProblem::missing(KEY))?;
        Ok(KvInput { key, operation })
    }

    fn output(&self, line: &Line) -> Result<KvOutput, JsonlProblem> {
        match line.f.as_str() {
            "get" => Ok(KvOutput::Got(string_or_null(line.answer(STRING_OR_NULL)?)?, line.version)),
            "put" | "cas" if !is_done(line) => Ok(KvOutput::Refused),
            "put" | "append" | "cas" | "delete" => Ok(KvOutput::Done(line.version)),
            _ => unknown_f(KV_F, line),
        }
    }
}
