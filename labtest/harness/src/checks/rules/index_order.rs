//! Nothing is applied that is not committed, and nothing is committed that is not in the log.
//!
//! Source: figure 2 of the Raft paper. A snapshot stands for committed entries only (section 7).

use crate::{Violation, property};
use raft::Inspection;

/// One look at a server.
pub(crate) fn check(server: usize, now: &Inspection) -> Result<(), Violation> {
    let Inspection { last_applied, commit_index, last_index, snapshot_index, .. } = *now;
    let wrong = if last_applied > commit_index {
        format!("has applied {last_applied}, but knows only {commit_index} to be committed")
    } else if commit_index > last_index {
        format!("has commit index {commit_index}, but its log ends at {last_index}")
    } else if snapshot_index > commit_index {
        format!("has a snapshot up to {snapshot_index}, but commit index {commit_index}")
    } else {
        return Ok(());
    };
    let violation = Violation::new(property::INDEX_ORDER, format!("server {server} {wrong}"));
    Err(violation.at_servers([server]).at_index(commit_index))
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::state;
    use super::*;

    #[test]
    fn fires_when_indices_overtake_each_other() {
        for wrong in
            [state(9, 4, 5), state(9, 10, 4), Inspection { snapshot_index: 6, ..state(9, 5, 4) }]
        {
            assert_eq!(check(1, &wrong).unwrap_err().property, "safety:index-order");
        }
    }

    #[test]
    fn stays_silent_when_each_is_within_the_next() {
        assert_eq!(check(1, &state(9, 5, 4)), Ok(()));
        assert_eq!(check(1, &state(0, 0, 0)), Ok(()));
    }
}
