//! A server gives one vote in a term, over crashes too, and only to a log as up to date as its own;
//! whoever leads has the votes of a majority.
//!
//! Source: sections 5.2 and 5.4.1 of the Raft paper. Counted are votes that were given away: the
//! grants that left a server, and a candidate's own with its first request. A vote that only was in
//! a server's memory when it crashed has never been given.

use crate::api::vocabulary::Position;
use crate::{Violation, property};

/// Every vote of the run.
#[derive(Debug)]
pub(crate) struct Votes {
    servers: usize,
    /// By term, ascending.
    terms: Vec<(u64, Vec<Option<usize>>)>,
    /// A message could not be decoded, so votes may be missing here.
    incomplete: bool,
}

impl Votes {
    pub(crate) fn new(servers: usize) -> Votes {
        Votes { servers, terms: Vec::new(), incomplete: false }
    }

    /// A message was seen that can't be read.
    pub(crate) fn miss(&mut self) {
        self.incomplete = true;
    }

    /// Whom a server has given its vote in a term.
    pub(crate) fn given(&self, voter: usize, term: u64) -> Option<usize> {
        let at = self.terms.binary_search_by_key(&term, |(known, _)| *known).ok()?;
        self.terms[at].1[voter]
    }

    /// A vote was given.
    pub(crate) fn give(
        &mut self,
        voter: usize,
        term: u64,
        candidate: usize,
    ) -> Result<(), Violation> {
        let at = self.terms.partition_point(|(known, _)| *known < term);
        if self.terms.get(at).is_none_or(|(known, _)| *known != term) {
            self.terms.insert(at, (term, vec![None; self.servers]));
        }
        let known = *self.terms[at].1[voter].get_or_insert(candidate);
        if known == candidate {
            return Ok(());
        }
        let message = format!(
            "server {voter} has voted for server {known} and for server {candidate} in term {term}"
        );
        let servers = [voter, known, candidate];
        Err(Violation::new(property::ONE_VOTE, message).at_servers(servers).in_term(term))
    }

    /// `leader` acts as the leader of `term`.
    pub(crate) fn check_elected(&self, leader: usize, term: u64) -> Result<(), Violation> {
        if self.incomplete {
            return Ok(());
        }
        let votes = self.terms.binary_search_by_key(&term, |(known, _)| *known);
        let votes = votes.map_or(&[][..], |at| &self.terms[at].1);
        let others = votes.iter().enumerate();
        let others =
            others.filter(|&(voter, vote)| voter != leader && *vote == Some(leader)).count();
        if 1 + others > self.servers / 2 {
            return Ok(());
        }
        let message = format!(
            "server {leader} leads term {term} with the votes of {} of {} servers",
            1 + others,
            self.servers
        );
        Err(Violation::new(property::ELECTION_SAFETY, message).at_servers([leader]).in_term(term))
    }
}

/// `voter`, whose log ended at `own` when it was asked, has voted for a candidate of `term` whose
/// log ends at `last`. What was replicated in that very term does not count: it came later.
pub(crate) fn check_up_to_date(
    voter: usize,
    candidate: usize,
    term: u64,
    own: Position,
    last: Position,
) -> Result<(), Violation> {
    if own.term >= term || (last.term, last.index) >= (own.term, own.index) {
        return Ok(());
    }
    let message = format!(
        "server {voter}, whose log ends at {} (term {}), has voted in term {term} for server \
         {candidate}, whose log ends at {} (term {})",
        own.index, own.term, last.index, last.term
    );
    let violation = Violation::new(property::ELECTION_RESTRICTION, message);
    Err(violation.at_servers([voter, candidate]).in_term(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(index: u64, term: u64) -> Position {
        Position { index, term }
    }

    #[test]
    fn fires_on_a_second_vote_however_late() {
        let mut votes = Votes::new(3);
        votes.give(1, 5, 0).unwrap();
        votes.give(1, 7, 2).unwrap();
        let violation = votes.give(1, 5, 2).unwrap_err();
        assert_eq!(violation.property, "safety:one-vote");
        assert_eq!(violation.message, "server 1 has voted for server 0 and for server 2 in term 5");
        assert_eq!(votes.given(1, 5), Some(0));
    }

    #[test]
    fn fires_on_a_leader_that_a_minority_voted_for() {
        let mut votes = Votes::new(4);
        votes.give(0, 5, 0).unwrap();
        votes.give(1, 5, 0).unwrap();
        votes.give(2, 5, 3).unwrap();
        votes.give(2, 6, 0).unwrap();
        let violation = votes.check_elected(0, 5).unwrap_err();
        assert_eq!(violation.property, "safety:election");
        assert_eq!(violation.message, "server 0 leads term 5 with the votes of 2 of 4 servers");
        assert!(votes.check_elected(0, 9).is_err());
    }

    #[test]
    fn fires_on_a_vote_for_a_log_behind_ones_own() {
        for (own, last) in [(place(4, 2), place(3, 2)), (place(4, 2), place(9, 1))] {
            let violation = check_up_to_date(1, 0, 5, own, last).unwrap_err();
            assert_eq!(violation.property, "safety:election-restriction");
        }
    }

    #[test]
    fn stays_silent_for_a_vote_repeated_and_a_majority() {
        let mut votes = Votes::new(3);
        for (voter, term, candidate) in [(0, 5, 0), (1, 5, 0), (1, 5, 0), (1, 6, 2), (2, 6, 2)] {
            assert_eq!(votes.give(voter, term, candidate), Ok(()));
        }
        assert_eq!(votes.check_elected(0, 5), Ok(()));
        assert_eq!(check_up_to_date(1, 0, 5, place(4, 2), place(4, 2)), Ok(()));
        assert_eq!(check_up_to_date(1, 0, 5, place(4, 2), place(1, 3)), Ok(()));
        assert_eq!(check_up_to_date(1, 0, 5, place(4, 5), place(3, 2)), Ok(()));
    }

    #[test]
    fn stays_silent_when_votes_may_be_missing() {
        let mut votes = Votes::new(3);
        votes.miss();
        assert_eq!(votes.check_elected(0, 5), Ok(()));
    }
}
