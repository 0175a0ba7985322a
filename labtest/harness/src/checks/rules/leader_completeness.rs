//! What has been committed is in the log of every leader of a later term.
//!
//! Source: Leader Completeness, figure 3 and section 5.4 of the Raft paper. Where servers show
//! their logs, a leader's whole log is compared when it is elected and when something turns out to have
//! been committed before its term. From outside it is what the leader says: the entries that it sends,
//! and the terms that it claims to have in front of them. And no server that lacks what is reported
//! committed could win an election: in figure 8 an entry of an earlier term is on a majority and can
//! still be lost, because a server without it has a log that the majority would vote for.

use crate::api::vocabulary::{EntryId, Position};
use crate::checks::known::committed::Committed;
use crate::checks::known::holdings::{Holding, Holdings};
use crate::majority::majority;
use crate::{Violation, property};

/// `server` leads `term` with a log that agrees with what was committed up to `agreed`.
pub(crate) fn check_log(
    committed: &Committed,
    server: usize,
    term: u64,
    agreed: u64,
) -> Result<(), Violation> {
    let needed = committed.before(term);
    if agreed >= needed {
        return Ok(());
    }
    let index = agreed + 1;
    let what = committed.get(index).map_or("an entry".to_string(), |known| known.describe());
    Err(lacks(server, term, index, &format!("lacks the committed entry {index}, {what}")))
}

/// `server` leads `term` and says that its log has `place`.
pub(crate) fn check_place(
    committed: &Committed,
    server: usize,
    term: u64,
    place: Position,
) -> Result<(), Violation> {
    match committed.get(place.index) {
        Some(known) if known.in_term <= term && !known.has_term(place.term) => {
            let Position { index, term: claimed } = place;
            let committed = known.describe();
            let what = format!("has entry {index} of term {claimed}, but committed is {committed}");
            Err(lacks(server, term, index, &what))
        }
        _ => Ok(()),
    }
}

/// `server` leads `term` and sends `entry` at `index`.
pub(crate) fn check_entry(
    committed: &Committed,
    server: usize,
    term: u64,
    index: u64,
    entry: EntryId,
) -> Result<(), Violation> {
    match committed.get(index) {
        Some(known) if known.in_term <= term && !known.is(entry) => {
            let what = format!(
                "sends entry {index} of term {}, but committed is {}",
                entry.term,
                known.describe()
            );
            Err(lacks(server, term, index, &what))
        }
        _ => Ok(()),
    }
}

/// Server `by` reports everything up to `index` committed.
pub(crate) fn check_candidates(
    holdings: &Holdings,
    index: u64,
    by: usize,
) -> Result<(), Violation> {
    let order = |holding: &Holding| (holding.last.term, holding.last.index);
    let known = &holdings.known;
    for candidate in known.iter().filter(|holding| holding.agreed < index) {
        let voters = known.iter().filter(|voter| order(voter) <= order(candidate)).count();
        if voters >= majority(holdings.servers) {
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

fn lacks(server: usize, term: u64, index: u64, what: &str) -> Violation {
    let message = format!("server {server} leads term {term} and {what}");
    let violation = Violation::new(property::LEADER_COMPLETENESS, message);
    violation.at_servers([server]).in_term(term).at_index(index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::known::holdings::tests::holdings;
    use crate::checks::known::log_view::tests::entry;

    fn committed() -> Committed {
        let mut committed = Committed::default();
        [(1, 2), (2, 2), (2, 4)].iter().for_each(|&(term, in_term)| {
            committed.add(entry(term), in_term, 0);
        });
        committed
    }

    #[test]
    fn fires_when_a_later_leader_lacks_an_entry() {
        let violation = check_log(&committed(), 3, 4, 1).unwrap_err();
        assert_eq!(violation.property, "safety:leader-completeness");
        assert_eq!(
            violation.message,
            "server 3 leads term 4 and lacks the committed entry 2, one of term 2"
        );
        assert!(check_place(&committed(), 3, 4, Position { index: 2, term: 3 }).is_err());
        assert!(check_entry(&committed(), 3, 4, 2, entry(3)).is_err());
        assert!(check_entry(&committed(), 3, 4, 2, EntryId::new(2, b"y")).is_err());
    }

    #[test]
    fn stays_silent_when_it_has_them_or_they_came_later() {
        assert_eq!(check_log(&committed(), 3, 4, 2), Ok(()));
        assert_eq!(check_log(&committed(), 3, 2, 0), Ok(()));
        assert_eq!(check_place(&committed(), 3, 4, Position { index: 2, term: 2 }), Ok(()));
        assert_eq!(check_place(&committed(), 3, 4, Position { index: 0, term: 0 }), Ok(()));
        // A leader that does not know yet that it was deposed.
        assert_eq!(check_entry(&committed(), 3, 3, 3, entry(3)), Ok(()));
        assert_eq!(check_entry(&committed(), 3, 4, 9, entry(4)), Ok(()));
    }

    #[test]
    fn fires_in_the_situation_of_figure_8() {
        // (c): entry 2 of term 2 is on a majority, but the last server has one of term 3 there.
        let all = [(2, 3, 4), (2, 2, 2), (2, 2, 2), (1, 1, 1), (1, 2, 3)];
        let violation = check_candidates(&holdings(5, &all), 2, 0).unwrap_err();
        assert_eq!(violation.property, "safety:leader-completeness");
        assert_eq!(
            violation.message,
            "server 0 reports entry 2 committed, but server 4 could win an election without it"
        );
        // (e): an entry of term 4 is on a majority, too.
        let all = [(2, 3, 4), (2, 3, 4), (2, 3, 4), (1, 1, 1), (1, 2, 3)];
        assert_eq!(check_candidates(&holdings(5, &all), 2, 0), Ok(()));
    }
}
