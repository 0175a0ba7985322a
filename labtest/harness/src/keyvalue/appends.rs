//! No append is lost, doubled or out of order.
//!
//! Statement: all reads of a list are beginnings of the longest one; in that, everything was
//! appended by somebody, nothing is there twice, and what one client appended is in the order in
//! which it did; a read shows every append that was acknowledged before the read began. Source: the
//! course's key/value tests, which check the list of each client so.

use super::history::{StoreHistory, StoreOperation};
use crate::workload::LIST;
use crate::{Violation, property};
use lincheck::Moment;
use lincheck::models::{KvOperation, KvOutput};
use std::collections::BTreeMap;

/// What happened to one list.
#[derive(Default)]
struct List<'a> {
    appends: Vec<(&'a str, &'a StoreOperation)>,
    reads: Vec<(&'a str, &'a StoreOperation)>,
}

pub(super) fn check(history: &StoreHistory) -> Result<(), Violation> {
    let mut lists: BTreeMap<&str, List<'_>> = BTreeMap::new();
    for operation in history.operations() {
        let key = operation.input.key.as_str();
        if !key.starts_with(LIST) {
            continue;
        }
        let list = lists.entry(key).or_default();
        match (&operation.input.operation, operation.output()) {
            (KvOperation::Append(tail), _) => list.appends.push((tail, operation)),
            (KvOperation::Get, Some(KvOutput::Got(value, _))) => {
                list.reads.push((value.as_deref().unwrap_or_default(), operation));
            }
            _ => {}
        }
    }
    lists.iter().try_for_each(|(key, list)| check_list(key, list))
}

fn check_list(key: &str, list: &List<'_>) -> Result<(), Violation> {
    let violation = |what: String| Err(Violation::new(property::APPENDS, format!("{key}: {what}")));
    let longest = list.reads.iter().map(|(value, _)| *value).max_by_key(|value| value.len());
    let Some(longest) = longest else { return Ok(()) };
    if let Some((other, _)) = list.reads.iter().find(|(value, _)| !longest.starts_with(value)) {
        return violation(format!("one read shows {other:?}, another {longest:?}"));
    }
    let ends = match places(longest, list) {
        Ok(ends) => ends,
        Err(what) => return violation(what),
    };
    if let Some(what) = missing(list, &ends) {
        return violation(what);
    }
    Ok(())
}

/// Where in the list each append ends.
fn places<'a>(longest: &'a str, list: &List<'a>) -> Result<BTreeMap<&'a str, usize>, String> {
    let by_tail: BTreeMap<&str, &StoreOperation> = list.appends.iter().copied().collect();
    let mut ends = BTreeMap::new();
    let mut latest_of: BTreeMap<u64, Moment> = BTreeMap::new();
    let mut end = 0;
    for tail in longest.split_inclusive(' ') {
        end += tail.len();
        let Some(append) = by_tail.get(tail) else {
            return Err(format!("{tail:?} is in the list, but nobody appended it"));
        };
        if ends.insert(tail, end).is_some() {
            return Err(format!("{tail:?} was appended once and is there twice"));
        }
        let before = latest_of.insert(append.client, append.invoked);
        if before.is_some_and(|before| before > append.invoked) {
            let client = append.client;
            return Err(format!("{tail:?} of client {client} comes after a later one of it"));
        }
    }
    Ok(ends)
}

/// An acknowledged append that a later read does not show.
fn missing(list: &List<'_>, ends: &BTreeMap<&str, usize>) -> Option<String> {
    let acknowledged = list.appends.iter().filter(|(_, append)| append.output().is_some());
    let mut acknowledged: Vec<_> =
        acknowledged.filter_map(|(tail, append)| Some((append.returned_at()?, *tail))).collect();
    acknowledged.sort_unstable();
    let mut reads: Vec<_> = list.reads.iter().map(|(value, read)| (read.invoked, *value)).collect();
    reads.sort_unstable();
    let mut next = acknowledged.into_iter().peekable();
    // The append that ends furthest of those that the read must show.
    let mut furthest = (0, "");
    for (invoked, value) in reads {
        while let Some((_, tail)) = next.next_if(|(returned, _)| *returned < invoked) {
            let end = ends.get(tail).copied().unwrap_or(usize::MAX);
            furthest = furthest.max((end, tail));
        }
        if value.len() < furthest.0 {
            let tail = furthest.1;
            return Some(format!("{tail:?} was acknowledged, but a later read does not show it"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::testing::{append, done, got, history};
    use super::*;
    use KvOperation::Get;

    fn message(rows: &[super::super::testing::Row<'_>]) -> String {
        check(&history(rows)).unwrap_err().message
    }

    #[test]
    fn stays_silent_when_each_append_is_there_once() {
        let rows = [
            (0, 1, 2, "list 0", append("0.1 "), done(1)),
            (1, 1, 9, "list 0", append("1.1 "), None),
            (0, 3, 4, "list 0", Get, got("0.1 ", 1)),
            (0, 5, 6, "list 0", append("0.2 "), done(3)),
            (0, 7, 8, "list 0", Get, got("0.1 1.1 0.2 ", 3)),
            (0, 7, 8, "other", Get, got("anything", 1)),
        ];
        assert_eq!(check(&history(&rows)), Ok(()));
    }

    #[test]
    fn fires_when_an_append_is_lost() {
        let lost =
            [(0, 1, 2, "list 0", append("0.1 "), done(1)), (0, 3, 4, "list 0", Get, got("", 0))];
        assert!(message(&lost).contains("\"0.1 \" was acknowledged, but a later read"));
    }

    #[test]
    fn fires_when_an_append_is_doubled_reordered_or_nobodys() {
        let appends = [
            (0, 1, 2, "list 0", append("0.1 "), done(1)),
            (0, 3, 4, "list 0", append("0.2 "), done(2)),
        ];
        let with =
            |value| message(&[&appends[..], &[(1, 5, 6, "list 0", Get, got(value, 2))]].concat());
        assert!(with("0.1 0.2 0.1 ").contains("is there twice"));
        assert!(with("0.2 0.1 ").contains("comes after a later one"));
        assert!(with("0.1 0.2 7.7 ").contains("nobody appended it"));
    }

    #[test]
    fn fires_when_reads_differ() {
        let rows = [
            (0, 1, 9, "list 0", append("0.1 "), None),
            (1, 1, 9, "list 0", append("1.1 "), None),
            (2, 2, 3, "list 0", Get, got("0.1 ", 1)),
            (2, 4, 5, "list 0", Get, got("1.1 0.1 ", 2)),
        ];
        assert!(message(&rows).contains("one read shows \"0.1 \", another \"1.1 0.1 \""));
    }
}
