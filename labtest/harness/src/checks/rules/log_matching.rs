//! An index and a term name one entry, with one entry in front of it, in all logs and forever.
//!
//! Source: Log Matching, figure 3 and section 5.3 of the Raft paper: logs that have an entry of the
//! same index and term are the same up to there. That follows, step by step backwards, when the
//! place (index, term) always has the same command and the same term in front of it. Each entry is
//! looked at once wherever it turns up: in a log, in a message, on a disk. And what a leader builds
//! on, the previous entry of figure 2, is an entry of its own log.

use crate::api::vocabulary::Position;
use crate::checks::known::committed::Committed;
use crate::checks::known::entries::{Conflict, Entries};
use crate::checks::known::log_view::LogView;
use crate::{Violation, property};

/// `leader`, whose log in `term` is `log`, says that entries follow on `prev`.
///
/// `log` is what it was after the leader's last step, and the leader may have appended entries of its
/// own term in this one. What was seen elsewhere counts, too.
pub(crate) fn check_previous(
    log: &LogView,
    entries: &Entries,
    leader: usize,
    term: u64,
    prev: Position,
) -> Result<(), Violation> {
    let end = log.last();
    let may_be_new = prev.index > end.index && prev.term == term;
    if log.has(prev) || entries.has(prev) || may_be_new {
        return Ok(());
    }
    let Position { index, term: prev_term } = prev;
    let message = format!(
        "server {leader} leads term {term} and builds on entry {index} of term {prev_term}, which is \
         nowhere; its log ends at {} (term {})",
        end.index, end.term
    );
    let violation = Violation::new(property::LOG_MATCHING, message);
    Err(violation.at_servers([leader]).in_term(term).at_index(index))
}

/// An entry was observed, in a log, in a message, or on a disk.
pub(crate) fn check(observed: Result<(), Conflict>) -> Result<(), Violation> {
    observed.map_err(|conflict| differ(&conflict))
}

fn differ(Conflict { index, known, seen }: &Conflict) -> Violation {
    let term = seen.entry.term;
    let message = match known.entry == seen.entry {
        false => format!(
            "entry {index} of term {term} is one command at server {} and another at server {}",
            known.server, seen.server
        ),
        true => format!(
            "entry {}, before entry {index} of term {term}, is of term {} at server {}, but of term {} at {}",
            index.saturating_sub(1),
            known.previous_term,
            known.server,
            seen.previous_term,
            match known.server == seen.server {
                true => "the same server later".to_owned(),
                false => format!("server {}", seen.server),
            }
        ),
    };
    Violation::new(property::LOG_MATCHING, message)
        .at_servers([known.server, seen.server])
        .in_term(term)
        .at_index(*index)
}

/// The last entry that a snapshot stands for has the term that was committed there.
pub(crate) fn check_snapshot(
    committed: &Committed,
    server: usize,
    snapshot: Position,
) -> Result<(), Violation> {
    match committed.get(snapshot.index) {
        Some(known) if !known.has_term(snapshot.term) => {
            let Position { index, term } = snapshot;
            let message = format!(
                "server {server}'s snapshot ends with entry {index} of term {term}, but committed \
                 is {}",
                known.describe()
            );
            let violation = Violation::new(property::LOG_MATCHING, message);
            Err(violation.at_servers([server, known.by]).in_term(term).at_index(index))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vocabulary::EntryId;
    use crate::checks::known::log_view::tests::{entry, log};

    #[test]
    fn fires_when_a_place_has_two_commands() {
        let mut entries = Entries::default();
        entries.observe(0, 1, entry(1), 0).unwrap();
        let violation = check(entries.observe(2, 1, EntryId::new(1, b"y"), 0)).unwrap_err();
        assert_eq!(violation.property, "safety:log-matching");
        assert_eq!(
            violation.message,
            "entry 1 of term 1 is one command at server 0 and another at server 2"
        );
        assert_eq!(violation.place.index, Some(1));
    }

    #[test]
    fn fires_when_two_logs_with_one_entry_differ_in_front_of_it() {
        let mut entries = Entries::default();
        for (server, index, term, previous) in [(0, 1, 1, 0), (0, 2, 4, 1), (0, 3, 4, 4)] {
            entries.observe(server, index, entry(term), previous).unwrap();
        }
        entries.observe(1, 2, entry(3), 1).unwrap();
        let violation = check(entries.observe(1, 3, entry(4), 3)).unwrap_err();
        assert_eq!(
            violation.message,
            "entry 2, before entry 3 of term 4, is of term 4 at server 0, but of term 3 at server 1"
        );
    }

    #[test]
    fn fires_when_a_snapshot_ends_in_another_term() {
        let mut committed = Committed::default();
        committed.add(entry(2), 2, 0);
        let violation = check_snapshot(&committed, 1, Position { index: 1, term: 3 }).unwrap_err();
        assert_eq!(violation.property, "safety:log-matching");
        assert_eq!(check_snapshot(&committed, 1, Position { index: 1, term: 2 }), Ok(()));
        assert_eq!(check_snapshot(&committed, 1, Position { index: 5, term: 3 }), Ok(()));
    }

    #[test]
    fn fires_when_a_leader_builds_on_what_is_nowhere() {
        let place = |index, term| Position { index, term };
        let (own, mut entries) = (log(&[1, 1, 2]), Entries::default());
        let violation = check_previous(&own, &entries, 0, 2, place(5, 0)).unwrap_err();
        assert_eq!(violation.property, "safety:log-matching");
        assert_eq!(
            violation.message,
            "server 0 leads term 2 and builds on entry 5 of term 0, which is nowhere; its log ends at \
             3 (term 2)"
        );
        assert!(check_previous(&own, &entries, 0, 2, place(3, 1)).is_err());
        assert_eq!(check_previous(&own, &entries, 0, 2, place(3, 2)), Ok(()));
        assert_eq!(check_previous(&own, &entries, 0, 2, Position::default()), Ok(()));
        // Appended in the step that sends this, in which nobody has looked at the log yet.
        assert_eq!(check_previous(&own, &entries, 0, 2, place(5, 2)), Ok(()));
        // Sent to somebody else a moment ago.
        entries.observe(0, 4, entry(2), 2).unwrap();
        assert_eq!(check_previous(&own, &entries, 0, 2, place(4, 2)), Ok(()));
    }

    #[test]
    fn stays_silent_for_tails_that_differ_by_term() {
        let mut entries = Entries::default();
        for (server, index, term, previous) in [
            (0, 1, 1, 0),
            (1, 1, 1, 0),
            (0, 2, 2, 1),
            (1, 2, 3, 1),
            (0, 2, 3, 1),
            (0, 2, 2, 1),
            (2, 900, 3, 3),
            (2, 900, 3, 3),
        ] {
            assert_eq!(check(entries.observe(server, index, entry(term), previous)), Ok(()));
        }
    }
}
