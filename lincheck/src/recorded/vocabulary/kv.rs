//! `get`, `put`, `append`, `cas`, `delete`.

use super::{Read, is_done, unknown_f};
use crate::line::{Line, LineProblem};
use crate::models::{Kv, KvInput, KvOperation, KvOutput};
use serde_json::Value;

const F: &str = "\"f\" to be \"get\", \"put\", \"append\", \"cas\" or \"delete\"";
const KEY: &str = "\"key\" to be a string or a number";
const STRING: &str = "\"value\" to be a string";
const STRING_OR_NULL: &str = "\"value\" to be a string or null";

fn string(value: &Value) -> Result<String, LineProblem> {
    let string = value.as_str().map(str::to_string);
    string.ok_or_else(|| LineProblem::unexpected(STRING, value))
}

fn string_or_null(value: &Value) -> Result<Option<String>, LineProblem> {
    match value {
        Value::Null => Ok(None),
        Value::String(string) => Ok(Some(string.clone())),
        other => Err(LineProblem::unexpected(STRING_OR_NULL, other)),
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

    fn input(&self, line: &Line) -> Result<KvInput, LineProblem> {
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
                    return Err(LineProblem::unexpected(expected, line.value()));
                }
            },
            "delete" => KvOperation::Delete,
            _ => return unknown_f(F, line),
        };
        let key = line.key.clone().ok_or_else(|| LineProblem::missing(KEY))?;
        Ok(KvInput { key, operation })
    }

    fn output(&self, line: &Line) -> Result<KvOutput, LineProblem> {
        match line.f.as_str() {
            "get" => Ok(KvOutput::Got(string_or_null(line.answer(STRING_OR_NULL)?)?, line.version)),
            "put" | "cas" if !is_done(line) => Ok(KvOutput::Refused),
            "put" | "append" | "cas" | "delete" => Ok(KvOutput::Done(line.version)),
            _ => unknown_f(F, line),
        }
    }
}
