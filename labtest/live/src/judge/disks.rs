//! What servers have on their disks when none runs, and when they have ended: `safety:durability`, `safety:applied-values`, and what
//! the logs say of operations whose outcome no client knows.

use super::facts::{Blackout, Disks, Facts};
use super::{Finding, seconds, violated};
use crate::clients::{Answer, Fate, Operation, Outcome, Record, Recorder, Transaction};
use crate::driver::{StoredLog, Written};
use std::collections::{BTreeMap, BTreeSet};

/// `safety:durability`.
pub(super) fn acknowledged(facts: &Facts) -> Finding {
    let at_the_end = finding(&facts.acknowledged);
    let meanwhile = facts.blackouts.iter().map(|Blackout { at_ns, disks }| {
        let when = |what| format!("at {} no server ran, and {what}", seconds(*at_ns));
        match finding(disks) {
            Finding::Violated(what) => Finding::Violated(when(what)),
            Finding::Unknown(why) => Finding::Unknown(when(why)),
            well => well,
        }
    });
    // What was missing first explains what is missing at the end.
    let found: Vec<Finding> = meanwhile.chain([at_the_end]).collect();
    let violated = found.iter().position(|finding| matches!(finding, Finding::Violated(_)));
    match violated {
        Some(first) => found[first].clone(),
        None => found.into_iter().max().unwrap_or(Finding::Holds),
    }
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

/// Acknowledged writes that are on the disks of no majority, the first one. `logs` are those of all servers at
/// `at_ns`, when none ran. What a snapshot stands for it holds: a write that no log shows is not looked for.
pub fn on_too_few(records: &[Record], at_ns: u64, logs: &[StoredLog]) -> Vec<String> {
    let places: Vec<BTreeMap<&Written, u64>> = logs.iter().map(StoredLog::places).collect();
    let has_snapshot = logs.iter().any(|log| !log.is_whole());
    let ended_by = |record: &Record| record.ended.as_ref().is_some_and(|it| it.0.at_ns <= at_ns);
    let done = records.iter().filter(|record| ended_by(record) && is_acknowledged(record));
    let too_few = |record: &Record| {
        let written = writes(&record.operation).into_iter().next()?;
        let index = places.iter().filter_map(|places| places.get(&written)).min();
        let holds = |(log, places): (&StoredLog, &BTreeMap<&Written, u64>)| {
            places.contains_key(&written) || index.is_some_and(|index| *index <= log.snapshot_index)
        };
        let holders = logs.iter().zip(&places).filter(|it| holds(*it)).count();
        let is_known = index.is_some() || !has_snapshot;
        (is_known && holders <= logs.len() / 2).then(|| {
            format!(
                "an acknowledged write was on the disks of {holders} of {}: {:?}",
                logs.len(),
                record.operation
            )
        })
    };
    done.filter_map(too_few).take(1).collect()
}

fn is_acknowledged(record: &Record) -> bool {
    match &record.ended {
        Some((_, _, Outcome::Ok(Answer::Swapped(swapped)))) => *swapped,
        Some((_, _, Outcome::Ok(_))) => true,
        _ => false,
    }
}
