//! A server starts again with what its disk holds: term, vote, log and snapshot.
//!
//! Looked at is what it shows before it does anything. It may have gone further by then: to a later term, as one
//! that is alone and stands at once, and with a log that is cut at a later place. A server of which the disk or the
//! inside is not known is not judged.
//!
//! Source: figure 2 of the Raft paper, "Persistent state on all servers"; servers that came back without their vote,
//! or with the log before the last truncation.

use crate::api::vocabulary::Position;
use crate::checks::known::disk::Disk;
use crate::{Violation, property};
use raft::Inspection;

/// `server` shows `state` at its start, and its disk held this.
pub(crate) fn check(server: usize, disk: &Disk, state: &Inspection) -> Result<(), Violation> {
    let Some(wrong) = difference(disk, state) else { return Ok(()) };
    let message = format!("server {server} starts {wrong}");
    Err(Violation::new(property::RESTART, message).at_servers([server]).in_term(disk.term))
}

/// What of `state` is not as the disk has it: `in term 3, but its disk holds term 4`.
pub(crate) fn difference(disk: &Disk, state: &Inspection) -> Option<String> {
    let (shown, stored) = (state.term, disk.term);
    if shown > stored {
        return None;
    }
    let log = |index, term| Position { index, term };
    let (last, last_stored) = (log(state.last_index, state.last_term), disk.log.last());
    let snapshot = disk.log.snapshot();
    if shown < stored {
        Some(format!("in term {shown}, but its disk holds term {stored}"))
    } else if state.voted_for != disk.voted_for {
        let vote = |vote: Option<usize>| match vote {
            Some(candidate) => format!("a vote for server {candidate}"),
            None => "no vote".to_owned(),
        };
        let (shown, stored) = (vote(state.voted_for), vote(disk.voted_for));
        Some(format!("with {shown} in term {}, but its disk holds {stored}", state.term))
    } else if last != last_stored {
        let end = |last: Position| format!("{} of term {}", last.index, last.term);
        let (shown, stored) = (end(last), end(last_stored));
        Some(format!("with a log that ends at {shown}, but its disk holds {stored}"))
    } else if state.snapshot_index < snapshot.index {
        let (shown, stored) = (state.snapshot_index, snapshot.index);
        Some(format!("with a snapshot up to {shown}, but its disk holds one up to {stored}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vocabulary::DiskState;
    use crate::checks::known::committed::Committed;
    use crate::checks::known::disk::Write;
    use crate::checks::known::entries::Entries;
    use crate::checks::known::log_view::tests::entry;
    use raft::RoleName;

    /// Term 5, a vote for server 2, a snapshot up to 3 and an entry of term 4 after it.
    fn disk() -> Disk {
        let snapshot = Position { index: 3, term: 2 };
        let state = DiskState { term: 5, voted_for: Some(2), snapshot, entries: vec![entry(4)] };
        let mut disk = Disk::default();
        let (mut entries, committed) = (Entries::default(), Committed::default());
        disk.apply(Write::State(state, true), 1, &mut entries, &committed).unwrap();
        disk
    }

    fn shown() -> Inspection {
        Inspection {
            term: 5,
            voted_for: Some(2),
            role: RoleName::Follower,
            commit_index: 3,
            last_applied: 3,
            snapshot_index: 3,
            snapshot_term: 2,
            last_index: 4,
            last_term: 4,
        }
    }

    #[test]
    fn fires_on_anything_that_the_disk_has_not() {
        for (state, sentence) in [
            (
                Inspection { term: 4, ..shown() },
                "server 1 starts in term 4, but its disk holds term 5",
            ),
            (
                Inspection { voted_for: None, ..shown() },
                "server 1 starts with no vote in term 5, but its disk holds a vote for server 2",
            ),
            (
                Inspection { last_index: 3, last_term: 2, ..shown() },
                "server 1 starts with a log that ends at 3 of term 2, but its disk holds 4 of term 4",
            ),
            (
                Inspection { snapshot_index: 0, ..shown() },
                "server 1 starts with a snapshot up to 0, but its disk holds one up to 3",
            ),
        ] {
            let violation = check(1, &disk(), &state).unwrap_err();
            assert_eq!((violation.property, &*violation.message), ("safety:restart", sentence));
        }
    }

    #[test]
    fn stays_silent_on_what_the_disk_holds_and_in_a_later_term() {
        assert_eq!(check(1, &disk(), &shown()), Ok(()));
        let candidate = Inspection { term: 6, voted_for: Some(1), last_index: 5, ..shown() };
        assert_eq!(check(1, &disk(), &candidate), Ok(()));
        let cut_later = Inspection { snapshot_index: 4, snapshot_term: 4, ..shown() };
        assert_eq!(check(1, &disk(), &cut_later), Ok(()));
    }
}
