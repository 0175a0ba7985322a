//! What servers have on their disks when they have ended: `safety:durability`, `safety:applied-values`, and what
//! the logs say of operations whose outcome no client knows.

use super::facts::{Disks, Facts};
use super::{Finding, violated};
use crate::clients::{Answer, Fate, Operation, Outcome, Record, Recorder, Transaction};
use crate::driver::{StoredLog, Written};
use std::collections::BTreeSet;

/// `safety:durability`.
pub(super) fn acknowledged(facts: &Facts) -> Finding {
    finding(&facts.acknowledged)
}

/// `safety:applied-values`.
pub(super) fn compared(facts: &Facts) -> Finding {
    finding(&facts.disks)
}

fn finding(disks: &Disks) -> Finding {
    match disks {
        Disks::NotLooked(why) => Finding::Unknown(why.clone()),
        Disks::Unseen => Finding::Unseen("nobody can look at the disks of such servers".to_owned()),
        Disks::Looked(wrong) => violated(wrong.first().cloned()),
    }
}

/// What the logs said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// How many operations of unknown outcome have one now.
    pub settled: usize,
    /// How many have none.
    pub unknown: usize,
    /// Acknowledged writes that a server does not have though it has the last one: a sentence for each, for
    /// [`Facts::acknowledged`].
    pub missing: Vec<String>,
}

/// Looks for the clients' writes in the logs of servers that have ended, by their numbers. `last` was written and
/// acknowledged after all others: in a log that has it, all before it is committed, and what is not before it
/// nobody was told of.
pub fn settle(recorder: &Recorder, logs: &[StoredLog], last: &Written) -> Settled {
    let mut report = Settled { missing: missing(recorder, logs, last), ..Settled::default() };
    let whole = logs.iter().filter(|log| log.is_whole()).find_map(|log| log.up_to(last));
    let committed = whole.map(|entries| entries.iter().flatten().collect::<BTreeSet<&Written>>());
    let seen = recorder.look(seen);
    (report.settled, report.unknown) = recorder.settle(|operation| {
        let committed = committed.as_ref()?;
        let written = writes(operation);
        if written.is_empty() {
            return None;
        }
        // What somebody has seen has been there, wherever it is now.
        let is_seen = || written.iter().any(|it| seen.contains(&it.what));
        match written.iter().all(|it| committed.contains(it)) {
            true => Some(Fate::Applied),
            false => (!is_seen()).then_some(Fate::Never),
        }
    });
    report
}

/// What an operation leaves in the log by which it can be recognized.
fn writes(operation: &Operation) -> Vec<Written> {
    match operation {
        Operation::Put { key, value } | Operation::CompareAndSet { key, value, .. } => {
            vec![Written::new(key, value)]
        }
        Operation::Append { key, element } => vec![Written::new(key, element)],
        Operation::Add { key, amount } => vec![Written::new(key, amount.to_string())],
        Operation::Transaction(Transaction::Write { writes }) => {
            writes.iter().map(|(key, value)| Written::new(key, value)).collect()
        }
        _ => Vec::new(),
    }
}

/// All values that clients were shown.
fn seen(records: &[Record]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for record in records {
        match &record.ended {
            Some((_, _, Outcome::Ok(Answer::Value(Some(value))))) => {
                seen.insert(value.clone());
            }
            Some((_, _, Outcome::Ok(Answer::List(list)))) => seen.extend(list.iter().cloned()),
            Some((_, _, Outcome::Ok(Answer::Values(values)))) => {
                seen.extend(values.iter().flatten().cloned());
            }
            _ => {}
        }
    }
    seen
}

/// Acknowledged writes that are not where they must be, the first of each server.
fn missing(recorder: &Recorder, logs: &[StoredLog], last: &Written) -> Vec<String> {
    let acknowledged: Vec<Operation> = recorder.look(|records| {
        let done = records.iter().filter(|record| is_acknowledged(record));
        done.map(|record| record.operation.clone()).collect()
    });
    let first_of = |(server, log): (usize, &StoredLog)| {
        let entries: BTreeSet<&Written> = log.up_to(last)?.iter().flatten().collect();
        let lacks = |operation: &&Operation| {
            let in_log = || writes(operation).iter().all(|it| entries.contains(it));
            match operation {
                // What a snapshot stands for is in the store, where of registers the last value is left.
                Operation::Append { key, element } if !log.is_whole() => {
                    let list = log.store.get(key).map(String::as_str).unwrap_or_default();
                    !list.split(',').any(|it| it == element)
                }
                _ => log.is_whole() && !in_log(),
            }
        };
        let lost = acknowledged.iter().find(lacks)?;
        Some(format!("server {server} has the last write, and lacks an acknowledged one: {lost:?}"))
    };
    logs.iter().enumerate().filter_map(first_of).collect()
}

fn is_acknowledged(record: &Record) -> bool {
    match &record.ended {
        Some((_, _, Outcome::Ok(Answer::Swapped(swapped)))) => *swapped,
        Some((_, _, Outcome::Ok(_))) => true,
        _ => false,
    }
}
