//! A server that starts again finds the term it has told others, and the vote it has given.
//!
//! Source: figure 2 and section 5.2 of the Raft paper: `currentTerm` and `votedFor` are persistent.
//! Looked at when a server starts, and after each write by itself, for it may crash between any two
//! (hashicorp/raft #661: a vote and its term in two writes).

use super::disk::Disk;
use crate::{Violation, property};

/// `told`: the highest term that `server` has told others; `vote`: whom it has voted for in the term
/// that its disk holds.
pub(crate) fn check(
    server: usize,
    disk: &Disk,
    told: u64,
    vote: Option<usize>,
) -> Result<(), Violation> {
    let term = disk.term;
    if term < told {
        let message = format!(
            "server {server}'s disk holds term {term}, but it has told others that it was in {told}"
        );
        return Err(Violation::new(property::TERM_MONOTONIC, message)
            .at_servers([server])
            .in_term(told));
    }
    match vote {
        Some(candidate) if disk.voted_for != vote => {
            let message = format!(
                "server {server}'s disk holds term {term}, but no longer its vote for server {candidate}"
            );
            let violation = Violation::new(property::ONE_VOTE, message);
            Err(violation.at_servers([server, candidate]).in_term(term))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(voted_for: Option<usize>) -> Disk {
        Disk { term: 5, voted_for, ..Disk::default() }
    }

    #[test]
    fn fires_when_term_or_vote_are_forgotten() {
        let violation = check(1, &disk(None), 6, None).unwrap_err();
        assert_eq!(violation.property, "safety:term");
        let violation = check(1, &disk(None), 5, Some(2)).unwrap_err();
        assert_eq!(violation.property, "safety:one-vote");
        assert_eq!(
            violation.message,
            "server 1's disk holds term 5, but no longer its vote for server 2"
        );
    }

    #[test]
    fn stays_silent_when_the_disk_knows_as_much_or_more() {
        assert_eq!(check(1, &disk(Some(2)), 5, Some(2)), Ok(()));
        assert_eq!(check(1, &disk(Some(2)), 4, None), Ok(()));
        assert_eq!(check(1, &disk(None), 5, None), Ok(()));
    }
}
