//! What Jepsen's formats have in common: how the key of a line is found.
//!
//! Jepsen tests many objects at once by making a pair of key and value of each value. Whether a history
//! is one of those shows at its first read, whose value is `nil` or a pair with `nil`, or at its first
//! compare-and-set, whose value is a pair of values or a pair of a key and such a pair.

use crate::line::{Found, Kind, Line, LineProblem};
use serde_json::Value;

/// Operations whose invocations have no value of their own.
const WITHOUT_VALUE: [&str; 5] = ["read", "get", "dequeue", "acquire", "release"];

/// Whether the values are pairs of key and value.
pub(super) fn has_pairs(found: impl Iterator<Item = Result<Found, LineProblem>>) -> bool {
    for found in found {
        let Ok(Found::Line(line)) = found else { continue };
        if line.kind != Kind::Invoke {
            continue;
        }
        let pair = line.value().as_array().filter(|pair| pair.len() == 2);
        match line.f.as_str() {
            "cas" => {
                return pair.is_some_and(|pair| pair[1].as_array().is_some_and(|it| it.len() == 2));
            }
            f if WITHOUT_VALUE.contains(&f) => return pair.is_some_and(|pair| pair[1].is_null()),
            _ => {}
        }
    }
    false
}

/// The line with its pair taken apart.
pub(super) fn take_apart(mut line: Line) -> Result<Line, LineProblem> {
    match line.value.take() {
        Some(Value::Array(mut pair)) if pair.len() == 2 => {
            line.value = pair.pop();
            line.key = pair.pop().map(|key| crate::edn::name(&key));
            Ok(line)
        }
        // What went wrong may stand in the place of the value.
        other if matches!(line.kind, Kind::Info | Kind::Fail) => Ok(Line { value: other, ..line }),
        other => {
            let expected = "the value to be [key value], as in the first read";
            Err(LineProblem::unexpected(expected, &other.unwrap_or_default()))
        }
    }
}
