//! Histories for the tests of the checks.

use super::history::StoreHistory;
use lincheck::Operation;
use lincheck::models::{KvInput, KvOperation, KvOutput};

/// Client, from, to (0: never answered), key, operation, answer.
pub(super) type Row<'a> = (u64, u64, u64, &'a str, KvOperation, Option<KvOutput>);

pub(super) fn history(rows: &[Row<'_>]) -> StoreHistory {
    let mut history = StoreHistory::new();
    for (client, from, to, key, operation, answer) in rows.iter().cloned() {
        let invoked = Operation::new(client, from, KvInput { key: key.to_owned(), operation });
        let operation = match answer {
            Some(answer) => invoked.returned(to, answer),
            None => invoked.unknown(),
        };
        history.push(operation).unwrap();
    }
    history
}

pub(super) fn got(value: &str, version: u64) -> Option<KvOutput> {
    let value = (!value.is_empty()).then(|| value.to_owned());
    Some(KvOutput::Got(value, Some(version)))
}

pub(super) fn done(version: u64) -> Option<KvOutput> {
    Some(KvOutput::Done(Some(version)))
}

pub(super) fn append(tail: &str) -> KvOperation {
    KvOperation::Append(tail.to_owned())
}
