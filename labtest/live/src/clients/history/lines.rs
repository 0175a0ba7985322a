//! Records as lines of a history, in the words of the model.

use super::{Fate, Moment, Record};
use crate::clients::{Answer, Kind, Operation, Outcome, Transaction};
use lincheck::{ModelName, SCHEMA};
use serde::Serialize;
use serde_json::{Value, json};

/// A line. `client`, `server`, `roams` and `why` are for those who judge more than the order.
#[derive(Serialize)]
struct Line<'a> {
    at: u64,
    process: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    f: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    client: u64,
    #[serde(skip_serializing_if = "is_false")]
    roams: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// When its client did, if the line is of later.
    #[serde(skip_serializing_if = "Option::is_none")]
    gave_up_at: Option<u64>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// The history of a model: a header and, in the order of time, a line for each beginning and each end. None
/// where no operation is of that model.
pub(super) fn write(records: &[Record], model: ModelName) -> Option<String> {
    let mut lines: Vec<(Moment, Line<'_>)> = Vec::new();
    for record in records.iter().filter(|record| model_of(&record.operation) == model) {
        lines.push((record.begun, begin(record)));
        lines.extend(end(record));
    }
    if lines.is_empty() {
        return None;
    }
    lines.sort_by_key(|(moment, _)| *moment);
    let mut text = format!("{{\"schema\":\"{SCHEMA}\",\"model\":\"{}\"}}\n", model.name());
    for (_, line) in lines {
        // A line of strings and numbers is always JSON.
        text += &serde_json::to_string(&line).unwrap_or_default();
        text.push('\n');
    }
    Some(text)
}

fn model_of(operation: &Operation) -> ModelName {
    match operation.kind() {
        Kind::Get | Kind::Put | Kind::CompareAndSet | Kind::Delete => ModelName::Kv,
        Kind::Append | Kind::ReadList => ModelName::Append,
        Kind::Add | Kind::ReadCounter => ModelName::Counter,
        Kind::ReadSeveral | Kind::WriteSeveral => ModelName::MultiRegister,
    }
}

fn begin(record: &Record) -> Line<'_> {
    let (f, key, value) = asked(&record.operation);
    Line {
        at: record.begun.at_ns,
        process: record.process,
        kind: "invoke",
        f,
        key,
        value,
        client: record.client,
        roams: record.roams,
        server: None,
        why: None,
        gave_up_at: None,
    }
}

/// How it ended; nothing if it is open. What the logs show replaces a client's unknown outcome.
fn end(record: &Record) -> Option<(Moment, Line<'_>)> {
    let operation = &record.operation;
    let ended = record.ended.as_ref();
    let (f, key, asked) = asked(operation);
    let line = |moment: Moment, kind, value: Option<Value>, why| {
        // The answer to a transaction has its parts; without an answer they are as they were asked.
        let value = value.or_else(|| asked.clone().filter(|_| f == "txn"));
        let Record { process, client, roams, .. } = *record;
        let (at, server) = (moment.at_ns, ended.map(|(_, server, _)| *server));
        Line { at, process, kind, f, key, value, client, roams, server, why, gave_up_at: None }
    };
    let settled = |moment, kind, why| {
        let gave_up_at = ended.map(|(moment, ..)| moment.at_ns);
        Line { gave_up_at, ..line(moment, kind, None, Some(why)) }
    };
    match (record.fate, ended) {
        (Some((moment, Fate::Never)), _) => Some((moment, settled(moment, "fail", "in no log"))),
        (Some((moment, Fate::Applied)), _) if is_silent(operation) => {
            Some((moment, settled(moment, "ok", "in the log")))
        }
        (_, None) => None,
        (_, Some((moment, _, outcome))) => {
            let (kind, value, why) = match outcome {
                Outcome::Ok(answer) => ("ok", told(operation, answer), None),
                Outcome::Failed(why) => ("fail", None, Some(why.as_str())),
                Outcome::Unknown(why) => ("info", None, Some(why.as_str())),
            };
            Some((*moment, line(*moment, kind, value, why)))
        }
    }
}

/// Whether its answer says nothing but that it is done.
fn is_silent(operation: &Operation) -> bool {
    matches!(operation.kind(), Kind::Put | Kind::Append | Kind::WriteSeveral)
}

/// What is done, to which key, and how.
fn asked(operation: &Operation) -> (&'static str, Option<&str>, Option<Value>) {
    match operation {
        Operation::Get { key } => ("get", Some(key), None),
        Operation::Put { key, value } => ("put", Some(key), Some(json!(value))),
        Operation::CompareAndSet { key, expected, value } => {
            ("cas", Some(key), Some(json!([expected, value])))
        }
        Operation::Delete { key } => ("delete", Some(key), None),
        Operation::Append { key, element } => ("append", Some(key), Some(json!(element))),
        Operation::ReadList { key } | Operation::ReadCounter { key } => ("read", Some(key), None),
        Operation::Add { key, amount } => ("add_and_get", Some(key), Some(json!(amount))),
        Operation::Transaction(Transaction::Read { keys }) => {
            let parts = keys.iter().map(|key| json!(["r", key, null]));
            ("txn", None, Some(parts.collect()))
        }
        Operation::Transaction(Transaction::Write { writes }) => {
            let parts = writes.iter().map(|(key, value)| json!(["w", key, value]));
            ("txn", None, Some(parts.collect()))
        }
    }
}

/// What it was answered.
fn told(operation: &Operation, answer: &Answer) -> Option<Value> {
    match (operation, answer) {
        (Operation::Transaction(Transaction::Read { keys }), Answer::Values(values)) => {
            let parts = keys.iter().zip(values).map(|(key, value)| json!(["r", key, value]));
            Some(parts.collect())
        }
        (_, Answer::Done | Answer::Swapped(true)) => None,
        (_, Answer::Swapped(false)) => Some(json!(false)),
        (_, Answer::Value(value)) => Some(json!(value)),
        (_, Answer::List(list)) => Some(json!(list)),
        (_, Answer::Number(number)) => Some(json!(number)),
        (_, Answer::Values(values)) => Some(json!(values)),
    }
}
