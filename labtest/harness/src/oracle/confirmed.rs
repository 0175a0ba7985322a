//! A leader commits what a majority has confirmed to it, together with an entry of its own term.
//!
//! Source: Rules for Leaders in figure 2 of the Raft paper, and section 5.4.2: a leader counts the
//! replicas of entries of its own term only; those of earlier terms are committed along with them.
//! Whoever counts others commits in the situation of figure 8 what can still be lost. An entry of any
//! term is safe on all servers, which the same section says, so that is allowed.
//!
//! Confirmed is what a follower has accepted of the leader of the same term. That is known when the
//! answer leaves, and so before any leader can act on it. No server can say more is committed than
//! some leader had confirmed, whoever says it; a leader need not show itself for that. One that does
//! counts, for each follower, at most what that one has confirmed in its term: what it was told as
//! the leader of an earlier term, of another log, is forgotten (`matchIndex` in figure 2, which is 0
//! again after each election).

use crate::api::vocabulary::Position;
use crate::{Violation, property};

/// What has been confirmed to leaders.
#[derive(Debug)]
pub(crate) struct Confirmed {
    servers: usize,
    /// By term, ascending: what each server has confirmed to the leader of that term.
    terms: Vec<(u64, Vec<Answered>)>,
    /// The highest index that could be committed.
    last: u64,
    /// A message could not be decoded, so something may be missing here.
    incomplete: bool,
}

/// What one server has confirmed to the leader of one term.
#[derive(Clone, Copy, Debug, Default)]
struct Answered {
    /// Up to there, whatever the term of that entry.
    any: u64,
    /// Up to there, an entry of the leader's term.
    own: u64,
}

impl Confirmed {
    pub(crate) fn new(servers: usize) -> Confirmed {
        Confirmed { servers, terms: Vec::new(), last: 0, incomplete: false }
    }

    /// A message was seen that can't be read.
    pub(crate) fn miss(&mut self) {
        self.incomplete = true;
    }

    /// `follower` has accepted from the leader of `term` everything up to `place`.
    pub(crate) fn add(&mut self, follower: usize, term: u64, place: Position) {
        let at = self.terms.partition_point(|(known, _)| *known < term);
        if self.terms.get(at).is_none_or(|(known, _)| *known != term) {
            self.terms.insert(at, (term, vec![Answered::default(); self.servers]));
        }
        let followers = &mut self.terms[at].1;
        let Answered { any, own } = &mut followers[follower];
        *any = place.index.max(*any);
        if place.term == term {
            *own = place.index.max(*own);
        }
        if place.index <= self.last {
            return;
        }
        // The leader has all of that, too.
        let others = self.servers / 2;
        let majority = highest_of(followers.iter().map(|answered| answered.own), others);
        let all = highest_of(followers.iter().map(|answered| answered.any), self.servers - 1);
        self.last = self.last.max(majority).max(all);
    }

    /// Server `by` reports everything up to `index` committed.
    pub(crate) fn check(&self, index: u64, by: usize) -> Result<(), Violation> {
        let is_known = !self.incomplete && self.servers > 1;
        if !is_known || index <= self.last {
            return Ok(());
        }
        let message = format!(
            "server {by} reports entry {index} committed, but no majority has confirmed it to a \
             leader together with an entry of that leader's term"
        );
        let violation = Violation::new(property::COMMIT_RULE, message);
        Err(violation.at_servers([by]).at_index(index))
    }

    /// `leader`, in `term`, counts the other servers' replicas up to `match_index` of each.
    pub(crate) fn check_counted(
        &self,
        leader: usize,
        term: u64,
        match_index: impl Fn(usize) -> Option<u64>,
    ) -> Result<(), Violation> {
        if self.incomplete {
            return Ok(());
        }
        let known = self.terms.binary_search_by_key(&term, |(known, _)| *known).ok();
        for follower in (0..self.servers).filter(|server| *server != leader) {
            let Some(counted) = match_index(follower) else { continue };
            let confirmed = known.map_or(0, |at| self.terms[at].1[follower].any);
            if counted > confirmed {
                let message = format!(
                    "server {leader} leads term {term} and counts server {follower}'s entries up to \
                     {counted}, which has confirmed {} in that term",
                    if confirmed == 0 {
                        "nothing".into()
                    } else {
                        format!("no more than {confirmed}")
                    }
                );
                let violation = Violation::new(property::COMMIT_RULE, message);
                let violation = violation.at_servers([leader, follower]).in_term(term);
                return Err(violation.at_index(counted));
            }
        }
        Ok(())
    }
}

/// The highest index that `count` of the servers have reached.
fn highest_of(indices: impl Iterator<Item = u64> + Clone, count: usize) -> u64 {
    let reached = |index: &u64| indices.clone().filter(|other| other >= index).count() >= count;
    indices.clone().filter(reached).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(index: u64, term: u64) -> Position {
        Position { index, term }
    }

    #[test]
    fn fires_when_replicas_of_an_older_entry_are_counted() {
        // Figure 8 (c): the leader of term 4 brings entry 2 of term 2 to a majority.
        let mut confirmed = Confirmed::new(5);
        confirmed.add(1, 2, place(2, 2));
        confirmed.add(1, 4, place(2, 2));
        confirmed.add(2, 4, place(2, 2));
        let violation = confirmed.check(2, 0).unwrap_err();
        assert_eq!(violation.property, "safety:commit-rule");
        assert_eq!(
            violation.message,
            "server 0 reports entry 2 committed, but no majority has confirmed it to a leader \
             together with an entry of that leader's term"
        );
    }

    #[test]
    fn fires_when_confirmations_of_two_terms_are_added_up() {
        let mut confirmed = Confirmed::new(5);
        confirmed.add(1, 2, place(7, 2));
        confirmed.add(2, 4, place(7, 4));
        assert!(confirmed.check(7, 0).is_err());
        assert!(confirmed.check(1, 0).is_err());
    }

    #[test]
    fn fires_when_a_leader_counts_what_was_confirmed_in_an_earlier_term() {
        let mut confirmed = Confirmed::new(3);
        confirmed.add(1, 2, place(7, 2));
        let counts = |index| move |follower| (follower == 1).then_some(index);
        let violation = confirmed.check_counted(0, 4, counts(7)).unwrap_err();
        assert_eq!(violation.property, "safety:commit-rule");
        assert_eq!(
            violation.message,
            "server 0 leads term 4 and counts server 1's entries up to 7, which has confirmed nothing \
             in that term"
        );
        confirmed.add(1, 4, place(6, 4));
        assert!(confirmed.check_counted(0, 4, counts(7)).is_err());
    }

    #[test]
    fn stays_silent_about_a_leader_that_counts_what_it_was_told() {
        let mut confirmed = Confirmed::new(3);
        assert_eq!(confirmed.check_counted(0, 4, |_| Some(0)), Ok(()));
        for follower in [1, 2] {
            confirmed.add(follower, 4, place(9, 4));
        }
        // Committed by then, and known all the same.
        confirmed.add(1, 4, place(7, 4));
        assert_eq!(confirmed.check_counted(0, 4, |_| Some(9)), Ok(()));
        assert_eq!(confirmed.check_counted(0, 4, |_| None), Ok(()));
        confirmed.miss();
        assert_eq!(confirmed.check_counted(0, 5, |_| Some(9)), Ok(()));
    }

    #[test]
    fn stays_silent_about_an_older_entry_with_one_of_the_leaders_term_behind_it() {
        let mut confirmed = Confirmed::new(5);
        confirmed.add(1, 4, place(3, 4));
        confirmed.add(2, 4, place(4, 4));
        assert_eq!(confirmed.check(2, 0), Ok(()));
        assert_eq!(confirmed.check(3, 0), Ok(()));
        assert!(confirmed.check(4, 0).is_err());
    }

    #[test]
    fn stays_silent_about_what_all_servers_have() {
        let mut confirmed = Confirmed::new(3);
        confirmed.add(1, 4, place(2, 2));
        assert!(confirmed.check(2, 0).is_err());
        confirmed.add(2, 4, place(2, 2));
        assert_eq!(confirmed.check(2, 0), Ok(()));
    }

    #[test]
    fn stays_silent_about_a_single_server_and_what_may_be_missing() {
        assert_eq!(Confirmed::new(1).check(9, 0), Ok(()));
        let mut confirmed = Confirmed::new(3);
        confirmed.miss();
        assert_eq!(confirmed.check(9, 0), Ok(()));
    }
}
