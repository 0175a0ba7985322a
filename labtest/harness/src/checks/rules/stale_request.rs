//! A request of an earlier term than its receiver's is refused.
//!
//! Source: section 5.1 and figure 2 of the Raft paper. The receiver's term is the one it had when the
//! request arrived: the answer may leave later.

use crate::{Violation, property};

/// `server` was in `own_term` when a request of `term` arrived, and has said yes to it.
pub(crate) fn check(server: usize, own_term: u64, term: u64) -> Result<(), Violation> {
    if term >= own_term {
        return Ok(());
    }
    let message =
        format!("server {server}, which was in term {own_term}, accepts a request of term {term}");
    Err(Violation::new(property::STALE_REQUEST, message).at_servers([server]).in_term(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fires_when_a_deposed_leader_is_followed() {
        let violation = check(1, 5, 4).unwrap_err();
        assert_eq!(violation.property, "safety:stale-request");
        assert_eq!(violation.message, "server 1, which was in term 5, accepts a request of term 4");
    }

    #[test]
    fn stays_silent_for_the_same_and_later_terms() {
        assert_eq!(check(1, 5, 5), Ok(()));
        assert_eq!(check(1, 5, 6), Ok(()));
    }
}
