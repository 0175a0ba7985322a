//! A leader only appends to its log.
//!
//! Source: Leader Append-Only, figure 3 of the Raft paper; section 5.3. A server that leads no longer
//! may lose the end of its log to the next leader.

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
    if !leads(before) || !leads(now) || before.term != now.term {
        return Ok(());
    }
    let message = format!(
        "server {server} leads term {} and has changed or removed entry {removed_from} of its log",
        now.term
    );
    let violation = Violation::new(property::LEADER_APPEND_ONLY, message);
    Err(violation.at_servers([server]).in_term(now.term).at_index(removed_from))
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::state;
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
    fn stays_silent_for_the_end_of_a_followers_log_also_of_one_that_led() {
        assert_eq!(check(1, &state(9, 4, 4), &state(6, 4, 4), 5), Ok(()));
        let leader = Inspection { role: RoleName::Leader, ..state(9, 4, 4) };
        let follower = Inspection { term: 4, ..state(9, 4, 4) };
        assert_eq!(check(1, &leader, &follower, 5), Ok(()));
    }
}
