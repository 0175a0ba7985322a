//! Within a life commit index, applied index and snapshot never go back.
//!
//! Source: figure 2 of the Raft paper (`commitIndex`, `lastApplied`). Neither is on disk, so a new
//! life may begin before where the last one was, at its snapshot. From outside the commit index that a
//! leader sends must not go back.

use crate::{Violation, property};
use raft::Inspection;

/// Two looks at one life of a server.
pub(crate) fn check_change(
    server: usize,
    before: &Inspection,
    now: &Inspection,
) -> Result<(), Violation> {
    back(server, "commit index", before.commit_index, now.commit_index)?;
    back(server, "applied index", before.last_applied, now.last_applied)?;
    back(server, "snapshot", before.snapshot_index, now.snapshot_index)
}

/// `server` sends a commit index in its `term`, after an earlier one.
pub(crate) fn check_sent(server: usize, before: u64, now: u64) -> Result<(), Violation> {
    back(server, "commit index", before, now)
}

fn back(server: usize, what: &str, before: u64, now: u64) -> Result<(), Violation> {
    if now >= before {
        return Ok(());
    }
    let message = format!("server {server}'s {what} went back from {before} to {now}");
    Err(Violation::new(property::INDEX_MONOTONIC, message).at_servers([server]).at_index(now))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use raft::RoleName;

    /// A follower in term 3 with these indices.
    pub(crate) fn state(last_index: u64, commit_index: u64, last_applied: u64) -> Inspection {
        Inspection {
            term: 3,
            voted_for: Some(0),
            role: RoleName::Follower,
            commit_index,
            last_applied,
            snapshot_index: 0,
            snapshot_term: 0,
            last_index,
            last_term: 3,
        }
    }

    #[test]
    fn fires_when_an_index_goes_back() {
        let before = state(9, 5, 4);
        let violation = check_change(1, &before, &state(9, 4, 4)).unwrap_err();
        assert_eq!(violation.property, "safety:index");
        assert_eq!(violation.message, "server 1's commit index went back from 5 to 4");
        let violation = check_change(1, &before, &state(9, 5, 3)).unwrap_err();
        assert_eq!(violation.message, "server 1's applied index went back from 4 to 3");
        let compacted = Inspection { snapshot_index: 2, ..state(9, 5, 4) };
        assert!(check_change(1, &compacted, &before).is_err());
        assert!(check_sent(1, 5, 4).is_err());
    }

    #[test]
    fn stays_silent_when_they_stay_or_grow() {
        let before = state(9, 5, 4);
        let later = Inspection { term: 4, voted_for: None, ..state(7, 6, 6) };
        assert_eq!(check_change(1, &before, &before), Ok(()));
        assert_eq!(check_change(1, &before, &later), Ok(()));
        assert_eq!(check_sent(1, 5, 5), Ok(()));
    }
}
