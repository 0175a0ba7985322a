//! What was acknowledged is there at the end.
//!
//! Statement: the last read of a key shows a version no lower than that of any write that was
//! acknowledged before the read began. Scenarios end with a read of every key, when all faults are
//! over and servers have come back from their disks.

use super::history::StoreHistory;
use crate::{Violation, property};
use lincheck::Moment;
use lincheck::models::KvOutput;
use std::collections::BTreeMap;

pub(super) fn check(history: &StoreHistory) -> Result<(), Violation> {
    let mut last_reads: BTreeMap<&str, (Moment, u64)> = BTreeMap::new();
    for operation in history.operations() {
        if let Some(KvOutput::Got(_, Some(version))) = operation.output() {
            let read =
                last_reads.entry(&operation.input.key).or_insert((operation.invoked, *version));
            *read = (*read).max((operation.invoked, *version));
        }
    }
    for operation in history.operations() {
        let Some(KvOutput::Done(Some(written))) = operation.output() else { continue };
        let (key, client) = (operation.input.key.as_str(), operation.client);
        let Some((invoked, shown)) = last_reads.get(key) else { continue };
        let is_before = operation.returned_at().is_some_and(|returned| returned < *invoked);
        if is_before && written > shown {
            let sentence = format!(
                "client {client} was told that it made version {written} of {key:?}, but at the end \
                 there is version {shown}"
            );
            return Err(Violation::new(property::DURABILITY, sentence));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{append, done, got, history};
    use super::*;
    use lincheck::models::KvOperation::Get;

    #[test]
    fn stays_silent_when_the_last_read_shows_all() {
        let rows = [
            (0, 1, 2, "x", Get, got("", 0)),
            (0, 3, 4, "x", append("a"), done(1)),
            (1, 5, 6, "x", Get, got("a", 1)),
            (0, 6, 7, "x", append("b"), done(2)),
            (0, 3, 4, "y", append("a"), done(1)),
        ];
        assert_eq!(check(&history(&rows)), Ok(()));
    }

    #[test]
    fn fires_when_the_last_read_shows_less() {
        let rows = [(0, 3, 4, "x", append("a"), done(1)), (1, 5, 6, "x", Get, got("", 0))];
        let expected =
            "client 0 was told that it made version 1 of \"x\", but at the end there is version 0";
        assert_eq!(check(&history(&rows)).unwrap_err().message, expected);
    }
}
