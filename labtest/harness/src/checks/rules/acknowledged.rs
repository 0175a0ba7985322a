//! Nothing is acknowledged before it is durable.
//!
//! Source: section 5.2 and figure 2 of the Raft paper: persistent state is on stable storage before
//! a server answers. What a vote, a request for votes, an accepted AppendEntries or an accepted
//! snapshot promises is compared with what the server's disk would hold after a crash now. A leader
//! may send entries that are not yet on its own disk (Raft dissertation, section 10.2.1), so those
//! are no promise. An answer that left late, when its server was in a later term already, promises
//! nothing any more.

use crate::api::vocabulary::Position;
use crate::checks::known::disk::Disk;
use crate::{Violation, property};

/// `voter` gives its vote away, or asks for others' as a candidate.
pub(crate) fn check_vote(
    disk: &Disk,
    voter: usize,
    term: u64,
    candidate: usize,
) -> Result<(), Violation> {
    let is_durable = disk.term > term || (disk.term == term && disk.voted_for == Some(candidate));
    if is_durable {
        return Ok(());
    }
    let what = match voter == candidate {
        true => format!("server {voter} asks for votes in term {term}"),
        false => format!("server {voter} votes for server {candidate} in term {term}"),
    };
    let vote =
        disk.voted_for.map_or("no vote".to_string(), |vote| format!("a vote for server {vote}"));
    let message = format!(
        "{what} before it has stored that term and its vote (stored: term {}, {vote})",
        disk.term
    );
    Err(Violation::new(property::ACKNOWLEDGED, message).at_servers([voter]).in_term(term))
}

/// `server` has accepted AppendEntries of `term` up to `last`.
pub(crate) fn check_append(
    disk: &Disk,
    server: usize,
    term: u64,
    last: Position,
) -> Result<(), Violation> {
    let Position { index, term: entry_term } = last;
    let end = disk.log.last();
    // The term of what lies outside the request may not be known.
    let has_it = if entry_term == 0 { index <= end.index } else { disk.log.has(last) };
    if disk.term > term || (disk.term == term && has_it) {
        return Ok(());
    }
    let what = match entry_term {
        0 => format!("accepts entry {index}"),
        entry_term => format!("accepts entry {index} of term {entry_term}"),
    };
    let holds = format!("entries up to {} (term {})", end.index, end.term);
    Err(violation(server, term, index, &what, disk, &holds))
}

/// `server` has accepted a snapshot up to `last` in `term`.
pub(crate) fn check_snapshot(
    disk: &Disk,
    server: usize,
    term: u64,
    last: Position,
) -> Result<(), Violation> {
    let has_it = disk.log.last().index >= last.index;
    if disk.term > term || (disk.term == term && has_it) {
        return Ok(());
    }
    let what = format!("accepts a snapshot up to {}", last.index);
    let holds = format!("a snapshot up to {}", disk.log.snapshot().index);
    Err(violation(server, term, last.index, &what, disk, &holds))
}

fn violation(
    server: usize,
    term: u64,
    index: u64,
    what: &str,
    disk: &Disk,
    holds: &str,
) -> Violation {
    let message = format!(
        "server {server} {what} in term {term} before its disk holds it: term {}, {holds}",
        disk.term
    );
    Violation::new(property::ACKNOWLEDGED, message)
        .at_servers([server])
        .in_term(term)
        .at_index(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::known::log_view::tests::log;

    fn disk(terms: &[u64]) -> Disk {
        Disk { term: 5, voted_for: Some(2), log: log(terms), ..Disk::default() }
    }

    #[test]
    fn fires_on_a_vote_that_a_crash_would_undo() {
        let violation = check_vote(&disk(&[]), 1, 5, 0).unwrap_err();
        assert_eq!(violation.property, "safety:acknowledged");
        assert_eq!(
            violation.message,
            "server 1 votes for server 0 in term 5 before it has stored that term and its vote (stored: term 5, a vote \
             for server 2)"
        );
        assert!(check_vote(&disk(&[]), 2, 6, 2).is_err());
    }

    #[test]
    fn fires_on_entries_and_snapshots_that_a_crash_would_undo() {
        let disk = disk(&[1, 4]);
        for (term, index, entry_term) in [(5, 3, 5), (5, 2, 5), (6, 2, 4)] {
            let last = Position { index, term: entry_term };
            assert!(check_append(&disk, 1, term, last).is_err(), "{last:?}");
        }
        assert!(check_snapshot(&disk, 1, 5, Position { index: 3, term: 4 }).is_err());
        let violation = check_append(&disk, 1, 5, Position { index: 3, term: 5 }).unwrap_err();
        assert_eq!(
            violation.message,
            "server 1 accepts entry 3 of term 5 in term 5 before its disk holds it: term 5, \
             entries up to 2 (term 4)"
        );
    }

    #[test]
    fn stays_silent_for_what_is_durable_or_over() {
        let disk = disk(&[1, 4]);
        assert_eq!(check_vote(&disk, 1, 5, 2), Ok(()));
        assert_eq!(check_vote(&disk, 1, 4, 0), Ok(()));
        assert_eq!(check_append(&disk, 1, 5, Position { index: 2, term: 4 }), Ok(()));
        assert_eq!(check_append(&disk, 1, 5, Position::default()), Ok(()));
        assert_eq!(check_append(&disk, 1, 4, Position { index: 9, term: 4 }), Ok(()));
        assert_eq!(check_snapshot(&disk, 1, 5, Position { index: 2, term: 4 }), Ok(()));
    }
}
