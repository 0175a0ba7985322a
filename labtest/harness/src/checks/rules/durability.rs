//! What was committed stays on a majority, forever; a server keeps what it acknowledged while the term lasts,
//! and what it knows to be committed; its log is cut on disk only when a snapshot stands for that.
//!
//! Source: sections 5.3, 5.4 and 7 of the Raft paper. Judged by what is on the disks where those are
//! known, by the logs in memory otherwise. One server's log may well lose a committed entry that it
//! had not acknowledged to the leader that committed it; a majority's may not.

use crate::checks::known::acknowledged::Acknowledged;
use crate::checks::known::holdings::Holdings;
use crate::majority::majority;
use crate::{Violation, property};
use raft::Inspection;

/// The log of `server`, which is in `term`, ends at `last_index` now. Within a term only its leader
/// changes a server's log, and it agrees with what it sent.
pub(crate) fn check_acknowledged(
    acknowledged: Acknowledged,
    server: usize,
    term: u64,
    last_index: u64,
) -> Result<(), Violation> {
    if term != acknowledged.term || last_index >= acknowledged.index {
        return Ok(());
    }
    let message = format!(
        "server {server} has acknowledged everything up to {} in term {term}, but its log now ends at \
         {last_index}",
        acknowledged.index
    );
    let violation = Violation::new(property::DURABILITY, message);
    Err(violation.at_servers([server]).in_term(term).at_index(acknowledged.index))
}

/// The log of `server` was changed at `removed_from`, or cut there, between two looks at it.
pub(crate) fn check_removed(
    server: usize,
    before: &Inspection,
    now: &Inspection,
    removed_from: u64,
) -> Result<(), Violation> {
    if removed_from > before.commit_index {
        return Ok(());
    }
    let message = format!(
        "server {server} has changed or removed entry {removed_from} of its log, but knows everything \
         up to {} to be committed",
        before.commit_index
    );
    let violation = Violation::new(property::DURABILITY, message);
    Err(violation.at_servers([server]).in_term(now.term).at_index(removed_from))
}

/// Something of server `server`'s log is gone; `index` had been committed.
pub(crate) fn check_kept(holdings: &Holdings, index: u64, server: usize) -> Result<(), Violation> {
    let (count, servers) = (holdings.holders(index), holdings.servers);
    if count >= majority(servers) {
        return Ok(());
    }
    let message = format!(
        "entry {index} was committed, but now that server {server} has lost it only {count} of \
         {servers} servers have it"
    );
    Err(Violation::new(property::DURABILITY, message).at_servers([server]).at_index(index))
}

/// `server` has cut its log on disk; up to where, if no snapshot stands for that.
pub(crate) fn check_cut(server: usize, without_snapshot: Option<u64>) -> Result<(), Violation> {
    let Some(index) = without_snapshot else { return Ok(()) };
    let message = format!(
        "server {server} cut its log up to {index} on disk, but the snapshot that stands for that is \
         not there"
    );
    Err(Violation::new(property::DURABILITY, message).at_servers([server]).at_index(index))
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::state;
    use super::*;
    use crate::checks::known::holdings::tests::holdings;

    #[test]
    fn fires_when_what_was_acknowledged_is_gone() {
        let mut acknowledged = Acknowledged::default();
        acknowledged.add(5, 7);
        acknowledged.add(5, 6);
        acknowledged.add(4, 9);
        let violation = check_acknowledged(acknowledged, 1, 5, 6).unwrap_err();
        assert_eq!(violation.property, "safety:durability");
        assert_eq!(check_acknowledged(acknowledged, 1, 5, 7), Ok(()));
        assert_eq!(check_acknowledged(acknowledged, 1, 6, 3), Ok(()));
    }

    #[test]
    fn fires_when_what_is_committed_is_removed() {
        let violation = check_removed(1, &state(9, 4, 4), &state(3, 4, 4), 4).unwrap_err();
        assert_eq!(violation.property, "safety:durability");
        assert_eq!(check_removed(1, &state(9, 4, 4), &state(6, 4, 4), 5), Ok(()));
    }

    #[test]
    fn fires_when_a_majority_no_longer_has_it() {
        let all = holdings(3, &[(3, 3, 2), (2, 2, 1), (1, 1, 1)]);
        let violation = check_kept(&all, 3, 2).unwrap_err();
        assert_eq!(violation.property, "safety:durability");
        assert_eq!(check_kept(&all, 2, 2), Ok(()));
        assert_eq!(check_kept(&holdings(3, &[]), 3, 0), Ok(()));
    }

    #[test]
    fn fires_when_a_log_is_cut_without_a_snapshot() {
        assert_eq!(
            check_cut(1, Some(2)).unwrap_err().message,
            "server 1 cut its log up to 2 on disk, but the snapshot that stands for that is not there"
        );
        assert_eq!(check_cut(1, None), Ok(()));
    }
}
