//! What a server applies carries the term of its entry.
//!
//! Source: figure 2 of the Raft paper: an entry has the term in which a leader received it, terms in a
//! log never go down, and the first is 1. Services tell by it that a leader has changed. All servers
//! apply the same entry at an index, of one term (figure 3), which a log that is shown has, too. A
//! snapshot may come without a term.

use crate::checks::known::applied::Entry;
use crate::checks::known::committed::CommittedEntry;
use crate::{Violation, property};

/// `server` applies an entry at `index`, as one of `term`; its last message was of term `before`.
pub(crate) fn check(server: usize, index: u64, term: u64, before: u64) -> Result<(), Violation> {
    if term == 0 {
        return Err(violation(server, index, term, "but terms begin at 1"));
    }
    if term < before {
        let what = format!("after one of term {before}, but terms never go down");
        return Err(violation(server, index, term, &what));
    }
    Ok(())
}

/// `server` applies an entry that is not a command, of a Raft that says it has such entries, or does not.
pub(crate) fn check_own(
    server: usize,
    index: u64,
    term: u64,
    are_declared: bool,
) -> Result<(), Violation> {
    if are_declared {
        return Ok(());
    }
    let message = format!(
        "server {server} applies entry {index} as one of Raft's own, but what this Raft supports does          not say that it has such entries (`own_entries`)"
    );
    let violation = Violation::new(property::APPLY, message);
    Err(violation.at_servers([server]).in_term(term).at_index(index))
}

/// `known` is what was first applied at the index.
pub(crate) fn check_same(
    known: &Entry,
    server: usize,
    index: u64,
    term: u64,
) -> Result<(), Violation> {
    if known.term == term {
        return Ok(());
    }
    let what = format!("but to server {} it was of term {}", known.first_server, known.term);
    Err(violation(server, index, term, &what).at_servers([server, known.first_server]))
}

/// `entry_term` is the term of that very entry in a log that shows it.
pub(crate) fn check_shown(
    server: usize,
    index: u64,
    term: u64,
    entry_term: u64,
) -> Result<(), Violation> {
    if term == entry_term {
        return Ok(());
    }
    let what = format!("but in its log it is of term {entry_term}");
    Err(violation(server, index, term, &what))
}

/// `committed` is what servers reported to be committed there.
pub(crate) fn check_committed(
    committed: &CommittedEntry,
    server: usize,
    index: u64,
    term: u64,
) -> Result<(), Violation> {
    if committed.has_term(term) {
        return Ok(());
    }
    let (by, entry) = (committed.by, committed.describe());
    let what = format!("but committed is {entry}, as server {by} reported first");
    Err(violation(server, index, term, &what).at_servers([server, by]))
}

fn violation(server: usize, index: u64, term: u64, what: &str) -> Violation {
    let message = format!("server {server} applies entry {index} as one of term {term}, {what}");
    let violation = Violation::new(property::APPLY, message);
    violation.at_servers([server]).in_term(term).at_index(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vocabulary::EntryId;
    use crate::checks::known::committed::Committed;
    use bytes::Bytes;

    #[test]
    fn fires_on_term_0_and_on_one_that_goes_down() {
        let violation = check(1, 4, 0, 0).unwrap_err();
        assert_eq!(violation.property, "contract:apply");
        let sentence = "server 1 applies entry 4 as one of term 0, but terms begin at 1";
        assert_eq!(violation.message, sentence);
        let sentence = "server 1 applies entry 4 as one of term 2, after one of term 3, but terms never go down";
        assert_eq!(check(1, 4, 2, 3).unwrap_err().message, sentence);
    }

    #[test]
    fn fires_when_it_is_another_than_elsewhere() {
        let known = Entry { command: Some(Bytes::new()), commands: 4, term: 2, first_server: 0 };
        let violation = check_same(&known, 1, 4, 3).unwrap_err();
        let sentence =
            "server 1 applies entry 4 as one of term 3, but to server 0 it was of term 2";
        assert_eq!(violation.message, sentence);
        let sentence = "server 1 applies entry 4 as one of term 3, but in its log it is of term 2";
        assert_eq!(check_shown(1, 4, 3, 2).unwrap_err().message, sentence);
        let mut committed = Committed::default();
        committed.add(EntryId::new(2, b"x"), 2, 0);
        let entry = committed.get(1).unwrap();
        let sentence = "server 1 applies entry 1 as one of term 3, but committed is one of term 2, as \
                        server 0 reported first";
        assert_eq!(check_committed(entry, 1, 1, 3).unwrap_err().message, sentence);
        assert_eq!(check_committed(entry, 1, 1, 2), Ok(()));
    }

    #[test]
    fn fires_on_an_entry_of_its_own_that_was_not_declared() {
        let violation = check_own(1, 4, 2, false).unwrap_err();
        assert_eq!(violation.property, "contract:apply");
        assert!(violation.message.starts_with("server 1 applies entry 4 as one of Raft's own"));
        assert_eq!(check_own(1, 4, 2, true), Ok(()));
    }

    #[test]
    fn stays_silent_when_terms_are_those_of_the_entries() {
        let known = Entry { command: Some(Bytes::new()), commands: 4, term: 2, first_server: 0 };
        assert_eq!(check(1, 1, 1, 0), Ok(()));
        assert_eq!(check(1, 5, 3, 3), Ok(()));
        assert_eq!(check_same(&known, 1, 4, 2), Ok(()));
        assert_eq!(check_shown(1, 4, 2, 2), Ok(()));
    }
}
