//! A leader commits what a majority has confirmed to it, together with an entry of its own term.
//!
//! Source: Rules for Leaders in figure 2 of the Raft paper, and section 5.4.2: a leader counts the
//! replicas of entries of its own term only; those of earlier terms are committed along with them. One
//! that counts others commits in the situation of figure 8 what can still be lost. An entry of any
//! term is safe on all servers, which the same section says, so that is allowed.
//!
//! No server can say more is committed than some leader had confirmed, whichever server says it; a
//! leader need not show itself for that. One that does counts, for each follower, at most what that
//! one has confirmed in its term: what it was told as the leader of an earlier term, of another log,
//! is forgotten (`matchIndex` in figure 2, which is 0 again after each election).

use crate::checks::known::confirmed::Confirmed;
use crate::{Violation, property};

/// Server `by` reports everything up to `index` committed.
pub(crate) fn check(confirmed: &Confirmed, index: u64, by: usize) -> Result<(), Violation> {
    let is_known = !confirmed.incomplete && confirmed.servers > 1;
    if !is_known || index <= confirmed.last {
        return Ok(());
    }
    let message = format!(
        "server {by} reports entry {index} committed, but no majority has confirmed it to a leader \
         together with an entry of that leader's term"
    );
    Err(Violation::new(property::COMMIT_RULE, message).at_servers([by]).at_index(index))
}

/// `leader`, in `term`, counts the other servers' replicas up to `match_index` of each.
pub(crate) fn check_counted(
    confirmed: &Confirmed,
    leader: usize,
    term: u64,
    match_index: impl Fn(usize) -> Option<u64>,
) -> Result<(), Violation> {
    if confirmed.incomplete {
        return Ok(());
    }
    let in_term = confirmed.in_term(term);
    for follower in (0..confirmed.servers).filter(|server| *server != leader) {
        let Some(counted) = match_index(follower) else { continue };
        let confirmed = in_term.get(follower).map_or(0, |answered| answered.any);
        if counted > confirmed {
            return Err(counts_too_much(leader, term, follower, counted, confirmed));
        }
    }
    Ok(())
}

fn counts_too_much(
    leader: usize,
    term: u64,
    follower: usize,
    counted: u64,
    confirmed: u64,
) -> Violation {
    let confirmed = match confirmed {
        0 => "nothing".to_string(),
        index => format!("no more than {index}"),
    };
    let message = format!(
        "server {leader} leads term {term} and counts server {follower}'s entries up to {counted}, \
         which has confirmed {confirmed} in that term"
    );
    let violation = Violation::new(property::COMMIT_RULE, message);
    violation.at_servers([leader, follower]).in_term(term).at_index(counted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vocabulary::Position;

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
        let violation = check(&confirmed, 2, 0).unwrap_err();
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
        assert!(check(&confirmed, 7, 0).is_err());
        assert!(check(&confirmed, 1, 0).is_err());
    }

    #[test]
    fn fires_when_a_leader_counts_what_was_confirmed_in_an_earlier_term() {
        let mut confirmed = Confirmed::new(3);
        confirmed.add(1, 2, place(7, 2));
        let counts = |index| move |follower| (follower == 1).then_some(index);
        let violation = check_counted(&confirmed, 0, 4, counts(7)).unwrap_err();
        assert_eq!(violation.property, "safety:commit-rule");
        assert_eq!(
            violation.message,
            "server 0 leads term 4 and counts server 1's entries up to 7, which has confirmed nothing \
             in that term"
        );
        confirmed.add(1, 4, place(6, 4));
        assert!(check_counted(&confirmed, 0, 4, counts(7)).is_err());
    }

    #[test]
    fn stays_silent_about_a_leader_that_counts_what_it_was_told() {
        let mut confirmed = Confirmed::new(3);
        assert_eq!(check_counted(&confirmed, 0, 4, |_| Some(0)), Ok(()));
        for follower in [1, 2] {
            confirmed.add(follower, 4, place(9, 4));
        }
        // Committed by then, and known all the same.
        confirmed.add(1, 4, place(7, 4));
        assert_eq!(check_counted(&confirmed, 0, 4, |_| Some(9)), Ok(()));
        assert_eq!(check_counted(&confirmed, 0, 4, |_| None), Ok(()));
        confirmed.miss();
        assert_eq!(check_counted(&confirmed, 0, 5, |_| Some(9)), Ok(()));
    }

    #[test]
    fn stays_silent_about_an_older_entry_with_one_of_the_leaders_term_after_it() {
        let mut confirmed = Confirmed::new(5);
        confirmed.add(1, 4, place(3, 4));
        confirmed.add(2, 4, place(4, 4));
        assert_eq!(check(&confirmed, 2, 0), Ok(()));
        assert_eq!(check(&confirmed, 3, 0), Ok(()));
        assert!(check(&confirmed, 4, 0).is_err());
    }

    #[test]
    fn stays_silent_about_what_all_servers_have() {
        let mut confirmed = Confirmed::new(3);
        confirmed.add(1, 4, place(2, 2));
        assert!(check(&confirmed, 2, 0).is_err());
        confirmed.add(2, 4, place(2, 2));
        assert_eq!(check(&confirmed, 2, 0), Ok(()));
    }

    #[test]
    fn stays_silent_about_a_single_server_and_what_may_be_missing() {
        assert_eq!(check(&Confirmed::new(1), 9, 0), Ok(()));
        let mut confirmed = Confirmed::new(3);
        confirmed.miss();
        assert_eq!(check(&confirmed, 9, 0), Ok(()));
    }
}
