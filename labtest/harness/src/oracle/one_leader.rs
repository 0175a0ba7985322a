//! At most one leader in a term, over the whole run.
//!
//! Source: Election Safety, figure 3 and section 5.2 of the Raft paper. The lab looks only whether
//! two servers claim one term at the same moment; here a claim is remembered for ever. A restarted
//! server counts as another one: it can win a term again only by forgetting that it had stood in it.

use crate::api::life::Life;
use crate::{Violation, property};
use std::collections::BTreeMap;

/// Who has claimed to be the leader of which term.
#[derive(Debug, Default)]
pub(crate) struct Leaders {
    by_term: BTreeMap<u64, Life>,
}

impl Leaders {
    pub(crate) fn observe(&mut self, who: Life, term: u64) -> Result<(), Violation> {
        let known = *self.by_term.entry(term).or_insert(who);
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

    /// Whether somebody has been seen to lead the term.
    pub(crate) fn has(&self, term: u64) -> bool {
        self.by_term.contains_key(&term)
    }
}

fn describe(who: Life, other: Life) -> String {
    if who.server == other.server {
        format!("server {} in its life {}", who.server, who.start)
    } else {
        format!("server {}", who.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(server: usize, start: u32) -> Life {
        Life { server, start }
    }

    #[test]
    fn fires_when_two_servers_claim_one_term_however_far_apart() {
        let mut leaders = Leaders::default();
        leaders.observe(server(0, 1), 3).unwrap();
        leaders.observe(server(0, 1), 9).unwrap();
        let violation = leaders.observe(server(2, 1), 3).unwrap_err();
        assert_eq!(violation.property, "safety:election");
        assert_eq!(violation.message, "term 3 has 2 (>1) leaders: server 0 and server 2");
    }

    #[test]
    fn remembers_which_terms_had_one() {
        let mut leaders = Leaders::default();
        leaders.observe(server(2, 3), 5).unwrap();
        assert!(leaders.has(5) && !leaders.has(4));
    }

    #[test]
    fn fires_when_a_restarted_server_leads_its_old_term_again() {
        let mut leaders = Leaders::default();
        leaders.observe(server(1, 1), 3).unwrap();
        let violation = leaders.observe(server(1, 2), 3).unwrap_err();
        assert_eq!(
            violation.message,
            "term 3 has 2 (>1) leaders: server 1 in its life 1 and server 1 in its life 2"
        );
    }

    #[test]
    fn stays_silent_for_one_leader_a_term() {
        let mut leaders = Leaders::default();
        for (who, term) in
            [(server(0, 1), 1), (server(0, 1), 1), (server(1, 1), 2), (server(0, 2), 4)]
        {
            assert_eq!(leaders.observe(who, term), Ok(()));
        }
    }
}
