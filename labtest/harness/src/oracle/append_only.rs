//! A leader only appends to its log; and nobody removes what it knows to be committed.
//!
//! Source: Leader Append-Only, figure 3 of the Raft paper; section 5.3.

use crate::{Violation, property};
use raft::{Inspection, RoleName};

/// The log of `server` was changed at `removed_from`, or cut there, between two looks at it.
pub(crate) fn check(
    server: usize,
    before: &Inspection,
    now: &Inspection,
    removed_from: u64,
) -> Result<(), Violation> {
    let leads = |state: &Inspection| state.role == RoleName::Leader;
    let violation = |property, message: String| {
        let violation = Violation::new(property, message);
        Err(violation.at_servers([server]).in_term(now.term).at_index(removed_from))
    };
    if leads(before) && leads(now) && before.term == now.term {
        let message = format!(
            "server {server} leads term {} and has changed or removed entry {removed_from} of its \
             log",
            now.term
        );
        return violation(property::LEADER_APPEND_ONLY, message);
    }
    if removed_from <= before.commit_index {
        let message = format!(
            "server {server} has changed or removed entry {removed_from} of its log, but knows \
             everything up to {} to be committed",
            before.commit_index
        );
        return violation(property::DURABILITY, message);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::indices::tests::state;
    use super::*;

    #[test]
    fn fires_when_a_leader_changes_its_log() {
        let leader = Inspection { role: RoleName::Leader, ..state(9, 4, 4) };
        let violation = check(1, &leader, &leader, 7).unwrap_err();
        assert_eq!(violation.property, "safety:leader-append-only");
        assert_eq!(
            violation.message,
            "server 1 leads term 3 and has changed or removed entry 7 of its log"
        );
    }

    #[test]
    fn fires_when_what_is_committed_is_removed() {
        let violation = check(1, &state(9, 4, 4), &state(3, 4, 4), 4).unwrap_err();
        assert_eq!(violation.property, "safety:durability");
    }

    #[test]
    fn stays_silent_for_the_tail_of_a_follower_also_of_one_that_led() {
        assert_eq!(check(1, &state(9, 4, 4), &state(6, 4, 4), 5), Ok(()));
        let leader = Inspection { role: RoleName::Leader, ..state(9, 4, 4) };
        let follower = Inspection { term: 4, ..state(9, 4, 4) };
        assert_eq!(check(1, &leader, &follower, 5), Ok(()));
    }
}
