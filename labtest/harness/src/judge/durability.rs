//! What a client was told is done is in the log, at the index that it was told.

use super::applied::StoredApplies;
use crate::{Violation, property};
use labtrace::history::Operation;

pub(super) fn check(operation: &Operation, applied: &StoredApplies) -> Result<(), Violation> {
    let Some(index) = operation.done_at_index else { return Ok(()) };
    let violation = |what: String| {
        let Operation { process, function, value, .. } = operation;
        let told =
            format!("client {process} was told that {function}({value}) is at index {index}");
        Err(Violation::new(property::DURABILITY, format!("{told}, {what}")).at_index(index))
    };
    match applied.at(index) {
        None => violation("where nothing was ever applied".to_string()),
        Some(there) if there == operation.value.as_bytes() => Ok(()),
        Some(there) => violation(format!("where {} was applied", String::from_utf8_lossy(there))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(value: &str, index: u64) -> Operation {
        Operation {
            process: 2,
            function: "one".to_string(),
            value: value.to_string(),
            done_at_index: Some(index),
            answered_at: 0,
        }
    }

    fn applied() -> StoredApplies {
        let mut applied = StoredApplies::new(1);
        applied.command(0, 1, "101").unwrap();
        applied
    }

    #[test]
    fn fires_when_another_value_or_none_is_there() {
        let message = |operation| check(&operation, &applied()).unwrap_err().message;
        let told = "client 2 was told that one(102) is at index";
        assert_eq!(message(done("102", 1)), format!("{told} 1, where 101 was applied"));
        assert_eq!(message(done("102", 2)), format!("{told} 2, where nothing was ever applied"));
    }

    #[test]
    fn stays_silent_when_it_is_there_or_nothing_was_told() {
        assert_eq!(check(&done("101", 1), &applied()), Ok(()));
        let unknown = Operation { done_at_index: None, ..done("102", 1) };
        assert_eq!(check(&unknown, &applied()), Ok(()));
    }
}
