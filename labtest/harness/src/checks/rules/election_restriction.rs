//! A vote goes to a log at least as up to date as the voter's own.
//!
//! Source: section 5.4.1 of the Raft paper.

use crate::api::vocabulary::Position;
use crate::{Violation, property};

/// Whether a log that ends at `last` is less up to date than one that ends at `own`, what was replicated in
/// `term` itself or later left out: it came later.
pub(crate) fn is_behind(last: Position, own: Position, term: u64) -> bool {
    own.term < term && (last.term, last.index) < (own.term, own.index)
}

/// `voter`, whose log ended at `own` when it was asked, has voted for a candidate of `term` whose
/// log ends at `last`.
pub(crate) fn check(
    voter: usize,
    candidate: usize,
    term: u64,
    own: Position,
    last: Position,
) -> Result<(), Violation> {
    if !is_behind(last, own, term) {
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
    fn fires_on_a_vote_for_a_log_behind_ones_own() {
        for (own, last) in [(place(4, 2), place(3, 2)), (place(4, 2), place(9, 1))] {
            let violation = check(1, 0, 5, own, last).unwrap_err();
            assert_eq!(violation.property, "safety:election-restriction");
        }
    }

    #[test]
    fn stays_silent_for_a_log_as_up_to_date() {
        assert_eq!(check(1, 0, 5, place(4, 2), place(4, 2)), Ok(()));
        assert_eq!(check(1, 0, 5, place(4, 2), place(1, 3)), Ok(()));
        assert_eq!(check(1, 0, 5, place(4, 5), place(3, 2)), Ok(()));
    }
}
