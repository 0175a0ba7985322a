//! `get`, `put`, `append`, `cas`, `delete`.

use super::{Read, is_done, unknown_f};
use crate::line::{Line, LineProblem};
use crate::models::{Kv, KvInput, KvOperation, KvOutput};
use crate::{Blob, StoreValue};
use serde_json::Value;

const F: &str = "\"f\" to be \"get\", \"put\", \"append\", \"cas\" or \"delete\"";
const KEY: &str = "\"key\" to be a string, a number or {\"base64\": string}";

/// A value that JSON can tell.
trait Told: StoreValue {
    const EXPECTED: &str;
    const OR_NULL: &str;
    const PAIR: &str;

    fn told(value: &Value) -> Option<Self>;
}

impl Told for String {
    const EXPECTED: &str = "\"value\" to be a string";
    const OR_NULL: &str = "\"value\" to be a string or null";
    const PAIR: &str = "\"value\" to be [from or null, to]";

    fn told(value: &Value) -> Option<String> {
        value.as_str().map(str::to_owned)
    }
}

impl Told for Blob {
    const EXPECTED: &str = "\"value\" to be a string or {\"base64\": string}";
    const OR_NULL: &str = "\"value\" to be a string, {\"base64\": string} or null";
    const PAIR: &str = "\"value\" to be [from or null, to]";

    fn told(value: &Value) -> Option<Blob> {
        match value {
            Value::String(text) => Some(Blob::from(text.as_str())),
            value => Blob::from_base64(value.get("base64")?.as_str()?),
        }
    }
}

fn something<V: Told>(value: &Value) -> Result<V, LineProblem> {
    V::told(value).ok_or_else(|| LineProblem::unexpected(V::EXPECTED, value))
}

fn something_or_null<V: Told>(value: &Value) -> Result<Option<V>, LineProblem> {
    if value.is_null() {
        return Ok(None);
    }
    V::told(value).map(Some).ok_or_else(|| LineProblem::unexpected(V::OR_NULL, value))
}

impl<V: Told> Read for Kv<V> {
    fn name<'a>(&self, input: &'a KvInput<V>) -> (&'static str, &'a str) {
        let f = match input.operation {
            KvOperation::Get => "get",
            KvOperation::Put(_) | KvOperation::PutAtVersion(..) => "put",
            KvOperation::Append(_) => "append",
            KvOperation::Cas(..) => "cas",
            KvOperation::Delete => "delete",
        };
        (f, &input.key)
    }

    fn input(&self, line: &Line) -> Result<KvInput<V>, LineProblem> {
        let operation = match line.f.as_str() {
            "get" => KvOperation::Get,
            "put" => match line.version {
                None => KvOperation::Put(something(line.value())?),
                Some(version) => KvOperation::PutAtVersion(version, something(line.value())?),
            },
            "append" => KvOperation::Append(something(line.value())?),
            "cas" => match line.value().as_array().map(Vec::as_slice) {
                Some([from, to]) => KvOperation::Cas(something_or_null(from)?, something(to)?),
                _ => {
                    return Err(LineProblem::unexpected(V::PAIR, line.value()));
                }
            },
            "delete" => KvOperation::Delete,
            _ => return unknown_f(F, line),
        };
        let key = line.key.clone().ok_or_else(|| LineProblem::missing(KEY))?;
        Ok(KvInput { key, operation })
    }

    fn output(&self, line: &Line) -> Result<KvOutput<V>, LineProblem> {
        match line.f.as_str() {
            "get" => Ok(KvOutput::Got(something_or_null(line.answer(V::OR_NULL)?)?, line.version)),
            "put" | "cas" if !is_done(line) => Ok(KvOutput::Refused),
            "put" | "append" | "cas" | "delete" => Ok(KvOutput::Done(line.version)),
            _ => unknown_f(F, line),
        }
    }
}
