//! A pre-vote goes only to a log at least as up to date as the voter's own.
//!
//! A server asks for pre-votes to find out whether it could win. A promise that is not kept makes it stand in
//! vain, in a term that deposes the leader. That is not unsafe. Looked at is what the voter's log was when the
//! question came, and what it is when the answer leaves: the less up to date of the two counts. Answers that
//! are messages of their own are not judged.
//!
//! Source: section 9.6 of Ongaro's dissertation.

use super::election_restriction::is_behind;
use crate::api::vocabulary::Position;
use crate::{Violation, property};

/// `voter`, whose log ended at `own` when it was asked, has promised its vote in `term` to a server whose log ends
/// at `last`.
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
        "server {voter}, whose log ends at {} (term {}), gives its pre-vote for term {term} to server \
         {candidate}, whose log ends at {} (term {})",
        own.index, own.term, last.index, last.term
    );
    let violation = Violation::new(property::PRE_VOTE, message);
    Err(violation.at_servers([voter, candidate]).in_term(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(index: u64, term: u64) -> Position {
        Position { index, term }
    }

    #[test]
    fn fires_on_a_promise_to_a_log_behind_ones_own() {
        for (own, last) in [(place(4, 2), place(3, 2)), (place(4, 2), place(9, 1))] {
            let violation = check(1, 0, 5, own, last).unwrap_err();
            assert_eq!(violation.property, "efficiency:pre-vote");
        }
    }

    #[test]
    fn stays_silent_for_a_log_as_up_to_date() {
        assert_eq!(check(1, 0, 5, place(4, 2), place(4, 2)), Ok(()));
        assert_eq!(check(1, 0, 5, place(4, 2), place(1, 3)), Ok(()));
    }
}
