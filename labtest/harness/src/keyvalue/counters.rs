//! A counter shows each increment that was acknowledged, once.
//!
//! Statement: a read of a counter shows at least the increments that were acknowledged before it
//! began, and at most those that were begun before it ended and are not known to have failed.
//! Source: Jepsen's counter workload.

use super::history::StoreHistory;
use crate::workload::COUNTER;
use crate::{Violation, property};
use lincheck::Moment;
use lincheck::models::{KvOperation, KvOutput};
use std::collections::BTreeMap;

/// When increments of one counter began that may have taken effect, and when they were acknowledged.
#[derive(Default)]
struct Increments {
    begun: Vec<Moment>,
    acknowledged: Vec<Moment>,
}

pub(super) fn check(history: &StoreHistory) -> Result<(), Violation> {
    let of_counters = || history.operations().iter().filter(|it| it.input.key.starts_with(COUNTER));
    let mut counters: BTreeMap<&str, Increments> = BTreeMap::new();
    for operation in of_counters() {
        let is_increment = matches!(operation.input.operation, KvOperation::PutAtVersion(..));
        if is_increment && operation.output() != Some(&KvOutput::Refused) {
            let counter = counters.entry(&operation.input.key).or_default();
            counter.begun.push(operation.invoked);
            counter.acknowledged.extend(operation.returned_at());
        }
    }
    for counter in counters.values_mut() {
        counter.begun.sort_unstable();
        counter.acknowledged.sort_unstable();
    }
    for operation in of_counters() {
        let Some(KvOutput::Got(value, _)) = operation.output() else { continue };
        let shown = match value.as_deref().unwrap_or("0").parse::<usize>() {
            Ok(shown) => shown,
            Err(_) => return violation(format!("{:?} is {value:?}", operation.input.key)),
        };
        let Some(returned) = operation.returned_at() else { continue };
        let counter = counters.entry(&operation.input.key).or_default();
        let least = counter.acknowledged.partition_point(|at| *at < operation.invoked);
        let most = counter.begun.partition_point(|at| *at < returned);
        if !(least..=most).contains(&shown) {
            let key = &operation.input.key;
            return violation(format!(
                "{key:?} shows {shown}: {least} increments were acknowledged before, {most} begun"
            ));
        }
    }
    Ok(())
}

fn violation(sentence: String) -> Result<(), Violation> {
    Err(Violation::new(property::COUNTER, sentence))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Row, done, got, history};
    use super::*;
    use KvOperation::{Get, PutAtVersion};

    fn increments() -> Vec<Row<'static>> {
        let set = |version, value: &str| PutAtVersion(version, value.to_owned());
        vec![
            (0, 1, 2, "counter 0", set(0, "1"), done(1)),
            (1, 1, 2, "counter 0", set(0, "1"), Some(KvOutput::Refused)),
            (1, 3, 9, "counter 0", set(1, "2"), None),
        ]
    }

    fn with(read: Row<'static>) -> Result<(), String> {
        let rows = [increments(), vec![read]].concat();
        check(&history(&rows)).map_err(|violation| violation.message)
    }

    #[test]
    fn stays_silent_when_a_read_shows_what_may_be() {
        for (value, version) in [("1", 1), ("2", 2)] {
            assert_eq!(with((2, 5, 6, "counter 0", Get, got(value, version))), Ok(()));
        }
        assert_eq!(with((2, 1, 6, "counter 0", Get, got("", 0))), Ok(()), "it began before");
    }

    #[test]
    fn fires_when_an_increment_is_lost_or_counted_twice() {
        let lost = with((2, 5, 6, "counter 0", Get, got("", 0))).unwrap_err();
        assert_eq!(lost, "\"counter 0\" shows 0: 1 increments were acknowledged before, 2 begun");
        assert!(with((2, 5, 6, "counter 0", Get, got("3", 3))).is_err());
        assert!(with((2, 5, 6, "counter 0", Get, got("x", 3))).is_err());
    }
}
