//! A server's term never goes back, not even over a restart.
//!
//! Source: figure 2 of the Raft paper: `currentTerm` increases monotonically and is on stable
//! storage before a server answers. A server that forgets its term can vote twice in it. Within a
//! life an older answer may leave later, so a message is compared with earlier lives only. What was
//! only in a server's memory when it crashed may be forgotten.

use crate::checks::known::disk::Disk;
use crate::{Violation, property};

/// `server` reports `term`, and has reported `before`: it shows it, says it, or sends it.
pub(crate) fn check(server: usize, before: u64, term: u64) -> Result<(), Violation> {
    if term >= before {
        return Ok(());
    }
    let message = format!("server {server}'s term went back from {before} to {term}");
    Err(Violation::new(property::TERM_MONOTONIC, message).at_servers([server]).in_term(term))
}

/// `server` has written `term` to its disk, which held `before`.
pub(crate) fn check_written(server: usize, before: u64, term: u64) -> Result<(), Violation> {
    if term >= before {
        return Ok(());
    }
    let message = format!("server {server} writes term {term} to its disk after {before}");
    Err(Violation::new(property::TERM_MONOTONIC, message).at_servers([server]).in_term(term))
}

/// `told`: the highest term that `server` has told others.
pub(crate) fn check_stored(server: usize, disk: &Disk, told: u64) -> Result<(), Violation> {
    let term = disk.term;
    if term >= told {
        return Ok(());
    }
    let message = format!(
        "server {server}'s disk holds term {term}, but it has told others that it was in {told}"
    );
    Err(Violation::new(property::TERM_MONOTONIC, message).at_servers([server]).in_term(told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::life::Life;
    use crate::checks::known::elections::Terms;

    fn report(terms: &mut Terms, server: usize, start: u32, term: u64) -> Result<(), Violation> {
        let before = terms.report(Life { server, start }, term).unwrap();
        check(server, before, term)
    }

    #[test]
    fn fires_when_a_term_goes_back_also_over_a_restart() {
        for start in [1, 2] {
            let mut terms = Terms::new(3);
            report(&mut terms, 1, 1, 5).unwrap();
            let violation = report(&mut terms, 1, start, 4).unwrap_err();
            assert_eq!(violation.property, "safety:term");
            assert_eq!(violation.message, "server 1's term went back from 5 to 4");
        }
    }

    #[test]
    fn fires_when_the_term_on_disk_goes_back_or_is_lower_than_what_was_told() {
        let violation = check_written(1, 4, 3).unwrap_err();
        assert_eq!(violation.property, "safety:term");
        assert_eq!(violation.message, "server 1 writes term 3 to its disk after 4");
        let disk = Disk { term: 5, ..Disk::default() };
        assert_eq!(check_stored(1, &disk, 6).unwrap_err().property, "safety:term");
        assert_eq!(check_stored(1, &disk, 5), Ok(()));
    }

    #[test]
    fn stays_silent_when_terms_stay_or_grow() {
        let mut terms = Terms::new(3);
        for (server, start, term) in
            [(0, 1, 0), (0, 1, 1), (0, 1, 1), (1, 1, 7), (0, 2, 1), (0, 2, 2), (2, 1, 3)]
        {
            assert_eq!(report(&mut terms, server, start, term), Ok(()));
        }
        assert_eq!(terms.highest(), 7);
        assert_eq!(check_written(1, 4, 4), Ok(()));
    }

    #[test]
    fn stays_silent_when_the_term_was_lost_before_it_was_durable() {
        let mut terms = Terms::new(2);
        report(&mut terms, 0, 1, 5).unwrap();
        report(&mut terms, 1, 1, 5).unwrap();
        terms.forget_above(0, 3);
        terms.forget_above(1, 9);
        assert_eq!(report(&mut terms, 0, 2, 4), Ok(()));
        assert!(report(&mut terms, 0, 2, 3).is_err());
        assert!(report(&mut terms, 1, 2, 4).is_err());
    }
}
