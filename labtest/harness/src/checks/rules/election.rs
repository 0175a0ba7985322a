//! At most one leader in a term, over the whole run; and a leader has the votes of a majority.
//!
//! Source: Election Safety, figure 3 and section 5.2 of the Raft paper. The lab looks only whether two servers
//! claim one term at the same moment; here a claim is remembered forever. A restarted server counts as another
//! one: it can win a term again only by forgetting that it had stood in it. A Raft whose messages can't all be
//! read is not asked for votes.

use crate::api::life::Life;
use crate::checks::known::votes::Votes;
use crate::majority::majority;
use crate::{Violation, property};

/// `who` claims to lead `term`; `known` did so first.
pub(crate) fn check_only_leader(known: Life, who: Life, term: u64) -> Result<(), Violation> {
    if known == who {
        return Ok(());
    }
    let message = format!(
        "term {term} has 2 (>1) leaders: {} and {}",
        describe(known, who),
        describe(who, known)
    );
    let servers = [known.server, who.server];
    Err(Violation::new(property::ELECTION_SAFETY, message).at_servers(servers).in_term(term))
}

fn describe(who: Life, other: Life) -> String {
    if who.server == other.server {
        format!("server {} in its life {}", who.server, who.start)
    } else {
        format!("server {}", who.server)
    }
}

/// `leader` acts as the leader of `term`.
pub(crate) fn check_elected(votes: &Votes, leader: usize, term: u64) -> Result<(), Violation> {
    if votes.incomplete {
        return Ok(());
    }
    let (count, servers) = (1 + votes.of_others(leader, term), votes.servers);
    if count >= majority(servers) {
        return Ok(());
    }
    let message =
        format!("server {leader} leads term {term} with the votes of {count} of {servers} servers");
    Err(Violation::new(property::ELECTION_SAFETY, message).at_servers([leader]).in_term(term))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::known::elections::Leaders;

    fn server(server: usize, start: u32) -> Life {
        Life { server, start }
    }

    fn claim(leaders: &mut Leaders, who: Life, term: u64) -> Result<(), Violation> {
        check_only_leader(leaders.claim(who, term), who, term)
    }

    #[test]
    fn fires_when_two_servers_claim_one_term_however_far_apart() {
        let mut leaders = Leaders::default();
        claim(&mut leaders, server(0, 1), 3).unwrap();
        claim(&mut leaders, server(0, 1), 9).unwrap();
        let violation = claim(&mut leaders, server(2, 1), 3).unwrap_err();
        assert_eq!(violation.property, "safety:election");
        assert_eq!(violation.message, "term 3 has 2 (>1) leaders: server 0 and server 2");
    }

    #[test]
    fn fires_when_a_restarted_server_leads_its_old_term_again() {
        let mut leaders = Leaders::default();
        claim(&mut leaders, server(1, 1), 3).unwrap();
        let violation = claim(&mut leaders, server(1, 2), 3).unwrap_err();
        assert_eq!(
            violation.message,
            "term 3 has 2 (>1) leaders: server 1 in its life 1 and server 1 in its life 2"
        );
    }

    #[test]
    fn fires_on_a_leader_that_a_minority_voted_for() {
        let mut votes = Votes::new(4);
        for (voter, term, candidate) in [(0, 5, 0), (1, 5, 0), (2, 5, 3), (2, 6, 0)] {
            votes.give(voter, term, candidate);
        }
        let violation = check_elected(&votes, 0, 5).unwrap_err();
        assert_eq!(violation.property, "safety:election");
        assert_eq!(violation.message, "server 0 leads term 5 with the votes of 2 of 4 servers");
        assert!(check_elected(&votes, 0, 9).is_err());
    }

    #[test]
    fn stays_silent_for_one_leader_a_term() {
        let mut leaders = Leaders::default();
        for (who, term) in
            [(server(0, 1), 1), (server(0, 1), 1), (server(1, 1), 2), (server(0, 2), 4)]
        {
            assert_eq!(claim(&mut leaders, who, term), Ok(()));
        }
    }

    #[test]
    fn stays_silent_about_a_majority_and_when_votes_may_be_missing() {
        let mut votes = Votes::new(3);
        (0..2).for_each(|voter| {
            votes.give(voter, 5, 0);
        });
        assert_eq!(check_elected(&votes, 0, 5), Ok(()));
        let mut votes = Votes::new(3);
        votes.miss();
        assert_eq!(check_elected(&votes, 0, 5), Ok(()));
    }
}
