//! What a client of `lin-kv` asks, and what the answers mean.

use super::message::{Body, body};
use serde_json::{Value, json};

/// An operation on one key. What is written is unique in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Read,
    Write(u64),
    CompareAndSet { from: u64, to: u64 },
}

/// What an operation came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// It has taken effect, and this was answered: what was read, or `false` of what was refused.
    Ok(Value),
    /// It has no effect and never will.
    Failed(String),
    /// It may have taken effect, or may yet.
    Unknown(String),
}

/// The errors of Maelstrom's protocol that say that the operation did not happen and never will. All others are
/// indefinite: a timeout (0), a crash (13), and what nodes make up.
const DEFINITE: [i64; 9] = [1, 10, 11, 12, 14, 20, 21, 22, 30];
const TEMPORARILY_UNAVAILABLE: i64 = 11;
const KEY_DOES_NOT_EXIST: i64 = 20;
const PRECONDITION_FAILED: i64 = 22;

impl Operation {
    /// What it is called, in messages and in histories.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Write(_) => "write",
            Operation::CompareAndSet { .. } => "cas",
        }
    }

    /// What it asks for, in a history.
    pub(super) fn value(&self) -> Value {
        match self {
            Operation::Read => Value::Null,
            Operation::Write(value) => json!(value),
            Operation::CompareAndSet { from, to } => json!([from, to]),
        }
    }

    /// The request, but for its number.
    pub(super) fn request(&self, key: u64) -> Body {
        body(match self {
            Operation::Read => json!({"type": "read", "key": key}),
            Operation::Write(value) => json!({"type": "write", "key": key, "value": value}),
            Operation::CompareAndSet { from, to } => {
                json!({"type": "cas", "key": key, "from": from, "to": to})
            }
        })
    }

    /// What an operation without an answer came to: one that only reads has no effect.
    pub(super) fn unanswered(&self, why: String) -> Outcome {
        match self {
            Operation::Read => Outcome::Failed(why),
            Operation::Write(_) | Operation::CompareAndSet { .. } => Outcome::Unknown(why),
        }
    }

    /// What the answer says; a sentence for one that is none.
    pub(super) fn outcome(&self, answer: &Body) -> Result<Outcome, String> {
        let kind = answer.get("type").and_then(Value::as_str).unwrap_or_default();
        let name = self.name();
        let shown = || Value::Object(answer.clone()).to_string();
        if kind == "error" {
            let code = answer.get("code").and_then(Value::as_i64);
            let code = code.ok_or_else(|| {
                format!("answered a {name} with an error without a code: {}", shown())
            })?;
            return Ok(self.of_error(code, answer.get("text")));
        }
        if kind.strip_suffix("_ok") != Some(name) {
            return Err(format!("answered a {name} with neither {name}_ok nor error: {}", shown()));
        }
        match (self, answer.get("value")) {
            (Operation::Read, Some(value)) => Ok(Outcome::Ok(value.clone())),
            (Operation::Read, None) => Err(format!("answered a read without a value: {}", shown())),
            _ => Ok(Outcome::Ok(Value::Null)),
        }
    }

    /// A compare-and-set that is refused has seen that the key holds something else, and a read of a key
    /// that is not there that it holds nothing: these are answers and no failures.
    fn of_error(&self, code: i64, text: Option<&Value>) -> Outcome {
        let text = text.and_then(Value::as_str).unwrap_or_default();
        let why = format!("error {code} {text}").trim_end().to_owned();
        match (self, code) {
            (Operation::CompareAndSet { .. }, KEY_DOES_NOT_EXIST | PRECONDITION_FAILED) => {
                Outcome::Ok(Value::Bool(false))
            }
            (Operation::Read, KEY_DOES_NOT_EXIST) => Outcome::Ok(Value::Null),
            (_, code) if DEFINITE.contains(&code) => Outcome::Failed(why),
            _ => self.unanswered(why),
        }
    }
}

/// Whether the answer says that another node may do it.
pub(super) fn is_unavailable(answer: &Body) -> bool {
    answer.get("code").and_then(Value::as_i64) == Some(TEMPORARILY_UNAVAILABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: i64) -> Body {
        body(json!({"type": "error", "code": code, "in_reply_to": 1}))
    }

    const CAS: Operation = Operation::CompareAndSet { from: 1, to: 2 };

    #[test]
    fn definite_errors_are_failures_and_all_others_leave_it_open() {
        for code in [1, 10, 11, 12, 14, 21, 30] {
            let outcome = Operation::Write(1).outcome(&error(code)).unwrap();
            assert!(matches!(outcome, Outcome::Failed(_)), "{code}");
        }
        for code in [0, 13, 2, 99, 1000, -1] {
            let outcome = Operation::Write(1).outcome(&error(code)).unwrap();
            assert!(matches!(outcome, Outcome::Unknown(_)), "{code}");
            let of_read = Operation::Read.outcome(&error(code)).unwrap();
            assert!(matches!(of_read, Outcome::Failed(_)), "{code}");
        }
    }

    #[test]
    fn what_was_refused_was_seen() {
        for code in [20, 22] {
            assert_eq!(CAS.outcome(&error(code)), Ok(Outcome::Ok(Value::Bool(false))));
        }
        assert_eq!(Operation::Read.outcome(&error(20)), Ok(Outcome::Ok(Value::Null)));
        assert!(matches!(Operation::Read.outcome(&error(22)), Ok(Outcome::Failed(_))));
    }

    #[test]
    fn an_answer_is_of_the_kind_that_was_asked_for() {
        let read = body(json!({"type": "read_ok", "value": 5}));
        assert_eq!(Operation::Read.outcome(&read), Ok(Outcome::Ok(json!(5))));
        assert!(CAS.outcome(&read).unwrap_err().contains("neither cas_ok nor error"));
        let no_value = body(json!({"type": "read_ok"}));
        assert!(Operation::Read.outcome(&no_value).unwrap_err().contains("without a value"));
        let no_code = body(json!({"type": "error"}));
        assert!(CAS.outcome(&no_code).unwrap_err().contains("without a code"));
    }
}
