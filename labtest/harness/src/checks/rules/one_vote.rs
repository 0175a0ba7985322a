//! A server gives one vote in a term, and keeps it: over crashes, and within a life.
//!
//! Source: figure 2 and section 5.2 of the Raft paper: `votedFor` is persistent. Counted are votes
//! that were given away: the grants that left a server, and a candidate's own with its first request.
//! The disk is looked at when a server starts, and after each write, for it may crash between any two
//! (hashicorp/raft #661: a vote and its term in two writes). A vote may be repeated.

use crate::checks::known::disk::Disk;
use crate::{Violation, property};
use raft::Inspection;

/// `voter` gives its vote to `candidate`; `known` has had it first.
pub(crate) fn check_given(
    voter: usize,
    term: u64,
    known: usize,
    candidate: usize,
) -> Result<(), Violation> {
    if known == candidate {
        return Ok(());
    }
    let message = format!(
        "server {voter} has voted for server {known} and for server {candidate} in term {term}"
    );
    let servers = [voter, known, candidate];
    Err(Violation::new(property::ONE_VOTE, message).at_servers(servers).in_term(term))
}

/// Two looks at one life of a server.
pub(crate) fn check_change(
    server: usize,
    before: &Inspection,
    now: &Inspection,
) -> Result<(), Violation> {
    if now.term != before.term || before.voted_for.is_none() || now.voted_for == before.voted_for {
        return Ok(());
    }
    let message = format!(
        "server {server} has changed its vote in term {} from {:?} to {:?}",
        now.term, before.voted_for, now.voted_for
    );
    let violation = Violation::new(property::ONE_VOTE, message);
    Err(violation.at_servers([server]).in_term(now.term))
}

/// `vote`: whom `server` has voted for in the term that its disk holds.
pub(crate) fn check_stored(
    server: usize,
    disk: &Disk,
    vote: Option<usize>,
) -> Result<(), Violation> {
    let term = disk.term;
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
    use super::super::index::tests::state;
    use super::*;
    use crate::checks::known::votes::Votes;

    fn give(votes: &mut Votes, voter: usize, term: u64, candidate: usize) -> Result<(), Violation> {
        check_given(voter, term, votes.give(voter, term, candidate), candidate)
    }

    fn disk(voted_for: Option<usize>) -> Disk {
        Disk { term: 5, voted_for, ..Disk::default() }
    }

    #[test]
    fn fires_on_a_second_vote_however_late() {
        let mut votes = Votes::new(3);
        give(&mut votes, 1, 5, 0).unwrap();
        give(&mut votes, 1, 7, 2).unwrap();
        let violation = give(&mut votes, 1, 5, 2).unwrap_err();
        assert_eq!(violation.property, "safety:one-vote");
        assert_eq!(violation.message, "server 1 has voted for server 0 and for server 2 in term 5");
        assert_eq!(votes.given(1, 5), Some(0));
    }

    #[test]
    fn fires_when_a_vote_changes_within_its_term() {
        let now = Inspection { voted_for: Some(2), ..state(9, 5, 4) };
        let violation = check_change(1, &state(9, 5, 4), &now).unwrap_err();
        assert_eq!(violation.property, "safety:one-vote");
    }

    #[test]
    fn fires_when_a_vote_is_forgotten() {
        let violation = check_stored(1, &disk(None), Some(2)).unwrap_err();
        assert_eq!(violation.property, "safety:one-vote");
        assert_eq!(
            violation.message,
            "server 1's disk holds term 5, but no longer its vote for server 2"
        );
    }

    #[test]
    fn stays_silent_for_a_vote_repeated_and_kept() {
        let mut votes = Votes::new(3);
        for (voter, term, candidate) in [(0, 5, 0), (1, 5, 0), (1, 5, 0), (1, 6, 2), (2, 6, 2)] {
            assert_eq!(give(&mut votes, voter, term, candidate), Ok(()));
        }
        let later = Inspection { term: 4, voted_for: None, ..state(9, 5, 4) };
        assert_eq!(check_change(1, &state(9, 5, 4), &later), Ok(()));
        assert_eq!(check_stored(1, &disk(Some(2)), Some(2)), Ok(()));
        assert_eq!(check_stored(1, &disk(Some(2)), None), Ok(()));
    }
}
