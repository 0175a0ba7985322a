//! What is reported committed is on a majority, now and for ever, and no server without it could
//! win an election.
//!
//! Source: sections 5.3 and 5.4 of the Raft paper; figure 8 for the second half: an entry of an
//! earlier term can be on a majority and still be lost, because a server without it has a log that
//! the majority would vote for. Judged by what is on the disks where those are known, by the logs
//! in memory otherwise. One server's log may well lose a committed entry that it had not
//! acknowledged to the leader that committed it; a majority's may not.

use crate::api::vocabulary::Position;
use crate::{Violation, property};

/// What is known of one server's log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding {
    pub(crate) server: usize,
    /// It agrees with what has been committed up to here.
    pub(crate) agreed: u64,
    pub(crate) last: Position,
}

/// Server `by` reports everything up to `index` committed. `holdings` has all servers whose logs are
/// known; the others count as if they had everything.
pub(crate) fn check_committed(
    servers: usize,
    holdings: &[Holding],
    index: u64,
    by: usize,
) -> Result<(), Violation> {
    let (count, majority) = (holders(servers, holdings, index), servers / 2 + 1);
    if count < majority {
        let message = format!(
            "server {by} reports entry {index} committed, but only {count} of {servers} servers \
             have it"
        );
        let violation = Violation::new(property::NO_QUORUM, message);
        return Err(violation.at_servers([by]).at_index(index));
    }
    let order = |holding: &Holding| (holding.last.term, holding.last.index);
    for candidate in holdings.iter().filter(|holding| holding.agreed < index) {
        let voters = holdings.iter().filter(|voter| order(voter) <= order(candidate)).count();
        if voters >= majority {
            let message = format!(
                "server {by} reports entry {index} committed, but server {} could win an election \
                 without it",
                candidate.server
            );
            let violation = Violation::new(property::LEADER_COMPLETENESS, message);
            return Err(violation.at_servers([by, candidate.server]).at_index(index));
        }
    }
    Ok(())
}

/// Something of server `server`'s log is gone; `index` had been committed.
pub(crate) fn check_kept(
    servers: usize,
    holdings: &[Holding],
    index: u64,
    server: usize,
) -> Result<(), Violation> {
    let count = holders(servers, holdings, index);
    if count > servers / 2 {
        return Ok(());
    }
    let message = format!(
        "entry {index} was committed, but now that server {server} has lost it only {count} of \
         {servers} servers have it"
    );
    Err(Violation::new(property::DURABILITY, message).at_servers([server]).at_index(index))
}

fn holders(servers: usize, holdings: &[Holding], index: u64) -> usize {
    servers - holdings.iter().filter(|holding| holding.agreed < index).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Servers by how far they agree, and the place where their logs end.
    fn holdings(all: &[(u64, u64, u64)]) -> Vec<Holding> {
        let holding = |(server, &(agreed, index, term))| Holding {
            server,
            agreed,
            last: Position { index, term },
        };
        all.iter().enumerate().map(holding).collect()
    }

    #[test]
    fn fires_when_a_minority_has_the_entry() {
        let all = holdings(&[(3, 3, 2), (2, 2, 1), (2, 2, 1)]);
        let violation = check_committed(3, &all, 3, 0).unwrap_err();
        assert_eq!(violation.property, "safety:no-quorum");
        assert_eq!(
            violation.message,
            "server 0 reports entry 3 committed, but only 1 of 3 servers have it"
        );
    }

    #[test]
    fn fires_in_the_situation_of_figure_8() {
        // (c): entry 2 of term 2 is on a majority, but the last server has one of term 3 there.
        let all = holdings(&[(2, 3, 4), (2, 2, 2), (2, 2, 2), (1, 1, 1), (1, 2, 3)]);
        let violation = check_committed(5, &all, 2, 0).unwrap_err();
        assert_eq!(violation.property, "safety:leader-completeness");
        assert_eq!(
            violation.message,
            "server 0 reports entry 2 committed, but server 4 could win an election without it"
        );
        // (e): an entry of term 4 is on a majority, too.
        let all = holdings(&[(2, 3, 4), (2, 3, 4), (2, 3, 4), (1, 1, 1), (1, 2, 3)]);
        assert_eq!(check_committed(5, &all, 2, 0), Ok(()));
    }

    #[test]
    fn fires_when_a_majority_no_longer_has_it() {
        let all = holdings(&[(3, 3, 2), (2, 2, 1), (1, 1, 1)]);
        let violation = check_kept(3, &all, 3, 2).unwrap_err();
        assert_eq!(violation.property, "safety:durability");
        assert_eq!(check_kept(3, &all, 2, 2), Ok(()));
    }

    #[test]
    fn stays_silent_when_a_majority_has_it_or_nothing_is_known() {
        let all = holdings(&[(3, 4, 2), (3, 3, 2), (1, 2, 1)]);
        assert_eq!(check_committed(3, &all, 3, 0), Ok(()));
        assert_eq!(check_committed(3, &all[2..], 3, 0), Ok(()));
        assert_eq!(check_kept(3, &[], 3, 0), Ok(()));
    }
}
