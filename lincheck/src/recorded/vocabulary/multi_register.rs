//! `txn`, as Jepsen, Elle and Maelstrom have it: a list of `["r", key, value]`, `["w", key, value]` and
//! `["append", key, value]`.

use super::{Read, something, unknown_f};
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use crate::models::{MicroOperation, MultiRegister};
use serde_json::Value;

const F: &str = "\"f\" to be \"txn\"";
const PARTS: &str = "\"value\" to be a list of [\"r\", key, null], [\"w\", key, value] and \
                     [\"append\", key, value]";
const ANSWER: &str = "\"value\" to be the transaction with what was read, part by part";

impl Read for MultiRegister {
    fn name<'a>(&self, _: &'a Self::Input) -> (&'static str, &'a str) {
        ("txn", "")
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        if line.f != "txn" {
            return unknown_f(F, line);
        }
        let parts = line.value().as_array().map(|parts| parts.iter().map(part).collect());
        parts.flatten().ok_or_else(|| LineProblem::unexpected(PARTS, line.value()))
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        let wrong = || LineProblem::unexpected(ANSWER, line.value());
        let mut answers = Vec::new();
        for answered in line.value().as_array().ok_or_else(wrong)? {
            if let MicroOperation::Read(_) = part(answered).ok_or_else(wrong)? {
                answers.push(answered.get(2).and_then(something));
            }
        }
        Ok(answers)
    }
}

fn part(value: &Value) -> Option<MicroOperation> {
    let [what, key, value] = value.as_array()?.as_slice() else { return None };
    let key = crate::edn::name(key);
    match crate::edn::name(what).as_str() {
        "r" | "read" => Some(MicroOperation::Read(key)),
        "w" | "write" if !value.is_null() => Some(MicroOperation::Write(key, value.into())),
        "append" => Some(MicroOperation::Append(key, Datum::from(value))),
        _ => None,
    }
}
