//! A server that says it leads promises a command a place, and nobody else gets that place.
//!
//! Source: the lab's `Start`: it returns the index that the command will be at if it is ever committed,
//! and the current term. An index and a term name one entry (Log Matching, figure 3 of the Raft paper),
//! so where an entry of the promised term is applied at the promised index it is the command. Indices
//! begin at 1. An entry of another term at that index breaks no promise: leaders change.

use crate::api::life::Life;
use crate::api::value::tell_apart;
use crate::checks::known::promises::Promise;
use crate::{Violation, property};
use raft::Started;

/// `server` promises a command `place`.
pub(crate) fn check_index(server: usize, place: Started) -> Result<(), Violation> {
    match place.index {
        0 => Err(violation(server, place, "promises a command index 0, but the first index is 1")),
        _ => Ok(()),
    }
}

/// `by` promises `command` a place; `first` was promised it first.
pub(crate) fn check_only_one(
    first: &Promise,
    by: Life,
    place: Started,
    command: &[u8],
) -> Result<(), Violation> {
    // Two servers that lead one term are wrong in another way.
    if first.by != by || first.command == command {
        return Ok(());
    }
    let Started { index, term } = place;
    let (one, other) = tell_apart(&first.command, command);
    let what = format!("promises index {index} in term {term} to two commands, {one} and {other}");
    Err(violation(by.server, place, &what))
}

/// `applied` was applied at a place that `server` promises, or has promised, to `command`.
pub(crate) fn check_kept(
    server: usize,
    place: Started,
    command: &[u8],
    applied: &[u8],
) -> Result<(), Violation> {
    if command == applied {
        return Ok(());
    }
    let Started { index, term } = place;
    let (promised, applied) = tell_apart(command, applied);
    let what = format!(
        "promised index {index} in term {term} to {promised}, but the entry of that index and term is \
         {applied}"
    );
    Err(violation(server, place, &what))
}

fn violation(server: usize, place: Started, what: &str) -> Violation {
    let violation = Violation::new(property::START, format!("server {server} {what}"));
    violation.at_servers([server]).in_term(place.term).at_index(place.index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const PLACE: Started = Started { index: 4, term: 2 };
    const BY: Life = Life { server: 1, start: 1 };

    #[test]
    fn fires_on_index_0() {
        let violation = check_index(1, Started { index: 0, term: 2 }).unwrap_err();
        assert_eq!(violation.property, "contract:start");
        let sentence = "server 1 promises a command index 0, but the first index is 1";
        assert_eq!(violation.message, sentence);
        assert_eq!(check_index(1, PLACE), Ok(()));
    }

    #[test]
    fn fires_when_a_server_promises_one_place_twice() {
        let first = Promise { by: BY, command: Bytes::from_static(b"101") };
        let violation = check_only_one(&first, BY, PLACE, b"102").unwrap_err();
        let sentence = "server 1 promises index 4 in term 2 to two commands, 101 and 102";
        assert_eq!(violation.message, sentence);
        assert_eq!(check_only_one(&first, BY, PLACE, b"101"), Ok(()));
        let other = Life { server: 2, start: 1 };
        assert_eq!(check_only_one(&first, other, PLACE, b"102"), Ok(()));
    }

    #[test]
    fn fires_when_another_command_has_the_promised_place() {
        let violation = check_kept(1, PLACE, b"101", b"102").unwrap_err();
        assert_eq!(
            violation.message,
            "server 1 promised index 4 in term 2 to 101, but the entry of that index and term is 102"
        );
        assert_eq!(check_kept(1, PLACE, b"101", b"101"), Ok(()));
    }
}
