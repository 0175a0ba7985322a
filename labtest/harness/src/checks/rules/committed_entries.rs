//! All servers consider the same entry committed at an index.
//!
//! Source: State Machine Safety, figure 3 of the Raft paper. A server whose own entry is in its
//! snapshot is judged by the snapshot's last term.

use crate::checks::known::committed::Committed;
use crate::checks::known::log_view::LogView;
use crate::{Violation, property};
use raft::Inspection;

/// `server`, whose log agrees with what is committed as far as it can, says what is committed.
pub(crate) fn check(
    committed: &Committed,
    log: &LogView,
    server: usize,
    state: &Inspection,
) -> Result<(), Violation> {
    let index = log.agreed() + 1;
    if index > state.commit_index.min(committed.last()) {
        return Ok(());
    }
    let Some(known) = committed.get(index) else { return Ok(()) };
    let own = log.term_at(index);
    let own = own.map_or("one in its snapshot".to_string(), |term| format!("one of term {term}"));
    let message = format!(
        "server {server} considers entry {index} committed, {own}, but server {} {}",
        known.by,
        known.describe()
    );
    let violation = Violation::new(property::COMMITTED_ENTRIES, message);
    Err(violation.at_servers([server, known.by]).in_term(state.term).at_index(index))
}

#[cfg(test)]
mod tests {
    use super::super::index::tests::state;
    use super::*;
    use crate::checks::known::log_view::tests::{entry, log};

    fn committed() -> Committed {
        let mut committed = Committed::default();
        [1, 1, 2].iter().for_each(|&term| committed.add(entry(term), 2, 0));
        committed
    }

    fn check_log(terms: &[u64], commit_index: u64) -> Result<(), Violation> {
        let (committed, mut log) = (committed(), log(terms));
        log.agree(&committed);
        check(&committed, &log, 1, &state(terms.len() as u64, commit_index, 0))
    }

    #[test]
    fn fires_when_a_server_considers_another_entry_committed() {
        let violation = check_log(&[1, 1, 3], 3).unwrap_err();
        assert_eq!(violation.property, "safety:committed-entries");
        assert_eq!(
            violation.message,
            "server 1 considers entry 3 committed, one of term 3, but server 0 one of term 2"
        );
    }

    #[test]
    fn stays_silent_when_it_is_the_same_or_not_yet_committed_there() {
        assert_eq!(check_log(&[1, 1, 2], 3), Ok(()));
        assert_eq!(check_log(&[1, 1, 3], 2), Ok(()));
    }
}
